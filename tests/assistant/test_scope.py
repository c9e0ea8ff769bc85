"""Which reports a question is about."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.questions import is_yes_no
from assistant.scope import Authorities, find_scope
from index.catalog import Report


def report(number: int, authority: str, year: int) -> Report:
    source = f"{authority.lower().replace(' ', '-')}-{year}-03-01.pdf"
    return Report(
        number=number,
        id=source.removesuffix(".pdf"),
        source=source,
        path=source,
        sha256="",
        format="pdf",
        title="",
        authority=authority,
        framework="",
        inspected_from=date(year, 1, 10),
        inspected_to=date(year, 1, 20),
        published=date(year, 3, 1),
        warnings=(),
    )


REPORTS = [
    report(1, "Kensington and Chelsea", 2016),
    report(2, "Kensington and Chelsea", 2020),
    report(3, "Lancashire", 2018),
    report(4, "Newcastle upon Tyne", 2019),
    report(5, "Norfolk", 2015),
    report(6, "Norfolk", 2018),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (
            "How many children has Kensington & Chelsea in care?",
            ["kensington-and-chelsea-2020-03-01"],
        ),
        ("kensington in 2016: adoption?", ["kensington-and-chelsea-2016-03-01"]),
        ("RBKC foster carers", ["kensington-and-chelsea-2020-03-01"]),
        ("lancs care leavers", ["lancashire-2018-03-01"]),
        ("Is Newcastle good?", ["newcastle-upon-tyne-2019-03-01"]),
        (
            "What did the 2015 inspection say about Norfolk, according to the 2018 report?",
            ["norfolk-2018-03-01"],
        ),
        ("Norfolk's previous report on caseloads", ["norfolk-2015-03-01"]),
    ],
)
def test_councils_are_known_as_people_write_them(text: str, ids: list[str]) -> None:
    found = find_scope(text, Authorities(REPORTS), ())
    assert [r.id for r in found.reports] == ids


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("South Tyneside", "Stoke-on-Trent"),
        ("North Tyneside", "Newcastle upon Tyne"),
        ("Kingston upon Thames", "Kingston upon Hull"),
        ("Waltham Forest", "Westmorland and Furness"),
    ],
)
def test_councils_whose_short_names_are_alike_are_not_one(one: str, other: str) -> None:
    authorities = Authorities([report(1, one, 2019), report(2, other, 2021)])
    assert len(authorities.families()) == 2
    for name, number in ((one, 1), (other, 2)):
        found = find_scope(f"How is {name} graded overall?", authorities, ())
        assert [r.number for r in found.reports] == [number]


def test_a_name_with_commas_is_known_with_and_without_them() -> None:
    authorities = Authorities([report(1, "Bournemouth, Christchurch and Poole", 2022)])
    for name in ("Bournemouth, Christchurch & Poole", "BCP", "Bournemouth Christchurch and Poole"):
        assert [r.number for r in find_scope(f"Is {name} good?", authorities, ()).reports] == [1]


def test_a_year_pins_the_report_and_the_latest_does_too() -> None:
    authorities = Authorities(REPORTS)
    assert find_scope("Norfolk in 2015", authorities, ()).pinned
    assert find_scope("Norfolk's latest report", authorities, ()).pinned
    assert not find_scope("Norfolk", authorities, ()).pinned


def test_a_carried_report_lets_the_others_in_only_where_no_year_chose_it() -> None:
    authorities = Authorities(REPORTS)
    free = find_scope("how many are there?", authorities, (), [REPORTS[5]], pinned=False)
    held = find_scope("how many are there?", authorities, (), [REPORTS[5]], pinned=True)
    assert [r.number for r in free.others] == [5]
    assert held.others == ()


@pytest.mark.parametrize(
    "text",
    [
        "Are visits on time?",
        "Any exclusions of children in care?",
        "So they keep in touch with most care leavers?",
        "Once a plan is agreed, is it reviewed?",
        "If I foster for the council am I let off council tax?",
        "Bed and breakfast for care leavers, does that happen at all?",
        "The team is mentioned twice. Do the dates match?",
        "Most kids agree to the interview, right?",
    ],
)
def test_yes_or_no_is_wanted_by_many_shapes_of_question(text: str) -> None:
    assert is_yes_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "When were visits late?",
        "Any idea how many left?",
        "What do they say?",
        "Can you tell me about adoption?",
        "supervision quality?",
        "So what happens next?",
        "Was it rated as highly? What did it get?",
    ],
)
def test_other_questions_want_something_else(text: str) -> None:
    assert not is_yes_no(text)
