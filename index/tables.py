"""The catalog's tables. Vectors are float16 bytes; spans and facts are JSON."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The catalog's metadata."""


class MetaRow(Base):
    """What the index was made with: schema, model."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class ReportRow(Base):
    """One report; ``number`` is assigned once and never used again."""

    __tablename__ = "reports"
    __table_args__ = {"sqlite_autoincrement": True}
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    format: Mapped[str]
    title: Mapped[str]
    authority: Mapped[str]
    framework: Mapped[str]
    inspected_from: Mapped[date | None]
    inspected_to: Mapped[date | None]
    published: Mapped[date | None]
    warnings: Mapped[list[str]] = mapped_column(JSON)
    added: Mapped[datetime]


class PageRow(Base):
    """A page's text, kept once."""

    __tablename__ = "pages"
    report: Mapped[int] = mapped_column(
        ForeignKey("reports.number", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    width: Mapped[float]
    height: Mapped[float]
    text: Mapped[str]


class BlockRow(Base):
    """A paragraph or other block, as spans into its pages."""

    __tablename__ = "blocks"
    report: Mapped[int] = mapped_column(
        ForeignKey("reports.number", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    kind: Mapped[str]
    label: Mapped[str | None]
    inferred: Mapped[bool]
    section: Mapped[str]
    run: Mapped[int]
    text: Mapped[str]
    spans: Mapped[list[list[int]]] = mapped_column(JSON)
    notes: Mapped[list[str]] = mapped_column(JSON)
    __table_args__ = (Index("blocks_key", "report", "key", unique=True),)


class FactRow(Base):
    """A fact of any kind; its fields are in ``data``."""

    __tablename__ = "facts"
    report: Mapped[int] = mapped_column(
        ForeignKey("reports.number", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    area_key: Mapped[str | None] = mapped_column(index=True)
    grade: Mapped[str | None]
    data: Mapped[dict[str, object]] = mapped_column(JSON)


class TurnRow(Base):
    """One question of a conversation with its answer, as the assistant wrote it down."""

    __tablename__ = "turns"
    conversation: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, object]] = mapped_column(JSON)


class PassageRow(Base):
    """A sentence with its vector. ``id`` is also the row in ``passages_fts``."""

    __tablename__ = "passages"
    __table_args__ = (
        Index("passages_report", "report"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    report: Mapped[int] = mapped_column(ForeignKey("reports.number", ondelete="CASCADE"))
    block: Mapped[int]
    number: Mapped[int]
    text: Mapped[str]
    context: Mapped[str]
    spans: Mapped[list[list[int]]] = mapped_column(JSON)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
