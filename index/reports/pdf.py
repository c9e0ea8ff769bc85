"""PDF to positioned lines, through pdfium.

pdfium is not thread-safe, across documents too: call this from one thread of a
process only. Characters are read one by one, so that a place in ``Page.text`` and
a place on the page image are the same thing (:func:`character_boxes`).
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
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


def _plain(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of pdfium's that takes addresses as plain numbers, so that ``map`` can call it."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(result, *arguments)(address or 0)


_ADDRESS = ctypes.c_size_t
_unicode_at = _plain(raw.FPDFText_GetUnicode, ctypes.c_uint, _ADDRESS, ctypes.c_int)
_size_at = _plain(raw.FPDFText_GetFontSize, ctypes.c_double, _ADDRESS, ctypes.c_int)
_box_at = _plain(raw.FPDFText_GetCharBox, ctypes.c_int, _ADDRESS, ctypes.c_int, *[_ADDRESS] * 4)

_Row = list[int]
"""Places of a printed line's characters in the columns of its page."""
_SPACE = -1
"""In a row, the space between two parts of it, which no character stands for."""


class _Kind(IntEnum):
    SHOWN = auto()
    BLANK = auto()
    BREAK = auto()
    HYPHEN = auto()
    """At a line's end, where the word goes on in the next line."""
    DROPPED = auto()


_BLANK = int(_Kind.BLANK)


@dataclass(slots=True)
class _Glyphs:
    """The characters of a page, in pdfium's order; points from the top left corner."""

    kinds: list[int]
    chars: str
    sizes: list[float]
    pieces: list[_Row]
    left: list[float]
    right: list[float]
    top: list[float]
    bottom: list[float]

    def text(self, row: _Row) -> str:
        chars = self.chars
        return "".join([" " if place == _SPACE else chars[place] for place in row])

    def shown(self, row: _Row) -> _Row:
        kinds = self.kinds
        return [p for p in row if p != _SPACE and kinds[p] != _BLANK]

    def trimmed(self, row: _Row) -> _Row:
        start, end = 0, len(row)
        while start < end and self.kinds[row[start]] == _BLANK:
            start += 1
        while end > start and self.kinds[row[end - 1]] == _BLANK:
            end -= 1
        return row[start:end]

    def extent(self, row: _Row) -> tuple[float, float]:
        """Top and bottom of what is printed."""
        shown = self.shown(row)
        return min([self.top[p] for p in shown]), max([self.bottom[p] for p in shown])

    def box(self, place: int) -> Box | None:
        """None for a space, and for what has no width."""
        if place == _SPACE or self.kinds[place] == _BLANK:
            return None
        left, right = self.left[place], self.right[place]
        return Box(left, self.top[place], right, self.bottom[place]) if right > left else None


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
    counts = Counter("".join(page.text for page in pages))
    shown = {char: count for char, count in counts.items() if not char.isspace()}
    strange = sum(n for char, n in shown.items() if unicodedata.category(char) in _NO_LETTER)
    return strange > _STRANGE_SHARE * max(1, sum(shown.values()))


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
        glyphs = _glyphs(text_page.raw, height)
        parts: list[str] = []
        lines: list[Line] = []
        offset = 0
        for row in _rows(glyphs):
            parts.append(glyphs.text(row))
            lines.append(_line(glyphs, row, offset, text_page.raw))
            offset += len(row) + 1
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
        glyphs = _glyphs(text_page.raw, height)
        text: list[str] = []
        boxes: list[Box | None] = []
        for row in _rows(glyphs):
            if text:
                text.append("\n")
                boxes.append(None)
            text.append(glyphs.text(row))
            boxes += [glyphs.box(place) for place in row]
        return "".join(text), boxes
    finally:
        text_page.close()
        page.close()


