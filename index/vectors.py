"""The vector index beside the catalog: Chroma, rebuilt from the catalog at will.

Vectors live in the catalog; Chroma holds a copy for search over many reports. Within a few
reports an exact search over the catalog's own vectors is as fast, and is what
:class:`VectorIndex` does; it is also what answers while Chroma is not to be trusted.
Nothing is embedded here.

Chroma is trusted as it was left after the last clean write. Where it was left otherwise (a
write that never ended, files changed since) a child process looks at every id and vector
first: a damaged segment kills its reader instead of raising an error, and an index whose
write was cut off may hold all its ids and still not find them.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.catalog import Catalog

log = logging.getLogger(__name__)

_COLLECTION = "passages"
_BATCH = 4000
"""Under Chroma's own limit of 5,461 rows a call."""
_SPARE = 100
"""So many more are asked of Chroma than wanted: its search is approximate, most so at the end
of a short list."""
_HNSW = {"space": "cosine", "ef_construction": 100, "ef_search": 500, "max_neighbors": 32}
"""A denser graph than Chroma's default: recall before speed."""
_PROBE_SECONDS = 300.0
_SETTLED_SECONDS = 2.0
_FEW = 1000
"""So many passages are taken out one by one, whatever their share."""
_SEARCHED = 200
"""How many passages a probe also searches by their own vectors."""


class State(IntEnum):
    """What a probe found; also its exit status."""

    LEVEL = 0
    BEHIND = 10
    """Sound, but without some passages, or with some that are gone."""
    DAMAGED = 11


class VectorIndex:
    """Nearest passages by cosine, over all reports or some."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder
        self._catalog = catalog
        self._matrices: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._client: Any | None = None
        self._collection: Any | None = None
        self._tried = False
        self._lock = threading.RLock()
        self._mark = folder.with_name(folder.name + ".level")
        """Holds the fingerprint of the folder as it was left; absent while it is written to."""

    def search(
        self, vector: NDArray[np.float32], limit: int, numbers: Sequence[int]
    ) -> list[tuple[int, float]]:
        """The nearest passages of the reports ``numbers``: (passage id, cosine), best first."""
        matrices = [self._matrix(number) for number in numbers]
        total = sum(len(ids) for ids, _ in matrices)
        if total == 0:
            return []
        ids = np.concatenate([ids for ids, _ in matrices if len(ids)])
        scores = np.concatenate([rows @ vector for ids, rows in matrices if len(ids)])
        count = min(limit, total)
        top = np.argpartition(-scores, count - 1)[:count]
        top = top[np.lexsort((ids[top], -scores[top]))]
        return [(int(ids[i]), float(scores[i])) for i in top]

    def search_all(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """The nearest passages of the whole index, through Chroma when it is level.

        Chroma's search is approximate; its distances are cosine distances.
        """
        collection = self._collection
        if collection is None and not self._tried and self.open():
            collection = self._collection
        if collection is None:
            numbers = [report.number for report in self._catalog.reports()]
            return self.search(vector, limit, numbers)
        found = collection.query(
            query_embeddings=[vector.tolist()], n_results=limit + _SPARE, include=["distances"]
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        scored = [(int(key), 1.0 - float(distance)) for key, distance in pairs]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _matrix(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if number not in self._matrices:
            self._matrices[number] = self._catalog.vectors(number)
        return self._matrices[number]

    def forget(self, number: int) -> None:
        """Drop what is held of a report that has changed."""
        self._matrices.pop(number, None)

    def open(self) -> bool:
        """Open Chroma if it is there, sound, and level with the catalog."""
        self._tried = True
        if not self.folder.is_dir():
            return False
        if not self._left_clean() and self.probe() is not State.LEVEL:
            log.warning(
                "The vector index in %s is not level with the catalog; searching the catalog "
                "itself. `inspections index --rebuild` makes it anew.",
                self.folder,
            )
            return False
        held = self._opened().get(include=[])["ids"]
        if {int(key) for key in held} != self._known():
            log.warning("Chroma is not level with the catalog; searching the catalog instead.")
            self._let_go()
            self._tried = True
            return False
        return True

    def _opened(self) -> Any:
        """The collection, opened if it is not."""
        if self._collection is None:
            self._client = _client(self.folder)
            self._collection = _collection(self._client)
        return self._collection

    def probe(self) -> State:
        """Look at every id and vector of Chroma in a child process."""
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=_probe, args=(self.folder, self._catalog.path))
        child.start()
        child.join(_PROBE_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
        found = child.exitcode
        return State(found) if found in (State.LEVEL, State.BEHIND) else State.DAMAGED

    def bring_level(self) -> int:
        """Put into Chroma what it lacks and take out what is gone; how many rows changed.

        What was left behind by an unclean stop is looked at first, and made anew in a new
        folder where it is damaged. May run beside searches, which go to the catalog until then.
        """
        with self._lock:
            self._clear_swap()
            if self._collection is None and self.folder.is_dir() and not self._left_clean():
                if self.probe() is State.DAMAGED:
                    return self.rebuild()
                if self._mostly_gone():
                    return self.rebuild()
                changed = self._write_level()
                self._let_go()
                if self.probe() is not State.LEVEL:
                    return self.rebuild()
                self._note_level()
                return changed
            return self.rebuild() if self._mostly_gone() else self._write_level()

    def _mostly_gone(self) -> bool:
        """Whether most of what Chroma holds is to go: taking it out one by one would take it far
        longer than making it anew."""
        if self._collection is None and not self.folder.is_dir():
            return False
        held = {int(key) for key in self._opened().get(include=[])["ids"]}
        return len(held - self._known()) > max(_FEW, len(held) // 2)

    def _write_level(self) -> int:
        owners = dict(self._catalog.passage_ids())
        with self._writing():
            collection = self._opened()
            held = {int(key) for key in collection.get(include=[])["ids"]}
            gone = [str(key) for key in sorted(held - owners.keys())]
            for begin in range(0, len(gone), _BATCH):
                collection.delete(ids=gone[begin : begin + _BATCH])
            missing = owners.keys() - held
            for ids, vectors in self._batches(sorted({owners[key] for key in missing})):
                collection.upsert(ids=[str(key) for key in ids], embeddings=vectors)
        return len(gone) + len(missing)

    def _batches(
        self, numbers: Sequence[int]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Ids and vectors of reports, as many at a time as Chroma takes."""
        held: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        for number in numbers:
            held.append(self._catalog.vectors(number))
            last = number == numbers[-1]
            if not last and sum(len(ids) for ids, _ in held) < _BATCH:
                continue
            ids = np.concatenate([ids for ids, _ in held])
            vectors = np.concatenate([rows for _, rows in held])
            for begin in range(0, len(ids), _BATCH):
                yield ids[begin : begin + _BATCH], vectors[begin : begin + _BATCH]
            held.clear()

    def rebuild(self) -> int:
        """Make Chroma anew in a new folder and swap it in; nothing is embedded again.

        Searches go to the catalog in the meantime.
        """
        with self._lock:
            return self._rebuild()

    def _rebuild(self) -> int:
        self._let_go()
        fresh, old = self._beside(".new"), self._beside(".old")
        shutil.rmtree(fresh, ignore_errors=True)
        other = VectorIndex(fresh, self._catalog)
        rows = other.bring_level()
        other.close()
        other._mark.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)
        self._note_level()
        self._opened()
        return rows

    def close(self) -> None:
        """Let go of Chroma."""
        if self._collection is not None:
            clean = self._mark.exists()
            self._let_go()
            if clean:
                self._note_level()

    def _let_go(self) -> None:
        """Close Chroma, and wait until SQLite has put its log away: that happens in a thread of
        its own, and changes the files whose fingerprint is kept."""
        self._collection = None
        self._tried = False
        if self._client is not None:
            self._client.close()
            self._client = None
        _forget_clients()
        until = time.monotonic() + _SETTLED_SECONDS
        while _has_log(self.folder) and time.monotonic() < until:
            time.sleep(0.02)

    def _known(self) -> set[int]:
        return {key for key, _ in self._catalog.passage_ids()}

    def _beside(self, ending: str) -> Path:
        return self.folder.with_name(self.folder.name + ending)

    def _clear_swap(self) -> None:
        """Finish a swap that was cut off: the old folder comes back, the half-made one goes."""
        old = self._beside(".old")
        if old.is_dir() and not self.folder.exists():
            old.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self._beside(".new"), ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The mark is away while Chroma is written to: if it stays away, the write was cut off."""
        self._mark.unlink(missing_ok=True)
        yield
        self._note_level()

    def _note_level(self) -> None:
        partial = self._mark.with_suffix(".part")
        partial.write_text(_fingerprint(self.folder), encoding="ascii")
        partial.replace(self._mark)

    def _left_clean(self) -> bool:
        if not self._mark.is_file():
            return False
        return self._mark.read_text(encoding="ascii") == _fingerprint(self.folder)


def _fingerprint(folder: Path) -> str:
    """Digest of the names and sizes of a folder's data files, and of when they were last
    written. SQLite's own scratch files come and go with every reader and are left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
            found = path.stat()
            line = f"{path.relative_to(folder)} {found.st_size} {found.st_mtime_ns}\n"
            digest.update(line.encode())
    return digest.hexdigest()


