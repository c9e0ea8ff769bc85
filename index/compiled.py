"""A small text model compiled for this processor by OpenVINO, for the embedding model and the
reader of pairs (docs/adr/0013)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class Encoded(Protocol):
    """A text, or a pair of texts, as a tokenizer gives it: without padding."""

    @property
    def ids(self) -> list[int]:
        """Its tokens."""

    @property
    def type_ids(self) -> list[int]:
        """For each token, which of a pair it belongs to."""


class CompiledModel:
    """A model that takes ``ids``, ``mask`` and perhaps ``kinds``, and gives a row for each text.

    With ``whole`` its weights are used as they are, and multiplied as bfloat16 where the processor
    does that itself; otherwise those in int8 stay so, and what they are multiplied with is
    quantised as it comes, ``group`` numbers of a token at a time. Either way a text's row does not
    depend on the texts beside it.
    """

    def __init__(self, model: Any, *, whole: bool, batch: int, group: int) -> None:
        import openvino

        options = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
        if not whole:
            options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = str(group)
        elif multiplies_bfloat16():
            options["INFERENCE_PRECISION_HINT"] = "bf16"
        compiled = openvino.Core().compile_model(model, "CPU", options)
        self._takes_kinds = any("kinds" in port.get_names() for port in compiled.inputs)
        self._queue = openvino.AsyncInferQueue(compiled)
        self._lock = threading.Lock()
        self._batch = batch
        self.width: int = compiled.outputs[0].partial_shape[1].get_length()
        """Length of a row."""

    def run(self, texts: Sequence[Encoded]) -> Rows:
        """Rows, shape (len(texts), width), in the order given; run in batches of like length."""
        made = np.zeros((len(texts), self.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i].ids))

        def keep(request: Any, rows: list[int]) -> None:
            made[rows] = request.get_output_tensor(0).data

        with self._lock:
            self._queue.set_callback(keep)
            for begin in reversed(range(0, len(order), self._batch)):  # none waits for a long last
                rows = order[begin : begin + self._batch]
                ids = np.zeros((len(rows), len(texts[rows[-1]].ids)), dtype=np.int64)
                given = {"ids": ids, "mask": np.zeros_like(ids)}
                if self._takes_kinds:
                    given["kinds"] = np.zeros_like(ids)
                for place, row in enumerate(rows):
                    length = len(texts[row].ids)
                    ids[place, :length] = texts[row].ids
                    given["mask"][place, :length] = 1
                    if self._takes_kinds:
                        given["kinds"][place, :length] = texts[row].type_ids
                self._queue.start_async(given, rows)
            self._queue.wait_all()
        return made


def multiplies_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself: whole weights are then quicker than int8
    ones, which are unpacked each time.

    Raises:
        ImportError: OpenVINO is not installed.
    """
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def unpack(model: Any) -> Any:
    """A model with its int8 weights written out, once."""
    from openvino.passes import ConstantFolding, Manager

    manager = Manager()
    manager.register_pass(ConstantFolding())
    manager.run_passes(model)
    return model
