"""What each printed line is: running line, heading, table row, footnote or body.

Decided by what repeats from page to page, where a line stands, and how large and heavy it
is set; never by the name of a council. Grouping lines into paragraphs is
:mod:`index.paragraphs`'s work.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from index.grades import canonical_grade, trailing_grade_line
from index.models import BlockKind, Box, Document, Line, Page
from index.reports.rows import ROW

BULLETS = "\u2022\u25aa\u25cf\u25a0\u25fc\u25fe\u25e6\u2023\u00b7\u2043\u27a2\uf0a7\uf06e\uf02d\uf0b7\uf0d8\uf0fc\ufffd"
BULLET = re.compile(rf"^(?:[{BULLETS}]|[\u2013\u2212\-o*](?=\s))\s*")
DEADLINE = re.compile(
    r"^(?:immediately|(?:with)?in\s+(?:the\s+next\s+)?[\w-]+\s+(?:days?|weeks?|months?|years?)"
    r"|by\s+(?:the\s+end\s+of\s+)?[A-Z]\w+(?:\s+\d{4})?)\b[^.]{0,60}:?\s*$",
    re.IGNORECASE,
)
_EDGE = 0.125
"""Share of the page's height, at top and at foot, where running lines stand."""
_PAGE_NUMBER = re.compile(
    r"^(?:page\s+)?(?:\d{1,4}|[ivxl]{1,6})(?:\s+of\s+\d{1,4})?$", re.IGNORECASE
)
_CONTENTS = re.compile(r"^(?:table of )?contents$", re.IGNORECASE)
_ENDS_IN_NUMBER = re.compile(r"(?:\s|\.{2,}|\t)\d{1,3}$")
_MEANINGS = re.compile(r"what (?:the|these) inspection judge?ments mean", re.IGNORECASE)
_LONGEST_HEADING = 4
"""Lines; headings of reports run over two, seldom three."""
_SMALLER = 1.4
"""Points below the body's size from which type counts as small print."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with its page, its text and what it is.

    ``gap`` is the distance to the line before it on the page, in the report's own line
    pitches (1.0 = set solid); None for a page's first line.
    """

    page: int
    line: Line
    text: str
    kind: BlockKind
    gap: float | None = None

    @property
    def is_bullet(self) -> bool:
        """Whether the line opens an item of a list."""
        return bool(BULLET.match(self.text))


@dataclass(frozen=True, slots=True)
class Layout:
    """All lines of a report in reading order, and the measures of its type."""

    lines: tuple[PlacedLine, ...]
    body_size: float
    pitch: float
    positioned: bool
    frames: tuple[tuple[int, Box], ...] = ()
    """Rectangles drawn around or behind text, with their pages."""


def lay_out(document: Document) -> Layout:
    """Say of every line of every page what it is."""
    body_size = _body_size(document.pages)
    pitch = _pitch(document.pages, body_size) if document.positioned else ROW
    furniture = _find_furniture(document, body_size) if document.positioned else {}
    placed: list[PlacedLine] = []
    for page in document.pages:
        lines = [_place(page, line, furniture) for line in page.lines]
        lines = _with_gaps(lines, pitch)
        if document.positioned:
            lines = _mark_footnotes(lines, body_size)
        placed.extend(lines)
    placed = _mark_contents(placed)
    placed = _mark_tables(placed, document.positioned)
    placed = _mark_small_print(placed, document, body_size)
    placed = _mark_headings(placed, body_size, document.positioned)
    placed = _unmark_large_prose(placed)
    placed = _mark_meanings(placed)
    placed = _mark_front_matter(placed, body_size, document.positioned)
    frames = tuple((page.number, frame) for page in document.pages for frame in page.frames)
    return Layout(tuple(placed), body_size, pitch, document.positioned, frames)


