from __future__ import annotations

import shutil
import sys
import time
from multiprocessing.spawn import get_preparation_data
from pathlib import Path

import numpy as np
import pytest

from index.build import Index
from index.drawing import draw_page, span_boxes
from index.embeddings import find_model
from index.errors import IndexInUse, ModelMismatch, ModelNotFound, NoSuchReport
from index.models import BlockKind
from index.ownership import own
from index.reports.pdf import character_boxes
from index.workers import _without_main
from tests.builders import SAMPLES, make_pdf, numbered


@pytest.fixture
def one(tmp_path: Path) -> Path:
    labels = [f"{n}." for n in range(1, 10)]
    return make_pdf(tmp_path / "town-2020-01-01.pdf", [numbered(labels)])


def test_an_unchanged_file_is_skipped(fresh_index: Index, one: Path) -> None:
    assert len(fresh_index.add_files([one]).added) == 1
    again = fresh_index.add_files([one])
    assert (len(again.added), again.unchanged) == (0, [one])


def test_a_changed_file_takes_the_place_of_the_old_one(fresh_index: Index, one: Path) -> None:
    fresh_index.add_files([one])
    make_pdf(one, [numbered(["1.", "2.", "3."])])
    changed = fresh_index.add_files([one]).added[0]
    assert changed.id == "town-2020-01-01"
    assert len(fresh_index.catalog.reports()) == 1
    labels = [b.label for b in fresh_index.catalog.blocks(changed.number) if b.label]
    assert labels == ["1", "2", "3"]


def test_two_files_of_one_name_are_not_mixed_up(
    fresh_index: Index, one: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / one.name
    other.parent.mkdir()
    shutil.copy(one, other)
    summary = fresh_index.add_files([one, other])
    assert [n.kind for n in summary.not_read] == ["same_name"]


def test_a_removed_report_leaves_nothing_behind(fresh_index: Index, one: Path) -> None:
    report = fresh_index.add_files([one]).added[0]
    fresh_index.remove(report.id)
    assert fresh_index.catalog.reports() == []
    assert list(fresh_index.catalog.passage_ids()) == []
    assert fresh_index.catalog.match_words('"council"', 5) == []
    with pytest.raises(NoSuchReport):
        fresh_index.remove(report.id)


def test_every_passage_is_found_by_its_own_text(fresh_index: Index, one: Path) -> None:
    report = fresh_index.add_files([one]).added[0]
    for passage in fresh_index.catalog.passages(report.number):
        words = " ".join(f'"{w}"' for w in passage.text.lower().split() if w.isalpha())
        found = {key for key, _ in fresh_index.catalog.match_words(words, 1000)}
        assert passage.id in found


def test_chroma_rebuilt_from_the_catalog_answers_the_same(sample_folder: Path) -> None:
    from index.settings import IndexSettings

    index = Index(IndexSettings(folder=sample_folder))
    vector = index.encoder.encode(["children in care and their health assessments"])[0]
    before = index.vectors.search_all(vector, 10)
    rows = index.vectors.rebuild()
    assert rows == len(list(index.catalog.passage_ids()))
    after = index.vectors.search_all(vector, 10)
    numbers = [r.number for r in index.catalog.reports()]
    exact = index.vectors.search(vector, 10, numbers)
    wanted = {key for key, _ in exact}
    assert len(wanted & {key for key, _ in before}) >= 9, "approximate, but hardly"
    assert len(wanted & {key for key, _ in after}) >= 9
    assert after[0][0] == exact[0][0]
    assert np.allclose(after[0][1], exact[0][1], atol=1e-2)
    index.close()


def test_the_catalog_answers_while_chroma_is_not_level(fresh_index: Index, one: Path) -> None:
    fresh_index.add_files([one])
    fresh_index.vectors.close()
    shutil.rmtree(fresh_index.vectors.folder)
    vector = fresh_index.encoder.encode(["what children say"])[0]
    assert len(fresh_index.vectors.search_all(vector, 3)) == 3


def test_a_second_owner_is_refused_with_a_plain_message(tmp_path: Path) -> None:
    lock = own(tmp_path)
    try:
        import subprocess
        import sys

        code = f"from pathlib import Path; from index.ownership import own; own(Path({str(tmp_path)!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert IndexInUse.__name__ in done.stderr
        assert "stop it first" in done.stderr
    finally:
        lock.release()


def test_vectors_of_another_model_are_refused(fresh_index: Index) -> None:
    fresh_index.catalog.require_model("one@abc")
    with pytest.raises(ModelMismatch, match="one@abc"):
        fresh_index.catalog.require_model("two@def")


def test_a_model_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"model\.safetensors"):
        find_model(str(tmp_path))


