"""What a report tells of before it: grades that earlier inspections gave, and dated events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from index.facts.areas import area_key
from index.facts.front import MONTHS
from index.grades import PATTERN, canonical_grade
from index.models import Block, BlockKind, DateFact, Passage, Person, PreviousGrade

_MONTH = "|".join(month.capitalize() for month in MONTHS)
_WHEN = re.compile(rf"(?:(?P<day>\d{{1,2}}) )?(?:(?P<month>{_MONTH}) )?(?P<year>(?:19|20)\d\d)\b")
_INSPECTED = re.compile(
    r"\b(?:(?:last|previous|earlier|prior|first) (?:\w+ ){0,3}inspection|inspection(?:s)? (?:in|of|on|from|carried out)|"
    r"inspected (?:in|on)|(?:was|were|had been) (?:last )?inspected|re-inspection)\b",
    re.IGNORECASE,
)
_WAS_JUDGED = re.compile(
    rf"(?P<area>[^.;:]{{3,160}}?)\s+(?:was|were|had been|has been|to be|judged|rated|graded|found)\s+"
    rf"(?:(?:last |previously |also |both |judged|rated|graded|found|to be|as|overall)\s+){{0,4}}"
    rf"(?P<grade>{PATTERN})\b",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:set up|established|launched|introduced|appointed|opened|created|implemented|commissioned|"
    r"began|started|merged|formed|restructured|in post|took up|joined|replaced|moved to|took over)\b",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?P<name>(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Cllr|Councillor|Lord|Lady|Professor|Prof)\.? "
    r"[A-Z][\w\u2019'-]+(?: [A-Z][\w\u2019'-]+){0,2})"
)
_ROLE = re.compile(
    r"\b((?:independent |interim |acting |new |current )?(?:chair(?:man|person|woman)?|director of children\u2019s services|"
    r"director of children's services|chief executive|lead member|cabinet member|leader of the council|"
    r"head of \w+|assistant director|commissioner|mayor|principal social worker))\b",
    re.IGNORECASE,
)


def find_earlier(
    passages: Sequence[Passage], blocks: Sequence[Block], year: int | None
) -> Iterator[PreviousGrade | DateFact | Person]:
    """Earlier grades, dated events and people named with a role, sentence by sentence.

    ``year`` is the report's own: a grade is an earlier one if its sentence, or the one before
    it, speaks of an inspection before that year or of the last one.
    """
    by_key = {block.key: block for block in blocks}
    before: Passage | None = None
    for passage in passages:
        block = by_key[passage.block_key]
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED, BlockKind.BOX):
            continue
        same = before is not None and before.block_key == passage.block_key
        yield from _grades(passage, before if same else None, block, year)
        yield from _events(passage, block)
        yield from _people(passage, block)
        before = passage


def _grades(
    passage: Passage, before: Passage | None, block: Block, year: int | None
) -> Iterator[PreviousGrade]:
    told = passage.text if _INSPECTED.search(passage.text) else ""
    if not told and before is not None and _INSPECTED.search(before.text):
        told = before.text
    if not told:
        return
    when = _WHEN.search(told)
    named = int(when.group("year")) if when else None
    if named is not None and year is not None and named >= year:
        return
    if named is None and not re.search(r"\b(?:last|previous|earlier|prior)\b", told, re.I):
        return
    for match in _WAS_JUDGED.finditer(passage.text):
        grade = canonical_grade(match.group("grade"))
        area = _area(match.group("area"))
        if grade is None or not area:
            continue
        yield PreviousGrade(
            area=area,
            area_key=area_key(area),
            grade=grade,
            grade_text=match.group("grade"),
            when=when.group(0) if when else "",
            year=named,
            rule="sentence on an earlier inspection",
            spans=passage.spans if told == passage.text or before is None
            else (*before.spans, *passage.spans),
            paragraph=block.label,
        )  # fmt: skip


def _area(words: str) -> str:
    """The thing judged: the last clause before the verb, without what leads up to it."""
    clause = re.split(r",\s+(?=[a-z])|\b(?:when|where|that|which|and found|judged)\b", words)[-1]
    clause = re.sub(
        r"^(?:and|both|the council\u2019s|its|overall)\s+", "", clause.strip(), flags=re.I
    )
    return " ".join(clause.split())[-120:]


def _events(passage: Passage, block: Block) -> Iterator[DateFact]:
    if not _EVENT.search(passage.text):
        return
    for when in _WHEN.finditer(passage.text):
        verb = min(
            _EVENT.finditer(passage.text), key=lambda v: abs(v.start() - when.start()), default=None
        )
        if verb is None or abs(verb.start() - when.start()) > 80:
            continue
        yield DateFact(
            event=_event_name(passage.text, verb),
            printed=when.group(0),
            start=_day(when),
            end=_day(when),
            rule="dated event in a sentence",
            spans=passage.spans,
            paragraph=block.label,
        )


def _event_name(text: str, verb: re.Match[str]) -> str:
    begin = max(text.rfind(mark, 0, verb.start()) for mark in (". ", "; ", ", ")) + 1
    return " ".join(text[max(begin, verb.start() - 90) : verb.end()].split())


def _day(when: re.Match[str]) -> date | None:
    if not when.group("month") or not when.group("day"):
        return None
    month = MONTHS.index(when.group("month").lower()) + 1
    try:
        return date(int(when.group("year")), month, int(when.group("day")))
    except ValueError:
        return None


def _people(passage: Passage, block: Block) -> Iterator[Person]:
    for match in _TITLED.finditer(passage.text):
        near = passage.text[max(0, match.start() - 70) : match.end() + 70]
        role = _ROLE.search(near)
        yield Person(
            role=role.group(1).lower() if role else "named",
            name=" ".join(match.group("name").split()),
            rule="title and name in a sentence",
            spans=passage.spans,
            paragraph=block.label,
        )