def _probe(folder: Path, catalog_path: Path) -> None:
    """In a process of its own: every id and vector against the catalog, and a search by some."""
    catalog = Catalog(catalog_path)
    owners = dict(catalog.passage_ids())
    collection = _collection(_client(folder))
    held = {int(key) for key in collection.get(include=[])["ids"]}
    for number in sorted({owners[key] for key in held & owners.keys()}):
        ids, vectors = catalog.vectors(number)
        rows = [i for i, key in enumerate(ids) if int(key) in held]
        found = collection.get(ids=[str(ids[i]) for i in rows], include=["embeddings"])
        placed = {int(k): v for k, v in zip(found["ids"], found["embeddings"], strict=True)}
        if any(not np.allclose(placed[int(ids[i])], vectors[i], atol=1e-3) for i in rows):
            os._exit(State.DAMAGED)
    sample = sorted(held)[:: max(1, len(held) // _SEARCHED)]
    for key in sample:
        vector = collection.get(ids=[str(key)], include=["embeddings"])["embeddings"][0]
        nearest = collection.query(query_embeddings=[vector], n_results=1, include=["distances"])
        if not nearest["ids"][0] or nearest["distances"][0][0] > 1e-3:
            os._exit(State.DAMAGED)
    os._exit(State.LEVEL if held == owners.keys() else State.BEHIND)


def _has_log(folder: Path) -> bool:
    """Whether SQLite's write-ahead log still holds something."""
    try:
        return (folder / "chroma.sqlite3-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
    )


def _collection(client: Any) -> Any:
    return client.get_or_create_collection(
        _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
    )


def _forget_clients() -> None:
    """Chroma keeps one system per folder for the life of the process; a moved folder needs
    a new one."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
