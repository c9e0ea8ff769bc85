"""One area's grades over reports: by authority and date, with the change since the one before.

Areas of different frameworks share a key only where their meaning carries over
(:mod:`index.facts.areas`); where the scale's third place changed its name between two
reports, the row says that the step is one of place, not of meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.citations import Quoter
from assistant.errors import NoSuchArea
from assistant.scope import Authorities
from assistant.sheets import Cell, Sheet
from assistant.words import key_terms, stem
from index.catalog import Catalog, Report
from index.facts.areas import TITLES, area_key, area_title
from index.grades import ADEQUATE, RANK
from index.models import Judgement

COLUMNS = (
    "authority", "report", "inspected", "framework", "area", "block", "grade", "change", "note",
    "page", "paragraph", "quote",
)  # fmt: skip
_SOURCES = ("front table", "closing table", "heading", "grade line", "sentence")


def find_area(words: str, catalog: Catalog) -> str:
    """The key of the area that plain words mean.

    Raises:
        NoSuchArea: no report grades an area like it; names those there are.
    """
    key = area_key(words)
    known = {
        fact.area_key for _, fact in catalog.facts(kinds=("judgement",)) if isinstance(fact, Judgement)
    }  # fmt: skip
    if key in known:
        return key
    asked = {stem(term) for term in key_terms(words)}
    scored = [
        (len(asked & {stem(t) for t in key_terms(f"{area_title(k)} {k.replace('_', ' ')}")}), k)
        for k in sorted(known)
    ]
    best = max(scored, default=(0, ""))
    if best[0] == 0:
        raise NoSuchArea(
            f"No report here grades '{words}'. Try one of: {', '.join(TITLES.values())}."
        )
    return best[1]


def compare_area(
    catalog: Catalog, quoter: Quoter, key: str, reports: Sequence[Report] = ()
) -> Sheet:
    """The grades for an area, a row a report, authorities in order and each oldest first."""
    chosen = {r.number: r for r in reports or catalog.reports()}
    graded: dict[int, dict[str, Judgement]] = {}
    for number, fact in catalog.facts(kinds=("judgement",), area_key=key):
        if number in chosen and isinstance(fact, Judgement):
            held = graded.setdefault(number, {}).get(fact.block)
            if held is None or _SOURCES.index(fact.source) < _SOURCES.index(held.source):
                graded[number][fact.block] = fact
    rows: list[tuple[Cell, ...]] = []
    for family in Authorities(list(chosen.values())).families():
        before: dict[str, Judgement] = {}
        for report in family:
            for block, now in sorted(graded.get(report.number, {}).items()):
                rows.append(_row(report, now, before.get(block), quoter))
                before[block] = now
    rows.sort(key=lambda row: (str(row[0]), str(row[2])))
    return Sheet(COLUMNS, tuple(rows))


def _row(
    report: Report, now: Judgement, before: Judgement | None, quoter: Quoter
) -> tuple[Cell, ...]:
    spans = sorted(now.spans, key=lambda s: (s.page, s.start))
    return (
        report.authority, report.id, (report.day or date.min).isoformat(), report.framework,
        now.area, now.block, now.grade, _change(before, now), _note(before, now), spans[0].page,
        now.paragraph, quoter.quote(report, spans),
    )  # fmt: skip


def _change(before: Judgement | None, now: Judgement) -> str:
    if before is None:
        return ""
    step = RANK[before.grade] - RANK[now.grade]
    return "same" if step == 0 else f"{'up' if step > 0 else 'down'} {abs(step)}"


def _note(before: Judgement | None, now: Judgement) -> str:
    if before is not None and (before.grade == ADEQUATE) != (now.grade == ADEQUATE):
        return "scales differ: adequate was replaced by requires improvement in 2013"
    return ""
