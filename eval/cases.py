"""Cases: questions with what a right answer must hold. One JSON object a line.

The format is described in the README ("The eval"). A line with ``turns`` is a dialogue, a
line with ``reports`` asks over several reports, every other line asks of one report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.errors import BadDataset

CROSS_KINDS = frozenset({"compare", "trend", "filter", "aggregate"})


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str = ""
    kind: str = "narrative"
    question: str = ""
    report: str = ""
    reports: list[str] = Field(default_factory=list)
    scoped: bool = False
    underspecified: bool = False
    answer: list[str] = Field(default_factory=list)
    accept: dict[str, list[str]] = Field(default_factory=dict)
    must_not: list[str] = Field(default_factory=list)
    paragraphs: list[int | str] | dict[str, list[int | str]] = Field(default_factory=list)
    where: str = ""
    why: str = ""
    abstain: bool | None = None


class _Dialogue(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str
    turns: list[_Line]


@dataclass(frozen=True, slots=True)
class Case:
    """One question (or one turn of a dialogue) with what is expected of its answer."""

    id: str
    kind: str
    question: str
    expected_answer: tuple[str, ...]
    accepted: tuple[tuple[str, tuple[str, ...]], ...]
    """(phrase, paraphrases that count for it)."""
    must_not: tuple[str, ...]
    expected_paragraphs: tuple[tuple[str, tuple[str, ...]], ...]
    """(report, paragraph labels), one entry a report."""
    where: str
    selected: tuple[str, ...]
    why: str = ""
    dialogue: str = ""

    @property
    def unanswerable(self) -> bool:
        """Whether the right thing is to decline."""
        return self.kind == "negative"


def read_cases(paths: Sequence[Path]) -> list[Case]:
    """All cases of some dataset files, dialogues turn by turn.

    Raises:
        BadDataset: a line is not a case; names the line.
    """
    return [case for path in paths for case in _read_file(path)]


def _read_file(path: Path) -> Iterator[Case]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror}). Check the path.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            if '"turns"' in line:
                dialogue = _Dialogue.model_validate_json(line)
                for position, turn in enumerate(dialogue.turns, start=1):
                    yield _case(turn, f"{dialogue.id}/{position}", dialogue.id)
            else:
                yield _case(_Line.model_validate_json(line))
        except ValidationError as error:
            raise BadDataset(f"{path}, line {number}: {error.errors()[0]['msg']}") from error


def _case(line: _Line, key: str = "", dialogue: str = "") -> Case:
    selected: tuple[str, ...] = ()
    if not dialogue and line.report and (line.scoped or line.underspecified):
        selected = (line.report,)
    if not dialogue and line.reports:
        selected = tuple(line.reports)
    if isinstance(line.paragraphs, dict):
        paragraphs = tuple((r, tuple(map(str, p))) for r, p in line.paragraphs.items())
    else:
        paragraphs = ((line.report, tuple(map(str, line.paragraphs))),)
    return Case(
        id=key or line.id,
        kind=line.kind,
        question=line.question,
        expected_answer=tuple(line.answer),
        accepted=tuple((phrase, tuple(others)) for phrase, others in line.accept.items()),
        must_not=tuple(line.must_not),
        expected_paragraphs=paragraphs,
        where=line.where,
        selected=selected,
        why=line.why,
        dialogue=dialogue,
    )
