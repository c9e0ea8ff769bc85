"""Sets the sample reports in type: `source/*.md` become PDFs beside this file.

What lives here: the small markup of the sources (described in `README.md`) and a typesetter that
breaks lines and pages itself, so that marks, footnotes and half sentences fall where inspection
reports have them. What does not: anything that reads a report.

Run as `python -m samples.make_samples`, or as a script. The same sources give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

SAMPLES = Path(__file__).resolve().parent
SOURCES = SAMPLES / "source"
REPORTS = SAMPLES / "reports"

REGULAR, BOLD, OBLIQUE = "Helvetica", "Helvetica-Bold", "Helvetica-Oblique"
PAGE_WIDTH, PAGE_HEIGHT = A4
LEFT, RIGHT = 72.0, PAGE_WIDTH - 72.0
BODY_TOP, BODY_BOTTOM = PAGE_HEIGHT - 78.0, 92.0
INVENTED = "Sample report about an invented council"

Shape = Literal["sif", "ilacs", "slac"]
Kind = Literal[
    "text", "numbered", "bullet", "sub-bullet", "inside", "heading", "subheading", "minor heading",
    "table", "grade box", "contents", "page", "rule",
]  # fmt: skip


class SourceError(ValueError):
    """A source file breaks the markup; the message names the file and what is wrong."""


# The source, read.


@dataclass(frozen=True)
class Front:
    """What stands between the two `---` lines; an empty field is not printed."""

    shape: Shape
    council: str
    title: str
    dates: str
    header: str
    footer: str
    second_title: str = ""
    published: str = ""
    lead: str = ""
    group: str = ""
    footer2: str = ""


@dataclass(frozen=True)
class Block:
    kind: Kind
    text: str = ""
    number: int = 0
    number_printed: bool = True
    rows: tuple[tuple[str, ...], ...] = ()
    style: str = ""


@dataclass(frozen=True)
class Source:
    front: Front
    blocks: tuple[Block, ...]
    notes: Mapping[str, str]


def read_source(path: Path) -> Source:
    """Raises SourceError for an unknown field or directive."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    try:
        front = Front(**fields)  # type: ignore[arg-type]  # a wrong shape fails in STYLES
    except TypeError as error:
        raise SourceError(f"{path.name}: {error}; compare the fields of Front") from error
    notes = dict(re.findall(r"^\[\^(\d+)\]: (.+)$", body, re.MULTILINE))
    text = re.sub(r"^\[\^\d+\]: .+$", "", body, flags=re.MULTILINE)
    return Source(front, tuple(_read_blocks(path.name, text)), notes)


def _read_blocks(name: str, body: str) -> Iterator[Block]:
    style, rows = "", list[tuple[str, ...]]()
    for line in [*body.splitlines(), ""]:
        if line.startswith("| "):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            continue
        if rows:
            yield Block("table", rows=tuple(rows), style=style)
            rows = []
        if not line:
            continue
        if line in ("{judgements}", "{record}", "{scale}"):
            style = line.strip("{}")
        else:
            yield _read_block(name, line)


def _read_block(name: str, line: str) -> Block:
    if numbered := re.match(r"(\d+)([.~]) (.+)", line):
        number, mark, text = numbered.groups()
        return Block("numbered", text, int(number), mark == ".")
    marks: tuple[tuple[str, Kind], ...] = (
        ("### ", "minor heading"), ("## ", "subheading"), ("# ", "heading"),
        ("-- ", "sub-bullet"), ("- ", "bullet"), ("> ", "inside"),
    )  # fmt: skip
    for mark, kind in marks:
        if line.startswith(mark):
            return Block(kind, line.removeprefix(mark))
    if box := re.fullmatch(r"\{gradebox (.+?) \| (.+)\}", line):
        return Block("grade box", box[1], rows=((box[1], box[2]),))
    directives: dict[str, Kind] = {"{page}": "page", "{contents}": "contents", "{rule}": "rule"}
    if line in directives:
        return Block(directives[line])
    if line.startswith("{"):
        raise SourceError(f"{name}: unknown directive {line}; the README lists them")
    return Block("text", line)


