"""Retrieval alone: ``python -m eval.retrieval_table CASES…``.

CASES are JSON-lines files with ``support``; each is asked of its own report. Prints hit@1,
hit@5 and mean reciprocal rank (Voorhees 1999) of the first result that holds a supporting
sentence: BM25 alone, dense alone, dense with the question moved, the mixture of it with BM25,
with the ranker, with the reader, and LlamaIndex's quickstart (pages cut by SentenceSplitter(512, 50), same embedding model).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.query_map import load_query_map
from assistant.questions import understand
from assistant.ranker import load_ranker
from assistant.reader import load_reader
from assistant.retrieval import Candidate, Retriever
from assistant.scope import Authorities, find_scope
from assistant.settings import Settings
from eval.support import fold_words, matches
from index.build import Index
from index.catalog import Report

_DEPTH = 30
_LOOKED_UP = frozenset({"grade", "actions", "negative"})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    given = parser.parse_args()
    index = Index(Settings().index)
    ranks = measure(index, given.cases)
    print(
        f"{'retrieval':24} {'hit@1':>6} {'hit@5':>6} {'MRR':>6}   ({len(ranks['mixture'])} cases)"
    )
    for name, found in ranks.items():
        row = np.array(found)
        print(
            f"{name:24} {np.mean(row == 1):6.3f} {np.mean(row <= 5):6.3f} {np.mean(1 / row):6.3f}"
        )


def measure(index: Index, paths: Sequence[Path]) -> dict[str, list[float]]:
    """Rank of the first supporting result for each way, infinite where none is among the first."""
    plain = Retriever(index)
    moved = Retriever(index, query_map=load_query_map())
    ranked = Retriever(index, load_ranker(), query_map=load_query_map())
    read = Retriever(index, load_ranker(), load_reader(), load_query_map())
    authorities = Authorities(index.catalog.reports())
    chunks: dict[int, tuple[list[str], np.ndarray]] = {}
    ranks: dict[str, list[float]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            support = [fold_words(s) for s in (*case.get("support", []), *case.get("evidence", []))]
            if not support or case["kind"] in _LOOKED_UP:
                continue
            report = index.catalog.find_report(case["report"])
            scope = find_scope(case["question"], authorities, [report])
            question = understand(case["question"], scope, authorities)
            pool = plain.find(question, [report])
            near = moved.find(question, [report])
            results = {
                "BM25": _texts(sorted(pool, key=lambda c: -c.words)),
                "dense": _texts(sorted(pool, key=lambda c: -c.cosine)),
                "dense, question moved": _texts(sorted(near, key=lambda c: -c.cosine)),
                "mixture": _texts(near),
                "mixture, ranker": _texts(ranked.retrieve(question, [report], _DEPTH)),
                "mixture, ranker, reader": _texts(read.retrieve(question, [report], _DEPTH)),
                "LlamaIndex quickstart": _quickstart(index, report, case["question"], chunks),
            }
            for name, texts in results.items():
                ranks.setdefault(name, []).append(_rank(texts, support))
    return ranks


def _texts(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.passage.text for candidate in candidates[:_DEPTH]]


def _rank(texts: Sequence[str], support: Sequence[frozenset[str]]) -> float:
    for rank, text in enumerate(texts, start=1):
        whole = fold_words(text)
        if matches(text, support) or any(len(s & whole) >= 0.8 * len(s) for s in support):
            return rank
    return float("inf")


def _quickstart(
    index: Index,
    report: Report,
    question: str,
    chunks: dict[int, tuple[list[str], np.ndarray]],
) -> list[str]:
    """The nearest chunks of a report's pages, as the quickstart cuts and finds them."""
    if report.number not in chunks:
        from llama_index.core.node_parser import SentenceSplitter

        splitter = SentenceSplitter(chunk_size=512, chunk_overlap=50)
        texts = [
            chunk
            for page in index.catalog.pages(report.number)
            for chunk in splitter.split_text(page.text)
        ]
        chunks[report.number] = (texts, index.encoder.encode(texts))
    texts, vectors = chunks[report.number]
    order = np.argsort(-(vectors @ index.encoder.encode([question])[0]), kind="stable")
    return [texts[i] for i in order[:_DEPTH]]


if __name__ == "__main__":
    main()
