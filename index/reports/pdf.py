"""PDF to positioned lines, through pdfium.

pdfium is not thread-safe, across documents too: call this from one thread of a
process only. Characters are read one by one, so that a place in ``Page.text`` and
a place on the page image are the same thing (:func:`character_boxes`).
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from index.errors import DamagedFile, EncryptedFile, FileTooLarge, NotAReport, NoText
from index.models import Box, Cell, Line, Page

MAX_PAGES = 1500
_MIN_CHARACTERS_PER_PAGE = 20
"""Fewer on average and the file is a scan: even a cover page holds a title."""
_CELL_GAP = 14.0
"""Points of white between two words that make them two table cells; a space is 3-4."""
_BACKWARDS = 15.0
"""Points to the left of the character before, from which a new line has begun."""
_MARK_RATIO = 0.8
"""A digit set smaller than this share of its line's size is a footnote mark."""
_HYPHENS = {0x02, 0xFFFE}
"""What pdfium puts for a hyphen at a line's end, having joined the lines."""
_DROPPED = {0x00, 0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060}
_BIDI = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A)) | {0x200E, 0x200F}
_PASSWORD_ERROR = 4
_MAX_OBJECTS = 5000
_FRAME_WIDTH, _FRAME_HEIGHT, _FRAME_SHARE = 0.4, 45.0, 0.75
"""A frame is at least so much of the page's width, so many points high (three lines), and at most
so much of the page's height: a border around the page frames nothing."""
_NO_LETTER = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "So"})
_STRANGE_SHARE = 0.4
"""Of control, private and symbol characters, from which a page is not readable as text."""


@dataclass(slots=True)
class _Char:
    index: int
    char: str
    size: float
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


def read_pdf(path: Path) -> tuple[Page, ...]:
    """Read every page of a PDF.

    Raises:
        NotAReport, DamagedFile, EncryptedFile, NoText, FileTooLarge: named, with
            what to do.
    """
    document = _open(path)
    try:
        if len(document) > MAX_PAGES:
            raise FileTooLarge(
                f"{path.name} has {len(document)} pages; the limit is {MAX_PAGES}. "
                "Split it and index the parts."
            )
        pages = tuple(_read_page(document, number) for number in range(1, len(document) + 1))
    finally:
        document.close()
    if sum(len(page.text) for page in pages) < _MIN_CHARACTERS_PER_PAGE * len(pages):
        raise NoText(
            f"{path.name} has {len(pages)} pages but no text: it is a scan. "
            "Install ocrmypdf and set INSPECTIONS_INDEX__OCR=true, or run OCR on it yourself "
            "(`ocrmypdf in.pdf out.pdf`) and index the result."
        )
    if _unreadable(pages):
        raise NoText(
            f"{path.name} has text, but its fonts do not say which letters they draw. Print it to a "
            "new PDF from the program that made it, or run OCR on it (`ocrmypdf --force-ocr`)."
        )
    return pages


def _unreadable(pages: tuple[Page, ...]) -> bool:
    """Whether most of what is printed is no letter, digit or mark that anybody writes."""
    shown = [char for page in pages for char in page.text if not char.isspace()]
    strange = sum(unicodedata.category(char) in _NO_LETTER for char in shown)
    return strange > _STRANGE_SHARE * max(1, len(shown))


def character_boxes(path: Path, number: int) -> tuple[str, list[Box | None]]:
    """Text of one page and, for each of its characters, its box (None for spaces).

    The text is the same as :func:`read_pdf` gives for that page, so a span indexes both.
    """
    document = _open(path)
    try:
        return _page_boxes(document, number)
    finally:
        document.close()


def render_page(path: Path, number: int, scale: float) -> Any:
    """A page drawn as a PIL image; ``scale`` is pixels per point."""
    document = _open(path)
    try:
        return document[number - 1].render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()


def _open(path: Path) -> pdfium.PdfDocument:
    with path.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" not in head:
        raise NotAReport(
            f"{path.name} is named .pdf but is {_describe(head)}. Download the report again, "
            "or give the file its true ending."
        )
    try:
        document = pdfium.PdfDocument(path)
        if len(document) == 0:
            raise DamagedFile(_damaged(path))
        return document
    except pdfium.PdfiumError as error:
        locked = (
            getattr(error, "err_code", None) == _PASSWORD_ERROR or "password" in str(error).lower()
        )
        if locked and _says_encrypted(path):
            raise EncryptedFile(
                f"{path.name} is protected by a password. Save a copy without one and index that."
            ) from error
        raise DamagedFile(_damaged(path)) from error


