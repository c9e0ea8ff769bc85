"""Where a report contradicts itself: each finding with both of its quotes.

Sums that do not add up to their whole, percentages against their counts, a table's grade
against a heading's or a sentence's, dates out of order, one thing counted twice. Precision
comes first: on real reports a doubtful finding is nearly always a misreading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.citations import Quoter
from assistant.models import Citation
from assistant.sheets import Cell, Sheet
from assistant.sums import find_sum
from assistant.words import stem, words_of
from index.catalog import Catalog, Report, StoredPassage
from index.facts.areas import TITLES
from index.grades import RANK
from index.models import Block, BlockKind, DateFact, Judgement, Quantity, Span

_OUT_OF = re.compile(
    r"(?<![\d,])(?P<part>\d{1,3}(?:,\d{3})+|\d+)\s+(?:out )?of (?:the |its |these |all )?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)\b[^.;()%]{0,60}?"
    r"[(,]\s*(?:or |nearly |about |around |just over |just under )?(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per cent)"
)
_PERCENT_FIRST = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)\s?(?:%|per cent)\s*\((?<![\d,])(?P<part>\d{1,3}(?:,\d{3})+|\d+)\s+(?:out )?of (?:the )?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)\b"
)
_ROUNDING = 1.0
"""Points of a percentage that rounding may explain."""
_TABLES = ("front table", "closing table")
_SAME_AREA = 0.75
_PRAISE = re.compile(
    r"\b(?:(?:is|are|remains?) (?:well managed|very well managed|excellent|outstanding|highly effective|exemplary))\b",
    re.IGNORECASE,
)
_SHORTEST_NAME = 2
_LIVED_HERE = (
    r"\s+(?:lived|live|were living|are living)\s+in the (?:area|borough|city|county)\s*(?:[.;,]|$)"
)
_THERE_ARE = r"\b(?:there (?:were|are|was|is)|(?:ha[sd]|have|with|total of|looking after|responsible for|caring for))(?: (?:a total of|currently|now))?"


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction inside one report."""

    report: Report
    kind: str
    text: str
    citations: tuple[Citation, ...]


