"""Tiny builders of reports for the tests."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples" / "reports"

Placed = tuple[float, float, str]
"""(left, distance from the top, text), in points."""


def make_pdf(path: Path, pages: list[list[Placed]], password: str = "") -> Path:
    """A PDF with text at the places given, 12 point, one list a page."""
    encryption = StandardEncryption(password, "owner") if password else None
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1, encrypt=encryption)
    for page in pages:
        canvas.setFont("Helvetica", 12)
        for left, top, text in page:
            canvas.drawString(left, 842 - top, text)
        canvas.showPage()
    canvas.save()
    return path


def numbered(labels: list[str], start: float = 100) -> list[Placed]:
    """Paragraphs of two lines with hanging numbers, a blank line between them."""
    placed: list[Placed] = []
    top = start
    for label in labels:
        placed.append((72, top, label))
        placed.append((100, top, f"Paragraph {label} says that the council acts on what it"))
        placed.append((100, top + 14, "hears from children and from their carers each year."))
        top += 42
    return placed


def scan(path: Path) -> Path:
    """A page that is all picture and no text."""
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    canvas.rect(100, 100, 300, 500, fill=1)
    canvas.showPage()
    canvas.save()
    return path
