"""Choosing the reader for a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from index.errors import EmptyFile, FileTooLarge, UnsupportedFormat
from index.models import Document, Page
from index.reports.pdf import read_pdf
from index.reports.text import read_text

MAX_BYTES = 200 * 1024 * 1024

READERS: dict[str, Callable[[Path], tuple[Page, ...]]] = {
    ".pdf": read_pdf,
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
}


def read_document(path: Path) -> Document:
    """Read one file with the reader of its format.

    Raises:
        ReportError: of the kind that names what is wrong with the file.
        OSError: the file cannot be opened.
    """
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        raise UnsupportedFormat(
            f"{path.name}: no reader for '{suffix or 'no ending'}'. "
            f"Give one of {', '.join(sorted(READERS))}."
        )
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(f"{path.name} is empty (0 bytes). Check the download and index it again.")
    if size > MAX_BYTES:
        raise FileTooLarge(
            f"{path.name} is {size // 2**20} MB; the limit is {MAX_BYTES // 2**20} MB. Split it."
        )
    pages = reader(path)
    return Document(
        source=path.name,
        sha256=sha256_of(path),
        format=suffix.lstrip("."),
        pages=pages,
        positioned=reader is read_pdf,
    )


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
