"""The grades inspectorates give, and how they are printed.

Canonical grades are the exact words of the export contract. ``Adequate`` belongs to the
2009-2013 scale, ``Requires improvement`` to the scales since.
"""

from __future__ import annotations

import re

OUTSTANDING = "Outstanding"
GOOD = "Good"
ADEQUATE = "Adequate"
REQUIRES_IMPROVEMENT = "Requires improvement"
INADEQUATE = "Inadequate"

GRADES = (OUTSTANDING, GOOD, ADEQUATE, REQUIRES_IMPROVEMENT, INADEQUATE)

RANK = {
    OUTSTANDING: 1,
    GOOD: 2,
    ADEQUATE: 3,
    REQUIRES_IMPROVEMENT: 3,
    INADEQUATE: 4,
}
"""Place on the four-point scale, best first. Adequate and requires improvement both stand
third, in scales that replaced one another: comparable in place, not in meaning."""

PATTERN = r"outstanding|good|adequate|requires?\s+improvement(?:\s+to\s+be\s+good)?|inadequate"

_WHOLE = re.compile(rf"^\W*(?:grade\s*\d\s*)?\W*({PATTERN})\W*$", re.IGNORECASE)
_ANY = re.compile(rf"\b({PATTERN})\b", re.IGNORECASE)
_GRADE_LINE = re.compile(rf"\bgrade\s*(\d)\s*\(?\s*({PATTERN})\s*\)?\s*$", re.IGNORECASE)


def canonical_grade(text: str) -> str | None:
    """The canonical grade that ``text`` is, and nothing else; None if it is not a grade."""
    match = _WHOLE.match(text)
    return _canonical(match.group(1)) if match else None


def find_grades(text: str) -> list[tuple[int, int, str]]:
    """Every grade word in ``text`` as (start, end, canonical)."""
    return [(m.start(1), m.end(1), _canonical(m.group(1))) for m in _ANY.finditer(text)]


def trailing_grade_line(text: str) -> tuple[int, str] | None:
    """``Grade 2 (good)`` at the end of a line: where it begins, and the canonical grade."""
    match = _GRADE_LINE.search(text)
    return (match.start(), _canonical(match.group(2))) if match else None


def _canonical(word: str) -> str:
    folded = re.sub(r"\s+", " ", word.lower())
    if folded.startswith("require"):
        return REQUIRES_IMPROVEMENT
    return folded.capitalize()
