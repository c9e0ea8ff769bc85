"""The words of the project as data: pages, lines, spans, blocks, facts.

Text is kept once, on its page; everything else is a span into it. Page numbers
and spans are 1-based pages and half-open character offsets (``text[start:end]``).
Lengths are PDF points (1/72 inch), measured from the page's top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class BlockKind(StrEnum):
    """What a stretch of a page is. Every character belongs to exactly one block."""

    PARAGRAPH = "paragraph"
    UNNUMBERED = "unnumbered"
    HEADING = "heading"
    TABLE = "table"
    FRONT_MATTER = "front_matter"
    CONTENTS = "contents"
    BOX = "box"
    FOOTNOTE = "footnote"
    BOILERPLATE = "boilerplate"
    RUNNING_LINE = "running_line"
    PAGE_NUMBER = "page_number"


FURNITURE = frozenset({BlockKind.RUNNING_LINE, BlockKind.PAGE_NUMBER})
"""Kinds that are the page's furniture, never a part of what the report says."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one page's text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of words with no wide gap inside: a table cell, or a whole line of prose."""

    start: int
    end: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: ``page.text[start:end]``, without its line break.

    ``marks`` are the spans of footnote marks (small raised digits) inside the line.
    """

    start: int
    end: int
    box: Box
    size: float
    bold: bool
    cells: tuple[Cell, ...]
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its text (lines joined by line breaks) and where each line stands."""

    number: int
    width: float
    height: float
    text: str
    lines: tuple[Line, ...]
    frames: tuple[Box, ...] = ()
    """Rectangles drawn around or behind text."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: what any reader of any format gives."""

    source: str
    sha256: str
    format: str
    pages: tuple[Page, ...]
    positioned: bool
    """Whether line positions are real (PDF) or stand-ins (plain text)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table or other piece of a report.

    ``key`` is unique in the report and stable for the same file: ``12`` for
    paragraph 12 of the first run, ``2-12`` for that number in the second run,
    ``p4-3`` for the third unnumbered block of page 4. ``label`` is the number as
    printed, or as inferred where the print lost it (``inferred``). ``text`` is for
    reading: line breaks and footnote marks gone, line-end hyphens joined.
    """

    key: str
    kind: BlockKind
    spans: tuple[Span, ...]
    text: str
    label: str | None = None
    inferred: bool = False
    section: str = ""
    run: int = 0
    order: int = 0
    notes: tuple[str, ...] = ()
    """Keys of the footnotes whose marks stand in it."""

    @property
    def page(self) -> int:
        """The page on which the block begins."""
        return self.spans[0].page


@dataclass(frozen=True, slots=True)
class Judgement:
    """A grade given to an area, as printed in a table, heading or sentence."""

    area: str
    area_key: str
    grade: str
    grade_text: str
    block: str
    source: str
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None


@dataclass(frozen=True, slots=True)
class DateFact:
    """A dated event of the report's front matter; ``start`` is None for a bare month."""

    event: str
    printed: str
    start: date | None
    end: date | None
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the report names with a role."""

    role: str
    name: str
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something the report asks for: a recommendation or an area for improvement."""

    text: str
    number: str | None
    deadline: str | None
    section: str
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None
    block: str = ""
    """The part of the report it belongs to (safeguarding, looked after children, lscb)."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    ``value`` is the number printed (a fraction between 0 and 1, a percentage as it is
    printed); ``upper`` the end of a range. ``unit`` is ``%``, ``\u00a3``, a span of time,
    ``share`` for a fraction in words, or empty for a plain count. ``counted``, ``time`` and
    ``whole`` (what it is a part of) are the sentence's own words, where it has them.
    """

    value: float | None
    upper: float | None
    printed: str
    approximation: str
    unit: str
    counted: str
    time: str
    whole: str
    block: str
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None


@dataclass(frozen=True, slots=True)
class PreviousGrade:
    """A grade that an earlier inspection gave, as this report tells it."""

    area: str
    area_key: str
    grade: str
    grade_text: str
    when: str
    year: int | None
    rule: str
    spans: tuple[Span, ...]
    paragraph: str | None = None


Fact = Judgement | DateFact | Person | Action | Quantity | PreviousGrade


@dataclass(frozen=True, slots=True)
class Identity:
    """Who and when a report is about, as its own first pages say."""

    title: str
    authority: str
    framework: str
    inspected_from: date | None
    inspected_to: date | None
    published: date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A report fully read: its pages, blocks in reading order, and facts."""

    document: Document
    identity: Identity
    blocks: tuple[Block, ...]
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """One to three sentences of one block: the unit that is embedded.

    ``context`` is the heading above it, and the deadline over a list of actions; ``spans`` give
    the passage on the page.
    """

    block_key: str
    number: int
    text: str
    context: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """Counts that tell whether a report was read whole."""

    pages: int
    paragraphs: int
    runs: int
    gaps: tuple[str, ...]
    repeats: tuple[str, ...]
    inferred: tuple[str, ...]
    characters: dict[str, int] = field(default_factory=dict)
