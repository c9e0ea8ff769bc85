from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from assistant.answering import Writer
from assistant.assistant import Assistant
from assistant.citations import Quoter
from assistant.conversation import resolve
from assistant.features import NAMES
from assistant.gate import GateModel, load_gate
from assistant.lookup import FactFinder
from assistant.models import Conversation, Intent, Question, Status
from assistant.polarity import yes_or_no
from assistant.query_map import load_query_map
from assistant.questions import ask_of_one, asks_several, is_opinion, understand
from assistant.ranker import load_ranker
from assistant.reader import MODEL, Reader, load_reader
from assistant.refusing import first_with_value, lacks_evidence
from assistant.retrieval import Candidate, Retriever, is_scrap
from assistant.scope import find_scope, years_in
from assistant.slots import asks_for_total, gives_total
from assistant.sums import asks_for_sum, find_sum
from assistant.words import POINTS_BACK
from eval.train_gate import Example, auc, even_weights, folds, mean_of, plain_weights
from index.build import Index
from index.catalog import Report
from index.models import Action


def asked(text: str, intent: Intent = Intent.YES_NO) -> Question:
    return Question(text, text, text, intent, ())


def one_with_another_after(
    retriever: Retriever, question: Question, report: Report
) -> tuple[Candidate, str]:
    """A sentence found, and the words of the one after it in its paragraph, which does not point
    back to it."""
    for found in retriever.retrieve(question, [report], 60):
        after = retriever.after(report, found.passage)
        if after is not None and len(after.text) > 40 and not POINTS_BACK.match(after.text):
            return found, after.text
    raise AssertionError("no sentence has another after it")


@pytest.mark.parametrize(
    ("question", "sentence", "said"),
    [
        ("Were any pupils excluded?", "No pupils were excluded in the last year.", "No."),
        ("Are visits made on time?", "Visits are made on time by all workers.", "Yes."),
        ("Are all plans up to date?", "Most plans are up to date.", "No."),
        ("Is the panel open yet?", "A panel has been planned, but it is not open.", "No."),
        ("Are caseloads above the guideline?", "Caseloads are below the guideline.", "No."),
        ("Has it stopped using hotels?", "Hotels are no longer used.", "Yes."),
        ("Is delay a problem?", "Avoidable delay is rare.", "No."),
    ],
)
def test_yes_and_no_are_read_against_the_question(question: str, sentence: str, said: str) -> None:
    assert yes_or_no(asked(question), [sentence]) == said


def test_parts_are_added_up_against_their_whole_without_ages() -> None:
    sentences = [
        "There were 120 looked after children.",
        "They comprise 20 children under five years of age, 60 of school age (5\u201316) and 38 post-16.",
    ]
    found = find_sum(sentences)
    assert found is not None
    assert found[1].parts == (20, 60, 38)
    assert not found[1].adds_up
    assert asks_for_sum("Do the groups add up to the total?")


def test_a_sum_that_does_not_add_up_is_said_with_its_words(assistant: Assistant) -> None:
    answer = assistant.ask(
        "Do the age groups add up to the total of looked after children?",
        ["saltmarch-2012-07-13"],
    )
    assert answer.text.startswith("No.")
    assert "344, not 347" in answer.text
    quoted = " ".join(citation.quote for citation in answer.citations)
    assert all(number in quoted for number in ("347", "62", "201", "81"))


def test_rows_graded_differently_in_two_parts_are_told_apart(assistant: Assistant) -> None:
    answer = assistant.ask(
        "Is user engagement graded the same in both parts?", ["saltmarch-2012-07-13"]
    )
    assert answer.text.startswith("No.")
    assert {"Adequate", "Outstanding"} <= set(answer.text.replace(".", "").split())


def test_a_deadline_is_given_with_its_action(assistant: Assistant) -> None:
    answer = assistant.ask(
        "By when must private fostering arrangements be assessed?", ["saltmarch-2012-07-13"]
    )
    assert answer.text.lower().startswith("within three months")
    assert answer.citations[0].paragraph == "13"


