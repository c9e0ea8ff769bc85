"""Fit the gate: ``inspections calibrate CASES… [--wrongly 0.03] [--beside] [--save]``.

CASES are JSON-lines files of answerable questions and of unanswerable ones (kind
``negative``); their reports must be in the index, and should be none that the ranker, the
reader and the query map were trained on: their scores on those are better than they will
ever be on a new report. Scores out of sample, in five folds by report, give the curves that
are printed (of each layer alone and of all together) and the threshold that is kept.

With ``--beside`` what is kept is the mean of this gate and the one there is, each by the number
of questions it was fitted to: new cases add to the old ones, which need not be at hand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from assistant.gate import MODEL, PARTS, GateModel, gate_features
from assistant.query_map import load_query_map
from assistant.questions import is_opinion, understand
from assistant.ranker import load_ranker
from assistant.reader import load_reader
from assistant.retrieval import Retriever, quotable
from assistant.scope import Authorities, find_scope
from eval.support import LOOKED_UP
from index.build import Index

_FOLDS = 5
_C = 0.01
"""Inverse strength of the ridge: 0.003 to 0.03 give the same curve."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question with what was found for it."""

    report: str
    answerable: bool
    why: str
    wants: str
    """What kind of answer is wanted: :class:`assistant.models.Intent`."""
    features: NDArray[np.float64]
    """Those of the gate, and the top score at the end."""


def calibrate(
    index: Index,
    paths: Sequence[Path],
    wrongly: float,
    save: bool,
    console: Console,
    *,
    beside: bool = False,
) -> None:
    """Fit, print the curves, and keep the gate if asked to."""
    examples = make_examples(index, paths)
    answerable = np.array([e.answerable for e in examples])
    console.print(f"{answerable.sum()} answerable, {(~answerable).sum()} unanswerable questions")
    layers = {"top score": slice(-1, None), **PARTS, "all together": slice(0, -1)}
    for layer, columns in layers.items():
        scores = score_out_of_sample(examples, columns)
        console.print(f"{layer}: {_curve(answerable, scores)}")
    old = GateModel.model_validate_json(MODEL.read_text(encoding="utf-8")) if beside else None
    if old is not None:
        share = old.questions / (old.questions + len(examples))
        rows = np.vstack([e.features[:-1] for e in examples])
        weights, bias = plain_weights(old)
        scores = share * (rows @ weights + bias) + (1.0 - share) * scores
        console.print(f"beside the gate that is kept: {_curve(answerable, scores)}")
    threshold = float(np.quantile(scores[answerable], wrongly))
    for why in sorted({e.why for e in examples if not e.answerable}):
        of_it = np.array([e.why == why and not e.answerable for e in examples])
        share_declined = (scores[of_it] < threshold).mean()
        console.print(
            f"  at {wrongly:.1%}, {why or 'other'}: {share_declined:.0%} of {of_it.sum()}"
        )
    if save:
        kept = fit(examples, slice(0, -1))
        model = GateModel(
            means=kept[0].mean_.tolist(),
            scales=kept[0].scale_.tolist(),
            weights=kept[1].coef_[0].tolist(),
            bias=float(kept[1].intercept_[0]),
            threshold=threshold,
            wrongly_declined=wrongly,
            questions=len(examples),
        )
        if old is not None:
            model = mean_of(old, model)
        MODEL.write_text(model.model_dump_json(indent=1) + "\n", encoding="utf-8")
        console.print(f"kept: {MODEL}")


def _curve(answerable: NDArray[np.bool_], scores: NDArray[np.float64]) -> str:
    at = ", ".join(
        f"{declined(answerable, scores, share):.0%} at {share:.0%}"
        for share in (0.01, 0.02, 0.03, 0.05, 0.10)
    )
    return f"AUC {auc(answerable, scores):.3f}; declined {at}"


