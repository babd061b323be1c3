"""Any http or https address, taken as one episode's playlist or media file, or as a page that names it."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import NeedsPersonError, NotMediaError, ProviderMissingError, ProviderRefusedError
from aniworld_dl.model import EpisodeRef, Source
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.providers.pages import LARGEST_PAGE_BYTES, is_page, is_wall, media_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import Wish
    from aniworld_dl.providers.base import Provider, ProviderContext

_MEDIA: Final = re.compile(
    r"\.(m3u8?|mpd|mp4|m4[avs]|mk[va]|webm|mov|m?ts|m2ts|avi|flv|og[vga]|opus|mp3|aac|e?ac3|flac|wav|3gp|mpe?g|wmv|bin|vtt"
    r"|ttml)",
    re.IGNORECASE,
)
"""Ends of names of what is media, or is said to be: it is not looked at beforehand."""
_HEAD_BYTES: Final = 1024


class DirectProvider:
    """The provider of last resort: what the address gives is what is downloaded.

    Where it gives a web page, the media that the page names in plain sight is. `otherwise` is asked about pages that
    name none.
    """

    name = "direct"

    def __init__(self, context: ProviderContext, *, otherwise: Provider | None = None) -> None:
        self._http = context.http
        self._otherwise = otherwise

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
        """Return the address itself, or those that its page names.

        Raises:
            UrlInvalidError: it is not a usable address.
            NeedsPersonError: the page wants to see a person.
            NotMediaError: it is a page that names no media.
            NetError: an address that does not look like media could not be read.
        """
        page = None if looks_like_media(parse(episode.url).url) else await self._page(episode.url)
        if page is None:
            return (Source(url=episode.url),)
        text, at = page
        if is_wall(text):
            raise NeedsPersonError(url=without_query(at), provider=self.name)
        found = await asyncio.to_thread(media_in, text, at)
        if found.media:
            return [Source(url=url, headers={"Referer": at}, poster=found.poster) for url in found.media]
        return await self._without_plain_media(episode, wish)

    async def _without_plain_media(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        nothing = NotMediaError(url=without_query(episode.url), found="a web page that names no media")
        if self._otherwise is None:
            raise nothing
        try:
            return await self._otherwise.sources(episode, wish)
        except ProviderMissingError as error:
            raise nothing from error
        except ProviderRefusedError as error:
            if "unsupported url" in str(error).lower():
                raise nothing from error
            raise

    async def _page(self, url: str) -> tuple[str, str] | None:
        """Return the page and its final address, None where the address gives something else."""

        async def attempt() -> tuple[str, str] | None:
            body = bytearray()
            async with self._http.stream(url) as response:
                kind = response.headers.get("content-type")
                async for chunk in response.chunks():
                    body += chunk
                    if len(body) >= _HEAD_BYTES and not is_page(bytes(body), kind):
                        return None
                    if len(body) > LARGEST_PAGE_BYTES:
                        break
                if not is_page(bytes(body), kind):
                    return None
                return bytes(body[:LARGEST_PAGE_BYTES]).decode("utf-8", "replace"), response.url

        return await self._http.retry.run(attempt)


def looks_like_media(url: str) -> bool:
    """Tell whether an address is that of media by its last part."""
    try:
        return _MEDIA.fullmatch(PurePosixPath(urlsplit(url.strip()).path).suffix) is not None
    except ValueError:
        return False
