from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.layout import lay_out
from index.models import (
    FURNITURE,
    BlockKind,
    Box,
    Cell,
    Document,
    Identity,
    Judgement,
    Line,
    Page,
    Person,
    Reading,
)
from index.paragraphs import _join, parse_label, split_paragraphs, summarise
from index.passages import sentence_ranges, split_passages
from index.reports import read_document
from index.reports.text import read_text
from index.workers import read_report
from tests.builders import SAMPLES, Placed, make_pdf, numbered

COUNTS = {
    "ashenmoor-2015-08-21": 55,
    "ashenmoor-2021-11-19": 44,
    "saltmarch-2012-07-13": 48,
    "saltmarch-2019-03-29": 42,
}


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return {path.stem: read_report(path)[0] for path in sorted(SAMPLES.glob("*.pdf"))}


@pytest.mark.parametrize(("stem", "count"), COUNTS.items())
def test_every_numbered_paragraph_is_found_once_and_in_order(
    readings: dict[str, Reading], stem: str, count: int
) -> None:
    labels = [b.label for b in readings[stem].blocks if b.label]
    assert labels == [str(n) for n in range(1, count + 1)]


def test_a_paragraph_that_lost_its_number_gets_it_back_marked_as_inferred(
    readings: dict[str, Reading],
) -> None:
    summary = summarise(readings["ashenmoor-2015-08-21"].blocks, 1)
    assert summary.inferred == ("23",)
    assert summary.gaps == ()


def test_a_wrapped_line_that_begins_with_the_next_number_opens_no_paragraph(
    readings: dict[str, Reading],
) -> None:
    blocks = {b.label: b for b in readings["saltmarch-2012-07-13"].blocks if b.label}
    assert re.search(r"\b16\. None", blocks["15"].text)


def test_no_running_line_is_inside_any_other_block(readings: dict[str, Reading]) -> None:
    for reading in readings.values():
        running = {b.text for b in reading.blocks if b.kind is BlockKind.RUNNING_LINE}
        assert running
        body = [b for b in reading.blocks if b.kind is BlockKind.PARAGRAPH]
        assert not [(r, b.label) for r in running for b in body if r in b.text]


def test_every_printed_character_belongs_to_exactly_one_block(
    readings: dict[str, Reading],
) -> None:
    for reading in readings.values():
        assert_accounted(reading)


def assert_accounted(reading: Reading) -> None:
    for page in reading.document.pages:
        owners = [0] * len(page.text)
        for block in reading.blocks:
            for span in block.spans:
                if span.page == page.number:
                    for place in range(span.start, span.end):
                        owners[place] += 1
        for place, char in enumerate(page.text):
            if not char.isspace():
                assert owners[place] == 1, (page.number, place, page.text[place - 20 : place + 20])


LINES = st.lists(
    st.text(
        alphabet=st.sampled_from("abcXYZ 0123456789.,-()\u2022\uf0a7\u2019"),
        min_size=1,
        max_size=60,
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=3))
def test_accounting_holds_for_any_text(pages: list[list[str]]) -> None:
    import tempfile

    text = "\f".join("\n".join(lines) for lines in pages)
    if not text.strip():
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.txt"
        path.write_text(text, encoding="utf-8")
        document = Document("any.txt", "0", "txt", read_text(path), False)
    layout = lay_out(document)
    blocks = [source.block for source in split_paragraphs(layout)]
    for page in document.pages:
        owners = [0] * len(page.text)
        for block in blocks:
            for span in block.spans:
                if span.page == page.number:
                    for place in range(span.start, span.end):
                        owners[place] += 1
        assert all(o == 1 for o, c in zip(owners, page.text, strict=True) if not c.isspace())


def test_a_passage_is_word_for_word_what_stands_at_its_spans() -> None:
    path = SAMPLES / "ashenmoor-2015-08-21.pdf"
    document = read_document(path)
    for passage in split_passages(split_paragraphs(lay_out(document))):
        printed = " ".join(document.pages[s.page - 1].text[s.start : s.end] for s in passage.spans)
        assert _letters(printed) == _letters(passage.text)


