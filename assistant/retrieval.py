"""Finding the sentences that answer: dense and BM25 together, scope before ranking.

Every passage is one sentence. Its score is a mixture of its own two scores and its
paragraph's, each normalised within the scope, so that no scale wins by its units.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.features import Row, make_features, rarity
from assistant.models import Intent, Question
from assistant.query_map import QueryMap
from assistant.ranker import Ranker
from assistant.reader import PairReader, pair_of
from assistant.words import (
    HAS_CAUSE,
    HAS_DATE,
    HAS_NUMBER,
    POINTS_BACK,
    alternatives_in,
    coverage,
    key_terms,
    stem,
    stems_of,
    synonyms_in,
    words_of,
)
from index.build import Index
from index.catalog import Report, StoredPassage
from index.grades import find_grades
from index.models import Block, BlockKind

_POOL = 400
_RANKED = 80
_FEW = 8
"""Up to so many reports are searched exactly, also when there are no others."""
_NEIGHBOURED = 25
"""How much of the pool the ranker orders: its upper part, and the whole blocks of the top."""
_READ = 8
"""So many of the best are read together with the question; more gained nothing."""
_READING = 0.8
"""Weight of the reader beside the ranker: in a wide best stretch (0.7 to 1.0)."""
TITLES = (BlockKind.TABLE, BlockKind.HEADING, BlockKind.FRONT_MATTER)
"""Kinds of blocks that are cited by facts, and not quoted as sentences."""
_ON_THE_FRONT = (Intent.GRADE, Intent.DATE, Intent.PERSON)
"""What a title page, a heading or a table may answer by its own words."""
SCRAP = 5
"""Words under which a sentence is a scrap."""
_FOCUS, _FOCUS_LEANING = 2.0, 3.0
"""Added to the score of sentences in the paragraphs that a follow-up points back to; more
where it has no subject of its own."""
_DENSE, _WORDS, _PARAGRAPH, _COVER = 0.40, 0.25, 0.20, 0.15
"""Shares of a sentence's score: cosine, BM25, its paragraph, key terms covered. Round
numbers, near the best of a coarse search on half of the development reports."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, with what it scored and why."""

    passage: StoredPassage
    block: Block
    report: Report
    score: float
    cosine: float
    """Of the sentence and the question as the query map moves it."""
    plain: float
    """Of the sentence and the question as embedded."""
    words: float
    covered: float
    """Share of the question's key terms in the sentence or its heading."""
    covered_paragraph: float
    features: tuple[float, ...] = ()
    """What the ranker saw of it (assistant.features.NAMES); empty before ranking."""
    read: tuple[float, ...] | None = None
    """What the reader said of it: how well it ranks, whether it answers, whether it says yes;
    None if not read."""
    before: str = ""
    """The sentence before it, where it is not understood without."""

    @property
    def told(self) -> str:
        """The sentence with what it leans on."""
        return f"{self.before} {self.passage.text}".strip()