def test_several_named_reports_are_each_quoted_in_turn(assistant: Assistant) -> None:
    answer = assistant.ask(
        "How many children were in care in Ashenmoor in 2021 and in Saltmarch in 2019?"
    )
    assert {c.source for c in answer.citations} == {
        "ashenmoor-2021-11-19.pdf",
        "saltmarch-2019-03-29.pdf",
    }
    assert answer.text.index("Ashenmoor 2021") < answer.text.index("Saltmarch 2019")


@pytest.mark.parametrize(
    ("text", "years"),
    [("in 2014-15", (2014, 2015)), ("2013 and 2018", (2013, 2018)), ("2010\u201320", (2010,))],
)
def test_years_of_a_pair_are_both_years(text: str, years: tuple[int, ...]) -> None:
    assert years_in(text) == years


def test_a_year_belongs_to_the_council_it_stands_with(assistant: Assistant) -> None:
    scope = find_scope("Compare Ashenmoor 2015 with Saltmarch 2019", assistant.authorities, ())
    assert [r.id for r in scope.reports] == ["ashenmoor-2015-08-21", "saltmarch-2019-03-29"]


@pytest.mark.parametrize(
    "text", ["Should the director resign?", "Do you think it is fair?", "Write me a press release"]
)
def test_opinions_and_acts_are_told_from_questions(text: str) -> None:
    assert is_opinion(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("How many children are in care?", Intent.COUNT),
        ("When was the team set up?", Intent.DATE),
        ("Who led the inspection?", Intent.PERSON),
        ("Why are visits late?", Intent.WHY),
        ("What must the council do about visits?", Intent.ACTIONS),
        ("What grade did leaders get?", Intent.GRADE),
        ("Are visits on time?", Intent.YES_NO),
        ("What do children say?", Intent.NARRATIVE),
        ("NEET rate for care leavers in 2015-16?", Intent.COUNT),
        ("What is the vacancy rate?", Intent.COUNT),
        ("By how much has the rate of protection plans come down?", Intent.COUNT),
        ("How did inspectors rate the help for care leavers?", Intent.GRADE),
        ("Why is the turnover rate so high?", Intent.WHY),
        ("What do they have to work on?", Intent.ACTIONS),
    ],
)
def test_what_sort_of_answer_is_wanted(assistant: Assistant, text: str, intent: Intent) -> None:
    scope = find_scope(text, assistant.authorities, ())
    assert understand(text, scope, assistant.authorities).intent is intent


@pytest.mark.parametrize(
    ("follow_up", "source"),
    [
        ("and in 2012?", "saltmarch-2012-07-13.pdf"),
        ("no, I meant Ashenmoor", "ashenmoor-2021-11-19.pdf"),
        ("and seven years earlier?", "saltmarch-2012-07-13.pdf"),
    ],
)
def test_a_follow_up_moves_to_another_year_or_council(
    assistant: Assistant, follow_up: str, source: str
) -> None:
    conversation = Conversation()
    assistant.ask("What was the overall grade of Saltmarch in 2019?", (), conversation)
    answer = assistant.ask(follow_up, (), conversation)
    assert answer.status is Status.ANSWERED
    assert {c.source for c in answer.citations} == {source}


def test_the_first_turn_leans_on_nothing(assistant: Assistant) -> None:
    assert resolve("and in 2012?", Conversation(), assistant.authorities).text == "and in 2012?"


def test_the_ranker_and_the_gate_are_of_these_features(assistant: Assistant) -> None:
    ranker, gate = load_ranker(), load_gate()
    assert ranker is not None
    assert gate is not None
    scores = ranker.predict(np.zeros((2, len(NAMES)), dtype=np.float32))
    assert scores.shape == (2,)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    scope = find_scope("foster carers", assistant.authorities, [report])
    question = understand("What is said about foster carers?", scope, assistant.authorities)
    retriever = Retriever(assistant.index, ranker, load_reader())
    found = retriever.retrieve(question, [report], 20)
    assert np.isfinite(gate.score(question, found, retriever.rarity_of(report)))


