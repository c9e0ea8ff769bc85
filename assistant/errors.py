"""What can go wrong when asking.

The tree::

    AskError
    ├── EmptyQuestion
    ├── QuestionTooLong
    ├── BadBatch            a line of a batch file that cannot be read
    ├── EmptyIndex          nothing has been indexed yet
    └── ServerUnreachable   the server asked does not answer          (retryable)

A question that the reports do not answer is no error: it is an answer with a refusal.
"""

from __future__ import annotations


class AskError(Exception):
    """Anything this package raises on purpose."""

    retryable = False


class EmptyQuestion(AskError):
    """There is no question."""


class QuestionTooLong(AskError):
    """Longer than any question."""


class BadBatch(AskError):
    """A batch file does not hold what it should."""


class EmptyIndex(AskError):
    """The index has no reports."""


class ServerUnreachable(AskError):
    """The server does not answer."""

    retryable = True


class UnknownSheet(AskError):
    """No such kind of fact, or no such kind of file to write."""


class NoSuchAuthority(AskError):
    """No report is about an authority of that name."""


class NoSuchArea(AskError):
    """No report grades an area of that name."""


class ModelNotUsable(AskError):
    """The language model failed; the answer stands without it."""

    retryable = True
