"""Questions over several reports: compare, trend, filter, count. By facts, no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.answering import Writer, dated, tidy
from assistant.lookup import FactFinder, Found
from assistant.models import Answer, Citation, Intent, Question, Scope, Status
from assistant.refusing import first_with_value
from assistant.retrieval import Candidate, Retriever
from assistant.scope import Authorities
from assistant.slots import total_in
from assistant.words import NUMBER_WORDS, key_terms
from index.catalog import Report
from index.facts.areas import OVERALL, area_key, area_title
from index.grades import GRADES, RANK, find_grades
from index.models import Judgement

_WORSE = re.compile(
    r"\b(?:worse|declin\w+|dropp\w+|fell|fallen|down|deteriorat\w+|slipp\w+|downgraded)\b", re.I
)
_BETTER = re.compile(
    r"\b(?:better|improv(?:ed|ing|ement from)|up|rose|risen|upgraded|gone up)\b", re.I
)
_WHICH = re.compile(r"\b(?:which|what|who|list|how many|any|name)\b", re.I)

_PICKS = re.compile(
    r"\b(?:which|what|how many|list|name|any)\b.{0,40}\b(?:reports?|councils?|authorit\w+|boroughs?|counties|areas|ones|inspections)\b|"
    r"^(?:which|how many) of\b",
    re.I,
)
_NUMBERS = [word for word, value in NUMBER_WORDS.items() if value <= 20]
_SOME_OF = re.compile(r"\b(?:which|whose|who|how many|any|either|neither|both)\b", re.I)
_ANY_AREA = re.compile(r"\b(?:for|in|on) (?:anything|any (?:area|thing|part)|something)\b", re.I)
_EXTREME = re.compile(
    r"\b(?P<worst>worst|lowest|weakest|poorest)\b|\b(?:best|highest|strongest|top)\b", re.I
)
_MOST_OF = re.compile(
    r"\b(?P<way>most|fewest|(?:largest|smallest|highest|lowest|biggest) (?:number|total) of)\s+"
    r"(?P<noun>(?:[\w\u2019'-]+ ?){1,4}?)(?=\s*(?:,|\?|\.|$|and\b|in\b|at\b))",
    re.I,
)
_EACH = 6
"""Up to so many reports named or selected, each is asked in turn."""
_LISTED = 8
_FEW_MOVERS = 3
"""Up to so many authorities, the answer quotes what the later report says as well."""


class CrossWriter:
    """Answers over two or more reports, every row cited."""

    def __init__(self, writer: Writer, finder: FactFinder, retriever: Retriever) -> None:
        self._writer = writer
        self._finder = finder
        self._retriever = retriever

    def answer(self, question: Question, scope: Scope, authorities: Authorities) -> Answer | None:
        """An answer over several reports, or None if the question is not of that sort."""
        if len(scope.reports) < 2:
            return None
        keys = self._finder.areas_asked(question)
        key = keys[0] if keys else OVERALL
        self._finder.hold_judgements(scope.reports)
        chosen = scope.named or scope.selected
        changed = _WORSE.search(question.text) or _BETTER.search(question.text)
        asked = {grade for _, _, grade in find_grades(question.text)}
        if not chosen and _WHICH.search(question.text) and changed:
            return self._movers(question, scope, authorities, key)
        if asked and (_PICKS.search(question.text) or (chosen and _SOME_OF.search(question.text))):
            return self._filtered(question, scope, authorities, key, asked)
        if chosen and _EXTREME.search(question.text) and question.intent is not Intent.COUNT:
            extreme = self._extreme(question, scope, key)
            if extreme is not None:
                return extreme
        if chosen and (
            question.intent is Intent.GRADE
            or (keys and question.intent is not Intent.COUNT and _speaks_of_grades(question.text))
        ):
            rows = self._rows(scope.reports, keys or [OVERALL], scope.years)
            if rows is not None:
                return rows
        if chosen and question.intent in (Intent.PERSON, Intent.DATE):
            front = self._front_facts(question, scope)
            if front is not None:
                return front
        counted = self._most(question, scope) if chosen else None
        if counted is not None:
            return counted
        if chosen and len(scope.reports) <= _EACH:
            return self._from_each(question, scope)
        if _PICKS.search(question.text):
            return self._which_say(question, scope)
        return None

    def _from_each(self, question: Question, scope: Scope) -> Answer | None:
        """What each report says to the question, one after the other, each in its own words."""
        lines: list[str] = []
        citations: list[Citation] = []
        few = 1 if question.intent in (Intent.COUNT, Intent.DATE, Intent.PERSON) else 2
        for report in scope.reports:
            found = self._retriever.retrieve(question, [report], 40)
            valued = first_with_value(question, found)
            if valued is not None:
                found = [valued, *[c for c in found if c is not valued]]
            lines.append(f"{report.name}:")
            if not found or valued is None:
                lines.append("- the report does not say.")
                continue
            told: dict[int, Candidate] = {}
            for candidate in found[:few]:
                led = self._writer.what_it_leans_on(candidate, figures=few > 1)
                told |= {c.passage.id: c for c in (*led, candidate) if c.passage.id not in told}
            for candidate in told.values():
                lines.append(f"- {tidy(candidate.passage.text)}")
                citations.append(self._writer.cite_passage(candidate))
        if not citations:
            return None
        return self._answer(lines, citations, scope.reports, question.intent)

    def _which_say(self, question: Question, scope: Scope) -> Answer | None:
        """The reports that speak of it most plainly, each with its sentence."""
        found = self._retriever.retrieve(question, scope.reports, 80)
        if not found:
            return None
        best = max(_plainness(c) for c in found)
        first: dict[int, Candidate] = {}
        for candidate in found:
            if _plainness(candidate) >= 0.85 * best:
                first.setdefault(candidate.report.number, candidate)
        chosen = list(first.values())[:_LISTED]
        lines = [f"{c.report.name}: {tidy(c.passage.text)}" for c in chosen]
        citations = [self._writer.cite_passage(c) for c in chosen]
        return self._answer(lines, citations, [c.report for c in chosen], question.intent)

    def _answer(
        self,
        lines: Sequence[str],
        citations: Sequence[Citation],
        reports: Sequence[Report],
        intent: Intent,
    ) -> Answer:
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(citations),
            notes=tuple(r.name for r in reports),
            reports=tuple(r.id for r in reports),
            intent=intent,
        )

    def _rows(
        self, reports: Sequence[Report], keys: Sequence[str], years: Sequence[int] = ()
    ) -> Answer | None:
        lines, citations = [], []
        for key in keys[:3]:
            for report in reports:
                judgement = self._finder.judgement_of(report, key)
                if judgement is None:
                    lines.append(
                        f"{report.name}: no grade for {area_title(key).lower()} in this report."
                    )
                    continue
                name = _named(report, years)
                lines.append(f"{name}, {area_title(key).lower()}: {judgement.grade}.")
                citations.append(self._writer.cite_judgement(Found(judgement, report, 1.0)))
        if not citations:
            return None
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(citations),
            notes=tuple(_named(r, years) for r in reports),
            reports=tuple(r.id for r in reports),
            intent=Intent.GRADE,
        )

    def _extreme(self, question: Question, scope: Scope, key: str) -> Answer | None:
        """Which of some reports has the best or the worst grade for an area, and all their grades."""
        graded = [
            (r, j) for r in scope.reports if (j := self._finder.judgement_of(r, key)) is not None
        ]
        rows = self._rows(scope.reports, [key], scope.years)
        match = _EXTREME.search(question.text)
        if len(graded) < 2 or rows is None or match is None:
            return None
        ranks = [RANK[j.grade] for _, j in graded]
        wanted = max(ranks) if match.group("worst") else min(ranks)
        first = [_named(r, scope.years) for r, j in graded if RANK[j.grade] == wanted]
        grade = next(j.grade for _, j in graded if RANK[j.grade] == wanted)
        if len(first) == len(graded):
            lead = f"All the same: {grade}."
        else:
            lead = f"{'Worst' if match.group('worst') else 'Best'}: {', '.join(first)}: {grade}."
        return replace(rows, text=f"{lead}\n{rows.text}")

    def _most(self, question: Question, scope: Scope) -> Answer | None:
        """Which of some reports counts the most or the fewest of something, with each one's total
        in its words; None where not all of them give a total."""
        match = _MOST_OF.search(question.text)
        if match is None:
            return None
        looked_after = re.search(r"look\w* after|in care", question.text, re.I)
        asked = f"How many {match['noun']} are {'looked after' if looked_after else 'there'}"
        whole = replace(
            question,
            text=asked,
            bare=asked,
            plain=asked,
            intent=Intent.COUNT,
            terms=key_terms(asked),
        )
        totals: list[tuple[int, Candidate]] = []
        for report in scope.reports:
            for candidate in self._retriever.retrieve(whole, [report], 60):
                value = total_in(asked, candidate.passage.text)
                if value is not None:
                    totals.append((value, candidate))
                    break
        if len(totals) < len(scope.reports):
            return None
        wanted = min if re.match(r"few|small|low", match["way"], re.I) else max
        value, first = wanted(totals, key=lambda item: item[0])
        lines = [f"{first.report.name}, with {value:,}."]
        lines += [f"- {c.report.name}: {tidy(c.passage.text)}" for _, c in totals]
        citations = [self._writer.cite_passage(c) for _, c in totals]
        return self._answer(lines, citations, scope.reports, Intent.COUNT)

    def _movers(
        self, question: Question, scope: Scope, authorities: Authorities, key: str
    ) -> Answer | None:
        """Authorities whose grade for an area moved between their last two inspections."""
        worse = bool(_WORSE.search(question.text))
        lines: list[str] = []
        citations: list[Citation] = []
        names: list[Report] = []
        for family in authorities.families():
            graded = [
                (r, j) for r in family if (j := self._finder.judgement_of(r, key)) is not None
            ]
            if len(graded) < 2:
                continue
            (before, first), (after, last) = graded[-2], graded[-1]
            step = RANK[last.grade] - RANK[first.grade]
            if (step > 0) if worse else (step < 0):
                verb = "got worse" if worse else "got better"
                lines.append(
                    f"{after.authority} {verb} for {area_title(key).lower()}: {first.grade} "
                    f"({dated(before)}), then {last.grade} ({dated(after)})."
                )
                citations.append(self._writer.cite_judgement(Found(first, before, 1.0)))
                citations.append(self._writer.cite_judgement(Found(last, after, 1.0)))
                names += [before, after]
        if 0 < len(lines) <= _FEW_MOVERS:
            for report in names[1::2]:
                for found in self._in_the_reports_words(question, report, key):
                    lines.append(f"{report.name}: {found.passage.text}")
                    citations.append(self._writer.cite_passage(found))
        if not lines:
            return Answer(
                Status.NOT_STATED,
                f"No authority here {'got worse' if worse else 'got better'} for "
                f"{area_title(key).lower()} between its last two inspections.",
            )
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(citations),
            notes=tuple(f"{r.name} {dated(r)}" for r in names),
            reports=tuple(r.id for r in names),
            intent=Intent.GRADE,
        )

    def _in_the_reports_words(
        self, question: Question, report: Report, key: str
    ) -> list[Candidate]:
        """The two sentences that say most of it, from the section on the area."""
        found = self._retriever.retrieve(question, [report], 60)
        own = [c for c in found if c.block.label and area_key(c.block.section) == key]
        return (own or [c for c in found if c.block.label])[:2]

    def _filtered(
        self,
        question: Question,
        scope: Scope,
        authorities: Authorities,
        key: str,
        asked: set[str],
    ) -> Answer | None:
        """Reports whose grade for an area is one of those asked for.

        Asked for councils, each council's latest report counts; asked for reports or of a
        year, every one does.
        """
        every = (
            bool(scope.years)
            or (scope.named or scope.selected)
            or bool(re.search(r"\breports?\b|\binspections\b", question.text, re.I))
        )
        pool = list(scope.reports)
        if scope.years and not scope.selected:
            pool = [r for r in pool if set(scope.years) & r.years]
        if _ANY_AREA.search(question.text) and not self._finder.areas_asked(question):
            return self._graded_anywhere(pool, asked, scope.years)
        graded = [(r, j) for r in pool if (j := self._finder.judgement_of(r, key)) is not None]
        if not every:
            latest: dict[int, tuple[Report, Judgement]] = {}
            for report, judgement in sorted(graded, key=lambda item: item[0].day or date.min):
                latest[authorities.family_of(report)[0].number] = (report, judgement)
            graded = sorted(latest.values(), key=lambda item: item[0].authority)
        rows = [(report, judgement) for report, judgement in graded if judgement.grade in asked]
        wanted = " or ".join(g for g in GRADES if g in asked)
        what = "reports" if every else "councils here, at the latest inspection"
        count = _NUMBERS[len(rows)] if len(rows) < len(_NUMBERS) else str(len(rows))
        title = area_title(key).lower()
        lines = [
            f"{count.capitalize()} ({len(rows)} of {len(graded)} {what}): {wanted} for {title}."
        ]
        lines += [
            f"- {_named(report, scope.years)}: {judgement.grade}." for report, judgement in rows
        ]
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(self._writer.cite_judgement(Found(j, r, 1.0)) for r, j in rows),
            notes=(
                str(len(rows)),
                str(len(graded)),
                wanted,
                *(_named(r, scope.years) for r, _ in rows),
            ),
            reports=tuple(r.id for r, _ in rows),
            intent=Intent.GRADE,
        )

    def _graded_anywhere(
        self, pool: Sequence[Report], asked: set[str], years: Sequence[int]
    ) -> Answer | None:
        """Reports that give one of some grades for anything, with all the areas they give it for."""
        hits = [
            (report, row)
            for report in pool
            for row in self._finder.table_rows(report)
            if isinstance(row.fact, Judgement) and row.fact.grade in asked
        ]
        if not hits:
            return None
        lines = [
            f"{_named(report, years)}: {row.fact.area.rstrip('.')}: {row.fact.grade}."
            for report, row in hits
            if isinstance(row.fact, Judgement)
        ]
        citations = [self._writer.cite_judgement(row) for _, row in hits]
        reports = list(dict.fromkeys(report for report, _ in hits))
        answer = self._answer(lines, citations, reports, Intent.GRADE)
        return replace(answer, notes=tuple(_named(r, years) for r in reports))

    def _front_facts(self, question: Question, scope: Scope) -> Answer | None:
        """The inspectors, or the dates, of each report."""
        found = [f for r in scope.reports for f in self._finder.find_front_fact(question, r)[:1]]
        if len(found) < 2:
            return None
        answer = self._writer.front_answer(found)
        return Answer(
            answer.status,
            answer.text,
            answer.citations,
            reports=tuple(f.report.id for f in found),
            intent=question.intent,
        )


def _named(report: Report, years: Sequence[int]) -> str:
    """A report's name, with the year of publication where that is the year it was asked by."""
    published = report.published.year if report.published else None
    inspected = report.inspected_to.year if report.inspected_to else None
    if published in years and published != inspected:
        return f"{report.name}, published {published}"
    return report.name


def _plainness(candidate: Candidate) -> float:
    """How plainly a sentence speaks of what is asked, on a scale shared by all reports."""
    return 0.5 * candidate.cosine + 0.5 * candidate.covered


def _speaks_of_grades(text: str) -> bool:
    return bool(
        re.search(
            r"\b(?:grades?|ratings?|rated|judge?ments?|judged|better|worse|improv\w+|declin\w+|gone|chang\w+|moved|trend|trace|history)\b",
            text,
            re.I,
        )
    )
