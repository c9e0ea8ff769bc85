"""Kill -9 at named points and at random times; look at what is left; let the next run finish.

``python -m tests.kills [--each 10] [--random 50]`` prints the table: point, kills, what was
lost or half kept (nothing), how long the next run took.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.builders import Placed, make_pdf, numbered

POINTS = (
    "after reading",
    "in the transaction",
    "after the transaction",
    "in the upsert",
    "in the swap",
    "in the removal",
)
KEPT = "kept "
_TRIES = 5
"""So many runs may end before their random moment, for each that is to be struck."""


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_on(nth: int, real: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    """``real``, but the process dies just before or after its nth call."""
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and before:
            _die()
        found = real(*args, **kwargs)
        if calls == nth:
            _die()
        return found

    return wrapped


def _set_trap(point: str, nth: int) -> None:
    """Make this process die at a point, at about its nth passing."""
    from chromadb.api.models.Collection import Collection
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    import index.build
    import index.catalog
    import index.vectors

    index.vectors._BATCH = 7

    def die_at_statement(opening: str) -> None:
        @event.listens_for(Engine, "before_cursor_execute")
        def _look(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith(opening):
                _die()

    match point:
        case "after reading":
            index.build.Index._keep = _die_on(nth, index.build.Index._keep, before=True)  # type: ignore[method-assign]
        case "in the transaction":
            die_at_statement(("INSERT INTO passages_fts", "INSERT INTO blocks")[nth % 2])
        case "after the transaction":
            real = index.catalog.Catalog.add
            index.catalog.Catalog.add = _die_on(nth, real, before=False)  # type: ignore[method-assign]
        case "in the upsert":
            Collection.upsert = _die_on(nth, Collection.upsert, before=False)
        case "in the swap":
            Path.rename = _die_on(1 + nth % 2, Path.rename, before=False)  # type: ignore[method-assign]
        case "in the removal":
            die_at_statement(("DELETE FROM blocks", "DELETE FROM reports")[nth % 2])


def child(folder: Path, files: Path, point: str, nth: int) -> None:
    """What gets killed: reads two files, one of them a new version; says what was kept."""
    from index.build import Index
    from index.settings import IndexSettings

    if point:
        _set_trap(point, nth)
    index = Index(IndexSettings(folder=folder, workers=1))
    if point == "in the swap":
        index.vectors.rebuild()
    if point == "in the removal":
        index.remove("first")
    index.add_files([files], lambda progress: print(f"{KEPT}{progress.name}", flush=True))
    index.close()


@dataclass(slots=True)
class Tally:
    """What came of the kills at one point."""

    kills: int = 0
    ended: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Scene:
    """An index of two reports, and the files of the run that is to be killed."""

    def __init__(self, root: Path, model: Path | None = None) -> None:
        from index.build import Index
        from index.settings import IndexSettings

        self.root = root
        self.template = root / "template"
        self.template.mkdir(parents=True)
        if model is not None:
            (self.template / "model").symlink_to(model)
        early, self.files = root / "early", root / "files"
        early.mkdir()
        self.files.mkdir()
        make_pdf(early / "first.pdf", [_page("first", 9)])
        make_pdf(early / "second.pdf", [_page("second", 9)])
        index = Index(IndexSettings(folder=self.template, workers=1))
        index.add_files([early])
        index.close()
        make_pdf(self.files / "second.pdf", [_page("changed", 11), _page("changed", 11, 12)])
        make_pdf(self.files / "third.pdf", [_page("third", 11), _page("third", 11, 12)])

    def kill(
        self, point: str, nth: int, after: float | None = None
    ) -> tuple[bool, list[str], float]:
        """One kill: whether it struck, what was found wrong after it, seconds of the next run."""
        folder = self.root / "struck"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.template, folder, symlinks=True)
        command = [
            sys.executable, "-c",
            "from tests.kills import child; from pathlib import Path\n"
            "if __name__ == '__main__':\n"
            f" child(Path({str(folder)!r}), Path({str(self.files)!r}), {point!r}, {nth})",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            said, problems = process.communicate(timeout=after if after is not None else 120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, problems = process.communicate()
        struck = process.returncode == -signal.SIGKILL
        if not struck and process.returncode != 0:
            return struck, [f"failed by itself: {problems[-300:]}"], 0.0
        acknowledged = [line[len(KEPT) :] for line in said.splitlines() if line.startswith(KEPT)]
        began = time.perf_counter()
        faults = self._look(folder, acknowledged, removing=point == "in the removal")
        return struck, faults, time.perf_counter() - began

    def _look(self, folder: Path, acknowledged: list[str], *, removing: bool) -> list[str]:
        from index.build import Index
        from index.settings import IndexSettings

        faults = []
        index = Index(IndexSettings(folder=folder, workers=1))
        held = {report.source for report in index.catalog.reports()}
        wanted = {"second.pdf", *acknowledged, *(() if removing else ("first.pdf",))}
        faults += [f"lost {name}" for name in sorted(wanted - held)]
        faults += _half_kept(index)
        numbers = [report.number for report in index.catalog.reports()]
        vector = index.encoder.encode(["what the council hears from children"])[0]
        if not index.vectors.search_all(vector, 3) or not numbers:
            faults.append("nothing found before the next run")
        index.add_files([self.files])
        after = {report.source for report in index.catalog.reports()}
        if not {"second.pdf", "third.pdf"} <= after:
            faults.append(f"the next run did not finish: {sorted(after)}")
        faults += _half_kept(index)
        texts = {b.text for r in index.catalog.reports() for b in index.catalog.blocks(r.number)}
        if any("of second" in text for text in texts) or not any("of changed" in t for t in texts):
            faults.append("an old version shows")
        for report in index.catalog.reports():
            ids, vectors = index.catalog.vectors(report.number)
            for key, own in zip(ids, vectors, strict=True):
                found = index.vectors.search_all(own, 5)
                if int(key) not in {k for k, _ in found}:
                    faults.append(f"passage {key} of {report.id} is not found by its own vector")
            for passage in index.catalog.passages(report.number):
                words = " ".join(f'"{w}"' for w in passage.text.lower().split() if w.isalnum())
                if passage.id not in {k for k, _ in index.catalog.match_words(words, 1000)}:
                    faults.append(f"passage {passage.id} is not found by its own words")
        index.close()
        if not index.vectors._left_clean() or not index.vectors.open():
            faults.append("Chroma was not left clean")
        index.close()
        return faults


def _page(name: str, count: int, first: int = 1) -> list[Placed]:
    return [
        (left, top, text.replace("Paragraph", f"Paragraph of {name},"))
        for left, top, text in numbered([f"{n}." for n in range(first, first + count)])
    ]


def _half_kept(index: Any) -> list[str]:
    """Reports whose parts do not belong together."""
    faults = []
    owners: dict[int, int] = {}
    for _, number in index.catalog.passage_ids():
        owners[number] = owners.get(number, 0) + 1
    known = {report.number for report in index.catalog.reports()}
    faults += [f"passages of no report: {number}" for number in owners.keys() - known]
    for report in index.catalog.reports():
        blocks = [b for b in index.catalog.blocks(report.number) if b.label]
        labels = [b.label for b in blocks]
        if labels != [str(n) for n in range(1, len(labels) + 1)] or len(labels) not in (9, 22):
            faults.append(f"{report.id} half kept: paragraphs {labels}")
        names = {b.text.split(",")[0] for b in blocks}
        if len(names) != 1:
            faults.append(f"{report.id} is two versions at once: {names}")
        if not index.file_of(report).is_file():
            faults.append(f"{report.id} has lost its file")
    return faults


def run(scene: Scene, each: int, at_random: int, say: Callable[[str], None]) -> dict[str, Tally]:
    """All kills; the tally of each point."""
    rng = random.Random(11)
    plan: list[tuple[str, int, float | None]] = [
        (point, n + 1, None) for point in POINTS for n in range(each)
    ]
    tallies: dict[str, Tally] = {}
    random_kills = Tally()
    while plan or (random_kills.kills < at_random and random_kills.ended < _TRIES * at_random):
        point, nth, after = plan.pop(0) if plan else ("", 0, rng.uniform(0.5, 4.0))
        nth_here = 1 + (nth - 1) % (2 if point in ("after reading", "after the transaction") else 4)
        struck, faults, seconds = scene.kill(point, nth_here, after)
        tally = tallies.setdefault(point, Tally()) if point else random_kills
        tally.kills += struck
        tally.ended += not struck
        tally.faults += faults
        tally.seconds += seconds
        say(f"{point or 'random'} {after or nth_here}: {'killed' if struck else 'ended'} {faults}")
    if at_random:
        tallies["at a random time"] = random_kills
    return tallies


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--random", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scene = Scene(Path(name))
        tallies = run(scene, given.each, given.random, lambda line: print(line, file=sys.stderr))
    print(
        f"{'kill point':24} {'killed':>6} {'ended':>6} {'faults':>6} {'s to look and finish':>20}"
    )
    for point, tally in tallies.items():
        count = max(1, tally.kills + tally.ended)
        print(
            f"{point:24} {tally.kills:6} {tally.ended:6} {len(tally.faults):6} {tally.seconds / count:20.1f}"
        )
    sys.exit(any(tally.faults for tally in tallies.values()))


if __name__ == "__main__":
    main()
