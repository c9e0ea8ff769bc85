"""The int8 copy against fp32, passages' vectors, and that nothing reaches for the network."""

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


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The int8 copy, made anew with no network to reach for."""
    patch = pytest.MonkeyPatch()

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something reached for the network")

    patch.setattr(socket.socket, "connect", refuse)
    patch.setattr(socket, "getaddrinfo", refuse)
    try:
        made = load_encoder(tmp_path_factory.mktemp("model"), backend="openvino")
        made.encode(TEXTS)
    finally:
        patch.undo()
    return made


def test_the_int8_copy_is_close_to_fp32(encoder: Encoder) -> None:
    assert isinstance(encoder, OpenVinoEncoder)
    exact = TorchEncoder(find_model()).encode(TEXTS)
    cosines = (encoder.encode(TEXTS) * exact).sum(axis=1)
    assert cosines.min() > 0.98
    assert cosines.mean() > 0.99


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
