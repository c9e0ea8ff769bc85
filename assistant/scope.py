"""Which reports a question is about: names, years, "latest", and what the user selected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from assistant.authorities import KNOWN_AUTHORITIES, SHORT_NAMES
from assistant.models import Scope
from index.catalog import Report

_YEAR = re.compile(r"\b(19|20)(\d\d)\b")
_MANY = re.compile(
    r"\b(?:which (?:councils?|authorit\w+|areas?|reports?)|how many (?:councils?|authorit\w+|reports?|of (?:them|the (?:councils?|reports?)))|"
    r"all (?:the )?(?:councils?|authorit\w+|reports?)|any (?:councils?|authorit\w+)|across|list (?:the )?(?:councils?|authorit\w+)|"
    r"(?:councils?|authorit\w+) (?:that|which|were|with|got|have|rated))\b",
    re.I,
)
_TREND = re.compile(
    r"\b(?:over time|chang(?:e|ed|es)|moved?|trend|trace|then and now|history|since|better|worse|improv\w+|"
    r"declin\w+|each (?:of|inspection|time)|inspections|both|compare[ds]?|between|previous|earlier|last two|"
    r"gone (?:up|down)|progress from)\b",
    re.I,
)
_OF_THEM = re.compile(r"\bhow many of (?:them|the\w*)\b", re.I)
_LATEST = re.compile(r"\b(?:latest|newest|most recent|current(?:ly)?|now)\b", re.I)
_PREVIOUS = re.compile(
    r"\b(?:the one before|previous (?:report|inspection)|last but one|older report)\b", re.I
)


_THEN_AND_NOW = re.compile(
    r"\b(?:was|were|had)\b[^?]*\b(?:19|20)\d\d\b[^?]*\b(?:is|are|has|have) now\b", re.I
)
"""What has become of a year's state is for the newest report to say."""
_TOLD_BY = re.compile(
    r"\b(?:according to|in|from|per|does|did|says?|of) (?:the|its|their|that|\w+'s) (?:\w+ )?((?:19|20)\d\d) "
    r"(?:ofsted )?(?:inspection )?report\b",
    re.I,
)
"""Names the report that is to tell something; other years are those of what it tells."""


class Authorities:
    """The authorities in the index, the names they go by, and their reports."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = list(reports)
        self._groups = _group_by_names(reports)
        self.names: dict[str, list[Report]] = {}
        shorts = [_short_names(names) - names for names, _ in self._groups]
        taken = Counter(
            name for (names, _), short in zip(self._groups, shorts, strict=True)
            for name in names | short
        )  # fmt: skip
        for (names, members), short in zip(self._groups, shorts, strict=True):
            ordered = sorted(members, key=lambda r: (r.day or date.min, r.id))
            for name in names | {name for name in short if taken[name] == 1}:
                self.names[name] = ordered

    def family_of(self, report: Report) -> list[Report]:
        """All reports of the same authority, oldest first."""
        for _, members in self._groups:
            if report in members:
                return sorted(members, key=lambda r: (r.day or date.min, r.id))
        return [report]

    def families(self) -> list[list[Report]]:
        """Reports by authority, each oldest first."""
        return [sorted(m, key=lambda r: (r.day or date.min, r.id)) for _, m in self._groups]

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Authorities named in ``text`` as (start, end, name), longest names first."""
        folded = fold_name(text, keep_length=True)
        taken: list[tuple[int, int, str]] = []
        for name in sorted(self.names, key=len, reverse=True):
            for match in _pattern_of(name).finditer(folded):
                if not any(match.start() < e and s < match.end() for s, e, _ in taken):
                    taken.append((match.start(), match.end(), name))
        return sorted(taken) or self._find_misspelt(text)

    def _find_misspelt(self, text: str) -> list[tuple[int, int, str]]:
        """One capitalised word a letter or two away from a name."""
        for match in re.finditer(r"\b[A-Z][a-z]{4,}\b", text):
            if match.group(0).lower() in ("ofsted", "children", "council", "report"):
                continue
            best = process.extractOne(
                match.group(0).lower(), list(self.names), scorer=fuzz.ratio, score_cutoff=86
            )
            if best is not None:
                return [(match.start(), match.end(), best[0])]
        return []


@lru_cache(maxsize=4096)
def _pattern_of(name: str) -> re.Pattern[str]:
    words = [r"(?:and|&)" if word == "and" else re.escape(word) for word in name.split()]
    spaced = r"\s+".join(words)
    larger = "" if name.startswith("greater ") else r"(?<!greater )"
    return re.compile(rf"(?<![a-z]){larger}{spaced}(?:'s|s')?(?![a-z])")


def fold_name(text: str, *, keep_length: bool = False) -> str:
    """Lower case, plain quotes and spaces for punctuation."""
    folded = (
        text.lower()
        .replace("\u2019", "'")
        .replace("-", " ")
        .replace(",", " ")
        .replace("&", "&" if keep_length else "and")
    )
    return folded if keep_length else re.sub(r"\s+", " ", folded).strip()


