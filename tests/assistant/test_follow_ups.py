"""Conversations: what a short question takes over from the turns before it."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.conversation import resolve
from assistant.models import Answer, Conversation, Intent

FIRST = "How was Ashenmoor graded overall in 2021?"


def talk(assistant: Assistant, *questions: str) -> Answer:
    conversation = Conversation()
    answers = [assistant.ask(question, (), conversation) for question in questions]
    return answers[-1]


@pytest.mark.parametrize(
    "step", ["And the time before?", "and before that?", "what about the previous one?"]
)
def test_a_step_back_asks_the_inspection_before(assistant: Assistant, step: str) -> None:
    answer = talk(assistant, FIRST, step)
    assert answer.reports == ("ashenmoor-2015-08-21",)
    assert answer.text.startswith("Good")


def test_a_step_on_comes_back_to_the_latest(assistant: Assistant) -> None:
    answer = talk(
        assistant, "How was Ashenmoor graded overall in 2015?", "and in the latest report?"
    )
    assert answer.reports == ("ashenmoor-2021-11-19",)


def test_when_was_that_is_the_inspection_after_a_grade(assistant: Assistant) -> None:
    answer = talk(assistant, FIRST, "When was that?")
    assert "2021" in answer.text
    assert answer.reports == ("ashenmoor-2021-11-19",)


def test_when_was_that_is_the_date_quoted_after_a_count(assistant: Assistant) -> None:
    answer = talk(
        assistant, "How many children were in care in Ashenmoor in August 2021?", "When was that?"
    )
    assert answer.text.startswith("31 August 2021")
    assert "358" in answer.citations[0].quote


def test_another_council_is_asked_the_same_thing(assistant: Assistant) -> None:
    answer = talk(assistant, FIRST, "what about Saltmarch?")
    assert answer.reports == ("saltmarch-2019-03-29",)


def test_a_comparison_asks_both(assistant: Assistant) -> None:
    answer = talk(assistant, FIRST, "compare that with Saltmarch 2019")
    assert set(answer.reports) == {"ashenmoor-2021-11-19", "saltmarch-2019-03-29"}
    assert len(answer.citations) == 2


def test_they_stands_for_the_people_of_the_last_question(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("How are care leavers in Ashenmoor housed?", (), conversation)
    resolved = resolve("Do they get help with college costs?", conversation, assistant.authorities)
    assert "care leavers" in resolved.text
    assert resolved.focus, "the paragraphs just cited are looked at first"
    assert not resolved.leaning


def test_a_question_of_its_own_subject_keeps_the_report_and_nothing_else(
    assistant: Assistant,
) -> None:
    conversation = Conversation()
    assistant.ask(FIRST, (), conversation)
    resolved = resolve(
        "What do inspectors say of early help for young parents?",
        conversation,
        assistant.authorities,
    )
    assert resolved.carried == ("ashenmoor-2021-11-19",)
    assert resolved.text == "What do inspectors say of early help for young parents?"


def test_a_report_chosen_by_its_year_is_not_left_for_another(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("How many children were in care in Saltmarch in 2012?", (), conversation)
    answer = assistant.ask("How many of them were over 16?", (), conversation)
    assert set(answer.reports) <= {"saltmarch-2012-07-13"}


def test_the_other_grade_is_told_of_where_no_year_was_asked(assistant: Assistant) -> None:
    answer = assistant.ask("How was Ashenmoor graded for leadership?")
    assert answer.reports == ("ashenmoor-2021-11-19",)
    assert "At the inspection before (Ashenmoor 2015) it was another." in answer.text
    asked = assistant.ask("How was Ashenmoor graded for leadership in 2021?")
    assert "inspection before" not in asked.text


def test_a_third_question_leans_on_what_the_second_leant_on(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("Why are health assessments late in Saltmarch in 2012?", (), conversation)
    assistant.ask("What have they done about it?", (), conversation)
    resolved = resolve("What percentage were still late?", conversation, assistant.authorities)
    assert resolved.text == "What percentage were still late? (why are health assessments late)"
    assert resolved.leaning


def test_asking_for_the_place_does_not_change_the_subject(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("How many care leavers did Saltmarch have in 2012?", (), conversation)
    assistant.ask("Which paragraph says so?", (), conversation)
    resolved = resolve("Do they have decent housing as well?", conversation, assistant.authorities)
    assert "care leavers" in resolved.text


def test_another_council_after_what_is_thought_of_one_is_graded_too(assistant: Assistant) -> None:
    answer = talk(assistant, "What did Ofsted think of Saltmarch?", "and Ashenmoor?")
    assert answer.reports == ("ashenmoor-2021-11-19",)
    assert answer.intent is Intent.GRADE


def test_brackets_of_the_asker_are_not_taken_for_what_was_leant_on(assistant: Assistant) -> None:
    conversation = Conversation()
    assistant.ask("How are care leavers (aged 18 to 25) housed in Ashenmoor?", (), conversation)
    resolved = resolve("And why is that?", conversation, assistant.authorities)
    assert "how are care leavers" in resolved.text.lower()


def test_reports_side_by_side_give_no_sentence_twice(assistant: Assistant) -> None:
    answer = assistant.ask("Compare what Saltmarch and Ashenmoor say about return home interviews.")
    quoted = [line for line in answer.text.splitlines() if line.startswith("- ")]
    assert len(quoted) == len(set(quoted)) > 2
