"""Fit the gate: ``inspections calibrate CASES… [--wrongly 0.03] [--save]``.

CASES are JSON-lines files of answerable questions and of unanswerable ones (kind
``negative``); their reports must be in the index. Scores out of sample, in five folds by
report, give the curve that is printed and the threshold that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from assistant.gate import MODEL, THRESHOLD, gate_features
from assistant.questions import is_opinion, understand
from assistant.ranker import Ranker
from assistant.retrieval import Retriever
from assistant.scope import Authorities, find_scope
from eval import train_ranker
from index.build import Index

_FOLDS = 5
_LOOKED_UP = frozenset({"grade", "actions"})
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 8,
    "min_data_in_leaf": 25,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "verbose": -1,
    "seed": 7,
    "num_threads": 2,
    "deterministic": True,
}
ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Example:
    """One question with what was found for it."""

    report: str
    answerable: bool
    why: str
    top: float
    features: NDArray[np.float32]


def calibrate(
    index: Index, paths: Sequence[Path], wrongly: float, save: bool, console: Console
) -> None:
    """Fit, print the curve, and keep the gate if asked to.

    The examples of each report are made with a ranker that has not seen it: scores of a
    ranker on its own cases are better than any it will give to a new report.
    """
    pools = train_ranker.make_pools(index, paths)
    examples = []
    for held in folds({pool.report for pool in pools} | reports_of(index, paths)):
        booster = train_ranker.fit([pool for pool in pools if pool.report not in held])
        examples += make_examples(index, paths, Ranker(booster), held)
    answerable = np.array([e.answerable for e in examples])
    scores = score_out_of_sample(examples)
    console.print(
        f"{answerable.sum()} answerable and {(~answerable).sum()} unanswerable questions; AUC of the "
        f"gate {auc(answerable, scores):.3f}, of the top score alone "
        f"{auc(answerable, np.array([e.top for e in examples])):.3f}"
    )
    for share in (0.01, 0.02, 0.03, 0.05, 0.10):
        threshold = float(np.quantile(scores[answerable], share))
        declined = float((scores[~answerable] < threshold).mean())
        console.print(f"wrongly declined {share:.0%}: declined {declined:.0%}")
    threshold = float(np.quantile(scores[answerable], wrongly))
    for why in sorted({e.why for e in examples if not e.answerable}):
        rows = np.array([e.why == why and not e.answerable for e in examples])
        console.print(
            f"  at {wrongly:.0%}, {why or 'other'}: {(scores[rows] < threshold).mean():.0%}"
        )
    if save:
        fit(examples).save_model(str(MODEL))
        kept = {"threshold": threshold, "wrongly_declined": wrongly, "questions": len(examples)}
        THRESHOLD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        console.print(f"kept: {MODEL} and {THRESHOLD.name}")


def folds(reports: Iterable[str]) -> list[set[str]]:
    """Reports in five parts."""
    ordered = sorted(reports)
    return [part for fold in range(_FOLDS) if (part := set(ordered[fold::_FOLDS]))]


def reports_of(index: Index, paths: Sequence[Path]) -> set[str]:
    """Ids of the reports that the cases ask about."""
    names = {
        json.loads(line)["report"]
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    return {index.catalog.find_report(name).id for name in names}


def make_examples(
    index: Index, paths: Sequence[Path], ranker: Ranker, held: set[str]
) -> list[Example]:
    """Examples of the questions of some reports that are answered from passages; opinions
    are told by rule."""
    retriever = Retriever(index, ranker)
    authorities = Authorities(index.catalog.reports())
    examples = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["kind"] in _LOOKED_UP or is_opinion(case["question"]):
                continue
            report = index.catalog.find_report(case["report"])
            if report.id not in held:
                continue
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            found = retriever.retrieve(question, [report], 8)
            if len(found) < 3:
                continue
            features = gate_features(question, found, retriever.rarity_of(report))
            examples.append(
                Example(
                    report.id,
                    case["kind"] != "negative",
                    case.get("why", ""),
                    found[0].score,
                    features,
                )
            )
    return examples


def fit(examples: Sequence[Example]) -> lightgbm.Booster:
    """Trees that tell answerable from unanswerable."""
    data = lightgbm.Dataset(
        np.vstack([e.features for e in examples]), label=[int(e.answerable) for e in examples]
    )
    return lightgbm.train(PARAMETERS, data, num_boost_round=ROUNDS)


def score_out_of_sample(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Each example's score by a gate that has not seen its report."""
    scores = np.zeros(len(examples))
    for held in folds({e.report for e in examples}):
        booster = fit([e for e in examples if e.report not in held])
        rows = [i for i, e in enumerate(examples) if e.report in held]
        if rows:
            scores[rows] = booster.predict(np.vstack([examples[i].features for i in rows]))
    return scores


def auc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative (ties half)."""
    ups, downs = scores[positive], scores[~positive]
    if not len(ups) or not len(downs):
        return float("nan")
    above = (ups[:, None] > downs[None, :]).mean()
    return float(above + 0.5 * (ups[:, None] == downs[None, :]).mean())
