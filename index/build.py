"""Building the index: files in, report by report, with nothing skipped in silence.

Files are read in child processes under a time limit (pdfium is not thread-safe, and a file
that kills its reader costs that file only); embedding and writing happen here.
"""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.catalog import Catalog, Report
from index.embeddings import Encoder, load_encoder
from index.errors import NothingToIndex, ReadingTimedOut, ReportError
from index.facts import find_facts, identify
from index.layout import lay_out
from index.models import Passage, Reading
from index.paragraphs import split_paragraphs, summarise
from index.passages import split_passages
from index.reports import read_document
from index.reports.reading import READERS, sha256_of
from index.settings import IndexSettings
from index.vectors import VectorIndex


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that was not read, and why."""

    path: Path
    kind: str
    reason: str


@dataclass(slots=True)
class BuildSummary:
    """What an indexing run did."""

    added: list[Report] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    pages: int = 0
    paragraphs: int = 0
    characters: int = 0
    seconds_reading: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an indexing run stands."""

    done: int
    total: int
    name: str
    pages: int
    paragraphs: int


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
    ) -> BuildSummary:
        """Read, embed and keep every report under ``paths``; unchanged ones are skipped.

        Raises:
            NothingToIndex: no file with a known ending is there.
        """
        began = time.perf_counter()
        summary = BuildSummary()
        queue = list(self._changed(find_files(paths), summary))
        for done, (path, result) in enumerate(_read_all(queue, self.settings), start=1):
            if isinstance(result, NotRead):
                summary.not_read.append(result)
            else:
                reading, passages, seconds = result
                summary.seconds_reading += seconds
                self._keep(path, reading, passages, summary)
            on_progress(Progress(done, len(queue), path.name, summary.pages, summary.paragraphs))
        self.vectors.bring_level()
        summary.seconds = time.perf_counter() - began
        return summary

    def _changed(self, paths: Sequence[Path], summary: BuildSummary) -> Iterator[Path]:
        known = {(report.source, report.sha256) for report in self.catalog.reports()}
        seen: dict[str, Path] = {}
        for path in paths:
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
            if (path.name, digest) in known:
                summary.unchanged.append(path)
            else:
                yield path

    def _keep(
        self, path: Path, reading: Reading, passages: Sequence[Passage], summary: BuildSummary
    ) -> None:
        identity = reading.identity
        heading = f"{identity.authority} "
        texts = [f"{heading}{p.context}. {p.text}".strip() for p in passages]
        vectors = self.encoder.encode(texts)
        kept = self.folder / "files" / f"{reading.document.sha256}.{reading.document.format}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            partial = kept.with_suffix(".part")
            shutil.copyfile(path, partial)
            partial.replace(kept)
        report = self.catalog.add(reading, passages, vectors, path.resolve())
        self.vectors.forget(report.number)
        summary.added.append(report)
        summary.pages += len(reading.document.pages)
        summary.paragraphs += sum(block.label is not None for block in reading.blocks)
        summary.characters += sum(len(page.text) for page in reading.document.pages)

    def remove(self, report_id: str) -> Report:
        """Take a report out.

        Raises:
            NoSuchReport.
        """
        report = self.catalog.remove(report_id)
        self.vectors.forget(report.number)
        self.vectors.bring_level()
        return report


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files to index: those named, and those with a known ending in folders named.

    Raises:
        NothingToIndex: nothing there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in READERS
            )
        elif path.exists():
            found.append(path)
        else:
            raise NothingToIndex(f"{path} does not exist. Check the path.")
    if not found:
        raise NothingToIndex(
            f"No report in {', '.join(str(path) for path in paths)}. "
            f"Give files or folders with {', '.join(sorted(READERS))}."
        )
    return list(dict.fromkeys(found))


def read_report(path: Path) -> tuple[Reading, tuple[Passage, ...]]:
    """Read one file whole: pages, blocks, facts, and passages ready to be embedded.

    Raises:
        ReportError: of the kind that names what is wrong with the file.
    """
    document = read_document(path)
    layout = lay_out(document)
    sources = split_paragraphs(layout)
    blocks = tuple(source.block for source in sources)
    identity = identify(document, blocks)
    facts = find_facts(document, layout, blocks, identity.framework)
    reading = Reading(document, identity, blocks, facts, _warnings(blocks, len(document.pages)))
    stripped = replace(document, pages=tuple(replace(page, lines=()) for page in document.pages))
    return replace(reading, document=stripped), split_passages(sources)


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
    while waiting:
        started: dict[Future[_Result], tuple[Path, float]] = {}
        broken: list[Path] = []
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(settings.workers, mp_context=context)
        try:
            while (waiting or started) and not broken:
                while waiting and len(started) < settings.workers:
                    path = waiting.pop(0)
                    started[pool.submit(_read_one, path)] = (path, time.monotonic())
                finished, _ = wait(started, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    path, _ = started.pop(future)
                    try:
                        yield path, future.result()
                    except BrokenProcessPool:
                        broken.append(path)
                late = [
                    future
                    for future, (_, since) in started.items()
                    if time.monotonic() - since > settings.seconds_per_file
                ]
                for future in late:
                    path, _ = started.pop(future)
                    yield path, _stopped(path, f"took over {settings.seconds_per_file:g} s")
                if late:
                    waiting = [path for path, _ in started.values()] + waiting
                    started.clear()
                    _kill(pool)
                    break
        finally:
            _kill(pool)
        if broken:
            suspects = broken + [path for path, _ in started.values()]
            for path in suspects:
                yield path, _read_alone(path, settings)


def _read_alone(path: Path, settings: IndexSettings) -> _Result:
    """Read one suspect in a pool of its own, so that the guilty file is known."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        return pool.submit(_read_one, path).result(timeout=settings.seconds_per_file)
    except BrokenProcessPool:
        return _stopped(path, "crashed the reader")
    except TimeoutError:
        return _stopped(path, f"took over {settings.seconds_per_file:g} s")
    finally:
        _kill(pool)


def _stopped(path: Path, why: str) -> NotRead:
    error = ReadingTimedOut(f"{path.name} {why}. It may be damaged: download it again.")
    return NotRead(path, error.kind, str(error))


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


def _read_one(path: Path) -> _Result:
    began = time.perf_counter()
    try:
        reading, passages = read_report(path)
    except ReportError as error:
        return NotRead(path, error.kind, str(error))
    except OSError as error:
        return _cannot_open(path, error)
    return reading, passages, time.perf_counter() - began


def _cannot_open(path: Path, error: OSError) -> NotRead:
    why = error.strerror or str(error)
    return NotRead(path, "cannot_open", f"{path.name} cannot be opened ({why}). Check its rights.")
