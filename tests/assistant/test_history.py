from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.settings import Settings
from index.settings import IndexSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Path:
    target = tmp_path_factory.mktemp("history") / "index"
    shutil.copytree(sample_folder, target)
    return target


@pytest.fixture
def api(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(index=IndexSettings(folder=folder)))) as client:
        yield client


def _ask(api: TestClient, question: str, conversation: str) -> dict[str, object]:
    body = {"question": question, "conversation": conversation}
    answer: dict[str, object] = api.post("/v1/ask", json=body).json()
    return answer


def test_a_conversation_goes_on_after_a_restart(folder: Path) -> None:
    settings = Settings(index=IndexSettings(folder=folder))
    with TestClient(create_app(settings)) as first:
        _ask(first, "How was Saltmarch graded overall in 2019?", "kept")
    with TestClient(create_app(settings)) as second:
        answer = _ask(second, "and in 2012?", "kept")
        assert answer["reports"] == ["saltmarch-2012-07-13"]
        turns = second.get("/v1/conversations/kept").json()
    assert [turn["asked"] for turn in turns] == [
        "How was Saltmarch graded overall in 2019?",
        "and in 2012?",
    ]
    assert turns[0]["answer"]["citations"][0]["quote"]


def test_questions_outside_a_conversation_are_not_kept(api: TestClient) -> None:
    _ask(api, "How was Saltmarch graded overall in 2019?", "")
    assert api.get("/v1/conversations/nobody").json() == []


def test_a_conversation_is_written_out_with_its_citations(api: TestClient) -> None:
    question = "How many <b>looked after</b> children did Saltmarch have in 2012? ![x](y)"
    quote = str(_ask(api, question, "written")["citations"][0]["quote"])  # type: ignore[index]
    markdown = api.get("/v1/conversations/written/export.md").text
    assert "\\!\\[x\\]" in markdown and "saltmarch" in markdown.lower()
    data = json.loads(api.get("/v1/conversations/written/export.json").content)
    assert data[0]["answer"]["citations"][0]["quote"] == quote
    document = docx.Document(io.BytesIO(api.get("/v1/conversations/written/export.docx").content))
    assert quote in [paragraph.text for paragraph in document.paragraphs]
    assert api.get("/v1/conversations/written/export.exe").status_code == 422


def test_an_answer_can_be_streamed(api: TestClient) -> None:
    body = {"question": "How was Saltmarch graded overall in 2019?"}
    with api.stream("POST", "/v1/ask/stream", json=body) as answer:
        lines = list(answer.iter_lines())
    assert "event: answer" in lines
    data = next(line[6:] for line in lines if line.startswith("data: "))
    assert json.loads(data)["answer"].startswith("Good")


def test_a_streamed_question_that_cannot_be_asked_says_so(api: TestClient) -> None:
    with api.stream("POST", "/v1/ask/stream", json={"question": " "}) as answer:
        lines = list(answer.iter_lines())
    assert "event: error" in lines
