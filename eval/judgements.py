"""Grades, dates and inspectors beside another reader's: ``python -m eval.judgements FILE.csv``.

FILE has the columns report, inspector_name, inspection_start_date, inspection_end_date and
one for each grade, as a public scraping tool writes them, with ``data_unreadable`` where it
failed. Prints every difference, what is read here and not there, and what is missing here.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from pathlib import Path

from assistant.lookup import FactFinder
from assistant.settings import Settings
from index.build import Index
from index.catalog import Report
from index.facts.areas import (
    CARE_LEAVERS,
    CHILDREN_IN_CARE,
    HELP_AND_PROTECTION,
    LEADERSHIP,
    OVERALL,
)
from index.grades import canonical_grade
from index.models import Person

_COLUMNS = {
    "overall_effectiveness_grade": OVERALL,
    "impact_of_leaders_grade": LEADERSHIP,
    "help_and_protection_grade": HELP_AND_PROTECTION,
    "in_care_grade": CHILDREN_IN_CARE,
    "care_leavers_grade": CARE_LEAVERS,
}
_UNREADABLE = "data_unreadable"


def main() -> None:
    """Print the differences and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    index = Index(Settings().index)
    finder = FactFinder(index)
    counts: Counter[str] = Counter()
    with given.file.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            report = index.catalog.find_report(row["report"])
            for column, key in _COLUMNS.items():
                counts[_grade(finder, report, row[column] or "", key)] += 1
            counts[_dates(report, row)] += 1
            counts[_inspector(finder, report, row["inspector_name"] or "")] += 1
    for name, count in sorted(counts.items()):
        print(f"{name:40} {count}")


def _grade(finder: FactFinder, report: Report, theirs: str, key: str) -> str:
    found = finder.judgement_of(report, key)
    other = canonical_grade(theirs)
    if other is None:
        if theirs == _UNREADABLE:
            return "grade: read here only" if found else _missing(report, key, theirs)
        return "grade: none expected"
    if found is None:
        return _missing(report, key, theirs)
    if found.grade == other:
        return "grade: same"
    print(
        f"{report.id} {key}: {found.grade} here, {other} there ({found.area!r}, page {found.spans[0].page})"
    )
    return "grade: differs"


def _missing(report: Report, key: str, theirs: str) -> str:
    print(f"{report.id} {key}: none here, {theirs} there")
    return "grade: missing here"


def _dates(report: Report, row: dict[str, str]) -> str:
    theirs = [row["inspection_start_date"] or "", row["inspection_end_date"] or ""]
    if not all(re.fullmatch(r"\d\d/\d\d/\d{4}", date) for date in theirs):
        return "dates: read here only" if report.inspected_to else "dates: missing here"
    ours = [
        f"{day:%d/%m/%Y}" if day else "" for day in (report.inspected_from, report.inspected_to)
    ]
    if ours == theirs:
        return "dates: same"
    print(f"{report.id} dates: {ours} here, {theirs} there")
    return "dates: differ"


def _inspector(finder: FactFinder, report: Report, theirs: str) -> str:
    ours = [f.name for f in finder.facts(report) if isinstance(f, Person)]
    if not theirs or theirs == _UNREADABLE:
        return "inspector: read here only" if ours else "inspector: none in either"
    if any(_letters(name) == _letters(theirs) for name in ours):
        return "inspector: same"
    print(f"{report.id} inspector: {ours} here, {theirs!r} there")
    return "inspector: differs"


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


if __name__ == "__main__":
    main()