class Checker:
    """Looks for contradictions in reports of one catalog."""

    def __init__(self, catalog: Catalog, quoter: Quoter) -> None:
        self._catalog = catalog
        self._quoter = quoter

    def check(self, report: Report) -> list[Finding]:
        """All findings on a report, in its order."""
        blocks = self._catalog.blocks(report.number)
        passages = self._catalog.passages(report.number)
        by_block: dict[int, list[StoredPassage]] = {}
        for passage in passages:
            by_block.setdefault(passage.block, []).append(passage)
        found = [
            *self._sums(report, blocks, by_block),
            *self._percentages(report, blocks, passages),
            *self._grades(report, blocks, by_block),
            *self._dates(report, blocks),
            *self._counted_twice(report, blocks, passages),
        ]
        return sorted(found, key=lambda f: (f.citations[0].page, f.kind))

    def _cite(self, report: Report, block: Block | None, spans: Sequence[Span]) -> Citation:
        return self._quoter.cite(report, block, spans)

    def _sums(
        self, report: Report, blocks: Sequence[Block], by_block: dict[int, list[StoredPassage]]
    ) -> Iterator[Finding]:
        for order, passages in by_block.items():
            block = blocks[order]
            if block.kind not in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED):
                continue
            found = find_sum([p.text for p in passages])
            if found is None or found[1].adds_up:
                continue
            position, total = found
            parts = " + ".join(f"{part:,}" for part in total.parts)
            both = passages[position if total.together else position - 1 : position + 1]
            yield Finding(
                report,
                "sum",
                f"{_place(block)}: the parts add up to {sum(total.parts):,} ({parts}), not {total.whole:,}.",
                tuple(self._cite(report, block, p.spans) for p in both),
            )

    def _percentages(
        self, report: Report, blocks: Sequence[Block], passages: Sequence[StoredPassage]
    ) -> Iterator[Finding]:
        for passage in passages:
            for pattern in (_OUT_OF, _PERCENT_FIRST):
                for match in pattern.finditer(passage.text):
                    part, whole = _number(match["part"]), _number(match["whole"])
                    stated = float(match["percent"])
                    true = 100 * part / whole if whole else 0.0
                    if not whole or part > whole or abs(true - stated) <= _ROUNDING:
                        continue
                    block = blocks[passage.block]
                    yield Finding(
                        report,
                        "percentage",
                        f"{_place(block)}: {part:g} of {whole:g} is {true:.0f}%, not {stated:g}%.",
                        (self._cite(report, block, passage.spans),),
                    )

    def _grades(
        self, report: Report, blocks: Sequence[Block], by_block: dict[int, list[StoredPassage]]
    ) -> Iterator[Finding]:
        facts = self._catalog.facts(report.number, ("judgement",))
        judgements = [f for _, f in facts if isinstance(f, Judgement)]
        rows = [j for j in judgements if j.source in _TABLES]
        for said in judgements:
            if said.source in _TABLES:
                continue
            alike = [r for r in rows if r.block == said.block and _same_area(r, said)]
            if alike:
                row = max(alike, key=lambda r: _overlap(r.area, said.area))
                if row.grade != said.grade:
                    yield self._against(report, blocks, row, said.grade, said.spans, said.source)
        for row in rows:
            yield from self._praised(report, blocks, by_block, row)

    def _praised(
        self,
        report: Report,
        blocks: Sequence[Block],
        by_block: dict[int, list[StoredPassage]],
        row: Judgement,
    ) -> Iterator[Finding]:
        """A paragraph that opens by praising what the table calls adequate or worse."""
        if RANK[row.grade] < RANK["Adequate"] or len(_name_stems(row.area)) <= _SHORTEST_NAME:
            return
        for order, passages in by_block.items():
            block = blocks[order]
            opening = passages[0]
            praise = _PRAISE.search(opening.text)
            if block.kind is not BlockKind.PARAGRAPH or praise is None or opening.number != 0:
                continue
            if _likeness(row.area, opening.text[: praise.start()]) >= _SAME_AREA and _about(
                row.block, opening.text
            ):
                words = praise.group(0)
                yield self._against(report, blocks, row, words, opening.spans, "sentence")

    def _against(
        self,
        report: Report,
        blocks: Sequence[Block],
        row: Judgement,
        said: str,
        spans: Sequence[Span],
        where: str,
    ) -> Finding:
        block = _block_at(blocks, spans[-1])
        part = f" ({row.block})" if row.block else ""
        return Finding(
            report,
            "grade",
            f"The table grades \u2018{row.area}\u2019{part} {row.grade}; the {where} at "
            f"{_place(block) if block else f'page {spans[0].page}'} says {said}.",
            (
                self._cite(report, _block_at(blocks, row.spans[-1]), _sorted(row.spans)),
                self._cite(report, block, _sorted(spans)),
            ),
        )

    def _dates(self, report: Report, blocks: Sequence[Block]) -> Iterator[Finding]:
        facts = self._catalog.facts(report.number, ("date",))
        dates = [f for _, f in facts if isinstance(f, DateFact)]
        inspected = next((d for d in dates if d.event == "inspection"), None)
        published = next((d for d in dates if d.event == "published"), None)
        if inspected and inspected.start and inspected.end and inspected.start > inspected.end:
            yield Finding(
                report,
                "dates",
                f"The inspection ends ({inspected.end}) before it begins ({inspected.start}).",
                (self._cite(report, _block_at(blocks, inspected.spans[0]), inspected.spans),),
            )
        if inspected and published and inspected.end and published.start:
            if published.start < inspected.end:
                yield Finding(
                    report,
                    "dates",
                    f"Published ({published.start}) before the inspection ended ({inspected.end}).",
                    tuple(
                        self._cite(report, _block_at(blocks, d.spans[0]), d.spans)
                        for d in (inspected, published)
                    ),
                )

    def _counted_twice(
        self, report: Report, blocks: Sequence[Block], passages: Sequence[StoredPassage]
    ) -> Iterator[Finding]:
        """The same words counted at the same time, twice, with two numbers."""
        said = {tuple(p.spans): p.text for p in passages}
        facts = self._catalog.facts(report.number, ("quantity",))
        groups: dict[tuple[object, ...], list[Quantity]] = {}
        for _, fact in facts:
            if not isinstance(fact, Quantity) or fact.unit or fact.approximation or fact.upper:
                continue
            time = fact.time.lower()
            if fact.value is None or fact.value < 10 or not _is_now(time):
                continue
            name = _name_stems(fact.counted)
            if len(name) < _SHORTEST_NAME or not _counts_all(fact, said.get(fact.spans, "")):
                continue
            groups.setdefault((frozenset(name), fact.block, "now"), []).append(fact)
        for same in groups.values():
            first = same[0]
            other = next((q for q in same[1:] if q.value != first.value), None)
            if other is None or other.spans == first.spans:
                continue
            both = [_block_at(blocks, q.spans[0]) for q in (first, other)]
            yield Finding(
                report,
                "counted twice",
                f"{first.printed} {first.counted} at {_place(both[0])}, {other.printed} "
                f"{other.counted} at {_place(both[1])}.",
                tuple(
                    self._cite(report, block, q.spans)
                    for block, q in zip(both, (first, other), strict=True)
                ),
            )


