from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import event

from index.build import Index
from index.errors import FolderNotUsable, NoSpace
from index.ownership import own
from index.settings import IndexSettings
from tests.builders import make_pdf, numbered
from tests.faults import READ, SECONDS, make_all


def test_every_fault_has_its_name_and_costs_no_other_file(
    tmp_path: Path, sample_folder: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    made = make_all(folder)
    good = make_pdf(folder / "good.pdf", [numbered(["1.", "2.", "3."], start=150)])
    keep = tmp_path / "index"
    keep.mkdir()
    (keep / "model").symlink_to(sample_folder / "model")
    index = Index(IndexSettings(folder=keep, workers=2, seconds_per_file=SECONDS))
    summary = index.add_files([*made, good])
    index.close()
    became = {item.path: item.kind for item in summary.not_read}
    read = {report.path for report in summary.added}
    wrong = {
        path.name: became.get(path, READ)
        for path, fault in made.items()
        if became.get(path, READ) not in fault.expected
    }
    assert len(made) >= 60
    assert wrong == {}
    assert str(good.resolve()) in read
    assert all(len(item.reason) > 20 for item in summary.not_read)
    assert "reader_failed" not in became.values()


def test_a_full_disk_is_named_and_what_was_kept_stays(fresh_index: Index, tmp_path: Path) -> None:
    first = make_pdf(tmp_path / "first.pdf", [numbered(["1.", "2.", "3."])])
    second = make_pdf(tmp_path / "second.pdf", [numbered([f"{n}." for n in range(1, 12)])] * 40)
    fresh_index.add_files([first])
    engine = fresh_index.catalog._engine

    @event.listens_for(engine, "connect")
    def _bound(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=60")  # type: ignore[attr-defined]

    engine.dispose()
    with pytest.raises(NoSpace, match="free some space"):
        fresh_index.add_files([second])
    assert [r.source for r in fresh_index.catalog.reports()] == ["first.pdf"]
    event.remove(engine, "connect", _bound)
    engine.dispose()
    assert [r.source for r in fresh_index.add_files([second]).added] == ["second.pdf"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderNotUsable, match="INSPECTIONS_INDEX__FOLDER"):
        own(tmp_path / "file" / "index")


def test_a_new_version_says_what_changed(fresh_index: Index, tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "town.pdf", [numbered(["1.", "2.", "3."])])
    fresh_index.add_files([path])
    page = numbered(["1.", "2.", "3.", "4."])
    page[4] = (100, 142, "Paragraph 2. says quite another thing about what it")
    make_pdf(path, [page])
    summary = fresh_index.add_files([path])
    change = summary.changes[0]
    assert change.paragraphs_added == ("4",)
    assert change.paragraphs_reworded == ("2",)
    assert change.paragraphs_gone == ()
    assert len(list((fresh_index.folder / "files").iterdir())) == 1, "the old copy is gone"


def test_pruning_takes_out_only_what_is_gone_from_the_folder(
    fresh_index: Index, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    gone = make_pdf(here / "gone.pdf", [numbered(["1.", "2."])])
    make_pdf(here / "stays.pdf", [numbered(["1.", "2.", "3."])])
    elsewhere = make_pdf(there / "elsewhere.pdf", [numbered(["1."], start=160)])
    fresh_index.add_files([here, there])
    gone.unlink()
    elsewhere.unlink()
    summary = fresh_index.add_files([here], prune=True)
    assert [report.source for report in summary.pruned] == ["gone.pdf"]
    kept = {report.source for report in fresh_index.catalog.reports()}
    assert kept == {"stays.pdf", "elsewhere.pdf"}


def test_a_renamed_file_is_read_under_its_new_name(fresh_index: Index, tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "old.pdf", [numbered(["1.", "2."])])
    fresh_index.add_files([tmp_path])
    shutil.move(path, tmp_path / "new.pdf")
    fresh_index.add_files([tmp_path], prune=True)
    assert [report.source for report in fresh_index.catalog.reports()] == ["new.pdf"]
    assert fresh_index.file_of(fresh_index.catalog.reports()[0]).is_file()
