"""Lines become blocks: numbered paragraphs first, then everything else.

A paragraph's number is found as a chain: a line opens a paragraph only if its number comes
next (or opens a new run), and lines that merely begin with a number do not. The chain that
explains the report best is chosen as a whole (dynamic programming), so that one false
start cannot derail what follows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.layout import BULLET, DEADLINE, Layout, PlacedLine, opens_footnote
from index.models import Block, BlockKind, ReadingSummary, Span

_LABEL = re.compile(
    r"^(?:[-\u2013\u2022]\s+)?(?P<label>(?:[A-Z]{1,2}\.?)?\d{1,3}(?:\.\d{1,3}){0,3})"
    r"(?P<dot>[.)]?)(?P<gap>\s+|(?=[A-Z\u2018\u201c'\"(]))(?P<rest>\S.*)$"
)
_TERMINAL = re.compile(r"[.:;!?][)\]\u2019\u201d'\"]*\d{0,2}$")
_WIDE_GAP = 1.35
"""Line pitches from which a gap divides blocks."""
_COLUMN = 5.0
"""Points within which two lines share a left edge."""


@dataclass(frozen=True, slots=True)
class Label:
    """A paragraph number in parts: ``2.3.1`` is ("", (2, 3, 1)), ``S3`` is ("S", (3,))."""

    prefix: str
    parts: tuple[int, ...]

    def follows(self, other: Label) -> bool:
        """Whether this is the number that comes next after ``other``."""
        if self.prefix != other.prefix:
            return False
        mine, theirs = self.parts, other.parts
        if len(mine) == len(theirs):
            for depth in range(len(mine)):
                head = mine[:depth] == theirs[:depth]
                tail = all(part in (0, 1) for part in mine[depth + 1 :])
                if head and mine[depth] == theirs[depth] + 1 and tail:
                    return True
            return False
        if len(mine) == len(theirs) + 1:
            return mine[:-1] == theirs and mine[-1] == 1
        shorter = theirs[: len(mine)]
        return mine[:-1] == shorter[:-1] and mine[-1] == shorter[-1] + 1

    def opens_run(self) -> bool:
        """Whether a numbering can begin here."""
        return self.parts[-1] == 1 and all(part <= 1 for part in self.parts)

    def skipped_after(self, other: Label) -> int | None:
        """How many numbers are missing between ``other`` and this one (same level)."""
        if self.prefix != other.prefix or self.parts[:-1] != other.parts[:-1]:
            return None
        return self.parts[-1] - other.parts[-1] - 1


@dataclass(frozen=True, slots=True)
class _Start:
    position: int
    label: Label
    printed: str
    offset: int
    left: float
    weight: float


@dataclass(frozen=True, slots=True)
class BlockSource:
    """A block with the trace of its text: where on which page each character stands.

    ``trace[i]`` is the (page, offset) of ``block.text[i]``; ``breaks`` are offsets in the
    text where a list item or a deadline line begins.
    """

    block: Block
    trace: tuple[tuple[int, int], ...]
    breaks: tuple[int, ...]


@dataclass(slots=True)
class _Draft:
    kind: BlockKind
    lines: list[PlacedLine]
    label: str | None = None
    inferred: bool = False
    run: int = 0
    text_left: float | None = None
    skip: int = 0
    after_run: bool = field(default=False)


def split_paragraphs(layout: Layout) -> tuple[BlockSource, ...]:
    """All blocks of a report in reading order; together they hold every line once."""
    starts = {start.position: (start, run) for start, run in _find_starts(layout)}
    drafts = _infer_lost_numbers(_group(layout, starts))
    for draft in drafts:
        if draft.kind is BlockKind.UNNUMBERED and _is_framed(draft, layout):
            draft.kind = BlockKind.BOX
    vocabulary = _vocabulary(layout)
    following = {
        (line.page, line.line.start): after.line.start
        for line, after in zip(layout.lines, layout.lines[1:], strict=False)
        if line.page == after.page
    }
    sources: list[BlockSource] = []
    section = ""
    serial: Counter[int] = Counter()
    keys: Counter[str] = Counter()
    for order, draft in enumerate(drafts):
        traced = trace_text(draft.lines, vocabulary)
        if draft.skip:
            traced = _without_label(traced, draft)
        text = "".join([char for char, _, _ in traced])
        if draft.kind is BlockKind.HEADING:
            section = text
        page = draft.lines[0].page
        if draft.label is not None:
            key = draft.label if draft.run <= 1 else f"{draft.run}-{draft.label}"
            keys[key] += 1
            if keys[key] > 1:
                key = f"{key}~{keys[key]}"
        else:
            serial[page] += 1
            key = f"p{page}-{serial[page]}"
        block = Block(
            key=key,
            kind=draft.kind,
            spans=_spans(draft.lines, following),
            text=text,
            label=draft.label,
            inferred=draft.inferred,
            section=section,
            run=draft.run,
            order=order,
        )
        trace = tuple([(page_number, offset) for _, page_number, offset in traced])
        sources.append(BlockSource(block, trace, _breaks(draft.lines, trace)))
    return _with_notes(sources, drafts)


def _with_notes(sources: list[BlockSource], drafts: list[_Draft]) -> tuple[BlockSource, ...]:
    """Footnotes tied to the blocks in which their marks stand: same number, same page."""
    notes: dict[tuple[int, str], str] = {}
    for source, draft in zip(sources, drafts, strict=True):
        if draft.kind is BlockKind.FOOTNOTE:
            opened = re.match(r"\d{1,2}", draft.lines[0].text)
            if opened is not None:
                notes[source.block.page, opened.group()] = source.block.key
    tied = []
    for source, draft in zip(sources, drafts, strict=True):
        marks = [
            (line.page, line.text[start - line.line.start : end - line.line.start])
            for line in draft.lines
            for start, end in line.line.marks
            if draft.kind is not BlockKind.FOOTNOTE
        ]
        keys = tuple(dict.fromkeys(notes[mark] for mark in marks if mark in notes))
        tied.append(replace(source, block=replace(source.block, notes=keys)) if keys else source)
    return tuple(tied)


def _is_framed(draft: _Draft, layout: Layout) -> bool:
    """Whether all lines of a block stand inside one drawn rectangle."""
    return any(
        all(
            line.page == page
            and frame.left - 1 <= line.line.box.left
            and line.line.box.right <= frame.right + 1
            and frame.top - 1 <= line.line.box.top
            and line.line.box.bottom <= frame.bottom + 1
            for line in draft.lines
        )
        for page, frame in layout.frames
    )


def _without_label(traced: list[tuple[str, int, int]], draft: _Draft) -> list[tuple[str, int, int]]:
    first = draft.lines[0]
    label = range(first.line.start, first.line.start + draft.skip)
    skip = sum(page == first.page and offset in label for _, page, offset in traced[: draft.skip])
    return traced[skip:]


def _breaks(lines: Sequence[PlacedLine], trace: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Offsets in the reading text at which list items and deadline lines begin."""
    openings: set[tuple[int, int]] = set()
    after_deadline = False
    for line in lines[1:]:
        is_deadline = bool(DEADLINE.match(line.text.strip()))
        if line.is_bullet or is_deadline or after_deadline:
            openings.add((line.page, line.line.start))
        after_deadline = is_deadline
    return tuple(i for i, place in enumerate(trace) if place in openings) if openings else ()


