"""The query map: moves a question's vector to where the sentences stand that answer such questions.

The embedding model puts a question near sentences that share its words. One linear map, fitted
by ``python -m eval.train_query_map`` on questions with their supporting sentences, puts it
nearer to those that answer. The index keeps the model's own vectors; only questions are moved.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).parent / "data" / "query_map.npz"


class QueryMap:
    """``q + q W``, of unit length again."""

    def __init__(self, weights: NDArray[np.float32], model: str) -> None:
        self._weights = weights
        self._model = model

    def fits(self, identity: str) -> bool:
        """Whether it was fitted to vectors of this embedding model, however that is run."""
        return identity.rsplit("-", 1)[0] == self._model

    def move(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """A unit vector, shape (dimension,), for one of that shape."""
        moved: NDArray[np.float32] = vector + vector @ self._weights
        return moved / max(float(np.linalg.norm(moved)), 1e-9)

    def save(self, path: Path) -> None:
        """Keep it in half precision."""
        np.savez_compressed(path, weights=self._weights.astype(np.float16), model=self._model)


@lru_cache(maxsize=1)
def load_query_map() -> QueryMap | None:
    """The map that comes with the package; None if there is none."""
    if not MODEL.is_file():
        return None
    with np.load(MODEL) as kept:
        return QueryMap(kept["weights"].astype(np.float32), str(kept["model"]))
