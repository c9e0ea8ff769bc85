"""Fit what tells yes from no: ``python -m eval.train_polarity [CASES…] [--hold REPORT,…] [--save]``.

Trained on the invented pairs that come with the package, and on the yes-or-no questions of
CASES with their ``support``. Prints the share told right on the reports held out, by the
rule alone and by the model; ``--save`` keeps the model.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.models import Intent, Question
from assistant.polarity import MODEL, PolarityModel, polarity_features, says_yes
from assistant.words import key_terms
from eval.train_reader import YES_NO

_C = 0.003
"""Inverse strength of the ridge: 0.001 to 0.003 give the same share on reports held out."""


@dataclass(frozen=True, slots=True)
class Told:
    """A question, the sentence that settles it, and what it says."""

    question: Question
    sentence: str
    yes: bool
    report: str = ""


def main() -> None:
    """Fit, print, and keep if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--hold", default="", help="reports held out, comma-separated")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    held = {report for report in given.hold.split(",") if report}
    told = [item for path in given.cases for item in read_told(path)]
    known = invented(YES_NO) + [item for item in told if item.report not in held]
    test = [item for item in told if item.report in held]
    model = fit(known)
    if test:
        rule = np.mean([says_yes(item.question, item.sentence) == item.yes for item in test])
        print(f"{len(known)} pairs to train on, {len(test)} held out")
        print(f"rule {rule:.3f}, model {share_right(model, test):.3f} told right")
    if given.save:
        MODEL.write_text(model.model_dump_json() + "\n", encoding="utf-8")
        print(f"kept: {MODEL}")


def invented(path: Path) -> list[Told]:
    """The invented pairs."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Told(_asked(line["question"]), line["sentence"], line["answer"] == "Yes") for line in lines
    ]


def read_told(path: Path) -> list[Told]:
    """The yes-or-no questions of a file of cases that have a supporting sentence."""
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Told(
            _asked(case["question"]),
            case["support"][0],
            str(case["answer"][0]).lower().startswith("yes"),
            case["report"],
        )
        for case in cases
        if case["kind"] == "yesno" and case.get("support")
    ]


def _asked(text: str) -> Question:
    return Question(text, text, text, Intent.YES_NO, key_terms(text))


def fit(told: Sequence[Told]) -> PolarityModel:
    """A ridge-weighted logistic model over standardised features, its scaling folded in."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = np.array([polarity_features(item.question, item.sentence) for item in told])
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=_C, max_iter=3000)
    model.fit(scaler.transform(rows), [item.yes for item in told])
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    return PolarityModel(weights=weights.tolist(), bias=bias, pairs=len(told))


def share_right(model: PolarityModel, told: Sequence[Told]) -> float:
    """Share of pairs whose answer the model's sign gives."""
    weights = np.array(model.weights)
    scores = [weights @ polarity_features(t.question, t.sentence) + model.bias for t in told]
    return float(np.mean([(score > 0) == t.yes for score, t in zip(scores, told, strict=True)]))


if __name__ == "__main__":
    main()