def summarise(blocks: Sequence[Block], page_count: int) -> ReadingSummary:
    """Counts, gaps and repeats of the numbering, and characters by kind."""
    numbered = [block for block in blocks if block.label is not None]
    gaps: list[str] = []
    repeats = [block.key for block in numbered if "~" in block.key]
    previous: Block | None = None
    for block in numbered:
        if previous is not None and previous.run == block.run:
            before, now = parse_label(previous.label or ""), parse_label(block.label or "")
            if before and now and not now.follows(before) and now != before:
                gaps.append(f"{previous.label} to {block.label}")
        previous = block
    characters: Counter[str] = Counter()
    for block in blocks:
        characters[block.kind.value] += sum(span.end - span.start for span in block.spans)
    return ReadingSummary(
        pages=page_count,
        paragraphs=len(numbered),
        runs=len({block.run for block in numbered}),
        gaps=tuple(gaps),
        repeats=tuple(repeats),
        inferred=tuple(block.key for block in numbered if block.inferred),
        characters=dict(characters),
    )


def parse_label(printed: str) -> Label | None:
    """A printed number in parts, or None if it is not one."""
    match = re.fullmatch(r"([A-Z]{0,2})\.?(\d{1,3}(?:\.\d{1,3})*)", printed)
    if match is None:
        return None
    return Label(match.group(1), tuple(int(part) for part in match.group(2).split(".")))