def _says_encrypted(path: Path) -> bool:
    """Whether the file itself says that it is: pdfium's error may be the last file's, not this one's."""
    return b"/Encrypt" in path.read_bytes()


def _damaged(path: Path) -> str:
    return f"{path.name} is damaged or was cut off while downloading. Download it again."


def _describe(head: bytes) -> str:
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in start:
        return "a web page"
    if start.startswith(b"pk\x03\x04"):
        return "a ZIP archive (a Word or Excel file, perhaps)"
    if start.startswith(b"mz"):
        return "a Windows program"
    return "not a PDF"


def _read_page(document: pdfium.PdfDocument, number: int) -> Page:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError as error:
        raise DamagedFile(
            f"Page {number} of {len(document)} cannot be read: the file is damaged. Download it again."
        ) from error
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        rows = list(_rows(text_page.raw, height))
        parts: list[str] = []
        lines: list[Line] = []
        offset = 0
        for row in rows:
            line_text = "".join(char.char for char in row)
            lines.append(_line(row, offset, text_page.raw))
            parts.append(line_text)
            offset += len(line_text) + 1
        frames = tuple(_frames(page, width, height))
        return Page(number, width, height, "\n".join(parts), tuple(lines), frames)
    finally:
        text_page.close()
        page.close()


def _frames(page: pdfium.PdfPage, width: float, height: float) -> Iterator[Box]:
    """Rectangles drawn on a page that may hold text: wide, several lines high, no page border."""
    edges = [ctypes.c_float() for _ in range(4)]
    references = [ctypes.byref(edge) for edge in edges]
    for place in range(min(raw.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)):
        item = raw.FPDFPage_GetObject(page.raw, place)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if not raw.FPDFPageObj_GetBounds(item, *references):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        wide = _FRAME_WIDTH * width <= right - left
        high = _FRAME_HEIGHT <= top - bottom <= _FRAME_SHARE * height
        if wide and high:
            yield Box(left, height - top, right, height - bottom)


def _page_boxes(document: pdfium.PdfDocument, number: int) -> tuple[str, list[Box | None]]:
    page = document[number - 1]
    _, height = page.get_size()
    text_page = page.get_textpage()
    try:
        text: list[str] = []
        boxes: list[Box | None] = []
        for row in _rows(text_page.raw, height):
            if text:
                text.append("\n")
                boxes.append(None)
            for char in row:
                text.append(char.char)
                blank = char.char.isspace() or char.right <= char.left
                boxes.append(None if blank else Box(char.left, char.top, char.right, char.bottom))
        return "".join(text), boxes
    finally:
        text_page.close()
        page.close()


def _rows(text_page: Any, height: float) -> Iterator[list[_Char]]:
    """Printed lines in the file's own order, blank ones left out, ends trimmed."""
    current: list[_Char] = []
    pending: list[list[_Char]] = []
    for char in _characters(text_page, height):
        if char is None:
            pending.append(current)
            current = []
            continue
        if current and _jumps_back(current, char):
            pending.append(current)
            current = []
        current.append(char)
        if char.index < 0:  # a line-end hyphen: pdfium has glued the next line on
            char.index = -char.index - 1
            pending.append(current)
            current = []
    pending.append(current)
    merged: list[list[_Char]] = []
    for row in pending:
        row = _trim(row)
        if not row:
            continue
        if merged and _same_row(merged[-1], row):
            if row[0].left - merged[-1][-1].right > 1.0 or not _is_mark_row(row, merged[-1]):
                merged[-1].append(_space(row[0]))
            merged[-1].extend(row)
        else:
            merged.append(row)
    yield from merged


def _jumps_back(current: list[_Char], char: _Char) -> bool:
    """Whether the type goes back to the left: pdfium runs two rows of a table cell together."""
    if char.char.isspace():
        return False
    last = next((c for c in reversed(current) if not c.char.isspace()), None)
    return last is not None and char.left < last.left - _BACKWARDS