def test_the_reader_tells_a_sentence_that_answers_from_one_beside_it() -> None:
    reader = load_reader()
    assert reader is not None
    logits = reader.read(
        "How many children were on a protection plan?",
        ["A protection plan was in place for 243 children.", "The board meets every two months."],
    )
    assert logits.shape == (2, 3)
    assert logits[0, 0] > logits[1, 0] and logits[0, 1] > logits[1, 1]
    assert reader.read("Anything?", []).shape == (0, 3)


PAIRS = [
    "There are 312 children in care.",
    "Foster carers say that the out-of-hours team answers at once, and that equipment for babies "
    "is there on the same day.",
    "Leaders know this.",
    "Eight care leavers are at university.",
    "Audits are regular.",
]


def test_what_the_reader_says_of_a_sentence_does_not_depend_on_the_others() -> None:
    reader = load_reader()
    assert reader is not None
    question = "How many children are in care?"
    alone = np.concatenate([reader.read(question, [sentence]) for sentence in PAIRS])
    together = reader.read(question, PAIRS)
    assert np.allclose(together, alone, atol=0.1)
    assert int(together[:, 0].argmax()) == 0


def test_onnxruntime_reads_where_openvino_does_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bool:
        raise RuntimeError("no such processor")

    usual = load_reader()
    assert usual is not None
    monkeypatch.setattr("assistant.reader.multiplies_bfloat16", fail)
    reader = Reader(MODEL)
    assert "no such processor" in caplog.text
    question = "How many children are in care?"
    assert np.allclose(reader.read(question, PAIRS), usual.read(question, PAIRS), atol=0.3)
    assert reader.read(question, []).shape == (0, 3)


def test_ranking_keeps_to_the_reports_asked(assistant: Assistant) -> None:
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    scope = find_scope("foster carers", assistant.authorities, [report])
    question = understand("What is said about foster carers?", scope, assistant.authorities)
    found = Retriever(assistant.index, load_ranker()).retrieve(question, [report], 30)
    assert {c.report.id for c in found} == {report.id}
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("At 31 March 347 children were being looked after by the council.", True),
        ("There were 347 looked after children.", True),
        ("The county was looking after 347 children when the inspectors came.", True),
        ("At the time, 16 looked after children had no social worker.", False),
        ("The council runs five children\u2019s homes.", False),
        ("About 40% of looked after children live nearby.", False),
    ],
)
@pytest.mark.parametrize(
    "question",
    [
        "How many children are looked after?",
        "How many looked after children were there when inspectors visited?",
        "How many children were in care at the time of the inspection?",
    ],
)
def test_a_total_is_told_from_a_part(question: str, sentence: str, whole: bool) -> None:
    assert asks_for_total(question)
    assert gives_total(question, sentence) is whole


def test_the_total_of_one_inspection_is_given_however_it_is_asked(assistant: Assistant) -> None:
    for question in (
        "How many looked after children did Saltmarch have in 2012?",
        "How many children were in care in Saltmarch when Ofsted visited in 2012?",
    ):
        assert "347 children" in assistant.ask(question).text


def test_a_share_is_of_what_the_question_names(assistant: Assistant) -> None:
    text = "What percentage of pupils come from minority ethnic groups?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]

    def sentence(words: str, covered: float) -> Candidate:
        passage = replace(found.passage, text=words)
        return replace(found, passage=passage, covered=covered, score=0.9)

    one_group = sentence("Of the 6% of Cornish background, over half are boys.", 0.2)
    all_groups = sentence("48% of pupils belong to a minority ethnic group.", 0.8)
    assert first_with_value(question, [one_group, all_groups]) == all_groups
    assert first_with_value(question, [replace(one_group, covered=0.7), all_groups]) != all_groups


def test_a_stretch_of_time_is_no_count(assistant: Assistant) -> None:
    text = "How many referrals came in?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]
    announced = replace(found.passage, text="In the last 12 months:")
    counted = replace(found.passage, text="There were 1,204 referrals in the last 12 months.")
    assert is_scrap(announced.text) and not is_scrap(counted.text)
    rows = [replace(found, passage=passage, score=0.9) for passage in (announced, counted)]
    assert first_with_value(question, rows) == rows[1]
    assert first_with_value(question, rows[:1]) is None
    modal = replace(found.passage, text="Up to 12 may attend at a time.")
    allowed = replace(found, passage=modal, score=0.9)
    assert first_with_value(question, [allowed]) == allowed


