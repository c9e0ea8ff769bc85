"""The page. Run by ``inspections ui``; everything it shows comes through the API's client.

Report and question text is shown as text: Markdown in it is escaped, so that nothing in a
report can load an image or open a link.
"""

from __future__ import annotations

import re
import uuid

import streamlit as st

from assistant.bodies import AnswerBody, CitationBody, ReportBody
from assistant.client import Client
from assistant.errors import AskError, ServerUnreachable
from assistant.settings import Settings

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")


def examples(reports: list[ReportBody]) -> list[str]:
    """Questions that can be asked of the reports loaded."""
    name = reports[0].authority
    return [
        "Which council got worse at leadership, and what does the report say?",
        f"How many children were in care in {name}?",
        f"What needs to improve in {reports[-1].authority}?",
    ]


def plain(text: str) -> str:
    """``text`` so that Markdown shows it letter for letter."""
    return _SPECIAL.sub(r"\\\1", text)


@st.cache_resource
def get_client() -> Client:
    """One client for the process."""
    settings = Settings()
    return Client(f"http://{settings.api.host}:{settings.api.port}")


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Inspection assistant", page_icon="🔎", layout="wide")
    client = get_client()
    key = st.query_params.setdefault("conversation", uuid.uuid4().hex)[:64]
    try:
        reports = client.reports()
        if "turns" not in st.session_state:
            st.session_state.turns = [(t.asked, t.answer) for t in client.conversation(key)]
    except ServerUnreachable as error:
        st.error(f"The server does not answer. {plain(str(error))}")
        st.stop()
        return
    selected = draw_sidebar(client, reports)
    st.title("Inspection assistant")
    st.caption("Answers from the reports' own words, with the paragraphs to prove it.")
    if not st.session_state.turns:
        draw_welcome(reports)
    for number, (question, answer) in enumerate(st.session_state.turns):
        draw_turn(client, number, question, answer)
    question = st.chat_input("Ask about the reports", max_chars=2000) or st.session_state.pop(
        "example", None
    )
    if question:
        answer_question(client, question, selected, key)
    if st.session_state.turns:
        draw_export(client, key)


def draw_export(client: Client, key: str) -> None:
    """The conversation as a file, with its citations."""
    with st.sidebar:
        ending = st.selectbox("Save this conversation as", ["docx", "md", "json"])
        st.download_button("Save", client.export(key, ending), f"questions.{ending}")


def draw_sidebar(client: Client, reports: list[ReportBody]) -> list[str]:
    """The reports loaded, the choice among them, and the upload; the ids chosen."""
    with st.sidebar:
        st.header("Reports")
        names = {r.id: f"{r.authority} {(r.inspected_to or r.published or '')}" for r in reports}
        chosen = st.multiselect(
            "Ask only of",
            list(names),
            format_func=lambda key: names[key],
            placeholder="all reports",
        )
        upload = st.file_uploader("Add a report", type=["pdf", "docx", "html", "htm", "txt", "md"])
        if upload is not None and st.session_state.get("uploaded") != upload.file_id:
            st.session_state.uploaded = upload.file_id
            with st.spinner(f"Reading {upload.name}"):
                try:
                    added = client.add_report(upload.name, upload.getvalue())
                    st.session_state.notice = f"{added.source} is loaded: {added.authority}."
                except AskError as error:
                    st.session_state.notice = str(error)
            st.rerun()
        if notice := st.session_state.get("notice"):
            st.info(plain(notice))
        st.caption(f"{len(reports)} loaded")
        for report in reports:
            with st.expander(plain(names[report.id])):
                st.text(report.title)
                st.text(f"{report.source}\n{report.framework}")
                for warning in report.warnings:
                    st.warning(plain(warning))
    return chosen


def draw_welcome(reports: list[ReportBody]) -> None:
    """What one can ask, before the first question."""
    if not reports:
        st.info("No reports are loaded yet. Add one on the left.")
        return
    shown = examples(reports)
    for column, example in zip(st.columns(len(shown)), shown, strict=True):
        if column.button(example, width="stretch"):
            st.session_state.example = example
            st.rerun()


def answer_question(client: Client, question: str, selected: list[str], key: str) -> None:
    """Ask, keep the turn, and draw again."""
    try:
        with st.spinner("Looking through the reports"):
            answer = client.ask(question, selected, key)
    except AskError as error:
        st.error(plain(str(error)))
        return
    st.session_state.turns.append((question, answer))
    st.rerun()


def draw_turn(client: Client, number: int, question: str, answer: AnswerBody) -> None:
    """A question and its answer with citations."""
    with st.chat_message("user"):
        st.markdown(plain(question))
    with st.chat_message("assistant"):
        for line in answer.answer.split("\n"):
            if line.startswith("- "):
                st.markdown(f"- {plain(line[2:])}")
            else:
                st.markdown(plain(line))
        for note in answer.notes:
            if note.startswith(("Written by", "In the reports' own words")):
                st.caption(plain(note))
        shown = answer.citations or answer.nearest
        if answer.abstained and shown:
            st.caption("What comes nearest:")
        for position, citation in enumerate(shown):
            draw_citation(client, f"{number}-{position}", citation, opened=position == 0)


def draw_citation(client: Client, key: str, citation: CitationBody, *, opened: bool) -> None:
    """A quote; opened, its whole paragraph and the page with the words boxed."""
    title = f"{plain(citation.label)} — {plain(citation.report_name)}"
    with st.expander(title, expanded=opened):
        st.markdown(f"> {plain(citation.quote)}")
        show = st.toggle("Show on the page", key=f"page-{key}", value=opened)
        if not show:
            return
        left, right = st.columns([2, 3])
        with left:
            if citation.key:
                paragraph = client.paragraph(citation.report, citation.key)
                st.caption(plain(paragraph.section or "The paragraph"))
                st.markdown(plain(paragraph.text))
        with right:
            try:
                image = client.page_image(citation.report, citation.page, citation.spans)
                st.image(image, caption=f"{citation.source}, page {citation.page}")
            except AskError as error:
                st.caption(plain(str(error)))


if __name__ == "__main__":
    main()
