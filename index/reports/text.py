"""Plain text and Markdown to lines.

A form feed starts a new page; without one the file is a single page.
"""

from __future__ import annotations

from pathlib import Path

from index.errors import EmptyFile, NotAReport
from index.models import Page
from index.reports.rows import Row, page_of

_BINARY_SHARE = 0.02
_UNSEEN = {0x00AD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)}
"""Zero-width and direction marks: nobody sees them, and they would break words apart."""


def read_text(path: Path) -> tuple[Page, ...]:
    """Read a text or Markdown file (UTF-8, UTF-16 with its mark, else Windows-1252).

    Raises:
        EmptyFile: nothing but white space.
        NotAReport: binary content under a text name.
    """
    text = decode(path.read_bytes(), path)
    if not text.strip():
        raise EmptyFile(f"{path.name} is empty. Check the download and index it again.")
    return tuple(
        page_of(number, [Row(row) for row in part.split("\n")])
        for number, part in enumerate(text.split("\f"), start=1)
    )


def decode(data: bytes, path: Path) -> str:
    """Bytes as clean text: line breaks as ``\\n``, no control or invisible characters.

    Raises:
        NotAReport: it is binary data.
    """
    try:
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    control = sum(1 for char in text if ord(char) < 32 and char not in "\t\n\r\f\x0b")
    if control > _BINARY_SHARE * max(1, len(text)):
        raise NotAReport(
            f"{path.name} is named as text but holds binary data. Give the file its true ending."
        )
    return clean(text)


def clean(text: str) -> str:
    """Text without control and invisible characters, other spaces as plain ones."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    plain = plain.replace("\u00a0", " ").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        char for char in plain if char in "\t\n\f" or (ord(char) >= 32 and ord(char) not in _UNSEEN)
    )
