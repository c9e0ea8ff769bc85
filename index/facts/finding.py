"""All facts of one report, in one call."""

from __future__ import annotations

from collections.abc import Sequence

from index.facts.actions import find_actions
from index.facts.areas import part_named
from index.facts.earlier import find_earlier
from index.facts.front import find_front_facts, identify
from index.facts.judgements import find_judgements
from index.facts.quantities import find_quantities
from index.layout import Layout
from index.models import Block, BlockKind, Document, Fact, Identity, Passage

__all__ = ["find_facts", "identify"]


def find_facts(
    document: Document,
    layout: Layout,
    blocks: Sequence[Block],
    passages: Sequence[Passage],
    identity: Identity,
) -> tuple[Fact, ...]:
    """Judgements, front matter, actions, what is told of before, and quantities, in that
    order, each with spans and its rule."""
    day = identity.inspected_to or identity.published
    facts: list[Fact] = []
    facts += find_judgements(layout, blocks, identity.framework)
    facts += find_front_facts(document, blocks)
    facts += find_actions(document, blocks)
    facts += find_earlier(passages, blocks, day.year if day else None)
    facts += find_quantities(passages, blocks, _parts(blocks))
    return tuple(facts)


def _parts(blocks: Sequence[Block]) -> dict[str, str]:
    """The part of the report that each block stands in."""
    parts: dict[str, str] = {}
    part = ""
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            named = part_named(block.text)
            part = part if named is None else named
        parts[block.key] = part
    return parts
