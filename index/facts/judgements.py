"""Grades: read off tables by position, off headings and grade lines, off sentences.

Each rule names itself in ``Judgement.rule``, so that a wrong grade can be traced to what
read it. Tables come first: a grade cell belongs to the row of label lines it stands
beside, wherever the file's own order puts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.facts.areas import LSCB, OVERALL, area_key, part_named
from index.grades import (
    PATTERN,
    REQUIRES_IMPROVEMENT,
    canonical_grade,
    trailing_grade_line,
)
from index.layout import BULLET, Layout, PlacedLine, half_grade_cell
from index.models import Block, BlockKind, Judgement, Span

_ROW_STEP = 1.5
"""Two label lines belong to one row when less than this many type sizes apart."""
_HEADER = re.compile(r"^(?:judge?ments?|areas?|aspects?)?\s*(?:judge?ments?|grades?)?$", re.I)


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    spans: tuple[Span, ...]

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def find_judgements(
    layout: Layout, blocks: Sequence[Block], framework: str = ""
) -> list[Judgement]:
    """Every grade the report gives, each with the rule that found it.

    Sentences are read as grades only under the frameworks of 2009-2013, which grade in
    prose; later reports use the same words as plain adjectives.
    """
    found = list(_from_tables(layout))
    found += _from_headings(blocks)
    found += _from_front_sentences(layout, blocks)
    found += _from_sentences(blocks, graded_prose=framework in ("SLAC", ""))
    return found


def _from_tables(layout: Layout) -> Iterator[Judgement]:
    for table, block, position in _tables(layout):
        source = "front table" if position == "front" else "closing table"
        yield from _read_table(table, block, source, layout.positioned)


def _tables(layout: Layout) -> Iterator[tuple[list[PlacedLine], str, str]]:
    """Runs of table lines with the block their heading names, and where they stand."""
    block, table = "", list[PlacedLine]()
    last_page = layout.lines[-1].page if layout.lines else 1
    for line in layout.lines:
        if line.kind is BlockKind.TABLE and (not table or line.page == table[-1].page):
            table.append(line)
            continue
        if table and line.kind in (BlockKind.RUNNING_LINE, BlockKind.PAGE_NUMBER):
            continue
        if table:
            yield table, block, _position(table, last_page, layout.positioned)
            table = [line] if line.kind is BlockKind.TABLE else []
        if line.kind in (BlockKind.HEADING, BlockKind.UNNUMBERED, BlockKind.FRONT_MATTER):
            block = _part(line.text, "" if line.kind is BlockKind.HEADING else block)
    if table:
        yield table, block, _position(table, last_page, layout.positioned)


def _part(heading: str, before: str) -> str:
    named = part_named(heading)
    return before if named is None else named


def _position(table: Sequence[PlacedLine], last_page: int, positioned: bool) -> str:
    return "front" if positioned and table[0].page <= 3 and last_page > 4 else "closing"


def _read_table(
    table: Sequence[PlacedLine], block: str, source: str, positioned: bool
) -> Iterator[Judgement]:
    grades, labels = _split_cells(table)
    if positioned:
        grades = _join_half_grades(grades)
    rows = _label_rows(labels, positioned)
    for row, grade in _match_rows(rows, grades):
        label = re.sub(r"\s+", " ", " ".join(cell.text for cell in row)).strip()
        if grade is None:
            block = _part(label, block)
            continue
        if not label or _HEADER.match(label):
            continue
        canonical = canonical_grade(grade.text)
        if canonical is None:
            continue
        yield Judgement(
            area=re.sub(r"^\d(?:\.\d)?\.?\s+", "", label),
            area_key=area_key(label),
            grade=canonical,
            grade_text=re.sub(r"\s+", " ", grade.text),
            block=block,
            source=source,
            rule="table row by position",
            spans=tuple(span for cell in row for span in cell.spans) + grade.spans,
        )


def _split_cells(table: Sequence[PlacedLine]) -> tuple[list[_Cell], list[_Cell]]:
    grades: list[_Cell] = []
    labels: list[_Cell] = []
    for line in table:
        half = half_grade_cell(line)
        for number, cell in enumerate(line.line.cells):
            start = cell.start - line.line.start
            text = line.text[start : start + cell.end - cell.start]
            box = line.line.box
            made = _Cell(
                text,
                line.page,
                cell.left,
                cell.right,
                box.top,
                box.bottom,
                line.line.size,
                (Span(line.page, cell.start, cell.end),),
            )
            if canonical_grade(text) is not None or number == half:
                grades.append(made)
            else:
                labels.append(made)
    return grades, labels


def _join_half_grades(cells: list[_Cell]) -> list[_Cell]:
    """``Requires`` over ``improvement`` in one column is one grade."""
    joined: list[_Cell] = []
    for cell in sorted(cells, key=lambda c: (c.top, c.left)):
        above = joined[-1] if joined else None
        if above is not None and _is_rest_of(above, cell):
            joined[-1] = replace(
                above,
                text=f"{above.text} {cell.text}",
                bottom=cell.bottom,
                right=max(above.right, cell.right),
                spans=above.spans + cell.spans,
            )
        else:
            joined.append(cell)
    return joined


def _is_rest_of(above: _Cell, cell: _Cell) -> bool:
    begins = above.text.lower().startswith("require")
    rest = re.match(r"^(?:improvement|(?:to )?be good)", cell.text, re.I)
    close = cell.top - above.bottom < 1.2 * above.size
    return bool(begins and rest and close and abs(cell.left - above.left) < 60)


def _label_rows(labels: list[_Cell], positioned: bool) -> list[list[_Cell]]:
    if not positioned:
        return [[cell] for cell in labels]
    rows: list[list[_Cell]] = []
    for cell in sorted(labels, key=lambda c: (c.top, c.left)):
        opens = bool(re.match(r"^\d(?:\.\d)?\.?\s", cell.text))
        if rows and not opens and cell.bottom - rows[-1][-1].bottom < _ROW_STEP * cell.size:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return rows


def _match_rows(
    rows: Sequence[list[_Cell]], grades: Sequence[_Cell]
) -> list[tuple[list[_Cell], _Cell | None]]:
    """Each grade goes to the row beside which it stands; rows without one keep None."""
    given: dict[int, _Cell] = {}
    for grade in grades:
        distances = [_distance(row, grade) for row in rows]
        if not distances:
            continue
        nearest = min(range(len(rows)), key=lambda i: (i in given, distances[i]))
        if distances[nearest] < 24:
            given[nearest] = grade
    return [(row, given.get(i)) for i, row in enumerate(rows)]


def _distance(row: Sequence[_Cell], grade: _Cell) -> float:
    top, bottom = min(c.top for c in row), max(c.bottom for c in row)
    if top - 2 <= grade.middle <= bottom + 2:
        return abs((top + bottom) / 2 - grade.middle) / 100
    return min(abs(grade.middle - top), abs(grade.middle - bottom))


_HEADING_GRADE = re.compile(
    rf"^(?P<area>.+?)(?:\s*[:\u2013-]\s*|\s+(?:is|are|is judged to be|are judged to be)\s+|\s+)"
    rf"(?P<grade>{PATTERN})\W*$",
    re.I,
)


def _from_headings(blocks: Sequence[Block]) -> Iterator[Judgement]:
    """``…care leavers: good`` and a ``Grade 2 (good)`` line under a heading."""
    above: Block | None = None
    part = ""
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            if block.kind is BlockKind.PARAGRAPH:
                above = None
            continue
        part = _part(block.text, part)
        line = trailing_grade_line(block.text)
        if line is not None:
            area = block.text[: line[0]].strip(" .:") or (above.text.strip(" .:") if above else "")
            spans = (
                above.spans if above and not block.text[: line[0]].strip() else ()
            ) + block.spans
            if area:
                yield _judgement(area, line[1], block.text[line[0] :], part, "grade line", spans)
            above = None
            continue
        match = _HEADING_GRADE.match(block.text)
        if match and len(match.group("area").split()) >= 2:
            grade = canonical_grade(match.group("grade"))
            if grade:
                area = re.sub(r"\s+is that (?:it|they)$", "", match.group("area").strip(" :."))
                yield _judgement(area, grade, match.group("grade"), part, "heading", block.spans)
        above = block


def _judgement(
    area: str,
    grade: str,
    printed: str,
    block: str,
    source: str,
    spans: tuple[Span, ...],
    paragraph: str | None = None,
    key: str | None = None,
) -> Judgement:
    clean = re.sub(r"\s+", " ", area)
    return Judgement(
        area=clean,
        area_key=key or area_key(clean),
        grade=grade,
        grade_text=re.sub(r"\s+", " ", printed).strip(),
        block=block,
        source=source,
        rule=source,
        spans=spans,
        paragraph=paragraph,
    )


_SERVICES = re.compile(
    rf"children.s (?:social care )?services (?:in|for) (?P<who>[^,.;]{{2,70}}?)\s+"
    rf"(?:(?:is|are)\s+(?P<a>{PATTERN})|(?P<b>requires? improvement(?: to be good)?))",
    re.I,
)
_OVERALL = re.compile(
    rf"\boverall judge?ment\b[^.]{{0,60}}? is\s+(?:that [^.]{{0,120}}?\b)?(?P<a>{PATTERN})", re.I
)
_BOARD = re.compile(
    rf"(?:safeguarding children board|\bLSCB\b)\)?(?:\s+\(LSCB\))?\s*(?:(?:in \w+ )?(?:is|are)\s+(?:judged to be )?(?P<a>{PATTERN})"
    rf"|(?P<b>requires? improvement(?: to be good)?))",
    re.I,
)


def _from_front_sentences(layout: Layout, blocks: Sequence[Block]) -> Iterator[Judgement]:
    """The whole service's grade, and the safeguarding board's, as a sentence of its own."""
    seen: set[str] = set()
    for block in blocks:
        early = block.page <= 2
        titled = block.kind in (BlockKind.HEADING, BlockKind.FRONT_MATTER, BlockKind.TABLE)
        if not (early or titled) or block.kind is BlockKind.PARAGRAPH:
            continue
        for key, pattern in ((OVERALL, _SERVICES), (OVERALL, _OVERALL), (LSCB, _BOARD)):
            match = pattern.search(block.text) if early or key == LSCB else None
            if match is None or key in seen:
                continue
            groups = match.groupdict()
            printed = groups.get("a") or groups.get("b") or ""
            grade = canonical_grade(printed)
            if grade is None:
                continue
            seen.add(key)
            yield _judgement(
                "Overall effectiveness" if key == OVERALL else "Local safeguarding children board",
                grade,
                printed,
                "lscb" if key == LSCB else "",
                "sentence",
                _printed_at(layout, block, match.group(0)) or block.spans,
                key=key,
            )


def _printed_at(layout: Layout, block: Block, words: str) -> tuple[Span, ...]:
    """The fewest lines of a block that hold ``words``; nothing where no three lines do."""
    wanted = _letters(words)
    spanned = [
        line
        for line in layout.lines
        if any(s.page == line.page and s.start <= line.line.start < s.end for s in block.spans)
    ]
    for count in (1, 2, 3):
        for first in range(len(spanned) - count + 1):
            lines = spanned[first : first + count]
            if wanted in _letters("".join(line.text for line in lines)):
                return tuple(Span(x.page, x.line.start, x.line.end) for x in lines)
    return ()


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


_SENTENCE = re.compile(
    rf"^(?P<area>(?:the |services |arrangements |outcomes |value |assessments? |leadership |there is )?"
    rf"[^.;]{{4,150}}?)\s+(?:is|are|remains?|have been judged|has been judged)\s+"
    rf"(?:judged (?:to be |as )?|overall )?(?P<grade>{PATTERN})\b(?P<after>\W|$)",
    re.I,
)


def _from_sentences(blocks: Sequence[Block], *, graded_prose: bool) -> Iterator[Judgement]:
    """A paragraph's first sentence that says what something is: ``… is adequate.``"""
    part = ""
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            part = _part(block.text, part)
        graded_line = block.kind is BlockKind.UNNUMBERED and re.match(
            r"^the (?:graded )?judge?ment\b", block.text, re.I
        )
        if not graded_line and not (graded_prose and block.kind is BlockKind.PARAGRAPH):
            continue
        first = re.split(r"(?<=[.!?])\s", block.text, maxsplit=1)[0]
        match = _SENTENCE.match(BULLET.sub("", first))
        if match is None or not _ends_clause(BULLET.sub("", first)[match.end("grade") :]):
            continue
        grade = canonical_grade(match.group("grade"))
        if grade is None or (grade == REQUIRES_IMPROVEMENT and "require" not in first.lower()):
            continue
        yield _judgement(
            match.group("area"),
            grade,
            match.group("grade"),
            part,
            "sentence",
            block.spans,
            paragraph=block.label,
        )


def _ends_clause(rest: str) -> bool:
    return bool(re.match(r"^\s*(?:$|[.,;]|overall|and\b|with\b|because\b)", rest, re.I))
