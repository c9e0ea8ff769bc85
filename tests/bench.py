"""``make bench``: rates of reading and embedding, ours and torch's, in one run.

Prints; asserts nothing. Give it a folder of reports.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from index.build import find_files, read_report
from index.embeddings import Encoder, TorchEncoder, find_model, load_encoder


def main() -> None:
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
    print(f"embedding, int8 ONNX: {small:,.0f} characters/s")
    print(f"embedding, torch fp32: {exact:,.0f} characters/s ({small / exact:.1f} times)")


def rate(encoder: Encoder, texts: list[str]) -> float:
    """Characters a second, after one warm-up batch."""
    encoder.encode(texts[:32])
    began = time.perf_counter()
    encoder.encode(texts)
    return sum(map(len, texts)) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