# Words and lines.


@dataclass(frozen=True)
class Piece:
    """Text at x, its baseline `dy` below the top of the strip that holds it."""

    x: float
    dy: float
    text: str
    font: str
    size: float


@dataclass(frozen=True)
class Strip:
    """A band of the page that is never cut: a line of text or a row of a table."""

    height: float
    pieces: tuple[Piece, ...] = ()
    rules: tuple[tuple[float, float, float, float], ...] = ()
    gap: float = 0.0
    keep_with_next: bool = False
    new_page: bool = False
    notes: tuple[str, ...] = ()
    listed_as: str = ""


@dataclass(frozen=True)
class Fragment:
    text: str
    font: str
    raised: bool = False


@dataclass(frozen=True)
class Word:
    """What a line may not cut. `joined`: no space before it; `forced`: it opens a line."""

    fragments: tuple[Fragment, ...]
    joined: bool = False
    forced: bool = False


def split_words(text: str, font: str) -> Iterator[Word]:
    bold = False
    for token in text.split():
        for place, part in enumerate(token.split("\\\\")):
            for step, bit in enumerate(re.split(r"(?<=[a-z]-)(?=[a-z])", part)):
                if bit.startswith("**"):
                    bold, bit = True, bit[2:]
                face, ends = BOLD if bold else font, bit.endswith("**")
                fragments = tuple(_split_marks(bit.removesuffix("**"), face))
                yield Word(fragments, joined=step > 0, forced=place > 0 and step == 0)
                bold = bold and not ends


def _split_marks(text: str, font: str) -> Iterator[Fragment]:
    for place, part in enumerate(re.split(r"\[\^(\d+)\]", text)):
        if part:
            yield Fragment(part, font, raised=place % 2 == 1)


def _width(fragments: Iterable[Fragment], size: float) -> float:
    return sum(
        float(stringWidth(f.text, f.font, size * 0.62 if f.raised else size)) for f in fragments
    )


def break_lines(words: Iterable[Word], width: float, size: float) -> list[list[Fragment]]:
    """Greedy, as word processors do it; a space is a fragment of its own."""
    lines: list[list[Fragment]] = [[]]
    for word in words:
        space = [] if word.joined or not lines[-1] else [Fragment(" ", word.fragments[0].font)]
        if word.forced or _width([*lines[-1], *space, *word.fragments], size) > width:
            lines.append([])
            space = []
        lines[-1] += [*space, *word.fragments]
    return lines


def _place(fragments: Sequence[Fragment], x: float, dy: float, size: float) -> Iterator[Piece]:
    """Fragments in one style become one piece, so that the PDF holds whole phrases."""
    run: list[Fragment] = []
    for fragment in [*fragments, None]:
        if run and (
            fragment is None or (fragment.font, fragment.raised) != (run[0].font, run[0].raised)
        ):
            raised, text = run[0].raised, "".join(f.text for f in run)
            yield Piece(
                x, dy - (size * 0.34 if raised else 0), text, run[0].font,
                size * 0.62 if raised else size,
            )  # fmt: skip
            x += _width(run, size)
            run = []
        if fragment is not None:
            run.append(fragment)


# Blocks become strips.


@dataclass(frozen=True)
class Style:
    """How one family of reports looks. Sizes are in points."""

    size: float
    leading: float
    indent: float
    heading: float
    bullets_inside: bool = False
    first_page_number: int = 1
    grade_column: float = 0.66
    grade_centred: bool = True


STYLES: dict[str, Style] = {
    "sif": Style(10.5, 13.4, 34, 15, grade_column=0.5),
    "ilacs": Style(11, 14, 24, 12.5, grade_column=0.5, grade_centred=False),
    "slac": Style(11, 14, 34, 15, bullets_inside=True, first_page_number=0, grade_column=0.74),
}


@dataclass(frozen=True)
class ContentsEntry:
    title: str
    page: int


