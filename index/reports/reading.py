"""Choosing the reader for a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from index.errors import EmptyFile, FileTooLarge, NoText, UnsupportedFormat
from index.models import Document, Page
from index.reports.docx import read_docx
from index.reports.html import read_html
from index.reports.ocr import recognise
from index.reports.pdf import read_pdf
from index.reports.text import read_text

MAX_BYTES = 200 * 1024 * 1024

READERS: dict[str, Callable[[Path], tuple[Page, ...]]] = {
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".html": read_html,
    ".htm": read_html,
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
}


def read_document(path: Path, recognised: Path | None = None) -> Document:
    """Read one file with the reader of its format.

    With ``recognised`` (a folder), a scan is put through OCR and its readable copy is kept
    there under the digest of the file; without it a scan is refused.

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
    digest = sha256_of(path)
    try:
        pages = reader(path)
    except NoText:
        if recognised is None:
            raise
        pages = reader(recognise(path, recognised / f"{digest}.pdf"))
    return Document(
        source=path.name,
        sha256=digest,
        format=suffix.lstrip("."),
        pages=pages,
        positioned=reader is read_pdf,
    )


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
