"""Pages as pictures with spans boxed, and the boxes of any span."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from index.models import Box, Span
from index.reports.pdf import character_boxes, render_page

_SCALE = 1.6
_INK = (255, 196, 0)


def span_boxes(path: Path, span: Span) -> list[Box]:
    """One box a printed line, tight to the words of ``span`` (PDF only)."""
    text, boxes = character_boxes(path, span.page)
    found: list[Box] = []
    current: Box | None = None
    for char, box in zip(text[span.start : span.end], boxes[span.start : span.end], strict=True):
        if char == "\n":
            if current is not None:
                found.append(current)
            current = None
        elif box is not None:
            current = box if current is None else _around(current, box)
    if current is not None:
        found.append(current)
    return found


def draw_page(path: Path, page: int, spans: Sequence[Span]) -> bytes:
    """A page as PNG with the spans that lie on it boxed and tinted."""
    from PIL import Image, ImageDraw

    image = render_page(path, page, _SCALE)
    tint = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(tint)
    for span in spans:
        if span.page != page:
            continue
        for box in span_boxes(path, span):
            corners = (
                box.left * _SCALE - 2,
                box.top * _SCALE - 2,
                box.right * _SCALE + 2,
                box.bottom * _SCALE + 2,
            )
            pen.rectangle(corners, fill=(*_INK, 70), outline=(214, 120, 0, 255), width=2)
    drawn = Image.alpha_composite(image.convert("RGBA"), tint).convert("RGB")
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def _around(first: Box, second: Box) -> Box:
    return Box(
        min(first.left, second.left),
        min(first.top, second.top),
        max(first.right, second.right),
        max(first.bottom, second.bottom),
    )