def _letters(text: str) -> str:
    return re.sub(r"[\s\d-]", "", text)


def test_grades_stand_with_their_rows_wherever_the_cell_is(readings: dict[str, Reading]) -> None:
    table = {
        j.area_key: j.grade
        for j in readings["ashenmoor-2015-08-21"].facts
        if isinstance(j, Judgement) and j.source == "front table"
    }
    assert table == {
        "help_and_protection": "Requires improvement",
        "children_in_care": "Good",
        "adoption": "Good",
        "care_leavers": "Requires improvement",
        "leadership": "Good",
    }


def test_rows_of_the_same_name_in_two_blocks_keep_their_own_grades(
    readings: dict[str, Reading],
) -> None:
    rows = {
        (j.block, j.area_key): j.grade
        for j in readings["saltmarch-2012-07-13"].facts
        if isinstance(j, Judgement) and j.source == "closing table"
    }
    assert rows["safeguarding", "user_engagement"] == "Adequate"
    assert rows["looked after children", "user_engagement"] == "Outstanding"


def test_front_matter_names_authority_dates_and_inspector(readings: dict[str, Reading]) -> None:
    reading = readings["saltmarch-2019-03-29"]
    identity = reading.identity
    assert identity.authority == "Saltmarch"
    assert str(identity.inspected_from) == "2019-02-11"
    assert [f.name for f in reading.facts if isinstance(f, Person)] == ["Tobias Quillmore"]


def test_furniture_is_never_a_passage(readings: dict[str, Reading]) -> None:
    for stem in COUNTS:
        reading, passages = read_report(SAMPLES / f"{stem}.pdf")
        furniture = {b.key for b in reading.blocks if b.kind in FURNITURE}
        assert not furniture & {p.block_key for p in passages}


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["1.1", "1.2", "1.3", "2.1", "2.2"], ["1.1", "1.2", "1.3", "2.1", "2.2"]),
        (["S1", "S2", "S3", "S4"], ["S1", "S2", "S3", "S4"]),
        (["1.", "2.", "3.", "1.", "2.", "3."], ["1", "2", "3", "1", "2", "3"]),
    ],
)
def test_other_ways_of_numbering_are_read(
    tmp_path: Path, labels: list[str], found: list[str]
) -> None:
    path = make_pdf(tmp_path / "other.pdf", [numbered(labels)])
    reading, _ = read_report(path)
    assert [b.label for b in reading.blocks if b.label] == found


def test_restarted_numbers_have_keys_of_their_own(tmp_path: Path) -> None:
    path = make_pdf(
        tmp_path / "runs.pdf", [numbered(["1.", "2.", "3."], 160), numbered(["1.", "2."], 190)]
    )
    reading, _ = read_report(path)
    keys = [b.key for b in reading.blocks if b.label]
    assert keys == ["1", "2", "3", "2-1", "2-2"]


def test_a_paragraph_goes_on_over_a_page_break(tmp_path: Path) -> None:
    second = [
        (100.0, 100.0, "and this is the end of the second paragraph."),
        *numbered(["3."], 160),
    ]
    first = [*numbered(["1.", "2."]), (100.0, 170.0, "It goes on over the page break")]
    reading, _ = read_report(make_pdf(tmp_path / "break.pdf", [first, second]))
    paragraph = next(b for b in reading.blocks if b.label == "2")
    assert paragraph.text.endswith(
        "over the page break and this is the end of the second paragraph."
    )
    assert {span.page for span in paragraph.spans} == {1, 2}


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [("1", "2", True), ("1.9", "1.10", True), ("1.9", "2.1", True), ("2.3", "2.3.1", True),
     ("2.3.4", "2.4", True), ("S3", "S4", True), ("1", "3", False), ("S3", "4", False)],
)  # fmt: skip
def test_what_number_comes_next(before: str, after: str, follows: bool) -> None:
    first, second = parse_label(before), parse_label(after)
    assert first is not None
    assert second is not None
    assert second.follows(first) is follows


