"""Batches: questions from a JSON-lines file, answers to another. The contract of the files
is in the README; it stays."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.assistant import Assistant
from assistant.errors import AskError, BadBatch
from assistant.models import Answer, Conversation
from index.errors import InspectionIndexError

log = logging.getLogger(__name__)


class BatchTurn(BaseModel):
    """One turn of a dialogue."""

    model_config = ConfigDict(extra="ignore")
    question: str
    reports: list[str] = Field(default_factory=list)


class BatchLine(BaseModel):
    """One line of a batch: a question, or a dialogue."""

    model_config = ConfigDict(extra="ignore")
    id: str
    question: str | None = None
    reports: list[str] = Field(default_factory=list)
    turns: list[BatchTurn] | None = None


def read_batch(path: Path) -> list[BatchLine]:
    """The lines of a batch file.

    Raises:
        BadBatch: a line is not what it should be; names the line.
    """
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            line = BatchLine.model_validate_json(text)
        except ValidationError as error:
            raise BadBatch(
                f"{path}, line {number}: {error.errors()[0]['msg']}. Each line is an object with "
                '"id" and "question", or "id" and "turns".'
            ) from error
        if (line.question is None) == (line.turns is None):
            raise BadBatch(f'{path}, line {number}: give either "question" or "turns".')
        lines.append(line)
    return lines


def answer_batch(assistant: Assistant, lines: list[BatchLine]) -> Iterator[dict[str, Any]]:
    """Output objects, one a question, or one a turn with id ``<id>/<turn from 1>``.

    A question that cannot be asked gives an object with status ``error`` and the message.
    """
    for line in lines:
        conversation = Conversation()
        if line.turns is None:
            yield _one(assistant, line.id, line.question or "", line.reports, conversation)
        else:
            for number, turn in enumerate(line.turns, start=1):
                yield _one(
                    assistant,
                    f"{line.id}/{number}",
                    turn.question,
                    turn.reports or line.reports,
                    conversation,
                )


def _one(
    assistant: Assistant, key: str, question: str, reports: list[str], conversation: Conversation
) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        answer = assistant.ask(question, reports, conversation)
    except (AskError, InspectionIndexError) as error:
        return _fault(key, str(error), time.perf_counter() - began)
    except Exception as error:
        log.exception("question %s failed", key)
        message = f"Something went wrong with this question ({type(error).__name__}); see the log."
        return _fault(key, message, time.perf_counter() - began)
    return {"id": key, **batch_answer(answer), "seconds": round(time.perf_counter() - began, 4)}


def _fault(key: str, message: str, seconds: float) -> dict[str, Any]:
    """What stands in the output for a question that could not be asked or answered."""
    return {
        "id": key,
        "status": "error",
        "answer": message,
        "abstained": True,
        "citations": [],
        "seconds": round(seconds, 4),
    }


def batch_answer(answer: Answer) -> dict[str, Any]:
    """An answer as the batch contract has it."""
    shown = answer.citations or answer.nearest
    return {
        "status": answer.status.value,
        "answer": answer.text,
        "abstained": answer.abstained,
        "citations": [
            {
                "source": c.source,
                "report": c.report,
                "paragraph": c.paragraph,
                "page": c.page,
                "quote": c.quote,
            }
            for c in shown
        ],
    }


def write_lines(path: Path, objects: Iterator[dict[str, Any]]) -> int:
    """Write JSON lines; how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for item in objects:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
            count += 1
    return count
