"""The vector index beside the catalog: Chroma, rebuilt from the catalog at will.

Vectors live in the catalog; Chroma holds a copy for search over many reports. Within a few
reports an exact search over the catalog's own vectors is as fast, and is what
:class:`VectorIndex` does. Nothing is embedded here.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
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
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 500, "max_neighbors": 32}
"""A denser graph than Chroma's default: recall before speed."""


class VectorIndex:
    """Nearest passages by cosine, over all reports or some."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder
        self._catalog = catalog
        self._matrices: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._collection: Any | None = None

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
        numbers = [report.number for report in self._catalog.reports()]
        if self._collection is None and not self.open():
            return self.search(vector, limit, numbers)
        assert self._collection is not None
        found = self._collection.query(
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
        """Open Chroma if it is there and level with the catalog."""
        if not self.folder.is_dir():
            return False
        collection = _collection(self.folder)
        known = {key for key, _ in self._catalog.passage_ids()}
        held = {int(key) for key in collection.get(include=[])["ids"]}
        if held != known:
            log.warning("Chroma is not level with the catalog; searching the catalog instead.")
            return False
        self._collection = collection
        return True

    def bring_level(self) -> int:
        """Put into Chroma what it lacks and take out what is gone; how many rows changed."""
        collection = _collection(self.folder)
        owners = dict(self._catalog.passage_ids())
        held = {int(key) for key in collection.get(include=[])["ids"]}
        gone = [str(key) for key in sorted(held - owners.keys())]
        for begin in range(0, len(gone), _BATCH):
            collection.delete(ids=gone[begin : begin + _BATCH])
        missing = owners.keys() - held
        for number in sorted({owners[key] for key in missing}):
            ids, vectors = self._catalog.vectors(number)
            for begin in range(0, len(ids), _BATCH):
                part = ids[begin : begin + _BATCH]
                collection.upsert(
                    ids=[str(key) for key in part],
                    embeddings=vectors[begin : begin + _BATCH],
                    metadatas=[{"report": number}] * len(part),
                )
        self._collection = collection
        return len(gone) + len(missing)

    def rebuild(self) -> int:
        """Make Chroma anew in a new folder and swap it in; nothing is embedded again."""
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        other = VectorIndex(fresh, self._catalog)
        rows = other.bring_level()
        other.close()
        self.close()
        old = self.folder.with_name(self.folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)
        return rows

    def close(self) -> None:
        """Let go of Chroma."""
        if self._collection is not None:
            self._collection = None
            _forget_clients()


def _collection(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    client = chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
    )
    return client.get_or_create_collection(
        _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
    )


def _forget_clients() -> None:
    """Chroma keeps one system per folder for the life of the process; a moved folder needs
    a new one."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
