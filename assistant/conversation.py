"""Follow-ups: what a short question refers to in the turns before it.

A follow-up is one of: a request for the place ("which paragraph says so?"), the last question
with another council or year ("and Norfolk?", "no, I meant 2018", "five years later?"), the
last question with another topic ("and for care leavers?"), or a new question that leans on
the last one's subject ("by when?", "what have they done about it?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.models import Answer, Citation, Conversation, Intent, Status, Turn
from assistant.scope import Authorities, years_in
from assistant.words import GROUPS, NUMBER_WORDS, key_terms
from index.catalog import Report

_WHERE = re.compile(
    r"^(?:and |so |ok,? )?(?:which|what) (?:paragraph|page|para)\b|"
    r"^where (?:(?:does|did|do) (?:it|that|this|they|the report|you) (?:say|state|mention|come from|get|find|read)\b.{0,20}|"
    r"(?:is|was) (?:it|that|this)(?: (?:said|written|stated|mentioned|from|in the report))?)\W*$|"
    r"^(?:what'?s|show me) (?:the |your )?(?:source|reference|citation)|^says who",
    re.I,
)
_FILLED_IN = re.compile(r"\?\s*\((.+)\)\W*$", re.DOTALL)
"""What a follow-up was filled in with: it stands behind its question mark, in brackets."""
_LEAD = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|or|also|then|no|sorry|actually|well|right|thanks)\b[\s,.]*)*"
    r"(?:(?:i meant?|what about|how about|what of|same (?:question )?(?:for|again)|the same for|compare (?:that|it) with)\b\s*)?",
    re.I,
)
_FOLLOWS = re.compile(
    r"^(?:and|but|so|ok|or|also|then|no\b|sorry|actually|what about|how about|what of|same)\b", re.I
)
_BACKWARD = re.compile(
    r"\b(?:it|that|this|they|those|these|there|them|their|its|he|she|ones?|both|still)\b", re.I
)
_BEFORE_IT = re.compile(
    r"\b(?:(?:in|at|of|for) )?(?:the )?(?:(?:time|one|report|inspection|visit) before(?: (?:that|this|it))?|before (?:that|then)|"
    r"(?:previous|earlier|older|prior) (?:one|report|inspection|time))\b",
    re.I,
)
_AFTER_IT = re.compile(
    r"\b(?:(?:in|at|of|for) )?the (?:next|following|newer|later|subsequent) (?:one|report|inspection|time)\b",
    re.I,
)
_LATEST = re.compile(
    r"\b(?:(?:in|at|of|for|by) )?the (?:latest|newest|most recent|current)(?: (?:one|report|inspection))?\b|\b(?:now|nowadays|these days|today)$",
    re.I,
)
_COMPARED = re.compile(
    r"\bcompar(?:e|ed|es|ing)\b.{0,30}\b(?:with|to|against)\b|\bversus\b|\bvs\b|\b(?:better|worse|higher|lower|more|fewer|less) than\b",
    re.I,
)
_THAT = re.compile(r"\b(?:it|that|this|these|those|them|they)\b", re.I)
_WHEN_WAS = re.compile(r"^when (?:was|were|is) (?:that|this|it|they|those)$", re.I)
_DATED = re.compile(
    r"\b(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December) (?:19|20)\d\d\b"
)
_SAME_VALUE = re.compile(
    r"^(?:(?:and|so|but|ok(?:ay)?|then)\b[\s,]*)*(?:what|how (?:much|many|high|low))(?:['\u2019]s| is| was| were| are) "
    r"(?:it|that|this|they)\b(?= (?:in|for|at|before|back|then|the)\b)",
    re.I,
)
"""Asks once more for the value of the turn before: after a yes or no, of the turn before that."""
_ONE_VALUE = (Intent.COUNT, Intent.GRADE, Intent.DATE)
_ASKS_BEHIND = re.compile(
    r"[,;:\u2013-]\s*(?:what(?:['\u2019]s)?|how|why|who(?:['\u2019]s)?|when|where|which|is|are|was|were|do|does|did|has|have)\b",
    re.I,
)
"""A topic with its own question behind it: ``their plans, what's weak there?``"""
_PEOPLE = re.compile(r"\b(?:they|them|their|those|these|ones?)\b", re.I)
_LATER = re.compile(
    r"\b(?P<count>\w+) years? (?P<way>later|on|after|earlier|before)(?: that| then)?\b", re.I
)
_DUE = re.compile(r"\b(?:with)?in (?:\w+ )?(?:days|weeks|months)\b|\bimmediately\b", re.I)
_FILLER = frozenset(
    [
        "in",
        "for",
        "the",
        "report",
        "reports",
        "inspection",
        "one",
        "again",
        "back",
        "question",
        "year",
        "that",
        "of",
        "at",
        "from",
        "then",
        "earlier",
        "previous",
        "older",
        "newer",
        "later",
        "latest",
        "last",
        "first",
        "recent",
        "percentage",
        "percent",
        "number",
        "share",
        "proportion",
        "figure",
        "total",
        "still",
        "exactly",
    ]
)
_VERY_SHORT = 5
_SHORT = 9
"""Words up to which a question without a scope of its own may lean on the one before."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with what it leaves out filled in, or an answer that needs no search."""

    text: str
    answer: Answer | None = None
    carried: tuple[str, ...] = field(default=())
    topic: str = ""
    """The words of the follow-up's own topic, where it takes the last question's place."""
    leaning: bool = False
    """Whether ``text`` holds the whole question of the turn before."""
    focus: frozenset[tuple[str, str]] = frozenset()
    """(report id, block key) of what the turn before cited, where the follow-up points to it."""

    quoted: frozenset[tuple[str, int, int]] = frozenset()
    """(report id, page, offset) of the sentences that the turn before quoted."""

    pinned: bool = True
    """Whether a year had chosen the reports carried on."""

    def reports(self, authorities: Authorities) -> Sequence[Report]:
        """The reports of the turn before, still in the index."""
        return [r for r in authorities.reports if r.id in self.carried]


