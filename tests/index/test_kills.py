from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import POINTS, Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Scene:
    return Scene(tmp_path_factory.mktemp("kills"), sample_folder / "model")


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_the_next_run_finishes(scene: Scene, point: str) -> None:
    struck, faults, _ = scene.kill(point, 1)
    assert struck, "the trap did not close"
    assert faults == []


@pytest.mark.parametrize("after", [1.2, 1.9, 2.6])
def test_a_kill_at_any_time_loses_nothing(scene: Scene, after: float) -> None:
    _, faults, _ = scene.kill("", 0, after)
    assert faults == []


def test_a_damaged_vector_index_is_seen_and_made_anew(scene: Scene, tmp_path: Path) -> None:
    import shutil

    from index.build import Index
    from index.settings import IndexSettings
    from index.vectors import State

    folder = tmp_path / "damaged"
    shutil.copytree(scene.template, folder, symlinks=True)
    database = folder / "chroma" / "chroma.sqlite3"
    database.write_bytes(database.read_bytes()[:5000] + b"\xff" * 20_000)
    index = Index(IndexSettings(folder=folder, workers=1))
    assert index.vectors.probe() is State.DAMAGED
    vector = index.encoder.encode(["what the council hears"])[0]
    assert len(index.vectors.search_all(vector, 3)) == 3, "the catalog answers in the meantime"
    rows = index.vectors.bring_level()
    assert rows == len(list(index.catalog.passage_ids()))
    assert index.vectors.probe() is State.LEVEL
    index.close()
