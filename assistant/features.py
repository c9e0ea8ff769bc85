"""What a ranker can know of a sentence before a question: plain numbers, named.

The same code makes the features for training (``eval.train_ranker``) and for answering, so
that the two cannot drift apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.models import Intent, Question
from assistant.slots import by_count, counted_noun
from assistant.words import (
    HAS_CAUSE,
    HAS_DATE,
    HAS_NUMBER,
    Alternatives,
    alternatives_in,
    coverage,
    stem,
    stems_of,
)
from index.grades import find_grades
from index.models import BlockKind

NAMES = (
    "cosine", "cosine_plain", "cosine_rank", "words", "words_rank", "words_total",
    "cosine_best_in_block", "words_best_in_block", "is_best_in_block",
    "cosine_before", "cosine_after", "words_before", "words_after",
    "covered", "covered_with_heading", "covered_with_before", "covered_in_block",
    "rare_covered", "rare_covered_in_block", "rarest_covered",
    "covered_by_heading", "bigrams",
    "position", "is_first", "is_last", "sentences", "length", "length_of_question",
    "numbered", "unnumbered", "heading", "front_matter", "table", "footnote",
    "digits", "number", "date", "cause", "grade", "capitals", "quotes", "negation",
    "opens_with_pronoun", "opens_with_but", "action_words",
    "asks_count", "asks_date", "asks_person", "asks_why", "asks_yes_no", "asks_grade",
    "number_if_asked", "date_if_asked", "cause_if_asked", "name_if_asked", "counted_if_asked",
)  # fmt: skip
"""The features, in the order of the columns."""

_NEGATION = re.compile(r"\b(?:not|no|none|never|without|lack\w*|few|absence)\b", re.I)
_PRONOUN = re.compile(r"^(?:this|these|they|it|their|those|such|he|she|there)\b", re.I)
_BUT = re.compile(r"^(?:however|but|although|nonetheless|nevertheless|despite)\b", re.I)
_ACTION = re.compile(
    r"^(?:ensure|improve|review|strengthen|develop|increase|make sure|reduce)\b", re.I
)
_NAME = re.compile(r"\b[A-Z][a-z]+(?:\s+[A-Z][a-z]+)+|\b[A-Z]{2,}\b|\u2018[^\u2019]{3,40}\u2019")
_ROLE = re.compile(
    r"\b(?:director|chief executive|chair|leader|head|manager|member|officer|worker|team|board|panel|"
    r"agenc\w+|partner\w*|council\w*|school\w*|police|carer\w*|service|adviser\w*|inspector\w*|staff)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence with its scores, as the pool has it."""

    passage: int
    block: tuple[int, int]
    number: int
    text: str
    context: str
    kind: BlockKind
    labelled: bool
    cosine: float
    plain: float
    words: float
    stems: frozenset[str]
    block_stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Look:
    """What a sentence holds, whatever is asked."""

    length: float
    digits: bool
    number: bool
    date: bool
    cause: bool
    grade: bool
    names: int
    named: bool
    quotes: bool
    negation: bool
    pronoun: bool
    but: bool
    action: bool
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=10_000)
def _look_at(text: str) -> _Look:
    names = len(_NAME.findall(text))
    return _Look(
        length=math.log1p(len(text.split())),
        digits=bool(re.search(r"\d", text)),
        number=bool(HAS_NUMBER.search(text)),
        date=bool(HAS_DATE.search(text)),
        cause=bool(HAS_CAUSE.search(text)),
        grade=bool(find_grades(text)),
        names=names,
        named=bool(names or _ROLE.search(text)),
        quotes="\u2018" in text,
        negation=bool(_NEGATION.search(text)),
        pronoun=bool(_PRONOUN.match(text)),
        but=bool(_BUT.match(text)),
        action=bool(_ACTION.match(text)),
        pairs=_pairs(text),
    )


