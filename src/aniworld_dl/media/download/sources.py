"""Gets something done with the first of several sources that can: with retries, newer addresses, other mirrors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    HostCoolingError,
    HttpStatusError,
    NameNotResolvedError,
    SourceChangedError,
    StorageError,
)
from aniworld_dl.media.download.decrypt import KeyStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aniworld_dl.media.download.resolve import SourceLinks
    from aniworld_dl.net.client import HttpClient

_NOT_FOUND: Final = 404
_RENEWALS: Final = {401: 2, 403: 2, 410: 2, _NOT_FOUND: 1}
"""How often one piece that is refused in this way may have the addresses renewed while no other piece comes either.

Addresses that serve a few answers only can be used up by the others each time.
"""
_MOST_RENEWALS: Final = 20
"""For one piece, whatever comes of the others."""
_UNREACHABLE: Final = (ConnectError, NameNotResolvedError)
"""Errors that speak of the host, not of a piece."""


class EndsAllError(Exception):
    """An error after which no other piece is worth asking for."""

    def __init__(self, error: AniworldDlError) -> None:
        super().__init__(str(error))
        self.error = error


class Source:
    """One source in use: its addresses and its keys."""

    def __init__(self, http: HttpClient, links: SourceLinks) -> None:
        self.links = links
        self.keys = KeyStore(http, links)
        self.is_down = False
        """Whether its host cannot be reached any more, or its addresses expired for good."""

    def give_up(self, error: AniworldDlError) -> None:
        """Note that nothing more is to be had here, and why that was found out at first."""
        self.is_down = True
        self.links.fault = self.links.fault or error


class Sources:
    """The sources of a download, best first. All of them have the same pieces, at addresses of their own."""

    def __init__(
        self, http: HttpClient, links: Sequence[SourceLinks], on_retry: Callable[[AniworldDlError, int], None]
    ) -> None:
        self._retry = http.retry
        self._on_retry = on_retry
        self._sources = [Source(http, each) for each in links]

    async def use(self, operation: Callable[[Source], Awaitable[None]]) -> None:
        """Run `operation` until it succeeds: again after what may pass, with newer addresses, with another source.

        Raises:
            EndsAllError: the disk, a source that changed, no source that can be reached, or a first one that wants to
                be left alone where no other helped.
            AniworldDlError: what the first source's last attempt raised, when no other source helped.
        """
        first: AniworldDlError | None = None
        for source in self._usable():
            error = await self._tried(operation, source)
            if error is None:
                return
            first = first or error
        assert first is not None
        if isinstance(first, HostCoolingError) or all(source.is_down for source in self._sources):
            raise EndsAllError(first) from first
        raise first

    async def ask_again(self, operation: Callable[[Source], Awaitable[None]]) -> None:
        """Run `operation` once for what hangs at the first source: with another one where there is one.

        Raises:
            AniworldDlError: what it raises.
        """
        first, *others = self._usable()
        for source in others:
            try:
                await source.links.read()
            except AniworldDlError as error:
                source.give_up(error)
            else:
                return await operation(source)
        return await operation(first)

    def _usable(self) -> list[Source]:
        """Return those that are not known to be down; all when there is none, for what was lost may be back."""
        return [source for source in self._sources if not source.is_down] or self._sources

    async def _tried(self, operation: Callable[[Source], Awaitable[None]], source: Source) -> AniworldDlError | None:
        try:
            lost = await self._retry.run(partial(_attempt, operation, source), on_retry=self._on_retry)
        except AniworldDlError as error:
            if isinstance(error, _UNREACHABLE):
                source.give_up(error)
            return error
        if lost is not None:
            source.give_up(lost)
        else:
            source.links.worked()
        return lost


class _Refusals:
    """How often one piece was refused, and how often while no other piece came."""

    def __init__(self, links: SourceLinks) -> None:
        self._links = links
        self._given = links.pieces_given
        self._in_vain = 0
        self._all = 0

    def may_renew(self, status: int) -> bool:
        """Count a refusal; tell whether newer addresses are worth asking for."""
        if self._links.pieces_given > self._given and status != _NOT_FOUND:
            self._in_vain, self._given = 0, self._links.pieces_given
        self._in_vain += 1
        self._all += 1
        return self._in_vain <= _RENEWALS.get(status, 0) and self._all <= _MOST_RENEWALS


async def _attempt(operation: Callable[[Source], Awaitable[None]], source: Source) -> AniworldDlError | None:
    """Run the operation, and again with newer addresses. Why there are none is returned, so that it is not retried."""
    try:
        await source.links.read()
    except AniworldDlError as error:
        return error
    refusals = _Refusals(source.links)
    while True:
        generation = source.links.generation
        try:
            await operation(source)
        except (StorageError, SourceChangedError) as error:
            raise EndsAllError(error) from error
        except HttpStatusError as error:
            if not refusals.may_renew(error.status):
                raise
            refusal = error
        else:
            return None
        try:
            renewed = await source.links.renew(generation)
        except AniworldDlError as error:
            if refusal.status == _NOT_FOUND:
                raise refusal from error
            return error
        if not renewed:
            raise refusal
