"""From plain words to facts: which grade, date, person or action a question means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.models import Intent, Question
from assistant.query_map import QueryMap
from assistant.questions import asks_for_deadline, speaks_of_grades, without_report
from assistant.words import (
    alternatives_in,
    coverage,
    key_terms,
    stem,
    stems_of,
    synonyms_in,
    words_of,
)
from index.build import Index
from index.catalog import Report
from index.facts.areas import (
    ADOPTION,
    CARE_LEAVERS,
    CHILDREN_IN_CARE,
    HELP_AND_PROTECTION,
    LEADERSHIP,
    LSCB,
    OVERALL,
)
from index.grades import RANK, find_grades
from index.models import Action, DateFact, Fact, Judgement, Person, PreviousGrade

_AREA_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LSCB, re.compile(r"\blscb\b|safeguarding (?:children )?board|\bthe board\b", re.I)),
    (ADOPTION, re.compile(r"\badopt(?:ion|ions|ed|ers?)\b", re.I)),
    (
        HELP_AND_PROTECTION,
        re.compile(
            r"help (?:and|&|or) protection|protect(?:ion|ing|ed)?\b|need(?:ing)? help|early help|front door",
            re.I,
        ),
    ),
    (
        LEADERSHIP,
        re.compile(
            r"\bleader(?:s|ship)?\b|\bmanagement\b|\bgovernance\b|\bmanagers\b|\bbosses\b|at the top",
            re.I,
        ),
    ),
    (CARE_LEAVERS, re.compile(r"care leavers?\b|leaving care|left care|care[- ]experienced", re.I)),
    (
        CHILDREN_IN_CARE,
        re.compile(
            r"\bin (?:its |their |the council's )?care\b|looked[- ]after|\blac\b|\bcla\b|permanence|children looked after",
            re.I,
        ),
    ),
    (OVERALL, re.compile(r"\boverall\b|\bheadline\b|in general|as a whole|general rating", re.I)),
)
_SOURCES = {"front table": 5, "closing table": 5, "heading": 3, "grade line": 3, "sentence": 2}
_LOOKED_UP = ("judgement", "date", "person", "action", "previous_grade")
_PRESUMES = re.compile(
    r"\b(?:why|how come|what (?:made|led|caused)|reasons?)\b.{0,80}\b(?:judged|rated|graded|classed|get|got|given|"
    r"was|were|is|are|rating|grade|judgement)\b",
    re.I,
)
_WHOLE = re.compile(r"\b(?:council|authority|borough|county|services?|rated|graded|judged)\b", re.I)
_SURE = 0.60
_NAMED_WHOLE = 0.45
"""Added where the question holds all the words of an area's name."""
_BESIDE = 0.12
"""Taken off for every word of the question, after the first, that no area's name explains."""
_SURE_ACTION = 0.30
_NEAR_BEST, _ABOVE_MIDDLE, _OF_SEVERAL = 0.6, 0.5, 0.85
"""Which actions are of a theme: those near the best and well above the middle one; of a list of
themes, those nearest to the best of each."""
_SPOKEN_OF = 0.5
"""Share of a theme's words that an action must hold, unless actions are asked for outright."""
_ASKED_OUTRIGHT = re.compile(
    r"\b(?:recommend\w*|improve\w*|actions?|priorit\w+|told|asked|required|must|to[- ]do|deadline|weeks|months|"
    r"need(?:s|ed)? to|work on|put right|fix|do better|areas)\b",
    re.I,
)
_BOTH_PARTS = re.compile(
    r"\b(?:council|authority|both)\b.{0,30}\b(?:and|or|as well as)\b.{0,20}\bboard\b|\bboard\b.{0,20}\b(?:and|or|as well as)\b.{0,20}\b(?:council|authority)\b",
    re.I,
)
_URGENT = re.compile(r"\b(?:priority|immediate)\b", re.I)
_PRIORITY = re.compile(r"\bpriorit(?:y|ies)\b", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """A fact that fits a question, with how well."""

    fact: Fact
    report: Report
    score: float


class FactFinder:
    """Looks facts up by the words of a question."""

    def __init__(self, index: Index, query_map: QueryMap | None = None) -> None:
        self._index = index
        self._query_map = query_map
        self._facts: dict[int, list[Fact]] = {}
        self._judgements: dict[int, list[Judgement]] = {}

    def forget(self) -> None:
        """Drop what is held after the index has changed."""
        self._facts.clear()
        self._judgements.clear()

    def facts(self, report: Report) -> list[Fact]:
        """All facts of a report."""
        if report.number not in self._facts:
            found = self._index.catalog.facts(report.number, _LOOKED_UP)
            self._facts[report.number] = [fact for _, fact in found]
        return self._facts[report.number]

    def judgements(self, report: Report) -> list[Judgement]:
        """A report's grades."""
        if report.number not in self._judgements:
            self.hold_judgements([report])
        return self._judgements[report.number]

    def hold_judgements(self, reports: Sequence[Report]) -> None:
        """Look up the grades of many reports at once, before they are asked for one by one."""
        missing = {r.number for r in reports} - set(self._judgements)
        if not missing:
            return
        found: dict[int, list[Judgement]] = {number: [] for number in missing}
        for number, fact in self._index.catalog.facts(missing, ("judgement",)):
            if isinstance(fact, Judgement):
                found[number].append(fact)
        self._judgements |= found

    def judgement_of(self, report: Report, key: str) -> Judgement | None:
        """The report's grade for an area by key: from its table if it has one."""
        fitting = [j for j in self.judgements(report) if j.area_key == key]
        if key == CARE_LEAVERS and not fitting:
            fitting = [
                j for j in self.judgements(report) if re.search(r"care leavers", j.area, re.I)
            ]
        if key == CHILDREN_IN_CARE and not fitting:
            fitting = [
                j
                for j in self.judgements(report)
                if j.area_key == OVERALL and j.block == "looked after children"
            ]
        fitting.sort(key=lambda j: -_SOURCES.get(j.source, 0))
        return fitting[0] if fitting else None

    def areas_asked(self, question: Question) -> list[str]:
        """Keys of the areas that the question's own words name."""
        return [key for key, pattern in _AREA_WORDS if pattern.search(question.bare)]

    def find_judgements(self, question: Question, report: Report) -> list[Found]:
        """Grades that the question asks for, best first; empty if none fits well.

        Where two blocks of a report grade the same area differently and the question names
        neither, both are given.
        """
        judgements = self.judgements(report)
        if not judgements:
            return []
        scores = self._fit(question, judgements)
        ranked = sorted(
            (Found(j, report, float(s)) for j, s in zip(judgements, scores, strict=True)),
            key=lambda f: -f.score,
        )
        best = ranked[0]
        if best.score < _SURE:
            return []
        chosen = [best]
        top = best.fact
        assert isinstance(top, Judgement)
        for other in ranked[1:]:
            fact = other.fact
            assert isinstance(fact, Judgement)
            close = other.score > best.score - 0.08 and fact.area_key == top.area_key
            agrees = (fact.area_key, fact.block, fact.grade) == (
                top.area_key,
                top.block,
                top.grade,
            )
            if close or agrees:
                chosen.append(other)
        return chosen

    def _fit(self, question: Question, judgements: Sequence[Judgement]) -> np.ndarray:
        block = _block_asked(question.bare)
        blocked = {j.block for j in judgements if j.block}
        subject = [t for t in question.terms if stem(t) not in _GRADE_STEMS]
        if len(blocked) >= 2 and block is not None:
            outside = [t for t in subject if stem(t) not in _BLOCK_STEMS]
            subject = outside or subject
        labels = [j.area for j in judgements]
        vectors = self._index.encoder.encode([" ".join(subject) or question.bare, *labels])
        cosines = vectors[1:] @ vectors[0]
        asked = self.areas_asked(question)
        stems = {stem(t) for t in subject}
        every = stems_of(question.bare)
        scores = np.zeros(len(judgements))
        for i, judgement in enumerate(judgements):
            own = {stem(w) for w in key_terms(judgement.area)}
            phrases = {stem(w) for p in synonyms_in(judgement.area) for w in words_of(p)}
            share = len(stems & (own | phrases)) / max(1, len(stems))
            score = 0.55 * float(cosines[i]) + 0.35 * share
            if not speaks_of_grades(question.text):
                beside = stems - own - phrases - _BLOCK_STEMS - _AREA_STEMS
                score -= _BESIDE * max(0, len(beside) - 1)
            if own and own <= every:
                score += _NAMED_WHOLE
            fits_block = block is not None and judgement.block == block
            if judgement.area_key in asked:
                first = judgement.area_key == asked[0] or len(asked) == 1
                score += 0.45 if first or judgement.area_key != OVERALL else 0.25
            elif asked and len(blocked) < 2:
                score -= 0.15
            if not (stems - _BLOCK_STEMS) and judgement.area_key == OVERALL:
                score += 0.5
            if len(blocked) >= 2 and block is not None:
                score += 0.25 if fits_block else -0.25
            score += 0.02 * _SOURCES.get(judgement.source, 0)
            if judgement.source == "sentence":
                score -= 0.1
            scores[i] = score
        return scores

    def contradicting(self, question: Question, report: Report) -> list[Found]:
        """The grades that contradict what a why-question takes for granted (``why was
        leadership rated inadequate`` where it was good); empty where nothing does."""
        asked = {grade for _, _, grade in find_grades(question.text)}
        if len(asked) != 1 or not _PRESUMES.search(question.text):
            return []
        if asks_for_earlier(question, report):
            return []
        areas = self.areas_asked(question)
        if not areas and _WHOLE.search(question.text):
            areas = [OVERALL]
        if len(areas) != 1:
            return []
        graded = [j for j in self.judgements(report) if j.area_key == areas[0]]
        if not graded or any(j.grade in asked for j in graded):
            return []
        return [Found(j, report, 1.0) for j in graded[:2]]

    def find_earlier(self, question: Question, report: Report) -> list[Found]:
        """The grades that an inspection before this report's gave, as this report tells them, for
        the area and year asked about; the best fitting, and others as good. Empty if none fits.
        """
        told = [f for f in self.facts(report) if isinstance(f, PreviousGrade)]
        years = [year for year in question.fixed_years if year not in report.years]
        if years:
            told = [f for f in told if f.year in years]
        if not told:
            return []
        asked = self.areas_asked(question)
        stems = frozenset(
            s for t in question.terms if (s := stem(t)) not in _GRADE_STEMS | _EARLIER_STEMS
        )
        alternatives = alternatives_in(question.bare)
        scored = []
        for fact in told:
            named = stems_of(fact.area)
            share = coverage(stems, alternatives, named)
            keyed = fact.area_key in asked or any(
                key in asked and pattern.search(fact.area) for key, pattern in _AREA_WORDS
            )
            whole = not asked and fact.area_key in (OVERALL, "service", "local_authority")
            scored.append(Found(fact, report, share + (1.0 if keyed or whole else 0.0)))
        best = max(f.score for f in scored)
        if best < _SURE:
            only = len({_earlier_grade(f) for f in scored}) == 1 and not asked
            return scored[:1] if only else []
        return [f for f in scored if f.score >= best - 0.01][:4]

    def table_rows(self, report: Report, key: str | None = None) -> list[Found]:
        """The rows of a report's judgement tables (of one area, if a key is given)."""
        return [
            Found(j, report, 1.0)
            for j in self.judgements(report)
            if j.source in ("front table", "closing table") and key in (None, j.area_key)
        ]

    def asks_for_extreme(self, question: Question) -> bool:
        """Whether the best or the worst grade is asked for, whatever it is of."""
        return bool(_EXTREME.search(question.bare)) and not self.areas_asked(question)

    def extreme_rows(self, question: Question, report: Report) -> list[Found]:
        """The rows with the best or the worst grade, where one of these is asked for; else all."""
        rows = self.table_rows(report)
        ranks = [RANK[_row_grade(row)] for row in rows]
        for pattern, place in ((_WORST, max), (_BEST, min)):
            if rows and _EXTREME.search(question.bare) and pattern.search(question.bare):
                return [r for r, rank in zip(rows, ranks, strict=True) if rank == place(ranks)]
        return rows

    def find_front_fact(self, question: Question, report: Report) -> list[Found]:
        """Inspection dates, publication date or lead inspector, when that is what is asked."""
        text = question.text
        found: list[Found] = []
        for fact in self.facts(report):
            counts = question.intent is Intent.COUNT
            if isinstance(fact, Person) and not counts and _asks_for_inspector(text):
                found.append(Found(fact, report, 1.0))
            dated = question.intent is Intent.DATE or (
                question.intent is Intent.NARRATIVE and not _TELLS_MORE.match(text)
            )
            asked = without_report(text, report.years)
            if isinstance(fact, DateFact) and dated and _asks_for_date_of(asked, fact.event):
                found.append(Found(fact, report, 1.0))
        return found

    def find_actions(self, question: Question, report: Report) -> list[Found]:
        """What the report asks for, narrowed to the part, deadline and theme asked about.

        Without a theme, or with one that no action speaks of, all of them; in the report's
        own order. Empty if the report has none.
        """
        actions = [f for f in self.facts(report) if isinstance(f, Action)]
        deadline = _deadline_asked(question.text)
        if deadline:
            actions = [
                a
                for a in actions
                if (a.deadline and _same_deadline(deadline, a.deadline))
                or (deadline == "immediately" and _URGENT.search(a.section))
            ] or actions
        part = None if _BOTH_PARTS.search(question.bare) else _block_asked(question.bare)
        own_part = [a for a in actions if a.block == part]
        if part and own_part:
            actions = own_part
        if _PRIORITY.search(question.text):
            actions = [a for a in actions if _URGENT.search(a.section)] or actions
        subject = self._theme(question, part if own_part else None)
        if not actions or not subject:
            return [Found(a, report, 1.0) for a in actions]
        themes = self._themes(question, subject)
        chosen: dict[int, float] = {}
        for theme in themes:
            ranked = self._rank_actions(theme, question, actions)
            scores = sorted((score for _, score, _ in ranked), reverse=True)
            if max(share for _, _, share in ranked) == 0.0 and scores[0] < _SURE_ACTION:
                continue
            middle = scores[len(scores) // 2]
            if max(share for _, _, share in ranked) < _SPOKEN_OF and not _ASKED_OUTRIGHT.search(
                question.text
            ):
                continue
            least = max(_NEAR_BEST * scores[0], middle + _ABOVE_MIDDLE * (scores[0] - middle))
            if len(themes) > 1:
                least = _OF_SEVERAL * scores[0]
            whole = [share >= 1.0 for _, _, share in ranked]
            telling = len(theme) > 1 and sum(whole) <= len(whole) // 2
            for i, (_, score, _) in enumerate(ranked):
                if score >= least or (telling and whole[i]):
                    chosen[i] = max(score, chosen.get(i, 0.0))
        if not chosen and not _ASKED_OUTRIGHT.search(question.text):
            return []
        if not chosen:
            return [Found(a, report, 0.5) for a in actions]
        return [Found(actions[i], report, chosen[i]) for i in sorted(chosen)]

    def action_support(self, question: Question, report: Report) -> float | None:
        """How well the best of a report's actions fits; None where no theme is asked about."""
        actions = [f for f in self.facts(report) if isinstance(f, Action)]
        timed = question.intent is Intent.DATE
        if timed and not asks_for_deadline(question.text):
            return None
        subject = self._theme(question, None)
        if not subject:
            return None
        usable = [a for a in actions if a.deadline] if timed else actions
        if not usable:
            return 0.0
        return max(score for _, score, _ in self._rank_actions(subject, question, usable))

    def find_deadline(self, question: Question, report: Report) -> Found | None:
        """The one action with a deadline that the question asks the deadline of."""
        timed = [f for f in self.facts(report) if isinstance(f, Action) and f.deadline]
        subject = self._theme(question, None)
        if not timed or not subject:
            return None
        ranked = self._rank_actions(subject, question, timed)
        action, score, share = max(ranked, key=lambda item: item[1])
        return Found(action, report, score) if score >= 0.3 and share > 0 else None

    def _themes(self, question: Question, subject: Sequence[str]) -> list[list[str]]:
        """The subject, divided where the question lists several things."""
        listed = re.search(r"(?:\s[-\u2013:]\s|:\s)([^?]+,.+)$", question.bare) or re.search(
            r"\b(?:about|on|for|around|regarding|concerning)\b(.+)$", question.bare, re.I
        )
        if listed is None:
            return [list(subject)]
        parts = re.split(r",|;|\band\b|\([a-z]\)|\bor\b|&", listed.group(1))
        kept = set(subject)
        themes = [[t for t in key_terms(part) if t in kept] for part in parts]
        themes = [theme for theme in themes if theme]
        return themes if len(themes) > 1 else [list(subject)]

    def _theme(self, question: Question, part: str | None) -> list[str]:
        """What the actions asked for are about: the key terms, apart from words of asking and of
        the part of the report, where that is known."""
        drop = set(_ACTION_STEMS)
        if part is not None:
            drop |= _BOARD_STEMS if part == "lscb" else _BLOCK_STEMS
        return [t for t in question.terms if not all(stem(part) in drop for part in t.split("-"))]

    def _rank_actions(
        self, subject: Sequence[str], question: Question, actions: Sequence[Action]
    ) -> list[tuple[Action, float, float]]:
        """(action, score, share of the theme's words in it), in the order given. Words that no
        action holds tell none from another and are left out of the share."""
        alternatives = alternatives_in(question.bare)
        held = [
            stems_of(said) | stems_of(said.replace("-", " "))
            for said in (f"{a.text} {a.section}" for a in actions)
        ]
        stems = frozenset(
            item
            for t in subject
            if any(coverage(frozenset([item := stem(t)]), alternatives, own) for own in held)
        )
        vectors = self._index.encoder.encode([" ".join(subject), *[a.text for a in actions]])
        theme = vectors[0]
        if self._query_map is not None and self._query_map.fits(self._index.encoder.identity):
            theme = self._query_map.move(theme)
        cosines = vectors[1:] @ theme
        ranked = []
        for action, own, cosine in zip(actions, held, cosines, strict=True):
            share = coverage(stems, alternatives, own)
            ranked.append((action, 0.5 * float(cosine) + 0.5 * share, share))
        return ranked


_BEST = re.compile(r"\b(?:best|top|highest|higher|strongest)\b", re.I)
_WORST = re.compile(r"\b(?:worst|bottom|lowest|lower|weakest|poorest)\b", re.I)
_EXTREME = re.compile(
    r"\b(?:best|highest|top|strongest|worst|lowest|weakest|poorest|bottom)\b(?! ?-?(?:line|level))(?:\W+\w+){0,3}?\W+"
    r"(?:grades?|judge?ments?|ratings?|scores?|marks?)\b|"
    r"\b(?:judge?ments?|grades?|ratings?)\b.{0,20}\b(?:highest|lowest|best|worst|(?:higher|lower) than the (?:rest|others?))\b",
    re.I,
)
"""Asks for the best or the worst of the grades, not for the grade of something that is called so."""


def _row_grade(found: Found) -> str:
    assert isinstance(found.fact, Judgement)
    return found.fact.grade


_GRADE_STEMS = {
    stem(w)
    for w in [
        "grade",
        "graded",
        "grading",
        "rating",
        "rated",
        "rate",
        "judged",
        "judgement",
        "judgment",
        "judgements",
        "verdict",
        "score",
        "scored",
        "come",
        "came",
        "good",
        "outstanding",
        "adequate",
        "inadequate",
        "requires",
        "improvement",
        "table",
        "findings",
        "half",
        "block",
        "section",
        "service",
        "services",
        "work",
        "quality",
        "awarded",
        "classed",
    ]
}
_AREA_STEMS = {
    stem(w)
    for w in [
        "experiences", "progress", "help", "protection", "need", "needing", "leadership", "leaders",
        "management", "governance", "impact", "adoption", "permanence", "achieving", "overall",
        "effectiveness", "lscb", "board", "headline", "get", "give", "given", "report", "early",
        "social", "practice", "families", "bosses", "managers", "top", "kids", "judge", "result",
        "mark", "outcome", "outcomes", "inspectors", "ofsted", "latest", "jan", "feb", "mar", "apr",
        "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "pls", "summary", "front", "page",
    ]
}  # fmt: skip
_EARLIER_STEMS = {
    stem(w)
    for w in [
        "before", "previous", "previously", "prior", "last", "earlier", "time", "back", "had",
        "inspection", "inspections", "inspected", "re-inspection", "report", "headline", "overall",
        "children", "services", "service",
    ]
}  # fmt: skip
_BLOCK_STEMS = {
    stem(w)
    for w in ["safeguarding", "looked", "after", "children", "care", "leavers", "child", "lac"]
}
_BOARD_STEMS = {stem(w) for w in ["lscb", "board", "safeguarding", "children", "local"]}
_ACTION_STEMS = {
    stem(w)
    for w in [
        "improve",
        "improvement",
        "improvements",
        "recommendation",
        "recommendations",
        "recommended",
        "action",
        "actions",
        "need",
        "needs",
        "needed",
        "must",
        "told",
        "asked",
        "required",
        "put",
        "right",
        "fix",
        "deadline",
        "immediately",
        "straight",
        "away",
        "months",
        "month",
        "weeks",
        "urgent",
        "urgently",
        "year",
        "half",
        "three",
        "six",
        "todo",
        "list",
        "areas",
        "priority",
        "priorities",
        "work",
        "going",
        "newest",
        "latest",
        "recent",
        "things",
        "thing",
        "everything",
        "whatever",
        "two",
        "four",
        "five",
        "main",
        "next",
        "steps",
        "services",
        "children",
    ]
}


_BEFORE = re.compile(
    r"\b(?:before (?:this|that|then|the|(?:19|20)\d\d)|previous(?:ly)?|prior|last (?:time|inspected|judged)|(?<!at its )(?<!at their )last inspection|"
    r"(?:earlier|older|prior) inspection|used to be|at the (?:last|previous)|first time|(?:going|coming|went|came) into (?:this|the) inspection|back in|going back|had .{2,60} been (?:judged|graded|rated))\b",
    re.I,
)


def names_an_area(areas: Sequence[str], text: str) -> bool:
    """Whether a text speaks of one of some areas by name; for a council overall, of its services."""
    patterns = [pattern for key, pattern in _AREA_WORDS if key in areas]
    if OVERALL in areas:
        patterns.append(_ALL_SERVICES)
    return any(pattern.search(text) for pattern in patterns)


_ALL_SERVICES = re.compile(
    r"\b(?:children[\u2019']?s (?:social care )?services|(?:the|local) (?:council|authority)|services) (?:\w+ ){0,3}(?:was|were|is|are|judged|rated|graded|as)\b|"
    r"\bjudged\b.{0,30}\b(?:council|authority|services) (?:to be|as)\b",
    re.I,
)


def asks_for_earlier(question: Question, report: Report) -> bool:
    """Whether a grade is asked that an inspection before this report's gave."""
    own = report.years
    for year in own:
        meant = re.search(rf"\b(?:in|of) {year}\b", question.text)
        if meant and not re.search(
            rf"\b(?:before|prior to|ahead of) (?:the |its |this )?{year}\b", question.text, re.I
        ):
            return False
    if any(year < min(own, default=0) for year in question.fixed_years):
        return True
    return bool(_BEFORE.search(question.text)) and not _own_year_only(question, report)


def _earlier_grade(found: Found) -> str:
    assert isinstance(found.fact, PreviousGrade)
    return found.fact.grade


def _own_year_only(question: Question, report: Report) -> bool:
    return bool(re.search(r"\bback in\b", question.text, re.I)) and not question.fixed_years


def _block_asked(text: str) -> str | None:
    if re.search(r"\blscb\b|safeguarding (?:children )?board|\bthe board\b", text, re.I):
        return "lscb"
    looked = re.search(r"looked[- ]after|in care|\blac\b|\bcla\b|care leavers", text, re.I)
    safe = re.search(r"safeguarding", text, re.I)
    if looked and not safe:
        return "looked after children"
    if safe and not looked:
        return "safeguarding"
    return None


_OTHER_INSPECTOR = re.compile(
    r"\b(?:deputy|second[- ](?:in[- ]|of )|assistant|other|rest of|second) ?(?:\w+ ){0,3}(?:inspectors?|charge|command|team)\b",
    re.I,
)


def _asks_for_inspector(text: str) -> bool:
    if _OTHER_INSPECTOR.search(text):
        return False
    return bool(
        re.search(
            r"\b(?:lead|reporting|chief) (?:inspector|hmi)\b|\bhmi\b.{0,20}\b(?:in charge|led)\b|\b(?:hmi|inspector|ofsted)(?:'s)? lead\b|\b(?:led|leading|headed|in charge|ran|carried out|conducted|signed|wrote)\b.{0,40}"
            r"\b(?:(?:re-?)?inspections?|visit|report|team|it|(?:this|that) one)\b|who (?:was the|were the|is the|inspected)\b.{0,20}inspect|"
            r"^who inspected|inspector(?:'s)? name",
            text,
            re.I,
        )
        and re.search(r"\b(?:who|whose|name|which (?:inspector|hmi)|inspector|hmi)\b", text, re.I)
    )


_TELLS_MORE = re.compile(
    r"^(?:and |so |but )?(?:how(?! long)|why|who|what (?:was going|did|do|does|has|have|had|happen\w*))\b",
    re.I,
)
"""Opens a question for more than a date, whatever it says of when."""
_OTHER_VISIT = re.compile(
    r"\b(?:focused|monitoring|joint|targeted|follow[- ]up) (?:\w+ )?(?:visits?|inspections?)\b|"
    r"\bvisit that\b",
    re.I,
)
"""Visits other than the inspection that the report is of."""


_DAY_OF = re.compile(
    r"\b(?:last|final|first) day\b.{0,40}\b(?:inspection|visit|fieldwork)\b|\b(?:inspection|visit|fieldwork)\b.{0,60}\b(?:last|final|first) day\b",
    re.I,
)


def _asks_for_date_of(text: str, event: str) -> bool:
    if event != "published" and _DAY_OF.search(text):
        return True
    if re.search(r"\b(?:last|previous|before this|earlier|prior|next)\b", text, re.I):
        return False
    if _OTHER_VISIT.search(text):
        return False
    if event == "published":
        other = re.search(
            r"\b(?:review|plan|strategy|data|guidance|policy|survey|charter|profile)s?\b",
            text,
            re.I,
        )
        return not other and bool(
            re.search(r"\b(?:when|dates?|what (?:day|month|year))\b", text, re.I)
            and re.search(
                r"\b(?:publish\w*|publication|come out|came out|released?|issued)\b", text, re.I
            )
        )
    asks = re.search(
        r"\b(?:when(?! (?:they|a|an|children|people|staff|it comes))|dates?|(?:what|which) (?:days?|weeks?|month)|over what|how long)\b",
        text,
        re.I,
    )
    about = re.search(
        r"\b(?:which|what) dates?\b.{0,40}\b(?:ofsted|inspectors?|inspection|on site)\b|\b(?:inspection (?:take place|happen|dates?|carried|held|done|start|end|last)|inspected|re-?inspected|"
        r"inspectors (?:in|visit|there|were there|come|go|on site|at)|fieldwork\b|(?:ilacs|sif)(?: inspection)? (?:take place|happen|carried|held|done|start|end)|were (?:the )?inspectors\b|(?:date|dates|days) (?:of|was|were|did) (?:the |this |its )?(?:\w+ ){0,4}inspect|"
        r"the (?:\w+ ){0,6}inspection\??$|visit(?:ed)?\b|(?:was|were|did) (?:the |this )?(?:\w+ ){0,6}inspect)",
        text,
        re.I,
    )
    return bool(asks and about) and not re.search(r"publish|come out|came out", text, re.I)


def _deadline_asked(text: str) -> str:
    folded = text.lower()
    if re.search(r"straight ?away|immediate|right away|urgent(?!.*month)|at once", folded):
        return "immediately"
    match = re.search(
        r"\b(three|six|twelve|two|four|one|half a year|\d+)[- ](month|week|year)s?", folded
    )
    if match:
        return f"{match.group(1)} {match.group(2)}"
    if "half a year" in folded:
        return "six month"
    return ""


def _same_deadline(asked: str, printed: str) -> bool:
    digits = {"3": "three", "6": "six", "12": "twelve", "2": "two", "4": "four", "1": "one"}
    first = asked.split()[0]
    return digits.get(first, first) in printed.lower() or first in printed.lower()
