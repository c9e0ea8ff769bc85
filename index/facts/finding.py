"""All facts of one report, in one call."""

from __future__ import annotations

from collections.abc import Sequence

from index.facts.actions import find_actions
from index.facts.front import find_front_facts, identify
from index.facts.judgements import find_judgements
from index.layout import Layout
from index.models import Block, Document, Fact

__all__ = ["find_facts", "identify"]


def find_facts(
    document: Document, layout: Layout, blocks: Sequence[Block], framework: str
) -> tuple[Fact, ...]:
    """Judgements, dates, people and actions, in that order, each with spans and its rule."""
    facts: list[Fact] = []
    facts += find_judgements(layout, blocks, framework)
    facts += find_front_facts(document, blocks)
    facts += find_actions(document, blocks)
    return tuple(facts)
