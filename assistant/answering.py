"""Answers made of quotes and facts, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.citations import Quoter
from assistant.lookup import FactFinder, Found
from assistant.models import Answer, Citation, Intent, Question, Scope, Status
from assistant.polarity import yes_or_no
from assistant.questions import asks_several
from assistant.retrieval import TITLES, Candidate, Retriever, is_scrap, is_told
from assistant.sums import counted, find_sum
from assistant.words import POINTS_BACK, stem, stems_of
from index.catalog import Report
from index.grades import GOOD, RANK, find_grades
from index.models import (
    Action,
    Block,
    BlockKind,
    DateFact,
    Judgement,
    Person,
    PreviousGrade,
)

_WORDS = 120
"""Longest narrative answer, in words of quotes."""
_SENTENCES = 5
_FIGURE_WORDS = stems_of(
    "two figures numbers number figure agree same consistent report each time total given many"
)
_MOST = {Intent.COUNT: 1, Intent.DATE: 1, Intent.GRADE: 1, Intent.PERSON: 3}
"""Sentences that questions for one thing get; others get as many as fit."""
_REPEATED = 0.85
"""Share of the shorter sentence's words from which it says the same as the other."""
_CLOSE = 0.05
"""A further sentence is quoted if it scores this share of the first."""


class Writer:
    """Writes the answer to an understood question from what was found."""

    def __init__(self, quoter: Quoter, finder: FactFinder, retriever: Retriever) -> None:
        self._quoter = quoter
        self._finder = finder
        self._retriever = retriever

    def grade_answer(self, found: Sequence[Found], scope: Scope) -> Answer:
        """The grade of each area in a sentence, then the table row or heading it is read from."""
        lines: list[str] = []
        citations: list[Citation] = []
        by_label: dict[tuple[str, str, str], list[Found]] = {}
        for item in found:
            fact = item.fact
            assert isinstance(fact, Judgement)
            of_what = fact.area_key or fact.area
            by_label.setdefault((fact.block, of_what, fact.grade), []).append(item)
        for items in by_label.values():
            first = items[0]
            fact = first.fact
            assert isinstance(fact, Judgement)
            block = f" ({fact.block})" if fact.block and fact.block != "lscb" else ""
            lines.append(f"{fact.grade}: {fact.area.rstrip('.')}{block}, {dated(first.report)}.")
            citations += [self.cite_judgement(item) for item in items[:4]]
        return Answer(
            Status.ANSWERED, "\n".join(lines), tuple(_unique(citations)), intent=Intent.GRADE
        )

    def earlier_answer(self, found: Sequence[Found]) -> Answer:
        """A grade from before this report, in a sentence, then the report's words on it."""
        lines, citations = [], []
        for item in found:
            fact = item.fact
            assert isinstance(fact, PreviousGrade)
            at = f"the inspection of {fact.when}" if fact.when else "the inspection before"
            lines.append(
                f"{fact.grade}: {fact.area}, at {at}, as told in {name_report(item.report)}."
            )
            block = self._block_at(item.report, fact.spans[-1].page, fact.spans[-1].start)
            citations.append(self._quoter.cite(item.report, block, fact.spans))
        return Answer(
            Status.ANSWERED, "\n".join(lines), tuple(_unique(citations)), intent=Intent.GRADE
        )

    def grade_yes_no(
        self, question: Question, found: Sequence[Found], rows: Sequence[Found]
    ) -> Answer | None:
        """Yes or no to a question about grades: the same in two parts, any of a grade, or
        whether something got the grade named. None where the grades do not settle it."""
        asked = {grade for _, _, grade in find_grades(question.text)}
        if re.search(r"\b(?:any|anything|one of|none)\b", question.text, re.I) and asked and rows:
            hits = [f for f in rows if _grade(f) in asked]
            wanted = " or ".join(sorted(asked))
            lead = f"{'Yes' if hits else 'No'}. {len(hits)} of {len(rows)} rows of the table: {wanted}."
            shown = hits or rows
            lines = [lead, *(f"- {_row(f)}" for f in hits[:8])]
            return self._graded(lines, shown[:8], (str(len(hits)), str(len(rows)), wanted))
        if found and re.search(r"\btext\b", question.text, re.I):
            said = [f for f in found if _source(f) == "sentence"]
            row = [f for f in found if _source(f) != "sentence"]
            if said and row:
                same = _grade(said[0]) == _grade(row[0])
                lines = [f"{'Yes' if same else 'No'}.", f"- {_row(row[0])}", f"- {_row(said[0])}"]
                return self._graded(lines, [row[0], said[0]], ())
        if re.search(r"\b(?:same|differ\w*|alike|match\w*|agree)\b", question.text, re.I):
            pair = [f for f in rows if found and _key(f) == _key(found[0])]
            if len({_block(f) for f in pair}) < 2:
                return None
            same = len({_grade(f) for f in pair}) == 1
            asked_same = not re.search(r"\bdiffer\w*", question.text, re.I)
            lines = ["Yes." if same == asked_same else "No.", *(f"- {_row(f)}" for f in pair)]
            return self._graded(lines, pair, ())
        if (
            found
            and not asked
            and re.search(r"\b(?:grade|rating|judgement)\b", question.text, re.I)
        ):
            good = RANK[_grade(found[0])] <= RANK[GOOD]
            return self._graded([f"{'Yes' if good else 'No'}. {_row(found[0])}"], found[:3], ())
        if asked and found:
            hit = _grade(found[0]) in asked
            return self._graded([f"{'Yes' if hit else 'No'}. {_row(found[0])}"], found[:3], ())
        return None

    def _graded(
        self, lines: Sequence[str], found: Sequence[Found], notes: tuple[str, ...]
    ) -> Answer:
        citations = _unique([self.cite_judgement(f) for f in found])
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(citations),
            notes=notes,
            intent=Intent.YES_NO,
        )

    def cite_judgement(self, item: Found) -> Citation:
        """A judgement's citation: its paragraph if it stands in one, else its table or heading."""
        fact = item.fact
        assert isinstance(fact, Judgement)
        block = self._block_at(item.report, fact.spans[-1].page, fact.spans[-1].start)
        where = {
            "front table": "front-page judgement table",
            "closing table": "table of main findings",
        }
        return self._quoter.cite(item.report, block, fact.spans, where.get(fact.source, ""))

    def front_answer(self, found: Sequence[Found]) -> Answer:
        """Inspection dates, publication date, lead inspector."""
        lines, citations = [], []
        for item in found:
            fact = item.fact
            block = self._block_at(item.report, fact.spans[0].page, fact.spans[0].start)
            citations.append(self._quoter.cite(item.report, block, fact.spans))
            if isinstance(fact, Person):
                lines.append(f"{fact.name} was the lead inspector, {dated(item.report)}.")
            elif isinstance(fact, DateFact) and fact.event == "published":
                lines.append(
                    f"The report on {item.report.authority} was published on {fact.printed}."
                )
            elif isinstance(fact, DateFact):
                lines.append(f"{item.report.authority} was inspected on {fact.printed}.")
        intent = Intent.PERSON if isinstance(found[0].fact, Person) else Intent.DATE
        return Answer(Status.ANSWERED, "\n".join(lines), tuple(citations), intent=intent)

    def actions_answer(self, found: Sequence[Found]) -> Answer:
        """The actions as a list, each with its deadline and its citation."""
        report = found[0].report
        lines = [f"What the report asks for ({dated(report)}):"]
        citations = []
        for item in found:
            fact = item.fact
            assert isinstance(fact, Action)
            deadline = f"{fact.deadline}: " if fact.deadline else ""
            number = f"{fact.number}. " if fact.number else ""
            block = self._block_at(item.report, fact.spans[0].page, fact.spans[0].start)
            citation = self._quoter.cite(item.report, block, fact.spans)
            citations.append(citation)
            lines.append(f"- {deadline}{number}{tidy(fact.text)}")
        return Answer(Status.ANSWERED, "\n".join(lines), tuple(citations), intent=Intent.ACTIONS)

    def deadline_answer(self, found: Found) -> Answer:
        """By when an action is to be done, with the action."""
        fact = found.fact
        assert isinstance(fact, Action)
        block = self._block_at(found.report, fact.spans[0].page, fact.spans[0].start)
        citation = self._quoter.cite(found.report, block, fact.spans)
        text = f"{fact.deadline} ({dated(found.report)}): {tidy(fact.text)}"
        return Answer(
            Status.ANSWERED, text, (citation,), notes=(fact.deadline or "",), intent=Intent.DATE
        )

    def passage_answer(self, question: Question, candidates: Sequence[Candidate]) -> Answer:
        """The sentences that answer, word for word, best first, with a line on whose they are."""
        chosen = self._choose(question, candidates)
        if question.intent is Intent.GRADE:
            chosen += self._sentence_with_grade(question, chosen[0])
        if question.intent is Intent.YES_NO:  # what is settles it, not what is to be
            chosen.sort(key=self._is_asked_for)
        citations = [self.cite_passage(candidate) for candidate in chosen]
        quotes = [tidy(candidate.passage.text) for candidate in chosen]
        opening = ""
        if question.intent is Intent.YES_NO:
            settled = not self._is_asked_for(chosen[0])
            opening = yes_or_no(question, [c.passage.text for c in chosen]) if settled else ""
        text = "\n".join([f"{opening} {quotes[0]}".strip(), *quotes[1:]])
        return Answer(Status.ANSWERED, text, tuple(citations), intent=question.intent)

    def _is_asked_for(self, candidate: Candidate) -> bool:
        """Whether a sentence is among what the report asks for: it says what is to be, not what is."""
        return any(
            span.page == asked.page and span.start < asked.end and asked.start < span.end
            for fact in self._finder.facts(candidate.report)
            if isinstance(fact, Action)
            for asked in fact.spans
            for span in candidate.passage.spans
        )

    def sum_answer(self, candidates: Sequence[Candidate]) -> Answer | None:
        """Whether a paragraph's parts add up to its whole, with both sentences quoted."""
        for block in dict.fromkeys((c.report, c.block.order) for c in candidates):
            report, order = block
            passages = [p for p in self._retriever.passages(report) if p.block == order]
            found = find_sum([p.text for p in passages])
            if found is None:
                continue
            position, total = found
            parts = " + ".join(f"{part:,}" for part in total.parts)
            made = f"{parts} = {sum(total.parts):,}"
            verdict = "Yes." if total.adds_up else "No."
            against = "" if total.adds_up else f", not {total.whole:,}"
            own = self._retriever.blocks(report)[order]
            citations = tuple(
                self._quoter.cite(report, own, passage.spans)
                for passage in passages[position if total.together else position - 1 : position + 1]
            )
            return Answer(
                Status.ANSWERED,
                f"{verdict} {made}{against}.",
                citations,
                notes=(f"{made}{against}",),
                reports=(report.id,),
                intent=Intent.YES_NO,
            )
        return None

    def consistency_answer(
        self, question: Question, candidates: Sequence[Candidate]
    ) -> Answer | None:
        """Whether the sentences that count the same thing give the same number."""
        stems = frozenset(stem(t) for t in question.terms) - _FIGURE_WORDS
        counts: list[tuple[int, Candidate]] = []
        for candidate in candidates[:8]:
            value = counted(candidate.passage.text, stems)
            if value is not None and candidate.covered >= 0.4:
                counts.append((value, candidate))
        if len(counts) < 2:
            return None
        other = next((item for item in counts[1:] if item[0] != counts[0][0]), None)
        pair = [counts[0], other or counts[1]]
        lines = ["No." if other else "Yes.", *(f"- {tidy(c.passage.text)}" for _, c in pair)]
        return Answer(
            Status.ANSWERED,
            "\n".join(lines),
            tuple(self.cite_passage(c) for _, c in pair),
            reports=tuple(dict.fromkeys(c.report.id for _, c in pair)),
            intent=Intent.YES_NO,
        )

    def _sentence_with_grade(self, question: Question, first: Candidate) -> list[Candidate]:
        """The sentence of the same block that gives the grade, if the first does not.

        ``It was inspected in May 2010. It was found to be good.``
        """
        if find_grades(first.passage.text):
            return []
        stems = frozenset(stem(t) for t in question.terms)
        graded = [
            p
            for p in self._retriever.passages(first.report)
            if p.block == first.passage.block and find_grades(p.text)
        ]
        if not graded:
            return []
        best = max(
            graded,
            key=lambda p: (len(stems & stems_of(p.text)), -abs(p.number - first.passage.number)),
        )
        return [replace(first, passage=best)]

    def nearest(self, candidates: Sequence[Candidate], count: int = 2) -> tuple[Citation, ...]:
        """Citations of the nearest paragraphs, for a refusal."""
        seen: dict[tuple[int, str], Candidate] = {}
        for candidate in candidates:
            seen.setdefault((candidate.report.number, candidate.block.key), candidate)
        return tuple(self.cite_passage(c) for c in list(seen.values())[:count])

    def _choose(self, question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The first sentence, and those close behind it that fit into the length of an answer.

        A question for one thing (a number, a date, a name, a grade) gets one sentence: a second
        figure beside the right one reads as another answer.
        """
        several = asks_several(question.text)
        limit = _SENTENCES if several else _MOST.get(question.intent, _SENTENCES)
        before: list[Candidate] = []
        if question.intent is not Intent.YES_NO:
            before = self.what_it_leans_on(candidates[0], figures=limit > 1)
        chosen = [*before, candidates[0]]
        if several or (question.leaning and is_told(question, candidates[0])):
            chosen += self.what_follows(candidates[0])
        elif question.intent in (Intent.NARRATIVE, Intent.WHY):
            chosen += [
                c for c in self.what_follows(candidates[0]) if POINTS_BACK.match(c.passage.text)
            ]
        used = sum(len(c.passage.text.split()) for c in chosen)
        held = {c.passage.id for c in chosen}
        for candidate in candidates[1:]:
            length = len(candidate.passage.text.split())
            if len(chosen) - len(before) >= limit or candidate.score < _CLOSE * candidates[0].score:
                break
            if used + length > _WORDS or candidate.passage.id in held:
                continue
            if _is_scrap(candidate):
                continue
            if any(_says_the_same(candidate.passage.text, c.passage.text) for c in chosen):
                continue
            chosen.append(candidate)
            used += length
        return chosen

    def what_it_leans_on(self, first: Candidate, *, figures: bool) -> list[Candidate]:
        """The sentence before one that begins by pointing back to it; not one that holds figures
        (unless ``figures``), since they would read as the answer."""
        before = self._retriever.before(first.report, first.passage) if first.before else None
        if before is None or len(before.text.split()) > _WORDS // 2:
            return []
        if not figures and re.search(r"\d", before.text):
            return []
        return [replace(first, passage=before, before="")]

    def what_follows(self, first: Candidate) -> list[Candidate]:
        """The next sentence of the paragraph: there a report most often goes on to the second part
        of a question, or to what is asked about a sentence just quoted."""
        after = self._retriever.after(first.report, first.passage)
        if after is None or is_scrap(after.text) or len(after.text.split()) > _WORDS // 2:
            return []
        return [replace(first, passage=after, before="")]

    def cite_passage(self, candidate: Candidate) -> Citation:
        """A found passage's citation."""
        return self._quoter.cite(candidate.report, candidate.block, candidate.passage.spans)

    def _block_at(self, report: Report, page: int, offset: int) -> Block | None:
        for block in self._retriever.blocks(report).values():
            if any(s.page == page and s.start <= offset < s.end for s in block.spans):
                if block.kind not in (BlockKind.RUNNING_LINE, BlockKind.PAGE_NUMBER):
                    return block
        return None


def _is_scrap(candidate: Candidate) -> bool:
    """Whether it is nothing to quote beside a sentence: a table, a title page, a heading that gives
    no grade, or a few words that make no sentence."""
    text = candidate.passage.text
    if candidate.block.kind in TITLES:
        return candidate.block.kind is not BlockKind.HEADING or not find_grades(text)
    return is_scrap(text) and not text.endswith((".", "!", "?"))


def _says_the_same(text: str, other: str) -> bool:
    """Whether two sentences share nearly all their words: reports repeat themselves in summaries."""
    one, two = stems_of(text), stems_of(other)
    return len(one & two) >= _REPEATED * max(1, min(len(one), len(two)))


def same_grade(one: Found, other: Found) -> bool:
    """Whether two judgements give the same grade."""
    return _grade(one) == _grade(other)


def _grade(found: Found) -> str:
    assert isinstance(found.fact, Judgement)
    return found.fact.grade


def _source(found: Found) -> str:
    assert isinstance(found.fact, Judgement)
    return found.fact.source


def _key(found: Found) -> str:
    assert isinstance(found.fact, Judgement)
    return found.fact.area_key


def _block(found: Found) -> str:
    assert isinstance(found.fact, Judgement)
    return found.fact.block


def _row(found: Found) -> str:
    block = f" ({_block(found)})" if _block(found) and _block(found) != "lscb" else ""
    assert isinstance(found.fact, Judgement)
    return f"{found.fact.area.rstrip('.')}{block}: {found.fact.grade}."


def refusal(
    status: Status, text: str, nearest: Sequence[Citation] = (), scope: Scope | None = None
) -> Answer:
    """A refusal with its reason and the nearest paragraphs."""
    reports = tuple(r.id for r in scope.reports) if scope and len(scope.reports) < 20 else ()
    return Answer(status, text, (), tuple(nearest), reports=reports)


def with_reports(answer: Answer, reports: Sequence[Report]) -> Answer:
    """The answer with the ids of the reports it speaks of."""
    return replace(answer, reports=tuple(r.id for r in reports))


def name_report(report: Report) -> str:
    """``the report on Norfolk (inspected 7 to 18 November 2022)``."""
    return f"the report on {dated(report)}"


def dated(report: Report) -> str:
    """``Norfolk, inspected 7 to 18 November 2022``, or by publication where no dates are known."""
    if report.inspected_from and report.inspected_to:
        return f"{report.authority}, inspected {_range(report)}"
    if report.published:
        return f"{report.authority}, published {_day(report.published)}"
    return report.authority


def _range(report: Report) -> str:
    first, last = report.inspected_from, report.inspected_to
    assert first is not None and last is not None
    if first == last:
        return _day(last)
    if (first.month, first.year) == (last.month, last.year):
        return f"{first.day} to {_day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {_day(last)}"
    return f"{_day(first)} to {_day(last)}"


def _day(day: object) -> str:
    from datetime import date

    assert isinstance(day, date)
    return f"{day.day} {day:%B %Y}"


def tidy(text: str) -> str:
    """A quoted sentence without the bullet in front of it."""
    return re.sub(r"^[^\w\u2018\u201c'\"(\u00a3]+\s*", "", text).strip()


def _unique(citations: Sequence[Citation]) -> list[Citation]:
    return list({(c.report, c.key, c.quote): c for c in citations}.values())
