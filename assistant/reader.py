"""The reader: a small cross-encoder that looks at a question and one sentence together.

Trained by ``python -m eval.train_reader``; what is kept is its weights, and no report's
text. It gives three numbers for a pair: one to order sentences by, one for whether the
sentence answers the question, and one for whether it says yes to it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embeddings import find_model

MODEL = Path(__file__).parent / "data" / "reader.onnx"
_LONGEST = 64
"""Tokens of a question that are read; a question of people has a dozen or two."""
_TOKENS = 112
"""Question, heading and sentence together; a longer sentence is cut."""


_BEFORE = 30
"""Longest part of the sentence before that is read with one, in words: its end."""


def pair_of(text: str, context: str, before: str = "") -> str:
    """A sentence as the reader sees it: under its heading, after the sentence it leans on."""
    led = f"({' '.join(before.split()[-_BEFORE:])}) {text}" if before else text
    return f"{context}. {led}" if context else led


class PairReader(Protocol):
    """Anything that reads a question together with sentences."""

    def read(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Logits of each pair, shape (len(sentences), 3): how well it ranks, whether it answers,
        and whether it says yes."""


class Reader:
    """Reads a question with each of some sentences."""

    def __init__(self, model: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(find_model("").folder / "tokenizer.json"))
        self._plain = Tokenizer.from_str(self._tokenizer.to_str())
        self._plain.no_truncation()
        self._plain.no_padding()
        self._tokenizer.enable_truncation(_TOKENS, strategy="only_second")
        self._tokenizer.enable_padding()

    def read(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`PairReader`."""
        if not sentences:
            return np.zeros((0, 3), dtype=np.float32)
        asked = self._begins(question)
        encoded = self._tokenizer.encode_batch([(asked, sentence) for sentence in sentences])
        logits: NDArray[np.float32] = self._session.run(
            None,
            {
                "ids": np.array([e.ids for e in encoded], dtype=np.int64),
                "mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
                "kinds": np.array([e.type_ids for e in encoded], dtype=np.int64),
            },
        )[0]
        return logits

    def _begins(self, question: str) -> str:
        """As much of a question as leaves room for a sentence beside it."""
        ends = self._plain.encode(question, add_special_tokens=False).offsets
        return question[: ends[_LONGEST - 1][1]] if len(ends) > _LONGEST else question


@lru_cache(maxsize=1)
def load_reader() -> Reader | None:
    """The reader that comes with the package; None if there is none."""
    return Reader(MODEL) if MODEL.is_file() else None
