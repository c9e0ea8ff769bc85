"""Word documents to rows, through python-docx.

Word keeps automatic paragraph numbers apart from the text; they are counted out here as
Word would show them, since they are what a report is cited by. Pages are those at which
Word last broke the document; without such marks the document is one page.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import DamagedFile, EmptyFile, EncryptedFile, FileTooLarge, NotAReport
from index.models import Page
from index.reports.rows import Row, page_of
from index.reports.text import clean

_MAX_UNPACKED = 300 * 1024 * 1024
"""Bytes; a document that unpacks to more is a bomb, or a picture album."""
_OLE = b"\xd0\xcf\x11\xe0"


def read_docx(path: Path) -> tuple[Page, ...]:
    """Read a Word document (.docx).

    Raises:
        NotAReport, DamagedFile, EncryptedFile, EmptyFile, FileTooLarge: named, with what to do.
    """
    document = _open(path)
    numbers = _Numbers(document)
    pages: list[list[Row]] = [[]]
    by_render = bool(_xpath(document.element.body, ".//w:lastRenderedPageBreak"))
    for element in document.element.body.iterchildren():
        if element.tag.endswith("}tbl"):
            pages[-1] += [*_table_rows(element), Row("")]
        elif element.tag.endswith("}p"):
            if _breaks_page(element, by_render) and pages[-1]:
                pages.append([])
            pages[-1] += _paragraph_rows(document, element, numbers, pages[-1])
    if not any(row.text.strip() for page in pages for row in page):
        raise EmptyFile(
            f"{path.name} holds no text: its pages may be pictures. Save it as PDF, run OCR on "
            "it, and index that."
        )
    return tuple(page_of(number, rows) for number, rows in enumerate(pages, start=1))


def _open(path: Path) -> Any:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_OLE):
        raise EncryptedFile(
            f"{path.name} is an old Word file or protected by a password. Save it as .docx "
            "without one and index that."
        )
    if not head.startswith(b"PK"):
        raise NotAReport(
            f"{path.name} is named .docx but is not a Word document. Give the file its true ending."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            names = {item.filename for item in archive.infolist()}
            unpacked = sum(item.file_size for item in archive.infolist())
        if "word/document.xml" not in names:
            raise NotAReport(
                f"{path.name} is named .docx but is another kind of ZIP archive. Give the file "
                "its true ending."
            )
        if unpacked > _MAX_UNPACKED:
            raise FileTooLarge(
                f"{path.name} unpacks to {unpacked // 2**20} MB; the limit is "
                f"{_MAX_UNPACKED // 2**20} MB. Take the pictures out of it."
            )
        return docx.Document(str(path))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, OSError) as error:
        raise DamagedFile(
            f"{path.name} is damaged or was cut off while downloading. Download it again."
        ) from error
    except SyntaxError as error:  # lxml's XMLSyntaxError
        raise DamagedFile(f"{path.name} holds broken XML. Save it anew from Word.") from error


def _breaks_page(paragraph: Any, by_render: bool) -> bool:
    mark = ".//w:lastRenderedPageBreak" if by_render else './/w:br[@w:type="page"]'
    return bool(_xpath(paragraph, mark) or _xpath(paragraph, "./w:pPr/w:pageBreakBefore"))


def _paragraph_rows(
    document: Any, element: Any, numbers: _Numbers, before: list[Row]
) -> Iterator[Row]:
    """A paragraph as a row (more where it holds line breaks) with the space above it."""
    from docx.text.paragraph import Paragraph

    paragraph = Paragraph(element, document)
    text = clean(paragraph.text).strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    label = numbers.label(paragraph)
    if not text:
        return
    heading = bool(re.match(r"(?:Heading|Title)\b", style))
    bullet = label == "\u2022"
    after_bullet = bool(before) and before[-1].text.lstrip().startswith("\u2022")
    introduces = bool(before) and before[-1].text.rstrip().endswith((":", ";"))
    if not (bullet and (after_bullet or introduces)):
        yield Row("")
    for part in text.split("\n"):
        yield Row(f"{label} {part}".strip() if label else part, heading)
        label = ""


def _table_rows(table: Any) -> Iterator[Row]:
    yield Row("")
    for row in _xpath(table, "./w:tr"):
        cells = []
        for cell in _xpath(row, "./w:tc"):
            words = [
                "".join(t.text or "" for t in _xpath(p, ".//w:t")) for p in _xpath(cell, ".//w:p")
            ]
            cells.append(" ".join(clean(word).replace("\t", " ").strip() for word in words if word))
        yield Row("\t".join(cells).replace("\n", " "))


class _Numbers:
    """Automatic numbers, counted as Word shows them."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        part = next(
            (
                r.target_part
                for r in document.part.rels.values()
                if r.reltype.endswith("/numbering")
            ),
            None,
        )
        if part is None:
            return
        root = part.element
        for abstract in _xpath(root, "./w:abstractNum"):
            self._levels[_attribute(abstract, "abstractNumId")] = {
                int(_attribute(level, "ilvl")): _level(level)
                for level in _xpath(abstract, "./w:lvl")
            }
        for number in _xpath(root, "./w:num"):
            self._abstract[_attribute(number, "numId")] = _value(number, "abstractNumId")

    def label(self, paragraph: Any) -> str:
        """The number in front of a paragraph; a bullet for a list, empty for none."""
        number, level = self._place(paragraph)
        abstract = self._abstract.get(number, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        form, pattern, start = levels[level]
        if form == "bullet":
            return "\u2022"
        counts = self._counts.setdefault(abstract, {})
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [depth for depth in counts if depth > level]:
            del counts[deeper]

        def shown(match: re.Match[str]) -> str:
            depth = int(match.group(1)) - 1
            form_there, _, start_there = levels.get(depth, ("decimal", "", 1))
            return _printed(counts.get(depth, start_there), form_there)

        return "" if form == "none" else re.sub(r"%(\d)", shown, pattern)

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Number id and level of a paragraph: its own, or its style's."""
        found = _xpath(paragraph._p, "./w:pPr/w:numPr")
        style = paragraph.style
        while not found and style is not None:
            found = _xpath(style.element, "./w:pPr/w:numPr")
            style = style.base_style
        if not found:
            return "", 0
        return _value(found[0], "numId"), int(_value(found[0], "ilvl") or 0)


def _level(level: Any) -> tuple[str, str, int]:
    return (
        _value(level, "numFmt") or "decimal",
        _value(level, "lvlText"),
        int(_value(level, "start") or 1),
    )


def _xpath(element: Any, expression: str) -> list[Any]:
    """Elements by an XPath in Word's namespace ``w``; python-docx knows it on its own classes
    only."""
    from docx.oxml.ns import nsmap
    from lxml import etree

    found: list[Any] = etree.XPath(expression, namespaces={"w": nsmap["w"]})(element)
    return found


def _attribute(element: Any, name: str) -> str:
    from docx.oxml.ns import qn

    return str(element.get(qn(f"w:{name}")) or "")


def _value(element: Any, child: str) -> str:
    found = _xpath(element, f"./w:{child}")
    return _attribute(found[0], "val") if found else ""


def _printed(number: int, form: str) -> str:
    if form.endswith("Letter"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if form.startswith("upper") else letters
    if form.endswith("Roman"):
        roman = _roman(number)
        return roman.upper() if form.startswith("upper") else roman
    return str(number)


def _roman(number: int) -> str:
    out = ""
    for value, sign in (
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
        (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ):  # fmt: skip
        while number >= value:
            out, number = out + sign, number - value
    return out
