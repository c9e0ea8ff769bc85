"""One index over the samples for the whole run: the real model, Chroma and SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from index.build import Index
from index.settings import IndexSettings
from tests.builders import SAMPLES


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the copy of the model is made once."""
    return tmp_path_factory.mktemp("model-cache")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index over the samples."""
    folder = tmp_path_factory.mktemp("samples-index")
    index = Index(IndexSettings(folder=folder))
    assert index.add_files([SAMPLES]).not_read == []
    index.close()
    return folder


@pytest.fixture(scope="session")
def sample_index(sample_folder: Path) -> Iterator[Index]:
    """That index, open."""
    index = Index(IndexSettings(folder=sample_folder))
    yield index
    index.close()


@pytest.fixture(scope="session")
def assistant(sample_index: Index) -> Assistant:
    """An assistant over the samples."""
    return Assistant(sample_index)


@pytest.fixture
def fresh_index(tmp_path: Path, sample_folder: Path) -> Iterator[Index]:
    """An empty index that shares the samples' copy of the model."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / "model").symlink_to(sample_folder / "model")
    index = Index(IndexSettings(folder=folder, workers=1))
    yield index
    index.close()