def test_sentences_are_not_cut_at_abbreviations_or_decimals() -> None:
    text = "About 4.5 per cent wait, e.g. for a place. Dr. Moss agrees. The rest do not."
    cut = [text[a:b] for a, b in sentence_ranges(text)]
    assert cut == [
        "About 4.5 per cent wait, e.g. for a place.",
        "Dr. Moss agrees. The rest do not.",
    ]


@st.composite
def placed_lines(draw: st.DrawFn) -> list[tuple[str, float, float, float, bool]]:
    """Lines anywhere on a page: (text, left, top, size, bold), no two on one row."""
    texts = draw(LINES)
    tops = draw(st.lists(st.integers(1, 60), min_size=len(texts), max_size=len(texts), unique=True))
    return [
        (
            text,
            draw(st.sampled_from([40.0, 72.0, 100.0, 300.0])),
            13.5 * row,
            draw(st.sampled_from([7.0, 10.0, 12.0, 12.0, 12.0, 18.0])),
            draw(st.booleans()),
        )
        for text, row in zip(texts, sorted(tops), strict=True)
    ]


@settings(max_examples=80, deadline=None)
@given(st.lists(placed_lines(), min_size=1, max_size=5))
def test_accounting_holds_for_any_placed_page(
    pages: list[list[tuple[str, float, float, float, bool]]],
) -> None:
    made = []
    for number, rows in enumerate(pages, start=1):
        lines, parts, offset = [], [], 0
        for text, left, top, size, bold in rows:
            body = text.strip()
            if not body:
                continue
            end = offset + len(body)
            box = Box(left, top, left + 6 * len(body), top + size)
            cells = (Cell(offset, end, box.left, box.right),)
            marks = ((end - 1, end),) if body[-1].isdigit() and len(body) > 5 else ()
            lines.append(Line(offset, end, box, size, bold, cells, marks))
            parts.append(body)
            offset = end + 1
        made.append(Page(number, 595, 842, "\n".join(parts), tuple(lines)))
    document = Document("any.pdf", "0", "pdf", tuple(made), True)
    blocks = tuple(source.block for source in split_paragraphs(lay_out(document)))
    assert len({block.key for block in blocks}) == len(blocks)
    identity = Identity("", "", "", None, None, None)
    assert_accounted(Reading(document, identity, blocks, ()))


def test_a_grade_over_two_lines_opens_a_front_table(tmp_path: Path) -> None:
    page: list[Placed] = [
        (72, 90, "Tarn"),
        (72, 130, "Inspection date: 9 May 2016 to 2 June 2016"),
        (77, 340, "1. Children who need help and protection"),
        (380, 340, "Requires improvement to"),
        (395, 354, "be good"),
        (77, 380, "2. Children in care"),
        (394, 380, "Good"),
        (77, 420, "3. Leadership, management and governance"),
        (394, 420, "Good"),
    ]
    body = numbered([str(n) for n in range(1, 8)])
    reading, _ = read_report(make_pdf(tmp_path / "tarn.pdf", [page, body, body, body, body]))
    found = [(f.area_key, f.grade_text) for f in reading.facts if isinstance(f, Judgement)]
    assert found == [
        ("help_and_protection", "Requires improvement to be good"),
        ("children_in_care", "Good"),
        ("leadership", "Good"),
    ]


@pytest.mark.parametrize(
    ("line", "following", "joined"),
    [
        ("pre-", "and post-approval", "pre- "),
        ("well-", "run homes", "well-"),
        ("infor-", "mation", "infor"),
    ],
)
def test_a_hyphen_at_a_lines_end_is_kept_joined_or_left_standing(
    line: str, following: str, joined: str
) -> None:
    traced = [(letter, 1, place) for place, letter in enumerate(line)]
    piece = [(letter, 1, place) for place, letter in enumerate(following, len(line) + 1)]
    _join(traced, piece, frozenset(["information"]))
    assert "".join(letter for letter, _, _ in traced) == joined
