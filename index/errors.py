"""What can go wrong while reading and keeping reports.

The tree::

    ReportError                 something about one file; the others go on
    ├── NotAReport              the file is not what its name says
    ├── EmptyFile
    ├── DamagedFile             truncated or broken
    ├── EncryptedFile
    ├── NoText                  a scan: pages without text
    ├── UnsupportedFormat
    ├── FileTooLarge
    └── ReadingTimedOut         took too long or too much memory
    StoreError                  something about the index as a whole
    ├── IndexInUse              another process owns it          (retryable)
    ├── ModelMismatch           made with another embedding model
    ├── ModelNotFound
    ├── NoSuchReport
    ├── NoSuchParagraph
    ├── NothingToIndex          no readable file at the path
    ├── OtherVersion            made by another version of this program
    ├── NoSpace                 the disk is full                 (retryable)
    └── FolderNotUsable         the index's folder cannot be made or written

Every message says what is wrong and what to do.
"""

from __future__ import annotations


class InspectionIndexError(Exception):
    """Anything this package raises on purpose."""

    retryable = False


class ReportError(InspectionIndexError):
    """One file could not be read; the rest of the batch goes on."""

    kind = "unreadable"


class NotAReport(ReportError):
    """The content is not of the format that the name promises."""

    kind = "not_a_report"


class EmptyFile(ReportError):
    """Zero bytes, or nothing but white space."""

    kind = "empty"


class DamagedFile(ReportError):
    """Truncated or broken beyond reading."""

    kind = "damaged"


class EncryptedFile(ReportError):
    """Needs a password."""

    kind = "encrypted"


class NoText(ReportError):
    """Pages are pictures: a scan without a text layer."""

    kind = "no_text"


class UnsupportedFormat(ReportError):
    """No reader for this kind of file."""

    kind = "unsupported"


class FileTooLarge(ReportError):
    """Over the size or page limit."""

    kind = "too_large"


class ReadingTimedOut(ReportError):
    """The worker was stopped: too slow, too much memory, or it died."""

    kind = "reader_stopped"


class StoreError(InspectionIndexError):
    """The index as a whole cannot do what was asked."""


class IndexInUse(StoreError):
    """Another process holds the index."""

    retryable = True


class ModelMismatch(StoreError):
    """The index was made with another embedding model."""


class ModelNotFound(StoreError):
    """The embedding model's files are missing or not the expected ones."""


class NoSuchReport(StoreError):
    """No report with that id is in the index."""


class NoSuchParagraph(StoreError):
    """The report has no paragraph with that key."""


class NothingToIndex(StoreError):
    """The paths given hold no file that could be read."""


class OtherVersion(StoreError):
    """The index was made by another version of this program."""


class NoSpace(StoreError):
    """The disk is full; nothing that was kept is lost."""

    retryable = True


class FolderNotUsable(StoreError):
    """The index's folder cannot be made or written."""
