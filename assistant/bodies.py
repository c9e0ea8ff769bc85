"""Answers, reports and paragraphs as JSON: the shapes the API gives and its clients read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from assistant.models import Answer, Citation
from index.catalog import Report
from index.models import Block


class CitationBody(BaseModel):
    """A quote with where it stands."""

    report: str
    source: str
    report_name: str
    key: str
    paragraph: str | None
    inferred: bool
    where: str
    page: int
    quote: str
    label: str
    spans: list[tuple[int, int, int]]


class AnswerBody(BaseModel):
    """An answer, or a refusal with its reason and the nearest paragraphs."""

    status: str
    answer: str
    abstained: bool
    citations: list[CitationBody]
    nearest: list[CitationBody]
    notes: list[str]
    reports: list[str]
    dropped: int
    seconds: float


class AskBody(BaseModel):
    """A question; ``conversation`` carries on an earlier one."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="The question, in plain words.")
    reports: list[str] = Field(
        default_factory=list,
        max_length=1000,
        description="Ids or file names to ask of; all if empty.",
    )
    conversation: str = Field("", max_length=64, description="Id of the conversation; any string.")


class TurnBody(BaseModel):
    """One turn of a conversation: as asked, as understood, and the answer."""

    asked: str
    question: str
    intent: str
    at: datetime
    answer: AnswerBody


class ReportBody(BaseModel):
    """A report in the index."""

    id: str
    source: str
    title: str
    authority: str
    framework: str
    inspected_from: date | None
    inspected_to: date | None
    published: date | None
    warnings: list[str]


class ParagraphBody(BaseModel):
    """A block of a report with its place."""

    report: str
    key: str
    label: str | None
    inferred: bool
    kind: str
    section: str
    text: str
    spans: list[tuple[int, int, int]]


def citation_body(citation: Citation) -> CitationBody:
    """A citation as JSON."""
    return CitationBody(
        report=citation.report,
        source=citation.source,
        report_name=citation.report_name,
        key=citation.key,
        paragraph=citation.paragraph,
        inferred=citation.inferred,
        where=citation.where,
        page=citation.page,
        quote=citation.quote,
        label=citation.label,
        spans=[(s.page, s.start, s.end) for s in citation.spans],
    )


def answer_body(answer: Answer, seconds: float) -> AnswerBody:
    """An answer as JSON."""
    return AnswerBody(
        status=answer.status.value,
        answer=answer.text,
        abstained=answer.abstained,
        citations=[citation_body(c) for c in answer.citations],
        nearest=[citation_body(c) for c in answer.nearest],
        notes=list(answer.notes),
        reports=list(answer.reports),
        dropped=answer.dropped,
        seconds=round(seconds, 4),
    )


def report_body(report: Report) -> ReportBody:
    """A report as JSON."""
    return ReportBody(
        id=report.id,
        source=report.source,
        title=report.title,
        authority=report.authority,
        framework=report.framework,
        inspected_from=report.inspected_from,
        inspected_to=report.inspected_to,
        published=report.published,
        warnings=list(report.warnings),
    )


def paragraph_body(report: Report, block: Block) -> ParagraphBody:
    """A block as JSON."""
    return ParagraphBody(
        report=report.id,
        key=block.key,
        label=block.label,
        inferred=block.inferred,
        kind=block.kind.value,
        section=block.section,
        text=block.text,
        spans=[(s.page, s.start, s.end) for s in block.spans],
    )


def report_bodies(reports: Sequence[Report]) -> list[ReportBody]:
    """Reports as JSON."""
    return [report_body(report) for report in reports]
