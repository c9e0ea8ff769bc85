"""Readers: a file becomes pages of positioned lines, one reader per format.

What a line *is* (header, heading, paragraph) is decided in :mod:`index.layout`.
"""

from index.reports.reading import read_document

__all__ = ["read_document"]
