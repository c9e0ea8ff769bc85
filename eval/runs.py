"""A run: ask, write, score, print, compare with floors. Each run is a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from assistant.assistant import Assistant
from eval.answers import GivenAnswer, ask_cases, read_answers, write_answers
from eval.cases import Case, read_cases
from eval.errors import BadDataset, EvalError
from eval.scoring import KindScore, RunScore, score_run
from index.build import Index

SHIPPED = Path(__file__).parent / "data" / "samples.jsonl"
EXIT_BELOW_FLOOR = 1
EXIT_BAD_INPUT = 2


def run_eval(
    index: Index,
    datasets: Sequence[Path],
    folder: Path,
    floors: Sequence[str],
    misses: bool,
    console: Console,
    given: Path | None = None,
) -> int:
    """Run datasets (the shipped cases if none) and return an exit code: 0, 1 below a floor,
    2 bad input. Cases about reports that are not in the index are left out, and counted.
    With ``given``, an earlier run's ``answers.jsonl``, nothing is asked again."""
    try:
        limits = parse_floors(floors)
        cases = read_cases(datasets or [SHIPPED])
    except EvalError as error:
        console.print(f"[red]{error}[/red]")
        return EXIT_BAD_INPUT
    present = {Path(r.source).stem for r in index.catalog.reports()}
    asked = [c for c in cases if all(r in present for r, _ in c.expected_paragraphs if r)]
    if not asked:
        console.print("[red]None of the reports that the cases ask about is in the index.[/red]")
        return EXIT_BAD_INPUT
    answers = read_answers(given) if given else ask_cases(Assistant(index), asked)
    score = score_run(asked, answers)
    write_run(folder, asked, answers, score)
    print_run(console, score, skipped=len(cases) - len(asked))
    if misses:
        print_misses(console, asked, answers, score)
    failed = list(below_floors(score, limits))
    for line in failed:
        console.print(f"[red]{line}[/red]")
    return EXIT_BELOW_FLOOR if failed else 0


def parse_floors(floors: Sequence[str]) -> dict[str, float]:
    """``right=0.9`` and the like as a mapping.

    Raises:
        BadDataset: a floor that is not NAME=VALUE, or of an unknown name.
    """
    parsed = {}
    for floor in floors:
        name, _, value = floor.partition("=")
        try:
            parsed[name] = float(value)
        except ValueError as error:
            raise BadDataset(
                f"'{floor}' is no floor: write NAME=VALUE, for example right=0.9."
            ) from error
        if name not in FIGURES:
            raise BadDataset(f"'{name}' is no figure of a run; there are {', '.join(FIGURES)}.")
    return parsed


def _unanswerable(score: RunScore) -> float | None:
    return score.unanswerable.declined if score.unanswerable else None


def _answered(score: RunScore) -> float | None:
    return None if score.answerable.declined is None else 1 - score.answerable.declined


def _verbatim(score: RunScore) -> float | None:
    return sum(c.verbatim for c in score.cases) / len(score.cases) if score.cases else None


FIGURES = {
    "right": lambda s: s.answerable.right,
    "citation": lambda s: s.answerable.citation_hit,
    "first_citation": lambda s: s.answerable.first_hit,
    "first_60": lambda s: s.narrative_first_60,
    "answered": _answered,
    "declined": _unanswerable,
    "verbatim": _verbatim,
}
"""Figures a floor can be set on: shares between 0 and 1. ``answered`` is the share of
answerable cases not refused, ``declined`` the share of unanswerable ones refused."""


def below_floors(score: RunScore, floors: dict[str, float]) -> list[str]:
    """One line for each figure under its floor."""
    lines = []
    for name, least in floors.items():
        value = FIGURES[name](score)
        if value is None or value < least:
            shown = "none" if value is None else f"{value:.3f}"
            lines.append(f"{name} is {shown}, the floor is {least:.3f}.")
    return lines


def write_run(
    folder: Path, cases: Sequence[Case], answers: Sequence[GivenAnswer], score: RunScore
) -> None:
    """``answers.jsonl``, ``score.json`` and ``junit.xml`` into the run's folder."""
    write_answers(folder / "answers.jsonl", answers)
    (folder / "score.json").write_text(json.dumps(asdict(score), indent=1), encoding="utf-8")
    suite = ElementTree.Element("testsuite", name="eval", tests=str(len(score.cases)))
    given = {a.id: a for a in answers}
    for case, result in zip(cases, score.cases, strict=True):
        item = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"eval.{case.kind}",
            name=case.id,
            time=f"{result.seconds:.3f}",
        )
        if not result.right:
            answer = given[case.id].answer if case.id in given else ""
            failure = ElementTree.SubElement(item, "failure", message=case.question)
            failure.text = _printable(f"expected {case.expected_answer}\ngot {answer}")
    ElementTree.ElementTree(suite).write(folder / "junit.xml", encoding="utf-8")


def _printable(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or ord(char) >= 32)


def print_run(console: Console, score: RunScore, skipped: int) -> None:
    """The table by kind, and the figures a floor can be set on."""
    table = Table(
        "kind", "cases", "right", "¶ cited", "first ¶", "declined", "verbatim", "p50 s", "p95 s"
    )
    rows = [*score.kinds, score.answerable]
    if score.unanswerable:
        rows.append(score.unanswerable)
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)
    figures = {name: figure(score) for name, figure in FIGURES.items()}
    shown = ", ".join(f"{n} {'–' if v is None else f'{v:.3f}'}" for n, v in figures.items())
    wrong = sum(c.wrong_report for c in score.cases if c.kind != "negative")
    console.print(f"{shown}; answers citing another report: {wrong}; cases left out: {skipped}")


def _cells(row: KindScore) -> list[str]:
    shares = (row.right, row.citation_hit, row.first_hit, row.declined, row.verbatim)
    return [
        row.kind,
        str(row.cases),
        *("–" if share is None else f"{share:.2f}" for share in shares),
        f"{row.p50:.3f}",
        f"{row.p95:.3f}",
    ]


def print_misses(
    console: Console, cases: Sequence[Case], answers: Sequence[GivenAnswer], score: RunScore
) -> None:
    """Each case that went wrong: the question, what was expected, what came."""
    given = {a.id: a for a in answers}
    for case, result in zip(cases, score.cases, strict=True):
        if not result.right:
            answer = given[case.id]
            console.print(
                f"{case.id} ({case.kind}) {case.question}\n  expected {case.expected_answer} "
                f"{case.why}\n  got {answer.status}: {answer.answer[:300]}",
                markup=False,
            )
