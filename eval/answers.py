"""Asking the cases, and the file of answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.batch import batch_answer
from assistant.errors import AskError
from assistant.models import Conversation
from eval.cases import Case
from index.errors import InspectionIndexError


@dataclass(frozen=True, slots=True)
class GivenCitation:
    """A citation as given, and whether its quote stands on its page."""

    source: str
    report: str
    paragraph: str | None
    where: str
    page: int
    quote: str
    verbatim: bool


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the assistant said to one case."""

    id: str
    status: str
    answer: str
    abstained: bool
    citations: tuple[GivenCitation, ...]
    seconds: float


def ask_cases(
    assistant: Assistant,
    cases: Sequence[Case],
    on_answer: Callable[[GivenAnswer], None] = lambda answer: None,
) -> list[GivenAnswer]:
    """Ask every case, dialogues as conversations."""
    given: list[GivenAnswer] = []
    conversations: dict[str, Conversation] = {}
    for case in cases:
        conversation = conversations.setdefault(case.dialogue or case.id, Conversation())
        began = time.perf_counter()
        try:
            answer = assistant.ask(case.question, case.selected, conversation)
        except (AskError, InspectionIndexError) as error:
            given.append(
                GivenAnswer(case.id, "error", str(error), True, (), time.perf_counter() - began)
            )
            continue
        seconds = time.perf_counter() - began
        shown = batch_answer(answer)
        citations = tuple(
            GivenCitation(
                c.source,
                c.report,
                c.paragraph,
                c.where,
                c.page,
                c.quote,
                assistant.is_verbatim(c),
            )
            for c in (answer.citations or answer.nearest)
        )
        made = GivenAnswer(
            case.id, shown["status"], shown["answer"], shown["abstained"], citations, seconds
        )
        given.append(made)
        on_answer(made)
    return given


def write_answers(path: Path, answers: Sequence[GivenAnswer]) -> None:
    """Write answers as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(answer), ensure_ascii=False) for answer in answers]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_answers(path: Path) -> list[GivenAnswer]:
    """Read what :func:`write_answers` wrote."""
    answers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        data: dict[str, Any] = json.loads(line)
        data["citations"] = tuple(GivenCitation(**c) for c in data["citations"])
        answers.append(GivenAnswer(**data))
    return answers