def plain_weights(model: GateModel) -> tuple[NDArray[np.float64], float]:
    """Weights of the features as they are, and the bias beside them."""
    weights = np.array(model.weights) / np.array(model.scales)
    return weights, model.bias - float(np.array(model.means) @ weights)


def mean_of(old: GateModel, new: GateModel) -> GateModel:
    """The gate whose log odds are the mean of two gates' by the questions each was fitted to; its
    threshold is the new one's."""
    both = old.questions + new.questions
    (one, at_one), (other, at_other) = plain_weights(old), plain_weights(new)
    weights = (old.questions * one + new.questions * other) / both
    return GateModel(
        means=[0.0] * len(weights),
        scales=[1.0] * len(weights),
        weights=weights.tolist(),
        bias=(old.questions * at_one + new.questions * at_other) / both,
        threshold=new.threshold,
        wrongly_declined=new.wrongly_declined,
        questions=both,
    )


def declined(answerable: NDArray[np.bool_], scores: NDArray[np.float64], share: float) -> float:
    """Share of the unanswerable declined where ``share`` of the answerable are."""
    return float((scores[~answerable] < np.quantile(scores[answerable], share)).mean())


def folds(reports: Iterable[str]) -> list[set[str]]:
    """Reports in five parts."""
    ordered = sorted(reports)
    return [part for fold in range(_FOLDS) if (part := set(ordered[fold::_FOLDS]))]


def make_examples(index: Index, paths: Sequence[Path]) -> list[Example]:
    """Examples of the questions that are answered from passages; opinions are told by rule."""
    retriever = Retriever(index, load_ranker(), load_reader(), load_query_map())
    authorities = Authorities(index.catalog.reports())
    examples = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["kind"] in LOOKED_UP or is_opinion(case["question"]):
                continue
            report = index.catalog.find_report(case["report"])
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            found = quotable(question, retriever.retrieve(question, [report], 20))
            if len(found) < 3:
                continue
            features = gate_features(question, found, retriever.rarity_of(report))
            examples.append(
                Example(
                    report.id,
                    case["kind"] != "negative",
                    case.get("why", ""),
                    question.intent.value,
                    np.append(features, found[0].score),
                )
            )
    return examples


def fit(examples: Sequence[Example], columns: slice) -> Any:
    """A standard scaler and a logistic model that tell answerable from unanswerable.

    Each kind of answer weighs as if as many of its questions were answerable as of all: how
    many near misses of a kind were written says nothing of how often people ask one.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = np.vstack([e.features[columns] for e in examples])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_C, max_iter=5000))
    weights = even_weights(examples)
    return model.fit(
        rows, [e.answerable for e in examples], logisticregression__sample_weight=weights
    )


def even_weights(examples: Sequence[Example]) -> list[float]:
    """Weights that give each kind of answer the odds of all examples."""
    counts = Counter((e.wants, e.answerable) for e in examples)
    of_all = Counter(e.answerable for e in examples)
    odds = of_all[True] / max(1, of_all[False])
    return [
        1.0
        if e.answerable or not counts[e.wants, True]
        else counts[e.wants, True] / counts[e.wants, False] / odds
        for e in examples
    ]


def score_out_of_sample(examples: Sequence[Example], columns: slice) -> NDArray[np.float64]:
    """Each example's score by a gate that has not seen its report."""
    scores = np.zeros(len(examples))
    for held in folds({e.report for e in examples}):
        model = fit([e for e in examples if e.report not in held], columns)
        rows = [i for i, e in enumerate(examples) if e.report in held]
        if rows:
            found = np.vstack([examples[i].features[columns] for i in rows])
            scores[rows] = model.decision_function(found)
    return scores


def auc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative (ties half)."""
    ups, downs = scores[positive], scores[~positive]
    if not len(ups) or not len(downs):
        return float("nan")
    above = (ups[:, None] > downs[None, :]).mean()
    return float(above + 0.5 * (ups[:, None] == downs[None, :]).mean())
