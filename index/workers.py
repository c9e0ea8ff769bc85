"""Reading files in child processes, each under a time and a memory limit.

pdfium is not thread-safe, and a file that kills its reader may cost that file only. The
children load this module and what it needs, nothing of the catalog, Chroma or the models.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.errors import ReadingTimedOut, ReportError
from index.facts import find_facts, identify
from index.layout import lay_out
from index.models import Passage, Reading
from index.paragraphs import split_paragraphs, summarise
from index.passages import split_passages
from index.reports import read_document
from index.settings import IndexSettings

_TO_SAY_SO = 64 * 2**20
_SPAWN = multiprocessing.get_context("spawn")
_STARTING = 60.0
"""Seconds that a worker may take to start, on a machine that is busy with other things."""
_begun: Any = None
"""In a worker: the queue on which it says when it begins a file."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that was not read, and why."""

    path: Path
    kind: str
    reason: str


def read_report(path: Path, recognised: Path | None = None) -> tuple[Reading, tuple[Passage, ...]]:
    """Read one file whole: pages, blocks, facts, and passages ready to be embedded.

    ``recognised`` is the folder for readable copies of scans; None leaves scans unread.

    Raises:
        ReportError: of the kind that names what is wrong with the file.
    """
    document = read_document(path, recognised)
    layout = lay_out(document)
    sources = split_paragraphs(layout)
    blocks = tuple(source.block for source in sources)
    identity = identify(document, blocks)
    passages = split_passages(sources)
    facts = find_facts(document, layout, blocks, passages, identity)
    reading = Reading(document, identity, blocks, facts, _warnings(blocks, len(document.pages)))
    stripped = replace(document, pages=tuple(replace(page, lines=()) for page in document.pages))
    return replace(reading, document=stripped), passages


def _warnings(blocks: Sequence[object], pages: int) -> tuple[str, ...]:
    summary = summarise(blocks, pages)  # type: ignore[arg-type]
    found = [f"numbering jumps from {gap}" for gap in summary.gaps]
    found += [f"paragraph {key} has lost its printed number" for key in summary.inferred]
    found += [f"paragraph number repeated: {key}" for key in summary.repeats]
    if summary.paragraphs == 0:
        found.append("no numbered paragraphs: cited by page and place")
    return tuple(found)


Result = NotRead | tuple[Reading, tuple[Passage, ...], float]
"""What became of a file: why it was not read, or its reading, passages and the seconds it took."""


def read_all(paths: Sequence[Path], settings: IndexSettings) -> Iterator[tuple[Path, Result]]:
    """Readings in the order they finish, from a pool that outlives a file that kills it."""
    waiting = list(paths)
    recognised = settings.folder / "files" if settings.ocr else None
    while waiting:
        started: dict[Future[Result], tuple[Path, float]] = {}
        broken: list[Path] = []
        dead = False
        begun = _SPAWN.SimpleQueue()
        pool = _pool(settings.workers, settings, begun)
        try:
            while (waiting or started) and not dead:
                while waiting and len(started) < settings.workers and not dead:
                    try:
                        future = pool.submit(_read_one, waiting[0], recognised)
                        started[future] = (waiting.pop(0), time.monotonic() + _STARTING)
                    except BrokenProcessPool:
                        dead = True
                finished, _ = wait(started, timeout=0.5, return_when=FIRST_COMPLETED)
                while not begun.empty():
                    _start_clock(started, *begun.get())
                for future in finished:
                    path, _ = started.pop(future)
                    try:
                        yield path, future.result()
                    except BrokenProcessPool:
                        broken.append(path)
                        dead = True
                late = [
                    future
                    for future, (_, since) in started.items()
                    if not future.done() and time.monotonic() - since > _limit(settings)
                ]
                for future in late:
                    path, _ = started.pop(future)
                    yield path, _stopped(path, f"took over {_limit(settings):g} s")
                if late:
                    waiting = [path for path, _ in started.values()] + waiting
                    started.clear()
                    _kill(pool)
                    break
        finally:
            _kill(pool)
        if dead:
            for path in broken + [path for path, _ in started.values()]:
                yield path, _read_alone(path, settings)


def _start_clock(
    started: dict[Future[Result], tuple[Path, float]], path: Path, since: float
) -> None:
    """Count a file's time from when its worker began to read it, not to start."""
    for future, (other, _) in started.items():
        if other == path:
            started[future] = (path, since)


def _read_alone(path: Path, settings: IndexSettings) -> Result:
    """Read one suspect in a pool of its own, so that the guilty file is known."""
    pool = _pool(1, settings)
    recognised = settings.folder / "files" if settings.ocr else None
    try:
        limit = _limit(settings) + _STARTING
        return pool.submit(_read_one, path, recognised).result(timeout=limit)
    except BrokenProcessPool:
        return _stopped(path, "crashed the reader, or needed more memory than it may have")
    except TimeoutError:
        return _stopped(path, f"took over {_limit(settings):g} s")
    finally:
        _kill(pool)


def _limit(settings: IndexSettings) -> float:
    return settings.seconds_per_file + (settings.seconds_of_ocr if settings.ocr else 0.0)


def _pool(workers: int, settings: IndexSettings, begun: Any = None) -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=_SPAWN,
        initializer=_begin_reader,
        initargs=(settings.megabytes_per_file, begun),
    )
    with _without_main():
        pool.submit(int)  # starts all of them
    return pool


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes begun in here do not load the owner's main module, which may hold half the
    program, again: readers start sooner and are smaller."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
    main.__spec__ = None
    if "__file__" in kept:
        del main.__file__
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


def _begin_reader(megabytes: int, begun: Any) -> None:
    """In a worker: bounded in memory, and gone when its owner is, however that ended; ``begun``
    is where it says when it begins a file."""
    global _begun
    _begun = begun
    _limit_memory(megabytes)
    threading.Thread(target=_end_with_owner, daemon=True).start()


def _end_with_owner() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Bound what this process may allocate, where the system can (not on Windows)."""
    if importlib.util.find_spec("resource") is None:
        return
    import resource

    limit = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit + _TO_SAY_SO))


def _allow_a_little_more() -> None:
    """Room to say that the memory ran out."""
    if importlib.util.find_spec("resource") is None:
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _stopped(path: Path, why: str) -> NotRead:
    error = ReadingTimedOut(f"{path.name} {why}. It may be damaged: download it again.")
    return NotRead(path, error.kind, str(error))


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


def _read_one(path: Path, recognised: Path | None) -> Result:
    if _begun is not None:
        _begun.put((path, time.monotonic()))
    began = time.perf_counter()
    try:
        reading, passages = read_report(path, recognised)
    except ReportError as error:
        return NotRead(path, error.kind, str(error))
    except RecursionError:
        return _stopped(path, "is nested too deeply to be read")
    except MemoryError:
        _allow_a_little_more()
        return _stopped(path, "needs more memory than it may have (megabytes_per_file)")
    except OSError as error:
        return cannot_open(path, error)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file must not cost the rest
        _allow_a_little_more()
        trace = "".join(traceback.format_exception(error))
        reason = f"{path.name} made the reader fail, which is a fault of ours. Please report it:\n{trace}"
        return NotRead(path, "reader_failed", reason)
    return reading, passages, time.perf_counter() - began


def cannot_open(path: Path, error: OSError) -> NotRead:
    """A file that the system does not let us open."""
    why = error.strerror or str(error)
    return NotRead(path, "cannot_open", f"{path.name} cannot be opened ({why}). Check its rights.")
