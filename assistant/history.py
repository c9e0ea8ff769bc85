"""Conversations kept in the catalog, read back, and written out with their citations."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from assistant.bodies import AnswerBody, CitationBody, TurnBody, answer_body
from assistant.models import Answer, Citation, Conversation, Intent, Scope, Status, Turn
from assistant.questions import understand
from assistant.scope import Authorities
from index.catalog import Catalog
from index.models import Span

FORMATS = {
    "md": "text/markdown",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""Endings that a conversation can be written in, and their media types."""
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~$])")


def keep_turn(catalog: Catalog, conversation: str, asked: str, turn: Turn, seconds: float) -> None:
    """Add a turn to a conversation in the catalog."""
    body = TurnBody(
        asked=asked,
        question=turn.question,
        intent=turn.answer.intent.value,
        at=datetime.now(UTC),
        answer=answer_body(turn.answer, seconds),
    )
    catalog.add_turn(conversation, body.model_dump(mode="json"))


def load_turns(catalog: Catalog, conversation: str) -> list[TurnBody]:
    """The turns of a conversation, oldest first; none for one that is not known."""
    return [TurnBody.model_validate(data) for data in catalog.turns(conversation)]


def resume(catalog: Catalog, conversation: str, authorities: Authorities) -> Conversation:
    """A conversation as it stood, ready for a follow-up."""
    found = Conversation(conversation)
    by_id = {report.id: report for report in authorities.reports}
    for body in load_turns(catalog, conversation):
        reports = tuple(by_id[key] for key in body.answer.reports if key in by_id)
        scope = Scope(reports, named=True, pinned=True)
        understood = understand(body.question, scope, authorities)
        answer = _answer(body.answer, Intent(body.intent))
        found.turns.append(Turn(body.question, answer, understood, scope))
    return found


def _answer(body: AnswerBody, intent: Intent) -> Answer:
    return Answer(
        status=Status(body.status),
        text=body.answer,
        citations=tuple(_citation(c) for c in body.citations),
        nearest=tuple(_citation(c) for c in body.nearest),
        notes=tuple(body.notes),
        reports=tuple(body.reports),
        intent=intent,
        dropped=body.dropped,
    )


def _citation(body: CitationBody) -> Citation:
    return Citation(
        report=body.report,
        source=body.source,
        report_name=body.report_name,
        key=body.key,
        paragraph=body.paragraph,
        inferred=body.inferred,
        where=body.where,
        page=body.page,
        quote=body.quote,
        spans=tuple(Span(*span) for span in body.spans),
    )


def write_conversation(turns: Sequence[TurnBody], ending: str) -> bytes:
    """A conversation with its citations, as ``md``, ``docx`` or ``json`` (see FORMATS)."""
    if ending == "json":
        data = [turn.model_dump(mode="json") for turn in turns]
        return json.dumps(data, ensure_ascii=False, indent=1).encode()
    return _markdown(turns).encode() if ending == "md" else _word(turns)


def _markdown(turns: Sequence[TurnBody]) -> str:
    lines = ["# Questions about inspection reports", ""]
    for turn in turns:
        lines += [f"## {_escaped(turn.asked)}", ""]
        lines += [f"{_escaped(line)}  " for line in turn.answer.answer.split("\n")]
        lines.append("")
        for citation in turn.answer.citations or turn.answer.nearest:
            lines.append(f"> {_escaped(citation.quote)}")
            lines.append(f"> \u2014 {_escaped(_source(citation))}")
            lines.append("")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text that Markdown shows letter for letter: nothing of a report's loads or links."""
    return _MARKUP.sub(r"\\\1", text)


def _word(turns: Sequence[TurnBody]) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Questions about inspection reports", 0)
    for turn in turns:
        document.add_heading(_printable(turn.asked), 2)
        for line in turn.answer.answer.split("\n"):
            document.add_paragraph(_printable(line))
        for citation in turn.answer.citations or turn.answer.nearest:
            document.add_paragraph(_printable(citation.quote), style="Quote")
            document.add_paragraph(_printable(f"\u2014 {_source(citation)}"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _printable(text: str) -> str:
    return _NOT_XML.sub(" ", text)


def _source(citation: CitationBody) -> str:
    return f"{citation.label}, {citation.report_name} ({citation.source})"
