"""What can go wrong in a run.

The tree::

    EvalError
    └── BadDataset      a file, line or floor that cannot be read
"""

from __future__ import annotations


class EvalError(Exception):
    """Anything this package raises on purpose."""


class BadDataset(EvalError):
    """A dataset file does not hold what it should."""