def test_the_words_under_a_span_are_the_words_of_the_span(sample_index: Index) -> None:
    report = sample_index.catalog.find_report("ashenmoor-2021-11-19")
    path = sample_index.file_of(report)
    for passage in sample_index.catalog.passages(report.number)[40:60]:
        for span in passage.spans:
            text, boxes = character_boxes(path, span.page)
            lines = span_boxes(path, span)
            inside = "".join(
                char
                for char, box in zip(text, boxes, strict=True)
                if box is not None
                and any(
                    line.left - 0.01 <= box.left
                    and box.right <= line.right + 0.01
                    and line.top - 0.01 <= box.top
                    and box.bottom <= line.bottom + 0.01
                    for line in lines
                )
            )
            printed = "".join(text[span.start : span.end].split())
            assert inside == printed


def test_a_drawn_page_is_marked_where_the_quote_is(sample_index: Index) -> None:
    import io

    from PIL import Image

    report = sample_index.catalog.find_report("ashenmoor-2021-11-19")
    block = next(
        b for b in sample_index.catalog.blocks(report.number) if b.kind is BlockKind.PARAGRAPH
    )
    path = sample_index.file_of(report)
    plain = Image.open(io.BytesIO(draw_page(path, block.page, [])))
    marked = Image.open(io.BytesIO(draw_page(path, block.page, block.spans)))
    box = span_boxes(path, block.spans[0])[0]
    inside = (int((box.left + 3) * 1.6), int((box.top + 1) * 1.6))
    assert plain.getpixel(inside) != marked.getpixel(inside)
    assert plain.getpixel((5, 5)) == marked.getpixel((5, 5))


def test_samples_are_made_the_same_byte_for_byte(tmp_path: Path) -> None:
    from samples.make_samples import SOURCES, make_sample

    for source in sorted(SOURCES.glob("*.md")):
        made = make_sample(source, tmp_path)
        assert made.read_bytes() == (SAMPLES / made.name).read_bytes()


def test_a_file_that_is_read_waits_as_long_as_embedding_another_takes(
    fresh_index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "several"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        make_pdf(folder / f"{name}.pdf", [numbered([f"{name}1.", f"{name}2.", f"{name}3."])])
    fresh_index.settings = fresh_index.settings.model_copy(
        update={"seconds_per_file": 3.0, "workers": 2}
    )
    encode = fresh_index.encoder.encode

    def slowly(texts: list[str]) -> object:
        time.sleep(5)
        return encode(texts)

    monkeypatch.setattr(fresh_index.encoder, "encode", slowly)
    summary = fresh_index.add_files([folder])
    assert summary.not_read == []
    assert len(summary.added) == 4


def test_readers_do_not_load_the_owners_main_module() -> None:
    main = sys.modules["__main__"]
    before = (getattr(main, "__spec__", None), getattr(main, "__file__", None))
    with _without_main():
        given = get_preparation_data("reader")
    assert not {"init_main_from_name", "init_main_from_path"} & set(given)
    assert before == (getattr(main, "__spec__", None), getattr(main, "__file__", None))