@dataclass(frozen=True)
class Typesetter:
    """Turns blocks into strips; `contents` is empty until the pages are known."""

    style: Style
    contents: Sequence[ContentsEntry] = ()

    def lines(
        self,
        text: str,
        *,
        x: float = LEFT,
        size: float = 0,
        font: str = REGULAR,
        gap: float = 0,
        right: float = RIGHT,
    ) -> list[Strip]:
        size = size or self.style.size
        leading = size * self.style.leading / self.style.size
        strips = []
        for line in break_lines(split_words(text, font), right - x, size):
            notes = tuple(f.text for f in line if f.raised)
            strips.append(Strip(leading, tuple(_place(line, x, size, size)), notes=notes))
        strips[0] = replace(strips[0], gap=gap, keep_with_next=len(strips) > 1)
        return strips

    def set_block(self, block: Block) -> list[Strip]:
        match block.kind:
            case "text":
                return self.lines(block.text, gap=8)
            case "numbered":
                return self._numbered(block)
            case "bullet" | "sub-bullet" | "inside":
                return self._inside(block)
            case "heading" | "subheading" | "minor heading":
                return self._heading(block)
            case "table":
                return self._table(block.rows, block.style)
            case "grade box":
                first, *others = self._table((("!" + block.text, "!" + block.rows[0][1]),), "box")
                return [replace(first, listed_as=block.text), *others]
            case "contents":
                return self._contents()
            case "rule":
                return [Strip(10, rules=((LEFT, 8, RIGHT, 8),), gap=10, keep_with_next=True)]
            case "page":
                return [Strip(0, new_page=True)]

    def _numbered(self, block: Block) -> list[Strip]:
        strips = self.lines(block.text, x=LEFT + self.style.indent, gap=9)
        if block.number_printed:
            size = self.style.size
            number = Piece(LEFT, size, f"{block.number}.", REGULAR, size)
            strips[0] = replace(strips[0], pieces=(number, *strips[0].pieces))
        return strips

    def _inside(self, block: Block) -> list[Strip]:
        left = LEFT + (self.style.indent if self.style.bullets_inside else 0)
        if block.kind == "inside":
            return [replace(s, keep_with_next=True) for s in self.lines(block.text, x=left, gap=7)]
        left += 18 if block.kind == "sub-bullet" else 0
        strips = self.lines(block.text, x=left + 15, gap=3.5)
        mark = "\N{EN DASH}" if block.kind == "sub-bullet" else "\N{BULLET}"
        glyph = Piece(left, self.style.size, mark, REGULAR, self.style.size)
        strips[0] = replace(strips[0], pieces=(glyph, *strips[0].pieces))
        return strips

    def _heading(self, block: Block) -> list[Strip]:
        size = {
            "heading": self.style.heading,
            "subheading": min(12.0, self.style.heading),
            "minor heading": self.style.size,
        }[block.kind]
        strips = self.lines(block.text, size=size, font=BOLD, gap=size + 2)
        strips[0] = replace(strips[0], listed_as=block.text if block.kind == "heading" else "")
        return [replace(strip, keep_with_next=True) for strip in strips]

    def _contents(self) -> list[Strip]:
        strips = []
        size = self.style.size
        for entry in self.contents:
            lines = self.lines(entry.title, gap=6, font=BOLD, right=RIGHT - 60)
            number = Piece(RIGHT - 14, size, str(entry.page), BOLD, size)
            strips += [*lines[:-1], replace(lines[-1], pieces=(*lines[-1].pieces, number))]
        return strips

    def _table(self, rows: Sequence[tuple[str, ...]], style: str) -> list[Strip]:
        left = LEFT + (self.style.indent if style == "scale" else 0)
        middle = left + (RIGHT - left) * {"scale": 0.38, "box": 0.66}.get(
            style, self.style.grade_column
        )
        whole = style in ("judgements", "scale", "box")
        strips = [self._row(row, left, middle, first=n == 0) for n, row in enumerate(rows)]
        for n, strip in enumerate(strips[:-1]):
            strips[n] = replace(strip, keep_with_next=whole or n == 0)
        strips[0] = replace(strips[0], gap=12)
        return [*strips, Strip(6)]

    def _row(self, row: tuple[str, ...], left: float, middle: float, *, first: bool) -> Strip:
        """Two cells, or one right across (`=`). The top rule belongs to the first row only."""
        label, size, pad = row[0], self.style.size, 5.0
        spanning, indented = label.startswith("= "), label.startswith("> ")
        bold = label[0] in "=*!" or row == ("Judgement", "Grade")
        x = left + 6 + (22 if indented else 0)
        cells = [(label.removeprefix("!").removeprefix("= ").removeprefix("> ").removeprefix("* "),
                  x, RIGHT if spanning else middle)]  # fmt: skip
        if len(row) > 1 and row[1]:
            cells.append((row[1].removeprefix("!"), middle + 6, RIGHT))
        set_cells = [
            (
                break_lines(split_words(text, BOLD if bold else REGULAR), end - 6 - start, size),
                start,
            )
            for text, start, end in cells
        ]
        height = max(len(lines) for lines, _ in set_cells) * self.style.leading + 2 * pad
        pieces: list[Piece] = []
        for lines, start in set_cells:
            spare = height - 2 * pad - len(lines) * self.style.leading
            top = pad + (spare / 2 if self.style.grade_centred else 0)
            for n, line in enumerate(lines):
                pieces += _place(line, start, top + n * self.style.leading + size, size)
        if self.style.grade_centred:
            pieces.sort(key=lambda piece: (piece.dy, piece.x))
        rules = [(left, height, RIGHT, height), (left, 0, left, height), (RIGHT, 0, RIGHT, height)]
        rules += [] if spanning else [(middle, 0, middle, height)]
        rules += [(left, 0, RIGHT, 0)] if first else []
        return Strip(height, tuple(pieces), tuple(rules))

    def set_cover(self, front: Front) -> list[Strip]:
        if front.shape == "ilacs":
            strips = self.lines(front.title, size=19, right=RIGHT - 90)
        elif front.shape == "sif":
            strips = [
                *self.lines(front.council, size=19),
                *self.lines(front.title, font=BOLD, gap=8),
                *self.lines("and", gap=3),
                *self.lines(front.second_title, font=BOLD, gap=3),
            ]
        else:
            strips = [
                *self.lines(front.title, size=19, gap=60, right=RIGHT - 90),
                *self.lines(front.council, size=14, gap=6),
                Strip(20, rules=((LEFT, 14, RIGHT, 14),)),
                Strip(180),
            ]
        for line in (front.dates, front.published, front.lead, front.group):
            if line:
                label, value = line.split(":", 1)
                strips += self.lines(f"**{label}:** {value}", gap=6)
        return [*strips, *self.lines(INVENTED, font=OBLIQUE, gap=10)]


