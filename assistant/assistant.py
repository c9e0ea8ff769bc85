"""The assistant: a question in, a checked answer out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

from assistant.across import CrossWriter
from assistant.answering import Writer, name_report, refusal, same_grade, tidy, with_reports
from assistant.checks import Checker, Finding
from assistant.citations import Quoter, check
from assistant.conversation import resolve
from assistant.errors import EmptyIndex, EmptyQuestion, QuestionTooLong
from assistant.gate import load_gate
from assistant.lookup import FactFinder, asks_for_earlier, names_an_area
from assistant.models import Answer, Citation, Conversation, Intent, Question, Scope, Status, Turn
from assistant.prose import Scribe
from assistant.query_map import load_query_map
from assistant.questions import (
    asks_for_deadline,
    asks_how_good,
    is_opinion,
    judges_others,
    speaks_of_grades,
    understand,
)
from assistant.ranker import load_ranker
from assistant.reader import load_reader
from assistant.refusing import (
    absent_abbreviation,
    absent_group,
    first_with_value,
    graded_then,
    lacks_evidence,
    words_of_grades,
)
from assistant.retrieval import TITLES, Candidate, Retriever, quotable
from assistant.scope import Authorities, find_scope, unknown_authorities
from assistant.settings import ModelSettings
from assistant.slots import asks_for_total, counted_noun, counts_it, gives_total
from assistant.sums import asks_for_sum, asks_if_consistent
from assistant.words import stem, words_of
from index.build import Index
from index.catalog import Report
from index.facts.areas import OVERALL
from index.models import PreviousGrade

_PLAINLY = 0.8
"""Share of the best report's support from which a newer report is kept."""
_TO_THE_MODEL = 8
"""How many sentences a language model is shown beside those already quoted."""
_FEW = 3
_STANDS_FOR = re.compile(
    r"\b(?P<short>[A-Z][A-Za-z]*[A-Z][A-Za-z]*)\b[\u2018\u2019'\"]* (?:stands? for\b|short for\b|mean(?=\W*$))|"
    r"\b(?:is|are) (?P<called>[A-Z]{2,})\b[\u2018\u2019'\"]* (?:short|an abbreviation|an acronym)\b"
)
"""An abbreviation whose words are asked for."""
_ONE_COUNCIL = frozenset({Intent.GRADE, Intent.DATE, Intent.PERSON, Intent.COUNT, Intent.ACTIONS})
_COUNTED = 0.5
"""Share of what is to be counted that must stand by a figure; a report in which it does not
supports an answer to how many so much less:"""
_UNCOUNTED = 0.2
_POINTED_AT = 3
"""Words that it is worth if a contradiction stands in what the turn before cited."""
_LOOKS_BACK = re.compile(
    r"\b(?:(?:inspection|time|visit|one) before|previous(?:ly)?|last time|before that|had (?:.{2,60} )?been (?:judged|graded|rated))\b",
    re.I,
)
_SAME_THING = 2
"""Words of what is counted that another report must count by, all of them, to be set beside."""
MAX_QUESTION = 2000
"""Characters; longer ones are refused."""


