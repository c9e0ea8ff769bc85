"""One JSON file a report: its pages, blocks and facts. The contract is in the README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from index.catalog import Catalog, Report, fact_data
from index.models import FURNITURE, Block, BlockKind


def export_report(catalog: Catalog, report: Report) -> dict[str, Any]:
    """A report as data. Running lines and page numbers are under ``furniture``."""
    blocks = catalog.blocks(report.number)
    dates = {
        "inspected_from": report.inspected_from,
        "inspected_to": report.inspected_to,
        "published": report.published,
    }
    return {
        "report": report.id,
        "source": report.source,
        "sha256": report.sha256,
        "title": report.title,
        "authority": report.authority,
        "framework": report.framework,
        "dates": {name: day.isoformat() if day else None for name, day in dates.items()},
        "pages": [page.text for page in catalog.pages(report.number)],
        "paragraphs": [_block(b) for b in blocks if b.kind not in FURNITURE],
        "furniture": [_block(b) for b in blocks if b.kind in FURNITURE],
        "footnotes": {block.key: list(block.notes) for block in blocks if block.notes},
        "facts": [fact_data(fact) for _, fact in catalog.facts(report.number)],
    }


def export_all(catalog: Catalog, folder: Path) -> list[Path]:
    """Write every report's JSON into ``folder``; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for report in catalog.reports():
        target = folder / f"{report.id}.json"
        data = export_report(catalog, report)
        target.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        written.append(target)
    return written


def _block(block: Block) -> dict[str, Any]:
    numbered = block.kind is BlockKind.PARAGRAPH
    return {
        "key": block.key,
        "label": block.label if numbered else None,
        "inferred": block.inferred,
        "section": block.section,
        "kind": block.kind.value,
        "spans": [[span.page, span.start, span.end] for span in block.spans],
        "text": block.text,
    }
