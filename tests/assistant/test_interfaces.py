from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assistant.api import create_app
from assistant.assistant import Assistant
from assistant.cli import app
from assistant.export import export_report
from assistant.llama import ParagraphRetriever
from assistant.settings import Settings
from index.build import Index
from index.settings import IndexSettings
from tests.builders import ROOT, SAMPLES


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Iterator[TestClient]:
    import shutil

    folder = tmp_path_factory.mktemp("api") / "index"
    shutil.copytree(sample_folder, folder)
    with TestClient(create_app(Settings(index=IndexSettings(folder=folder)))) as client:
        yield client


def test_the_api_answers_with_citations(api: TestClient) -> None:
    body = api.post(
        "/v1/ask", json={"question": "How was Saltmarch graded overall in 2019?"}
    ).json()
    assert body["status"] == "answered"
    assert body["answer"].startswith("Good")
    assert body["citations"][0]["source"] == "saltmarch-2019-03-29.pdf"


def test_a_cited_paragraph_can_be_fetched_by_its_key(api: TestClient) -> None:
    asked = {
        "question": "What needs to improve in private fostering?",
        "reports": ["ashenmoor-2015-08-21"],
    }
    citation = api.post("/v1/ask", json=asked).json()["citations"][0]
    found = api.get(f"/v1/reports/{citation['report']}/paragraphs/{citation['key']}").json()
    assert found["label"] == citation["paragraph"]


def test_a_page_is_drawn_as_png(api: TestClient) -> None:
    answer = api.get("/v1/reports/saltmarch-2019-03-29/pages/2.png", params={"spans": "2:10:60"})
    assert answer.content.startswith(b"\x89PNG")


def test_reports_are_listed(api: TestClient) -> None:
    assert len(api.get("/v1/reports").json()) == 4
    health = api.get("/healthz").json()
    assert (health["status"], health["reports"]) == ("ok", 4)


@pytest.mark.parametrize(
    ("question", "reports", "status", "kind"),
    [
        ("", [], 422, "empty_question"),
        ("x" * 10_000, [], 413, "question_too_long"),
        ("How many?", ["atlantis"], 404, "no_such_report"),
    ],
)
def test_bad_questions_get_a_status_and_a_message(
    api: TestClient, question: str, reports: list[str], status: int, kind: str
) -> None:
    answer = api.post("/v1/ask", json={"question": question, "reports": reports})
    assert answer.status_code == status
    assert answer.json()["error"] == kind
    assert len(answer.json()["detail"]) > 20


def test_an_upload_that_is_no_report_is_refused_and_the_rest_answers(api: TestClient) -> None:
    answer = api.post("/v1/reports", files={"file": ("a.pdf", b"<html>no</html>")})
    assert answer.status_code == 422
    assert "web page" in answer.json()["detail"]
    assert api.get("/healthz").status_code == 200


def test_an_uploaded_report_can_be_asked_about(api: TestClient) -> None:
    text = "# Inspection of Farholm local authority children's services\n\n" + "\n\n".join(
        f"{n}. The council runs {n + 20} play schemes in its {n} wards." for n in range(1, 8)
    )
    added = api.post("/v1/reports", files={"file": ("farholm-2022-02-02.txt", text.encode())})
    assert added.status_code == 201
    body = api.post("/v1/ask", json={"question": "How many play schemes are in Farholm's 3 wards?"})
    assert body.json()["citations"][0]["report"] == "farholm-2022-02-02"


