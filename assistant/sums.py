"""Whether the parts that a paragraph gives add up to the whole it states."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.words import stem, words_of
from index.facts.quantities import WORD_VALUES

_ASKS = re.compile(
    r"\b(?:add(?:s|ed)? up|come to|sum(?:s)? to|tally|make up the total|equal the total)\b", re.I
)
_WHOLE = re.compile(
    r"\b(?P<number>\d[\d,]*)\s+(?:[a-z-]+\s+){0,4}(?:children|young people|people|care leavers|schools|plans)\b"
)
_PARTS = re.compile(
    r"^(?:they|these|this|which)\s+(?:comprised?|includ(?:e|ed)|consist(?:ed|s)? of|(?:are|were) made up of)\b",
    re.I,
)
_COMPRISING = re.compile(
    r",?\s(?:comprising|made up of|consisting of|composed of)\s|(?<=[a-z]):\s(?=\d)", re.I
)
_NUMBER = re.compile(r"(?<![-\u2013\d,.])\b(\d[\d,]*)\b(?![-\u2013%]|\s*(?:years?|per cent))")
_AGE = re.compile(
    r"\([^)]*\)|\b(?:post|under|over|aged?|than)[- ](?:\d+|[a-z]+teen|five|ten|eleven|twelve)\b|"
    r"\bage[ds]? (?:between |from )?(?:\d+|[a-z]+) (?:to|and|or) (?:\d+|[a-z]+)\b",
    re.I,
)


_CONSISTENT = re.compile(
    r"\b(?:consisten\w+|agree|same (?:number|figure|total|count|date|month|year)|figure\w* the same|"
    r"(?:two|both) (?:figures|numbers|dates|totals|counts)|"
    r"(?:match\w*|same as|agree\w*|square\w*|differ\w* from)\b.{0,40}\b(?:table|text|grade)|"
    r"(?:table|text)\b.{0,60}\b(?:match\w*|agree\w*|same|square\w*|differ\w*))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sum:
    """A stated whole and the parts listed after it."""

    whole: int
    parts: tuple[int, ...]
    together: bool = False
    """Whether one sentence holds both; otherwise the whole stands in the one before."""

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the whole."""
        return sum(self.parts) == self.whole


def asks_for_sum(text: str) -> bool:
    """Whether a question asks if parts add up to a total."""
    return bool(_ASKS.search(text))


def asks_if_consistent(text: str) -> bool:
    """Whether a question asks if a report gives one figure in two ways."""
    return bool(_CONSISTENT.search(text))


def counted(text: str, stems: frozenset[str]) -> int | None:
    """The number that stands right before a word of ``stems``; None if none does."""
    for match in re.finditer(r"(?<![\d,.])(\d[\d,]*)\s+((?:[\w'\u2019-]+\s*){1,4})", text):
        following = [stem(word) for word in words_of(match.group(2))]
        if any(item in stems for item in following):
            return int(match.group(1).replace(",", ""))
    return None


def find_sum(sentences: list[str]) -> tuple[int, Sum] | None:
    """The first whole that is followed by its parts: (index of the parts' sentence, sum).

    The parts stand in the sentence after the whole, or after it in the same one.
    """
    for position, sentence in enumerate(sentences):
        whole, comprising = _WHOLE.search(sentence), _COMPRISING.search(sentence)
        if whole and comprising and whole.end() <= comprising.start() + 1:
            numbers = _parts(sentence[comprising.end() :])
            if len(numbers) >= 2:
                return position, Sum(int(whole.group("number").replace(",", "")), numbers, True)
    for position, (before, after) in enumerate(
        zip(sentences, sentences[1:], strict=False), start=1
    ):
        whole = _WHOLE.search(before)
        if whole is None or not _PARTS.match(after.strip()):
            continue
        numbers = _parts(after)
        if len(numbers) >= 2:
            return position, Sum(int(whole.group("number").replace(",", "")), numbers)
    return None


def _parts(text: str) -> tuple[int, ...]:
    """The numbers of a list, in digits or words; ages and what stands in brackets are none."""
    listed = re.sub(
        r"\b[a-z]+\b(?!-)",
        lambda m: str(WORD_VALUES.get(m.group().lower(), m.group())),
        _AGE.sub(" ", text),
        flags=re.IGNORECASE,
    )
    return tuple(int(n.replace(",", "")) for n in _NUMBER.findall(listed))
