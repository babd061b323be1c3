"""What to tell of several errors at once."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


def leading_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended a task group: one of ours before any other."""
    leaves = [leading_error(error) if isinstance(error, BaseExceptionGroup) else error for error in group.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, AniworldDlError)), leaves[0])
