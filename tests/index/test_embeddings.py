"""The copies of the model against fp32, passages' vectors, and that nothing reaches for the
network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embeddings import (
    Encoder,
    OpenVinoEncoder,
    PassageEncoder,
    TorchEncoder,
    find_model,
    load_encoder,
)
from index.models import Passage

TEXTS = [
    "The council visits children in their homes every three weeks.",
    "Managers sign off 92% of assessments within 45 days.",
    "Care leavers have a say in how the hostel is run.",
    "Too many plans are late.",
    "Foster carers told inspectors that the out-of-hours team answers at once, that equipment for "
    "babies arrives on the same day, and that respite is agreed without a meeting.",
]


@pytest.fixture(scope="module", params=["int8", "fp32"])
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A copy as an index holds it, made anew with no network to reach for."""
    patch = pytest.MonkeyPatch()

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something reached for the network")

    patch.setattr(socket.socket, "connect", refuse)
    patch.setattr(socket, "getaddrinfo", refuse)
    try:
        held = f"{find_model().identity}-{request.param}"
        made = load_encoder(tmp_path_factory.mktemp("model"), backend="openvino", held=held)
        made.encode(TEXTS)
    finally:
        patch.undo()
    return made


def test_the_copy_is_close_to_fp32(encoder: Encoder) -> None:
    assert isinstance(encoder, OpenVinoEncoder)
    torch = TorchEncoder(find_model())
    cosines = (encoder.encode(TEXTS) * torch.encode(TEXTS)).sum(axis=1)
    if encoder.identity == torch.identity:
        assert cosines.min() > 0.9995
    else:
        assert encoder.identity == f"{find_model().identity}-int8"
        assert cosines.min() > 0.98
        assert cosines.mean() > 0.99


@pytest.mark.parametrize(
    ("held", "here", "loaded"),
    [
        ("", True, "fp32"),
        ("", False, "int8"),
        ("m@1-fp32", False, "fp32"),
        ("m@1-int8", True, "int8"),
    ],
)
def test_what_an_index_holds_comes_before_what_is_quickest_here(
    held: str, here: bool, loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bool] = []

    def fail(*_: Any, whole: bool) -> None:
        made.append(whole)
        raise RuntimeError("no room")

    monkeypatch.setattr("index.embeddings.multiplies_bfloat16", lambda: here)
    monkeypatch.setattr("index.embeddings.make_copy", fail)
    encoder = load_encoder(tmp_path, held=held)
    assert made == [loaded == "fp32"]
    assert isinstance(encoder, TorchEncoder)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: Encoder) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.allclose(encoder.encode(TEXTS * 9)[: len(TEXTS)], alone, atol=1e-4)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_passage_leans_towards_its_heading_and_its_paragraph(encoder: Encoder) -> None:
    def passage(block: str, number: int, text: str, heading: str) -> Passage:
        return Passage(block, number, text, heading, ())

    passages = [
        passage("1", 0, TEXTS[0], "Children in care"),
        passage("1", 1, TEXTS[1], "Children in care"),
        passage("2", 0, TEXTS[0], "Fostering"),
    ]
    vectors = PassageEncoder(encoder).encode(passages)
    plain = encoder.encode([TEXTS[0], TEXTS[1], "Children in care", "Fostering"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ plain[2] > vectors[2] @ plain[2]
    assert vectors[2] @ plain[3] > vectors[0] @ plain[3]
    assert vectors[0] @ plain[1] > vectors[2] @ plain[1]
    assert vectors[0] @ plain[0] > 0.8


def test_a_model_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"holds no model\.safetensors"):
        load_encoder(tmp_path, setting=str(tmp_path))
