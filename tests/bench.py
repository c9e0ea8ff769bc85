"""``make bench``: rates of reading and embedding, in one run: ours, torch's, and LlamaIndex's
quickstart (page documents, sentence splitter, Chroma) with the same model.

Prints; asserts nothing. Give it files or folders of reports.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from index.build import Index, find_files
from index.embeddings import MAX_TOKENS, Encoder, TorchEncoder, find_model, load_encoder
from index.settings import IndexSettings
from index.workers import read_report


def main() -> None:
    """Print the rates."""
    paths = find_files([Path(p) for p in sys.argv[1:] or ["samples"]])
    paths = [path for path in paths if path.suffix == ".pdf"]
    began = time.perf_counter()
    readings = [read_report(path) for path in paths]
    seconds = time.perf_counter() - began
    pages = sum(len(reading.document.pages) for reading, _ in readings)
    texts = [p.text for _, passages in readings for p in passages][:3000]
    print(f"reading, one process: {pages / seconds:.0f} pages/s ({pages} pages)")
    with tempfile.TemporaryDirectory() as folder:
        small = rate(load_encoder(Path(folder)), texts)
    exact = rate(TorchEncoder(find_model()), texts)
    print(f"embedding, int8: {small:,.0f} characters/s")
    print(f"embedding, torch fp32: {exact:,.0f} characters/s ({small / exact:.1f} times)")
    with tempfile.TemporaryDirectory() as folder:
        ours = end_to_end(paths, Path(folder))
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


def end_to_end(paths: list[Path], folder: Path) -> Rates:
    """Ours."""
    index = Index(IndexSettings(folder=folder))
    index.encoder.encode(["the int8 copy is made once, and not counted"])
    importlib.import_module("chromadb")  # nor is loading the libraries, in either
    began = time.perf_counter()
    summary = index.add_files(paths)
    seconds = time.perf_counter() - began
    texts = [p.text for r in index.catalog.reports() for p in index.catalog.passages(r.number)]
    index.close()
    return Rates(summary.characters / seconds, characters_read(texts) / seconds)


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
