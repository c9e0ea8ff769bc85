"""Scores: pure functions of cases and answers.

Definitions, after the datasets' own description: phrases match as whole words, case
ignored, quotes and dashes folded, line-end hyphens joined. ``right`` is per kind;
``citation_hit`` is the share of answerable cases whose citations name an expected
paragraph (or a place, where one is given); ``first_hit`` the same of the first citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from eval.answers import GivenAnswer, GivenCitation
from eval.cases import CROSS_KINDS, Case

_WINDOW = {"narrative": 150, "actions": 600}
_MARKER = re.compile(r"\[[^\]]{0,12}\d+[^\]]{0,12}\]")


@dataclass(frozen=True, slots=True)
class CaseScore:
    """One case scored. None where a measure does not apply."""

    id: str
    kind: str
    right: bool
    declined: bool
    citation_hit: bool | None
    first_hit: bool | None
    in_first_60: bool | None
    verbatim: bool
    seconds: float
    why: str = ""
    wrong_report: bool = False


@dataclass(frozen=True, slots=True)
class KindScore:
    """Shares over the cases of one kind (or all)."""

    kind: str
    cases: int
    right: float | None
    citation_hit: float | None
    first_hit: float | None
    declined: float | None
    verbatim: float | None
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class RunScore:
    """A whole run."""

    kinds: tuple[KindScore, ...]
    answerable: KindScore
    unanswerable: KindScore | None
    by_report: tuple[KindScore, ...]
    narrative_first_60: float | None
    cases: tuple[CaseScore, ...]


def score_run(cases: Sequence[Case], answers: Sequence[GivenAnswer]) -> RunScore:
    """Score answers against their cases; a case without an answer counts as wrong."""
    given = {answer.id: answer for answer in answers}
    scores = [score_case(case, given.get(case.id)) for case in cases]
    kinds = sorted({score.kind for score in scores})
    reports = {case.id: _report_of(case) for case in cases}
    answerable = [s for s in scores if s.kind != "negative"]
    unanswerable = [s for s in scores if s.kind == "negative"]
    first = [s.in_first_60 for s in scores if s.in_first_60 is not None]
    return RunScore(
        kinds=tuple(_summarise(kind, [s for s in scores if s.kind == kind]) for kind in kinds),
        answerable=_summarise("answerable", answerable),
        unanswerable=_summarise("unanswerable", unanswerable) if unanswerable else None,
        by_report=tuple(
            _summarise(report, [s for s in answerable if reports[s.id] == report])
            for report in sorted({reports[s.id] for s in answerable})
        ),
        narrative_first_60=_share(first),
        cases=tuple(scores),
    )


def score_case(case: Case, answer: GivenAnswer | None) -> CaseScore:
    """Score one case."""
    if answer is None:
        return CaseScore(case.id, case.kind, False, False, None, None, None, True, 0.0, case.why)
    verbatim = all(citation.verbatim for citation in answer.citations)
    if case.unanswerable:
        return CaseScore(
            case.id, case.kind, answer.abstained, answer.abstained, None, None, None, verbatim,
            answer.seconds, case.why,
        )  # fmt: skip
    right = not answer.abstained and is_right(case, answer)
    hits = [_is_expected(case, citation) for citation in answer.citations]
    has_place = bool(case.where) or any(labels for _, labels in case.expected_paragraphs)
    in_first = None
    if case.kind == "narrative":
        in_first = not answer.abstained and _holds_all(case, _first_words(answer, 60))
    reports = {report for report, _ in case.expected_paragraphs if report}
    strangers = any(_stem(c.source) not in reports for c in answer.citations) if reports else False
    return CaseScore(
        id=case.id,
        kind=case.kind,
        right=right,
        declined=answer.abstained,
        citation_hit=(not answer.abstained and any(hits)) if has_place else None,
        first_hit=(not answer.abstained and bool(hits) and hits[0]) if has_place else None,
        in_first_60=in_first,
        verbatim=verbatim,
        seconds=answer.seconds,
        why=case.why,
        wrong_report=strangers,
    )


def is_right(case: Case, answer: GivenAnswer) -> bool:
    """Whether the answer holds what the case expects, and nothing it must not."""
    text = _strip_markers(answer.answer)
    quotes = " ".join(citation.quote for citation in answer.citations)
    if any(_has(text, phrase) for phrase in case.must_not):
        return False
    if case.kind == "yesno":
        opening = _fold(text).lstrip(" *\"'")
        return any(re.match(rf"{re.escape(_fold(a))}\b", opening) for a in case.expected_answer)
    if case.kind == "paragraph":
        cited = {c.paragraph for c in answer.citations}
        return any(a in cited or _has(text, a) for a in case.expected_answer)
    if case.kind in _WINDOW:
        return _holds_all(case, _first_words(answer, _WINDOW[case.kind]))
    if case.kind in CROSS_KINDS:
        return all(_has(f"{text} {quotes}", phrase) for phrase in case.expected_answer)
    return any(_has(text, phrase) for phrase in case.expected_answer)


def _holds_all(case: Case, text: str) -> bool:
    others = dict(case.accepted)
    return all(
        any(_has(text, wording) for wording in (phrase, *others.get(phrase, ())))
        for phrase in case.expected_answer
    )


def _first_words(answer: GivenAnswer, count: int) -> str:
    quotes = " ".join(citation.quote for citation in answer.citations)
    return " ".join(f"{_strip_markers(answer.answer)} {quotes}".split()[:count])


def _is_expected(case: Case, citation: GivenCitation) -> bool:
    for report, labels in case.expected_paragraphs:
        if report and _stem(citation.source) != report:
            continue
        if citation.paragraph in labels:
            return True
        if case.where and citation.paragraph is None:
            return True
    return False


def _report_of(case: Case) -> str:
    reports = [report for report, _ in case.expected_paragraphs if report]
    return reports[0] if len(reports) == 1 else "several"


def _stem(source: str) -> str:
    return re.sub(r"\.\w+$", "", source)


def _summarise(name: str, scores: Sequence[CaseScore]) -> KindScore:
    seconds = sorted(s.seconds for s in scores) or [0.0]
    cut = quantiles(seconds, n=20) if len(seconds) > 1 else [seconds[0]] * 19
    return KindScore(
        kind=name,
        cases=len(scores),
        right=_share(s.right for s in scores),
        citation_hit=_share(s.citation_hit for s in scores if s.citation_hit is not None),
        first_hit=_share(s.first_hit for s in scores if s.first_hit is not None),
        declined=_share(s.declined for s in scores),
        verbatim=_share(s.verbatim for s in scores),
        p50=cut[9],
        p95=cut[18],
    )


def _share(values: Iterable[bool | None]) -> float | None:
    """Share of true values; None, not NaN, where there are none."""
    known = [bool(value) for value in values]
    return sum(known) / len(known) if known else None


def _strip_markers(text: str) -> str:
    return _MARKER.sub(" ", text)


def _fold(text: str) -> str:
    table = {
        0x2018: "'",
        0x2019: "'",
        0x201C: '"',
        0x201D: '"',
        0x2013: "-",
        0x2014: "-",
        0x2212: "-",
    }
    folded = text.lower().translate(table).replace("\u00ad", "")
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-\s+(?=\w)", "-", folded)).strip()


def _has(text: str, phrase: str) -> bool:
    """Whole-word occurrence, folded; a hyphen and its absence count the same."""
    where, what = _fold(text), _fold(phrase)
    pattern = rf"(?<!\w){re.escape(what)}(?!\w)"
    if re.search(pattern, where):
        return True
    loose = rf"(?<!\w){re.escape(what.replace('-', ' '))}(?!\w)"
    return bool(re.search(loose, where.replace("-", " ")))
