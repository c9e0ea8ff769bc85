"""The catalog: one SQLite file that is the truth about every report.

Page text is kept once; blocks, facts and passages are spans into it. A report is added or
removed in one transaction. Chroma (:mod:`index.vectors`) is an index beside this and can
be made from it at any time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, create_engine, delete, event, func, insert, select, text
from sqlalchemy.orm import Session

from index.errors import ModelMismatch, NoSuchParagraph, NoSuchReport, OtherVersion
from index.models import (
    Action,
    Block,
    BlockKind,
    DateFact,
    Fact,
    Judgement,
    Page,
    Passage,
    Person,
    PreviousGrade,
    Quantity,
    Reading,
    Span,
)
from index.tables import (
    Base,
    BlockRow,
    FactRow,
    MetaRow,
    PageRow,
    PassageRow,
    ReportRow,
    TurnRow,
)

SCHEMA = "3"
"""Of the tables; an index of another one is refused."""
_FACTS: dict[str, type[Any]] = {
    "judgement": Judgement,
    "date": DateFact,
    "person": Person,
    "action": Action,
    "previous_grade": PreviousGrade,
    "quantity": Quantity,
}
FACT_KINDS = tuple(_FACTS)
"""Kinds of fact by name, as :meth:`Catalog.facts` and the command line take them."""
_PASSAGE = (
    PassageRow.id,
    PassageRow.report,
    PassageRow.block,
    PassageRow.number,
    PassageRow.text,
    PassageRow.context,
    PassageRow.spans,
)
_FIELDS = {name: tuple(f.name for f in fields(kind)) for name, kind in _FACTS.items()}
_FACT_KINDS = {kind: name for name, kind in _FACTS.items()}


@dataclass(frozen=True, slots=True)
class Report:
    """A report in the catalog."""

    number: int
    id: str
    source: str
    path: str
    sha256: str
    format: str
    title: str
    authority: str
    framework: str
    inspected_from: date | None
    inspected_to: date | None
    published: date | None
    warnings: tuple[str, ...]

    @property
    def day(self) -> date | None:
        """The day that stands for the report: end of the inspection, else publication."""
        return self.inspected_to or self.published

    @property
    def years(self) -> frozenset[int]:
        """Years by which people may call it: of the inspection and of publication."""
        days = (self.inspected_from, self.inspected_to, self.published)
        return frozenset(day.year for day in days if day is not None)

    @property
    def name(self) -> str:
        """Authority and year, as an answer names it."""
        return f"{self.authority} {self.day.year}" if self.day else self.authority


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with where it belongs."""

    id: int
    report: int
    block: int
    number: int
    text: str
    context: str
    spans: tuple[Span, ...]


