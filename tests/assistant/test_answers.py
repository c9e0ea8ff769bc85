from __future__ import annotations

import pytest

from assistant.assistant import MAX_QUESTION, Assistant
from assistant.citations import check
from assistant.errors import EmptyQuestion, QuestionTooLong
from assistant.models import Answer, Citation, Conversation, Status
from index.errors import NoSuchReport
from index.models import Span

QUESTIONS = (
    "How many looked after children were there in Saltmarch in 2012?",
    "Why did leadership get worse in Ashenmoor?",
    "What does Saltmarch need to improve?",
    "Who was the lead inspector in Ashenmoor in 2021?",
    "Were return home interviews offered to all children in Ashenmoor?",
    "What did inspectors say about private fostering?",
)


def test_which_council_got_worse_names_it_with_both_grades_cited(assistant: Assistant) -> None:
    answer = assistant.ask("Which council got worse at leadership, and what does the report say?")
    assert answer.status is Status.ANSWERED
    assert answer.text.startswith("Ashenmoor got worse for leadership: Good")
    assert "Saltmarch" not in answer.text
    sources = {citation.source for citation in answer.citations}
    assert sources == {"ashenmoor-2015-08-21.pdf", "ashenmoor-2021-11-19.pdf"}
    assert any(citation.paragraph for citation in answer.citations), "and what the report says"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_stands_on_its_page(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.citations or answer.nearest
    for citation in (*answer.citations, *answer.nearest):
        report = assistant.index.catalog.report(citation.report)
        pages = {p.number: p.text for p in assistant.index.catalog.pages(report.number)}
        printed = " ".join(pages[s.page][s.start : s.end] for s in citation.spans)
        assert " ".join(printed.split()) == citation.quote


def test_a_named_council_is_never_answered_with_anothers_words(assistant: Assistant) -> None:
    for name in ("Ashenmoor", "Saltmarch"):
        for topic in ("care leavers", "fostering", "social workers' caseloads", "early help"):
            answer = assistant.ask(f"What do inspectors say about {topic} in {name}?")
            for citation in (*answer.citations, *answer.nearest):
                assert citation.source.startswith(name.lower())


def test_an_authority_without_a_year_means_its_latest_report(assistant: Assistant) -> None:
    answer = assistant.ask("What is the overall grade of Saltmarch?")
    assert {c.source for c in answer.citations} == {"saltmarch-2019-03-29.pdf"}


def test_a_selected_report_is_the_only_one_asked(assistant: Assistant) -> None:
    answer = assistant.ask("How many children are in care?", ["saltmarch-2012-07-13"])
    assert {c.source for c in answer.citations} == {"saltmarch-2012-07-13.pdf"}


def test_an_authority_that_is_not_here_is_said_to_be_missing(assistant: Assistant) -> None:
    answer = assistant.ask("What did Leeds get overall?")
    assert answer.status is Status.NO_SUCH_REPORT
    assert answer.abstained
    assert "Leeds" in answer.text
    assert "Ashenmoor" in answer.text


def test_a_year_that_is_not_here_is_said_to_be_missing(assistant: Assistant) -> None:
    answer = assistant.ask("What was the overall grade in the 2017 inspection of Saltmarch?")
    assert answer.status is Status.NO_SUCH_REPORT
    assert "2012" in answer.text
    assert "2019" in answer.text


def test_an_opinion_is_declined_with_the_nearest_paragraphs(assistant: Assistant) -> None:
    answer = assistant.ask("Should the director of Ashenmoor resign?")
    assert answer.status is Status.UNSUPPORTED
    assert answer.nearest


def test_a_name_the_report_does_not_know_is_declined(assistant: Assistant) -> None:
    answer = assistant.ask("What did Operation Zanzibar achieve in Saltmarch?")
    assert answer.status is Status.NOT_STATED
    assert "Zanzibar" in answer.text


def test_the_same_question_gives_the_same_answer(assistant: Assistant) -> None:
    first = assistant.ask(QUESTIONS[0])
    assert assistant.ask(QUESTIONS[0]) == first


def test_a_follow_up_keeps_the_council_and_takes_the_new_topic(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("What grade did Ashenmoor get for leadership in 2015?", (), conversation)
    answer = assistant.ask("and which paragraph says so?", (), conversation)
    assert answer.citations
    assert {c.source for c in answer.citations} == {"ashenmoor-2015-08-21.pdf"}


def test_an_empty_question_is_refused(assistant: Assistant) -> None:
    with pytest.raises(EmptyQuestion):
        assistant.ask("   ")


def test_a_question_too_long_is_refused_with_the_limit(assistant: Assistant) -> None:
    with pytest.raises(QuestionTooLong, match=f"{MAX_QUESTION:,}"):
        assistant.ask("x" * 10_000)


def test_a_long_question_is_read_as_far_as_there_is_room(assistant: Assistant) -> None:
    long = (
        "Are the children who live with foster carers " + "and with their families " * 60 + "seen?"
    )
    answer = assistant.ask(long, ["ashenmoor-2015-08-21"])
    assert answer.citations or answer.nearest


def test_an_unknown_report_is_refused_with_what_to_do(assistant: Assistant) -> None:
    with pytest.raises(NoSuchReport, match="inspections reports"):
        assistant.ask("How many?", ["atlantis-2020"])


def made_of(quote: str, text: str) -> Answer:
    citation = Citation("r", "r.pdf", "R 2020", "1", "1", False, "", 1, quote, (Span(1, 0, 1),))
    return Answer(Status.ANSWERED, text, (citation,))


@pytest.mark.parametrize(
    ("text", "kept", "dropped"),
    [
        ("There were 438 children.", "There were 438 children.", 0),
        ("There were 439 children.", "", 1),
        ("There were 438 children. There were 12 homes.", "There were 438 children.", 1),
        ("The grade is Good.", "The grade is Good.", 0),
        ("The grade is Inadequate.", "", 1),
    ],
)
def test_the_check_drops_what_the_quotes_do_not_say(text: str, kept: str, dropped: int) -> None:
    checked = check(made_of("There were 438 children and the grade is good", text))
    assert (checked.text, checked.dropped) == (kept, dropped)