def _find_starts(layout: Layout) -> list[tuple[_Start, int]]:
    """The best chain of paragraph starts, each with its run (1-based)."""
    candidates = _candidates(layout)
    if not candidates:
        return []
    best: list[float] = []
    previous: list[int | None] = []
    opened: list[bool] = []
    for index, start in enumerate(candidates):
        score, before, opens = _opening_score(start, best, layout), None, True
        if best:
            leader = max(range(len(best)), key=best.__getitem__)
            if start.label.opens_run():
                run_score = best[leader] + start.weight - 2.5
                if run_score > score:
                    score, before, opens = run_score, leader, True
        for earlier in range(max(0, index - 60), index):
            bonus = _step(candidates[earlier], start)
            if bonus is not None and best[earlier] + start.weight + bonus > score:
                score, before, opens = best[earlier] + start.weight + bonus, earlier, False
        best.append(score)
        previous.append(before)
        opened.append(opens)
    last: int | None = max(range(len(best)), key=best.__getitem__)
    if last is None or best[last] < 1.5:
        return []
    chain: list[tuple[_Start, bool]] = []
    while last is not None:
        chain.append((candidates[last], opened[last]))
        last = previous[last]
    run = 0
    found = []
    for start, opens in reversed(chain):
        run += 1 if opens else 0
        found.append((start, max(1, run)))
    return found


def _opening_score(start: _Start, best: Sequence[float], layout: Layout) -> float:
    return start.weight - (0.0 if start.label.opens_run() else 2.0)


def _step(before: _Start, start: _Start) -> float | None:
    """What it is worth that ``start`` comes next in the run after ``before``."""
    if start.label.follows(before.label):
        return 1.0
    skipped = start.label.skipped_after(before.label)
    if skipped is None:
        return None
    if 0 < skipped <= 3:
        return -0.8 * skipped
    if skipped == -1:
        return -1.6
    return None


def _candidates(layout: Layout) -> list[_Start]:
    raw: list[tuple[int, re.Match[str], PlacedLine, Label]] = []
    for position, line in enumerate(layout.lines):
        if line.kind not in (BlockKind.UNNUMBERED, BlockKind.HEADING, BlockKind.BOILERPLATE):
            continue
        match = _LABEL.match(line.text)
        if match is None:
            continue
        label = parse_label(match.group("label"))
        if label is None:
            continue
        if line.kind is not BlockKind.UNNUMBERED and len(label.parts) == 1 and not label.prefix:
            continue
        if not _may_open(match, label, layout):
            continue
        raw.append((position, match, line, label))
    if not raw:
        return []
    columns = _label_columns([line.line.box.left for _, _, line, _ in raw])
    starts = []
    for position, match, line, label in raw:
        weight = _weight(layout, position, line, columns)
        if not match.group("dot") and not label.prefix and len(label.parts) == 1:
            weight -= 0.8
        starts.append(
            _Start(
                position,
                label,
                match.group("label"),
                match.start("rest"),
                line.line.box.left,
                weight,
            )
        )
    return starts


def _may_open(match: re.Match[str], label: Label, layout: Layout) -> bool:
    """A bare number without its full stop opens a paragraph only before a capital."""
    if match.group("dot") or label.prefix or len(label.parts) > 1:
        return True
    return layout.positioned and match.group("rest")[:1].isupper()