def run(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("INSPECTIONS_INDEX__FOLDER", str(folder))
    monkeypatch.setenv("INSPECTIONS_API__PORT", "1")
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def test_the_batch_contract_holds(
    assistant: Assistant, sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = tmp_path / "in.jsonl"
    lines = [
        {"id": "a", "question": "Who led the inspection?", "reports": ["saltmarch-2019-03-29"]},
        {"id": "b", "turns": [{"question": "How was Ashenmoor graded overall in 2021?"},
                              {"question": "which paragraph says so?"}]},
        {"id": "c", "question": "How many?", "reports": ["atlantis"]},
    ]  # fmt: skip
    questions.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    answers = tmp_path / "out.jsonl"
    code, _ = run(
        ["ask", "--batch", str(questions), "--out", str(answers)], sample_folder, monkeypatch
    )
    assert code == 0
    given = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert [g["id"] for g in given] == ["a", "b/1", "b/2", "c"]
    for item in given:
        assert set(item) == {"id", "status", "answer", "abstained", "citations", "seconds"}
        for citation in item["citations"]:
            assert set(citation) == {"source", "report", "paragraph", "page", "quote"}
    assert "Tobias Quillmore" in given[0]["answer"]
    assert given[3]["status"] == "error"


def test_a_bad_batch_line_is_named(
    sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = tmp_path / "in.jsonl"
    questions.write_text('{"id": "a", "question": "x"}\n{"id": 3}\n', encoding="utf-8")
    code, output = run(
        ["ask", "--batch", str(questions), "--out", str(tmp_path / "o")], sample_folder, monkeypatch
    )
    assert code == 2
    assert "line 2" in output


def test_the_export_contract_holds(sample_index: Index) -> None:
    report = sample_index.catalog.find_report("saltmarch-2012-07-13")
    data = export_report(sample_index.catalog, report)
    assert {
        "report",
        "source",
        "sha256",
        "title",
        "authority",
        "dates",
        "pages",
        "paragraphs",
        "facts",
    } <= set(data)
    labels = [p["label"] for p in data["paragraphs"] if p["label"]]
    assert labels == [str(n) for n in range(1, 49)]
    for paragraph in data["paragraphs"]:
        assert {"key", "label", "inferred", "section", "kind", "spans", "text"} == set(paragraph)
        for page, start, end in paragraph["spans"]:
            assert data["pages"][page - 1][start:end].strip()


def test_asking_on_the_command_line_prints_the_quote(
    sample_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, output = run(
        ["ask", "Who led the 2019 inspection of Saltmarch?"], sample_folder, monkeypatch
    )
    assert code == 0
    assert "Tobias Quillmore" in output
    assert "saltmarch-2019-03-29.pdf" in output


def test_a_server_of_another_index_is_not_asked(
    sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import cli
    from assistant.client import Client
    from index.ownership import index_mark

    monkeypatch.setattr(Client, "index_mark", lambda self: index_mark(tmp_path))
    elsewhere = Settings(index=IndexSettings(folder=sample_folder))
    here = Settings(index=IndexSettings(folder=tmp_path))
    assert cli._server(elsewhere) is None
    assert cli._server(here) is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", ""], "no question"),
        (["ask", "x", "--report", "atlantis"], "no report 'atlantis'"),
        (["index", "/nowhere/at/all"], "does not exist"),
        (["remove", "atlantis"], "no report 'atlantis'"),
    ],
)
def test_bad_input_exits_with_2_and_says_what_to_do(
    sample_folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    code, output = run(arguments, sample_folder, monkeypatch)
    assert code == 2
    assert words in " ".join(output.split())


def test_an_unknown_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTIONS_INDEX__FOLDRE", "x")
    code, output = run(["reports"], tmp_path, monkeypatch)
    assert code == 2
    assert "foldre" in output.lower()


def test_settings_are_read_from_a_toml_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INSPECTIONS_INDEX__FOLDER", raising=False)
    (tmp_path / "inspections.toml").write_text('[index]\nfolder = "elsewhere"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Settings().index.folder == Path("elsewhere")


def test_the_retriever_is_one_of_llama_indexs(sample_index: Index) -> None:
    nodes = ParagraphRetriever(sample_index, limit=5).retrieve("private fostering in Ashenmoor")
    assert len(nodes) == 5
    assert {n.metadata["authority"] for n in nodes} == {"Ashenmoor"}


def test_the_readmes_commands_and_settings_are_the_real_ones() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    named = set(re.findall(r"`inspections (\w+)", readme))
    assert commands == named
    for group, model in Settings.model_fields.items():
        for name, info in model.annotation.model_fields.items():  # type: ignore[union-attr]
            row = f"`INSPECTIONS_{group.upper()}__{name.upper()}`"
            assert row in readme, row
            assert info.description in readme


def test_samples_hold_no_real_council() -> None:
    from assistant.authorities import KNOWN_AUTHORITIES

    for path in SAMPLES.glob("*.pdf"):
        assert not any(path.name.startswith(n.lower()) for n in KNOWN_AUTHORITIES)
