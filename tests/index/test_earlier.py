"""Grades from before a report, standing text, large prose and titles over bullets."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.build import Index
from index.facts.actions import find_actions
from index.models import (
    Block,
    BlockKind,
    Document,
    Judgement,
    PreviousGrade,
    Reading,
    Span,
)
from index.workers import read_report
from tests.builders import make_pdf, numbered

OPENING = (
    "Inspection of Eastmere\n\nInspection dates: 3 to 14 June 2019\n\n"
    "1. The council listens to children and acts on what they say about their homes.\n\n"
)


def read(tmp_path: Path, text: str, name: str = "eastmere-2019-07-01.txt") -> Reading:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_report(path)[0]


def earlier(reading: Reading) -> list[tuple[str, str, int | None]]:
    return [(f.area_key, f.grade, f.year) for f in reading.facts if isinstance(f, PreviousGrade)]


@pytest.mark.parametrize(
    ("sentences", "found"),
    [
        (
            "Since the last inspection in 2015, when leadership, management and governance were "
            "judged to be inadequate, much has changed.",
            [("leadership", "Inadequate", 2015)],
        ),
        (
            "The previous inspection of the council\u2019s adoption service was in May 2011. "
            "The council was judged good.",
            [("adoption", "Good", 2011)],
        ),
        (
            "Since the last inspection the proportion of children in schools judged to be good has "
            "risen.",
            [],
        ),
        (
            "Support for children in care, already good at the last inspection in 2016, is now "
            "better still.",
            [("children_in_care", "Good", 2016)],
        ),
        (
            "At the last inspection, in 2016, services for care leavers were judged to require "
            "improvement to be good.",
            [("care_leavers", "Requires improvement", 2016)],
        ),
        (
            "Under the previous inspection the judgement on support to care leavers was that it "
            "required improvement to be good.",
            [("care_leavers", "Requires improvement", None)],
        ),
        (
            "The inspection of Eastmere in July 2016 identified much to do. In addition, areas "
            "judged to be good previously have slipped.",
            [],
        ),
        (
            "At the last inspection in 2016, services for children and young people in care were "
            "judged to be inadequate.",
            [("service_for_children_and_young_people", "Inadequate", 2016)],
        ),
        (
            "Since the last inspection in 2016, when services for children and families were judged "
            "inadequate, much has changed.",
            [("overall_effectiveness", "Inadequate", 2016)],
        ),
        (
            "Services for care leavers have improved since the last inspection in 2016, when the "
            "service was judged to be inadequate.",
            [("care_leavers", "Inadequate", 2016)],
        ),
        (
            "Services for care leavers have improved since the council\u2019s last inspection in "
            "2016, when it was judged inadequate.",
            [],
        ),
        (
            "Support for care leavers, which was good in most cases seen since the last inspection "
            "in 2016, has slipped.",
            [],
        ),
        (
            "Leaders saw after the last inspection in 2016 that recruitment of foster carers "
            "required improvement work.",
            [],
        ),
        (
            "Since the last inspection in 2016 services for children in care have moved on and are "
            "now judged to be good.",
            [],
        ),
    ],
)
def test_grades_from_before_are_read_with_what_they_were_of(
    tmp_path: Path, sentences: str, found: list[tuple[str, str, int | None]]
) -> None:
    reading = read(tmp_path, f"{OPENING}2. {sentences}\n\n3. Visits are on time.\n")
    assert earlier(reading) == found


@pytest.mark.parametrize(
    "sentence",
    [
        "The overall judgement is that services for children here are inadequate.",
        "Children\u2019s services in Eastmere are inadequate.",
        "The overall judgement is inadequate.",
    ],
)
def test_the_overall_grade_is_read_however_it_is_worded(tmp_path: Path, sentence: str) -> None:
    reading = read(tmp_path, f"Eastmere Council\n\n{sentence}\n\n{OPENING}2. Visits are on time.\n")
    overall = [
        f.grade
        for f in reading.facts
        if isinstance(f, Judgement) and f.area_key == "overall_effectiveness"
    ]
    assert overall == ["Inadequate"]


def test_the_grade_of_a_council_before_this_one_is_not_this_ones(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        f"{OPENING}2. Children\u2019s services in the council before it, Thornbridge, were judged "
        "requires improvement to be good in 2016.\n\n3. Visits are on time.\n",
    )
    assert not [f for f in reading.facts if isinstance(f, Judgement)]


def test_a_numbered_title_over_bullets_is_no_action() -> None:
    def block(order: int, kind: BlockKind, text: str, label: str | None = None) -> Block:
        return Block(f"b{order}", kind, (Span(1, 0, 1),), text, label=label, order=order)

    blocks = [
        block(0, BlockKind.HEADING, "Recommendations"),
        block(1, BlockKind.PARAGRAPH, "Quality and oversight", "1"),
        block(2, BlockKind.UNNUMBERED, "\u2022 Ensure that plans are reviewed in time."),
        block(3, BlockKind.UNNUMBERED, "\u2022 Improve the health histories of care leavers."),
    ]
    actions = list(find_actions(Document("x.pdf", "", "pdf", (), True), blocks))
    assert [a.text for a in actions] == [
        "Ensure that plans are reviewed in time.",
        "Improve the health histories of care leavers.",
    ]
    assert {a.section for a in actions} == {"Quality and oversight"}


def test_an_unchanged_file_can_be_read_again_without_embedding_it_again(
    fresh_index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_pdf(tmp_path / "town-2020-01-01.pdf", [numbered([f"{n}." for n in range(1, 10)])])
    fresh_index.add_files([path])
    number = fresh_index.catalog.reports()[0].number
    _, before = fresh_index.catalog.vectors(number)
    embedded: list[str] = []
    encode = fresh_index.encoder.encode

    def counted(texts: list[str]) -> object:
        embedded.extend(texts)
        return encode(texts)

    monkeypatch.setattr(fresh_index.encoder, "encode", counted)
    summary = fresh_index.add_files([path], reread=True)
    assert [r.id for r in summary.added] == ["town-2020-01-01"]
    assert embedded == []
    _, after = fresh_index.catalog.vectors(fresh_index.catalog.reports()[0].number)
    assert (before == after).all()