def test_a_share_of_those_without_work_is_not_that_of_those_with_it(assistant: Assistant) -> None:
    text = "What share of care leavers are not in education, employment or training?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]

    def sentence(words: str, before: str = "") -> Candidate:
        passage = replace(found.passage, text=words)
        return replace(found, passage=passage, covered=0.8, score=0.9, before=before)

    with_work = sentence("Of care leavers, 60% are in education, employment or training.")
    of_one_age = sentence("Among 16- to 18-year-olds, 13% are not in education or training.")
    without = sentence("At 31%, this has not changed.", "Too many young people are NEET.")
    assert first_with_value(question, [with_work, of_one_age, without]) == without
    assert first_with_value(question, [with_work, of_one_age]) == of_one_age
    assert first_with_value(question, [with_work]) is None
    negated = replace(question, text="How many care leavers aren\u2019t in education or training?")
    assert first_with_value(negated, [with_work]) is None
    with_it = replace(question, text="What share of care leavers are in education or training?")
    assert first_with_value(with_it, [without, with_work]) == with_work


@pytest.mark.parametrize(
    ("text", "said", "lacks"),
    [
        (
            "How much does the council spend on agency staff?",
            "There are 40 agency staff.",
            "sum of",
        ),
        ("How much does the council spend on agency staff?", "20% are agency staff.", "sum of"),
        ("How much does the council spend on agency staff?", "It spends \u00a32 million.", ""),
        ("What is the vacancy rate?", "There are 14 social workers.", "share or rate"),
        ("What is the vacancy rate?", "Vacancies stand at 12%.", ""),
        ("What proportion of pupils move school?", "One in five pupils move school.", ""),
        ("How many care leavers came back?", "Care leavers over 21 may return.", "number"),
        ("How many care leavers came back?", "Over 21 care leavers came back.", ""),
    ],
)
def test_the_sort_of_value_asked_for_must_be_there(
    assistant: Assistant, text: str, said: str, lacks: str
) -> None:
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]
    told = replace(
        found, passage=replace(found.passage, text=said), cosine=0.5, covered=0.6, before=""
    )
    reason = lacks_evidence(question, [told], said.lower())
    assert lacks in reason
    assert bool(reason) == bool(lacks)


def test_a_sum_of_money_for_another_thing_is_no_answer(assistant: Assistant) -> None:
    report = ["ashenmoor-2021-11-19"]
    answer = assistant.ask("How much did Ashenmoor spend on agency staff in 2021?", report)
    assert answer.abstained
    assert "no sum of money" in answer.text
    added = assistant.ask("How much money was added to the children's budget?", report)
    assert "\u00a32.6 million" in added.text


def test_a_kind_of_answer_weighs_no_more_for_the_near_misses_written_of_it() -> None:
    def example(wants: str, answerable: bool) -> Example:
        return Example("r", answerable, "", wants, np.zeros(1))

    counts = [example("count", True)] * 2 + [example("count", False)] * 6
    others = [example("why", True)] * 8 + [example("why", False)] * 4
    weights = even_weights([*counts, *others])
    assert sum(weights[2:8]) / sum(weights[:2]) == pytest.approx(1.0)
    assert sum(weights[16:]) / sum(weights[8:16]) == pytest.approx(1.0)


def test_how_quickly_may_be_answered_by_a_pace(assistant: Assistant) -> None:
    text = "How quickly are children seen?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]

    def sentence(words: str) -> Candidate:
        return replace(found, passage=replace(found.passage, text=words))

    assert first_with_value(question, [sentence("They are seen on the same day.")]) is not None
    assert first_with_value(question, [sentence("They are seen by their own worker.")]) is None