def _label_columns(lefts: Sequence[float]) -> list[float]:
    """Left edges where labels stand: those that at least one in eight candidates shares."""
    return [
        left
        for left in set(lefts)
        if sum(abs(other - left) <= 3 for other in lefts) >= max(2, len(lefts) / 8)
    ]


def _weight(layout: Layout, position: int, line: PlacedLine, columns: Sequence[float]) -> float:
    """How much a line looks like a paragraph start, apart from its number."""
    if not layout.positioned:
        return 0.6 if line.gap is None or line.gap > 1.5 else 0.2
    weight = 1.0 if any(abs(line.line.box.left - c) <= 3 for c in columns) else -0.6
    if line.gap is not None and line.gap < _WIDE_GAP:
        before = layout.lines[position - 1] if position else None
        weight -= 0.5
        if before is not None and not _TERMINAL.search(before.text):
            weight -= 0.7
    if abs(line.line.size - layout.body_size) > 1.2:
        weight -= 1.0
    return weight


def _group(layout: Layout, starts: dict[int, tuple[_Start, int]]) -> list[_Draft]:
    drafts: list[_Draft] = []
    current: _Draft | None = None
    last: PlacedLine | None = None
    for position, line in enumerate(layout.lines):
        started = starts.get(position)
        if started is not None:
            start, run = started
            current = _Draft(
                BlockKind.PARAGRAPH,
                [line],
                label=start.printed,
                run=run,
                text_left=_hanging_left(layout, position),
                skip=start.offset,
            )
            drafts.append(current)
            last = line
            continue
        if line.kind in (BlockKind.RUNNING_LINE, BlockKind.PAGE_NUMBER):
            drafts.append(_Draft(line.kind, [line]))
            continue
        if line.kind is BlockKind.FOOTNOTE:
            before = drafts[-1] if drafts else None
            if (
                before is not None
                and before.kind is BlockKind.FOOTNOTE
                and not opens_footnote(line)
            ):
                before.lines.append(line)
            else:
                drafts.append(_Draft(BlockKind.FOOTNOTE, [line]))
            continue
        if (
            current is not None
            and line.kind is not BlockKind.UNNUMBERED
            and line.kind is current.kind
            and line.kind is not BlockKind.PARAGRAPH
            and last is not None
            and _same_block(current, last, line)
        ) or (
            line.kind is BlockKind.UNNUMBERED
            and current is not None
            and last is not None
            and _goes_on(layout, current, last, line)
        ):
            current.lines.append(line)
        else:
            current = _Draft(line.kind, [line], after_run=bool(starts))
            drafts.append(current)
        last = line
    return drafts


def _same_block(current: _Draft, last: PlacedLine, line: PlacedLine) -> bool:
    """Lines of one heading, table, contents list or piece of small print."""
    if line.kind in (BlockKind.TABLE, BlockKind.CONTENTS, BlockKind.FRONT_MATTER):
        return line.page == last.page or line.kind is BlockKind.CONTENTS
    if line.kind is BlockKind.BOILERPLATE:
        return line.page == last.page and (line.gap or 9) < 1.6
    same_look = line.line.size == last.line.size and line.line.bold == last.line.bold
    limit = 1.35 * max(1.0, line.line.size / 12.0)
    return same_look and line.gap is not None and line.gap <= limit


def _hanging_left(layout: Layout, position: int) -> float | None:
    """Where the paragraph's second line begins, when it hangs right of the number."""
    if not layout.positioned or position + 1 >= len(layout.lines):
        return None
    first, second = layout.lines[position], layout.lines[position + 1]
    if second.page == first.page and second.gap is not None and second.gap < 1.6:
        if second.line.box.left > first.line.box.left + _COLUMN:
            return second.line.box.left
    return None