def resolve(text: str, conversation: Conversation, authorities: Authorities) -> Resolved:
    """Fill in a follow-up from the conversation so far."""
    if not conversation.turns:
        return Resolved(text)
    places = [t for t in conversation.turns if _WHERE.match(t.question) and t.answer.citations]
    last = next(
        (t for t in reversed(conversation.turns) if t not in places), conversation.turns[-1]
    )
    if _SAME_VALUE.match(text) and _intent_of(last) is Intent.YES_NO:
        valued = [t for t in conversation.turns if _intent_of(t) in _ONE_VALUE]
        last = valued[-1] if valued else last
    resolved = _filled(text, last, authorities)
    pinned = last.scope is None or last.scope.pinned or last.scope.selected
    quoted = frozenset((c.report, c.spans[0].page, c.spans[0].start) for c in last.answer.citations)
    return replace(resolved, pinned=pinned or resolved.carried != _carried(last), quoted=quoted)


def _filled(text: str, last: Turn, authorities: Authorities) -> Resolved:
    cited = _cited(last)
    if _WHERE.match(text) and last.answer.citations:
        return Resolved(text, _place_of(last))
    topic = _LEAD.sub("", text).strip(" ?.!,")
    if _WHEN_WAS.match(topic):
        return _when(text, last)
    named = authorities.find(topic)
    years = years_in(topic)
    carried, topic, stepped = _stepped(topic, last, authorities, bool(named or years))
    moved = _moved_year(topic, last)
    subject = _subject(topic, authorities)
    if _COMPARED.search(text) and (named or years or stepped):
        compared = _compared(last, topic, subject, authorities)
        return Resolved(compared, carried=carried, leaning=not subject)
    if stepped and not subject:
        return Resolved(f"{_bare(last)}?", carried=carried, leaning=True)
    if not subject and (named or years or moved):
        again = _asked_again(last, topic, authorities, moved)
        return Resolved(again, carried=carried, leaning=True)
    points_back = bool(_BACKWARD.search(topic))
    short = len(text.split()) <= _SHORT
    if named or years:
        if short and len(subject) <= 1 and _THAT.search(topic):
            filled = f"{topic}? ({_leant_on(last)})"
            return Resolved(filled, carried=carried, leaning=True, focus=cited)
        return Resolved(text, carried=carried)
    if stepped:
        return Resolved(topic, carried=carried)
    if re.match(r"^why\b", topic, re.I) and len(subject) <= 1 and short:
        filled = f"Why {topic[3:].strip(' ,')}? ({_leant_on(last)})"
        return Resolved(filled, carried=carried, leaning=True, focus=cited)
    own = _is_question(topic) or _ASKS_BEHIND.search(topic)
    if short and _FOLLOWS.match(text) and not own:
        filled = _with_topic(last, topic)
        return Resolved(filled, carried=carried, topic=topic, leaning=True, focus=cited)
    few = len(subject) <= (2 if len(text.split()) <= _VERY_SHORT else 1)
    if short and few and (points_back or not subject or _FOLLOWS.match(text)):
        filled = f"{topic}? ({_leant_on(last)})"
        return Resolved(filled, carried=carried, leaning=True, focus=cited)
    if points_back:
        return Resolved(_with_group(text, topic, last), carried=carried, focus=cited)
    return Resolved(text, carried=carried)


