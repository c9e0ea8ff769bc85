"""Building the index: files in, report by report, with nothing skipped in silence.

Files are read in child processes (:mod:`index.workers`); embedding and writing happen here.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import OperationalError

from index.catalog import Catalog, Report
from index.embeddings import Encoder, PassageEncoder, load_encoder
from index.errors import NoSpace, NothingToIndex
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
from index.reports.reading import READERS, sha256_of
from index.settings import IndexSettings
from index.vectors import VectorIndex
from index.workers import NotRead, cannot_open, read_all


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
        self._passage_encoder: PassageEncoder | None = None

    @property
    def encoder(self) -> Encoder:
        """The embedding model, loaded at first use.

        Raises:
            ModelNotFound, ModelMismatch.
        """
        if self._encoder is None:
            encoder = load_encoder(
                self.folder / "model",
                self.settings.model,
                self.settings.backend,
                self.catalog.meta("model") or "",
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
        for done, (path, result) in enumerate(read_all(queue, self.settings), start=1):
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
                summary.not_read.append(cannot_open(path, error))
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
        vectors = self._encode(passages, reading.document.source)
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

    def _encode(self, passages: Sequence[Passage], source: str) -> NDArray[np.float32]:
        """Vectors of passages; of a paragraph that the report of a file name has already, word for
        word under the same heading, they are taken over."""
        held: dict[tuple[str, ...], NDArray[np.float32]] = {}
        for report in self.catalog.reports():
            if report.source == source:
                _, kept = self.catalog.vectors(report.number)
                stored = self.catalog.passages(report.number)
                parts = _made_of([(p.text, p.context, p.block) for p in stored])
                held = dict(zip(parts, kept, strict=True))
        made_of = _made_of([(p.text, p.context, p.block_key) for p in passages])
        fresh = [p for p, key in zip(passages, made_of, strict=True) if key not in held]
        if self._passage_encoder is None:
            self._passage_encoder = PassageEncoder(self.encoder)
        made = iter(self._passage_encoder.encode(fresh) if fresh else ())
        rows = [held[key] if key in held else next(made) for key in made_of]
        return np.array(rows, dtype=np.float32)

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


def _made_of(passages: Sequence[tuple[str, str, object]]) -> list[tuple[str, ...]]:
    """What the vector of each passage is made of: its words, its heading, its paragraph's words.

    ``passages`` are words, heading and block of each.
    """
    paragraphs: dict[object, list[str]] = {}
    for text, _, block in passages:
        paragraphs.setdefault(block, []).append(text)
    return [(text, context, *paragraphs[block]) for text, context, block in passages]


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


def _same_file(path: Path, name: str) -> NotRead:
    reason = f"{path.name} is the same file as {name}, byte for byte; it is kept once."
    return NotRead(path, "duplicate", reason)


def _no_file(path: Path) -> NotRead:
    what = "a link to nothing" if path.is_symlink() and not path.exists() else "no regular file"
    return NotRead(path, "cannot_open", f"{path.name} is {what}. Give the report's file itself.")