class Catalog:
    """One index's catalog. One process owns it (see :mod:`index.ownership`)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._engine = _engine(path)
        Base.metadata.create_all(self._engine)
        made_as = self.meta("schema")
        if made_as not in (None, SCHEMA):
            self.close()
            raise OtherVersion(
                f"The index in {path.parent} was made by another version of this program (tables "
                f"{made_as}, wanted {SCHEMA}). Index your reports into a new folder, or delete it "
                "and index them again."
            )
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE VIRTUAL TABLE IF NOT EXISTS passages_fts USING fts5("
                    "text, context, tokenize='porter unicode61 remove_diacritics 2')"
                )
            )

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # -- what the index was made with ------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept with the index."""
        with Session(self._engine) as session:
            row = session.get(MetaRow, key)
            return row.value if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value with the index."""
        with Session(self._engine) as session, session.begin():
            session.merge(MetaRow(key=key, value=value))

    def require_model(self, identity: str) -> None:
        """Claim the index for a model, or check that it is that model's.

        Raises:
            ModelMismatch: the vectors were made by another model.
        """
        known = self.meta("model")
        if known is None:
            self.set_meta("model", identity)
            self.set_meta("schema", SCHEMA)
        elif known != identity:
            raise ModelMismatch(
                f"The index was made with {known}, the settings ask for {identity}. Set the model "
                "back, or index into a new folder."
            )

    # -- reports ---------------------------------------------------------------------------

    def reports(self) -> list[Report]:
        """All reports, by authority and date."""
        with Session(self._engine) as session:
            rows = session.scalars(select(ReportRow)).all()
            found = [_report(row) for row in rows]
        return sorted(found, key=lambda r: (r.authority, r.day or date.min, r.id))

    def report(self, report_id: str) -> Report:
        """One report by its id.

        Raises:
            NoSuchReport: with the ids nearest to it.
        """
        with Session(self._engine) as session:
            row = session.scalar(select(ReportRow).where(ReportRow.id == report_id))
            if row is not None:
                return _report(row)
        raise NoSuchReport(
            f"There is no report '{report_id}' in the index. `inspections reports` lists them."
        )

    def find_report(self, name: str) -> Report:
        """One report by id, file name or file stem.

        Raises:
            NoSuchReport: none goes by that name.
        """
        stem = Path(name).stem if re.search(r"\.\w{2,8}$", name) else name
        for report in self.reports():
            if name in (report.id, report.source) or stem in (report.id, Path(report.source).stem):
                return report
        return self.report(name)

    def add(
        self,
        reading: Reading,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        path: Path,
    ) -> Report:
        """Put a report in, or in the place of the one with the same file name, all at once."""
        document, identity = reading.document, reading.identity
        positions = {block.key: block.order for block in reading.blocks}
        with Session(self._engine) as session, session.begin():
            old = session.scalar(select(ReportRow).where(ReportRow.source == document.source))
            report_id = old.id if old else _free_id(session, document.source)
            if old is not None:
                _delete(session, old.number)
            row = ReportRow(
                id=report_id,
                source=document.source,
                path=str(path),
                sha256=document.sha256,
                format=document.format,
                title=identity.title,
                authority=identity.authority,
                framework=identity.framework,
                inspected_from=identity.inspected_from,
                inspected_to=identity.inspected_to,
                published=identity.published,
                warnings=list(reading.warnings),
                added=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            number = row.number
            rows: dict[type[Base], list[dict[str, Any]]] = {
                PageRow: [_page_row(number, page) for page in document.pages],
                BlockRow: [_block_row(number, block) for block in reading.blocks],
                FactRow: [_fact_row(number, n, fact) for n, fact in enumerate(reading.facts)],
                PassageRow: [
                    _passage_row(number, positions[passage.block_key], passage, vector)
                    for passage, vector in zip(passages, vectors, strict=True)
                ],
            }
            for table, values in rows.items():
                if values:
                    session.execute(insert(table), values)
            session.execute(
                text(
                    "INSERT INTO passages_fts(rowid, text, context) "
                    "SELECT id, text, context FROM passages WHERE report = :number"
                ),
                {"number": number},
            )
            return _report(row)

    def remove(self, report_id: str) -> Report:
        """Take a report out with everything that belongs to it.

        Raises:
            NoSuchReport: there is none.
        """
        report = self.report(report_id)
        with Session(self._engine) as session, session.begin():
            _delete(session, report.number)
        return report

    # -- conversations ---------------------------------------------------------------------

    def add_turn(self, conversation: str, data: dict[str, Any]) -> None:
        """Add a turn at the end of a conversation; ``data`` is JSON-ready."""
        with Session(self._engine) as session, session.begin():
            last = session.scalar(
                select(func.max(TurnRow.position)).where(TurnRow.conversation == conversation)
            )
            position = 0 if last is None else last + 1
            session.add(TurnRow(conversation=conversation, position=position, data=data))

    def turns(self, conversation: str) -> list[dict[str, Any]]:
        """The turns of a conversation, oldest first."""
        query = (
            select(TurnRow.data)
            .where(TurnRow.conversation == conversation)
            .order_by(TurnRow.position)
        )
        with self._engine.connect() as connection:
            return [dict(row[0]) for row in connection.execute(query)]

    # -- what a report holds ---------------------------------------------------------------

    def pages(self, number: int) -> list[Page]:
        """A report's pages (text only: positions are read from the file when drawn)."""
        with Session(self._engine) as session:
            rows = session.scalars(
                select(PageRow).where(PageRow.report == number).order_by(PageRow.number)
            ).all()
            return [Page(r.number, r.width, r.height, r.text, ()) for r in rows]

    def blocks(self, number: int) -> list[Block]:
        """A report's blocks in reading order."""
        with Session(self._engine) as session:
            rows = session.scalars(
                select(BlockRow).where(BlockRow.report == number).order_by(BlockRow.position)
            ).all()
            return [_block(row) for row in rows]

    def block(self, number: int, key: str) -> Block:
        """One block by its key.

        Raises:
            NoSuchParagraph: the report has none with that key.
        """
        with Session(self._engine) as session:
            row = session.scalar(
                select(BlockRow).where(BlockRow.report == number, BlockRow.key == key)
            )
            if row is None:
                raise NoSuchParagraph(
                    f"The report has no paragraph '{key}'. `inspections export` lists its keys."
                )
            return _block(row)

    def facts(
        self,
        number: int | Collection[int] | None = None,
        kinds: Sequence[str] = (),
        area_key: str | None = None,
    ) -> list[tuple[int, Fact]]:
        """Facts as (report number, fact): of one report, some or all, of some kinds or all, of
        one area or all."""
        query = select(FactRow.report, FactRow.kind, FactRow.data).order_by(
            FactRow.report, FactRow.position
        )
        if isinstance(number, int):
            query = query.where(FactRow.report == number)
        elif number is not None:
            query = query.where(FactRow.report.in_(number))
        if kinds:
            query = query.where(FactRow.kind.in_(kinds))
        if area_key is not None:
            query = query.where(FactRow.area_key == area_key)
        with self._engine.connect() as connection:
            return [(row[0], _fact(row[1], row[2])) for row in connection.execute(query)]

    def passages(self, number: int) -> list[StoredPassage]:
        """A report's passages in reading order."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(*_PASSAGE).where(PassageRow.report == number).order_by(PassageRow.id)
            ).all()
        return [StoredPassage(*row[:6], spans=_load_spans(row[6])) for row in rows]

    def passages_by_id(self, ids: Sequence[int]) -> list[StoredPassage]:
        """Passages by their ids, in the order of the ids."""
        found: list[StoredPassage] = []
        with self._engine.connect() as connection:
            for begin in range(0, len(ids), 500):
                part = list(ids[begin : begin + 500])
                rows = connection.execute(
                    select(*_PASSAGE).where(PassageRow.id.in_(part)).order_by(PassageRow.id)
                ).all()
                found += [StoredPassage(*row[:6], spans=_load_spans(row[6])) for row in rows]
        return found

    def vectors(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Passage ids and their unit vectors, shapes (n,) and (n, dimension)."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(PassageRow.id, PassageRow.vector)
                .where(PassageRow.report == number)
                .order_by(PassageRow.id)
            ).all()
        if not rows:
            return np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.float32)
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float16)
        return ids, vectors.reshape(len(rows), -1).astype(np.float32)

    def passage_ids(self) -> Iterator[tuple[int, int]]:
        """(passage id, report number) of every passage."""
        with self._engine.connect() as connection:
            for row in connection.execute(select(PassageRow.id, PassageRow.report)):
                yield row[0], row[1]

    def match_words(
        self, query: str, limit: int, numbers: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """BM25 over passages: (passage id, score, higher is better).

        ``query`` is an FTS5 expression; ``numbers`` limits it to some reports.
        """
        sql = (
            "SELECT f.rowid, -bm25(passages_fts, 1.0, 0.4) AS score FROM passages_fts f "
            "{join} WHERE passages_fts MATCH :query {where} ORDER BY score DESC LIMIT :limit"
        )
        parameters: dict[str, object] = {"query": query, "limit": limit}
        join = where = ""
        if numbers is not None:
            ranges = self._id_ranges(numbers)
            if not ranges:
                return []
            if len(ranges) == 1:
                where = "AND f.rowid BETWEEN :low AND :high"
                parameters |= {"low": ranges[0][0], "high": ranges[0][1]}
            else:
                listed = ",".join(str(int(number)) for number in numbers)
                join = f"JOIN passages p ON p.id = f.rowid AND p.report IN ({listed})"
        with self._engine.connect() as connection:
            rows = connection.execute(text(sql.format(join=join, where=where)), parameters).all()
        return [(row[0], float(row[1])) for row in rows]

    def _id_ranges(self, numbers: Sequence[int]) -> list[tuple[int, int]]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT MIN(id), MAX(id) FROM passages WHERE report IN "
                    f"({','.join(str(int(number)) for number in numbers) or '-1'}) GROUP BY report"
                )
            ).all()
        return [(row[0], row[1]) for row in rows]


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _free_id(session: Session, source: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")[:80] or "report"
    taken = set(session.scalars(select(ReportRow.id).where(ReportRow.id.like(f"{stem}%"))))
    number = 2
    candidate = stem
    while candidate in taken:
        candidate = f"{stem}-{number}"
        number += 1
    return candidate


def _delete(session: Session, number: int) -> None:
    session.execute(
        text("DELETE FROM passages_fts WHERE rowid IN (SELECT id FROM passages WHERE report = :n)"),
        {"n": number},
    )
    for table in (PassageRow, FactRow, BlockRow, PageRow):
        session.execute(delete(table).where(table.report == number))
    session.execute(delete(ReportRow).where(ReportRow.number == number))


def _report(row: ReportRow) -> Report:
    return Report(
        row.number,
        row.id,
        row.source,
        row.path,
        row.sha256,
        row.format,
        row.title,
        row.authority,
        row.framework,
        row.inspected_from,
        row.inspected_to,
        row.published,
        tuple(row.warnings),
    )


def _page_row(report: int, page: Page) -> dict[str, Any]:
    return {
        "report": report,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "text": page.text,
    }


def _block_row(report: int, block: Block) -> dict[str, Any]:
    return {
        "report": report,
        "position": block.order,
        "key": block.key,
        "kind": block.kind.value,
        "label": block.label,
        "inferred": block.inferred,
        "section": block.section,
        "run": block.run,
        "text": block.text,
        "spans": _dump_spans(block.spans),
        "notes": list(block.notes),
    }


def _passage_row(
    report: int, block: int, passage: Passage, vector: NDArray[np.float32]
) -> dict[str, Any]:
    return {
        "report": report,
        "block": block,
        "number": passage.number,
        "text": passage.text,
        "context": passage.context,
        "spans": _dump_spans(passage.spans),
        "vector": vector.astype(np.float16).tobytes(),
    }


def _block(row: BlockRow) -> Block:
    return Block(
        row.key,
        BlockKind(row.kind),
        _load_spans(row.spans),
        row.text,
        row.label,
        row.inferred,
        row.section,
        row.run,
        row.position,
        tuple(row.notes),
    )


def _dump_spans(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.page, span.start, span.end] for span in spans]


def _load_spans(spans: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(*span) for span in spans)


def fact_data(fact: Fact) -> dict[str, object]:
    """A fact as JSON-ready data, its kind first."""
    data: dict[str, object] = {"kind": _FACT_KINDS[type(fact)]}
    for key, value in asdict(fact).items():
        if isinstance(value, date):
            data[key] = value.isoformat()
        elif key == "spans":
            data[key] = [[span["page"], span["start"], span["end"]] for span in value]
        else:
            data[key] = value
    return data


def _fact_row(report: int, position: int, fact: Fact) -> dict[str, Any]:
    graded = fact if isinstance(fact, Judgement | PreviousGrade) else None
    return {
        "report": report,
        "position": position,
        "kind": _FACT_KINDS[type(fact)],
        "area_key": graded.area_key if graded else None,
        "grade": graded.grade if graded else None,
        "data": fact_data(fact),
    }


def _fact(name: str, data: dict[str, Any]) -> Fact:
    kind = _FACTS[name]
    values: dict[str, Any] = {field: data.get(field) for field in _FIELDS[name]}
    values["spans"] = _load_spans(values["spans"])
    for name in ("start", "end"):
        if isinstance(values.get(name), str):
            values[name] = date.fromisoformat(values[name])
    fact: Fact = kind(**values)
    return fact