def test_what_says_the_same_again_and_scraps_are_not_quoted(assistant: Assistant) -> None:
    text = "What is said of management oversight?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    retriever = Retriever(assistant.index)
    first, other = retriever.retrieve(question, [report], 60)[:2]
    again = replace(first, passage=replace(first.passage, id=-1))
    scrap = replace(first, passage=replace(first.passage, id=-2, text="(see outcome three)"))
    quoter = Quoter(assistant.index.catalog)
    writer = Writer(quoter, FactFinder(assistant.index), retriever)
    answer = writer.passage_answer(question, [first, again, scrap, other])
    assert [c.quote for c in answer.citations] == [
        writer.cite_passage(first).quote,
        writer.cite_passage(other).quote,
    ]


def test_a_count_with_something_to_narrow_it_down_is_no_total() -> None:
    assert not asks_for_total("How many looked after children are placed outside the county?")
    assert not asks_for_total("How many teams are there?")


def test_a_question_is_moved_only_for_the_model_that_the_map_was_fitted_to(
    assistant: Assistant,
) -> None:
    query_map = load_query_map()
    assert query_map is not None
    assert query_map.fits(assistant.index.encoder.identity)
    assert not query_map.fits("another-model@0123-int8")
    vector = assistant.index.encoder.encode(["Are social workers swamped?"])[0]
    moved = query_map.move(vector)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    assert 0.3 < float(moved @ vector) < 0.99


def test_area_under_the_curve_counts_ties_as_half() -> None:
    labels = np.array([True, True, False, False])
    assert auc(labels, np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(0.875)


def test_the_mean_of_two_gates_is_by_the_questions_of_each() -> None:
    def gate(mean: float, scale: float, weight: float, bias: float, questions: int) -> GateModel:
        return GateModel(
            means=[mean], scales=[scale], weights=[weight], bias=bias, threshold=-1.0,
            wrongly_declined=0.01, questions=questions,
        )  # fmt: skip

    one, other = gate(2.0, 4.0, 8.0, 1.0, 300), gate(0.0, 1.0, 4.0, 1.0, 100)
    both = mean_of(one, other)
    weights, bias = plain_weights(both)
    assert weights.tolist() == [2.5]
    assert bias == 0.75 * (1.0 - 2.0 * 2.0) + 0.25 * 1.0
    assert both.questions == 400


def test_folds_hold_every_report_once() -> None:
    parts = folds([f"r{n}" for n in range(12)])
    assert sorted(r for part in parts for r in part) == sorted(f"r{n}" for n in range(12))


def test_no_report_text_is_kept_with_what_was_learned() -> None:
    data = Path(__file__).resolve().parents[2] / "assistant" / "data"
    assert sum(path.stat().st_size for path in data.iterdir()) < 30 * 2**20
    for path in data.iterdir():
        assert b"children" not in path.read_bytes()


def test_one_questions_fault_does_not_cost_the_others(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.batch import BatchLine, answer_batch

    ask = assistant.ask

    def fails_once(text: str, *rest: object) -> object:
        if text == "break":
            raise RuntimeError("a fault")
        return ask(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(assistant, "ask", fails_once)
    lines = [
        BatchLine(id="a", question="break"),
        BatchLine(id="b", question="Who led the 2019 inspection of Saltmarch?"),
    ]
    first, second = answer_batch(assistant, lines)
    assert first["status"] == "error"
    assert "RuntimeError" in first["answer"]
    assert "Tobias Quillmore" in second["answer"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("How many hubs had Saltmarch opened in 2012?", "How many hubs had the council opened?"),
        ("Is Saltmarch Council\u2019s front door open?", "Is the council\u2019s front door open?"),
        ("Does it work with Norbury?", "Does it work with Norbury?"),
        ("How many were there in 2009?", "How many were there in 2009?"),
        ("Did it rise between 2011 and 2012?", "Did it rise between 2011 and 2012?"),
        ("What did 2011\u20132012 cost?", "What did 2011\u20132012 cost?"),
        ("Who lives outside the Saltmarch area?", "Who lives outside the area?"),
    ],
)
def test_a_question_is_read_as_asked_of_the_one_report(
    assistant: Assistant, text: str, plain: str
) -> None:
    report = assistant.index.catalog.find_report("saltmarch-2012-07-13")
    scope = find_scope(text, assistant.authorities, [report])
    assert ask_of_one(text, scope, assistant.authorities) == plain


def test_a_sentence_that_points_back_is_read_with_the_one_before(assistant: Assistant) -> None:
    retriever = Retriever(assistant.index)
    pairs = {}
    for report in assistant.index.catalog.reports():
        for passage in retriever.passages(report):
            before = retriever.before(report, passage)
            pairs[passage.text] = (retriever.pair(report, passage), before)
    led = {text: pair for text, pair in pairs.items() if text.startswith(("They ", "This "))}
    assert any(before is not None for _, before in led.values())
    for text, (pair, before) in led.items():
        assert pair.endswith(text)
        end = " ".join(before.text.split()[-30:]) if before is not None else ""
        assert (f"({end}) {text}" in pair) == (before is not None)
    plain = next(text for text in pairs if text.startswith("The council"))
    assert "(" not in pairs[plain][0].removesuffix(plain)


def test_what_let_a_council_down_is_what_it_has_to_improve(assistant: Assistant) -> None:
    asked_plainly = assistant.ask("What needs to improve?", ["saltmarch-2012-07-13"])
    for text in ("What let Saltmarch down?", "What is holding it back?"):
        answer = assistant.ask(text, ["saltmarch-2012-07-13"])
        assert answer.intent is Intent.ACTIONS
        assert answer.text == asked_plainly.text
    for text in ("What let children down?", "What let Narnia down?", "What let SEND down?"):
        assert assistant.ask(text, ["saltmarch-2012-07-13"]).intent is not Intent.ACTIONS


def test_grades_of_many_reports_are_looked_up_at_once(sample_index: Index) -> None:
    finder = FactFinder(sample_index)
    reports = sample_index.catalog.reports()
    finder.hold_judgements(reports)
    with patch.object(sample_index.catalog, "facts", side_effect=AssertionError):
        held = [finder.judgements(report) for report in reports]
    finder.forget()
    assert held == [finder.judgements(report) for report in reports]
    assert all(held)


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("What is wrong with the duty team, and what is being done?", True),
        ("Are fathers involved? Has it improved?", True),
        ("Who runs the hub and does it help?", True),
        ("Are plans clear and up to date?", False),
        ("What do leaders know about where children are and how they live?", True),
        ("How many children are in care?", False),
        ("How many children are in care, and how many live outside?", False),
        ("Why are visits late (what is being done)?", False),
    ],
)
def test_questions_of_several_parts_are_told(text: str, several: bool) -> None:
    assert asks_several(text) is several


