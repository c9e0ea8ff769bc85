"""Follow-ups: what a short question refers to in the turns before it.

A follow-up is one of: a request for the place ("which paragraph says so?"), the last question
with another council or year ("and Norfolk?", "no, I meant 2018", "five years later?"), the
last question with another topic ("and for care leavers?"), or a new question that leans on
the last one's subject ("by when?", "what have they done about it?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.models import Answer, Citation, Conversation, Intent, Status, Turn
from assistant.scope import Authorities, years_in
from assistant.words import NUMBER_WORDS, key_terms
from index.catalog import Report

_WHERE = re.compile(
    r"^(?:and |so |ok,? )?(?:which|what) (?:paragraph|page|para)\b|"
    r"^where (?:does|did|is|was|do) (?:it|that|this|they|the report)\b.{0,25}$|"
    r"^(?:what'?s|show me) (?:the |your )?(?:source|reference|citation)|^says who",
    re.I,
)
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
_LATER = re.compile(
    r"\b(?P<count>\w+) years? (?P<way>later|on|after|earlier|before)(?: that| then)?\b", re.I
)
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
    ]
)
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

    def reports(self, authorities: Authorities) -> Sequence[Report]:
        """The reports of the turn before, still in the index."""
        return [r for r in authorities.reports if r.id in self.carried]


def resolve(text: str, conversation: Conversation, authorities: Authorities) -> Resolved:
    """Fill in a follow-up from the conversation so far."""
    last = conversation.turns[-1] if conversation.turns else None
    if last is None:
        return Resolved(text)
    carried = _carried(last)
    if _WHERE.match(text) and last.answer.citations:
        return Resolved(text, _place_of(last))
    topic = _LEAD.sub("", text).strip(" ?.!,")
    named = authorities.find(topic)
    years = years_in(topic)
    moved = _moved_year(topic, last)
    subject = _subject(topic, authorities)
    if not subject and (named or years or moved):
        return Resolved(_asked_again(last, topic, authorities, moved), carried=carried)
    if named or years:
        return Resolved(text, carried=carried)
    if re.match(r"^why\b", topic, re.I) and len(topic.split()) <= 3:
        return Resolved(f"Why {_bare(last)}?", carried=carried)
    short = len(text.split()) <= _SHORT
    if short and _FOLLOWS.match(text) and not _is_question(topic):
        return Resolved(_with_topic(last, topic), carried=carried, topic=topic)
    if short and (_BACKWARD.search(topic) or len(subject) <= 1):
        return Resolved(f"{topic}? ({_bare(last)})", carried=carried)
    return Resolved(text, carried=carried)


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
    if last.answer.intent is Intent.GRADE:
        return f"What grade was given {'' if clean.lower().startswith('for ') else 'for '}{clean}?"
    if last.answer.intent is Intent.ACTIONS:
        return f"What actions are recommended {clean}?"
    if last.answer.intent is Intent.DATE:
        return f"{_opening(last)} {clean}?"
    return f"{_bare(last)}: {clean}?"


def _opening(last: Turn) -> str:
    match = re.match(r"^(?:by when|how soon|when|what'?s the deadline)\b", last.question, re.I)
    return match.group(0) if match else "When"


def _bare(last: Turn) -> str:
    """The last question without names and years that chose its report."""
    text = last.understood.bare if last.understood is not None else last.question
    return re.sub(r"\s*\([^)]*\)$", "", text).strip(" ?.")


def _is_question(text: str) -> bool:
    opens = re.match(
        r"^(?:by when|how|what|who|when|why|where|which|is|are|was|were|do|does|did|has|have)\b",
        text,
        re.I,
    )
    return opens is not None
