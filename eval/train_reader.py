"""Train the reader of sentence pairs: ``python -m eval.train_reader CASES… [--save]``.

CASES are JSON-lines files with ``support`` (supporting sentences) or ``nearest`` (sentences
that would mislead); their reports must be in the index. The reader begins from the weights
of the embedding model. It is warmed up on questions made from single sentences of reports
that no case asks about, then trained on the cases: to put the supporting sentence first, to
tell a sentence that answers from one that only comes near, and to tell yes from no.

Prints hit@1 and hit@3 of the reader alone, the AUC of whether it answers and the share of
yes and no told right on the reports held out (``--hold``). ``--save`` keeps the reader, which
then has not seen the reports held out either: their cases are what to calibrate the gate on.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.query_map import load_query_map
from assistant.questions import is_opinion, understand
from assistant.ranker import load_ranker
from assistant.reader import MODEL, pair_of
from assistant.retrieval import Retriever
from assistant.scope import Authorities, find_scope
from assistant.settings import Settings
from assistant.words import GROUPS, SYNONYMS, key_terms, stems_of, words_of
from eval.support import LOOKED_UP, fold_words, matches
from index.build import Index
from index.embeddings import find_model
from index.models import BlockKind

YES_NO = Path(__file__).parent / "data" / "yes_no.jsonl"
"""Invented pairs; no sentence in them is a report's."""
_POOL = 30
_LISTS_A_REPORT = 30
_TOKENS = 112
_KEPT = 0.995
"""How much of the running mean of the weights each step keeps: the mean is what is trained."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """One question with candidate sentences, as pairs of texts for the model."""

    case: str
    report: str
    question: str
    texts: tuple[str, ...]
    supports: tuple[bool, ...]
    misleads: tuple[bool, ...]
    answerable: bool
    others: tuple[str, ...] = ()
    """Questions like it that these sentences do not answer: made, not asked."""
    yes: bool | None = None
    """What the supporting sentence says to a yes-or-no question; None for other questions."""


def main() -> None:
    """Train, print, and keep if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--hold", default="", help="reports held out, comma-separated")
    parser.add_argument("--without", default="", help="reports never used, comma-separated")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--yes-no", type=Path, default=YES_NO, help="pairs to tell yes from no by")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    torch.manual_seed(7)
    index = Index(Settings().index)
    lists = make_lists(index, given.cases)
    held = {index.catalog.find_report(r).id for r in given.hold.split(",") if r}
    unused = {index.catalog.find_report(r).id for r in given.without.split(",") if r}
    known = [item for item in lists if item.report not in held] + yes_no_lists(given.yes_no)
    test = [item for item in lists if item.report in held]
    print(f"{len(known)} questions to train on, {len(test)} held out", flush=True)
    model = PairReader(find_model("").folder)
    asked = {item.report for item in lists}
    train(model, list(pseudo_lists(index, unused | asked)), 1, warming=True)
    train(model, known, given.epochs, warming=False)
    if test:
        found = {item.case: score(model, item) for item in test}
        print(f"held out: {measure(test, found)}", flush=True)
    if given.save:
        save(model, MODEL)
        print(f"kept: {MODEL} ({MODEL.stat().st_size / 2**20:.1f} MB)")


def make_lists(index: Index, paths: Sequence[Path]) -> list[Sentences]:
    """The questions of all cases that are answered from passages, with their candidates."""
    retriever = Retriever(index, load_ranker(), query_map=load_query_map())
    authorities = Authorities(index.catalog.reports())
    made = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["kind"] in LOOKED_UP or is_opinion(case["question"]):
                continue
            report = index.catalog.find_report(case["report"])
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            support = [fold_words(s) for s in (*case.get("support", []), *case.get("evidence", []))]
            nearest = [fold_words(s) for s in case.get("nearest", [])]
            rows = retriever.retrieve(question, [report], _POOL)
            texts = [retriever.pair(report, row.passage) for row in rows]
            supports = [matches(row.passage.text, support) for row in rows]
            misleads = [matches(row.passage.text, nearest) for row in rows]
            answerable = case["kind"] != "negative"
            if answerable and not any(supports):
                for passage in retriever.passages(report):
                    if matches(passage.text, support):
                        texts.append(retriever.pair(report, passage))
                        supports.append(True)
                        misleads.append(False)
                        break
            if not texts or (answerable and not any(supports)):
                continue
            made.append(
                Sentences(
                    case["id"], report.id, question.plain, tuple(texts),
                    tuple(supports), tuple(misleads), answerable,
                    tuple(near_questions(question.plain, opposite=case["kind"] != "yesno"))
                    if answerable else (),
                    _said(case),
                )
            )  # fmt: skip
    return made


def _said(case: dict[str, Any]) -> bool | None:
    if case["kind"] != "yesno":
        return None
    return str(case["answer"][0]).lower().startswith("yes")


