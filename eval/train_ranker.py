"""Train the sentence ranker: ``python -m eval.train_ranker CASES… [--hold REPORT,…] [--save]``.

CASES are JSON-lines files with ``support`` (the supporting sentences); their reports must be
in the index of the settings. Prints hit@1, hit@2, hit@5 and MRR of the mixture alone and of
the ranker, on reports held out; ``--save`` keeps the trees, which have not seen these either.
The sentences of each report are found with a query map that has not seen it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from assistant.features import NAMES
from assistant.questions import understand
from assistant.ranker import MODEL
from assistant.retrieval import Retriever
from assistant.scope import Authorities, find_scope
from assistant.settings import Settings
from eval.support import LOOKED_UP, fold_words, matches
from eval.train_query_map import collect, fit_out_of_sample
from index.build import Index

PARAMETERS: dict[str, Any] = {
    "objective": "lambdarank",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "seed": 7,
    "num_threads": 2,
    "deterministic": True,
}
ROUNDS = 220


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one case, their features, and which of them support the answer."""

    report: str
    features: NDArray[np.float32]
    supports: NDArray[np.bool_]
    mixed: NDArray[np.float64]


def main() -> None:
    """Train, print, and keep if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--hold", default="", help="reports held out, comma-separated")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    index = Index(Settings().index)
    held = {index.catalog.find_report(r).id for r in given.hold.split(",") if r}
    pools = make_pools(index, given.cases, held)
    train = [pool for pool in pools if pool.report not in held]
    test = [pool for pool in pools if pool.report in held] or pools
    print(f"{len(train)} cases to train on, {len(test)} held out")
    print("mixture ", measure(test, [pool.mixed for pool in test]))
    booster = fit(train)
    print("ranker  ", measure(test, [booster.predict(pool.features) for pool in test]))
    if given.save:
        booster.save_model(str(MODEL))
        print(f"kept: {MODEL} ({MODEL.stat().st_size // 1024} KB)")


def make_pools(index: Index, paths: Sequence[Path], held: Collection[str] = ()) -> list[Pool]:
    """Pools of all cases that have support and are answered from passages, found with query
    maps that have not seen their reports; no map sees those in ``held``."""
    maps = fit_out_of_sample(collect(index, paths), index.encoder.identity, held)
    retrievers = {id(fitted): Retriever(index, query_map=fitted) for fitted in maps.values()}
    authorities = Authorities(index.catalog.reports())
    pools = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            support = [fold_words(s) for s in (*case.get("support", []), *case.get("evidence", []))]
            if not support or case["kind"] in LOOKED_UP or case["kind"] == "negative":
                continue
            report = index.catalog.find_report(case["report"])
            if report.id not in maps:
                continue
            retriever = retrievers[id(maps[report.id])]
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            rows, features = retriever.describe(question, retriever.find(question, [report]))
            supports = np.array([matches(row.passage.text, support) for row in rows])
            if supports.any():
                mixed = np.array([row.score for row in rows])
                pools.append(Pool(report.id, features, supports, mixed))
    return pools


def fit(pools: Sequence[Pool]) -> lightgbm.Booster:
    """Trees that put supporting sentences first within each case."""
    data = lightgbm.Dataset(
        np.vstack([pool.features for pool in pools]),
        label=np.concatenate([pool.supports for pool in pools]).astype(int),
        group=[len(pool.supports) for pool in pools],
        feature_name=list(NAMES),
    )
    return lightgbm.train(PARAMETERS, data, num_boost_round=ROUNDS)


def measure(pools: Sequence[Pool], scores: Sequence[NDArray[np.float64]]) -> str:
    """hit@1, hit@2, hit@5 and mean reciprocal rank as one line."""
    ranks = []
    for pool, score in zip(pools, scores, strict=True):
        order = np.argsort(-score, kind="stable")
        ranks.append(int(np.argmax(pool.supports[order])) + 1)
    found = np.array(ranks)
    shares = ", ".join(f"hit@{k} {np.mean(found <= k):.3f}" for k in (1, 2, 5))
    return f"{shares}, MRR {np.mean(1 / found):.3f}"


if __name__ == "__main__":
    main()
