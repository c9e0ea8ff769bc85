"""Questions as people put them, and what a sentence must say to answer them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant.answering import Writer
from assistant.assistant import Assistant
from assistant.citations import Quoter
from assistant.conversation import resolve
from assistant.features import NAMES
from assistant.gate import MODEL, Gate, GateModel
from assistant.lookup import FactFinder, names_an_area
from assistant.models import Conversation, Intent, Question, Status
from assistant.polarity import yes_or_no
from assistant.questions import is_opinion, understand, without_report
from assistant.refusing import absent_abbreviation, lacks_evidence, names_told, words_of_grades
from assistant.retrieval import Candidate, Retriever, quotable
from assistant.scope import Authorities, find_scope
from index.catalog import Report
from index.models import Action, BlockKind, Span
from tests.assistant.test_scope import report as report_of

OLD, NEW = "ashenmoor-2015-08-21", "ashenmoor-2021-11-19"


def read(assistant: Assistant, text: str, report: Report | None = None) -> Question:
    scope = find_scope(text, assistant.authorities, [report] if report else [])
    return understand(text, scope, assistant.authorities)


def told(assistant: Assistant, question: Question, text: str) -> Candidate:
    """A sentence as if found first, about all that is asked."""
    report = assistant.index.catalog.find_report(OLD)
    found = Retriever(assistant.index).retrieve(question, [report], 60)
    first = next(c for c in found if c.block.kind is BlockKind.PARAGRAPH)
    passage = replace(first.passage, text=text)
    return replace(first, passage=passage, plain=0.6, covered=0.8, score=0.9, before="")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Why did plans drift, in the report on the December 2018 visit?", "Why did plans drift ?"),
        ("How well is neglect met, according to inspectors in Nov 2018?", "How well is neglect met ?"),
        ("Are audits regular? Asking about the 2018 report.", "Are audits regular? ."),
        ("Are audits regular? (2018 inspection)", "Are audits regular? "),
        ("What was told to be put right in the report published in 2018?", "What was told to be put right ?"),
        ("How many were in care at 31 March 2018?", "How many were in care at 31 March 2018?"),
        ("How many were in care in March 2018?", "How many were in care in March 2018?"),
        ("How many in 2018 reported going missing?", "How many reported going missing?"),
        ("How many were adopted in 2018-19?", "How many were adopted in 2018-19?"),
        ("Were moves fewer from 2018 to 2019?", "Were moves fewer from 2018 to 2019?"),
        ("What changed after the 2014 inspection?", "What changed after the 2014 inspection?"),
    ],
)  # fmt: skip
def test_words_that_only_say_which_report_is_meant_are_left_out(text: str, left: str) -> None:
    assert without_report(text, {2018, 2019}).split() == left.split()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("How did Ashenmoor come out overall?", Intent.GRADE),
        ("What had Ashenmoor been given for adoption before?", Intent.GRADE),
        ("What was the reason given for the delay?", Intent.WHY),
        ("How had the council done last time?", Intent.GRADE),
        ("What action has been taken against gangs?", Intent.NARRATIVE),
        ("What actions are needed on gangs?", Intent.ACTIONS),
        ("What did inspectors tell it to sort out on placements?", Intent.ACTIONS),
        ("Which of the improvement points is about how much work people have?", Intent.ACTIONS),
        ("Any improvement points on missing children?", Intent.ACTIONS),
        ("What needs fixing around supervision?", Intent.ACTIONS),
        ("What actions must Ashenmoor council take?", Intent.ACTIONS),
        ("Were any recommendations from case reviews acted on?", Intent.YES_NO),
        ("What changed as a result?", Intent.NARRATIVE),
        ("What concerns came out in interviews with staff?", Intent.NARRATIVE),
        ("What was the feedback given for staff?", Intent.NARRATIVE),
        ("No. of children in care?", Intent.COUNT),
        ("Which days were the inspectors on site?", Intent.DATE),
    ],
)
def test_more_ways_of_asking(assistant: Assistant, text: str, intent: Intent) -> None:
    assert read(assistant, text).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "Is Ashenmoor likely to hold on to its rating?",
        "Will the new model get it to good at the next inspection?",
        "Would it be better to hand the service to a trust?",
    ],
)
def test_what_is_to_come_is_no_matter_of_a_report(text: str) -> None:
    assert is_opinion(text)


@pytest.mark.parametrize(
    "text",
    [
        "Are care leavers likely to be in suitable accommodation?",
        "Are children in care more likely to be excluded?",
        "Will the inspection report say how many there are?",
    ],
)
def test_likelihood_is_a_matter_of_a_report(text: str) -> None:
    assert not is_opinion(text)


def test_a_greater_place_is_not_the_council_in_its_name() -> None:
    reports = Authorities([report_of(1, "Manchester", 2018), report_of(2, "Bolton", 2018)])
    found = find_scope(
        "How long did Bolton's children follow Greater Manchester's mayor?", reports, ()
    )
    assert [r.authority for r in found.reports] == ["Bolton"]
    assert find_scope("Is Manchester good?", reports, ()).reports[0].authority == "Manchester"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Name of the HMI in charge?", "Orla Fenwright"),
        ("When was fieldwork carried out?", "8 June to 2 July 2015"),
        ("What was the last day of the inspection?", "8 June to 2 July 2015"),
        ("What was the best grade in the table?", "Good: "),
        ("What was the top-line judgement overall?", "Good: Overall effectiveness"),
        ("What had Ashenmoor been given for looked after children before 2015?", "October 2011"),
    ],
)
def test_facts_of_the_front_page_however_they_are_asked_for(
    assistant: Assistant, question: str, said: str
) -> None:
    assert said in assistant.ask(question, [OLD]).text


def test_the_lead_inspector_is_not_given_for_the_deputy(assistant: Assistant) -> None:
    answer = assistant.ask("Who was the deputy lead inspector?", [OLD])
    assert "was the lead inspector" not in answer.text


def test_the_lowest_grade_is_given_with_all_that_got_it(assistant: Assistant) -> None:
    answer = assistant.ask("What was the lowest grade on the scorecard?", [NEW])
    lines = answer.text.splitlines()
    assert len(lines) == 3  # leadership, help and protection, overall
    assert all(line.startswith("Requires improvement: ") for line in lines)


def test_an_earlier_grade_of_another_area_is_no_answer(assistant: Assistant) -> None:
    answer = assistant.ask("What grade did adoption get in 2011?", [OLD])
    assert answer.status is Status.NOT_STATED
    words = words_of_grades(
        "In 2019, when leadership was judged to be good, staff made good use of it."
    )
    assert len(words) == 1
    assert names_an_area(["leadership"], words[0])
    assert not names_an_area(["adoption"], words[0])


@pytest.mark.parametrize(
    ("text", "said", "lacks"),
    [
        ("How many of them came?", "It is lower for those aged 17 and 18.", "number"),
        ("How many of them came?", "This is checked in Years 1 to 11.", "number"),
        ("How many of them came?", "The store is open at no cost.", "number"),
        ("How many of them came?", "There have not been any.", ""),
        ("How long does the help go on?", "Help goes on for the first year.", ""),
        ("How long does the help go on?", "The help goes on quietly.", "number"),
        ("What share came back?", "Letters go out after the age of 21.", "number"),
        ("How many were on plans at 31 March 2015?", "At 31 March 2013, 80 were on plans.", "number"),
        ("How many were on plans at 31 March 2015?", "At 31 March 2015, 80 were on plans.", ""),
        ("What was the percentage a year before?", "The percentage is 80%.", "year before"),
        ("What was the percentage a year before?", "It is 80%, up from 70%.", ""),
        ("Which councils share the team?", "The team is shared with three other councils.", "name"),
        ("Which councils share the team?", "The team is shared with Saltmarch and Hale.", ""),
        ("Which charity runs the club?", "The club is run by a national charity.", "name"),
        ("Which charity runs the club?", "The club is run by the NSPCC.", ""),
        ("What role do schools play?", "Teachers come to meetings.", ""),
        ("Which school years are checked?", "This is checked every week.", ""),
        ("What's her name?", "A children\u2019s rights officer has been appointed.", "name"),
        ("Who's in the chair at the board?", "The board is chaired by the director.", ""),
        ("What is the lead member for children called?", "The lead member is a champion.", "name"),
    ],
)  # fmt: skip
def test_what_is_asked_for_must_be_in_the_sentence(
    assistant: Assistant, text: str, said: str, lacks: str
) -> None:
    question = read(assistant, text)
    reason = lacks_evidence(question, [told(assistant, question, said)], said.lower())
    assert lacks in reason
    assert bool(reason) == bool(lacks)


@pytest.mark.parametrize(
    ("asked", "text", "absent"),
    [
        ("Do ALL children have a plan?", "There is a plan for all children.", ""),
        ("HOW MANY CHILDREN ARE THERE?", "There are twelve.", ""),
        ("How was COVID met?", "During Covid-19 visits went on.", ""),
        ("What is said of FGM?", "Female carers give more.", "FGM"),
        ("What is said of FGM?", "Work on female genital mutilation is strong.", ""),
        ("Are RHIs offered?", "Return home interviews are prompt.", ""),
        ("Are IHAs and RHAs done?", "Initial and review health assessments are late.", ""),
        ("How good is the PLO work?", "Pre-proceedings work is timely.", ""),
        ("How is the LADO?", "The designated officer answers at once.", ""),
        ("How is the LADO?", "Carers praise their training.", "LADO"),
    ],
)
def test_an_abbreviation_must_be_known_to_the_report(
    assistant: Assistant, asked: str, text: str, absent: str
) -> None:
    assert absent_abbreviation(read(assistant, asked), text) == absent


def test_a_name_found_first_by_far_needs_no_gate(assistant: Assistant) -> None:
    question = read(assistant, "What is the mentoring scheme called?")
    named = replace(told(assistant, question, "The scheme, Brightways, is new."), score=0.99)
    nameless = replace(named, passage=replace(named.passage, text="The scheme is new."))
    assert names_told(question, named) == ["Brightways"]
    assert names_told(question, nameless) == []
    strict = Gate(GateModel.model_validate(_STRICT | {"threshold": 1e9}))
    weights = {"scheme": 1.0}
    zeros = (0.0,) * len(NAMES)
    read_rows = [
        replace(c, features=zeros, read=(1.0, 1.0, 0.0)) for c in (named, nameless, nameless)
    ]
    assert strict.passes(question, read_rows, weights)
    assert not strict.passes(question, read_rows[1:] + read_rows[:1], weights)


_STRICT = json.loads(MODEL.read_text(encoding="utf-8"))


def test_a_title_page_answers_no_count(assistant: Assistant) -> None:
    counting = read(assistant, "How many children were in care in June 2015?")
    sentence = told(assistant, counting, "There were 300.")
    title = replace(sentence, block=replace(sentence.block, kind=BlockKind.FRONT_MATTER))
    assert quotable(counting, [title, sentence]) == [sentence]
    assert quotable(replace(counting, intent=Intent.DATE), [title, sentence]) == [title, sentence]


@pytest.mark.parametrize(
    ("question", "sentence", "said"),
    [
        ("Are enough visits made?", "The number of visits made is far too low.", "No."),
        ("Is supervision recorded to a uniformly high standard?", "Records are mixed.", "No."),
        ("Does it beat similar councils on this?", "It is lower than in similar councils.", "No."),
        ("Has housing got better?", "Housing has improved little since then.", "No."),
        ("Are there lots of them?", "The number of them is low.", "No."),
        ("Is there proof of impact yet?", "It is too early to see an impact.", "No."),
        ("Were none of them let down?", "No carer felt let down.", ""),
        ("Are there enough foster carers?", "There is no shortage of foster carers.", "Yes."),
    ],
)
def test_the_contrary_in_so_many_words_is_no(question: str, sentence: str, said: str) -> None:
    asked = Question(question, question, question, Intent.YES_NO, ())
    opening = yes_or_no(asked, [sentence])
    assert opening == said if said else opening != "No."


def test_what_it_was_asks_for_the_value_again_after_a_yes_or_no(assistant: Assistant) -> None:
    conversation = Conversation()
    for turn in (
        "What grade did Ashenmoor get for leadership in 2021?",
        "Is it clear from the report that leaders know this?",
        "and what was it in 2015?",
    ):
        answer = assistant.ask(turn, conversation=conversation)
    assert answer.text.startswith("Good: ")
    assert answer.reports == (OLD,)


@pytest.mark.parametrize(
    ("follow_up", "leans_on"),
    [
        ("and what was it in 2015?", "leadership"),
        ("What do they do about it?", "leaders know this"),
        ("what is that?", "leaders know this"),
    ],
)
def test_only_the_same_value_is_asked_for_past_a_yes_or_no(
    assistant: Assistant, follow_up: str, leans_on: str
) -> None:
    conversation = Conversation()
    for turn in (
        "What grade did Ashenmoor get for leadership in 2021?",
        "Is it clear from the report that leaders know this?",
    ):
        assistant.ask(turn, conversation=conversation)
    assert leans_on in resolve(follow_up, conversation, assistant.authorities).text


def test_words_divided_at_a_lines_end_are_quoted_whole(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "A day-\nto-day, well-\nrun home for short-\nand long-term care of infor-\nmation.\nInformation is kept."
    quoter = Quoter(assistant.index.catalog)
    report = assistant.index.catalog.find_report(OLD)
    quoter._pages[report.number] = {1: page}
    whole = quoter.quote(report, [Span(1, 0, page.index("\nInformation"))])
    assert whole == "A day-to-day, well-run home for short- and long-term care of information."


def test_what_is_to_be_done_says_neither_yes_nor_no(assistant: Assistant) -> None:
    finder = FactFinder(assistant.index)
    retriever = Retriever(assistant.index)
    report = assistant.index.catalog.find_report(NEW)
    action = next(f for f in finder.facts(report) if isinstance(f, Action))
    question = read(assistant, f"Is there {action.text[:60]}?", report)
    found = retriever.retrieve(question, [report], 60)
    writer = Writer(Quoter(assistant.index.catalog), finder, retriever)
    asked = next(c for c in found if writer._is_asked_for(c))
    other = next(c for c in found if c.block.kind is BlockKind.PARAGRAPH and not c.before)
    yes_no = replace(question, intent=Intent.YES_NO)
    assert not writer.passage_answer(yes_no, [asked]).text.startswith(("Yes.", "No."))
    rows = [replace(asked, score=0.9), replace(other, score=0.8)]
    assert (
        writer.passage_answer(yes_no, rows).citations[0].quote == writer.cite_passage(other).quote
    )


def test_a_grade_looked_back_at_is_given_as_the_next_report_tells_it(assistant: Assistant) -> None:
    answer = assistant.ask(
        "What had Saltmarch been graded for safeguarding the time before, in 2012?"
    )
    assert answer.text.startswith("Adequate: ")
    assert {c.report for c in answer.citations} == {"saltmarch-2019-03-29"}
    own = assistant.ask("What was Saltmarch graded for safeguarding overall in 2012?")
    assert {c.report for c in own.citations} == {"saltmarch-2012-07-13"}
