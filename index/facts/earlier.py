"""What a report tells of before it: grades that earlier inspections gave, and dated events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from index.facts.areas import OVERALL, TITLES, area_key
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
    rf"(?:(?:last |previously |also |both |judged|rated|graded|found|to be|to|as|overall)\s+){{0,4}}"
    rf"[\u2018\u201c'\"]?(?P<grade>{PATTERN})\b",
    re.IGNORECASE,
)
_JUDGED_AS = re.compile(
    rf"\b(?:judged|found|graded|rated)\s+(?P<area>(?!(?:to|as|that)\b)[^.;:]{{3,120}}?)\s+"
    rf"(?:to be|to|as|was|were|was to be)\s+[\u2018\u201c'\"]?(?P<grade>{PATTERN})\b",
    re.IGNORECASE,
)
_ALREADY = re.compile(
    rf"(?:^|[.;:] )(?P<area>[^.;:,]{{3,120}}),?\s+(?:already|previously|formerly|(?:which|that) (?:was|were|had been))\s+"
    rf"(?:(?:judged|graded|rated|found|to be|as)\s+)*(?P<grade>{PATTERN})\s+"
    rf"(?:at|in|by) (?:the|its|their) (?:time of the )?(?:last|previous|earlier|20\d\d)(?: \w+){{0,2}} inspection\b",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"(?P<area>[^.;:]{3,160}?)\s+(?P<grade>required\s+improvement\s+to\s+be\s+good)\b",
    re.IGNORECASE,
)
_JUDGEMENT_OF = re.compile(
    r"^.*\bjudge?ment (?:for|of|on) (?P<area>[^.;:]+?) was that it$", re.IGNORECASE | re.DOTALL
)
_SERVICES = re.compile(
    r"^\W*(?P<area>(?:children[\u2019']s )?services?\b[^,;.]{0,90}?)\s+(?:have|has|are|is|were|was)\b",
    re.IGNORECASE,
)
_OVER_ALL = re.compile(
    r"(?:all (?:aspects of |areas of )?)?(?:the |its )?(?:(?:local authority|council)(?:[\u2019']s)?|judge?ments|"
    r"(?:children[\u2019']s )?services?(?: for (?:all )?children(?:,? (?:and )?(?:their )?"
    r"(?:families|young people|care leavers))*)?)"
    r"(?: overall)?(?: (?:in|across) (?-i:[A-Z])[^,;]+)?",
    re.IGNORECASE,
)
"""What stands for everything the authority was judged on."""
_PRONOUN = re.compile(r"(?:it|they|this|these|those|the services?)", re.IGNORECASE)
_THE_AUTHORITY = re.compile(r"\b(?:council|authority)(?:[\u2019']s)?\b", re.IGNORECASE)
_NO_AREA = re.compile(r"(?:were|was|areas?|aspects?|.*\b(?:is|are) now|no\b.*)", re.IGNORECASE)
_A_GRADE = re.compile(r"\brequir\w+ improvement\b", re.IGNORECASE)
_LISTED = re.compile(
    rf"^\W*(?P<area>[A-Z][^.:]{{3,110}}?)\s*[:\u2013-]\s*(?P<grade>{PATTERN})\W*$", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"\binspection(?: report)? (?:of|for) (?P<subject>[^.;]{3,140}?)(?:,? as\b[^.;]*?)?,?\s+(?:was|were|(?:in|on) (?:\w+ )?(?:19|20)\d\d|took place|which|published|identified)\b",
    re.IGNORECASE,
)
_WAS_INSPECTED = re.compile(
    r"^\W*(?P<subject>[^.;]{3,140}?)\s+(?:was|were) (?:(?:last|previously) )?inspected\b",
    re.IGNORECASE,
)
_WHOLE_SERVICE = re.compile(
    r"(?:the )?(?:local authority|council|authority|services?|it|they|this|(?!(?:areas?|aspects?)\b)\w+)(?: overall)?|"
    r"services? for children|(?:the )?children[\u2019']s services",
    re.IGNORECASE,
)
_IN_RESPECT = re.compile(
    r"\s*(?:in respect of|in relation to|for(?! both\b))\s+(?P<area>[^.;]{3,120}?)(?:,? while\b|[.;]|$)",
    re.IGNORECASE,
)
_THE_JUDGEMENTS = re.compile(r"\bjudge?ments (?:for|of|on|were)\b.*:\s*$", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(?:schools?|academ\w+|homes?|settings?|placements?|provision|providers?|agenc\w+|nurser\w+|colleges?)$",
    re.IGNORECASE,
)
"""Places that inspectors judge one by one, at other inspections than the report's."""
_OF_BEFORE = re.compile(r"\b(?:last|previous|earlier|prior)\b", re.IGNORECASE)
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
    told: Passage | None = None
    for passage in passages:
        block = by_key[passage.block_key]
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED, BlockKind.BOX):
            continue
        if told is not None and not _still_told(told, passage):
            told = None
        yield from _grades(passage, told, block, year)
        yield from _events(passage, block)
        yield from _people(passage, block)
        if _INSPECTED.search(passage.text):
            told = passage


