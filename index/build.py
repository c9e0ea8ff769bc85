"""Building the index: files in, report by report, with nothing skipped in silence.

Files are read in child processes under a time limit (pdfium is not thread-safe, and a file
that kills its reader costs that file only); embedding and writing happen here.
"""

from __future__ import annotations

import errno
import importlib.util
import multiprocessing
import os
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import OperationalError

from index.catalog import Catalog, Report
from index.embeddings import Encoder, load_encoder
from index.errors import NoSpace, NothingToIndex, ReadingTimedOut, ReportError
from index.facts import find_facts, identify
from index.layout import lay_out
from index.models import (
    Action,
    DateFact,
    Fact,
    Judgement,
    Passage,
    Person,
    PreviousGrade,
    Quantity,
    Reading,
)
from index.paragraphs import split_paragraphs, summarise
from index.passages import split_passages
from index.reports import read_document
from index.reports.reading import READERS, sha256_of
from index.settings import IndexSettings
from index.vectors import VectorIndex

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


@dataclass(frozen=True, slots=True)
class Change:
    """What a new version of a report says otherwise than the one it took the place of.

    Paragraphs by key; facts as ``kind: words``.
    """

    report: str
    paragraphs_added: tuple[str, ...]
    paragraphs_gone: tuple[str, ...]
    paragraphs_reworded: tuple[str, ...]
    facts_added: tuple[str, ...]
    facts_gone: tuple[str, ...]