# Strips become pages.


@dataclass
class Page:
    placed: list[tuple[float, Strip]] = field(default_factory=list)
    notes: list[Strip] = field(default_factory=list)
    y: float = BODY_TOP

    def room_left(self) -> float:
        return self.y - BODY_BOTTOM - sum(note.height for note in self.notes)

    def put(self, strip: Strip) -> None:
        self.y -= strip.gap if self.placed else 0
        self.placed.append((self.y, strip))
        self.y -= strip.height


def _set_note(typesetter: Typesetter, mark: str, text: str, *, first: bool) -> list[Strip]:
    lines = typesetter.lines(f"[^{mark}] {text}", size=8.5)
    above = [Strip(14, rules=((LEFT, 8, LEFT + 140, 8),))] if first else []
    return [*above, *(replace(line, notes=()) for line in lines)]


def fill_pages(strips: Sequence[Strip], source: Source, typesetter: Typesetter) -> list[Page]:
    """A footnote takes its room from the foot of the page that carries its mark."""
    pages = [Page()]
    chunk: list[Strip] = []
    for strip in strips:
        if strip.new_page:
            pages += [Page()] if pages[-1].placed else []
            continue
        chunk.append(strip)
        if strip.keep_with_next:
            continue
        marks = [mark for kept in chunk for mark in kept.notes]
        notes = [
            line
            for n, mark in enumerate(marks)
            for line in _set_note(
                typesetter, mark, source.notes[mark], first=n == 0 and not pages[-1].notes
            )
        ]
        needed = sum(kept.height + kept.gap for kept in chunk) + sum(n.height for n in notes)
        if needed > pages[-1].room_left() and pages[-1].placed:
            pages.append(Page())
        for kept in chunk:
            pages[-1].put(kept)
        pages[-1].notes += notes
        chunk = []
    return pages


