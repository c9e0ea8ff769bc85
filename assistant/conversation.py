"""Follow-ups: what a short question refers to in the turns before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.models import Answer, Conversation, Status
from assistant.scope import Authorities
from index.catalog import Report

_WHERE = re.compile(
    r"^(?:and |so |ok,? )?(?:which|what) (?:paragraph|page|para)\b|^where (?:does|did|is|was|do) (?:it|that|this|they|the report)\b.{0,25}$|"
    r"^(?:what'?s|show me) (?:the |your )?(?:source|reference|citation)|^says who",
    re.I,
)
_FOLLOW = re.compile(
    r"^(?:and|but|what about|how about|what of|or|so|also|ok|then|no,? i meant|same for|in)\b", re.I
)
_POINTS_BACK = re.compile(
    r"\b(?:it|that|this|they|those|these|there|them|their|he|she|then|one|ones|both)\b", re.I
)
_LEAD = re.compile(
    r"^(?:and|but|so|ok|or|also|then|no,? i meant|what about|how about|what of|same for)\b[\s,]*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with what it leaves out filled in, or an answer that needs no search."""

    text: str
    answer: Answer | None = None
    carried: tuple[str, ...] = field(default=())

    def reports(self, authorities: Authorities) -> Sequence[Report]:
        """The reports of the turn before, still in the index."""
        return [r for r in authorities.reports if r.id in self.carried]


def resolve(text: str, conversation: Conversation) -> Resolved:
    """Fill in a follow-up from the conversation so far."""
    last = conversation.turns[-1] if conversation.turns else None
    if last is None:
        return Resolved(text)
    carried = last.answer.reports or (
        tuple(r.id for r in last.scope.reports)
        if last.scope and len(last.scope.reports) < 8
        else ()
    )
    if _WHERE.match(text) and last.answer.citations:
        places = "; ".join(
            dict.fromkeys(f"{c.label} of {c.report_name}" for c in last.answer.citations[:3])
        )
        return Resolved(
            text,
            Answer(
                Status.ANSWERED,
                f"{places}.",
                last.answer.citations,
                reports=last.answer.reports,
                intent=last.answer.intent,
            ),
        )
    if _FOLLOW.match(text) and len(text.split()) <= 9:
        topic = _LEAD.sub("", text).rstrip("?")
        if _is_whole_question(topic):
            return Resolved(text, carried=carried)
        return Resolved(f"{last.question.rstrip('?')}: {topic}?", carried=carried)
    if len(text.split()) <= 3 and re.match(r"^why\b", text, re.I):
        return Resolved(f"Why {last.question}", carried=carried)
    return Resolved(text, carried=carried)


def _is_whole_question(text: str) -> bool:
    return (
        bool(
            re.match(
                r"^(?:how|what|who|when|why|where|which|is|are|was|were|do|does|did|has|have)\b",
                text,
                re.I,
            )
        )
        and len(text.split()) > 3
    )
