"""Whether what was found answers at all: the last word before an answer from passages.

A logistic model over three things: the features of the best sentences, what the reader
says of them, and what the question fixes (years, numbers, groups of people, words the
report does not know, the sort of value wanted) with whether the sentence meets it; some of
it weighed apart for each kind of answer. Fitted by ``inspections calibrate`` on answerable
questions and near misses; the threshold is where the share of answerable ones wrongly
declined is as set there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assistant.features import NAMES
from assistant.models import Intent, Question
from assistant.refusing import asks_for_a_name, names_told
from assistant.retrieval import Candidate
from assistant.slots import counts_it, slot_features
from assistant.words import GROUPS, stem, stems_of

MODEL = Path(__file__).parent / "data" / "gate.json"
LOOKED_AT = 8
"""How many of the best candidates the features are made of."""
_SURE = 0.9
"""Score from which a sentence is found first by far."""
_SURE_OF_A_NAME, _MOSTLY = 0.95, 0.6
_UNKNOWN = 8.0
_FIRST = 18
"""How many features of the second and of the best are looked at: those of the match itself."""
_MATCHED = len(NAMES) + 2 * _FIRST
_FIXED, _READINGS, _SLOTS = 24, 10, 49
_WANTED = (
    frozenset({Intent.COUNT}),
    frozenset({Intent.YES_NO}),
    frozenset({Intent.WHY}),
    frozenset({Intent.DATE, Intent.PERSON}),
)
"""Kinds of answer that the gate weighs what it sees apart for."""
PARTS = {
    "matches": slice(0, _MATCHED),
    "what is fixed": slice(_MATCHED, _MATCHED + _FIXED),
    "reader": slice(_MATCHED + _FIXED, _MATCHED + _FIXED + _READINGS),
    "slots": slice(_MATCHED + _FIXED + _READINGS, _MATCHED + _FIXED + _READINGS + _SLOTS),
    "kinds of answer": slice(_MATCHED + _FIXED + _READINGS + _SLOTS, None),
}
"""What the features are of, by column."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


class GateModel(BaseModel):
    """What is kept of a fitted gate."""

    model_config = ConfigDict(extra="forbid")

    means: list[float]
    scales: list[float]
    weights: list[float]
    bias: float
    threshold: float
    wrongly_declined: float
    questions: int


class Gate:
    """Says whether an answer may be given from the sentences found."""

    def __init__(self, model: GateModel) -> None:
        self._weights = np.array(model.weights) / np.array(model.scales)
        self._bias = model.bias - float(np.array(model.means) @ self._weights)
        self._threshold = model.threshold

    def score(
        self, question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
    ) -> float:
        """Log odds that the best sentences answer the question."""
        row = gate_features(question, candidates, weights)
        return float(row @ self._weights) + self._bias

    def passes(
        self, question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
    ) -> bool:
        """Whether the best sentences answer the question, as far as can be told."""
        if len(candidates) < 3 or any(c.read is None for c in candidates[:3]):
            return True
        if _plainly_counted(question, candidates[0]) or _plainly_named(question, candidates[0]):
            return True
        return self.score(question, candidates, weights) >= self._threshold


@lru_cache(maxsize=1)
def load_gate() -> Gate | None:
    """The gate that comes with the package; None if there is none."""
    if not MODEL.is_file():
        return None
    return Gate(GateModel.model_validate(json.loads(MODEL.read_text(encoding="utf-8"))))


def gate_features(
    question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    """Features of a question with its best candidates (at least three, read), one row."""
    best = candidates[:LOOKED_AT]
    described = np.array([c.features for c in best[:5]])
    assert described.shape[1] == len(NAMES)
    sentences = [c.passage.text for c in best]
    return np.concatenate(
        [
            described[0],
            described[1][:_FIRST],
            described.max(axis=0)[:_FIRST],
            _fixed(question, best, weights),
            _read(best),
            slot_features(question.text, sentences, best[0].block.text),
            _by_kind(question, best),
        ]
    )


def _plainly_counted(question: Question, first: Candidate) -> bool:
    """Whether a count is surely the one asked for: the sentence, found first by far, speaks of
    everything the question does and holds a figure. The gate was fitted to questions in other
    words than the report's and knows little of those in the same."""
    return (
        question.intent is Intent.COUNT
        and first.score >= _SURE
        and first.covered >= 1.0
        and not _of_another_group(question, first)[0]
    )


def _plainly_named(question: Question, first: Candidate) -> bool:
    """Whether a thing asked for by name is surely the one named: in a sentence found first by far
    that speaks of most of what the question does."""
    return (
        first.score >= _SURE_OF_A_NAME
        and first.covered >= _MOSTLY
        and asks_for_a_name(question)
        and bool(names_told(question, first))
    )


def _of_another_group(question: Question, first: Candidate) -> tuple[bool, bool]:
    """Whether a sentence speaks of another group of people than the question; and whether the
    question's own is missing from it."""
    text = f"{first.told} {first.passage.context}"
    unmet = any(group.search(question.bare) and not group.search(text) for group in GROUPS.values())
    other = any(group.search(text) and not group.search(question.bare) for group in GROUPS.values())
    return unmet and other, unmet


def _by_kind(question: Question, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """Whether the first sentence speaks of another group of people than the question; and that,
    what the reader says, and how plainly it counts what is asked, for each kind of answer: what
    tells a "how many" that is answered from one that is not tells nothing of a "why"."""
    first = candidates[0]
    other, unmet = _of_another_group(question, first)
    answers = [c.read[1] for c in candidates if c.read is not None]
    counted = counts_it(question.bare, first.passage.text, "")
    found: list[float] = [other, unmet]
    for kinds in _WANTED:
        seen = (1.0, answers[0], max(answers), other, unmet, counted, first.covered)
        found += seen if question.intent in kinds else [0.0] * len(seen)
    return np.array(found, dtype=np.float64)


def _read(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """What the reader says of the candidates: of the first two, and at best."""
    readings = np.array([c.read for c in candidates if c.read is not None])
    order, answers = readings[:, 0], readings[:, 1]
    return np.array(
        [
            answers[0],
            answers[1],
            answers.max(),
            np.sort(answers)[-2],
            answers[:3].mean(),
            order[0],
            order[1],
            order.max(),
            order[0] - order[1],
            answers[int(np.argmax(order))],
        ]
    )


def _fixed(
    question: Question, candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> NDArray[np.float64]:
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
    return np.array(
        [
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
        ],
        dtype=np.float64,
    )