class Retriever:
    """Hybrid retrieval over the passages of chosen reports, ordered by ``ranker`` and
    ``reader`` if given."""

    def __init__(
        self,
        index: Index,
        ranker: Ranker | None = None,
        reader: PairReader | None = None,
        query_map: QueryMap | None = None,
    ) -> None:
        self._index = index
        self._passages: dict[int, list[StoredPassage]] = {}
        self._places: dict[int, dict[tuple[int, int], StoredPassage]] = {}
        self._blocks: dict[int, dict[int, Block]] = {}
        self._stems: dict[tuple[int, int, int], frozenset[str]] = {}
        self._weights: dict[tuple[int, ...], dict[str, float]] = {}
        self._ranker = ranker
        self._reader = reader
        fits = query_map is not None and query_map.fits(index.encoder.identity)
        self._query_map = query_map if fits else None

    def forget(self) -> None:
        """Drop what is held in memory after the index has changed."""
        self._passages.clear()
        self._places.clear()
        self._blocks.clear()
        self._stems.clear()
        self._weights.clear()

    def blocks(self, report: Report) -> dict[int, Block]:
        """A report's blocks by position."""
        if report.number not in self._blocks:
            self._blocks[report.number] = {
                block.order: block for block in self._index.catalog.blocks(report.number)
            }
        return self._blocks[report.number]

    def passages(self, report: Report) -> list[StoredPassage]:
        """A report's passages in reading order."""
        if report.number not in self._passages:
            self._passages[report.number] = self._index.catalog.passages(report.number)
        return self._passages[report.number]

    def before(self, report: Report, passage: StoredPassage) -> StoredPassage | None:
        """The sentence before one in its paragraph; None for the first."""
        return self._beside(report, passage, -1)

    def after(self, report: Report, passage: StoredPassage) -> StoredPassage | None:
        """The sentence after one in its paragraph; None for the last."""
        return self._beside(report, passage, 1)

    def _beside(self, report: Report, passage: StoredPassage, step: int) -> StoredPassage | None:
        if report.number not in self._places:
            self._places[report.number] = {(p.block, p.number): p for p in self.passages(report)}
        return self._places[report.number].get((passage.block, passage.number + step))

    def leant_on(self, report: Report, passage: StoredPassage) -> str:
        """The sentence before one that is not understood without it; empty for others."""
        before = self.before(report, passage) if POINTS_BACK.match(passage.text) else None
        return before.text if before else ""

    def pair(self, report: Report, passage: StoredPassage) -> str:
        """A sentence as the reader is given it: under its heading, after what it leans on."""
        return pair_of(passage.text, passage.context, self.leant_on(report, passage))

    def retrieve(
        self, question: Question, reports: Sequence[Report], limit: int = 20, *, read: bool = True
    ) -> list[Candidate]:
        """The best passages for a question, best first.

        The mixture finds the pool; the learned ranker orders its upper part; the best of that
        are read together with the question (unless ``read`` is false). Scores compare within
        one question and lie between 0 and 1.
        """
        mixed = self.find(question, reports)
        if self._ranker is None or not mixed:
            return mixed[:limit]
        rows, matrix = self.describe(question, mixed)
        scores = self._ranker.predict(matrix)
        scores = scores + np.array([_in_focus(question, row) for row in rows])
        order = sorted(range(len(rows)), key=lambda i: (-scores[i], rows[i].passage.id))
        readings = self._read(question, [rows[i] for i in order[:_READ]] if read else [])
        worst = min((reading[0] for reading in readings), default=0.0)
        ranked = []
        for place, i in enumerate(order):
            reading = readings[place] if place < len(readings) else None
            raw = float(scores[i]) + _READING * (reading[0] if reading else worst)
            ranked.append(
                replace(
                    rows[i],
                    score=_fit_kind(rows[i]) / (1.0 + math.exp(-raw)),
                    features=tuple(map(float, matrix[i])),
                    read=reading,
                )
            )
        ranked.sort(key=lambda c: (-c.score, c.passage.id))
        return [replace(c, before=self.leant_on(c.report, c.passage)) for c in ranked[:limit]]

    def _read(self, question: Question, candidates: Sequence[Candidate]) -> list[tuple[float, ...]]:
        """What the reader says of each; nothing without one."""
        if self._reader is None or not candidates:
            return []
        pairs = [self.pair(c.report, c.passage) for c in candidates]
        return [tuple(map(float, row)) for row in self._reader.read(question.plain, pairs)]

    def find(self, question: Question, reports: Sequence[Report]) -> list[Candidate]:
        """The pool in the order of the mixture of dense and BM25, before any ranker."""
        if not reports:
            return []
        numbers = [report.number for report in reports]
        by_number = {report.number: report for report in reports}
        everything = len(reports) > _FEW and len(reports) == len(self._index.catalog.reports())
        vector = self._index.encoder.encode([question.bare or question.text])[0]
        plain = self._near(vector, None if everything else numbers)
        cosines = plain
        if self._query_map is not None:
            cosines = self._near(self._query_map.move(vector), None if everything else numbers)
        words = dict(
            self._index.catalog.match_words(
                _fts_query(question), _POOL, None if everything else numbers
            )
        )
        pool = self._pool(cosines, words, by_number, everything)
        if not pool:
            return []
        scored = self._score(question, pool, cosines, plain, words)
        scored.sort(key=lambda c: (-c.score, c.passage.id))
        return scored

    def _near(self, vector: NDArray[np.float32], numbers: Sequence[int] | None) -> dict[int, float]:
        """Cosines by passage: of all passages of some reports, or of the nearest of all."""
        if numbers is None:
            return dict(self._index.vectors.search_all(vector, _POOL))
        return dict(self._index.vectors.search(vector, 1_000_000, numbers))

    def describe(
        self, question: Question, mixed: Sequence[Candidate]
    ) -> tuple[list[Candidate], NDArray[np.float32]]:
        """The upper part of a pool with its neighbours, and the features of each."""
        upper = list(mixed[:_RANKED])
        blocks = {(c.report.number, c.block.order) for c in upper[:_NEIGHBOURED]}
        blocks |= {
            (c.report.number, c.block.order)
            for c in mixed[_RANKED:]
            if (c.report.id, c.block.key) in question.focus
        }
        upper += [c for c in mixed[_RANKED:] if (c.report.number, c.block.order) in blocks]
        rows = [
            Row(
                passage=c.passage.id,
                block=(c.report.number, c.block.order),
                number=c.passage.number,
                text=c.passage.text,
                context=c.passage.context,
                kind=c.block.kind,
                labelled=c.block.label is not None,
                cosine=c.cosine,
                plain=c.plain,
                words=c.words,
                stems=self._stems_at(
                    c.report.number, c.block.order, c.passage.number, c.passage.text
                ),
                block_stems=self._stems_at(c.report.number, c.block.order, -1, c.block.text),
            )
            for c in upper
        ]
        weights = self._rarity(sorted({c.report.number: c.report for c in upper}.items()))
        return upper, make_features(question, rows, weights)

    def rarity_of(self, report: Report) -> dict[str, float]:
        """Rarity of stems within one report."""
        return self._rarity([(report.number, report)])

    def _rarity(self, reports: Sequence[tuple[int, Report]]) -> dict[str, float]:
        """Rarity of stems: within one report, or over the first few of many."""
        key = tuple(number for number, _ in reports[:3])
        if key not in self._weights:
            self._weights[key] = rarity(
                [
                    self._stems_at(number, block.order, -1, block.text)
                    for number, report in reports[:3]
                    for block in self.blocks(report).values()
                ]
            )
        return self._weights[key]

    def _pool(
        self,
        cosines: dict[int, float],
        words: dict[int, float],
        by_number: dict[int, Report],
        everything: bool,
    ) -> list[tuple[StoredPassage, Block, Report]]:
        wanted = set(sorted(cosines, key=cosines.__getitem__, reverse=True)[:_POOL]) | set(words)
        found: list[StoredPassage]
        if everything or len(by_number) > 4:
            found = self._index.catalog.passages_by_id(sorted(wanted))
        else:
            found = [p for r in by_number.values() for p in self.passages(r) if p.id in wanted]
        return [
            (passage, self.blocks(report)[passage.block], report)
            for passage in found
            if (report := by_number.get(passage.report)) is not None
        ]

    def _stems_at(self, report: int, block: int, number: int, text: str) -> frozenset[str]:
        """Stems of a passage (or of a whole block: number -1), kept once worked out."""
        key = (report, block, number)
        if key not in self._stems:
            self._stems[key] = stems_of(text)
        return self._stems[key]

    def _score(
        self,
        question: Question,
        pool: Sequence[tuple[StoredPassage, Block, Report]],
        cosines: dict[int, float],
        plain: dict[int, float],
        words: dict[int, float],
    ) -> list[Candidate]:
        dense = np.array([cosines.get(p.id, 0.0) for p, _, _ in pool])
        bm25 = np.array([words.get(p.id, 0.0) for p, _, _ in pool])
        dense_norm = _normalise(dense)
        bm25_norm = bm25 / max(float(bm25.max()), 1e-9)
        own = dense_norm + bm25_norm
        best: dict[tuple[int, int], list[float]] = defaultdict(list)
        for (passage, _, report), value in zip(pool, own, strict=True):
            best[report.number, passage.block].append(float(value))
        stems = frozenset(stem(term) for term in question.terms)
        alternatives = alternatives_in(question.bare)
        candidates = []
        for i, (passage, block, report) in enumerate(pool):
            top = sorted(best[report.number, passage.block], reverse=True)
            paragraph = (top[0] + 0.5 * (top[1] if len(top) > 1 else 0.0)) / 3.0
            heading = stems_of(passage.context)
            own_stems = self._stems_at(report.number, block.order, passage.number, passage.text)
            all_stems = self._stems_at(report.number, block.order, -1, block.text)
            covered = coverage(stems, alternatives, own_stems | heading)
            covered_paragraph = coverage(stems, alternatives, all_stems | heading)
            score = (
                _DENSE * float(dense_norm[i])
                + _WORDS * float(bm25_norm[i])
                + _PARAGRAPH * paragraph
                + _COVER * (0.6 * covered + 0.4 * covered_paragraph)
            ) * _fit(question.intent, passage, block)
            candidates.append(
                Candidate(
                    passage,
                    block,
                    report,
                    score,
                    float(dense[i]),
                    plain.get(passage.id, 0.0),
                    float(bm25[i]),
                    covered,
                    covered_paragraph,
                )
            )
        return candidates


