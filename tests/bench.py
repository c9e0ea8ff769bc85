"""``make bench``: rates of reading and embedding, in one run: ours, torch's, and LlamaIndex's
quickstart (page documents, sentence splitter, Chroma) with the same model; the seconds that
finding facts takes, and a comparison.

Prints; asserts nothing. Give it files or folders of reports; with ``--facts`` it times reading
and facts only.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tokenizers import Tokenizer

from assistant.citations import Quoter
from assistant.comparing import compare_area
from index.build import Index, find_files
from index.embeddings import MAX_TOKENS, Encoder, TorchEncoder, find_model, load_encoder
from index.facts import find_facts
from index.settings import IndexSettings
from index.workers import read_report


def main() -> None:
    """Print the rates."""
    given = [argument for argument in sys.argv[1:] if argument != "--facts"]
    paths = find_files([Path(p) for p in given or ["samples"]])
    paths = [path for path in paths if path.suffix == ".pdf"]
    of_facts: list[float] = []
    with patch("index.workers.find_facts", _timed(find_facts, of_facts)):
        began = time.perf_counter()
        readings = [read_report(path) for path in paths]
        seconds = time.perf_counter() - began
    found = sum(len(reading.facts) for reading, _ in readings)
    pages = sum(len(reading.document.pages) for reading, _ in readings)
    texts = [p.text for _, passages in readings for p in passages][:3000]
    print(f"reading, one process: {pages / seconds:.0f} pages/s ({pages} pages)")
    print(f"of that, finding {found:,} facts in {len(paths)} reports: {sum(of_facts):.1f} s")
    if "--facts" in sys.argv:
        return
    with tempfile.TemporaryDirectory() as folder:
        chosen = load_encoder(Path(folder)).identity.rsplit("-", 1)[1]
        rates = {
            name: rate(load_encoder(Path(folder), held=f"-{name}"), texts)
            for name in ("int8", "fp32")
        }
    torch = rate(TorchEncoder(find_model()), texts)
    for name, made in rates.items():
        here = ", what a new index has on this processor" if name == chosen else ""
        times = made / torch
        print(f"embedding, {name} copy: {made:,.0f} characters/s ({times:.1f} times torch{here})")
    print(f"embedding, torch fp32: {torch:,.0f} characters/s")
    with tempfile.TemporaryDirectory() as folder:
        ours = end_to_end(paths, Path(folder))
    print(f"comparing {len(paths)} reports on an area: {1000 * ours.comparing:.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        quickstart = end_to_end_quickstart(paths, Path(folder))
    print("file to searchable:     page characters/s    characters in a vector/s")
    print(f"  ours                  {ours.pages:17,.0f} {ours.embedded:27,.0f}")
    print(f"  quickstart            {quickstart.pages:17,.0f} {quickstart.embedded:27,.0f}")
    print(
        f"  times                 {ours.pages / quickstart.pages:17.1f} "
        f"{ours.embedded / quickstart.embedded:27.1f}"
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """Characters a second from files to a searchable index: of the pages read, and of the text
    that a vector was made of (the model reads 256 tokens of a text and leaves the rest out)."""

    pages: float
    embedded: float
    comparing: float = 0.0
    """Seconds that one area's grades take to be compared over all the reports."""


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        made = function(*given)
        spent.append(time.perf_counter() - began)
        return made

    return timed


def end_to_end(paths: list[Path], folder: Path) -> Rates:
    """Ours."""
    opened = Index(IndexSettings(folder=folder))
    opened.encoder.encode(["the copy of the model is made once, and not counted"])
    importlib.import_module("chromadb")  # nor is loading the libraries, in either
    began = time.perf_counter()
    summary = opened.add_files(paths)
    seconds = time.perf_counter() - began
    texts = [p.text for r in opened.catalog.reports() for p in opened.catalog.passages(r.number)]
    quoter = Quoter(opened.catalog)
    compare_area(opened.catalog, quoter, "overall_effectiveness")
    began = time.perf_counter()
    compare_area(opened.catalog, quoter, "overall_effectiveness")
    comparing = time.perf_counter() - began
    opened.close()
    return Rates(summary.characters / seconds, characters_read(texts) / seconds, comparing)


def end_to_end_quickstart(paths: list[Path], folder: Path) -> Rates:
    """LlamaIndex's quickstart; its text is read by pdfium, as ours is."""
    import chromadb
    import pypdfium2
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(model_name=str(find_model().folder), device="cpu")
    model.get_text_embedding("the model is loaded once, and not counted")
    splitter = SentenceSplitter(chunk_size=512, chunk_overlap=50)
    began = time.perf_counter()
    documents = []
    for path in paths:
        pdf = pypdfium2.PdfDocument(path)
        for number in range(len(pdf)):
            text = pdf[number].get_textpage().get_text_bounded()
            documents.append(Document(text=text, metadata={"file": path.name, "page": number + 1}))
        pdf.close()
    client = chromadb.PersistentClient(path=str(folder))
    collection = client.create_collection("quickstart", embedding_function=None)
    store = ChromaVectorStore(chroma_collection=collection)
    VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=store),
        transformations=[splitter],
        embed_model=model,
    )
    seconds = time.perf_counter() - began
    texts = [node.get_content() for node in splitter.get_nodes_from_documents(documents)]
    return Rates(
        sum(len(d.text) for d in documents) / seconds,
        characters_read(texts) / seconds,
    )


def characters_read(texts: list[str]) -> int:
    """How many characters of texts the model reads: those of their first 256 tokens."""
    tokenizer = Tokenizer.from_file(str(find_model().folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    return sum(max(end for _, end in e.offsets) for e in tokenizer.encode_batch(texts))


def rate(encoder: Encoder, texts: list[str]) -> float:
    """Characters a second, after one warm-up batch."""
    encoder.encode(texts[:32])
    began = time.perf_counter()
    encoder.encode(texts)
    return sum(map(len, texts)) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
