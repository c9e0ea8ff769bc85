"""Scans to readable copies, through the program ocrmypdf where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from index.errors import NoText


def recognise(path: Path, target: Path) -> Path:
    """Make a copy of a scan with its text behind the pictures, at ``target``.

    Raises:
        NoText: ocrmypdf is not installed, or found no text either.
    """
    program = shutil.which("ocrmypdf")
    if program is None:
        raise NoText(
            f"{path.name} is a scan, and ocrmypdf is not installed. Install it (`pip install "
            "'inspection-assistant[ocr]'` and Tesseract) and index the file again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".ocr")
    done = subprocess.run(
        [program, "--quiet", "--skip-text", str(path), str(partial)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        partial.unlink(missing_ok=True)
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise NoText(f"{path.name} is a scan, and ocrmypdf failed on it: {reason[:300]}.")
    partial.replace(target)
    return target