def _glyphs(text_page: Any, height: float) -> _Glyphs:
    """The characters of a page, a column for each property: pdfium is called once for each, with
    no Python object in between."""
    count = max(0, raw.FPDFText_CountChars(text_page))  # -1: it cannot tell
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    codes = np.fromiter(map(_unicode_at, repeat(handle), range(count)), np.int64, count)
    known, inverse = np.unique(codes, return_inverse=True)
    kinds = np.array([_kind(int(code)) for code in known], dtype=np.int8)[inverse]
    shown = (kinds == _Kind.SHOWN) | (kinds == _Kind.HYPHEN)
    boxes = np.zeros((count, 4))
    places = np.flatnonzero(shown)
    first = boxes.ctypes.data + places * 4 * boxes.itemsize
    edges = [(first + k * boxes.itemsize).tolist() for k in range(4)]
    deque(map(_box_at, repeat(handle), places.tolist(), *edges), maxlen=0)
    left, right, bottom, top = boxes.T
    chars = [_clean(int(code)) for code in known]
    return _Glyphs(
        kinds=kinds.tolist(),
        chars="".join([chars[place] for place in inverse.tolist()]),
        sizes=_sizes(handle, known, inverse, shown),
        pieces=_pieces(kinds, shown, left),
        left=left.tolist(),
        right=right.tolist(),
        top=(height - top).tolist(),
        bottom=(height - bottom).tolist(),
    )


def _sizes(handle: int | None, known: Any, inverse: Any, shown: Any) -> list[float]:
    """Font sizes, asked for at the beginning of each word and at each digit and what follows it:
    inside a word the size changes at a footnote mark only."""
    digits = np.array([chr(int(code)).isdigit() for code in known], dtype=bool)[inverse]
    before = np.concatenate([[False], shown[:-1] & ~digits[:-1]])
    asked = np.flatnonzero(shown & (digits | ~before))
    sizes = np.zeros(len(shown))
    sizes[asked] = np.fromiter(map(_size_at, repeat(handle), asked.tolist()), float, len(asked))
    last = np.zeros(len(shown), dtype=np.int64)
    last[asked] = asked
    filled: list[float] = sizes[np.maximum.accumulate(last)].tolist()
    return filled


def _pieces(kinds: Any, shown: Any, left: Any) -> list[_Row]:
    """Runs of characters up to a line break, a hyphen at a line's end (pdfium has glued the
    next line on), or a step back to the left (it runs two rows of a table cell together)."""
    ends = (kinds == _Kind.BREAK) | (kinds == _Kind.HYPHEN)
    piece = np.cumsum(np.concatenate([[0], ends[:-1]]))
    places = np.flatnonzero(shown)
    ahead, behind = places[1:], places[:-1]
    back = (left[ahead] < left[behind] - _BACKWARDS) & (piece[ahead] == piece[behind])
    steps = np.zeros(len(kinds), dtype=np.int64)
    steps[ahead[back]] = 1
    piece = piece + np.cumsum(steps)
    kept = np.flatnonzero(shown | (kinds == _Kind.BLANK))
    cuts = np.flatnonzero(np.diff(piece[kept])) + 1
    return [part.tolist() for part in np.split(kept, cuts)]


def _kind(code: int) -> _Kind:
    if code in (0x0A, 0x0D):
        return _Kind.BREAK
    if code in _DROPPED or code in _BIDI:
        return _Kind.DROPPED
    if code in _HYPHENS:
        return _Kind.HYPHEN
    return _Kind.BLANK if _clean(code).isspace() else _Kind.SHOWN


def _rows(glyphs: _Glyphs) -> Iterator[_Row]:
    """Printed lines in the file's own order, blank ones left out, ends trimmed."""
    merged: list[_Row] = []
    for row in map(glyphs.trimmed, glyphs.pieces):
        if not row:
            continue
        if merged and _same_row(glyphs, merged[-1], row):
            white = glyphs.left[row[0]] - glyphs.right[merged[-1][-1]]
            if white > 1.0 or not _is_mark_row(glyphs, row, merged[-1]):
                merged[-1].append(_SPACE)
            merged[-1].extend(row)
        else:
            merged.append(row)
    yield from merged


def _clean(code: int) -> str:
    if code in _HYPHENS:
        return "-"
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000:
        return " "
    if code in (0xA0, 0x2007, 0x202F):
        return " "
    return chr(code)