def _counts_all(quantity: Quantity, sentence: str) -> bool:
    """Whether a sentence counts all of a thing, and not those of it of which it goes on to say
    something: ``there were 92 children.`` and ``92 children lived in the area.``, not ``12
    children were at college.``"""
    words = rf"{re.escape(quantity.printed)}\s+{re.escape(quantity.counted)}"
    there = rf"{_THERE_ARE}\s+{words}\s*(?:[.;,(]|$)"
    return bool(re.search(rf"{there}|{words}{_LIVED_HERE}", sentence, re.I))


def check_sheet(findings: Sequence[Finding]) -> Sheet:
    """Findings as rows: report, kind, what is wrong, and both quotes with their places."""
    columns = (
        "report", "kind", "finding", "page", "paragraph", "quote", "other_page",
        "other_paragraph", "other_quote",
    )  # fmt: skip
    rows = []
    for finding in findings:
        first, *rest = finding.citations
        other = rest[0] if rest else None
        cells: tuple[Cell, ...] = (
            finding.report.id, finding.kind, finding.text, first.page, first.paragraph, first.quote,
            other.page if other else None, other.paragraph if other else None,
            other.quote if other else None,
        )  # fmt: skip
        rows.append(cells)
    return Sheet(columns, tuple(rows))


def _is_now(time: str) -> bool:
    return bool(re.search(r"time of (?:the|this|our)|currently|at present", time))


def _name_stems(text: str) -> set[str]:
    small = {"the", "of", "and", "for", "in", "a", "an", "to", "with", "their", "its", "services",
             "service", "including"}  # fmt: skip
    return {_plain(stem(word)) for word in words_of(text) if word not in small}


def _plain(item: str) -> str:
    return item[:7]


def _same_area(row: Judgement, said: Judgement) -> bool:
    """Areas that all frameworks share go by their key; others by their words, both ways."""
    if row.area_key in TITLES or said.area_key in TITLES:
        return row.area_key == said.area_key
    both = (_likeness(row.area, said.area), _likeness(said.area, row.area))
    return min(both) >= _SAME_AREA


def _likeness(row: str, other: str) -> float:
    """Share of a row's own words that another name holds; nothing where it holds far more."""
    own, there = _name_stems(row), _name_stems(other)
    if not own or not there:
        return 0.0
    return len(own & there) / len(own)


def _overlap(one: str, other: str) -> float:
    """Words that two names share, of all that either has; every word counts."""
    first, second = set(words_of(one)), set(words_of(other))
    return len(first & second) / max(1, len(first | second))


def _about(part: str, text: str) -> bool:
    """Whether a sentence may belong to a part of the report: it does not name the other one."""
    if part == "safeguarding":
        return not re.search(r"looked[- ]after|care leavers|in care", text, re.I)
    return True


def _number(printed: str) -> float:
    return float(printed.replace(",", ""))


def _sorted(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda s: (s.page, s.start))


def _block_at(blocks: Sequence[Block], span: Span) -> Block | None:
    for block in blocks:
        if any(s.page == span.page and s.start <= span.start < s.end for s in block.spans):
            return block
    return None


def _place(block: Block | None) -> str:
    if block is None:
        return "a place outside the paragraphs"
    return f"paragraph {block.label}" if block.label else f"page {block.page}"
