"""Any http or https address, taken as one episode's playlist or media file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.model import EpisodeRef, Source
from aniworld_dl.net.address import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import ProviderContext


class DirectProvider:
    """The provider of last resort: what the address gives is what is downloaded."""

    name = "direct"

    def __init__(self, context: ProviderContext) -> None:
        """Nothing of the context is needed: the address is known already."""

    def matches(self, url: str) -> bool:
        """Tell whether the address is meant for the web; a bad one is explained when it is used."""
        return url.strip().lower().startswith(("http://", "https://"))

    def is_series(self, url: str) -> bool:
        """One address, one episode."""
        return False

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """Return the address as one episode.

        Raises:
            UrlInvalidError: it is not a usable address.
        """
        parse(url)
        return (EpisodeRef(url=url),)

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return the address itself.

        Raises:
            UrlInvalidError: it is not a usable address.
        """
        parse(episode.url)
        return (Source(url=episode.url),)
