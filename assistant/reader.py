"""The reader: a small cross-encoder that looks at a question and one sentence together.

Trained by ``python -m eval.train_reader``; what is kept is its weights, and no report's
text. It gives three numbers for a pair: one to order sentences by, one for whether the
sentence answers the question, and one for whether it says yes to it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.compiled import CompiledModel, Encoded, multiplies_bfloat16, unpack
from index.embeddings import find_model

log = logging.getLogger(__name__)

MODEL = Path(__file__).parent / "data" / "reader.onnx"
_LONGEST = 64
"""Tokens of a question that are read; a question of people has a dozen or two."""
_TOKENS = 112
"""Question, heading and sentence together; a longer sentence is cut."""
_BATCH = 4
"""Pairs at a time, of like length: two streams share the eight of a question."""
_WIDTH = 384
"""Numbers that the reader holds of a token."""
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


class OnnxModel:
    """The reader's model run by onnxruntime, where OpenVINO does not: see :class:`CompiledModel`."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def run(self, texts: Sequence[Encoded]) -> NDArray[np.float32]:
        """Logits, shape (len(texts), 3)."""
        rows = [self._session.run(None, _alone(text))[0][0] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 3)


def _alone(text: Encoded) -> dict[str, NDArray[np.int64]]:
    ids = np.array([text.ids], dtype=np.int64)
    return {"ids": ids, "mask": np.ones_like(ids), "kinds": np.array([text.type_ids])}


class Reader:
    """Reads a question with each of some sentences."""

    def __init__(self, model: Path) -> None:
        from tokenizers import Tokenizer

        self._model = _compiled(model)
        self._tokenizer = Tokenizer.from_file(str(find_model("").folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._plain = Tokenizer.from_str(self._tokenizer.to_str())  # never truncates
        self._tokenizer.enable_truncation(_TOKENS, strategy="only_second")

    def read(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`PairReader`."""
        asked = self._begins(question)
        return self._model.run(
            self._tokenizer.encode_batch([(asked, sentence) for sentence in sentences])
        )

    def _begins(self, question: str) -> str:
        """As much of a question as leaves room for a sentence beside it."""
        ends = self._plain.encode(question, add_special_tokens=False).offsets
        return question[: ends[_LONGEST - 1][1]] if len(ends) > _LONGEST else question


def _compiled(path: Path) -> CompiledModel | OnnxModel:
    try:
        import openvino

        whole = multiplies_bfloat16()
        model = openvino.Core().read_model(path)
        return CompiledModel(
            unpack(model) if whole else model, whole=whole, batch=_BATCH, group=_WIDTH
        )
    except (ImportError, RuntimeError, OSError) as error:
        log.warning("OpenVINO does not run the reader (%s); onnxruntime does, slower.", error)
        return OnnxModel(path)


@lru_cache(maxsize=1)
def load_reader() -> Reader | None:
    """The reader that comes with the package; None if there is none."""
    return Reader(MODEL) if MODEL.is_file() else None
