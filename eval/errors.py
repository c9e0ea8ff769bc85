"""What can go wrong in a run.

The tree::

    EvalError
    ├── BadDataset      a line that is not a case
    └── BelowFloor      a figure under the floor given
"""

from __future__ import annotations


class EvalError(Exception):
    """Anything this package raises on purpose."""


class BadDataset(EvalError):
    """A dataset file does not hold what it should."""


class BelowFloor(EvalError):
    """A run's figure is under its floor."""
