from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from assistant.checks import Checker, Finding
from assistant.citations import Quoter
from assistant.cli import app
from assistant.comparing import compare_area, find_area
from assistant.errors import NoSuchArea, UnknownSheet
from assistant.following import Follower
from assistant.query_map import load_query_map
from assistant.ranker import load_ranker
from assistant.reader import load_reader
from assistant.retrieval import Retriever
from assistant.scope import Authorities
from assistant.sheets import JUDGEMENT_COLUMNS, Sheet, fact_sheet, write_sheet
from index.build import Index
from index.catalog import FACT_KINDS
from index.grades import GRADES
from index.settings import IndexSettings

FILLER = "The council listens to children and acts on what they say about their homes and schools."
TABLE = (
    "Safeguarding services\nOverall effectiveness\tGood\nQuality of provision\tAdequate\n"
    "Leadership and management\tGood\nPartnerships\tGood\n"
)


def _numbered(*paragraphs: str) -> str:
    texts = [*paragraphs, FILLER, FILLER]
    return "\n\n".join(f"{n}. {text}" for n, text in enumerate(texts, start=1))


SUMS = [
    _numbered(
        f"There were {whole} looked after children. They comprise {a} under five, {b} of school age and {c} older."
    )
    for whole, a, b, c in ((90, 20, 30, 41), (438, 48, 292, 97), (1200, 300, 500, 401), (51, 9, 30, 11))
] + [
    _numbered(f"The borough has {whole} schools, {verb} {a} primary schools and {b} secondary schools.")
    for whole, verb, a, b in (
        (70, "comprising", 50, 21),
        (88, "made up of", 60, 27),
        (45, "consisting of", 30, 16),
        (33, "comprising", 20, 12),
        (64, "composed of", 40, 23),
    )
]  # fmt: skip
PERCENTAGES = [
    _numbered(f"At the visit {part} of {whole} children ({stated}%) had a plan.")
    for part, whole, stated in ((10, 20, 60), (9, 90, 15), (45, 60, 80), (7, 8, 98), (120, 400, 20))
] + [
    _numbered(f"Plans were late for {stated} per cent ({part} of {whole} children) last year.")
    for part, whole, stated in ((5, 50, 20), (33, 99, 43), (80, 100, 88), (2, 40, 9))
]
GRADES_APART = [
    f"{TABLE}\n\nSafeguarding services\n\n{_numbered(f'{area} {verb} {grade}.')}"
    for area, verb, grade in (
        ("The quality of provision", "is", "good"),
        ("The quality of provision", "is", "inadequate"),
        ("Leadership and management", "are", "adequate"),
        ("Leadership and management", "is", "outstanding"),
        ("The overall effectiveness of safeguarding services", "is", "adequate"),
        ("Overall effectiveness", "is", "outstanding"),
        ("Partnerships", "are", "adequate"),
        ("Partnerships", "are", "inadequate"),
        ("Quality of provision", "is", "outstanding"),
        ("Leadership and management", "are", "inadequate"),
    )
]
DATES = [
    f"Inspection of Testshire children's services\nInspection dates: {dates}\nReport published: {published}\n\n{_numbered(FILLER)}"
    for dates, published in (
        ("4 March 2019 to 8 March 2019", "1 February 2019"),
        ("10 June 2014 to 2 July 2014", "20 June 2014"),
        ("14 May 2018 to 3 May 2018", "9 July 2018"),
        ("5 October 2016 to 1 October 2016", "9 December 2016"),
    )
]
TWICE = [
    _numbered(
        f"At the time of the inspection there were {a} {what}.",
        FILLER,
        f"At the time of the inspection, {b} {what} lived in the area.",
    )
    for a, b, what in (
        (92, 94, "care leavers"),
        (347, 344, "looked after children"),
        (61, 16, "privately fostered children"),
        (120, 121, "children with disabilities"),
        (48, 84, "children in need"),
        (30, 31, "newly qualified social workers"),
        (212, 221, "children on protection plans"),
        (77, 78, "approved foster carers"),
    )
]  # fmt: skip
PLANTED = {
    "sum": SUMS,
    "percentage": PERCENTAGES,
    "grade": GRADES_APART,
    "dates": DATES,
    "counted twice": TWICE,
}


@pytest.fixture(scope="module")
def planted(
    tmp_path_factory: pytest.TempPathFactory, sample_folder: Path
) -> dict[str, tuple[str, list[Finding]]]:
    """Findings of each planted document, by file stem, with the kind that was planted."""
    folder = tmp_path_factory.mktemp("planted")
    files = folder / "files"
    files.mkdir()
    kinds = {}
    for kind, texts in PLANTED.items():
        for number, text in enumerate(texts):
            name = f"{kind.replace(' ', '-')}-{number}"
            kinds[name] = kind
            (files / f"{name}.txt").write_text(text, encoding="utf-8")
    keep = folder / "index"
    keep.mkdir()
    (keep / "model").symlink_to(sample_folder / "model")
    index = Index(IndexSettings(folder=keep))
    index.add_files([files])
    checker = Checker(index.catalog, Quoter(index.catalog))
    found = {
        Path(report.source).stem: (kinds[Path(report.source).stem], checker.check(report))
        for report in index.catalog.reports()
    }
    index.close()
    return found


