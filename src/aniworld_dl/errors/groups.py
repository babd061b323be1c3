"""What to tell of several errors at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.errors.base import AniworldDlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def leading_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended a task group: one of ours before any other."""
    return leading(leaves(group))


def leading(errors: Iterable[BaseException]) -> BaseException:
    """Return the first of some errors that is one of ours, else the first."""
    found = list(errors)
    return next((error for error in found if isinstance(error, AniworldDlError)), found[0])


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Yield the errors of a group and of the groups in it."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
