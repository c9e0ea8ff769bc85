"""The HTTP API. The process that serves it owns the index.

All work on the index happens on one thread (pdfium and the retriever are not for many);
requests queue for it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from assistant.assistant import Assistant
from assistant.bodies import (
    AnswerBody,
    AskBody,
    ParagraphBody,
    ReportBody,
    TurnBody,
    answer_body,
    paragraph_body,
    report_bodies,
    report_body,
)
from assistant.errors import AskError, EmptyIndex, EmptyQuestion, QuestionTooLong
from assistant.history import FORMATS, keep_turn, load_turns, resume, write_conversation
from assistant.models import Conversation
from assistant.settings import Settings
from index.build import Index
from index.drawing import draw_page
from index.errors import (
    IndexInUse,
    InspectionIndexError,
    NoSuchParagraph,
    NoSuchReport,
    ReportError,
)
from index.models import Span
from index.ownership import index_mark, own

MAX_BODY = 64 * 1024
MAX_UPLOAD = 100 * 1024 * 1024
MAX_CONVERSATIONS = 500

STATUSES: dict[type[Exception], int] = {
    EmptyQuestion: 422,
    QuestionTooLong: 413,
    EmptyIndex: 409,
    NoSuchReport: 404,
    NoSuchParagraph: 404,
    ReportError: 422,
    IndexInUse: 409,
    InspectionIndexError: 500,
    AskError: 400,
}
"""HTTP status of each error; the first class that fits, in this order."""

T = TypeVar("T")


class Service:
    """The owner of the index: one assistant on one thread, and its conversations."""

    def __init__(self, settings: Settings) -> None:
        self._lock = own(settings.index.folder)
        self.index = Index(settings.index)
        self.assistant = Assistant(self.index, settings.model)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._mending: threading.Thread | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` on the index's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def warm_up(self) -> None:
        """Load the model before the first question. A vector index that an unclean stop left
        behind is mended beside the questions, which search the catalog until it is."""
        self.index.encoder.encode(["ready"])
        if not self.index.vectors.open() and self.index.catalog.reports():
            self._mending = threading.Thread(target=self.index.vectors.bring_level, daemon=True)
            self._mending.start()
        gc.freeze()  # what is loaded stays: no collection need go through it amid a question

    def conversation(self, key: str) -> Conversation:
        """The conversation by that id, as the catalog has it; so many are held in memory."""
        if not key:
            return Conversation()
        if key not in self._conversations:
            authorities = self.assistant.authorities
            self._conversations[key] = resume(self.index.catalog, key, authorities)
        found = self._conversations[key]
        self._conversations.move_to_end(key)
        while len(self._conversations) > MAX_CONVERSATIONS:
            self._conversations.popitem(last=False)
        return found

    def ask(self, body: AskBody, say: Callable[[str], None] = lambda sentence: None) -> AnswerBody:
        """Answer a question, and keep the turn if it belongs to a conversation."""
        began = time.perf_counter()
        held = self.conversation(body.conversation)
        answer = self.assistant.ask(body.question, body.reports, held, say)
        seconds = time.perf_counter() - began
        if body.conversation:
            keep_turn(self.index.catalog, body.conversation, body.question, held.turns[-1], seconds)
        return answer_body(answer, seconds)

    def close(self) -> None:
        """Let go of the index."""
        self._thread.shutdown(wait=True)
        if self._mending is not None:
            self._mending.join()
        self.index.close()
        self._lock.release()


def create_app(settings: Settings) -> FastAPI:
    """The API over the index in ``settings``.

    Raises (when it starts):
        IndexInUse: another process owns the index.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = Service(settings)
        app.state.service = service
        await service.run(service.warm_up)
        yield
        service.close()

    app = FastAPI(title="inspection-assistant", version="0.1.0", lifespan=lifespan)

    @app.middleware("http")
    async def bound_body(
        request: Request, call_next: Callable[[Request], AsyncIterator[Response]]
    ) -> Response:
        limit = MAX_UPLOAD if request.url.path == "/v1/reports" else MAX_BODY
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            return _problem(413, "body_too_large", f"The body is over {limit:,} bytes.")
        response: Response = await call_next(request)  # type: ignore[misc]
        return response

    def answer_error(request: Request, error: Exception) -> JSONResponse:
        for kind, status in STATUSES.items():
            if isinstance(error, kind):
                name = getattr(error, "kind", _snake(type(error).__name__))
                return _problem(status, name, str(error))
        raise error

    app.add_exception_handler(AskError, answer_error)
    app.add_exception_handler(InspectionIndexError, answer_error)

    @app.get("/healthz")
    async def healthz(request: Request) -> dict[str, object]:
        """Whether the server answers, and how many reports it holds."""
        service: Service = request.app.state.service
        reports = await service.run(service.index.catalog.reports)
        return {
            "status": "ok",
            "reports": len(reports),
            "index": index_mark(settings.index.folder),
        }

    @app.post("/v1/ask")
    async def ask(body: AskBody, request: Request) -> AnswerBody:
        """Answer a question about the reports."""
        service: Service = request.app.state.service

        def work() -> AnswerBody:
            return service.ask(body)

        return await service.run(work)

    @app.post("/v1/ask/stream", response_class=EventSourceResponse)
    async def ask_streaming(body: AskBody, request: Request) -> AsyncIterator[ServerSentEvent]:
        """Answer a question; each sentence of a language model as an event ``sentence`` when
        it has passed the check, and the whole answer as an event ``answer`` at the end."""
        service: Service = request.app.state.service
        loop = asyncio.get_running_loop()
        said: asyncio.Queue[str | None] = asyncio.Queue()

        def say(sentence: str | None) -> None:
            loop.call_soon_threadsafe(said.put_nowait, sentence)

        def work() -> AnswerBody | JSONResponse:
            try:
                return service.ask(body, say)
            except (AskError, InspectionIndexError) as error:
                return answer_error(request, error)
            finally:
                say(None)

        running = asyncio.ensure_future(service.run(work))
        while (sentence := await said.get()) is not None:
            yield ServerSentEvent(event="sentence", data={"text": sentence})
        finished = await running
        if isinstance(finished, AnswerBody):
            yield ServerSentEvent(event="answer", data=finished.model_dump(mode="json"))
        else:
            yield ServerSentEvent(event="error", data=json.loads(bytes(finished.body)))

    @app.get("/v1/conversations/{key}")
    async def conversation(key: str, request: Request) -> list[TurnBody]:
        """The turns of a conversation so far."""
        service: Service = request.app.state.service
        return await service.run(lambda: load_turns(service.index.catalog, key))

    @app.get("/v1/conversations/{key}/export.{ending}")
    async def export(key: str, ending: Literal["md", "docx", "json"], request: Request) -> Response:
        """A conversation with its citations, as Markdown, Word or JSON."""
        service: Service = request.app.state.service

        def work() -> bytes:
            return write_conversation(load_turns(service.index.catalog, key), ending)

        return Response(await service.run(work), media_type=FORMATS[ending])

    @app.get("/v1/reports")
    async def reports(request: Request) -> list[ReportBody]:
        """The reports in the index."""
        service: Service = request.app.state.service
        return await service.run(lambda: report_bodies(service.index.catalog.reports()))

    @app.post("/v1/reports", status_code=201)
    async def add_report(file: UploadFile, request: Request) -> ReportBody:
        """Read and add a report; one with the same file name is replaced."""
        service: Service = request.app.state.service
        name = Path(file.filename or "report.pdf").name
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / re.sub(r"[^\w.\- ]", "_", name)[-200:]
            size = 0
            with target.open("wb") as out:
                while chunk := await file.read(1 << 20):
                    size += len(chunk)
                    if size > MAX_UPLOAD:
                        raise ReportError(f"{name} is over {MAX_UPLOAD // 2**20} MB. Split it.")
                    out.write(chunk)
            return await service.run(lambda: _add(service, target))

    @app.get("/v1/reports/{report_id}/paragraphs/{key}")
    async def paragraph(report_id: str, key: str, request: Request) -> ParagraphBody:
        """One paragraph (or other block) of a report."""
        service: Service = request.app.state.service

        def work() -> ParagraphBody:
            report = service.index.catalog.find_report(report_id)
            return paragraph_body(report, service.index.catalog.block(report.number, key))

        return await service.run(work)

    @app.get("/v1/reports/{report_id}/pages/{number}.png")
    async def page(report_id: str, number: int, request: Request, spans: str = "") -> Response:
        """A page drawn, with ``spans`` (``page:start:end,…``) boxed. PDF reports only."""
        service: Service = request.app.state.service

        def work() -> bytes:
            report = service.index.catalog.find_report(report_id)
            pages = len(service.index.catalog.pages(report.number))
            if report.format != "pdf" or not 1 <= number <= pages:
                raise NoSuchParagraph(
                    f"'{report_id}' has no drawn page {number}: it has {pages} pages, "
                    f"as {report.format}. Only PDF pages are drawn."
                )
            return draw_page(service.index.file_of(report), number, _parse_spans(spans))

        return Response(await service.run(work), media_type="image/png")

    return app


def _add(service: Service, path: Path) -> ReportBody:
    summary = service.index.add_files([path])
    service.assistant.refresh()
    if summary.not_read:
        raise ReportError(summary.not_read[0].reason)
    if summary.added:
        return report_body(summary.added[0])
    return report_body(service.index.catalog.find_report(path.name))


def _parse_spans(text: str) -> list[Span]:
    found = re.findall(r"(\d{1,6}):(\d{1,9}):(\d{1,9})", text[:4000])
    return [Span(int(p), int(s), int(e)) for p, s, e in found]


def _problem(status: int, kind: str, detail: str) -> JSONResponse:
    return JSONResponse({"error": kind, "detail": detail}, status_code=status)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
