"""Actions followed from one inspection to the next, as evidence to judge.

For every action of a report, what the authority's later reports say of it, quoted on both
sides. Whether it was met is said only where the later report says so in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.citations import Quoter
from assistant.models import Citation, Intent, Question
from assistant.retrieval import Candidate, Retriever
from assistant.sheets import Sheet
from assistant.words import key_terms
from index.build import Index
from index.catalog import Report
from index.models import Action, BlockKind, Span

MENTIONED = 0.5
"""Cosine from which a later sentence speaks of the action by its own words; half, where unrelated
sentences of these reports stand at about 0.2 and rewordings of one matter at 0.6 and above."""
_TOUCHED = 0.4
"""Cosine from which it does if the reader says besides that it answers what became of the action."""
_FOUND, _LOOKED_AT = 30, 8
"""How many sentences are found, and how many looked at once tables and requests are left out."""
SAME = 0.7
"""Cosine from which a later action is the same one, asked for again."""
_PLAINLY = 0.6
"""Cosine from which what a sentence says of an earlier request is taken to be of this one."""
_OF_BEFORE = re.compile(
    r"\b(?:(?:last|previous|earlier) (?:\w+ ){0,3}(?:inspection|judgement)|recommendations?|areas? for (?:improvement|development|priority action)|"
    r"since (?:the|then|\d{4})|previously|(?:no longer|is now|are now|have now|has now))\b",
    re.IGNORECASE,
)
_MET = re.compile(
    r"\b(?:(?:has|have) (?:all |now |been |fully |effectively |successfully )*(?:addressed|implemented|completed|met|resolved|achieved|improved|strengthened|tackled)|"
    r"(?:is|are) now (?:good|effective|strong|robust|timely|consistent\w*)|(?:has|have) (?:\w+ )?(?:improved|strengthened))\b",
    re.IGNORECASE,
)
_PARTLY = re.compile(
    r"\b(?:partly|partially|some (?:progress|improvement)|not (?:yet )?(?:fully|all|consistently)|more (?:work|needs)|"
    r"further (?:work|improvement)|too early|not yet embedded|early stages)\b",
    re.IGNORECASE,
)
_UNMET = re.compile(
    r"\b(?:(?:has|have) not (?:been )?(?:addressed|improved|implemented|met|made|progressed)|(?:has|have) failed to|remains? (?:a )?(?:weak\w*|poor|inadequate|inconsistent|concern)|"
    r"still (?:not|too|in)|insufficient progress|little progress|not (?:sufficiently )?(?:improved|addressed))\b",
    re.IGNORECASE,
)


_REQUEST = re.compile(
    r"^\W*(?:\d+[.)]?\s+)?(?:(?:urgently|as a matter of urgency|immediately),? )?"
    r"(?:(?:take|continue|work) (?:\w+ ){0,3}?to )?(?:further )?"
    r"(?:(?:ensur|improv|review|develop|strengthen|increas|reduc|implement|establish|complet|accelerat|embed|"
    r"mak(?:e|ing) sure|provid|revis)\w*(?: and \w+)?(?: that)?)\s+",
    re.IGNORECASE,
)
"""What an action opens with: it says that something is to be done, not what it is about."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One action with what a later report says of it."""

    report: Report
    action: Action
    asked: Citation
    later: Report | None
    outcome: str
    """``no later report``, ``said to be met``, ``said to be partly met``, ``said not to be met``, ``asked for
    again``, ``evidence to judge`` or ``not mentioned``."""
    evidence: Citation | None
    stood: int
    """At how many inspections so far, this one included, it was asked for."""


