"""Whether what was found answers at all: the last word before an answer from passages.

Gradient-boosted trees over the features of the best sentences and over what the question
fixes: words the report does not know, numbers and years not met, another group of people,
another sort of value. Trained by ``inspections calibrate`` on answerable questions and near
misses; the threshold is where the share of answerable ones wrongly declined is as set there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.features import NAMES
from assistant.models import Question
from assistant.retrieval import Candidate
from assistant.words import GROUPS, stem, stems_of

DATA = Path(__file__).parent / "data"
MODEL, THRESHOLD = DATA / "gate.txt", DATA / "gate.json"
_UNKNOWN = 8.0
_FIRST = 17
"""How many features of the second and of the best are looked at: those of the match itself."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CUES = (
    re.compile(r"\b(?:name|who)\b", re.I),
    re.compile(r"\bwhy|reason|cause", re.I),
    re.compile(r"per ?cent|percentage|proportion|share", re.I),
    re.compile(r"cost|spen[dt]|budget|\u00a3|pay|paid|money", re.I),
    re.compile(r"exact|average|total|breakdown", re.I),
)
_MET = (re.compile(r"%|per cent"), re.compile("\u00a3"), re.compile(r"average|total", re.I))


class Gate:
    """Says whether an answer may be given from the sentences found."""

    def __init__(self, booster: Any, threshold: float) -> None:
        self._booster = booster
        self._threshold = threshold

    def passes(
        self, question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
    ) -> bool:
        """Whether the best sentences answer the question, as far as can be told."""
        if len(candidates) < 3 or not candidates[0].features:
            return True
        row = gate_features(question, candidates, weights)
        return float(self._booster.predict(row[None, :], num_threads=1)[0]) >= self._threshold


@lru_cache(maxsize=1)
def load_gate() -> Gate | None:
    """The gate that comes with the package; None if there is none."""
    if not (MODEL.is_file() and THRESHOLD.is_file()):
        return None
    import lightgbm

    threshold = float(json.loads(THRESHOLD.read_text(encoding="utf-8"))["threshold"])
    return Gate(lightgbm.Booster(model_file=str(MODEL)), threshold)


def gate_features(
    question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> NDArray[np.float32]:
    """Features of a question with its best candidates (at least three), one row."""
    described = np.array([c.features for c in candidates[:5]])
    assert described.shape[1] == len(NAMES)
    return np.concatenate(
        [
            described[0],
            described[1][:_FIRST],
            described.max(axis=0)[:_FIRST],
            _fixed(question, candidates, weights),
        ]
    ).astype(np.float32)


def _fixed(
    question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> NDArray[np.float32]:
    """What the question fixes, and whether the first sentence, or its paragraph, meets it."""
    first = candidates[0]
    text, context = first.passage.text, first.passage.context
    paragraph = f"{first.block.text} {context}"
    here = stems_of(text) | stems_of(context)
    there = stems_of(paragraph)
    near = stems_of(" ".join(c.passage.text for c in candidates[:3]))
    terms = [(stem(term), weights.get(stem(term))) for term in question.terms]
    weighted = [(item, _UNKNOWN if weight is None else weight) for item, weight in terms]
    unmet = [weight for item, weight in weighted if item not in here]
    unmet_there = [weight for item, weight in weighted if item not in there]
    unmet_near = [weight for item, weight in weighted if item not in near]
    count = max(1, len(terms))
    unknown = sum(weight is None for _, weight in terms)
    asked = set(_NUMBER.findall(question.bare))
    years = {number for number in asked if _YEAR.fullmatch(number)}
    given, given_there = set(_NUMBER.findall(text)), set(_NUMBER.findall(paragraph))
    groups = [name for name, group in GROUPS.items() if group.search(question.bare)]
    scores = np.array([c.score for c in candidates[:8]])
    values = [
        unknown,
        unknown / count,
        max(unmet, default=0.0),
        sum(unmet),
        max(unmet_there, default=0.0),
        sum(unmet_there),
        max(unmet_near, default=0.0),
        len(unmet) / count,
        len(unmet_there) / count,
        len(asked),
        len(asked - given),
        len(asked - given_there),
        len(years),
        len(years - given_there),
        len(groups),
        sum(not GROUPS[name].search(f"{text} {context}") for name in groups),
        sum(not GROUPS[name].search(paragraph) for name in groups),
        sum(bool(g.search(text)) for name, g in GROUPS.items() if name not in groups),
        scores[0],
        scores[0] - scores[1],
        scores[:3].sum(),
        scores.sum(),
        len(terms),
        len(given),
        *(float(bool(cue.search(question.bare))) for cue in _CUES),
        *(float(bool(met.search(text))) for met in _MET),
    ]
    return np.array(values, dtype=np.float32)