def _still_told(told: Passage, passage: Passage) -> bool:
    """Whether a sentence may still speak of the inspection that ``told`` names: it comes right
    after it in the same paragraph, or in the list that it opens."""
    if told.block_key != passage.block_key:
        return False
    return passage.number == told.number + 1 or bool(
        _LISTED.match(passage.text) or _THE_JUDGEMENTS.search(passage.text)
    )


def _grades(
    passage: Passage, told_before: Passage | None, block: Block, year: int | None
) -> Iterator[PreviousGrade]:
    """Earlier grades in a sentence that speaks of an earlier inspection, or that follows one
    which does (``told_before``): in prose, or as an item of a list (``Leadership: Good``)."""
    own = _INSPECTED.search(passage.text)
    told = passage if own else told_before
    if told is None:
        return
    when = _WHEN.search(told.text)
    named = int(when.group("year")) if when else None
    if named is not None and year is not None and named >= year:
        return
    if named is None and not _OF_BEFORE.search(told.text):
        return
    subject = _inspection_of(told.text)
    for area, printed in dict.fromkeys(_graded(passage.text, subject)):
        grade = canonical_grade(re.sub(r"^required\b", "requires", printed, flags=re.IGNORECASE))
        if grade is None or not area:
            continue
        yield PreviousGrade(
            area=area,
            area_key=OVERALL if _OVER_ALL.fullmatch(area) else area_key(area),
            grade=grade,
            grade_text=printed,
            when=when.group(0) if when else "",
            year=named,
            rule="sentence on an earlier inspection" if own else "sentence after one that names it",
            spans=passage.spans if own else (*told.spans, *passage.spans),
            paragraph=block.label,
        )


def _graded(text: str, subject: str) -> Iterator[tuple[str, str]]:
    """(area, grade as printed) of a sentence; ``subject`` is what was inspected, for sentences
    that only speak of the local authority or of the service."""
    item = _LISTED.match(text)
    if item:
        yield " ".join(item.group("area").split()), item.group("grade")
        return
    for match in (*_WAS_JUDGED.finditer(text), *_REQUIRED.finditer(text)):
        if _A_GRADE.search(match.group("area")):
            continue
        area = _area(match.group("area"))
        if _WHOLE_SERVICE.fullmatch(area):
            respect = _IN_RESPECT.match(text[match.end() :])
            area = respect.group("area").strip() if respect else subject or area
        if _PRONOUN.fullmatch(area):
            area = _meant_by(area, text[: match.start("grade")])
        yield area, match.group("grade")
    for match in _ALREADY.finditer(text):
        yield _area(match.group("area")), match.group("grade")
    for match in _JUDGED_AS.finditer(text):
        yield _area(match.group("area")), match.group("grade")


def _meant_by(pronoun: str, before: str) -> str:
    """The services that ``it`` or ``the service`` stands for: those the sentence begins with, if
    it speaks of no other in between; empty if that cannot be told."""
    if _THE_AUTHORITY.search(before):
        return ""
    services = _SERVICES.match(before)
    if services is not None:
        return services.group("area")
    return pronoun if pronoun.lower().startswith("the ") else ""


def _inspection_of(text: str) -> str:
    """What an inspection was of: ``safeguarding arrangements``, ``adoption service``."""
    match = _SUBJECT.search(text) or _WAS_INSPECTED.match(text)
    if match is None:
        return ""
    words = re.sub(r"^(?:the local authority|the council|[A-Z]\w+(?: [A-Z]?\w+)?)[\u2019']s? ", "",
                   match.group("subject"))  # fmt: skip
    return " ".join(words.split())


def _area(words: str) -> str:
    """The thing judged: the last clause before the verb, without what leads up to it."""
    words = _JUDGEMENT_OF.sub(r"\g<area>", words)
    clause = re.split(
        r"\b(?:when|where|that|which|while|and found|judged|found|graded|rated)\b", words
    )[-1]
    if area_key(clause) not in TITLES:
        clause = re.split(r",\s+(?=[a-z])", clause)[-1]
    clause = re.sub(
        r"^(?:and|both|with|the council\u2019s|its|overall)\s+", "", clause.strip(), flags=re.I
    )
    clause = re.sub(
        r"\s+(?:was|were)(?: (?:\w+ )?inspected\b.*)?$|\s+(?:also|previously|then|all|both)$",
        "",
        clause,
    )
    clause = " ".join(clause.split())
    if _OF_OTHERS.search(clause) or _NO_AREA.fullmatch(clause):
        return ""
    return clause[-120:]


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