def test_planted_contradictions_are_found(planted: dict[str, tuple[str, list[Finding]]]) -> None:
    assert len(planted) >= 40
    missed = [
        name for name, (kind, found) in planted.items() if kind not in {f.kind for f in found}
    ]
    assert len(missed) <= 0.05 * len(planted), missed


def test_planted_contradictions_bring_no_false_ones(
    planted: dict[str, tuple[str, list[Finding]]],
) -> None:
    others = [
        (name, finding.text)
        for name, (kind, found) in planted.items()
        for finding in found
        if finding.kind != kind
    ]
    assert others == []


def test_every_finding_shows_its_words(planted: dict[str, tuple[str, list[Finding]]]) -> None:
    for _, found in planted.values():
        for finding in found:
            assert all(citation.quote for citation in finding.citations)


def test_whole_reports_without_contradictions_have_no_findings(sample_index: Index) -> None:
    checker = Checker(sample_index.catalog, Quoter(sample_index.catalog))
    for name in ("ashenmoor-2015-08-21", "ashenmoor-2021-11-19", "saltmarch-2019-03-29"):
        assert checker.check(sample_index.catalog.find_report(name)) == []


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_every_fact_has_its_place_and_its_words(sample_index: Index, kind: str) -> None:
    sheet = fact_sheet(sample_index.catalog, Quoter(sample_index.catalog), kind)
    assert sheet.rows
    for record in sheet.as_records():
        assert record["report"] and record["page"] and record["quote"] and record["rule"]
        if kind == "judgement":
            assert tuple(record) == JUDGEMENT_COLUMNS
            assert record["grade"] in GRADES


def test_an_unknown_kind_of_fact_names_those_there_are(sample_index: Index) -> None:
    with pytest.raises(UnknownSheet, match="judgement"):
        fact_sheet(sample_index.catalog, Quoter(sample_index.catalog), "verdict")


def test_sheets_are_written_as_csv_xlsx_and_json(tmp_path: Path) -> None:
    sheet = Sheet(
        ("report", "page", "quote"), (("a", 1, "=SUM(A1)"), ("b", None, "caf\u00e9 \x07"))
    )
    for ending in ("csv", "xlsx", "json"):
        write_sheet(sheet, tmp_path / f"sheet.{ending}")
    with (tmp_path / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["report", "page", "quote"]
    assert rows[1][2] == "'=SUM(A1)", "a report's words never run as a formula"
    book = load_workbook(tmp_path / "sheet.xlsx").active
    assert book is not None and [c.value for c in book[2]][:2] == ["a", 1]
    assert json.loads((tmp_path / "sheet.json").read_text())[1]["page"] is None
    with pytest.raises(UnknownSheet, match=r"\.csv"):
        write_sheet(sheet, tmp_path / "sheet.doc")


def test_a_comparison_has_a_cited_row_for_each_report_with_its_change(sample_index: Index) -> None:
    key = find_area("leadership", sample_index.catalog)
    sheet = compare_area(sample_index.catalog, Quoter(sample_index.catalog), key)
    records = sheet.as_records()
    assert {r["report"] for r in records} >= {"ashenmoor-2015-08-21", "ashenmoor-2021-11-19"}
    assert all(r["quote"] and r["page"] for r in records)
    changes = [r["change"] for r in records if r["report"] == "ashenmoor-2021-11-19"]
    assert changes and changes[0] in ("same", "up 1", "down 1", "up 2", "down 2")
    with pytest.raises(NoSuchArea, match="Leadership"):
        find_area("zebra stripes", sample_index.catalog)


def test_actions_are_followed_with_quotes_on_both_sides(sample_index: Index) -> None:
    families = Authorities(sample_index.catalog.reports()).families()
    retriever = Retriever(sample_index, load_ranker(), load_reader(), load_query_map())
    follower = Follower(sample_index, Quoter(sample_index.catalog), retriever)
    for family in families:
        followed = follower.follow(family)
        assert {f.report.id for f in followed} == {r.id for r in family}
        for item in followed:
            assert item.asked.quote
            if item.outcome in ("not mentioned", "no later report"):
                assert item.evidence is None
            else:
                assert item.evidence is not None and item.evidence.report == item.later.id  # type: ignore[union-attr]


def test_the_commands_write_their_files(
    tmp_path: Path, sample_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "model").symlink_to(sample_folder / "model")
    monkeypatch.setenv("INSPECTIONS_INDEX__FOLDER", str(folder))
    text = tmp_path / "town-2019-01-01.txt"
    text.write_text(GRADES_APART[0], encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(app, ["index", str(text)]).exit_code == 0
    for command in (["facts"], ["checks"], ["compare", "leadership"], ["actions", "all"]):
        target = tmp_path / f"{command[0]}.csv"
        done = runner.invoke(app, [*command, "--out", str(target)])
        assert done.exit_code == 0, done.output
        assert target.read_text(encoding="utf-8-sig").count("\n") >= 1
    wrong = runner.invoke(app, ["actions", "Nowhereshire"])
    assert wrong.exit_code == 2
