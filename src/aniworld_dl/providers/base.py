"""The interface between the queue and whatever knows a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.model import EpisodeRef, Source, Wish
    from aniworld_dl.net.client import HttpClient


class Calls(Protocol):
    """A child process that does calls; started when it is first needed, and again when it has ended."""

    async def call(self, target: str, arguments: Mapping[str, Any], *, timeout_s: float = ...) -> Any:
        """Call the function `module:function` there and return its result; arguments and result are JSON values.

        A call must be repeatable: it is made once more when the process ends meanwhile.

        Raises:
            ProviderError: what the function raises, or what came of the process.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderContext:
    """What a provider may use. It grows by new fields only."""

    http: HttpClient
    """The product's client: polite to hosts, refuses addresses that are not public, raises `NetError`."""
    child: Calls
    """A process of the provider's own, for libraries that block or might end the process they are in."""
    local_folders: Sequence[Path] = ()
    """Folders of this machine that the user has opened to lists of addresses."""


@runtime_checkable
class Provider(Protocol):
    """Knows a kind of address. Registered under its name in the entry-point group `aniworld_dl.providers`.

    The registry calls the class with a `ProviderContext`. Methods raise `aniworld_dl.errors.ProviderError` or
    `NetError`. Anything else, an answer that breaks the contract, or none in time is told as an error with the
    provider's name, and fails only the episode or address at hand.
    """

    name: str

    def matches(self, url: str) -> bool:
        """Tell, without I/O and in any thread, whether this provider knows the address."""
        ...

    def is_series(self, url: str) -> bool:
        """Tell, without I/O and in any thread, whether the address stands for several episodes, to be listed later."""
        ...

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the episodes behind the address, in order; for a single episode, that one. At most 20,000.

        Each has what the list says of it: season (0 for specials and films), number, titles, languages and hosters.

        Raises:
            NeedsPersonError: the page shows a CAPTCHA or a bot wall; the job waits until someone retries it.
            ProviderError: the address leads to nothing.
            NetError: the site could not be read.
        """
        ...

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return the addresses that give the episode's media, best first. Called anew when an address has expired.

        Of what the site has, what the wish asks for comes first; whether anything else comes at all is the provider's
        to decide. At most 100.

        Raises:
            NeedsPersonError: the page shows a CAPTCHA or a bot wall; the episode waits until someone retries it.
            ProviderError: there is none.
            NetError: the site could not be read.
        """
        ...