def _goes_on(layout: Layout, current: _Draft, last: PlacedLine, line: PlacedLine) -> bool:
    """Whether an unnumbered body line belongs to the block before it."""
    if current.kind not in (BlockKind.PARAGRAPH, BlockKind.UNNUMBERED):
        return False
    if not layout.positioned:
        return _goes_on_in_text(current, last, line)
    left = line.line.box.left
    if current.kind is BlockKind.PARAGRAPH:
        text_left = current.text_left or _common_text_left(current)
        hangs = text_left is not None and text_left > current.lines[0].line.box.left + _COLUMN
        if hangs and text_left is not None:
            if left >= text_left - _COLUMN:
                return True
            return _set_solid(last, line) and not _TERMINAL.search(last.text)
        if _set_solid(last, line):
            return True
        if line.is_bullet or DEADLINE.match(line.text):
            return last.is_bullet or last.text.rstrip().endswith((":", ";")) or _in_list(current)
        return not _TERMINAL.search(last.text) and line.text[:1].islower()
    if line.is_bullet:
        own = current.lines[0]
        return own.is_bullet and left > own.line.box.left + _COLUMN
    if _set_solid(last, line):
        return True
    if line.gap is None:
        return not _TERMINAL.search(last.text) or line.text[:1].islower()
    return False


def _in_list(current: _Draft) -> bool:
    own = 1 if current.label is not None else 0
    return any(line.is_bullet for line in current.lines[own:])


def _goes_on_in_text(current: _Draft, last: PlacedLine, line: PlacedLine) -> bool:
    in_actions = any(DEADLINE.match(part.text.strip()) for part in current.lines)
    if line.is_bullet or in_actions or DEADLINE.match(line.text.strip()):
        return in_actions or last.text.rstrip().endswith((":", ";")) or _in_list(current)
    if (line.gap or 9.0) < 1.5:
        return True
    return not _TERMINAL.search(last.text) or line.text[:1].islower()


def _set_solid(last: PlacedLine, line: PlacedLine) -> bool:
    return line.page == last.page and line.gap is not None and line.gap < _WIDE_GAP


def _common_text_left(current: _Draft) -> float | None:
    lefts = [line.line.box.left for line in current.lines[1:]]
    return min(lefts) if lefts else None


def _infer_lost_numbers(drafts: list[_Draft]) -> list[_Draft]:
    """Number the blocks that stand where exactly as many numbers are missing.

    The lost paragraph is either a block of its own between its neighbours, or has been taken
    for the end of the one before: then that one falls apart at its blank lines.
    """
    result: list[_Draft] = []
    numbered = [i for i, draft in enumerate(drafts) if draft.label is not None]
    following = dict(zip(numbered, numbered[1:], strict=False))
    for position, draft in enumerate(drafts):
        result.append(draft)
        if position not in following:
            continue
        after = drafts[following[position]]
        missing = _missing_between(draft, after)
        if not missing:
            continue
        between = [
            other
            for other in drafts[position + 1 : following[position]]
            if other.kind is BlockKind.UNNUMBERED and _is_whole(other)
        ]
        if len(between) == len(missing):
            lost = between
        else:
            lost = _split_at_gaps(draft, len(missing))
            result += lost
        for other, label in zip(lost, missing, strict=False):
            other.label, other.inferred = label, True
            other.kind, other.run = BlockKind.PARAGRAPH, draft.run
    return result


def _missing_between(first: _Draft, second: _Draft) -> list[str]:
    """The labels missing between two neighbours of one run; none if more than three."""
    a, b = parse_label(first.label or ""), parse_label(second.label or "")
    if first.run != second.run or a is None or b is None:
        return []
    skipped = b.skipped_after(a)
    if skipped is None or not 0 < skipped <= 3:
        return []
    head = a.parts[:-1]
    return [
        a.prefix + ".".join(str(part) for part in (*head, a.parts[-1] + step))
        for step in range(1, skipped + 1)
    ]


def _split_at_gaps(draft: _Draft, count: int) -> list[_Draft]:
    """Cut ``draft`` at its blank lines into itself and ``count`` more; nothing if they differ."""
    cuts = [
        i
        for i in range(1, len(draft.lines))
        if (gap := draft.lines[i].gap) is not None
        and gap > _WIDE_GAP
        and draft.lines[i].text[:1].isupper()
        and _TERMINAL.search(draft.lines[i - 1].text)
    ]
    if len(cuts) != count:
        return []
    ends = [*cuts[1:], len(draft.lines)]
    parts = [
        _Draft(BlockKind.PARAGRAPH, draft.lines[begin:end])
        for begin, end in zip(cuts, ends, strict=True)
    ]
    draft.lines = draft.lines[: cuts[0]]
    return parts