def make_features(
    question: Question, rows: Sequence[Row], weights: Mapping[str, float]
) -> NDArray[np.float32]:
    """Features of every row, shape (len(rows), len(NAMES)).

    ``weights`` gives the rarity of stems within the reports asked (inverse document
    frequency); stems it lacks count as rarest.
    """
    wanted = frozenset(stem(term) for term in question.terms)
    alternatives = alternatives_in(question.bare)
    asked_pairs = _pairs(question.bare)
    cosine_rank = _ranks([row.cosine for row in rows])
    words_rank = _ranks([row.words for row in rows])
    top_words = max((row.words for row in rows), default=0.0) or 1.0
    by_place = {(row.block, row.number): row for row in rows}
    blocks: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        blocks.setdefault(row.block, []).append(row)
    noun = counted_noun(question.bare) if question.intent is Intent.COUNT else set()
    matrix = np.zeros((len(rows), len(NAMES)), dtype=np.float32)
    for i, row in enumerate(rows):
        own_block = blocks[row.block]
        before = by_place.get((row.block, row.number - 1))
        after = by_place.get((row.block, row.number + 1))
        heading = stems_of(row.context)
        asks = question.intent
        text = _look_at(row.text)
        matrix[i] = (
            row.cosine,
            row.plain,
            cosine_rank[i],
            row.words / top_words,
            words_rank[i],
            row.words,
            max(r.cosine for r in own_block),
            max(r.words for r in own_block) / top_words,
            float(row.cosine >= max(r.cosine for r in own_block)),
            before.cosine if before else 0.0,
            after.cosine if after else 0.0,
            before.words / top_words if before else 0.0,
            after.words / top_words if after else 0.0,
            coverage(wanted, alternatives, row.stems),
            coverage(wanted, alternatives, row.stems | heading),
            coverage(wanted, alternatives, row.stems | (before.stems if before else frozenset())),
            coverage(wanted, alternatives, row.block_stems | heading),
            _weighted(wanted, alternatives, row.stems, weights),
            _weighted(wanted, alternatives, row.block_stems | heading, weights),
            _rarest(wanted, alternatives, row.stems, weights),
            coverage(wanted, alternatives, heading),
            len(asked_pairs & text.pairs),
            row.number,
            float(row.number == 0),
            float(after is None),
            len(own_block),
            text.length,
            len(wanted),
            float(row.labelled),
            float(row.kind is BlockKind.UNNUMBERED),
            float(row.kind is BlockKind.HEADING),
            float(row.kind is BlockKind.FRONT_MATTER),
            float(row.kind is BlockKind.TABLE),
            float(row.kind is BlockKind.FOOTNOTE),
            text.digits,
            text.number,
            text.date,
            text.cause,
            text.grade,
            text.names,
            text.quotes,
            text.negation,
            text.pronoun,
            text.but,
            text.action,
            float(asks is Intent.COUNT),
            float(asks is Intent.DATE),
            float(asks is Intent.PERSON),
            float(asks is Intent.WHY),
            float(asks is Intent.YES_NO),
            float(asks is Intent.GRADE),
            float(asks is Intent.COUNT and text.number),
            float(asks is Intent.DATE and text.date),
            float(asks is Intent.WHY and text.cause),
            float(asks is Intent.PERSON and text.named),
            by_count(noun, row.text) if noun else 0.0,
        )
    return matrix


def rarity(documents: Sequence[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency of stems over blocks: log((N + 1) / (n + 0.5))."""
    counts: dict[str, int] = {}
    for stems in documents:
        for item in stems:
            counts[item] = counts.get(item, 0) + 1
    total = len(documents)
    return {item: math.log((total + 1) / (count + 0.5)) for item, count in counts.items()}


def _weight(item: str, weights: Mapping[str, float]) -> float:
    return weights.get(item, 7.0)


def _covered(
    wanted: frozenset[str], alternatives: tuple[Alternatives, ...], present: frozenset[str]
) -> frozenset[str]:
    covered = wanted & present
    for alternative in alternatives:
        if any(other <= present for other in alternative.instead):
            covered |= wanted & alternative.asked
    return covered


def _weighted(
    wanted: frozenset[str],
    alternatives: tuple[Alternatives, ...],
    present: frozenset[str],
    weights: Mapping[str, float],
) -> float:
    total = sum(_weight(item, weights) for item in wanted)
    found = sum(_weight(item, weights) for item in _covered(wanted, alternatives, present))
    return found / total if total else 0.0


def _rarest(
    wanted: frozenset[str],
    alternatives: tuple[Alternatives, ...],
    present: frozenset[str],
    weights: Mapping[str, float],
) -> float:
    known = [item for item in wanted if item in weights]
    if not known:
        return 0.0
    rarest = max(known, key=lambda item: (weights[item], item))
    return float(rarest in _covered(wanted, alternatives, present))


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda i: -values[i])
    ranks = [0.0] * len(values)
    for place, i in enumerate(order):
        ranks[i] = math.log1p(place)
    return ranks


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    stems = [stem(word) for word in re.findall(r"[a-z0-9'-]+", text.lower())]
    return frozenset(zip(stems, stems[1:], strict=False))
