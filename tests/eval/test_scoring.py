from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from eval.answers import GivenAnswer, GivenCitation, read_answers, write_answers
from eval.cases import Case, read_cases
from eval.errors import BadDataset
from eval.runs import SHIPPED, below_floors, parse_floors, run_eval
from eval.scoring import score_case, score_run
from index.build import Index


def case(kind: str, *answer: str, must_not: tuple[str, ...] = (), where: str = "") -> Case:
    return Case("c", kind, "?", answer, (), must_not, (("r", ("7",)),), where, ())


def given(text: str, paragraph: str | None = "7", abstained: bool = False) -> GivenAnswer:
    citation = GivenCitation("r.pdf", "r", paragraph, "", 1, "quoted words here", True)
    return GivenAnswer("c", "answered", text, abstained, (citation,), 0.1)


@pytest.mark.parametrize(
    ("expected", "text", "right"),
    [
        (case("count", "438"), "There were 438 children.", True),
        (case("count", "438"), "There were 4380 children.", False),
        (case("grade", "Adequate"), "Inadequate.", False),
        (case("grade", "Good", must_not=("Outstanding",)), "Good, not Outstanding.", False),
        (case("yesno", "No"), "No. It did not.", True),
        (case("yesno", "No"), "Nobody knows.", False),
        (case("narrative", "well-being"), "about their well- being", True),
        (case("narrative", "quoted words"), "something else", True),
        (case("narrative", "a", "b"), "only a", False),
        (case("trend", "Good", "2018"), "Good in 2018", True),
    ],
)
def test_right_and_wrong(expected: Case, text: str, right: bool) -> None:
    assert score_case(expected, given(text)).right is right


def test_an_unanswerable_case_is_right_when_declined() -> None:
    assert score_case(case("negative"), given("no", abstained=True)).right
    assert not score_case(case("negative"), given("yes")).right


def test_a_citation_hits_by_paragraph_or_by_the_place_named() -> None:
    assert score_case(case("count", "1"), given("1", "7")).first_hit
    assert not score_case(case("count", "1"), given("1", "8")).citation_hit
    assert score_case(case("count", "1", where="grade table"), given("1", None)).citation_hit
    assert not score_case(case("count", "1"), given("1", None)).citation_hit


def test_a_kind_with_no_cases_gives_none_not_nan() -> None:
    score = score_run([case("count", "1")], [given("1")])
    assert score.unanswerable is None
    assert score.narrative_first_60 is None


def test_a_missing_answer_counts_as_wrong() -> None:
    assert score_run([case("count", "1")], []).answerable.right == 0.0


def test_answers_survive_being_written(tmp_path: Path) -> None:
    write_answers(tmp_path / "a.jsonl", [given("text")])
    assert read_answers(tmp_path / "a.jsonl") == [given("text")]


def test_floors_fail_by_name() -> None:
    score = score_run([case("count", "1")], [given("2")])
    assert below_floors(score, parse_floors(["right=0.5"])) == [
        "right is 0.000, the floor is 0.500."
    ]
    assert below_floors(score, parse_floors(["citation=0.5"])) == []
    with pytest.raises(BadDataset, match="no figure"):
        parse_floors(["wrong=1"])


def test_a_bad_dataset_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "kind": "count", "question": "?"}\n{"answer": 3}\n', "utf-8")
    with pytest.raises(BadDataset, match="line 2"):
        read_cases([path])


def test_shipped_cases_are_many_and_of_every_kind() -> None:
    cases = read_cases([SHIPPED])
    assert len(cases) >= 60
    assert {c.kind for c in cases} >= {
        "grade", "count", "date", "person", "actions", "narrative", "yesno", "negative",
    }  # fmt: skip


def test_a_run_writes_answers_scores_and_junit_and_fails_below_a_floor(
    sample_index: Index, tmp_path: Path
) -> None:
    console = Console(file=(tmp_path / "log").open("w", encoding="utf-8"))
    code = run_eval(sample_index, [SHIPPED], tmp_path / "run", ["verbatim=1.0"], True, console)
    assert code == 0
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"answers.jsonl", "score.json", "junit.xml"}
    failing = run_eval(sample_index, [SHIPPED], tmp_path / "run", ["right=1.01"], False, console)
    assert failing == 1
    console.file.close()