def _in_focus(question: Question, candidate: Candidate) -> float:
    """What it is worth that a follow-up's sentence stands where the turn before was answered; not
    that it was the answer there, if another thing is asked than a value in it."""
    if (candidate.report.id, candidate.block.key) not in question.focus:
        return 0.0
    if candidate.block.kind in TITLES:
        return 0.0
    if is_told(question, candidate) and question.intent in (Intent.NARRATIVE, Intent.WHY):
        return 0.0
    return _FOCUS_LEANING if question.leaning else _FOCUS


def is_told(question: Question, candidate: Candidate) -> bool:
    """Whether the turn before quoted a sentence."""
    begins = candidate.passage.spans[0]
    return (candidate.report.id, begins.page, begins.start) in question.quoted


def _fit_kind(candidate: Candidate) -> float:
    """Table rows, headings and title pages are cited by facts, not quoted as sentences; nor are
    scraps of a few words."""
    scrap = is_scrap(candidate.passage.text)
    return 0.3 if candidate.block.kind in TITLES or scrap else 1.0


def quotable(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """Those of the candidates that may answer by their own words: title pages, headings and tables
    for a grade, a date or a person only. All of them if there are no others."""
    if question.intent in _ON_THE_FRONT:
        return list(found)
    return [c for c in found if c.block.kind not in TITLES] or list(found)


def is_scrap(text: str) -> bool:
    """Whether a text is too little to quote: a few words, or what only announces a list."""
    words = len(text.split())
    return words < SCRAP or (words < 2 * SCRAP and text.rstrip().endswith(":"))


def _normalise(values: np.ndarray) -> np.ndarray:
    low, high = float(np.percentile(values, 20)), float(values.max())
    return np.clip((values - low) / max(high - low, 1e-9), 0.0, 1.0)


def _fit(intent: Intent, passage: StoredPassage, block: Block) -> float:
    """How far the sentence is of the sort the question wants."""
    factor = 1.0
    if block.kind in (BlockKind.HEADING, BlockKind.FRONT_MATTER):
        factor *= 0.6
    if block.kind is BlockKind.TABLE:
        factor *= 0.5
    if len(passage.text) < 40:
        factor *= 0.8
    if intent is Intent.COUNT and not HAS_NUMBER.search(passage.text):
        factor *= 0.65
    if intent is Intent.DATE and not HAS_DATE.search(passage.text):
        factor *= 0.65
    if intent is Intent.GRADE and not find_grades(passage.text):
        factor *= 0.85 if find_grades(block.text) else 0.6
    if intent is Intent.WHY and HAS_CAUSE.search(passage.text):
        factor *= 1.1
    return factor


def _fts_query(question: Question) -> str:
    """The key terms and their synonyms as an FTS5 expression: any of them."""
    terms = list(question.terms) or list(key_terms(question.text)) or words_of(question.text)
    phrases = [f'"{term.replace(chr(34), "")}"' for term in terms]
    for phrase in synonyms_in(question.bare):
        phrases.append('"' + " ".join(words_of(phrase)) + '"')
    return " OR ".join(dict.fromkeys(phrases)) or '"\u0000"'
