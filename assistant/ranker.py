"""The learned ranker: gradient-boosted trees over the features of a sentence.

Trained by ``python -m eval.train_ranker`` on questions with their supporting sentences; what
is kept is the trees, and no report's text.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.features import NAMES

MODEL = Path(__file__).parent / "data" / "ranker.txt"


class Ranker:
    """Says how likely a sentence is to answer, from its features."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Scores, shape (rows,), for features of shape (rows, len(NAMES)).

        They compare sentences for one question; they have no unit and no bounds.
        """
        raw: NDArray[np.float64] = self._booster.predict(features, num_threads=1)
        return raw


@lru_cache(maxsize=1)
def load_ranker() -> Ranker | None:
    """The ranker that comes with the package; None if there is none for these features."""
    if not MODEL.is_file():
        return None
    import lightgbm

    booster = lightgbm.Booster(model_file=str(MODEL))
    return Ranker(booster) if booster.feature_name() == list(NAMES) else None