_SHORTEST = 3


def _group_by_names(reports: Sequence[Report]) -> list[tuple[set[str], list[Report]]]:
    """Reports that share a name belong together: as printed, and as in the file's name."""
    groups: list[tuple[set[str], list[Report]]] = []
    for report in reports:
        names = _names(report)
        joined = [group for group in groups if group[0] & names]
        merged_names, merged = set(names), [report]
        for group in joined:
            merged_names |= group[0]
            merged = group[1] + merged
            groups.remove(group)
        groups.append((merged_names, merged))
    return groups


def _names(report: Report) -> set[str]:
    names = set()
    if report.authority:
        names.add(fold_name(report.authority))
    stem = re.sub(r"[-_ ]*(?:19|20)\d\d(?:[-_]\d\d){0,2}.*$", "", Path(report.source).stem)
    if re.search(r"[a-z]", stem, re.I) and re.search(r"(?:19|20)\d\d", report.source):
        names.add(fold_name(stem.replace("_", " ")))
    return names | {name.replace(" and ", " ") for name in names}


def _short_names(names: set[str]) -> set[str]:
    """What people may call an authority for short. Two authorities may share such a name (Kingston
    upon Thames and upon Hull; North Tyneside and Newcastle upon Tyne by their initials): then it
    is neither's."""
    found: set[str] = set()
    for name in names:
        found |= _initials(name)
        found |= {short for short, known in SHORT_NAMES.items() if known == name}
        found.add(name.split(" and ")[0])
        found.add(re.sub(r"\s+(?:upon|on)\s+\w+$|\s+of\s+\w+$", "", name))
    return {name for name in found if len(name) > _SHORTEST or name in SHORT_NAMES}


def _initials(name: str) -> set[str]:
    """RBKC, LBTH and the like: a council's initials with its style before or after."""
    first = "".join(word[0] for word in name.split() if word not in ("and", "of", "upon", "on"))
    if len(first) < 2:
        return set()
    styled = {f"rb{first}", f"lb{first}", f"{first}cc", f"{first}bc", f"{first}mbc"}
    return {initials for initials in styled if len(initials) >= 4}


def find_scope(
    text: str,
    authorities: Authorities,
    selected: Sequence[Report],
    carried: Sequence[Report] = (),
    *,
    pinned: bool = True,
) -> Scope:
    """The reports a question is about. ``carried`` are those of the turn before, ``pinned`` if a
    year had chosen them."""
    years = years_in(text)
    told_by = _TOLD_BY.search(text.replace("\u2019", "'"))
    if told_by and not selected:
        years = (int(told_by.group(1)),)
    named = list(dict.fromkeys(name for _, _, name in authorities.find(text)))
    if selected:
        return _within_selection(text, authorities, selected, named, years)
    if not named:
        stranger = _unknown_authority(text, authorities)
        if stranger and not carried:
            return Scope((), missing=stranger)
        if not carried or _MANY.search(_OF_THEM.sub("", text)):
            pool = tuple(authorities.reports)
            if len({id(f[0]) for f in authorities.families()}) == 1:
                return _of_family(text, authorities.families()[0], years, named=False)
            return Scope(pool, years=years)
        if years:
            family = authorities.family_of(carried[-1])
            fitting = [r for r in family if set(years) & r.years]
            if fitting:
                return Scope(tuple(fitting), named=True, years=years, pinned=True)
        return _carried_on(carried, authorities, years, pinned=pinned)
    if len(named) == 1 and carried and not years and not _LATEST.search(text):
        kept = [r for r in carried if r in authorities.names[named[0]]]
        if kept:
            return _carried_on(kept, authorities, years, pinned=pinned)
    if len(named) == 1:
        return _of_family(text, authorities.names[named[0]], years, named=True)
    own = _years_by_name(text, authorities)
    scopes = [
        _of_family(text, authorities.names[name], own.get(name, years), named=True)
        for name in named
    ]
    return Scope(
        tuple(dict.fromkeys(r for s in scopes for r in s.reports)), named=True, years=years
    )


def _carried_on(
    carried: Sequence[Report], authorities: Authorities, years: tuple[int, ...], *, pinned: bool
) -> Scope:
    """The reports of the turn before; the authority's others may stand in where none is pinned."""
    others: tuple[Report, ...] = ()
    if len(carried) == 1 and not pinned:
        others = _others(authorities.family_of(carried[0]), carried[0])
    return Scope(tuple(carried), named=True, years=years, others=others, pinned=pinned)


def years_in(text: str) -> tuple[int, ...]:
    """Years named in a text, both of a pair such as 2014-15."""
    found: list[int] = []
    for match in _YEAR.finditer(text):
        year = int(match.group(0))
        found.append(year)
        pair = re.match(r"\s*[-/\u2013]\s*(\d\d)(?!\d)", text[match.end() :])
        if pair and int(pair.group(1)) == (year + 1) % 100:
            found.append(year + 1)
    return tuple(dict.fromkeys(found))


