"""Numbers with what they count: ``347 looked after children``, ``nearly half of plans``.

A number is kept as printed and as a value; so are words (``twelve``), fractions (``two
thirds``), percentages, ranges (``10 to 15``) and what stands before it (``nearly``,
``over``). Years, ages, days of the month, paragraph and section numbers are no quantities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from index.models import Block, BlockKind, Passage, Quantity

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORD_VALUES = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_FRACTIONS = {
    "half": 0.5, "a third": 1 / 3, "one third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25,
    "one quarter": 0.25, "three quarters": 0.75, "a fifth": 0.2, "one fifth": 0.2,
    "two fifths": 0.4, "three fifths": 0.6, "four fifths": 0.8, "a tenth": 0.1,
}  # fmt: skip
_WORD = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(_ONES[2:])}|"
    r"(?:a|one|two|three|four|five) hundred)"
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FRACTION = "|".join(sorted((f.replace(" ", "[- ]") for f in _FRACTIONS), key=len, reverse=True))
_APPROXIMATION = (
    r"nearly|almost|about|around|approximately|roughly|just over|just under|over|more than|well over|"
    r"under|fewer than|less than|at least|up to|some|no more than|a little over|between|from"
)
_NUMBER = re.compile(
    rf"(?P<approximation>\b(?:{_APPROXIMATION})\s+)?"
    rf"(?P<pound>\u00a3\s?)?"
    rf"(?P<number>(?<![\d.,/\u2013-])(?:{_DIGITS})|\b(?:{_FRACTION})\b|\b{_WORD}\b)"
    rf"(?:\s*(?:to|and|-|\u2013)\s*(?P<upper>{_DIGITS})(?![\d/]))?"
    r"(?P<percent>\s?%|\s?per ?cent\b)?"
    r"(?P<scale>\s?(?:million|billion|m|k)\b)?",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:aged?|ages|paragraphs?|page|section|sections|regulations?|part|grade|year|key stage|"
    r"stage|level|tier|band|form|phase|chapter|schedule|appendix|annex|volume|number|no\.?|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"covid|type|post|pre)[- ]?|(?-i:[A-Z]{1,3})|[/\u2013-])\s?$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"^(?:\s*(?:st|nd|rd|th)?\s+(?:january|february|march|april|may|june|july|august|september|"
    r"october|november|december)\b|(?:st|nd|rd|th)\b|\s?(?:am|pm)\b|[-\u2013]?\s?(?:years?|year|months?)[- ](?:olds?|of age|plus)|"
    r"\s*[-/]\d|\s*\+|:\d\d|[-\u2013](?:day|week|month|year|hour|bed))",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"^\s*(?:working |calendar |school )?(hours?|days?|weeks?|months?|years?|terms?|miles?)\b", re.I
)
_STOP = re.compile(
    r"[.,;:()\u2013]|\s(?:is|are|was|were|has|have|had|who|which|that|this|and|but|because|where|when|"
    r"while|since|so|did|do|does|can|could|will|would|may|must|should|received?|remain\w*|live[sd]?|"
    r"compared|than|as|at the time|at \d|in (?:19|20)\d\d|in the (?:last|past|previous)|during|"
    r"by (?:the|\d|[A-Z][a-z]+ \d)|following|including)\b"
)
_NUMBER_OF = re.compile(
    r"\b(?:number|proportion|percentage|rate|total|average|share)s? of\s+(?P<counted>[a-z][^.,;:()\d]{3,80}?)\s+"
    r"(?:\w+ ){0,4}?(?:is|are|was|were|stood at|stands at|fell to|rose to|to|of|at)\s*(?:currently |now |just |only )?$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:[Aa]t the (?:time|point) of (?:the|this|our) (?:inspection|visit)|(?:at|on|by|in|since|from|to|during) "
    r"(?:the end of |early |late |mid-?)?(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December)(?: (?:19|20)\d\d)?|(?:in|since|by|during|for) (?:19|20)\d\d"
    r"(?:[-\u2013/]\d\d(?:\d\d)?)?|(?:over|in|during|within) the (?:last|past|previous) [\w ]{3,20}?(?:months?|years?|weeks?)|"
    r"currently|at present|last year|this year)\b",
)
_OLDEST = 25
"""Under and over so much is an age."""
_WHOLE = re.compile(r"^\s*(?:out )?of (?:the |these |those |its |all |\d)", re.IGNORECASE)


def find_quantities(
    passages: Sequence[Passage], blocks: Sequence[Block], parts: Mapping[str, str]
) -> Iterator[Quantity]:
    """The quantities of every sentence of paragraphs, in reading order.

    ``parts`` gives the part of the report (safeguarding, looked after children, lscb) that
    each block, by key, belongs to.
    """
    by_key = {block.key: block for block in blocks}
    for passage in passages:
        block = by_key[passage.block_key]
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED, BlockKind.BOX):
            continue
        for match in _NUMBER.finditer(passage.text):
            found = _quantity(passage, block, match, parts.get(block.key, ""))
            if found is not None:
                yield found


def _quantity(passage: Passage, block: Block, match: re.Match[str], part: str) -> Quantity | None:
    text = passage.text
    before, after = text[: match.start()], text[match.end() :]
    number, percent = match.group("number"), bool(match.group("percent"))
    pound = bool(match.group("pound"))
    if not (percent or pound) and (_NOT_BEFORE.search(before) or _NOT_AFTER.match(after)):
        return None
    approximation = (match.group("approximation") or "").strip().lower()
    if approximation in ("over", "under") and not percent and (_value(number) or 0) <= _OLDEST:
        return None
    if re.fullmatch(r"(?:19|20)\d\d", number) and not percent and not pound:
        return None
    unit_word = _UNIT.match(after)
    unit = (
        "%" if percent else "\u00a3" if pound else unit_word.group(1).lower() if unit_word else ""
    )
    low = _value(number)
    upper = match.group("upper")
    ranged = upper is not None and approximation in ("between", "from", "")
    scale = _scale(match.group("scale"))
    counted = "" if unit_word else _counted(after)
    if not counted:
        named = _NUMBER_OF.search(text[: match.start()])
        counted = named.group("counted").strip() if named else counted
    if not (counted or unit):
        return None
    fraction = low is not None and 0 < low < 1 and not number[:1].isdigit()
    time = _TIME.search(text)
    whole = counted[3:] if counted.lower().startswith("of ") else ""
    return Quantity(
        value=None if low is None else low * scale,
        upper=float(upper.replace(",", "")) * scale if ranged and upper else None,
        printed=" ".join(match.group(0).split()),
        approximation=approximation,
        unit=unit or ("share" if fraction else ""),
        counted=_trimmed(counted),
        time=time.group(0) if time else "",
        whole=_trimmed(whole) if (percent or fraction or _WHOLE.match(after)) else "",
        block=part,
        rule="number in a sentence",
        spans=passage.spans,
        paragraph=block.label,
    )


def _value(number: str) -> float | None:
    plain = number.lower().replace("-", " ")
    if plain[:1].isdigit():
        return float(plain.replace(",", ""))
    if plain in _FRACTIONS:
        return _FRACTIONS[plain]
    if plain.endswith("hundred"):
        first = plain.split()[0]
        return 100.0 * (1 if first == "a" else WORD_VALUES[first])
    return float(sum(WORD_VALUES[word] for word in plain.split()))


def _scale(printed: str | None) -> float:
    return {"million": 1e6, "m": 1e6, "billion": 1e9, "k": 1e3}.get(
        (printed or "").strip().lower(), 1
    )


def _counted(after: str) -> str:
    """The words after a number that say what is counted, up to the next verb or mark."""
    stop = _STOP.search(after)
    phrase = after[: stop.start()] if stop else after
    words = phrase.split()
    return " ".join(words[:12]) if words and words[0][:1].isalpha() else ""


def _trimmed(phrase: str) -> str:
    return re.sub(r"\s+(?:in|of|to|for|with|by|on|a|the|at|from|or|an|not)$", "", phrase).strip()