@dataclass(slots=True)
class BuildSummary:
    """What an indexing run did."""

    added: list[Report] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    pruned: list[Report] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    pages: int = 0
    paragraphs: int = 0
    characters: int = 0
    seconds_reading: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an indexing run stands: files, pages and paragraphs so far, pages a second."""

    done: int
    total: int
    name: str
    pages: int
    paragraphs: int
    rate: float


class Index:
    """An open index: catalog, vector index, encoder and kept files in one folder."""

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings
        self.folder = settings.folder
        self.catalog = Catalog(self.folder / "catalog.sqlite")
        self.vectors = VectorIndex(self.folder / "chroma", self.catalog)
        self._encoder: Encoder | None = None

    @property
    def encoder(self) -> Encoder:
        """The embedding model, loaded at first use.

        Raises:
            ModelNotFound, ModelMismatch.
        """
        if self._encoder is None:
            encoder = load_encoder(
                self.folder / "model", self.settings.model, self.settings.backend
            )
            self.catalog.require_model(encoder.identity)
            self._encoder = encoder
        return self._encoder

    def close(self) -> None:
        """Let go of all files."""
        self.vectors.close()
        self.catalog.close()

    def file_of(self, report: Report) -> Path:
        """The kept copy of a report's file, for drawing its pages."""
        return self.folder / "files" / f"{report.sha256}.{report.format}"

    def add_files(
        self,
        paths: Sequence[Path],
        on_progress: Callable[[Progress], None] = lambda progress: None,
        *,
        prune: bool = False,
        reread: bool = False,
    ) -> BuildSummary:
        """Read, embed and keep every report under ``paths``; unchanged ones are skipped, unless
        ``reread``: then they are read as this version reads them, and only what is new in them
        is embedded.

        A changed report is read and embedded first and then takes the old one's place in one
        transaction. With ``prune``, reports read from these folders earlier whose files are
        gone are taken out.

        Raises:
            NothingToIndex: no file with a known ending is there.
            NoSpace: the disk is full; what was kept before stays.
        """
        began = time.perf_counter()
        summary = BuildSummary()
        own = self.folder.resolve()
        found = [p for p in find_files(paths) if not p.absolute().is_relative_to(own)]
        queue = list(self._changed(found, summary, reread))
        for done, (path, result) in enumerate(_read_all(queue, self.settings), start=1):
            if isinstance(result, NotRead):
                summary.not_read.append(result)
            else:
                reading, passages, seconds = result
                summary.seconds_reading += seconds
                digest = reading.document.sha256
                twin = next((r for r in summary.added if r.sha256 == digest), None)
                if twin is not None:
                    summary.not_read.append(_same_file(path, twin.source))
                else:
                    self._keep(path, reading, passages, summary)
            spent = time.perf_counter() - began
            on_progress(
                Progress(
                    done,
                    len(queue),
                    path.name,
                    summary.pages,
                    summary.paragraphs,
                    summary.pages / max(spent, 1e-6),
                )
            )
        if prune:
            self._prune(paths, summary)
        with _named_disk_errors(self.folder):
            self.vectors.bring_level()
        summary.seconds = time.perf_counter() - began
        return summary

    def _changed(
        self, paths: Sequence[Path], summary: BuildSummary, reread: bool
    ) -> Iterator[Path]:
        known = {report.sha256: report for report in self.catalog.reports()}
        seen: dict[str, Path] = {}
        for path in paths:
            if not path.is_file():
                summary.not_read.append(_no_file(path))
                continue
            if path.name in seen:
                summary.not_read.append(
                    NotRead(
                        path,
                        "same_name",
                        f"{path} has the same file name as {seen[path.name]}. Rename one of them.",
                    )
                )
                continue
            seen[path.name] = path
            try:
                digest = sha256_of(path)
            except OSError as error:
                summary.not_read.append(_cannot_open(path, error))
                continue
            held = known.get(digest)
            if held is not None and held.source == path.name and not reread:
                summary.unchanged.append(path)
            elif held is not None and held.source != path.name and Path(held.path).exists():
                summary.not_read.append(_same_file(path, held.source))
            else:
                yield path

    def _keep(
        self, path: Path, reading: Reading, passages: Sequence[Passage], summary: BuildSummary
    ) -> None:
        identity = reading.identity
        texts = [_embedded(identity.authority, p.context, p.text) for p in passages]
        vectors = self._encode(texts, reading.document.source)
        kept = self.folder / "files" / f"{reading.document.sha256}.{reading.document.format}"
        before = self._contents(reading.document.source)
        with _named_disk_errors(self.folder):
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.exists():
                partial = kept.with_suffix(".part")
                shutil.copyfile(path, partial)
                partial.replace(kept)
            report = self.catalog.add(reading, passages, vectors, path.resolve())
        self.vectors.forget(report.number)
        if before is not None:
            old, paragraphs, facts = before
            summary.changes.append(_difference(report.id, paragraphs, facts, reading))
            self._drop_file(old)
        summary.added.append(report)
        summary.pages += len(reading.document.pages)
        summary.paragraphs += sum(block.label is not None for block in reading.blocks)
        summary.characters += sum(len(page.text) for page in reading.document.pages)

    def _encode(self, texts: Sequence[str], source: str) -> NDArray[np.float32]:
        """Vectors of passages; those that the report of a file name has already are taken over."""
        held: dict[str, NDArray[np.float32]] = {}
        for report in self.catalog.reports():
            if report.source == source:
                _, rows = self.catalog.vectors(report.number)
                stored = self.catalog.passages(report.number)
                held = {
                    _embedded(report.authority, p.context, p.text): row
                    for p, row in zip(stored, rows, strict=True)
                }
        fresh = list(dict.fromkeys(text for text in texts if text not in held))
        held |= dict(zip(fresh, self.encoder.encode(fresh), strict=True))
        return np.array([held[text] for text in texts], dtype=np.float32)

    def _contents(self, source: str) -> tuple[Report, dict[str, str], set[str]] | None:
        """The report of a file name as it stands: its paragraphs by key, its facts in words."""
        for report in self.catalog.reports():
            if report.source == source:
                blocks = {b.key: b.text for b in self.catalog.blocks(report.number) if b.label}
                facts = {fact_words(fact) for _, fact in self.catalog.facts(report.number)}
                return report, blocks, facts
        return None

    def _prune(self, paths: Sequence[Path], summary: BuildSummary) -> None:
        folders = [path.resolve() for path in paths if path.is_dir()]
        for report in self.catalog.reports():
            source = Path(report.path)
            if not source.exists() and any(source.is_relative_to(folder) for folder in folders):
                self.catalog.remove(report.id)
                self.vectors.forget(report.number)
                self._drop_file(report)
                summary.pruned.append(report)

    def _drop_file(self, report: Report) -> None:
        """Delete the kept copy of a report that is gone, unless another report is the same file."""
        if all(other.sha256 != report.sha256 for other in self.catalog.reports()):
            self.file_of(report).unlink(missing_ok=True)

    def remove(self, report_id: str) -> Report:
        """Take a report out.

        Raises:
            NoSuchReport.
        """
        report = self.catalog.remove(report_id)
        self.vectors.forget(report.number)
        self._drop_file(report)
        self.vectors.bring_level()
        return report