def yes_no_lists(path: Path) -> list[Sentences]:
    """Invented questions, each with the one sentence that says yes or no to it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    return [
        Sentences(
            f"yes-no/{number}", "", pair["question"], (pair["sentence"],), (True,), (False,), True,
            yes=pair["answer"] == "Yes",
        )
        for number, pair in enumerate(pairs, start=1)
    ]  # fmt: skip


_SURFACES = {
    "care leavers": "care leavers",
    "in care": "children in care",
    "child protection": "children on child protection plans",
    "in need": "children in need",
    "disabled": "disabled children",
    "fostering": "foster carers",
    "missing": "missing children",
    "home educated": "home-educated children",
    "young carers": "young carers",
    "social workers": "social workers",
    "parents": "parents",
    "boys": "boys",
    "girls": "girls",
}


_OPPOSITES = [
    (r"not in (education|employment|training|school)", r"in \1"),
    (r"\bNEET\b", "in education, employment or training"),
    (r"\bin (education|employment|training)\b", r"not in \1"),
    (r"\b(?:permanent|in-house) (?=staff|social workers|workers|workforce)", "agency "),
    (r"\bagency\b", "permanent"),
    (r"\b(?:within|in|on) time(?:scales?)?\b", "late"),
    (r"\b(?:late|delayed)\b", "on time"),
    (r"\b(?:risen|gone up|increased|grown)\b", "fallen"),
    (r"\b(?:fallen|gone down|decreased|dropped)\b", "risen"),
    (r"\bunder (\d+)", r"over \1"),
    (r"\bover (\d+)", r"under \1"),
    (r"\b(?:leave|left|leaving)\b", "join"),
    (r"\bworst\b", "best"),
    (r"\bbest\b", "worst"),
    (r"\blowest\b", "highest"),
    (r"\bhighest\b", "lowest"),
    (r"\b(?:began|begin|started?)\b", "ended"),
    (r"\boutside\b", "inside"),
    (r"\b(?:inside|within)\b", "outside"),
]
"""What a question asks for, and its contrary: what answers the one does not answer the other."""


def near_questions(text: str, *, opposite: bool = True) -> Iterator[str]:
    """The same question about another group or year, and (unless it may be answered yes or no)
    about the contrary: what its sentence does not answer."""
    if opposite:
        for words, other in _OPPOSITES:
            turned = re.sub(words, other, text, count=1, flags=re.I)
            if turned != text:
                yield turned
                break
    rng = random.Random(text)
    for name, pattern in GROUPS.items():
        if name in _SURFACES and pattern.search(text):
            other = rng.choice([s for n, s in _SURFACES.items() if not GROUPS[n].search(text)])
            yield pattern.sub(other, text, count=1)
            break
    years = [w for w in words_of(text) if w.isdigit() and len(w) == 4 and w[:2] in ("19", "20")]
    if years:
        year = rng.choice(years)
        yield text.replace(year, str(int(year) + rng.choice((-2, -1, 1, 2))))


def pseudo_lists(index: Index, without: set[str]) -> Iterator[Sentences]:
    """Questions made of a few words of one sentence, with sentences like it: to warm up on."""
    rng = random.Random(7)
    for report in index.catalog.reports():
        if report.id in without:
            continue
        kinds = {block.order: block.kind for block in index.catalog.blocks(report.number)}
        passages = [
            p
            for p in index.catalog.passages(report.number)
            if kinds[p.block] in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED)
            and 8 <= len(p.text.split()) <= 45
        ]
        stems = [stems_of(p.text) for p in passages]
        counts: dict[str, int] = {}
        for found in stems:
            for item in found:
                counts[item] = counts.get(item, 0) + 1
        chosen = rng.sample(range(len(passages)), min(_LISTS_A_REPORT, len(passages)))
        for i in chosen:
            terms = key_terms(passages[i].text)
            if len(terms) < 5:
                continue
            weighted = sorted(
                terms,
                key=lambda t: (
                    rng.random() * math.log(1 + counts.get(next(iter(stems_of(t)), t), 1))
                ),
            )
            kept = set(weighted[: rng.randint(3, 6)])
            words = [t for t in terms if t in kept]
            if rng.random() < 0.3:
                rng.shuffle(words)
            wanted = stems_of(" ".join(words))
            question = f"{_frame(passages[i].text, rng)} {_reworded(' '.join(words), rng)}?"
            like = sorted(
                (j for j in range(len(passages)) if j != i),
                key=lambda j: -sum(1 / counts[s] for s in wanted & stems[j]),
            )[:8]
            rows = [i, *rng.sample(like, min(4, len(like)))]
            yield Sentences(
                f"{report.id}:{i}", report.id, question.strip(),
                tuple(pair_of(passages[j].text, passages[j].context) for j in rows),
                (True, *(False for _ in rows[1:])), tuple(False for _ in rows), True,
                tuple(near_questions(question, opposite=False)),
            )  # fmt: skip


def _frame(text: str, rng: random.Random) -> str:
    choices = ["What about", "Is", "How well", "What", "Which", "Are", "Did", ""]
    if any(char.isdigit() for char in text):
        choices += ["How many"] * 4
    if "because" in text or "due to" in text or "result" in text:
        choices += ["Why"] * 4
    return rng.choice(choices)


def _reworded(text: str, rng: random.Random) -> str:
    for group in SYNONYMS:
        for phrase in group:
            if f" {phrase} " in f" {text} " and rng.random() < 0.6:
                return text.replace(phrase, rng.choice([p for p in group if p != phrase]), 1)
    return text


# -- the model -----------------------------------------------------------------------------


class PairReader(torch.nn.Module):  # type: ignore[misc]
    """The embedding model with three heads over the mean of its tokens: order, answers, yes."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        super().__init__()
        self.folder = folder
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.body = AutoModel.from_pretrained(
            str(folder), local_files_only=True, attn_implementation="eager"
        )
        self.head = torch.nn.Linear(self.body.config.hidden_size, 3)
        for parameter in self.body.embeddings.word_embeddings.parameters():
            parameter.requires_grad = False

    def forward(self, ids: Any, mask: Any, kinds: Any) -> Any:
        """Logits, shape (pairs, 3)."""
        hidden = self.body(
            input_ids=ids, attention_mask=mask, token_type_ids=kinds
        ).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return self.head((hidden * weights).sum(1) / weights.sum(1))

    def read(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Logits of question and sentence pairs."""
        encoded = self.tokenizer(
            [q for q, _ in pairs], [t for _, t in pairs], padding=True,
            truncation="only_second", max_length=_TOKENS, return_tensors="pt",
        )  # fmt: skip
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self(
                encoded["input_ids"], encoded["attention_mask"], encoded["token_type_ids"]
            )
        return logits.float()


def train(model: PairReader, lists: list[Sentences], epochs: int, *, warming: bool) -> None:
    """Listwise loss for the order, cross entropy for whether a sentence answers."""
    rng = random.Random(7)
    body = [p for p in model.body.parameters() if p.requires_grad]
    rates = (1e-4, 1e-3) if warming else (6e-5, 5e-4)
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rates[0]}, {"params": model.head.parameters(), "lr": rates[1]}],
        weight_decay=0.01,
    )
    size = 8
    steps = epochs * math.ceil(len(lists) / size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / 60) * max(0.02, 1 - s / steps)
    )
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_KEPT)
    )
    model.train()
    began, pairs_read, losses = time.time(), 0, 0.0
    step = 0
    for _ in range(epochs):
        order = _by_length(lists, rng, size)
        for begin in range(0, len(order), size):
            pairs: list[tuple[str, str]] = []
            parts: list[tuple[int, int, int, bool | None]] = []
            for item in order[begin : begin + size]:
                chosen, ordered = _chosen(item, rng, warming)
                ends = len(pairs) + ordered, len(pairs) + len(chosen)
                parts.append((len(pairs), *ends, item.yes))
                pairs += chosen
            logits = model.read(pairs)
            loss = torch.zeros(())
            for first, middle, last, yes in parts:
                labels = torch.zeros(last - first)
                weights = torch.ones(last - first) * 0.5
                if middle > first:
                    loss = loss - torch.log_softmax(logits[first:middle, 0], 0)[0]
                    if yes is not None:
                        loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(
                            logits[first, 2], torch.tensor(float(yes))
                        )
                    labels[0], weights[0] = 1.0, 1.5
                    weights[middle - first :] = 1.0
                else:
                    weights[:] = 1.0
                loss = loss + 2 * torch.nn.functional.binary_cross_entropy_with_logits(
                    logits[first:last, 1], labels, weight=weights
                )
            loss = loss / len(parts)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            average.update_parameters(model)
            step += 1
            pairs_read += len(pairs)
            losses += float(loss.detach())
            if step % 50 == 0:
                rate = pairs_read / (time.time() - began)
                print(f"  {step}/{steps} loss {losses / 50:.3f}, {rate:.0f} pairs/s", flush=True)
                losses = 0.0
    model.load_state_dict(average.module.state_dict())
    model.eval()


def _by_length(lists: Sequence[Sentences], rng: random.Random, size: int) -> list[Sentences]:
    """Shuffled, but so that lists of about one length come together: less padding to compute."""
    order = list(lists)
    rng.shuffle(order)
    batches = []
    for begin in range(0, len(order), 16 * size):
        stretch = sorted(order[begin : begin + 16 * size], key=lambda item: len(item.texts[0]))
        batches += [stretch[i : i + size] for i in range(0, len(stretch), size)]
    rng.shuffle(batches)
    return [item for batch in batches for item in batch]


def _chosen(
    item: Sentences, rng: random.Random, warming: bool
) -> tuple[list[tuple[str, str]], int]:
    """Pairs of one question, and how many of them are a list to be ordered (the first best);
    the rest only tell that they do not answer."""
    if not item.answerable:
        near = [t for t, bad in zip(item.texts, item.misleads, strict=True) if bad][:2]
        rest = [t for t, bad in zip(item.texts[:8], item.misleads, strict=False) if not bad]
        chosen = near + rng.sample(rest, min(max(0, 2 - len(near)), len(rest)))
        return [(item.question, text) for text in chosen], 0
    good = [t for t, yes in zip(item.texts, item.supports, strict=True) if yes]
    bad = [t for t, yes in zip(item.texts, item.supports, strict=True) if not yes]
    best = rng.choice(good)
    hard, easy = bad[:12], bad[12:]
    others: list[str] = rng.sample(hard, min(3, len(hard))) + rng.sample(easy, min(1, len(easy)))
    pairs = [(item.question, text) for text in (best, *others)]
    ordered = len(pairs)
    if item.others and rng.random() < (0.5 if not warming else 0.4):
        pairs.append((rng.choice(item.others), best))
    return pairs, ordered


def score(model: PairReader, item: Sentences) -> np.ndarray:
    """Logits of every candidate of a question, shape (candidates, 3)."""
    with torch.no_grad():
        read: np.ndarray = model.read([(item.question, text) for text in item.texts]).numpy()
    return read


def measure(lists: Sequence[Sentences], found: dict[str, np.ndarray]) -> str:
    """hit@1 and hit@3 of the order, the AUC of the best answer head, and the share of yes and
    no told right from the supporting sentence, as one line."""
    firsts, thirds, tops, answerable, told = [], [], [], [], []
    for item in lists:
        rows = found[item.case]
        tops.append(float(rows[:12, 1].max()))
        answerable.append(item.answerable)
        if item.answerable:
            order = np.argsort(-rows[:, 0], kind="stable")
            rank = int(np.argmax(np.array(item.supports)[order]))
            firsts.append(rank == 0)
            thirds.append(rank < 3)
        if item.yes is not None:
            told.append((rows[int(np.argmax(item.supports)), 2] > 0) == item.yes)
    ups = np.array([t for t, yes in zip(tops, answerable, strict=True) if yes])
    downs = np.array([t for t, yes in zip(tops, answerable, strict=True) if not yes])
    area = float((ups[:, None] > downs[None, :]).mean()) if len(downs) and len(ups) else math.nan
    return (
        f"hit@1 {np.mean(firsts):.3f}, hit@3 {np.mean(thirds):.3f}, AUC {area:.3f}, "
        f"yes or no {np.mean(told) if told else math.nan:.3f} of {len(told)}"
    )


def save(model: PairReader, target: Path) -> None:
    """Keep the reader as one ONNX file, its larger weights in int8."""
    import tempfile

    import onnx

    example = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "pairs", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "fp32.onnx"
        torch.onnx.export(
            model, (example, example, example * 0), str(exact),
            input_names=["ids", "mask", "kinds"], output_names=["logits"],
            dynamic_axes={"ids": axes, "mask": axes, "kinds": axes, "logits": {0: "pairs"}},
            opset_version=17, dynamo=False,
        )  # fmt: skip
        made = onnx.load(exact)
    _quantise(made.graph)
    onnx.checker.check_model(made)
    target.parent.mkdir(exist_ok=True)
    onnx.save(made, target)


def _quantise(graph: Any) -> None:
    """Weights of matrix products as int8 with a scale for each output, word embeddings with one for
    each word; what runs the model writes them out, or multiplies them as they are."""
    from onnx import helper, numpy_helper

    held = {kept.name: kept for kept in graph.initializer}
    rounded = []
    for node in list(graph.node):
        of_products = node.op_type == "MatMul" and node.input[1] in held
        place = 1 if of_products else 0
        if not of_products and not (node.op_type == "Gather" and "word" in node.input[0]):
            continue
        name = node.input[place]
        weights = numpy_helper.to_array(held[name])
        axis = 1 if of_products else 0
        scale = np.maximum(np.abs(weights).max(axis=1 - axis), 1e-8).astype(np.float32) / 127
        whole = np.rint(weights / np.expand_dims(scale, 1 - axis)).astype(np.int8)
        graph.initializer.remove(held[name])
        graph.initializer.append(numpy_helper.from_array(whole, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        rounded.append(
            helper.make_node(
                "DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], axis=axis
            )
        )
    for node in reversed(rounded):
        graph.node.insert(0, node)


if __name__ == "__main__":
    main()
