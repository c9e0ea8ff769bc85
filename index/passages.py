"""Blocks into passages: sentences, each with its place on the page, ready to be embedded.

A passage is one sentence, or a list item; very short sentences go with the next one. Its
context is the heading above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.layout import DEADLINE
from index.models import BlockKind, Passage, Span
from index.paragraphs import BlockSource

_NOT_SEARCHED = frozenset(
    {BlockKind.RUNNING_LINE, BlockKind.PAGE_NUMBER, BlockKind.CONTENTS, BlockKind.BOILERPLATE}
)
_MIN_CHARACTERS = 25
_MAX_CHARACTERS = 700
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?P<close>[)\]\u2019\u201d'\"]{0,2})(?P<mark>\d{0,2})\s+(?=[A-Z\u2018\u201c'\"(\d\uf0a7\uf0b7\u2022])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|Mr|Mrs|Ms|Dr|St|No|vs|cf|approx|para|Rev|Prof|Hon|Cllr)|\b[A-Z])\.$"
)


def split_passages(sources: Sequence[BlockSource]) -> tuple[Passage, ...]:
    """Every searchable sentence of a report, in reading order."""
    passages: list[Passage] = []
    for source in sources:
        block = source.block
        if block.kind in _NOT_SEARCHED:
            continue
        deadline = ""
        for number, (start, end) in enumerate(sentence_ranges(block.text, source.breaks)):
            text = block.text[start:end]
            if DEADLINE.match(text):
                deadline = text.rstrip(": ")
            context = f"{block.section}. {deadline}".strip(". ")
            passages.append(
                Passage(block.key, number, text, context, spans_of(source.trace, start, end))
            )
    return tuple(passages)


def sentence_ranges(text: str, breaks: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Sentences of ``text`` as (start, end), split at ``breaks`` too, blanks trimmed."""
    cuts = sorted({0, len(text), *breaks, *_sentence_cuts(text)})
    ranges = [
        (
            start + len(text[start:end]) - len(text[start:end].lstrip()),
            start + len(text[start:end].rstrip()),
        )
        for start, end in zip(cuts, cuts[1:], strict=False)
    ]
    return list(_merge_short([r for r in ranges if r[1] > r[0]], set(breaks), text))


def _sentence_cuts(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        before = text[: match.start("close")]
        if not _ABBREVIATION.search(before[-12:]):
            yield match.end()


def _merge_short(
    ranges: list[tuple[int, int]], breaks: set[int], text: str
) -> Iterator[tuple[int, int]]:
    pending: tuple[int, int] | None = None
    for start, end in ranges:
        if pending is not None:
            if start in breaks or end - pending[0] > _MAX_CHARACTERS:
                yield pending
            else:
                start = pending[0]
        pending = (start, end)
        is_deadline = bool(DEADLINE.match(text[start:end]))
        if end - start >= _MIN_CHARACTERS or is_deadline:
            yield pending
            pending = None
    if pending is not None:
        yield pending


def spans_of(trace: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Span, ...]:
    """Page spans of ``text[start:end]``; a new span where the print is interrupted."""
    spans: list[Span] = []
    page, begin, stop = 0, 0, 0  # the span being drawn out; none while it is empty
    for here, offset in trace[start:end]:
        if here == page and stop <= offset <= stop + 4 and stop > begin:
            stop = offset + 1
        elif here != page or not begin <= offset < stop:
            if stop > begin:
                spans.append(Span(page, begin, stop))
            page, begin, stop = here, offset, offset + 1
    if stop > begin:
        spans.append(Span(page, begin, stop))
    return tuple(spans)
