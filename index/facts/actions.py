"""What a report asks for: recommendations and areas for improvement, with their deadlines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.facts.areas import part_named
from index.layout import BULLET, DEADLINE
from index.models import FURNITURE, Action, Block, BlockKind, Document, Span

_ASKS = re.compile(
    r"\b(?:recommendations?|areas? for improvement|what needs to improve|needs? to improve|"
    r"priority (?:and immediate )?actions?|immediate actions?|required actions?)\b",
    re.I,
)


_LONGEST_TITLE = 100


def find_actions(document: Document, blocks: Sequence[Block]) -> Iterator[Action]:
    """Actions under the headings that announce them: bullets, numbered, or listed by deadline."""
    asked_by = ""
    theme = ""
    part = ""
    for position, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            named = part_named(block.text)
            part = part if named is None else named
            if _ASKS.search(block.text):
                asked_by = block.text
                theme = block.text
            elif asked_by and not _continues(block.text):
                asked_by = ""
            elif asked_by:
                theme = block.text
            continue
        if not asked_by:
            continue
        loose = block.kind in (BlockKind.UNNUMBERED, BlockKind.BOX)
        if loose and BULLET.match(block.text):
            text = BULLET.sub("", block.text)
            yield Action(text, None, None, theme, "bullet", block.spans, None, part)
        elif block.kind is BlockKind.PARAGRAPH and _is_title(block, blocks[position + 1 :]):
            theme = block.text
        elif block.kind is BlockKind.PARAGRAPH:
            items = [item for item in _listed(document, block) if item[1] is not None]
            for text, deadline, spans in items:
                yield Action(
                    text, None, deadline, theme, "listed by deadline", spans, block.label, part
                )
            if not items:
                yield Action(
                    block.text, block.label, None, theme, "numbered", block.spans, block.label, part
                )


def _is_title(block: Block, following: Sequence[Block]) -> bool:
    """A numbered line that only names what the bullets under it are about."""
    below = next((b for b in following if b.kind not in FURNITURE), None)
    listed = below is not None and below.label is None and bool(BULLET.match(below.text))
    return listed and len(block.text) < _LONGEST_TITLE and block.text[-1:] not in ".:;"


def _continues(heading: str) -> bool:
    """A sub-heading inside the list: priority actions, areas for improvement, a theme."""
    return len(heading) < 60 and not re.search(
        r"\b(?:experiences|summary|findings|information|executive|effectiveness|outcomes|impact|strengths?|judge?ments?|contents)\b",
        heading,
        re.I,
    )


def _listed(document: Document, block: Block) -> Iterator[tuple[str, str | None, tuple[Span, ...]]]:
    """Bulleted items of one numbered paragraph, each with the deadline line above it."""
    deadline: str | None = None
    parts: list[str] = []
    spans: list[Span] = []
    opened = False
    for page_number, start, end, text in block_lines(document, block):
        stripped = text.strip()
        is_deadline = bool(DEADLINE.match(stripped))
        if is_deadline or BULLET.match(stripped) or (opened and not parts):
            if parts:
                yield " ".join(parts), deadline, tuple(spans)
            parts, spans = [], []
            opened = True
            if is_deadline:
                deadline = stripped.rstrip(":").strip()
                continue
        if opened and stripped:
            parts.append(BULLET.sub("", stripped))
            spans.append(Span(page_number, start, end))
    if parts:
        yield " ".join(parts), deadline, tuple(spans)


def block_lines(document: Document, block: Block) -> Iterator[tuple[int, int, int, str]]:
    """The printed lines inside a block: (page, start, end, text)."""
    for span in block.spans:
        page = document.pages[span.page - 1]
        for line in page.lines:
            if line.start >= span.start and line.end <= span.end:
                yield span.page, line.start, line.end, page.text[line.start : line.end]