class Assistant:
    """Answers questions about the reports of one index. Not for use from many threads."""

    def __init__(self, index: Index, model: ModelSettings | None = None) -> None:
        self.index = index
        used = model is not None and model.provider != "none"
        self._scribe = Scribe(model) if used and model is not None else None
        self._found: list[Candidate] = []
        with ThreadPoolExecutor(2, "loading") as loading:  # a cold question waits for the longest
            reader = loading.submit(load_reader)
            encoder = loading.submit(lambda: index.encoder)
            ranker = load_ranker()
            encoder.result()
        self._retriever = Retriever(index, ranker, reader.result(), load_query_map())
        self._finder = FactFinder(index, load_query_map())
        self._quoter = Quoter(index.catalog)
        self._writer = Writer(self._quoter, self._finder, self._retriever)
        self._across = CrossWriter(self._writer, self._finder, self._retriever)
        self._gate = load_gate()
        self._vocabularies: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._findings: dict[str, list[Finding]] = {}
        self._authorities: Authorities | None = None

    def refresh(self) -> None:
        """Forget what is held in memory; call after the index has changed."""
        self._authorities = None
        self._vocabularies.clear()
        self._texts.clear()
        self._findings.clear()
        for part in (self._retriever, self._finder, self._quoter):
            part.forget()

    @property
    def authorities(self) -> Authorities:
        """The authorities in the index."""
        if self._authorities is None:
            self._authorities = Authorities(self.index.catalog.reports())
        return self._authorities

    def ask(
        self,
        text: str,
        reports: Sequence[str] = (),
        conversation: Conversation | None = None,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> Answer:
        """Answer a question about the reports named in ``reports`` (ids, file names), or all.

        The turn is added to ``conversation``, whose earlier turns a follow-up refers to.
        ``say`` is given each sentence of a language model as it passes the check.

        Raises:
            EmptyQuestion, QuestionTooLong, EmptyIndex: nothing that could be answered.
            NoSuchReport: an id in ``reports`` is not in the index.
        """
        text = " ".join(text.split())
        if not text:
            raise EmptyQuestion(
                "There is no question. Type one, for example: How many children are in care?"
            )
        if len(text) > MAX_QUESTION:
            raise QuestionTooLong(
                f"The question has {len(text):,} characters; the limit is {MAX_QUESTION:,}. Shorten it."
            )
        if not self.authorities.reports:
            raise EmptyIndex("No reports are loaded yet. Run `inspections index PATH` first.")
        conversation = conversation if conversation is not None else Conversation()
        selected = [self.index.catalog.find_report(name) for name in reports]
        resolved = resolve(text, conversation, self.authorities)
        if resolved.answer is not None:
            answer = resolved.answer
            conversation.turns.append(Turn(text, answer))
            return answer
        scope = find_scope(
            resolved.text,
            self.authorities,
            selected,
            resolved.reports(self.authorities),
            pinned=resolved.pinned,
        )
        question = understand(resolved.text, scope, self.authorities)
        question = replace(
            question, leaning=resolved.leaning, focus=resolved.focus, quoted=resolved.quoted
        )
        self._found = []
        answer = self._with_others(question, scope, self._answer(question, scope))
        answer = self._checked(answer, scope)
        answer = self._in_prose(question, answer, say)
        answer = self._with_findings(answer)
        conversation.turns.append(Turn(resolved.text, answer, question, scope))
        return answer

    def is_verbatim(self, citation: Citation) -> bool:
        """Whether a citation's quote is what stands at its spans, cut out anew."""
        report = self.index.catalog.report(citation.report)
        return self._quoter.is_verbatim(report, citation)

    def _answer(self, question: Question, scope: Scope) -> Answer:
        if is_opinion(question.text):
            near = self._near(question, scope)
            return refusal(
                Status.UNSUPPORTED,
                "That asks for an opinion or an act; the reports can only say what inspectors found.",
                near,
                scope,
            )
        if not scope.reports:
            return self._no_such_report(scope)
        across = self._across.answer(question, scope, self.authorities)
        if across is not None:
            return across
        if self._must_ask_which(question, scope):
            return self._ask_which(question, scope)
        looked_back = self._told_by_the_next(question, scope)
        if looked_back is not None:
            return looked_back
        follows = question.leaning or question.focus
        free = scope.others and not (scope.selected or scope.pinned)
        if len(scope.reports) == 1 and free and (not follows or question.intent is Intent.COUNT):
            scope = self._latest_that_answers(question, scope)
        if len(scope.reports) == 1:
            if judges_others(question.bare):
                return refusal(
                    Status.NOT_STATED,
                    f"{_upper(name_report(scope.reports[0]))} judges no other council.",
                    self._near(question, scope),
                    scope,
                )
            stranger = self._strangers(question, scope.reports[0])
            if stranger and asks_how_good(question.bare):
                return refusal(
                    Status.NOT_STATED,
                    f"{_upper(name_report(scope.reports[0]))} does not judge {stranger[0]}.",
                    self._near(question, scope),
                    scope,
                )
            if stranger and stem(words_of(stranger[0])[0]) not in self._vocabulary(
                scope.reports[0]
            ):
                return refusal(
                    Status.NOT_STATED,
                    f"{_upper(name_report(scope.reports[0]))} does not speak of {stranger[0]}.",
                    self._near(question, scope),
                    scope,
                )
            looked_up = self._look_up(question, scope.reports[0], scope)
            if looked_up is not None:
                return looked_up if looked_up.reports else with_reports(looked_up, scope.reports)
        return self._from_passages(question, scope)

    def _told_by_the_next(self, question: Question, scope: Scope) -> Answer | None:
        """The grade of an earlier year asked for in looking back (``the time before, in 2014``), as
        the report after it tells it; None where that is not asked, or not told."""
        if question.intent is not Intent.GRADE or scope.selected or len(scope.reports) != 1:
            return None
        family = self.authorities.family_of(scope.reports[0])
        place = family.index(scope.reports[0]) + 1
        if place >= len(family) or not _LOOKS_BACK.search(question.text):
            return None
        years = tuple(year for year in scope.years if year in scope.reports[0].years)
        told = self._finder.find_earlier(replace(question, fixed_years=years), family[place])
        if not years or not told:
            return None
        return with_reports(self._writer.earlier_answer(told), family[place : place + 1])

    def _must_ask_which(self, question: Question, scope: Scope) -> bool:
        """Whether a question for one value names nobody although several councils are here:
        any one of their values would be an answer, and for all but one the wrong one."""
        if scope.named or scope.selected or len(scope.reports) < 2 or question.leaning:
            return False
        return question.intent in _ONE_COUNCIL and len(self.authorities.families()) > 1

    def _ask_which(self, question: Question, scope: Scope) -> Answer:
        names = sorted({family[-1].authority for family in self.authorities.families()})
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        near = self._near(question, scope)
        text = f"Of which council? Name one, or select its report. Loaded are: {shown}."
        return refusal(Status.AMBIGUOUS, text, near, None)

    def _latest_that_answers(self, question: Question, scope: Scope) -> Scope:
        """An authority without a year means its latest report that can answer.

        Grades, dates and people are in every report; for the rest the latest report is kept
        unless an older one speaks of it far more plainly.
        """
        latest = scope.reports[0]
        if self._finder.find_front_fact(question, latest) or question.intent is Intent.GRADE:
            return scope
        older = sorted(scope.others, key=lambda r: (r.day or date.min, r.id), reverse=True)
        family = [latest, *older]
        support = {report.number: self._support(question, report) for report in family}
        best = max(support.values())
        for report in family:
            if support[report.number] >= _PLAINLY * best and support[report.number] > 0:
                others = tuple(r for r in family if r.number != report.number)
                return replace(scope, reports=(report,), others=others)
        return scope

    def _support(self, question: Question, report: Report) -> float:
        """How plainly a report speaks of what is asked; 0 where it does not at all."""
        if question.intent in (Intent.ACTIONS, Intent.DATE):
            spoken = self._finder.action_support(question, report)
            if spoken is not None:
                return spoken
        counting = question.intent is Intent.COUNT
        found = self._retriever.retrieve(question, [report], 20 if counting else 5, read=False)
        if not found or lacks_evidence(question, found, self._vocabulary(report)):
            return 0.0
        top = found[0]
        if counting and asks_for_total(question.bare):
            if any(gives_total(question.bare, c.passage.text) for c in found):
                return 1.0
        if counting and counted_noun(question.bare):
            plainly = max(
                counts_it(question.bare, c.passage.text, c.passage.context) for c in found
            )
            if plainly < _COUNTED:
                return _UNCOUNTED * top.cosine
        return 0.4 * top.cosine + 0.3 * top.covered + 0.3 * top.covered_paragraph

    def _look_up(self, question: Question, report: Report, scope: Scope) -> Answer | None:
        against = self._finder.contradicting(question, report)
        if against:
            told = self._writer.grade_answer(against, scope)
            return refusal(
                Status.FALSE_PREMISE,
                f"The report says otherwise. {told.text}",
                told.citations,
                scope,
            )
        front = self._finder.find_front_fact(question, report)
        if front:
            return self._writer.front_answer(front[:1])
        if question.intent is Intent.GRADE:
            earlier = asks_for_earlier(question, report)
            if earlier:
                before = self._finder.find_earlier(question, report)
                if before:
                    return self._writer.earlier_answer(before)
                years = set(question.fixed_years)
                older = [
                    r
                    for r in scope.others
                    if r.day
                    and report.day
                    and r.day < report.day
                    and (not years or years & r.years)
                ]
                graded = older and self._finder.find_judgements(question, older[-1])
                if not graded:
                    return None
                return with_reports(self._writer.grade_answer(graded, scope), older[-1:])
            if not earlier and self._finder.asks_for_extreme(question):
                rows = self._finder.extreme_rows(question, report)
                if rows:
                    return self._writer.grade_answer(rows, scope)
            found = self._finder.find_judgements(question, report)
            if found:
                return self._writer.grade_answer(found, scope)
            if self._finder.areas_asked(question) == [OVERALL]:
                rows = self._finder.table_rows(report)
                if rows and not self._finder.judgement_of(report, OVERALL):
                    return refusal(
                        Status.NOT_STATED,
                        f"{_upper(name_report(report))} gives no overall grade, only one for each area.",
                        self._writer.grade_answer(rows, scope).citations,
                        scope,
                    )
        if question.intent is Intent.YES_NO and asks_if_consistent(question.text):
            apart = self._graded_apart(question, report)
            if apart is not None:
                return apart
        if question.intent is Intent.YES_NO and speaks_of_grades(question.text):
            earlier = asks_for_earlier(question, report)
            found = [] if earlier else self._finder.find_judgements(question, report)
            rows = [] if earlier else self._finder.table_rows(report)
            settled = self._writer.grade_yes_no(question, found, rows)
            if settled is not None:
                return settled
        if question.intent is Intent.DATE and asks_for_deadline(question.text):
            timed = self._finder.find_deadline(question, report)
            if timed is not None:
                return self._writer.deadline_answer(timed)
        if question.intent is Intent.ACTIONS:
            actions = self._finder.find_actions(question, report)
            if actions:
                return self._writer.actions_answer(actions[:30])
        return None

    def _graded_apart(self, question: Question, report: Report) -> Answer | None:
        """ "No", with both quotes, where the table grades what is asked about otherwise than the
        text does; None where no such contradiction is known."""
        stems = {stem(term) for term in question.terms}
        best: Finding | None = None
        most = 0
        for finding in self._findings_of(report.id):
            if finding.kind != "grade":
                continue
            row = {stem(word) for word in words_of(finding.citations[0].quote)}
            shared = len(stems & row)
            if any((c.report, c.key) in question.focus for c in finding.citations):
                shared += _POINTED_AT
            if shared > most:
                best, most = finding, shared
        if best is None or most < _SAME_THING:
            return None
        notes = tuple(re.findall(r"\d+", best.text))
        return Answer(
            Status.ANSWERED, f"No. {best.text}", best.citations, notes=notes, intent=Intent.YES_NO
        )

    def _from_passages(self, question: Question, scope: Scope) -> Answer:
        depth = 60 if question.intent is Intent.COUNT else 20
        if short := abbreviation_asked(question.text):
            spelled = self._spelled_out(short, question, scope)
            if spelled is not None:
                answer = self._writer.passage_answer(question, [spelled])
                return with_reports(answer, [spelled.report])
            whose = (
                _upper(name_report(scope.reports[0])) + " does"
                if len(scope.reports) == 1
                else "The reports loaded do"
            )
            told = f"{whose} not spell out {short}."
            return refusal(Status.NOT_STATED, told, self._near(question, scope), scope)
        found = self._retriever.retrieve(question, scope.reports, depth)
        candidates = quotable(question, found)
        if question.intent is Intent.YES_NO and asks_for_sum(question.text):
            pointed = [c for c in candidates if (c.report.id, c.block.key) in question.focus]
            summed = self._writer.sum_answer(pointed or candidates)
            if summed is not None:
                return summed
        if question.intent is Intent.YES_NO and asks_if_consistent(question.text):
            compared = self._writer.consistency_answer(question, candidates)
            if compared is not None:
                return compared
        vocabulary = (
            " ".join(self._vocabulary(r) for r in scope.reports) if len(scope.reports) <= 8 else ""
        )
        inspected = self._inspected_before(scope)
        why = lacks_evidence(question, candidates, vocabulary, inspected) if vocabulary else ""
        if not why and question.intent is Intent.GRADE and len(scope.reports) == 1:
            why = self._no_earlier_grade(question, scope.reports[0], candidates)
        if not why and len(scope.reports) == 1 and not question.leaning:
            absent = absent_group(question, self._text(scope.reports[0]))
            absent = absent or absent_abbreviation(question, self._text(scope.reports[0]))
            why = f"it never speaks of {absent}" if absent else ""
            if not why:
                stranger = self._strangers(question, scope.reports[0])
                spoken = " ".join(c.passage.text for c in candidates[:_FEW]).lower()
                if stranger and words_of(stranger[0])[0] not in spoken:
                    why = f"what comes nearest does not speak of {stranger[0]}"
            if not why and not self._passes_gate(question, scope, candidates):
                why = "what comes nearest does not answer it"
        if why and scope.missing and scope.others:
            return self._no_such_report(scope)
        if why or not candidates:
            subject = (
                name_report(scope.reports[0]) if len(scope.reports) == 1 else "the reports loaded"
            )
            return refusal(
                Status.NOT_STATED,
                f"{_upper(subject)} does not say: {why or 'no passage speaks of it'}."
                if len(scope.reports) == 1
                else f"The reports loaded do not say: {why or 'no passage speaks of it'}.",
                self._writer.nearest(candidates),
                scope,
            )
        if question.intent is Intent.GRADE and question.fixed_years:
            candidates = graded_then(question, candidates)
        earlier = len(scope.reports) == 1 and asks_for_earlier(question, scope.reports[0])
        if question.intent is Intent.GRADE and candidates[0].block.kind in TITLES and not earlier:
            rows = self._finder.extreme_rows(question, candidates[0].report)
            if rows:
                graded = self._writer.grade_answer(rows, scope)
                return with_reports(graded, [candidates[0].report])
        valued = first_with_value(question, candidates)
        if valued is not None and valued is not candidates[0]:
            candidates = [valued, *[c for c in candidates if c is not valued]]
        self._found = _of_one_report(candidates)
        answer = self._writer.passage_answer(question, self._found)
        return with_reports(answer, list(dict.fromkeys(c.report for c in candidates[:1])))

    def _no_earlier_grade(
        self, question: Question, report: Report, candidates: Sequence[Candidate]
    ) -> str:
        """Why the candidates do not give the grade before this report's that is asked for; empty if
        none is asked for, or they do."""
        if not asks_for_earlier(question, report):
            return ""
        told = graded_then(question, candidates) if question.fixed_years else candidates[:1]
        if all(c.block.kind in TITLES for c in told):
            return "no earlier grade is given"
        areas = self._finder.areas_asked(question)
        said = [words for c in told for words in words_of_grades(c.told)]
        if areas and not any(names_an_area(areas, words) for words in said):
            return "no earlier grade is given for it"
        return ""

    def _spelled_out(self, short: str, question: Question, scope: Scope) -> Candidate | None:
        """The sentence that spells out an abbreviation: ``the single front door (SFD)``, or the other
        way about."""
        words = r"[\w\u2019'-]+(?:[ -][\w\u2019'-]+)+"
        spelled = re.compile(
            rf"{words} \((?:[\w&]+ ?[/\u2013-] ?|\u2018)?{short}(?:[\u2019']?s|\+)?(?:/\w+)?\u2019?\)|"
            rf"\b{short} \({words}\)"
        )
        found = self._retriever.find(question, scope.reports)
        return next((c for c in found if spelled.search(c.passage.text)), None)

    def _in_prose(self, question: Question, answer: Answer, say: Callable[[str], None]) -> Answer:
        """The answer as a language model words it, where one is configured. Facts, refusals and
        tables are left as they are: they come from the facts."""
        if self._scribe is None or not self._found or answer.abstained:
            return answer
        passages = list(answer.citations)
        held = {citation.quote for citation in passages}
        for candidate in self._found[:_TO_THE_MODEL]:
            citation = self._writer.cite_passage(candidate)
            if citation.quote not in held:
                passages.append(citation)
        return self._scribe.write(question.text, answer, passages, say).answer

    def _with_findings(self, answer: Answer) -> Answer:
        """The answer with a line on each contradiction of the words that it quotes."""
        if answer.abstained or len(answer.reports) > _FEW:
            return answer
        quoted = {(c.report, c.quote) for c in answer.citations}
        lines = []
        for report_id in answer.reports:
            for finding in self._findings_of(report_id):
                own = {(c.report, c.quote) for c in finding.citations}
                told = finding.text.split(":", 1)[-1]
                said = set(re.findall(r"\d+", told)) <= set(re.findall(r"\d+", answer.text))
                if quoted & own and not said:
                    lines.append(f"Note: {finding.text}")
        if not lines:
            return answer
        return replace(answer, text="\n".join([answer.text, *dict.fromkeys(lines)]))

    def _with_others(self, question: Question, scope: Scope, answer: Answer) -> Answer:
        """The answer with a line on other reports of the authority that give another value, where
        no year had been asked for."""
        open_to_others = scope.named and not (scope.selected or scope.pinned) and scope.others
        if answer.abstained or not open_to_others or len(answer.reports) != 1:
            return answer
        own = self.index.catalog.report(answer.reports[0])
        others = [r for r in (*scope.reports, *scope.others) if r.number != own.number]
        if question.intent is Intent.GRADE and answer.intent is Intent.GRADE:
            return self._graded_otherwise(question, own, others, answer)
        if question.intent is Intent.COUNT:
            return self._counted_otherwise(question, others, answer)
        return answer

    def _graded_otherwise(
        self, question: Question, own: Report, others: Sequence[Report], answer: Answer
    ) -> Answer:
        """Which inspection before gave another grade; the grade itself is one question away."""
        before = [r for r in others if r.day and own.day and r.day < own.day]
        now = self._finder.find_judgements(question, own)
        then = self._finder.find_judgements(question, before[-1]) if before and now else []
        if not then or same_grade(then[0], now[0]):
            return answer
        name = before[-1].name
        return replace(
            answer,
            text=f"{answer.text}\nAt the inspection before ({name}) it was another.",
            notes=(*answer.notes, name),
        )

    def _counted_otherwise(
        self, question: Question, others: Sequence[Report], answer: Answer
    ) -> Answer:
        """What other reports of the authority count, in their words, where they count the same."""
        counts = counted_noun(question.bare)
        if len(counts) < _SAME_THING:
            return answer
        lines, citations, names = [], [], []
        for report in others:
            for found in self._retriever.retrieve(question, [report], 3, read=False):
                if counts_it(question.bare, found.passage.text, "") >= 1.0:
                    lines.append(f"{report.name} says: {tidy(found.passage.text)}")
                    citations.append(self._writer.cite_passage(found))
                    names.append(report.name)
                    break
        return replace(
            answer,
            text="\n".join([answer.text, *lines]),
            citations=(*answer.citations, *citations),
            notes=(*answer.notes, *names),
        )

    def _findings_of(self, report_id: str) -> list[Finding]:
        if report_id not in self._findings:
            report = self.index.catalog.report(report_id)
            self._findings[report_id] = Checker(self.index.catalog, self._quoter).check(report)
        return self._findings[report_id]

    def _strangers(self, question: Question, report: Report) -> list[str]:
        """Other authorities than the report's that a question names, loaded or not."""
        found = unknown_authorities(question.bare, self.authorities)
        for start, end, name in self.authorities.find(question.text):
            if report not in self.authorities.names[name]:
                found.append(question.text[start:end])
        return found

    def _inspected_before(self, scope: Scope) -> set[int]:
        """Years of inspections before the one report of a scope, as far as is known."""
        if len(scope.reports) != 1:
            return set()
        report = scope.reports[0]
        family = self.authorities.family_of(report)
        years = {y for r in family if r.day and report.day and r.day < report.day for y in r.years}
        told = [f for f in self._finder.facts(report) if isinstance(f, PreviousGrade)]
        return years | {fact.year for fact in told if fact.year is not None}

    def _passes_gate(
        self, question: Question, scope: Scope, candidates: Sequence[Candidate]
    ) -> bool:
        """The gate knows whole questions that are answered from passages; a follow-up leans on
        words it does not hold, and grades and actions are looked up first."""
        looked_up = question.intent in (Intent.GRADE, Intent.ACTIONS)
        if self._gate is None or looked_up:
            return True
        weights = self._retriever.rarity_of(scope.reports[0])
        return self._gate.passes(question, candidates, weights)

    def _near(self, question: Question, scope: Scope) -> tuple[Citation, ...]:
        if not scope.reports:
            return ()
        return self._writer.nearest(self._retriever.retrieve(question, scope.reports, 5))

    def _no_such_report(self, scope: Scope) -> Answer:
        if scope.others:
            have = ", ".join(r.name for r in (*scope.others, *scope.reports))
            text = f"There is no {scope.missing} report on {scope.others[0].authority} here. There is: {have}."
        else:
            names = sorted({f[-1].authority for f in self.authorities.families()})
            shown = ", ".join(names[:12]) + (
                f" and {len(names) - 12} more" if len(names) > 12 else ""
            )
            text = f"There is no report on {scope.missing} here. Loaded are: {shown}."
        return refusal(Status.NO_SUCH_REPORT, text)

    def _text(self, report: Report) -> str:
        """All that a report says, as one string."""
        if report.number not in self._texts:
            blocks = self._retriever.blocks(report).values()
            self._texts[report.number] = " ".join(block.text for block in blocks)
        return self._texts[report.number]

    def _vocabulary(self, report: Report) -> str:
        """All stems of a report in one string, for asking whether a name occurs in it."""
        if report.number not in self._vocabularies:
            words = {
                stem(word)
                for block in self._retriever.blocks(report).values()
                for word in words_of(block.text)
            }
            self._vocabularies[report.number] = f" {' '.join(sorted(words))} "
        return self._vocabularies[report.number]

    def _checked(self, answer: Answer, scope: Scope) -> Answer:
        if answer.abstained:
            return answer
        for citation in answer.citations:
            if not self.is_verbatim(citation):
                raise AssertionError(f"quote not on its page: {citation}")
        allowed = [name_report(self.index.catalog.report(r)) for r in answer.reports]
        allowed += list(answer.notes)
        checked = check(answer, allowed)
        if not checked.text:
            return refusal(
                Status.NOT_STATED,
                "The reports do not say it in words that could be quoted.",
                checked.citations,
            )
        return checked


def abbreviation_asked(text: str) -> str:
    """The abbreviation whose words a question asks for; empty if it asks for none."""
    asked = _STANDS_FOR.search(text)
    return (asked["short"] or asked["called"]) if asked else ""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_one_report(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Only those of the best candidate's report: no report is credited with another's words."""
    first = candidates[0].report.number
    return [c for c in candidates if c.report.number == first]
