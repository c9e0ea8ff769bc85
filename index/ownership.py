"""One process owns an index: an exclusive lock on a file in its folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import FolderNotUsable, IndexInUse


def index_mark(folder: Path) -> str:
    """A short mark of an index's folder, by which a client knows a server's index for its own
    without the path being told."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]


def own(folder: Path) -> FileLock:
    """Take the index; release with ``.release()`` or by ending the process.

    Raises:
        IndexInUse: another process has it.
        FolderNotUsable: it cannot be made or written.
    """
    lock = FileLock(folder / "owner.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexInUse(
            f"Another process is using the index in {folder}. Ask through it (`inspections ask` "
            "does so when the server runs), or stop it first."
        ) from error
    except OSError as error:
        raise FolderNotUsable(
            f"The index cannot be kept in {folder} ({error.strerror or error}). Give a folder you "
            "may write to: INSPECTIONS_INDEX__FOLDER=PATH."
        ) from error
    return lock
