"""Pages out of rows of text, for the formats that have no positions of their own.

Each row gets a stand-in place (its number, its indent), so that the rest of the pipeline
sees one kind of page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.models import Box, Cell, Line, Page

ROW = 14.0
COLUMN = 6.0
SIZE = 12.0
WIDTH = 595.0
HEADING_SIZE = 16.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a page: its text (cells divided by tabs), and whether it is set as a heading."""

    text: str
    heading: bool = False


def page_of(number: int, rows: Sequence[Row]) -> Page:
    """A page of rows; empty rows are the white space between blocks."""
    lines: list[Line] = []
    offset = 0
    for place, row in enumerate(rows):
        body = row.text.strip()
        if body:
            start = offset + row.text.index(body[0])
            indent = len(row.text) - len(row.text.lstrip())
            lines.append(_line(place, start, body, indent, row.heading))
        offset += len(row.text) + 1
    text = "\n".join(row.text for row in rows)
    return Page(number, WIDTH, ROW * (len(rows) + 1), text, tuple(lines))


def _line(place: int, start: int, body: str, indent: int, heading: bool) -> Line:
    top = ROW * (place + 1)
    left = COLUMN * indent
    cells: list[Cell] = []
    passed = 0
    for part in body.split("\t"):
        stripped = part.strip()
        if stripped:
            begin = passed + part.index(stripped[0])
            cells.append(
                Cell(
                    start + begin,
                    start + begin + len(stripped),
                    left + COLUMN * begin,
                    left + COLUMN * (begin + len(stripped)),
                )
            )
        passed += len(part) + 1
    box = Box(left, top, left + COLUMN * len(body), top + SIZE)
    size = HEADING_SIZE if heading else SIZE
    return Line(start, start + len(body), box, size, heading, tuple(cells))
