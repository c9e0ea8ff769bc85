"""Questions, citations and answers as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from index.catalog import Report
from index.models import Span


class Status(StrEnum):
    """What became of a question. Everything but ``answered`` is a refusal with its reason."""

    ANSWERED = "answered"
    NOT_STATED = "not_stated"
    NO_SUCH_REPORT = "no_such_report"
    AMBIGUOUS = "ambiguous"
    FALSE_PREMISE = "false_premise"
    UNSUPPORTED = "unsupported"


class Intent(StrEnum):
    """What sort of answer is wanted."""

    GRADE = "grade"
    COUNT = "count"
    DATE = "date"
    PERSON = "person"
    ACTIONS = "actions"
    YES_NO = "yesno"
    WHY = "why"
    NARRATIVE = "narrative"


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with where it stands. ``quote`` is the page's own text, line breaks folded."""

    report: str
    source: str
    report_name: str
    key: str
    paragraph: str | None
    inferred: bool
    where: str
    page: int
    quote: str
    spans: tuple[Span, ...]

    @property
    def label(self) -> str:
        """``¶ 12, p. 4``; by page and place where there is no number."""
        place = f"\u00b6 {self.paragraph}" if self.paragraph else self.where
        inferred = " (number inferred)" if self.paragraph and self.inferred else ""
        return f"{place}{inferred}, p. {self.page}" if place else f"p. {self.page}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown for a question."""

    status: Status
    text: str
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    intent: Intent = Intent.NARRATIVE
    dropped: int = 0
    """Sentences that failed the check and were left out."""

    @property
    def abstained(self) -> bool:
        """Whether this is a refusal, whatever its reason."""
        return self.status is not Status.ANSWERED


@dataclass(frozen=True, slots=True)
class Scope:
    """The reports a question is about, and how that was known."""

    reports: tuple[Report, ...]
    named: bool = False
    selected: bool = False
    years: tuple[int, ...] = ()
    others: tuple[Report, ...] = ()
    """Other reports of the same authority, older or newer."""
    missing: str = ""
    """An authority or year asked for that is not here."""
    pinned: bool = False
    """Whether a year chose the report, now or earlier in the conversation: then no other report
    of the authority will do."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood: its words, what it wants, what it fixes."""

    text: str
    bare: str
    """The text without names of authorities and the years that chose the report."""
    plain: str
    """The text as one would ask it of the one report, whose authority is just the council."""
    intent: Intent
    terms: tuple[str, ...]
    fixed_years: tuple[int, ...] = ()
    fixed_names: tuple[str, ...] = ()
    leaning: bool = False
    """Whether it is a follow-up that holds the whole question of the turn before."""
    focus: frozenset[tuple[str, str]] = frozenset()
    """(report id, block key) of what the turn before cited, for a follow-up."""
    quoted: frozenset[tuple[str, int, int]] = frozenset()
    """(report id, page, offset) where the sentences begin that the turn before quoted."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation with its answer."""

    question: str
    answer: Answer
    understood: Question | None = None
    scope: Scope | None = None


@dataclass(slots=True)
class Conversation:
    """Turns so far; ``id`` is its address."""

    id: str = ""
    turns: list[Turn] = field(default_factory=list)