def _is_whole(draft: _Draft) -> bool:
    text = " ".join(line.text for line in draft.lines)
    return len(text) > 60 and BULLET.sub("", text)[:1].isupper()


def _vocabulary(layout: Layout) -> frozenset[str]:
    words: set[str] = set()
    for line in layout.lines:
        words.update(word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text))
    return frozenset(words)


def trace_text(
    lines: Sequence[PlacedLine], vocabulary: frozenset[str]
) -> list[tuple[str, int, int]]:
    """The reading text as (character, page, offset on that page), one per character.

    A space that stands for a line break carries the place of the character before it.
    """
    traced: list[tuple[str, int, int]] = []
    for placed in lines:
        piece = _trace_line(placed)
        if not piece:
            continue
        if traced:
            _join(traced, piece, vocabulary)
        traced.extend(piece)
    return [item for item in traced if item[0] != "\u00ad"]


def _trace_line(placed: PlacedLine) -> list[tuple[str, int, int]]:
    marked = {o for start, end in placed.line.marks for o in range(start, end)}
    piece: list[tuple[str, int, int]] = []
    page, blank = placed.page, True
    for offset, char in enumerate(placed.text, placed.line.start):
        if offset in marked:
            continue
        if not char.isspace():
            piece.append((char, page, offset))
            blank = False
        elif not blank:
            piece.append((" ", page, offset))
            blank = True
    while piece and piece[-1][0] == " ":
        piece.pop()
    return piece


SUSPENDS = ("and", "or", "to")
"""What follows a hyphen that stands for a word still to come: ``short- and long-term``."""


def _join(
    traced: list[tuple[str, int, int]],
    piece: list[tuple[str, int, int]],
    vocabulary: frozenset[str],
) -> None:
    """Make ``traced`` ready to be followed by ``piece``: a space, or a joined hyphen."""
    last, before = traced[-1][0], traced[-2][0] if len(traced) > 1 else " "
    first = piece[0][0]
    opens = "".join(c for c, _, _ in piece[:4]).split(" ")[0]
    if last in "-\u00ad" and opens in SUSPENDS:
        traced.append((" ", traced[-1][1], traced[-1][2]))
    elif last in "-\u00ad" and before.isalpha() and first.islower():
        if last == "\u00ad" or _is_solid(traced, piece, vocabulary):
            traced.pop()
    elif not (last == "/" and before.isalnum() and first.isalnum()):
        traced.append((" ", traced[-1][1], traced[-1][2]))


def _is_solid(
    traced: list[tuple[str, int, int]],
    piece: list[tuple[str, int, int]],
    vocabulary: frozenset[str],
) -> bool:
    """Whether the report writes the divided word without a hyphen elsewhere."""
    left = re.search(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$", "".join(c for c, _, _ in traced[-60:]))
    right = re.match(r"[^\W\d_]+", "".join(c for c, _, _ in piece[:40]))
    if left is None or right is None:
        return False
    solid = (left.group(1) + right.group(0)).lower()
    hyphened = f"{left.group(1)}-{right.group(0)}".lower()
    return solid in vocabulary and hyphened not in vocabulary


def _spans(lines: Sequence[PlacedLine], following: dict[tuple[int, int], int]) -> tuple[Span, ...]:
    """Line spans, those of neighbouring lines made one (across the line break).

    ``following`` gives the start of the line after each, by page and start.
    """
    spans: list[Span] = []
    last = -1
    for placed in lines:
        line = placed.line
        next_to = following.get((placed.page, last)) == line.start
        last = line.start
        if spans and spans[-1].page == placed.page and next_to and line.start - spans[-1].end <= 3:
            spans[-1] = Span(placed.page, spans[-1].start, line.end)
        else:
            spans.append(Span(placed.page, line.start, line.end))
    return tuple(spans)
