"""A client of the API: what the page and the command line ask through."""

from __future__ import annotations

from pathlib import Path

import httpx

from assistant.bodies import AnswerBody, AskBody, ParagraphBody, ReportBody, TurnBody
from assistant.errors import AskError, ServerUnreachable


class Client:
    """Asks a running server."""

    def __init__(self, address: str, timeout: float = 120.0) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, timeout=timeout, trust_env=False)

    def is_up(self) -> bool:
        """Whether the server answers."""
        return self.index_mark() is not None

    def index_mark(self) -> str | None:
        """The mark of the index that the server owns; None if no server answers."""
        try:
            answer = self._http.get("/healthz", timeout=2.0)
            return str(answer.json()["index"]) if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError, KeyError):
            return None

    def ask(self, question: str, reports: list[str], conversation: str = "") -> AnswerBody:
        """Ask a question.

        Raises:
            ServerUnreachable: nobody answers.
            AskError: with the server's own message.
        """
        body = AskBody(question=question, reports=reports, conversation=conversation)
        return AnswerBody.model_validate(self._post("/v1/ask", json=body.model_dump()))

    def conversation(self, key: str) -> list[TurnBody]:
        """The turns of a conversation so far."""
        found = self._get(f"/v1/conversations/{key}").json()
        return [TurnBody.model_validate(item) for item in found]

    def export(self, key: str, ending: str) -> bytes:
        """A conversation as a file: ``md``, ``docx`` or ``json``."""
        return self._get(f"/v1/conversations/{key}/export.{ending}").content

    def reports(self) -> list[ReportBody]:
        """The reports loaded."""
        return [ReportBody.model_validate(item) for item in self._get("/v1/reports").json()]

    def paragraph(self, report: str, key: str) -> ParagraphBody:
        """One paragraph."""
        return ParagraphBody.model_validate(
            self._get(f"/v1/reports/{report}/paragraphs/{key}").json()
        )

    def page_image(self, report: str, page: int, spans: list[tuple[int, int, int]]) -> bytes:
        """A page as PNG with spans boxed."""
        listed = ",".join(":".join(map(str, span)) for span in spans)
        return self._get(f"/v1/reports/{report}/pages/{page}.png", params={"spans": listed}).content

    def add_report(self, name: str, content: bytes) -> ReportBody:
        """Send a report to be read and added."""
        return ReportBody.model_validate(
            self._post("/v1/reports", files={"file": (Path(name).name, content)})
        )

    def _get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        return self._checked(lambda: self._http.get(path, params=params))

    def _post(self, path: str, **kwargs: object) -> object:
        return self._checked(lambda: self._http.post(path, **kwargs)).json()  # type: ignore[arg-type]

    def _checked(self, send: object) -> httpx.Response:
        try:
            response: httpx.Response = send()  # type: ignore[operator]
        except httpx.HTTPError as error:
            raise ServerUnreachable(
                f"No server answers at {self.address} ({error}). Start one with `inspections serve`."
            ) from error
        if response.status_code >= 400:
            raise AskError(_detail(response))
        return response


def _detail(response: httpx.Response) -> str:
    try:
        data = response.json()
    except ValueError:
        return f"The server answered {response.status_code}."
    detail = data.get("detail") if isinstance(data, dict) else None
    return (
        detail
        if isinstance(detail, str)
        else f"The server answered {response.status_code}: {detail}"
    )