def _body_size(pages: Iterable[Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += line.end - line.start
    return sizes.most_common(1)[0][0] if sizes else 12.0


def _pitch(pages: Iterable[Page], body_size: float) -> float:
    steps: Counter[float] = Counter()
    for page in pages:
        for above, below in zip(page.lines, page.lines[1:], strict=False):
            step = below.box.bottom - above.box.bottom
            if above.size == below.size == body_size and 0 < step < 3 * body_size:
                steps[round(step)] += 1
    if not steps:
        return 1.2 * body_size
    common = steps.most_common(1)[0][0]
    near = [step for step, count in steps.items() for _ in range(count) if abs(step - common) <= 1]
    return float(median(near))


def _place(page: Page, line: Line, furniture: dict[tuple[int, int], BlockKind]) -> PlacedLine:
    text = page.text[line.start : line.end]
    kind = furniture.get((page.number, line.start), BlockKind.UNNUMBERED)
    return PlacedLine(page.number, line, text, kind)


def _find_furniture(document: Document, body_size: float) -> dict[tuple[int, int], BlockKind]:
    """Running lines and page numbers: lines near an edge that repeat, digits apart.

    A line as large as the body or larger has to repeat on a quarter of the pages: a heading
    such as "Recommendations" may well stand at the top of two.
    """
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    places: list[tuple[tuple[str, str], int, int, str]] = []
    body_sized: set[tuple[str, str]] = set()
    for page in document.pages:
        for edge, line in _edge_lines(page):
            text = page.text[line.start : line.end]
            key = (edge, re.sub(r"\d+", "#", re.sub(r"\s+", " ", text.lower())).strip())
            seen[key].add(page.number)
            if line.size > body_size - 0.8:
                body_sized.add(key)
            places.append((key, page.number, line.start, text))
    found: dict[tuple[int, int], BlockKind] = {}
    often = max(3, len(document.pages) // 4)
    for key, number, start, text in places:
        if _PAGE_NUMBER.match(text.strip()):
            found[number, start] = BlockKind.PAGE_NUMBER
        elif len(seen[key]) >= (often if key in body_sized else 2) and len(key[1]) > 1:
            found[number, start] = BlockKind.RUNNING_LINE
    return found


def _edge_lines(page: Page) -> list[tuple[str, Line]]:
    """Lines in the top and bottom edge, going inwards and stopping at a wide gap inside it."""
    top = [line for line in page.lines if line.box.bottom <= _EDGE * page.height]
    foot = [line for line in page.lines if line.box.top >= (1 - _EDGE) * page.height]
    return [("top", line) for line in top] + [("foot", line) for line in foot]


def _with_gaps(lines: list[PlacedLine], pitch: float) -> list[PlacedLine]:
    placed: list[PlacedLine] = []
    above: PlacedLine | None = None
    for line in lines:
        if line.kind is not BlockKind.UNNUMBERED:
            placed.append(line)
            continue
        gap = None
        if above is not None:
            gap = (line.line.box.bottom - above.line.box.bottom) / pitch
        placed.append(replace(line, gap=gap))
        above = line
    return placed


def _mark_footnotes(lines: list[PlacedLine], body_size: float) -> list[PlacedLine]:
    """Small type at the page's foot that opens with a mark."""
    shown = [i for i, line in enumerate(lines) if line.kind is BlockKind.UNNUMBERED]
    start = len(shown)
    while start > 0 and lines[shown[start - 1]].line.size <= body_size - _SMALLER:
        start -= 1
    region = shown[start:]
    while region and not _opens_footnote(lines[region[0]]):
        region = region[1:]
    marked = list(lines)
    for index in region:
        marked[index] = replace(marked[index], kind=BlockKind.FOOTNOTE)
    return marked


def _opens_footnote(line: PlacedLine) -> bool:
    if line.line.marks and line.line.marks[0][0] == line.line.start:
        return True
    return bool(re.match(r"^\d{1,2}(?:\s+\S|$)", line.text))


def opens_footnote(line: PlacedLine) -> bool:
    """Whether a footnote line begins a new footnote rather than going on with one."""
    return _opens_footnote(line)


def _mark_contents(lines: list[PlacedLine]) -> list[PlacedLine]:
    marked = list(lines)
    for index, line in enumerate(lines):
        if line.kind is BlockKind.UNNUMBERED and _CONTENTS.match(line.text.strip()):
            rows = _contents_rows(lines, index)
            for row in rows:
                marked[row] = replace(marked[row], kind=BlockKind.CONTENTS)
    return marked


def _contents_rows(lines: Sequence[PlacedLine], heading: int) -> list[int]:
    """The heading and what follows it up to the last line that ends in a page number."""
    rows, last, misses = [heading], heading, 0
    for index in range(heading + 1, len(lines)):
        line = lines[index]
        if line.kind is not BlockKind.UNNUMBERED:
            if line.page != lines[heading].page:
                break
            continue
        if line.page > lines[heading].page + 1:
            break
        if _ENDS_IN_NUMBER.search(line.text):
            last, misses = index, 0
        else:
            misses += 1
            if misses > 2:
                break
        rows.append(index)
    if sum(bool(_ENDS_IN_NUMBER.search(lines[row].text)) for row in rows) < 3:
        return []
    return [row for row in rows if row <= last]


def grade_cells(line: PlacedLine) -> list[tuple[int, str]]:
    """Cells of a line that are a grade and nothing else: (cell number, canonical grade)."""
    found = []
    for number, cell in enumerate(line.line.cells):
        start = cell.start - line.line.start
        grade = canonical_grade(line.text[start : start + cell.end - cell.start])
        if grade is not None:
            found.append((number, grade))
    return found


_HALF_GRADES = re.compile(
    r"^(?:requires?(?: improvement to(?: be)?)?|improvement(?: to(?: be(?: good)?)?)?|(?:to )?be good)$",
    re.IGNORECASE,
)


def half_grade_cell(line: PlacedLine) -> int | None:
    """The cell that is one line of a grade set over two (``Requires`` / ``improvement``)."""
    for number, cell in enumerate(line.line.cells):
        start = cell.start - line.line.start
        if _HALF_GRADES.match(line.text[start : start + cell.end - cell.start].strip()):
            return number
    return None


def _mark_tables(lines: list[PlacedLine], positioned: bool) -> list[PlacedLine]:
    """Judgement tables: rows around a column of grade cells, told by position."""
    marked = list(lines)
    by_page: dict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if line.kind is BlockKind.UNNUMBERED:
            by_page[line.page].append(index)
    for rows in by_page.values():
        for group in _table_groups(lines, rows, positioned):
            for index in group:
                marked[index] = replace(marked[index], kind=BlockKind.TABLE)
    return marked


def _table_groups(
    lines: Sequence[PlacedLine], rows: Sequence[int], positioned: bool
) -> list[list[int]]:
    anchors = [i for i in rows if _is_table_anchor(lines[i])]
    groups: list[list[int]] = []
    for anchor in anchors:
        if groups and _near(lines, groups[-1][-1], anchor, positioned):
            groups[-1].append(anchor)
        else:
            groups.append([anchor])
    return [
        _table_extent(lines, rows, group, positioned)
        for group in groups
        if len(group) >= 2 and (not positioned or _one_column(lines, group))
    ]


def _is_table_anchor(line: PlacedLine) -> bool:
    grades = grade_cells(line)
    if any(number > 0 for number, _ in grades):
        return True
    alone = bool(grades) or half_grade_cell(line) is not None
    return alone and line.line.box.left > 250


def _near(lines: Sequence[PlacedLine], above: int, below: int, positioned: bool) -> bool:
    if not positioned:
        return below - above <= 8
    return lines[below].line.box.top - lines[above].line.box.bottom < 75


def _one_column(lines: Sequence[PlacedLine], group: Sequence[int]) -> bool:
    """Grade cells of a table stand left-aligned, right-aligned or centred on one another."""
    cells = []
    for index in group:
        line = lines[index]
        numbers = [n for n, _ in grade_cells(line)] or [half_grade_cell(line) or 0]
        cells.append(line.line.cells[numbers[-1]])
    if len(cells) < 2:
        return False
    lefts = max(c.left for c in cells) - min(c.left for c in cells)
    centres = [(c.left + c.right) / 2 for c in cells]
    return (
        lefts < 60
        or max(centres) - min(centres) < 40
        or len({round(c.left) for c in cells}) < len(cells)
    )


def _table_extent(
    lines: Sequence[PlacedLine], rows: Sequence[int], group: Sequence[int], positioned: bool
) -> list[int]:
    """The anchors, the label lines between them, and label lines hanging over at both ends."""
    first, last = rows.index(group[0]), rows.index(group[-1])
    column = min(
        lines[i]
        .line.cells[([n for n, _ in grade_cells(lines[i])] or [half_grade_cell(lines[i]) or 0])[-1]]
        .left
        for i in group
    )
    while first > 0 and _goes_with(lines[rows[first - 1]], lines[rows[first]], column, positioned):
        first -= 1
    while last + 1 < len(rows) and _goes_with(
        lines[rows[last]], lines[rows[last + 1]], column, positioned, below=True
    ):
        last += 1
    return list(rows[first : last + 1])


def _goes_with(
    upper: PlacedLine, lower: PlacedLine, column: float, positioned: bool, *, below: bool = False
) -> bool:
    """Whether the outer of two neighbouring lines is still part of the table's row."""
    outer = lower if below else upper
    if not positioned:
        step = lower.line.box.top - upper.line.box.top
        return len(outer.line.cells) > 1 and step <= ROW
    if re.match(r"^(?:judge?ment|area|aspect)s?\b.{0,30}\bgrade\b", outer.text, re.IGNORECASE):
        return True
    if outer.line.size > 12.6 and outer.line.bold and not below:
        return False
    if outer.line.box.right > column and len(outer.line.cells) == 1:
        return False
    step = lower.line.box.bottom - upper.line.box.bottom
    return abs(step) < 1.5 * outer.line.size


def _mark_small_print(
    lines: list[PlacedLine], document: Document, body_size: float
) -> list[PlacedLine]:
    """Closing small print, and pages set in small print throughout (imprint, copyright)."""
    if not document.positioned or not document.pages:
        return lines
    marked = list(lines)
    loose = [i for i, line in enumerate(lines) if line.kind is BlockKind.UNNUMBERED]
    for index in reversed(loose):
        if lines[index].line.size > body_size - _SMALLER:
            break
        marked[index] = replace(marked[index], kind=BlockKind.BOILERPLATE)
    by_page: dict[int, list[int]] = defaultdict(list)
    for index in loose:
        by_page[lines[index].page].append(index)
    for number, indices in by_page.items():
        if number > 1 and all(lines[i].line.size <= body_size - _SMALLER for i in indices):
            for index in indices:
                marked[index] = replace(marked[index], kind=BlockKind.BOILERPLATE)
    return marked


def _mark_headings(lines: list[PlacedLine], body_size: float, positioned: bool) -> list[PlacedLine]:
    marked = list(lines)
    for index, line in enumerate(lines):
        if line.kind is not BlockKind.UNNUMBERED:
            continue
        is_heading = (
            _looks_like_heading(line, body_size)
            if positioned
            else _reads_like_heading(lines, index)
        )
        if is_heading:
            marked[index] = replace(line, kind=BlockKind.HEADING)
    return marked


def _unmark_large_prose(lines: list[PlacedLine]) -> list[PlacedLine]:
    """Four lines or more set solid in one large type are prose, not a heading: summaries for
    young readers are set so."""
    marked = list(lines)
    begin = 0
    for index in range(1, len(lines) + 1):
        if index < len(lines) and _goes_on_large(lines[index - 1], lines[index]):
            continue
        stretch = range(begin, index)
        if len(stretch) >= _LONGEST_HEADING and lines[begin].kind is BlockKind.HEADING:
            for position in stretch:
                marked[position] = replace(marked[position], kind=BlockKind.UNNUMBERED)
        begin = index
    return marked


def _goes_on_large(above: PlacedLine, line: PlacedLine) -> bool:
    same = above.kind is line.kind is BlockKind.HEADING and above.page == line.page
    solid = line.gap is not None and line.gap < 1.5 * max(1.0, line.line.size / 12.0)
    return same and solid and above.line.size == line.line.size


def _looks_like_heading(line: PlacedLine, body_size: float) -> bool:
    """Bold or larger than the body, and no deadline that heads a list of actions."""
    if DEADLINE.match(line.text.strip()) or line.is_bullet:
        return False
    if re.match(r"^(?:[A-Za-z]\d?|\d)?[\d.]*\d\.?\s*[.,;]?$", line.text.strip()):
        return False
    large = line.line.size >= body_size + 1.5
    return large or (line.line.bold and len(line.text) < 160)


def _reads_like_heading(lines: Sequence[PlacedLine], index: int) -> bool:
    """In plain text: a short line of its own, set off by blank lines, not ended as a sentence."""
    line = lines[index]
    text = line.text.strip()
    if text.startswith("#") or line.line.bold:
        return True
    if BULLET.match(text) or DEADLINE.match(text) or re.match(r"^\d", text):
        return False
    if trailing_grade_line(text):
        return len(text) < 160
    following = _next_loose(lines, index)
    set_off = line.gap is None or line.gap > 1.5
    if following is not None and set_off and len(text) < 160:
        follower = following.text.strip()
        grade = trailing_grade_line(follower)
        if grade is not None and grade[0] == 0:
            return True
    before_blank = following is None or (following.gap or 9.0) > 1.5
    short = len(text) <= 110 and text[:1].isupper() and text[-1] not in ".;:,"
    return set_off and before_blank and short


def _next_loose(lines: Sequence[PlacedLine], index: int) -> PlacedLine | None:
    for line in lines[index + 1 :]:
        if line.kind is BlockKind.UNNUMBERED:
            return line
    return None


def _mark_meanings(lines: list[PlacedLine]) -> list[PlacedLine]:
    """The standing text on what each grade means, up to the next heading that names no grade."""
    marked = list(lines)
    standing = False
    for index, line in enumerate(lines):
        if line.kind is BlockKind.HEADING:
            wrapped = line.gap is not None and line.gap < 1.4 and lines[index - 1].kind is line.kind
            if _MEANINGS.search(line.text):
                standing = True
            elif not wrapped and canonical_grade(line.text) is None:
                standing = False
        elif standing and line.kind is BlockKind.UNNUMBERED:
            marked[index] = replace(line, kind=BlockKind.BOILERPLATE)
    return marked


def _mark_front_matter(
    lines: list[PlacedLine], body_size: float, positioned: bool
) -> list[PlacedLine]:
    """Everything above the first table or running text of the first page."""
    if not lines:
        return lines
    marked = list(lines)
    first_page = lines[0].page
    ends = len(lines)
    for index, line in enumerate(lines):
        if line.page != first_page:
            ends = index
            break
        if line.kind in (BlockKind.TABLE, BlockKind.CONTENTS, BlockKind.FOOTNOTE):
            ends = index
            break
        if line.kind is BlockKind.UNNUMBERED and _is_prose(lines, index, body_size, positioned):
            ends = index
            break
    for index in range(ends):
        if marked[index].kind in (BlockKind.UNNUMBERED, BlockKind.HEADING):
            marked[index] = replace(marked[index], kind=BlockKind.FRONT_MATTER)
    return marked


def _is_prose(lines: Sequence[PlacedLine], index: int, body_size: float, positioned: bool) -> bool:
    line = lines[index]
    if re.match(
        r"^(?:inspection dates?|report published|published|lead inspector|reporting)",
        line.text,
        re.IGNORECASE,
    ):
        return False
    if not positioned:
        sentence = len(line.text) > 60 and line.text.rstrip().endswith((".", "?", "!"))
        return sentence or len(line.text) > 110 or bool(re.match(r"^(?:-\s*)?1\.\s", line.text))
    body = abs(line.line.size - body_size) < 1 and not line.line.bold
    numbered = re.match(r"^(?:[A-Z]{0,2}\.?\d{1,3}(?:\.\d{1,3})*)[.)]?\s+[A-Z]", line.text)
    return body and len(line.text) > (30 if numbered else 60)
