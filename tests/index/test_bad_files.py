from __future__ import annotations

from pathlib import Path

import pytest

from index.build import Index
from index.errors import (
    DamagedFile,
    EmptyFile,
    EncryptedFile,
    NotAReport,
    NoText,
    NothingToIndex,
    ReportError,
    UnsupportedFormat,
)
from index.workers import read_report
from tests.builders import SAMPLES, make_pdf, numbered, scan

PAGE = "<!DOCTYPE html><html><body>Not found</body></html>"


def test_a_web_page_named_pdf_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_text(PAGE, encoding="utf-8")
    with pytest.raises(NotAReport, match="a web page"):
        read_report(path)


def test_an_empty_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.touch()
    with pytest.raises(EmptyFile, match="0 bytes"):
        read_report(path)


def test_a_truncated_pdf_is_named_as_such_or_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = (SAMPLES / "ashenmoor-2015-08-21.pdf").read_bytes()
    path = tmp_path / "cut.pdf"
    path.write_bytes(whole[: len(whole) // 10])
    with pytest.raises(ReportError) as caught:
        read_report(path)
    assert isinstance(caught.value, DamagedFile | NoText)


def test_an_encrypted_pdf_is_named_as_such(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "locked.pdf", [numbered(["1."])], password="secret")
    with pytest.raises(EncryptedFile, match="password"):
        read_report(path)


def test_a_scan_is_told_from_a_report_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoText, match="ocrmypdf"):
        read_report(scan(tmp_path / "scan.pdf"))


def test_an_unknown_ending_says_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "report.xyz"
    path.write_text("text", encoding="utf-8")
    with pytest.raises(UnsupportedFormat, match=r"\.pdf"):
        read_report(path)


def test_binary_data_named_txt_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(NotAReport):
        read_report(path)


def test_a_folder_with_nothing_in_it_says_what_to_give(fresh_index: Index, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NothingToIndex, match=r"\.pdf"):
        fresh_index.add_files([empty])


def test_bad_files_are_named_and_the_rest_is_read(fresh_index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "page.pdf").write_text(PAGE, encoding="utf-8")
    (folder / "empty.txt").touch()
    scan(folder / "scan.pdf")
    make_pdf(folder / "good-2020-01-01.pdf", [numbered([f"{n}." for n in range(1, 12)])])
    summary = fresh_index.add_files([folder])
    assert [r.source for r in summary.added] == ["good-2020-01-01.pdf"]
    assert {n.path.name: n.kind for n in summary.not_read} == {
        "page.pdf": "not_a_report",
        "empty.txt": "empty",
        "scan.pdf": "no_text",
    }
