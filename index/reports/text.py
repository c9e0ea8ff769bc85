"""Plain text and Markdown to lines.

There are no positions in a text file; each line gets a stand-in place (its row, its
indent), so that the rest of the pipeline sees one kind of page. A form feed starts a
new page; without one the file is a single page.
"""

from __future__ import annotations

from pathlib import Path

from index.errors import EmptyFile, NotAReport
from index.models import Box, Cell, Line, Page

_ROW = 14.0
_COLUMN = 6.0
_SIZE = 12.0
_WIDTH = 595.0
_BINARY_SHARE = 0.02


def read_text(path: Path) -> tuple[Page, ...]:
    """Read a text or Markdown file (UTF-8, else Windows-1252).

    Raises:
        EmptyFile: nothing but white space.
        NotAReport: binary content under a text name.
    """
    data = path.read_bytes()
    text = _decode(data, path)
    if not text.strip():
        raise EmptyFile(f"{path.name} is empty. Check the download and index it again.")
    return tuple(_page(number, part) for number, part in enumerate(text.split("\f"), start=1))


def _decode(data: bytes, path: Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    control = sum(1 for char in text if ord(char) < 32 and char not in "\t\n\r\f")
    if control > _BINARY_SHARE * max(1, len(text)):
        raise NotAReport(
            f"{path.name} is named as text but holds binary data. Give the file its true ending."
        )
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(char for char in clean if char in "\t\n\f" or ord(char) >= 32)


def _page(number: int, text: str) -> Page:
    lines: list[Line] = []
    offset = 0
    for row, content in enumerate(text.split("\n")):
        body = content.strip()
        if body:
            start = offset + content.index(body[0])
            lines.append(_line(row, start, body, len(content) - len(content.lstrip())))
        offset += len(content) + 1
    return Page(number, _WIDTH, _ROW * (text.count("\n") + 2), text, tuple(lines))


def _line(row: int, start: int, body: str, indent: int) -> Line:
    top = _ROW * (row + 1)
    left = _COLUMN * indent
    cells: list[Cell] = []
    place = 0
    for part in body.split("\t"):
        stripped = part.strip()
        if stripped:
            begin = place + part.index(stripped[0])
            cells.append(
                Cell(
                    start + begin,
                    start + begin + len(stripped),
                    left + _COLUMN * begin,
                    left + _COLUMN * (begin + len(stripped)),
                )
            )
        place += len(part) + 1
    box = Box(left, top, left + _COLUMN * len(body), top + _SIZE)
    return Line(start, start + len(body), box, _SIZE, False, tuple(cells))