class Follower:
    """Follows actions through the reports of one authority."""

    def __init__(self, index: Index, quoter: Quoter, retriever: Retriever) -> None:
        self._index = index
        self._quoter = quoter
        self._retriever = retriever

    def follow(self, family: Sequence[Report]) -> list[Followed]:
        """Every action of each report against the next one, oldest first."""
        found: list[Followed] = []
        standing: dict[tuple[int, int], int] = {}
        actions = {report.number: self._actions(report) for report in family}
        vectors = {
            number: self._index.encoder.encode([a.text for a in listed])
            for number, listed in actions.items()
        }
        for report, later in zip(family, family[1:], strict=False):
            for i, action in enumerate(actions[report.number]):
                stood = standing.get((report.number, i), 1)
                again = self._again(vectors[report.number][i], vectors[later.number])
                if again is not None:
                    standing[later.number, again] = stood + 1
                found.append(
                    self._judge(
                        report, action, vectors[report.number][i], later,
                        actions[later.number][again] if again is not None else None, stood,
                    )
                )  # fmt: skip
        last = family[-1]
        for i, action in enumerate(actions[last.number]):
            asked = self._cite(last, action.spans)
            stood = standing.get((last.number, i), 1)
            found.append(Followed(last, action, asked, None, "no later report", None, stood))
        return found

    def _actions(self, report: Report) -> list[Action]:
        facts = self._index.catalog.facts(report.number, ("action",))
        return [f for _, f in facts if isinstance(f, Action)]

    def _again(self, vector: np.ndarray, others: np.ndarray) -> int | None:
        if not len(others):
            return None
        cosines = others @ vector
        best = int(np.argmax(cosines))
        return best if cosines[best] >= SAME else None

    def _judge(
        self,
        report: Report,
        action: Action,
        vector: np.ndarray,
        later: Report,
        again: Action | None,
        stood: int,
    ) -> Followed:
        asked = self._cite(report, action.spans)
        if again is not None:
            evidence = self._cite(later, again.spans)
            return Followed(report, action, asked, later, "asked for again", evidence, stood)
        spoken = self._speaks_of(action, vector, later)
        if not spoken:
            return Followed(report, action, asked, later, "not mentioned", None, stood)
        for candidate, cosine in spoken[:3]:
            outcome = _said(candidate.passage.text)
            if outcome and cosine >= _PLAINLY:
                evidence = self._quoter.cite(later, candidate.block, candidate.passage.spans)
                return Followed(report, action, asked, later, outcome, evidence, stood)
        first, _ = spoken[0]
        evidence = self._quoter.cite(later, first.block, first.passage.spans)
        return Followed(report, action, asked, later, "evidence to judge", evidence, stood)

    def _speaks_of(
        self, action: Action, vector: np.ndarray, later: Report
    ) -> list[tuple[Candidate, float]]:
        """Sentences of a later report that speak of an action, best first, each with its cosine;
        none of what that report asks for in its turn."""
        asked_there = [span for a in self._actions(later) for span in a.spans]
        found = [
            c
            for c in self._retriever.retrieve(ask_about(action), [later], _FOUND)
            if c.block.kind in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED)
            and not _overlap(c.passage.spans, asked_there)
        ][:_LOOKED_AT]
        cosines = self._index.encoder.encode([c.passage.text for c in found]) @ vector
        return [
            (candidate, float(cosine))
            for candidate, cosine in zip(found, cosines, strict=True)
            if cosine >= (_TOUCHED if candidate.read and candidate.read[1] > 0 else MENTIONED)
        ]

    def _cite(self, report: Report, spans: Sequence[Span]) -> Citation:
        first = spans[0]
        for block in self._index.catalog.blocks(report.number):
            if any(s.page == first.page and s.start <= first.start < s.end for s in block.spans):
                return self._quoter.cite(report, block, spans)
        return self._quoter.cite(report, None, spans)


def ask_about(action: Action) -> Question:
    """The question whose answer, in a later report, is what became of an action."""
    first = re.split(r"(?<=[a-z)])\. ", action.text)[0].strip().rstrip(".")
    text = f"What about {_REQUEST.sub('', first)}?"
    return Question(text, text, text, Intent.NARRATIVE, key_terms(text))


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(
        s.page == o.page and s.start < o.end and o.start < s.end for s in spans for o in others
    )


def _said(sentence: str) -> str:
    """What a sentence says became of an earlier request; empty if it does not speak of one."""
    if not _OF_BEFORE.search(sentence):
        return ""
    if _UNMET.search(sentence):
        return "said not to be met"
    if _PARTLY.search(sentence):
        return "said to be partly met"
    return "said to be met" if _MET.search(sentence) else ""


def action_sheet(followed: Sequence[Followed]) -> Sheet:
    """Actions as rows; those of the last report have nothing after them yet."""
    columns = (
        "report", "action", "deadline", "page", "paragraph", "quote", "asked_for_times",
        "later_report", "outcome", "later_page", "later_paragraph", "later_quote",
    )  # fmt: skip
    rows = tuple(
        (
            f.report.id, f.action.text, f.action.deadline, f.asked.page, f.asked.paragraph,
            f.asked.quote, f.stood, f.later.id if f.later else None, f.outcome,
            f.evidence.page if f.evidence else None, f.evidence.paragraph if f.evidence else None,
            f.evidence.quote if f.evidence else None,
        )
        for f in followed
    )  # fmt: skip
    return Sheet(columns, rows)
