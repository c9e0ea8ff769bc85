from __future__ import annotations

import os
import stat
from pathlib import Path

import docx
import pytest

from index.build import Index
from index.errors import NoText
from index.models import BlockKind, Judgement
from index.settings import IndexSettings
from index.workers import read_report
from tests.builders import make_pdf, numbered, scan

WEB = """<html><head><title>no</title></head><body><nav>Menu</nav><main>
<h1>Inspection of Testshire</h1><p>Inspection dates: 4 March 2019 to 8 March 2019</p>
<h2>Leadership</h2>
<ol><li>Leaders know their <b>services</b> well and act on it.</li>
<li>They should, within three months:<ul><li>see children sooner</li><li>write it down</li></ul></li></ol>
<table><tr><th>Judgement</th><th>Grade</th></tr><tr><td>Overall effectiveness</td><td>Good</td></tr>
<tr><td>The impact of leaders</td><td>Requires improvement to be good</td></tr></table>
</main><footer>Cookies</footer><script>write('x')</script></body></html>"""


@pytest.fixture
def word(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Inspection of Testshire", 0)
    document.add_paragraph("Inspection dates: 4 March 2019 to 8 March 2019")
    document.add_heading("Leadership", 1)
    document.add_paragraph("Leaders know their services well and act on it.", style="List Number")
    document.add_paragraph("They should, within three months:", style="List Number")
    document.add_paragraph("see children sooner", style="List Bullet")
    document.add_paragraph("write it down", style="List Bullet")
    table = document.add_table(3, 2)
    rows = [
        ("Judgement", "Grade"),
        ("Overall effectiveness", "Good"),
        ("The impact of leaders", "Requires improvement to be good"),
    ]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.save(str(tmp_path / "testshire-2019-03-29.docx"))
    return tmp_path / "testshire-2019-03-29.docx"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    path = tmp_path / "testshire-2019-03-29.html"
    path.write_text(WEB, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["word", "web"])
def test_numbers_lists_and_grades_are_read_in_every_format(
    kind: str, request: pytest.FixtureRequest
) -> None:
    reading, _ = read_report(request.getfixturevalue(kind))
    paragraphs = {b.label: b.text for b in reading.blocks if b.label}
    assert paragraphs["1"] == "Leaders know their services well and act on it."
    assert paragraphs["2"].startswith("They should, within three months:")
    assert "see children sooner" in paragraphs["2"] and "write it down" in paragraphs["2"]
    grades = {f.area_key: f.grade for f in reading.facts if isinstance(f, Judgement)}
    assert grades == {"overall_effectiveness": "Good", "leadership": "Requires improvement"}
    assert str(reading.identity.inspected_to) == "2019-03-08"


@pytest.mark.parametrize("kind", ["word", "web"])
def test_every_span_holds_its_own_words_in_every_format(
    kind: str, request: pytest.FixtureRequest
) -> None:
    reading, passages = read_report(request.getfixturevalue(kind))
    pages = {page.number: page.text for page in reading.document.pages}
    for passage in passages:
        cut = "".join(pages[s.page][s.start : s.end] for s in passage.spans)
        assert "".join(cut.split()) == "".join(passage.text.split())


def test_menus_scripts_and_footers_of_a_web_page_are_left_out(web: Path) -> None:
    reading, _ = read_report(web)
    text = reading.document.pages[0].text
    assert not any(word in text for word in ("Menu", "Cookies", "write("))


def test_word_counts_levels_as_it_shows_them(tmp_path: Path) -> None:
    from index.reports.docx import _printed

    assert [_printed(n, "lowerRoman") for n in (1, 4, 9, 14)] == ["i", "iv", "ix", "xiv"]
    assert [_printed(n, "upperLetter") for n in (1, 26, 27)] == ["A", "Z", "AA"]


def test_a_footnote_is_tied_to_where_its_mark_stands(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "notes.pdf"
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    for left, top, text in numbered(["1.", "2.", "3."]):
        canvas.setFont("Helvetica", 12)
        canvas.drawString(left, 842 - top, text)
    canvas.drawString(100, 842 - 240, "Some children wait for a plan")
    canvas.setFont("Helvetica", 7)
    canvas.drawString(100 + 157, 842 - 236, "1")
    canvas.drawString(72, 842 - 800, "1 A plan says what will be done, and by whom.")
    canvas.save()
    reading, _ = read_report(path)
    note = next(b for b in reading.blocks if b.kind is BlockKind.FOOTNOTE)
    tied = [b for b in reading.blocks if b.notes]
    assert [b.notes for b in tied] == [(note.key,)]
    assert "wait for a plan" in tied[0].text and "plan1" not in tied[0].text


def test_a_scan_without_ocrmypdf_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoText, match=r"inspection-assistant\[ocr\]"):
        read_report(scan(tmp_path / "scan.pdf"), tmp_path / "kept")


def test_a_scan_is_read_through_ocrmypdf_and_its_readable_copy_is_kept(
    tmp_path: Path, sample_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable = make_pdf(tmp_path / "readable.pdf", [numbered(["1.", "2.", "3."])])
    program = tmp_path / "bin" / "ocrmypdf"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp {readable} "$last"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "model").symlink_to(sample_folder / "model")
    index = Index(IndexSettings(folder=folder, workers=1, ocr=True))
    report = index.add_files([scan(tmp_path / "scan.pdf")]).added[0]
    assert index.file_of(report).read_bytes() == readable.read_bytes()
    assert [b.label for b in index.catalog.blocks(report.number) if b.label] == ["1", "2", "3"]
    index.close()


def test_text_in_a_frame_is_a_box_and_a_border_around_the_page_is_none(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "boxed.pdf"
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    canvas.rect(20, 20, 555, 802)
    canvas.setFont("Helvetica", 12)
    for left, top, text in numbered(["1.", "2.", "3."]):
        canvas.drawString(left, 842 - top, text)
    canvas.rect(60, 842 - 430, 480, 100)
    for row, words in enumerate(("What good looks like here", "is that children are heard")):
        canvas.drawString(80, 842 - 370 - 14 * row, f"{words} and plans follow what they say.")
    canvas.drawString(72, 842 - 500, "Outside of it the text goes on as it did before, in full.")
    canvas.save()
    reading, _ = read_report(path)
    kinds = {b.text.split()[0]: b.kind for b in reading.blocks}
    assert kinds["What"] is BlockKind.BOX
    assert kinds["Outside"] is not BlockKind.BOX
    assert [b.label for b in reading.blocks if b.label] == ["1", "2", "3"]


def test_text_without_numbers_is_cited_by_page_and_place(
    tmp_path: Path, sample_folder: Path
) -> None:
    from assistant.assistant import Assistant

    path = tmp_path / "plain-2020-01-01.txt"
    path.write_text(
        "Report on Testshire\n\n\n"
        + "\n\n".join(
            f"The {word} team meets every month and writes down what children told it."
            for word in ("adoption", "fostering", "housing", "health")
        ),
        encoding="utf-8",
    )
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "model").symlink_to(sample_folder / "model")
    index = Index(IndexSettings(folder=folder, workers=1))
    index.add_files([path])
    answer = Assistant(index).ask("What does the housing team do?")
    shown = [*answer.citations, *answer.nearest]
    labels = [c.label for c in shown if "housing" in c.quote]
    assert labels == ["third paragraph, p. 1"], [(c.label, c.quote) for c in shown]
    index.close()