def list_contents(pages: Sequence[Page], first_number: int) -> list[ContentsEntry]:
    """A heading that recurs is listed each time, as in reports with two like halves."""
    return [
        ContentsEntry(strip.listed_as, number)
        for number, page in enumerate(pages, start=first_number)
        for _, strip in page.placed
        if strip.listed_as and strip.listed_as != "Contents"
    ]


# Pages become a file.


def _draw_strip(canvas: Canvas, top: float, strip: Strip) -> None:
    for x0, dy0, x1, dy1 in strip.rules:
        canvas.line(x0, top - dy0, x1, top - dy1)
    line = canvas.beginText()
    for piece in strip.pieces:
        line.setFont(piece.font, piece.size)
        line.setTextOrigin(piece.x, top - piece.dy)
        line.textOut(piece.text)
    canvas.drawText(line)


def _draw_furniture(canvas: Canvas, front: Front, number: int) -> None:
    if front.shape == "slac":
        if number == 0:
            return
        canvas.setFont(BOLD, 8.5)
        canvas.drawString(LEFT, PAGE_HEIGHT - 46, front.header)
        canvas.drawRightString(RIGHT, PAGE_HEIGHT - 46, str(number))
        canvas.line(LEFT, PAGE_HEIGHT - 51, RIGHT, PAGE_HEIGHT - 51)
        canvas.setFont(REGULAR, 8)
        canvas.drawString(LEFT, 46, front.footer)
        return
    canvas.setFont(REGULAR, 8)
    canvas.drawRightString(RIGHT, PAGE_HEIGHT - 46, front.header)
    canvas.line(LEFT, 72, RIGHT, 72)
    canvas.drawString(LEFT, 60, front.footer)
    canvas.drawString(LEFT, 50, front.footer2)
    canvas.setFont(REGULAR, 12)
    canvas.drawRightString(RIGHT, 46, str(number))


def make_sample(path: Path, folder: Path) -> Path:
    """Sets one source; the contents list takes a second pass, when its pages are known."""
    source = read_source(path)
    style = STYLES[source.front.shape]
    typesetter, pages = Typesetter(style), list[Page]()
    for _ in range(3):
        strips = typesetter.set_cover(source.front)
        for block in source.blocks:
            strips += typesetter.set_block(block)
        pages = fill_pages(strips, source, typesetter)
        typesetter = Typesetter(style, list_contents(pages, style.first_page_number))

    made = folder / f"{path.stem}.pdf"
    canvas = Canvas(str(made), pagesize=A4, invariant=1)
    canvas.setTitle(f"{source.front.title}: {source.front.council} ({INVENTED})")
    for number, page in enumerate(pages, start=style.first_page_number):
        canvas.setLineWidth(0.6)
        _draw_furniture(canvas, source.front, number)
        for top, strip in page.placed:
            _draw_strip(canvas, top, strip)
        top = BODY_BOTTOM + sum(note.height for note in page.notes)
        for note in page.notes:
            _draw_strip(canvas, top, note)
            top -= note.height
        canvas.showPage()
    canvas.save()
    return made


def main() -> None:
    for path in sorted(SOURCES.glob("*.md")):
        print(make_sample(path, REPORTS))


if __name__ == "__main__":
    main()