def _intent_of(turn: Turn) -> Intent | None:
    return turn.understood.intent if turn.understood is not None else turn.answer.intent


def _when(text: str, last: Turn) -> Resolved:
    """ "When was that?": the date in what was quoted, else the inspection's."""
    carried = _carried(last)
    dated = [c for c in last.answer.citations if _DATED.search(c.quote)]
    if dated and last.answer.intent not in (Intent.GRADE, Intent.PERSON):
        when = _DATED.search(dated[0].quote)
        assert when is not None
        answer = Answer(
            Status.ANSWERED,
            f"{when.group(0)}, as the report says.",
            tuple(dated[:1]),
            reports=last.answer.reports,
            intent=Intent.DATE,
        )
        return Resolved(text, answer, carried=carried)
    return Resolved("When was the inspection?", carried=carried)


def _stepped(
    topic: str, last: Turn, authorities: Authorities, placed: bool
) -> tuple[tuple[str, ...], str, bool]:
    """The reports carried on, moved where the follow-up says so ("and the time before?", "in the
    latest report"): their ids, the topic without the words that said it, and whether it did."""
    carried = _carried(last)
    held = [r for r in authorities.reports if r.id in carried]
    if not held:
        return carried, topic, False
    family = authorities.family_of(held[-1])
    place = family.index(held[-1])
    for pattern, target in (
        (_BEFORE_IT, place - 1), (_AFTER_IT, place + 1), (_LATEST, len(family) - 1)
    ):  # fmt: skip
        if not pattern.search(topic) or placed:
            continue
        if not 0 <= target < len(family):
            return carried, topic, False
        return (family[target].id,), pattern.sub(" ", topic).strip(" ?.!,"), True
    return carried, topic, False


def _compared(last: Turn, topic: str, subject: Sequence[str], authorities: Authorities) -> str:
    """The last question, or the follow-up's own, asked of its reports and of those now named."""
    held = last.scope.reports[-1:] if last.scope is not None else ()
    with_these = " and ".join(f"{r.authority} {r.day.year if r.day else ''}".strip() for r in held)
    if subject:
        return f"{topic} ({with_these})?"
    named = [topic[start:end] for start, end, _ in authorities.find(topic)] or [
        r.authority for r in held
    ]
    years = " ".join(str(year) for year in years_in(topic))
    return f"{_bare(last)} in {with_these} and {' and '.join(named)} {years}".strip() + "?"


def _with_group(text: str, topic: str, last: Turn) -> str:
    """A question of its own subject, with the people that its "they" stands for: those of the
    last question."""
    if not _PEOPLE.search(topic) or any(group.search(topic) for group in GROUPS.values()):
        return text
    for group in GROUPS.values():
        meant = group.search(_bare(last))
        if meant:
            return f"{text.rstrip(' ?')} ({meant.group(0)})?"
    return text


