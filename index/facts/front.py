"""What the first pages say of the report itself: whose, when, by whom, under what framework."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from index.models import Block, BlockKind, DateFact, Document, Identity, Person, Span

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = r"(?:" + "|".join(month.capitalize() for month in MONTHS) + r")"
_DASH = r"\s*(?:to|and|-|\u2013|\u2014|\u2012)\s*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_RANGE = rf"{_DAY}(?:\s+{_MONTH})?(?:\s+\d{{4}})?{_DASH}{_DAY}\s+{_MONTH}\s+\d{{4}}"
_SINGLE = rf"{_DAY}\s+{_MONTH}\s+\d{{4}}"
DATE_RANGES = rf"(?:{_RANGE}|{_SINGLE})(?:\s*(?:,|and|&)\s*(?:{_RANGE}|{_SINGLE}))*"
_INSPECTED = re.compile(
    rf"inspect(?:ion|ed)\s+dates?\s*:?\s*(?:from\s+)?(?P<printed>{DATE_RANGES})", re.I
)
_PUBLISHED = re.compile(rf"(?:report\s+)?published\s*(?:on)?\s*:?\s*(?P<printed>{_SINGLE})", re.I)
_NAME = r"(?P<name>(?:[A-Z][\w\u2019'.-]*|de|van|von|da|Mc[A-Z]\w+)(?:[ \t]+(?:[A-Z][\w\u2019'.-]*|de|van|von|da)){1,4})"
_INSPECTOR = re.compile(
    rf"(?P<role>(?:lead|reporting)\s+inspector(?:\(s\)|s)?)\s*:?\s*{_NAME}", re.I
)
_NOT_NAME = re.compile(
    r"\s+(?:HMI|AI|Her|His|Majesty.*|Ofsted|Senior|Inspector.*|Regulatory|Social|Age|Published|Deputy|Team)\b.*$"
)
_GENERIC = re.compile(
    r"\b(?:inspection|inspections|re-inspection|services?|review|effectiveness|framework|report|"
    r"children|safeguarding|arrangements|protection|looked after|care leavers|ofsted)\b",
    re.I,
)
_STYLE = re.compile(
    r"\b(?:the\s+)?(?:london|royal|metropolitan)?\s*(?:borough|county|city)(?:\s+and\s+county)?\s+"
    r"(?:council\s+)?of\s+|\b(?:county|city|borough|metropolitan|district|unitary|council|"
    r"local authority|london borough|royal borough)\b",
    re.I,
)
_FRAMEWORKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("SIF", re.compile(r"children in need of help and protection", re.I)),
    (
        "SLAC",
        re.compile(
            r"safeguarding and looked after children|looked after children\s+services", re.I
        ),
    ),
    ("ILACS", re.compile(r"children.s\s+(?:social care\s+)?services", re.I)),
)


def identify(document: Document, blocks: Sequence[Block]) -> Identity:
    """The report's authority, title, framework and dates, from its own first pages.

    The publication date is taken from a date in the file's name where the text has none
    (reports since 2018 do not print it).
    """
    front = _front_text(blocks)
    title_lines = _title_lines(document, blocks)
    authority = _authority(title_lines) or _authority_from_name(document.source)
    inspected = _INSPECTED.search(front)
    ranges = parse_ranges(inspected.group("printed")) if inspected else []
    published = _PUBLISHED.search(front)
    published_on = parse_date(published.group("printed")) if published else None
    return Identity(
        title=" ".join(title_lines) or document.source,
        authority=authority,
        framework=_framework(" ".join(title_lines)) or _framework(front[:600]),
        inspected_from=ranges[0][0] if ranges else None,
        inspected_to=ranges[-1][1] if ranges else None,
        published=published_on or _date_in_name(document.source),
    )


def find_front_facts(document: Document, blocks: Sequence[Block]) -> Iterator[DateFact | Person]:
    """Inspection dates, publication date and lead inspector with their spans."""
    seen: set[tuple[str, str]] = set()
    for page in document.pages:
        text = page.text
        early = text[:4000] if page.number <= 4 else ""
        for match in _INSPECTED.finditer(early):
            ranges = parse_ranges(match.group("printed"))
            if ranges and ("inspection", "") not in seen:
                seen.add(("inspection", ""))
                yield DateFact(
                    "inspection",
                    _fold(match.group("printed")),
                    ranges[0][0],
                    ranges[-1][1],
                    "inspection dates line",
                    (Span(page.number, match.start(), match.end()),),
                )
        for match in _PUBLISHED.finditer(early):
            day = parse_date(match.group("printed"))
            if day and ("published", "") not in seen:
                seen.add(("published", ""))
                yield DateFact(
                    "published",
                    _fold(match.group("printed")),
                    day,
                    day,
                    "published line",
                    (Span(page.number, match.start(), match.end()),),
                )
        yield from _inspectors(page.number, text, seen)


def _inspectors(number: int, text: str, seen: set[tuple[str, str]]) -> Iterator[Person]:
    for match in _INSPECTOR.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()].lower()
        if "deputy" in before:
            continue
        name = _NOT_NAME.sub("", match.group("name")).strip(" .,")
        key = ("lead inspector", "")
        if len(name.split()) < 2 or key in seen:
            continue
        seen.add(key)
        end = match.start("name") + len(name)
        yield Person(
            "lead inspector",
            _fold(name),
            f"{_fold(match.group('role')).lower()} line",
            (Span(number, match.start(), end),),
        )


def parse_ranges(printed: str) -> list[tuple[date, date]]:
    """``30 September to 11 October 2024 and 13 to 16 January 2025`` as (from, to) pairs."""
    ranges = []
    for part in re.finditer(rf"{_RANGE}|{_SINGLE}", printed, re.I):
        days = re.findall(rf"({_DAY})(?:\s+({_MONTH}))?(?:\s+(\d{{4}}))?", part.group(0), re.I)
        if not days:
            continue
        year, month = days[-1][2], days[-1][1]
        parsed = []
        for day, own_month, own_year in days:
            parsed.append(_make_date(day, own_month or month, own_year or year))
        if all(parsed):
            first, last = parsed[0], parsed[-1]
            if first is not None and last is not None:
                ranges.append((first, last))
    return ranges


def parse_date(printed: str) -> date | None:
    """``27 March 2015`` as a date."""
    ranges = parse_ranges(printed)
    return ranges[0][0] if ranges else None


def _make_date(day: str, month: str, year: str) -> date | None:
    try:
        return date(int(year), MONTHS.index(month.lower()) + 1, int(re.sub(r"\D", "", day)))
    except ValueError:
        return None


def _front_text(blocks: Sequence[Block]) -> str:
    return "\n".join(
        block.text
        for block in blocks
        if block.page <= 4
        and block.kind in (BlockKind.FRONT_MATTER, BlockKind.HEADING, BlockKind.UNNUMBERED)
    )[:6000]


def _title_lines(document: Document, blocks: Sequence[Block]) -> list[str]:
    """The lines above the dates on the first page, running lines apart."""
    lines: list[str] = []
    furniture = {
        (block.spans[0].page, block.spans[0].start)
        for block in blocks
        if block.kind in (BlockKind.PAGE_NUMBER, BlockKind.RUNNING_LINE)
    }
    page = document.pages[0]
    for line in page.lines:
        text = _fold(page.text[line.start : line.end])
        if (1, line.start) in furniture or re.fullmatch(r"[\d\s]+", text):
            continue
        if re.match(
            r"^(?:inspection dates?|age group|inspection reference|reporting|lead insp)", text, re.I
        ):
            break
        lines.append(text)
        if len(lines) >= 8:
            break
    return lines


def _authority(lines: Sequence[str]) -> str:
    whole = " ".join(lines)
    inside = re.search(
        r"inspection of (?:the )?(?P<name>[A-Z][\w\u2019'&,. -]{2,60}?)(?:[\u2019']s)?\s+"
        r"(?:local authority |council |county |borough |city |metropolitan )*children.s services",
        whole,
        re.I,
    )
    if inside and not _GENERIC.search(inside.group("name")):
        name = _short_name(inside.group("name"))
        if name and name.lower() not in ("local authority", "local"):
            return name
    return _name_above_title(lines)


def _name_above_title(lines: Sequence[str]) -> str:
    """The first lines in a row that hold none of the words every report's title has."""
    parts: list[str] = []
    for line in lines:
        named = not _GENERIC.search(line) and re.match(r"^[A-Z]", line) and len(line) < 70
        if named:
            parts.append(re.sub(r"\d+$", "", line))
        elif parts:
            break
    name = _short_name(" ".join(parts))
    return name if len(name) > 2 and name.lower() != "and" else ""


def _short_name(name: str) -> str:
    short = _STYLE.sub(" ", name)
    short = re.sub(r"\s+", " ", short).strip(" ,.:-\u2013")
    short = re.sub(r"\s+(?:of|unitary authority|authority)$", "", short, flags=re.I)
    return re.sub(r"^(?:the|of)\s+", "", short, flags=re.I).strip()


def _authority_from_name(source: str) -> str:
    stem = re.sub(r"\.\w+$", "", source)
    stem = re.sub(r"[-_ ]*\d{4}([-_]\d{2}){0,2}$", "", stem)
    words = re.split(r"[-_ ]+", stem)
    small = {"and", "of", "upon", "on", "the"}
    return " ".join(word if word in small else word.capitalize() for word in words if word)


def _date_in_name(source: str) -> date | None:
    match = re.search(r"(\d{4})-(\d{2})-(\d{2})", source)
    if match is None:
        return None
    try:
        return date(int(match.group(1)), int(match.group(2)), int(match.group(3)))
    except ValueError:
        return None


def _framework(front: str) -> str:
    for name, pattern in _FRAMEWORKS:
        if pattern.search(re.sub(r"\s+", " ", front)):
            return name
    return ""


def _fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