def test_a_question_of_two_parts_gets_the_sentence_that_follows(assistant: Assistant) -> None:
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    retriever = Retriever(assistant.index)
    text = "What is said of management oversight, and what is being done?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    first, following = one_with_another_after(retriever, question, report)
    writer = Writer(Quoter(assistant.index.catalog), FactFinder(assistant.index), retriever)
    assert following[:20] in writer.passage_answer(question, [first]).text
    one = replace(question, text="What is said of management oversight?")
    assert following[:20] not in writer.passage_answer(one, [first]).text


def test_what_a_sentence_leads_to_is_quoted_with_it(assistant: Assistant) -> None:
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    retriever = Retriever(assistant.index)
    text = "What is said of management oversight?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    pairs = [
        (found, after.text)
        for found in retriever.retrieve(question, [report], 60)
        if (after := retriever.after(report, found.passage)) and POINTS_BACK.match(after.text)
    ]
    first, following = pairs[0]
    writer = Writer(Quoter(assistant.index.catalog), FactFinder(assistant.index), retriever)
    assert following[:20] in writer.passage_answer(question, [first]).text
    counting = replace(question, intent=Intent.COUNT)
    assert following[:20] not in writer.passage_answer(counting, [first]).text


def test_no_value_is_demanded_of_a_question_of_two_parts(assistant: Assistant) -> None:
    text = "When do visits begin, and what is lost?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(question, [report], 1)[0]
    late = replace(
        found, passage=replace(found.passage, text="Visits begin too late."), cosine=0.5, before=""
    )
    assert lacks_evidence(question, [late], "visits begin too late") == ""
    one = replace(question, text="When do visits begin?")
    assert lacks_evidence(one, [late], "visits begin too late") == "no date is given for it"


