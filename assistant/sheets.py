"""Facts, findings and comparisons as sheets: rows with their place on the page, for CSV,
XLSX and JSON files.

Every row names its report, page, paragraph and quote. A sheet's columns are its contract.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from assistant.citations import Quoter
from assistant.errors import UnknownSheet
from index.catalog import FACT_KINDS, Catalog, Report
from index.models import Action, DateFact, Fact, Judgement, Person, PreviousGrade, Quantity, Span

Cell = str | int | float | None

JUDGEMENT_COLUMNS = (
    "report", "source", "block", "area", "area_key", "grade", "grade_text", "page", "paragraph",
    "quote", "rule",
)  # fmt: skip
_TYPES: dict[str, type[Fact]] = {
    "judgement": Judgement,
    "date": DateFact,
    "person": Person,
    "action": Action,
    "previous_grade": PreviousGrade,
    "quantity": Quantity,
}
_PLACE = ("page", "paragraph", "quote", "rule")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_records(self) -> list[dict[str, Cell]]:
        """Rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a kind of fact.

    Raises:
        UnknownSheet: there is no such kind.
    """
    if kind not in _TYPES:
        raise UnknownSheet(f"There is no kind of fact '{kind}'. Kinds: {', '.join(FACT_KINDS)}.")
    if kind == "judgement":
        return JUDGEMENT_COLUMNS
    own = [
        field.name
        for field in fields(_TYPES[kind])
        if field.name not in ("rule", "spans", "paragraph")
    ]
    return ("report", *own, *_PLACE)


def fact_sheet(
    catalog: Catalog, quoter: Quoter, kind: str, reports: Sequence[Report] = ()
) -> Sheet:
    """All facts of one kind, of some reports or of all.

    Raises:
        UnknownSheet: there is no such kind.
    """
    columns = columns_of(kind)
    chosen = {report.number: report for report in reports or catalog.reports()}
    rows = []
    for number, fact in catalog.facts(kinds=(kind,)):
        if number in chosen:
            report = chosen[number]
            rows.append(tuple(_cell(name, fact, report, quoter) for name in columns))
    return Sheet(columns, tuple(rows))


def _cell(name: str, fact: Fact, report: Report, quoter: Quoter) -> Cell:
    if name == "report":
        return report.id
    if name == "page":
        return fact.spans[0].page
    if name == "quote":
        return quoter.quote(report, _in_order(fact.spans))
    value = getattr(fact, name)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _in_order(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.page, span.start))


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write a sheet as its file's ending says.

    Raises:
        UnknownSheet: the ending is none of .csv, .xlsx and .json.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(sheet.columns)
            writer.writerows([_safe(cell) for cell in row] for row in sheet.rows)
    elif ending == ".xlsx":
        _write_xlsx(sheet, path)
    elif ending == ".json":
        path.write_text(
            json.dumps(sheet.as_records(), ensure_ascii=False, indent=1), encoding="utf-8"
        )
    else:
        raise UnknownSheet(f"{path.name}: give a file that ends in .csv, .xlsx or .json.")


def _write_xlsx(sheet: Sheet, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    page = book.create_sheet("inspections")
    page.append(list(sheet.columns))
    for row in sheet.rows:
        page.append(
            [
                ILLEGAL_CHARACTERS_RE.sub(" ", c) if isinstance(c, str) else c
                for c in map(_safe, row)
            ]
        )
    book.save(path)


def _safe(cell: Cell) -> Cell:
    """A report's words that a spreadsheet would run as a formula are set off by a quote mark."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "@", "\t") else cell
