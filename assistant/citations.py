"""Quotes true by construction, and the check that every answer passes.

A citation is made from spans only: its words are cut out of the page. The check then reads
the finished answer as a stranger would: every number, date, grade and name in its prose
must occur in what it cites, and each quote must stand on its page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.models import Answer, Citation
from assistant.words import NUMBER_WORDS
from index.catalog import Catalog, Report
from index.grades import find_grades
from index.models import Block, BlockKind, Span
from index.paragraphs import SUSPENDS

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u2018\u201c'\"(])|\n+")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_DIVIDED = re.compile(r"([^\W_]+)-[ \t]*\n\s*([^\W_]+)")
_WHERE = {
    BlockKind.TABLE: "judgement table",
    BlockKind.FRONT_MATTER: "front page",
    BlockKind.HEADING: "heading",
    BlockKind.FOOTNOTE: "footnote",
    BlockKind.BOX: "box",
    BlockKind.UNNUMBERED: "",
}


_PARAGRAPHS = (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip


class Quoter:
    """Makes citations out of spans, and holds the page texts they are cut from."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pages: dict[int, dict[int, str]] = {}
        self._begins: dict[int, dict[str, int]] = {}

    def forget(self) -> None:
        """Drop held page texts after the index has changed."""
        self._pages.clear()
        self._begins.clear()

    def page_text(self, report: Report, page: int) -> str:
        """The text of one page."""
        if report.number not in self._pages:
            self._pages[report.number] = {
                p.number: p.text for p in self._catalog.pages(report.number)
            }
        return self._pages[report.number].get(page, "")

    def quote(self, report: Report, spans: Sequence[Span]) -> str:
        """The words of spans, cut out of their pages, line breaks folded to spaces and words divided
        at the end of a line put together."""
        parts = [self.page_text(report, s.page)[s.start : s.end] for s in spans]
        joined = _DIVIDED.sub(lambda match: self._undivided(report, match), "\n".join(parts))
        return re.sub(r"\s+", " ", joined).strip()

    def _undivided(self, report: Report, match: re.Match[str]) -> str:
        """A divided word: without its hyphen if the report writes it so elsewhere, and nowhere with
        one inside a line."""
        left, right = match.groups()
        if right in SUSPENDS and not match.string.startswith("-", match.end()):
            return f"{left}- {right}"
        pages = " ".join(self._pages[report.number].values())
        solid = re.search(rf"\b{left}{right}\b", pages, re.IGNORECASE)
        hyphened = re.search(rf"\b{left}-{right}\b", pages, re.IGNORECASE)
        return f"{left}{right}" if solid and not hyphened else f"{left}-{right}"

    def cite(
        self, report: Report, block: Block | None, spans: Sequence[Span], where: str = ""
    ) -> Citation:
        """A citation of ``spans``, which lie in ``block`` (None for a place in a table)."""
        place = where
        if not place and block is not None and block.label is None:
            place = _WHERE.get(block.kind, "") or self._place(report, block)
        return Citation(
            report=report.id,
            source=report.source,
            report_name=report.name,
            key=block.key if block else "",
            paragraph=block.label if block else None,
            inferred=block.inferred if block else False,
            where=place,
            page=spans[0].page,
            quote=self.quote(report, spans),
            spans=tuple(spans),
        )

    def _place(self, report: Report, block: Block) -> str:
        """Where unnumbered text stands: ``third paragraph``, counted among those that begin on
        its page, with the heading above it."""
        if report.number not in self._begins:
            counts: dict[int, int] = {}
            places: dict[str, int] = {}
            for other in self._catalog.blocks(report.number):
                if other.kind in _PARAGRAPHS:
                    counts[other.page] = counts.get(other.page, 0) + 1
                    places[other.key] = counts[other.page]
            self._begins[report.number] = places
        number = self._begins[report.number].get(block.key, 0)
        ordinal = _ORDINALS[number - 1] if 0 < number <= len(_ORDINALS) else f"no. {number}"
        under = f"under \u2018{block.section[:60]}\u2019" if block.section else ""
        if not number:
            return f"text {under}".strip()
        return f"{ordinal} paragraph of the page, {under}" if under else f"{ordinal} paragraph"

    def is_verbatim(self, report: Report, citation: Citation) -> bool:
        """Whether the quote is what stands at its spans."""
        return bool(citation.quote) and citation.quote == self.quote(report, citation.spans)


def check(answer: Answer, allowed: Sequence[str] = ()) -> Answer:
    """Drop sentences of the prose that say what their citations do not; count them.

    ``allowed`` holds words the answer may use beside the quotes: names and dates of the
    reports, from the catalog. A sentence fails when a number, grade or capitalised name in
    it occurs in neither.
    """
    if not answer.text:
        return answer
    ground = " ".join([*(c.quote for c in answer.citations), *allowed])
    ground += " " + " ".join(f"{c.paragraph or ''} {c.page}" for c in answer.citations)
    kept, dropped = [], 0
    for part in re.split(r"(\n+)", answer.text):
        if not part.strip():
            kept.append(part)
            continue
        sentences = [s for s in _SENTENCE.split(part) if s]
        passed = [s for s in sentences if holds(s, ground)]
        dropped += len(sentences) - len(passed)
        kept.append(part if len(passed) == len(sentences) else " ".join(passed))
    return replace(answer, text="".join(kept).strip(), dropped=answer.dropped + dropped)


def holds(sentence: str, ground: str) -> bool:
    """Whether every number and grade of a sentence occurs in the ground it stands on."""
    folded = fold(ground)
    if fold(sentence).strip(" .\u2026") in folded:
        return True
    numbers = set(_NUMBER.findall(folded))
    numbers |= {str(NUMBER_WORDS[w]) for w in re.findall(r"[a-z]+", folded) if w in NUMBER_WORDS}
    if any(
        n.replace(",", "") not in {x.replace(",", "") for x in numbers}
        for n in _NUMBER.findall(sentence)
    ):
        return False
    graded = {grade for _, _, grade in find_grades(ground)}
    return all(grade in graded for _, _, grade in find_grades(sentence))


def fold(text: str) -> str:
    """Lower case, plain quotes, dashes and spaces: for comparing prose with print."""
    folded = text.lower().translate(
        {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"}
    )
    return re.sub(r"\s+", " ", re.sub(r"-\s+", "-", folded)).strip()
