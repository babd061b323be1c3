"""The interface between the queue and whatever knows a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import EpisodeRef, Source, Wish
    from aniworld_dl.net.client import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderContext:
    """What a provider may use. It grows by new fields only."""

    http: HttpClient
    """The product's client: polite to hosts, refuses addresses that are not public, raises `NetError`."""


@runtime_checkable
class Provider(Protocol):
    """Knows a kind of address. Registered under its name in the entry-point group `aniworld_dl.providers`.

    The registry calls the class with a `ProviderContext`. Methods raise `aniworld_dl.errors.ProviderError` or
    `NetError`; anything else is logged as a defect and fails only the episode at hand.
    """

    name: str

    def matches(self, url: str) -> bool:
        """Tell, without I/O and in any thread, whether this provider knows the address."""
        ...

    def is_series(self, url: str) -> bool:
        """Tell, without I/O and in any thread, whether the address stands for several episodes, to be listed later."""
        ...

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the episodes behind the address, in order; for a single episode, that one.

        Raises:
            ProviderError: the address leads to nothing.
            NetError: the site could not be read.
        """
        ...

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return the addresses that give the episode's media, best first. Called anew when an address has expired.

        Raises:
            ProviderError: there is none.
            NetError: the site could not be read.
        """
        ...
