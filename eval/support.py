"""Which sentences of a report support a case, for everything that learns from cases."""

from __future__ import annotations

import re
from collections.abc import Sequence

LOOKED_UP = frozenset({"grade", "actions"})
"""Kinds of cases that are answered from facts, not from sentences."""
_SAME = 0.8
"""Share of words in common from which a sentence is the supporting one."""


def matches(text: str | frozenset[str], sentences: Sequence[frozenset[str]]) -> bool:
    """Whether a passage (or its words) is one of some sentences, given as their words."""
    words = fold_words(text) if isinstance(text, str) else text
    for sentence in sentences:
        least = min(len(words), len(sentence))
        if least >= 4 and len(words & sentence) >= _SAME * least:
            return True
    return False


def fold_words(text: str) -> frozenset[str]:
    """The words of a text, case and punctuation aside."""
    return frozenset(re.findall(r"[a-z0-9]+", text.lower().replace("\u2019", "'")))
