"""What a manifest says is to be had at several places: taken from the first that gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aniworld_dl.errors import NetError, NotMediaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

_Place = TypeVar("_Place")
_Found = TypeVar("_Found")


async def first_that_gives(places: Iterable[_Place], read: Callable[[_Place], Awaitable[_Found]]) -> _Found:
    """Return what `read` gives of the first of some places where it succeeds; there is at least one.

    Raises:
        NetError, NotMediaError: it succeeds nowhere: what it raised first, of what is worth another try where any is.
        AniworldDlError: whatever else `read` raises, at once.
    """
    failure: NetError | NotMediaError | None = None
    for place in places:
        try:
            return await read(place)
        except (NetError, NotMediaError) as error:
            if failure is None or (error.retryable and not failure.retryable):
                failure = error
    assert failure is not None
    raise failure
