"""The areas that inspections judge, across frameworks.

``area_key`` puts an area as printed under a key of its own. Keys shared by frameworks are
those whose meaning carries over well enough to set side by side; every other area keeps a
key made of its own words, and is compared with nothing else.
"""

from __future__ import annotations

import re

OVERALL = "overall_effectiveness"
LEADERSHIP = "leadership"
HELP_AND_PROTECTION = "help_and_protection"
CHILDREN_IN_CARE = "children_in_care"
CARE_LEAVERS = "care_leavers"
ADOPTION = "adoption"
LSCB = "lscb"

TITLES = {
    OVERALL: "Overall effectiveness",
    LEADERSHIP: "Leadership",
    HELP_AND_PROTECTION: "Help and protection",
    CHILDREN_IN_CARE: "Children in care",
    CARE_LEAVERS: "Care leavers",
    ADOPTION: "Adoption",
    LSCB: "Local safeguarding children board",
}

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LSCB, re.compile(r"safeguarding (?:children )?board|\blscb\b", re.I)),
    (OVERALL, re.compile(r"\boverall (?:effectiveness|judge?ment)\b|^overall$", re.I)),
    (ADOPTION, re.compile(r"^(?:2\.1\.?\s*)?(?:the )?(?:graded judge?ment for )?adoption\b", re.I)),
    (LEADERSHIP, re.compile(r"\bimpact of leaders\b|\bleadership\b.{0,12}\bmanagement\b", re.I)),
    (HELP_AND_PROTECTION, re.compile(r"\bneed(?:ing)? (?:of )?help (?:and|or) protection\b", re.I)),
    (
        CHILDREN_IN_CARE,
        re.compile(
            r"\bchildren in (?:care|our care)\b|\blooked after and achieving permanence\b", re.I
        ),
    ),
    (
        CARE_LEAVERS,
        re.compile(r"\bcare leavers\b|\bchildren care leavers\b|\bleaving care\b", re.I),
    ),
)
_OWN_WORDS = re.compile(r"outcomes for|assessment|responsiveness|economic", re.I)


def area_key(label: str, framework: str = "") -> str:
    """The key of an area as printed; areas only one framework has keep their own words."""
    clean = re.sub(r"^\d(?:\.\d)?\.?\s*", "", re.sub(r"\s+", " ", label)).strip(" :.")
    if not _OWN_WORDS.search(clean):
        for key, pattern in _RULES:
            if pattern.search(clean):
                return key
    plain = re.sub(r"^the ", "", clean.lower())
    words = [re.sub(r"(?<=[a-rt-z])s$", "", word) for word in re.findall(r"[a-z0-9]+", plain)]
    return "_".join(words[:6]) or "unnamed"


_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("lscb", re.compile(r"safeguarding (?:children )?board|\blscb\b", re.I)),
    (
        "looked after children",
        re.compile(
            r"^(?:the )?inspection outcomes\b.*looked after|"
            r"^(?:\w+ )*services for looked after children",
            re.I,
        ),
    ),
    (
        "safeguarding",
        re.compile(r"^(?:the )?inspection outcomes\b.*safeguarding|^safeguarding services", re.I),
    ),
)


_OWN_PART = re.compile(
    r"^(?:section \d+:?\s*)?(?:the )?local authority\b|^what does the local authority", re.I
)


def part_named(heading: str) -> str | None:
    """The part of a report that a heading opens: the name of one graded apart, empty for the
    authority's own part, None if the heading opens no part."""
    for name, pattern in _PARTS:
        if pattern.search(heading.strip()):
            return name
    return "" if _OWN_PART.search(heading.strip()) else None


def area_title(key: str) -> str:
    """A key as people read it."""
    return TITLES.get(key, key.replace("_", " ").capitalize())