def _same_row(glyphs: _Glyphs, previous: _Row, row: _Row) -> bool:
    """Whether ``row`` goes on to the right of ``previous`` on the same printed line."""
    if glyphs.left[row[0]] < glyphs.right[previous[-1]] - 1.0:
        return False
    top, bottom = glyphs.extent(previous)
    next_top, next_bottom = glyphs.extent(row)
    overlap = min(bottom, next_bottom) - max(top, next_top)
    return overlap > 0.5 * min(bottom - top, next_bottom - next_top)


def _is_mark_row(glyphs: _Glyphs, row: _Row, previous: _Row) -> bool:
    size = max(glyphs.sizes[place] for place in previous if place != _SPACE)
    return glyphs.text(row).isdigit() and glyphs.sizes[row[0]] < size


def _line(glyphs: _Glyphs, row: _Row, offset: int, text_page: Any) -> Line:
    shown = glyphs.shown(row)
    _scale_sizes(glyphs, row, text_page)
    size = _main_size([glyphs.sizes[place] for place in shown])
    box = Box(
        min([glyphs.left[place] for place in shown]),
        min([glyphs.top[place] for place in shown]),
        max([glyphs.right[place] for place in shown]),
        max([glyphs.bottom[place] for place in shown]),
    )
    return Line(
        start=offset,
        end=offset + len(row),
        box=box,
        size=size,
        bold=_is_bold(glyphs, shown, text_page),
        cells=_cells(glyphs, row, shown, offset),
        marks=_marks(glyphs, row, offset, size),
    )


def _scale_sizes(glyphs: _Glyphs, row: _Row, text_page: Any) -> None:
    """Font sizes as printed: some files set type at size 1 and enlarge it by the matrix."""
    matrix = raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(text_page, row[0], ctypes.byref(matrix)):
        scale = math.hypot(matrix.b, matrix.d)
        if scale > 0 and abs(scale - 1.0) > 0.01:
            for place in row:
                if place != _SPACE:
                    glyphs.sizes[place] *= scale


def _main_size(sizes: Sequence[float]) -> float:
    """The commonest size, to half a point; of two as common, the larger."""
    totals: Counter[float] = Counter()
    for size, count in Counter(sizes).items():
        totals[round(size * 2) / 2] += count
    return max(totals, key=lambda size: (totals[size], size))


def _is_bold(glyphs: _Glyphs, shown: _Row, text_page: Any) -> bool:
    """Bold if most of three sampled letters are: weight from the font, or its name."""
    chars = glyphs.chars
    letters = [place for place in shown if chars[place].isalpha()] or shown
    first, last = _is_bold_at(letters[0], text_page), _is_bold_at(letters[-1], text_page)
    return first if first == last else _is_bold_at(letters[len(letters) // 2], text_page)


def _is_bold_at(place: int, text_page: Any) -> bool:
    if raw.FPDFText_GetFontWeight(text_page, place) >= 600:
        return True
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(text_page, place, buffer, 128, ctypes.byref(flags))
    return bool(length) and b"bold" in buffer.value.lower()


def _cells(glyphs: _Glyphs, row: _Row, shown: _Row, offset: int) -> tuple[Cell, ...]:
    left, right = glyphs.left, glyphs.right
    cuts = [k for k in range(1, len(shown)) if left[shown[k]] - right[shown[k - 1]] > _CELL_GAP]
    ends = [0, *cuts, len(shown)]
    at = {place: offset + position for position, place in enumerate(row)} if cuts else {}
    cells: list[Cell] = []
    for begin, end in pairwise(ends):
        first, last = shown[begin], shown[end - 1]
        start = at[first] if cuts else offset
        stop = at[last] + 1 if cuts else offset + len(row)
        cells.append(Cell(start, stop, left[first], right[last]))
    return tuple(cells)


def _marks(glyphs: _Glyphs, row: _Row, offset: int, size: float) -> tuple[tuple[int, int], ...]:
    marks: list[tuple[int, int]] = []
    small, sizes = _MARK_RATIO * size, glyphs.sizes
    raised = [
        offset + position
        for position, place in enumerate(row)
        if sizes[place] < small and place != _SPACE and glyphs.chars[place].isdigit()
    ]
    for place in raised:
        if marks and marks[-1][1] == place:
            marks[-1] = (marks[-1][0], place + 1)
        else:
            marks.append((place, place + 1))
    return tuple(marks)
