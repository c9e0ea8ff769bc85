"""The command ``inspections``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from assistant.bodies import AnswerBody, answer_body, report_bodies
from assistant.client import Client
from assistant.errors import AskError
from assistant.settings import Settings
from index.errors import InspectionIndexError

app = typer.Typer(
    help="Ask questions about inspection reports and get the paragraphs that answer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console()
err = Console(stderr=True)

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2


@contextmanager
def _named_errors() -> Iterator[None]:
    """Print what went wrong and what to do; exit 2."""
    try:
        yield
    except (AskError, InspectionIndexError) as error:
        err.print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(EXIT_BAD_INPUT) from error


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        err.print(f"[red]The settings are wrong: {escape(problems)}[/red]")
        raise typer.Exit(EXIT_BAD_INPUT) from error


@contextmanager
def _owned_index(settings: Settings) -> Iterator[Any]:
    from index.build import Index
    from index.ownership import own

    lock = own(settings.index.folder)
    index = Index(settings.index)
    try:
        yield index
    finally:
        index.close()
        lock.release()


def _server(settings: Settings) -> Client | None:
    """The client of the server that owns the index in the settings, if it runs.

    A server of another index at the same address is left alone: its answers would be about
    other reports.
    """
    from index.ownership import index_mark

    client = Client(f"http://{settings.api.host}:{settings.api.port}")
    return client if client.index_mark() == index_mark(settings.index.folder) else None


@app.command()
def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders to look through.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option(help="Make the vector index anew from the catalog; embeds nothing.")
    ] = False,
    prune: Annotated[
        bool, typer.Option(help="Take out reports whose files are gone from the folders given.")
    ] = False,
    reread: Annotated[
        bool, typer.Option(help="Read unchanged files again, as this version reads them.")
    ] = False,
) -> None:
    """Read reports into the index. Unchanged files are skipped."""
    settings = _settings()
    with _named_errors(), _owned_index(settings) as opened:
        if rebuild:
            rows = opened.vectors.rebuild()
            out.print(f"Vector index rebuilt: {rows:,} passages.")
        if not paths:
            if rebuild:
                return
            err.print("[red]Give at least one file or folder.[/red]")
            raise typer.Exit(EXIT_BAD_INPUT)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[read]}"),
        )
        with Progress(*columns, console=err) as bar:
            task = bar.add_task("Reading", total=None, read="")
            summary = opened.add_files(
                paths,
                lambda p: bar.update(
                    task,
                    completed=p.done,
                    total=p.total,
                    read=f"{p.pages:,} pages ({p.rate:.0f}/s), {p.paragraphs:,} paragraphs",
                ),
                prune=prune,
                reread=reread,
            )
    _print_summary(summary)
    if summary.not_read and not (summary.added or summary.unchanged):
        raise typer.Exit(EXIT_FAILED)


def _print_summary(summary: Any) -> None:
    out.print(
        f"{len(summary.added)} reports read ({summary.pages:,} pages, {summary.paragraphs:,} numbered "
        f"paragraphs) in {summary.seconds:.1f} s; {len(summary.unchanged)} unchanged; "
        f"{len(summary.not_read)} not read."
    )
    for item in summary.not_read:
        out.print(f"  [yellow]not read[/yellow] {escape(item.reason)}")
    for report in summary.added:
        for warning in report.warnings:
            out.print(f"  [dim]{escape(report.id)}: {escape(warning)}[/dim]")
    for report in summary.pruned:
        out.print(f"  {escape(report.id)} taken out: its file is gone.")
    for change in summary.changes:
        _print_change(change)


def _print_change(change: Any) -> None:
    out.print(f"  {escape(change.report)} took the place of the version before:")
    for title, items in (
        ("new paragraphs", change.paragraphs_added),
        ("paragraphs gone", change.paragraphs_gone),
        ("paragraphs reworded", change.paragraphs_reworded),
        ("new facts", change.facts_added),
        ("facts gone", change.facts_gone),
    ):
        if items:
            shown = ", ".join(items[:20]) + (f" and {len(items) - 20} more" if items[20:] else "")
            out.print(f"    {title}: {escape(shown)}")
    if not any((change.paragraphs_added, change.paragraphs_gone, change.paragraphs_reworded,
                change.facts_added, change.facts_gone)):  # fmt: skip
        out.print("    the same paragraphs and facts")


@app.command()
def reports(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    reading: Annotated[
        bool, typer.Option("--reading", help="How well each report was read.")
    ] = False,
) -> None:
    """List the reports in the index."""
    settings = _settings()
    with _named_errors():
        client = _server(settings)
        if client is not None and not reading:
            listed = client.reports()
        else:
            with _owned_index(settings) as opened:
                if reading:
                    _print_reading(opened)
                    return
                listed = report_bodies(opened.catalog.reports())
    if as_json:
        print(json.dumps([r.model_dump(mode="json") for r in listed], indent=1))
        return
    table = Table("id", "authority", "inspected", "published", "framework")
    for report in listed:
        table.add_row(
            report.id,
            report.authority,
            f"{report.inspected_from or ''} – {report.inspected_to or ''}",
            str(report.published or ""),
            report.framework,
        )
    out.print(table)


def _print_reading(opened: Any) -> None:
    from index.paragraphs import summarise

    table = Table(
        "report", "pages", "paragraphs", "runs", "gaps", "repeats", "inferred", "characters by kind"
    )
    for report in opened.catalog.reports():
        summary = summarise(
            opened.catalog.blocks(report.number), len(opened.catalog.pages(report.number))
        )
        total = sum(summary.characters.values()) or 1
        shares = ", ".join(
            f"{kind} {100 * count / total:.1f}%"
            for kind, count in sorted(summary.characters.items(), key=lambda item: -item[1])
        )
        table.add_row(
            report.id,
            str(summary.pages),
            str(summary.paragraphs),
            str(summary.runs),
            ", ".join(summary.gaps),
            ", ".join(summary.repeats),
            ", ".join(summary.inferred),
            shares,
        )
    out.print(table)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")] = "",
    report: Annotated[
        list[str] | None, typer.Option("--report", help="Ask only of this report; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    batch: Annotated[
        Path | None, typer.Option(help="Questions from a JSON-lines file instead.")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where the batch's answers go.")
    ] = None,
) -> None:
    """Ask a question about the reports."""
    settings = _settings()
    with _named_errors():
        if batch is not None:
            _ask_batch(settings, batch, out_file)
            return
        client = _server(settings)
        if client is not None:
            body = client.ask(question, list(report or []))
        else:
            body = _ask_here(settings, question, list(report or []))
    if as_json:
        print(body.model_dump_json(indent=1))
    else:
        print_answer(question, body)


def _ask_here(settings: Settings, question: str, chosen: list[str]) -> AnswerBody:
    from assistant.assistant import Assistant

    with _owned_index(settings) as opened:
        began = time.perf_counter()
        answer = Assistant(opened, settings.model).ask(question, chosen)
        return answer_body(answer, time.perf_counter() - began)


def _ask_batch(settings: Settings, batch: Path, out_file: Path | None) -> None:
    from assistant.assistant import Assistant
    from assistant.batch import answer_batch, read_batch, write_lines

    if out_file is None:
        err.print("[red]Give --out with --batch: the file the answers go to.[/red]")
        raise typer.Exit(EXIT_BAD_INPUT)
    lines = read_batch(batch)
    with _owned_index(settings) as opened:
        count = write_lines(out_file, answer_batch(Assistant(opened, settings.model), lines))
    out.print(f"{count} answers written to {out_file}.")


def print_answer(question: str, body: AnswerBody) -> None:
    """An answer on the terminal."""
    out.print(f"[bold]{escape(question)}[/bold]")
    style = "yellow" if body.abstained else "default"
    out.print(f"[{style}]{escape(body.answer)}[/{style}]")
    shown = body.citations or body.nearest
    if body.abstained and shown:
        out.print("[dim]What comes nearest:[/dim]")
    for citation in shown[:12]:
        out.print(
            f"  \u201c{escape(citation.quote)}\u201d\n    [dim]{escape(citation.label)} — "
            f"{escape(citation.report_name)} ({escape(citation.source)})[/dim]"
        )
    out.print(f"[dim]{body.seconds:.2f} s[/dim]")


@app.command()
def remove(report: Annotated[str, typer.Argument(help="Id of the report.")]) -> None:
    """Take a report out of the index."""
    with _named_errors(), _owned_index(_settings()) as opened:
        gone = opened.remove(opened.catalog.find_report(report).id)
    out.print(f"{gone.id} removed.")


@app.command()
def export(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder the JSON files go to.")],
) -> None:
    """Write one JSON file a report: pages, paragraphs, facts."""
    from assistant.export import export_all

    with _named_errors(), _owned_index(_settings()) as opened:
        written = export_all(opened.catalog, out_folder)
    out.print(f"{len(written)} reports written to {out_folder}.")


ReportOption = Annotated[
    list[str] | None, typer.Option("--report", help="Only this report; repeatable.")
]
SheetOption = Annotated[
    Path | None, typer.Option("--out", help="File for the rows: .csv, .xlsx or .json.")
]


@app.command()
def facts(
    kind: Annotated[
        str,
        typer.Option(help="judgement, date, person, action, previous_grade or quantity."),
    ] = "judgement",
    report: ReportOption = None,
    out_file: SheetOption = None,
) -> None:
    """Facts read off the reports, each with its page, paragraph and quote."""
    from assistant.citations import Quoter
    from assistant.sheets import fact_sheet

    with _named_errors(), _owned_index(_settings()) as opened:
        chosen = [opened.catalog.find_report(name) for name in report or []]
        sheet = fact_sheet(opened.catalog, Quoter(opened.catalog), kind, chosen)
        _give(sheet, out_file)


@app.command()
def checks(report: ReportOption = None, out_file: SheetOption = None) -> None:
    """Where reports contradict themselves, with both quotes."""
    from assistant.checks import Checker, check_sheet
    from assistant.citations import Quoter

    with _named_errors(), _owned_index(_settings()) as opened:
        checker = Checker(opened.catalog, Quoter(opened.catalog))
        chosen = [opened.catalog.find_report(name) for name in report or []]
        found = [f for r in chosen or opened.catalog.reports() for f in checker.check(r)]
        _give(check_sheet(found), out_file)


@app.command()
def compare(
    area: Annotated[str, typer.Argument(help="An area in plain words, such as 'leadership'.")],
    report: ReportOption = None,
    out_file: SheetOption = None,
) -> None:
    """The grades for one area over reports, by authority and date, with each change."""
    from assistant.citations import Quoter
    from assistant.comparing import compare_area, find_area

    with _named_errors(), _owned_index(_settings()) as opened:
        chosen = [opened.catalog.find_report(name) for name in report or []]
        key = find_area(area, opened.catalog)
        _give(compare_area(opened.catalog, Quoter(opened.catalog), key, chosen), out_file)


@app.command()
def actions(
    authority: Annotated[str, typer.Argument(help="The authority's name, or 'all'.")],
    out_file: SheetOption = None,
) -> None:
    """What an authority was asked to do, and what its later reports say of each."""
    from assistant.citations import Quoter
    from assistant.errors import NoSuchAuthority
    from assistant.following import Follower, action_sheet
    from assistant.query_map import load_query_map
    from assistant.ranker import load_ranker
    from assistant.reader import load_reader
    from assistant.retrieval import Retriever
    from assistant.scope import Authorities

    with _named_errors(), _owned_index(_settings()) as opened:
        authorities = Authorities(opened.catalog.reports())
        named = list(dict.fromkeys(name for _, _, name in authorities.find(authority)))
        families = (
            authorities.families()
            if authority == "all"
            else [authorities.names[name] for name in named]
        )
        if not families:
            raise NoSuchAuthority(
                f"No report here is about '{authority}'. `inspections reports` lists those that are."
            )
        retriever = Retriever(opened, load_ranker(), load_reader(), load_query_map())
        follower = Follower(opened, Quoter(opened.catalog), retriever)
        _give(action_sheet([f for family in families for f in follower.follow(family)]), out_file)


def _give(sheet: Any, out_file: Path | None) -> None:
    """Write a sheet, or show it."""
    from assistant.sheets import write_sheet

    if out_file is not None:
        write_sheet(sheet, out_file)
        out.print(f"{len(sheet.rows):,} rows written to {out_file}.")
        return
    for record in sheet.as_records():
        for column, cell in record.items():
            if cell not in (None, ""):
                out.print(f"[dim]{column}:[/dim] {escape(str(cell))}")
        out.print()
    out.print(f"{len(sheet.rows):,} rows. Write them to a file with --out FILE.")


@app.command()
def serve(
    page: Annotated[bool, typer.Option("--page", help="Serve the page as well.")] = False,
) -> None:
    """Serve the API. This process then owns the index."""
    import uvicorn

    from assistant.api import create_app
    from index.ownership import own

    settings = _settings()
    with _named_errors():
        own(settings.index.folder).release()
        started = _start_page(settings) if page else None
        api = settings.api
        out.print(f"API: http://{api.host}:{api.port}/docs")
        if started is not None:
            out.print(f"Page: http://{api.host}:{api.ui_port}")
        # uvicorn raises the signal again once it has shut down; without a handler of our own
        # the process would end there and leave the page running
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            uvicorn.run(create_app(settings), host=api.host, port=api.port, log_level="warning")
        finally:
            if started is not None:
                started.terminate()
                started.wait(10)


@app.command()
def ui() -> None:
    """Serve the page. It asks the API, which must be running."""
    settings = _settings()
    if _server(settings) is None:
        err.print("[yellow]The API is not running yet; start it with `inspections serve`.[/yellow]")
    raise typer.Exit(_start_page(settings).wait())


def _start_page(settings: Settings) -> subprocess.Popen[bytes]:
    page = Path(__file__).resolve().parents[1] / "ui" / "page.py"
    command = [
        sys.executable, "-m", "streamlit", "run", str(page),
        "--server.port", str(settings.api.ui_port),
        "--server.address", settings.api.host,
        "--server.headless", "true",
        "--browser.gatherUsageStats", "false",
    ]  # fmt: skip
    return subprocess.Popen(command)


@app.command(name="eval")
def evaluate(
    datasets: Annotated[list[Path] | None, typer.Argument(help="Dataset files.")] = None,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder of the run.")] = Path(
        "runs/latest"
    ),
    floor: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, the least a figure may be; repeatable. See the README."),
    ] = None,
    misses: Annotated[bool, typer.Option(help="Print the cases that went wrong.")] = False,
    answers: Annotated[
        Path | None, typer.Option(help="Score an earlier run's answers.jsonl; ask nothing.")
    ] = None,
) -> None:
    """Ask cases with known answers and score what comes back."""
    import importlib

    runs = importlib.import_module("eval.runs")
    with _named_errors(), _owned_index(_settings()) as opened:
        code = runs.run_eval(
            opened, list(datasets or []), out_folder, list(floor or []), misses, out, answers
        )
    raise typer.Exit(code)


@app.command()
def calibrate(
    cases: Annotated[
        list[Path], typer.Argument(help="Files of answerable and unanswerable cases.")
    ],
    wrongly: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Share of the answerable that may be declined.")
    ] = 0.03,
    beside: Annotated[
        bool, typer.Option(help="Average with the gate there is, by questions of each.")
    ] = False,
    save: Annotated[bool, typer.Option(help="Keep the gate that was fitted.")] = False,
) -> None:
    """Refit when to decline, and print the curve of declined against wrongly declined."""
    import importlib

    train_gate = importlib.import_module("eval.train_gate")
    with _named_errors(), _owned_index(_settings()) as opened:
        train_gate.calibrate(opened, cases, wrongly, save, out, beside=beside)


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
