"""Web pages to rows, through lxml's HTML parser: headings, paragraphs, lists and tables.

Scripts, menus, forms and hidden parts are left out; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import EmptyFile, NotAReport
from index.models import Page
from index.reports.rows import Row, page_of
from index.reports.text import clean, decode

_LEFT_OUT = (
    "script", "style", "noscript", "template", "head", "nav", "form", "button", "svg", "iframe",
    "object", "select",
)  # fmt: skip
_AROUND = ("header", "footer", "aside")
"""Left out around the page's main part, kept inside it."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    [
        *_HEADINGS,
        "p",
        "div",
        "section",
        "article",
        "main",
        "ul",
        "ol",
        "li",
        "table",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "hr",
        "address",
        "body",
        "br",
        "center",
    ]
)


def read_html(path: Path) -> tuple[Page, ...]:
    """Read a web page saved as a file.

    Raises:
        NotAReport: there is no HTML in it.
        EmptyFile: no text is left of it.
    """
    import lxml.html
    from lxml.etree import ParserError

    data = path.read_bytes()
    text = decode(data, path) if b"\x00" not in data[:4] else ""
    if "<" not in text:
        raise NotAReport(f"{path.name} is named as a web page but holds no HTML.")
    try:
        root = lxml.html.document_fromstring(text.encode(), parser=_parser())
    except ParserError as error:
        raise EmptyFile(f"{path.name} holds no text. Save the page again.") from error
    around = "[not(ancestor::main or ancestor::article)]"
    left_out = [f"//{tag}" for tag in _LEFT_OUT] + [f"//{tag}{around}" for tag in _AROUND]
    for element in root.xpath("|".join([*left_out, "//*[@hidden]"])):
        if element.getparent() is not None:
            element.drop_tree()
    body = root.find("body")
    rows = list(_rows(body if body is not None else root))
    if not any(row.text.strip() for row in rows):
        raise EmptyFile(
            f"{path.name} shows no text: the page may be filled in by a script. Print it to PDF "
            "and index that."
        )
    return (page_of(1, rows),)


def _parser() -> Any:
    import lxml.html

    return lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)


def _rows(element: Any) -> Iterator[Row]:
    """Rows of an element, blocks set off by empty ones."""
    words: list[str] = [element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "br":
            yield from _flush(words, False)
        elif tag == "table":
            yield from _flush(words, False)
            yield Row("")
            yield from _table_rows(child)
            yield Row("")
        elif tag in ("ul", "ol"):
            yield from _flush(words, False)
            yield from _list_rows(child, tag == "ol")
        elif tag in _BLOCKS or _holds_blocks(child):
            yield from _flush(words, False)
            yield Row("")
            if tag in _HEADINGS:
                yield from _flush([child.text_content()], True)
            else:
                yield from _rows(child)
            yield Row("")
        else:
            words.append(child.text_content())
        words.append(child.tail or "")
    yield from _flush(words, False)


def _flush(words: list[str], heading: bool) -> Iterator[Row]:
    text = " ".join(clean("".join(words)).split())
    words.clear()
    if text:
        yield Row(text, heading)


def _holds_blocks(element: Any) -> bool:
    return any(isinstance(e.tag, str) and e.tag in _BLOCKS for e in element.iterdescendants())


def _list_rows(element: Any, ordered: bool) -> Iterator[Row]:
    start = str(element.get("start") or "1")
    number = int(start) if start.isdigit() else 1
    for item in element.iterchildren("li"):
        value = str(item.get("value") or "")
        number = int(value) if value.isdigit() else number
        rows = [row for row in _rows(item) if row.text]
        for place, row in enumerate(rows):
            if place == 0:
                if ordered:
                    yield Row("")
                yield Row(f"{number}. {row.text}" if ordered else f"\u2022 {row.text}", row.heading)
            else:
                yield row
        number += 1


def _table_rows(table: Any) -> Iterator[Row]:
    for row in table.iter("tr"):
        cells = [" ".join(clean(c.text_content()).split()) for c in row.iterchildren("td", "th")]
        if any(cells):
            yield Row("\t".join(cells))