def test_what_has_become_of_an_older_state_is_asked_of_the_newest_report(
    assistant: Assistant,
) -> None:
    text = "Which teams that were weak in 2015 are now strong in Ashenmoor?"
    scope = find_scope(text, assistant.authorities, ())
    assert [r.id for r in scope.reports] == ["ashenmoor-2021-11-19"]


def test_a_count_in_the_questions_own_words_needs_no_gate(assistant: Assistant) -> None:
    gate = load_gate()
    assert gate is not None
    text = "How many foster carers are there?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index, load_ranker(), load_reader()).retrieve(question, [report], 8)
    same = replace(found[0].passage, text="There are 90 foster carers.", context="")
    plain = replace(found[0], passage=same, before="", score=0.95, covered=1.0)
    with patch.object(type(gate), "score", return_value=-99.0):
        assert gate.passes(question, [plain, *found[1:]], {})
        assert not gate.passes(question, [replace(plain, covered=0.5), *found[1:]], {})
        adopters = replace(same, text="There are 90 adopters.")
        assert not gate.passes(question, [replace(plain, passage=adopters), *found[1:]], {})


def test_words_with_a_hyphen_are_found_without_it(assistant: Assistant) -> None:
    text = "What must improve about life story work?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    report = assistant.index.catalog.find_report("ashenmoor-2021-11-19")
    finder = FactFinder(assistant.index)
    action = next(f for f in finder.facts(report) if isinstance(f, Action))
    asked_for = [replace(action, text=t) for t in ("The life-story work.", "The use of advocates.")]
    with patch.object(FactFinder, "facts", return_value=asked_for):
        assert [f.fact for f in finder.find_actions(question, report)] == asked_for[:1]


def test_an_abbreviation_is_answered_by_the_words_it_stands_for(assistant: Assistant) -> None:
    report = "ashenmoor-2015-08-21"
    answer = assistant.ask("What does LSCB stand for?", [report])
    assert "Local Safeguarding Children Board (LSCB)" in answer.text
    assert "LSCB" in answer.citations[0].quote
    assert assistant.ask("What does QXZ stand for?", [report]).abstained
    assert assistant.ask("What does QXZ stand for?").abstained


def test_an_abbreviation_may_be_spelled_out_after_it(assistant: Assistant) -> None:
    text = "What does QXZ stand for?"
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    found = Retriever(assistant.index).retrieve(asked(text, Intent.NARRATIVE), [report], 1)[0]
    for said in (
        "The QXZ (quick exchange zone) is new.",
        "The quick exchange zone (\u2018QXZ\u2019) is new.",
    ):
        told = replace(found, passage=replace(found.passage, text=said))
        with patch.object(Retriever, "find", return_value=[found, told]):
            answer = assistant.ask(text, [report.id])
        assert "quick exchange zone" in answer.text


def test_what_follows_a_sentence_just_quoted_is_quoted_too(assistant: Assistant) -> None:
    report = assistant.index.catalog.find_report("ashenmoor-2015-08-21")
    retriever = Retriever(assistant.index)
    text = "What have they done about it?"
    question = understand(text, find_scope(text, assistant.authorities, ()), assistant.authorities)
    first, following = one_with_another_after(retriever, question, report)
    span = first.passage.spans[0]
    leaning = replace(
        question, leaning=True, quoted=frozenset({(report.id, span.page, span.start)})
    )
    writer = Writer(Quoter(assistant.index.catalog), FactFinder(assistant.index), retriever)
    assert following[:20] in writer.passage_answer(leaning, [first]).text
    fresh = replace(leaning, quoted=frozenset())
    assert following[:20] not in writer.passage_answer(fresh, [first]).text


def test_any_count_of_a_group_that_is_counted_once_is_the_total() -> None:
    assert not asks_for_total("How many children were home educated?")
    assert asks_for_total("How many children were in care?")