def _characters(text_page: Any, height: float) -> Iterator[_Char | None]:
    """Characters with boxes; None for a line break; index < 0 marks a line-end hyphen."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    get_unicode, get_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox
    get_size = raw.FPDFText_GetFontSize
    references = [ctypes.byref(value) for value in (left, right, bottom, top)]
    for index in range(raw.FPDFText_CountChars(text_page)):
        code = get_unicode(text_page, index)
        if code in (0x0A, 0x0D):
            yield None
            continue
        if code in _DROPPED or code in _BIDI:
            continue
        at_line_end = code in _HYPHENS
        char = "-" if at_line_end else _clean(code)
        get_box(text_page, index, *references)
        yield _Char(
            -index - 1 if at_line_end else index,
            char,
            get_size(text_page, index),
            left.value,
            right.value,
            height - top.value,
            height - bottom.value,
        )


def _clean(code: int) -> str:
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000:
        return " "
    if code in (0xA0, 0x2007, 0x202F):
        return " "
    return chr(code)


def _trim(row: list[_Char]) -> list[_Char]:
    start, end = 0, len(row)
    while start < end and row[start].char.isspace():
        start += 1
    while end > start and row[end - 1].char.isspace():
        end -= 1
    return row[start:end]


def _space(before: _Char) -> _Char:
    return _Char(
        before.index, " ", before.size, before.left, before.left, before.top, before.bottom
    )


def _extent(row: list[_Char]) -> tuple[float, float]:
    shown = [char for char in row if not char.char.isspace()]
    return min(char.top for char in shown), max(char.bottom for char in shown)


def _same_row(previous: list[_Char], row: list[_Char]) -> bool:
    """Whether ``row`` goes on to the right of ``previous`` on the same printed line."""
    if row[0].left < previous[-1].right - 1.0:
        return False
    top, bottom = _extent(previous)
    next_top, next_bottom = _extent(row)
    overlap = min(bottom, next_bottom) - max(top, next_top)
    return overlap > 0.5 * min(bottom - top, next_bottom - next_top)


def _is_mark_row(row: list[_Char], previous: list[_Char]) -> bool:
    size = max(char.size for char in previous)
    return all(char.char.isdigit() for char in row) and row[0].size < size


def _line(row: list[_Char], offset: int, text_page: Any) -> Line:
    shown = [char for char in row if not char.char.isspace()]
    _scale_sizes(row, text_page)
    size = _main_size(shown)
    return Line(
        start=offset,
        end=offset + len(row),
        box=Box(
            min(char.left for char in shown),
            min(char.top for char in shown),
            max(char.right for char in shown),
            max(char.bottom for char in shown),
        ),
        size=size,
        bold=_is_bold(shown, text_page),
        cells=_cells(row, offset),
        marks=_marks(row, offset, size),
    )


def _scale_sizes(row: list[_Char], text_page: Any) -> None:
    """Font sizes as printed: some files set type at size 1 and enlarge it by the matrix."""
    matrix = raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(text_page, row[0].index, ctypes.byref(matrix)):
        scale = math.hypot(matrix.b, matrix.d)
        if scale > 0 and abs(scale - 1.0) > 0.01:
            for char in row:
                char.size *= scale


def _main_size(shown: list[_Char]) -> float:
    totals: dict[float, int] = {}
    for char in shown:
        size = round(char.size * 2) / 2
        totals[size] = totals.get(size, 0) + 1
    return max(totals, key=lambda size: (totals[size], size))


def _is_bold(shown: list[_Char], text_page: Any) -> bool:
    """Bold if most of three sampled letters are: weight from the font, or its name."""
    letters = [char for char in shown if char.char.isalpha()] or shown
    sample = [letters[0], letters[len(letters) // 2], letters[-1]]
    return sum(_char_is_bold(char, text_page) for char in sample) >= 2


def _char_is_bold(char: _Char, text_page: Any) -> bool:
    if raw.FPDFText_GetFontWeight(text_page, char.index) >= 600:
        return True
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(text_page, char.index, buffer, 128, ctypes.byref(flags))
    return bool(length) and b"bold" in buffer.value.lower()


def _cells(row: list[_Char], offset: int) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    start: int | None = None
    last = 0
    for position, char in enumerate(row):
        if char.char.isspace():
            continue
        if start is not None and char.left - row[last].right > _CELL_GAP:
            cells.append(_cell(row, offset, start, last))
            start = None
        if start is None:
            start = position
        last = position
    if start is not None:
        cells.append(_cell(row, offset, start, last))
    return tuple(cells)


def _cell(row: list[_Char], offset: int, start: int, last: int) -> Cell:
    return Cell(offset + start, offset + last + 1, row[start].left, row[last].right)


def _marks(row: list[_Char], offset: int, size: float) -> tuple[tuple[int, int], ...]:
    marks: list[tuple[int, int]] = []
    for position, char in enumerate(row):
        if not (char.char.isdigit() and char.size < _MARK_RATIO * size):
            continue
        place = offset + position
        if marks and marks[-1][1] == place:
            marks[-1] = (marks[-1][0], place + 1)
        else:
            marks.append((place, place + 1))
    return tuple(marks)