def _embedded(authority: str, context: str, text: str) -> str:
    """A passage as it is embedded: under its authority, year and heading."""
    return f"{authority} {context}. {text}".strip()


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files to index: those named, and those with a known ending in folders named.

    Raises:
        NothingToIndex: nothing there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                p for p in path.rglob("*") if not p.is_dir() and p.suffix.lower() in READERS
            )
        elif path.exists() or path.is_symlink():
            found.append(path)
        else:
            raise NothingToIndex(f"{path} does not exist. Check the path.")
    if not found:
        raise NothingToIndex(
            f"No report in {', '.join(str(path) for path in paths)}. "
            f"Give files or folders with {', '.join(sorted(READERS))}."
        )
    return list(dict.fromkeys(found))


def fact_words(fact: Fact) -> str:
    """A fact in one line, for telling two versions of a report apart."""
    match fact:
        case Judgement():
            words = f"{fact.area}: {fact.grade_text}"
        case DateFact():
            words = f"{fact.event}: {fact.printed}"
        case Person():
            words = f"{fact.role}: {fact.name}"
        case Action():
            words = fact.text
        case PreviousGrade():
            words = f"{fact.area}: {fact.grade_text} ({fact.when})"
        case Quantity():
            words = f"{fact.printed} {fact.counted}"
    return f"{type(fact).__name__.lower()}: {words}"


def _difference(
    report_id: str, paragraphs: dict[str, str], facts: set[str], reading: Reading
) -> Change:
    now = {block.key: block.text for block in reading.blocks if block.label}
    told = {fact_words(fact) for fact in reading.facts}
    return Change(
        report_id,
        tuple(key for key in now if key not in paragraphs),
        tuple(key for key in paragraphs if key not in now),
        tuple(key for key in now if key in paragraphs and now[key] != paragraphs[key]),
        tuple(sorted(told - facts)),
        tuple(sorted(facts - told)),
    )


@contextmanager
def _named_disk_errors(folder: Path) -> Iterator[None]:
    """A full disk by its name; other faults as they are."""
    try:
        yield
    except (OSError, OperationalError) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        if full or "disk is full" in str(error):
            raise NoSpace(
                f"The disk that holds {folder} is full. What was indexed before is kept; free some "
                "space and run the same command again."
            ) from error
        raise


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


_Result = NotRead | tuple[Reading, tuple[Passage, ...], float]


def _read_all(paths: Sequence[Path], settings: IndexSettings) -> Iterator[tuple[Path, _Result]]:
    """Readings in the order they finish, from a pool that outlives a file that kills it."""
    waiting = list(paths)
    recognised = settings.folder / "files" if settings.ocr else None
    while waiting:
        started: dict[Future[_Result], tuple[Path, float]] = {}
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
    started: dict[Future[_Result], tuple[Path, float]], path: Path, since: float
) -> None:
    """Count a file's time from when its worker began to read it, not to start."""
    for future, (other, _) in started.items():
        if other == path:
            started[future] = (path, since)


def _read_alone(path: Path, settings: IndexSettings) -> _Result:
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
    return ProcessPoolExecutor(
        workers,
        mp_context=_SPAWN,
        initializer=_begin_reader,
        initargs=(settings.megabytes_per_file, begun),
    )


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


def _read_one(path: Path, recognised: Path | None) -> _Result:
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
        return _cannot_open(path, error)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file must not cost the rest
        _allow_a_little_more()
        trace = "".join(traceback.format_exception(error))
        reason = f"{path.name} made the reader fail, which is a fault of ours. Please report it:\n{trace}"
        return NotRead(path, "reader_failed", reason)
    return reading, passages, time.perf_counter() - began


def _same_file(path: Path, name: str) -> NotRead:
    reason = f"{path.name} is the same file as {name}, byte for byte; it is kept once."
    return NotRead(path, "duplicate", reason)


def _no_file(path: Path) -> NotRead:
    what = "a link to nothing" if path.is_symlink() and not path.exists() else "no regular file"
    return NotRead(path, "cannot_open", f"{path.name} is {what}. Give the report's file itself.")


def _cannot_open(path: Path, error: OSError) -> NotRead:
    why = error.strerror or str(error)
    return NotRead(path, "cannot_open", f"{path.name} cannot be opened ({why}). Check its rights.")
