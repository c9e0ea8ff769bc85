"""Fit the query map: ``python -m eval.train_query_map CASES… [--hold REPORT,…] [--save]``.

CASES are JSON-lines files with ``support`` (the supporting sentences); their reports must be in
the index. Prints hit@1, hit@5, hit@20 and MRR of cosine search with and without the map, on
the reports held out (all cases are fitted to where none are); ``--save`` keeps the map.

The loss is that of contrastive learning (van den Oord et al. 2018): softmax over all
sentences of the report, whose supporting ones are to have the most of it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.query_map import MODEL, QueryMap
from assistant.questions import understand
from assistant.scope import Authorities, find_scope
from assistant.settings import Settings
from eval.support import LOOKED_UP, fold_words, matches
from index.build import Index

_EPOCHS = 6
_FOLDS = 5
_SHARPNESS = 30.0
"""Inverse temperature of the softmax: 20 to 30 give the same on reports held out."""
_BATCH = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one report: their vectors, its sentences' vectors, who supports whom."""

    report: str
    questions: NDArray[np.float32]
    sentences: NDArray[np.float32]
    supports: NDArray[np.bool_]
    """Shape (questions, sentences)."""


def main() -> None:
    """Fit, print, and keep if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--hold", default="", help="reports held out, comma-separated")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    index = Index(Settings().index)
    asked = collect(index, given.cases)
    held = {index.catalog.find_report(r).id for r in given.hold.split(",") if r}
    test = [item for item in asked if item.report in held] or asked
    fitted = fit([item for item in asked if item.report not in held], index.encoder.identity)
    print(f"{sum(len(item.questions) for item in test)} questions")
    print("plain ", measure(test, None))
    print("moved ", measure(test, fitted))
    if given.save:
        fitted.save(MODEL)
        print(f"kept: {MODEL} ({MODEL.stat().st_size // 1024} KB)")


def collect(index: Index, paths: Sequence[Path]) -> list[Asked]:
    """The cases that are answered from passages, by report."""
    authorities = Authorities(index.catalog.reports())
    texts: dict[str, list[tuple[str, list[frozenset[str]]]]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            support = [fold_words(s) for s in (*case.get("support", []), *case.get("evidence", []))]
            if not support or case["kind"] in LOOKED_UP or case["kind"] == "negative":
                continue
            report = index.catalog.find_report(case["report"])
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            texts.setdefault(report.id, []).append((question.bare or question.text, support))
    found = []
    for report_id, cases in sorted(texts.items()):
        report = index.catalog.report(report_id)
        _, sentences = index.catalog.vectors(report.number)
        passages = [fold_words(p.text) for p in index.catalog.passages(report.number)]
        supports = np.array([[matches(p, support) for p in passages] for _, support in cases])
        kept = supports.any(axis=1)
        vectors = index.encoder.encode([text for text, _ in cases])
        if kept.any():
            found.append(Asked(report_id, vectors[kept], sentences, supports[kept]))
    return found


def fit(asked: Sequence[Asked], identity: str) -> QueryMap:
    """The map that makes supporting sentences most likely; weights averaged over the steps
    after the first pass (Polyak and Juditsky 1992)."""
    rng = random.Random(7)
    dimension = asked[0].sentences.shape[1]
    weights = torch.zeros((dimension, dimension), requires_grad=True)
    mean, count = torch.zeros((dimension, dimension)), 0
    optimiser = torch.optim.AdamW([weights], lr=1e-3, weight_decay=0.01)
    batches = [
        (item, rows)
        for item in asked
        for rows in np.array_split(
            np.random.default_rng(7).permutation(len(item.questions)),
            max(1, len(item.questions) // _BATCH),
        )
    ]
    for epoch in range(_EPOCHS):
        rng.shuffle(batches)
        for item, rows in batches:
            questions = torch.tensor(item.questions[rows])
            moved = torch.nn.functional.normalize(questions + questions @ weights, dim=1)
            scores = _SHARPNESS * moved @ torch.tensor(item.sentences).T
            good = scores.masked_fill(~torch.tensor(item.supports[rows]), float("-inf"))
            loss = (torch.logsumexp(scores, 1) - torch.logsumexp(good, 1)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if epoch:
                count += 1
                mean += (weights.detach() - mean) / count
    return QueryMap(mean.numpy().astype(np.float32), identity.rsplit("-", 1)[0])


def fit_out_of_sample(
    asked: Sequence[Asked], identity: str, held: Iterable[str]
) -> Mapping[str, QueryMap]:
    """For every report a map that has not seen it; those in ``held`` are seen by none."""
    never = set(held)
    known = [item for item in asked if item.report not in never]
    maps: dict[str, QueryMap] = {}
    for fold in range(_FOLDS):
        out = {item.report for item in known[fold::_FOLDS]}
        fitted = fit([item for item in known if item.report not in out], identity)
        maps |= dict.fromkeys(out, fitted)
    whole = fit(known, identity)
    return maps | {item.report: whole for item in asked if item.report in never}


def measure(asked: Sequence[Asked], query_map: QueryMap | None) -> str:
    """hit@1, hit@5, hit@20 and mean reciprocal rank as one line."""
    ranks = []
    for item in asked:
        for vector, supports in zip(item.questions, item.supports, strict=True):
            moved = query_map.move(vector) if query_map else vector
            scores = item.sentences @ moved
            ranks.append(int((scores > scores[supports].max()).sum()) + 1)
    found = np.array(ranks)
    shares = ", ".join(f"hit@{k} {np.mean(found <= k):.3f}" for k in (1, 5, 20))
    return f"{shares}, MRR {np.mean(1 / found):.3f}"


if __name__ == "__main__":
    main()