def _within_selection(
    text: str,
    authorities: Authorities,
    selected: Sequence[Report],
    named: Sequence[str],
    years: tuple[int, ...],
) -> Scope:
    """The user's selection holds; a name or year in the question can only narrow it."""
    narrowed = list(selected)
    if named and len(selected) > 1:
        wanted = {r.number for name in named for r in authorities.names[name]}
        narrowed = [r for r in selected if r.number in wanted] or list(selected)
    if years and len(narrowed) > 1:
        narrowed = [r for r in narrowed if set(years) & r.years] or narrowed
    return Scope(tuple(narrowed), named=bool(named), selected=True, years=years)


def _of_family(
    text: str, family: Sequence[Report], years: tuple[int, ...], *, named: bool
) -> Scope:
    fitting = [r for r in family if set(years) & r.years]
    pair = len(years) == 2 and years[1] == years[0] + 1 and not _TREND.search(text)
    if len(years) > 1 and len(fitting) > 1 and not pair:
        return Scope(tuple(fitting), named=named, years=years, pinned=True)
    if fitting and len(years) == 1 and _THEN_AND_NOW.search(text) and not _asks_for_grades(text):
        newest = family[-1]
        return Scope((newest,), named, years=years, others=_others(family, newest), pinned=True)
    if fitting:
        chosen = _best_of_year(text, fitting, years)
        return Scope((chosen,), named, years=years, others=_others(family, chosen), pinned=True)
    if len(family) > 1 and _TREND.search(text) and _asks_for_grades(text):
        return Scope(tuple(family), named=named, years=years)
    if years:
        later = [r for r in family if r.day and r.day.year >= max(years)]
        if later:
            missing = str(years[0]) if _asks_for_report_of(text, years[0]) else ""
            return Scope(
                (later[0],), named, years=years, others=_others(family, later[0]), missing=missing
            )
        if _asks_for_report_of(text, years[0]):
            return Scope((), named, years=years, others=tuple(family), missing=str(years[0]))
    before = bool(_PREVIOUS.search(text)) and len(family) > 1
    chosen = family[-2] if before else family[-1]
    pinned = before or bool(_LATEST.search(text))
    return Scope((chosen,), named, years=years, others=_others(family, chosen), pinned=pinned)


def _asks_for_report_of(text: str, year: int) -> bool:
    """Whether a year in a question is that of an inspection or report, not of an event."""
    return bool(
        re.search(
            rf"\b{year}\b\s+(?:\w+ ){{0,3}}(?:inspection|report)|"
            rf"\b(?:inspection|report|inspected|visit) (?:of|in|from) (?:\w+ )?{year}\b",
            text,
            re.I,
        )
    )


def _asks_for_grades(text: str) -> bool:
    return bool(
        re.search(
            r"\b(?:grade|graded|rating|rated|judge?ments?|judged|overall|inspections|leadership|effectiveness)\b",
            text,
            re.I,
        )
    )


def _best_of_year(text: str, fitting: Sequence[Report], years: tuple[int, ...]) -> Report:
    """When two reports go by one year: the inspection's year, unless publication is asked."""
    if len(fitting) > 1:
        published = re.search(r"\bpublish", text, re.I)
        exact = [
            r
            for r in fitting
            if (day := (r.published if published else r.inspected_to)) and day.year in years
        ]
        if exact:
            return exact[-1]
    return fitting[-1]


def _others(family: Sequence[Report], chosen: Report) -> tuple[Report, ...]:
    return tuple(r for r in family if r.number != chosen.number)


def _years_by_name(text: str, authorities: Authorities) -> dict[str, tuple[int, ...]]:
    """Years that stand with each of several names: up to the next name, else just before."""
    found = authorities.find(text)
    own: dict[str, tuple[int, ...]] = {}
    for position, (start, end, name) in enumerate(found):
        until = found[position + 1][0] if position + 1 < len(found) else len(text)
        years = years_in(text[end:until])
        if not years:
            after = found[position - 1][1] if position else 0
            years = years_in(text[after:start]) if position == 0 else ()
        if years:
            own[name] = tuple(dict.fromkeys((*own.get(name, ()), *years)))
    return own


def _unknown_authority(text: str, authorities: Authorities) -> str:
    """A real authority's name in the question that no report here goes by."""
    folded = f" {fold_name(text)} "
    for name in KNOWN_AUTHORITIES:
        plain = fold_name(name)
        if plain in authorities.names:
            continue
        match = re.search(rf"(?<![a-z]){re.escape(plain)}(?:'s)?(?![a-z])", folded)
        if match and re.search(rf"\b{re.escape(name.split()[0])}", text):
            return name
    return ""


def unknown_authorities(text: str, authorities: Authorities) -> list[str]:
    """Names of real authorities in ``text`` other than those of the index."""
    found = _unknown_authority(text, authorities)
    return [found] if found else []