def _cited(last: Turn) -> frozenset[tuple[str, str]]:
    shown = last.answer.citations or last.answer.nearest[:1]
    return frozenset((c.report, c.key) for c in shown)


def _carried(last: Turn) -> tuple[str, ...]:
    if last.answer.reports:
        return last.answer.reports
    if last.scope is not None and len(last.scope.reports) < 8:
        return tuple(report.id for report in last.scope.reports)
    return ()


def _place_of(last: Turn) -> Answer:
    """The places of the last answer's citations, numbered paragraphs first."""
    ordered = sorted(last.answer.citations, key=lambda c: c.paragraph is None)
    places = dict.fromkeys(f"{c.label} of {c.report_name}" for c in ordered[:3])
    return Answer(
        Status.ANSWERED,
        "; ".join(places) + ".",
        tuple[Citation, ...](ordered),
        reports=last.answer.reports,
        intent=last.answer.intent,
    )


def _subject(topic: str, authorities: Authorities) -> list[str]:
    """The topic's own key terms, apart from names of councils and years."""
    bare = topic
    for start, end, _ in reversed(authorities.find(topic)):
        bare = f"{bare[:start]} {bare[end:]}"
    bare = _LATER.sub(" ", bare)
    return [t for t in key_terms(bare) if t not in _FILLER and not re.fullmatch(r"\d{4}", t)]


def _moved_year(topic: str, last: Turn) -> int | None:
    """The year meant by "five years later", counted from the last turn's report."""
    match = _LATER.search(topic)
    if match is None or last.scope is None or not last.scope.reports:
        return None
    word = match.group("count").lower()
    count = int(word) if word.isdigit() else NUMBER_WORDS.get(word, 0)
    day = last.scope.reports[-1].day
    if not count or day is None:
        return None
    return day.year + (count if match.group("way").lower() in ("later", "on", "after") else -count)


def _asked_again(last: Turn, topic: str, authorities: Authorities, moved: int | None) -> str:
    """The last question, of the council and year that the follow-up names."""
    named = [topic[start:end] for start, end, _ in authorities.find(topic)]
    years = [str(year) for year in years_in(topic)] or ([str(moved)] if moved else [])
    if not named and last.scope is not None and last.scope.reports:
        named = [last.scope.reports[-1].authority]
    return f"{_bare(last)} in {' and '.join(named)} {' '.join(years)}".strip() + "?"


def _with_topic(last: Turn, topic: str) -> str:
    """The last sort of question, asked of another topic."""
    clean = re.sub(r"\b(?:there|then|too|as well)\b", " ", topic).strip()
    intent = _intent_of(last)
    if intent is Intent.GRADE:
        return f"What grade was given {'' if clean.lower().startswith('for ') else 'for '}{clean}?"
    if intent is Intent.ACTIONS or _DUE.search(clean):
        return f"What actions are recommended {clean}?"
    if intent is Intent.DATE:
        return f"{_opening(last)} {clean}?"
    return f"{_bare(last)}: {clean}?"


def _opening(last: Turn) -> str:
    match = re.match(r"^(?:by when|how soon|when|what'?s the deadline)\b", last.question, re.I)
    return match.group(0) if match else "When"


def _bare(last: Turn) -> str:
    """The last question without names and years that chose its report."""
    text = last.understood.bare if last.understood is not None else last.question
    bare = re.sub(r"\s*\([^)]*\)\W*$", "", text).strip(" ?.")
    return bare[:1].lower() + bare[1:] if re.match(r"[A-Z][a-z]*\s", bare) else bare


def _leant_on(last: Turn) -> str:
    """What a follow-up leans on: the last question, or what that leaned on in its turn."""
    inner = _FILLED_IN.search(last.question)
    return inner.group(1).strip() if inner else _bare(last)


def _is_question(text: str) -> bool:
    opens = re.match(
        r"^(?:by when|how|what|who|when|why|where|which|is|are|was|were|do|does|did|has|have)\b",
        text,
        re.I,
    )
    return opens is not None
