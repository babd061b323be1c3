"""Lists of addresses on the server: a text file, or a folder of them, below folders that the user has opened to it."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from aniworld_dl.errors import NoEpisodesError, ProviderRefusedError, UrlInvalidError
from aniworld_dl.model import EpisodeRef
from aniworld_dl.net.address import parse
from aniworld_dl.providers.answers import LONGEST_TEXT, MOST_EPISODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aniworld_dl.model import Source, Wish
    from aniworld_dl.providers.base import Provider, ProviderContext

LARGEST_LIST_BYTES: Final = 8 * 1024 * 1024
_SUFFIXES: Final = frozenset({".txt", ".url", ".m3u", ".m3u8", ".strm"})
_ADDRESS: Final = re.compile(r"(?:URL=)?(https?://\S+)", re.IGNORECASE)


class LocalProvider:
    """Knows `file:///...` of a list or a folder of lists. A line is an address; the file's name is the series'.

    What an address leads to is the business of `media`, the provider for single addresses.
    """

    name = "local"

    def __init__(self, context: ProviderContext, *, media: Provider) -> None:
        self._folders = tuple(context.local_folders)
        self._media = media

    def matches(self, url: str) -> bool:
        """Tell whether the address is a file of this machine, if a folder is open, or may be one that a list has."""
        return (bool(self._folders) and is_local(url)) or url.strip().lower().startswith(("http://", "https://"))

    def is_series(self, url: str) -> bool:
        """A list has several."""
        return is_local(url)

    async def episodes(self, url: str, wish: Wish) -> Sequence[EpisodeRef]:
        """List the addresses, those of a folder file by file in the order of their names.

        Raises:
            ProviderRefusedError: it is not below a folder that is open to this, or cannot be read.
            NoEpisodesError: there is no address in it.
        """
        try:
            found = await asyncio.to_thread(self._read, url.strip())
        except OSError as error:
            raise self._refused(url, error.strerror or str(error)) from error
        if not found:
            raise NoEpisodesError(url=url)
        return found

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        """Return what the address in the list gives.

        Raises:
            ProviderError: it gives no media.
            NetError: it could not be read.
        """
        return await self._media.sources(episode, wish)

    def _read(self, url: str) -> list[EpisodeRef]:
        parts = urlsplit(url)
        path = Path(os.path.realpath(unquote(parts.path)))
        roots = [Path(os.path.realpath(folder)) for folder in self._folders]
        if parts.netloc not in {"", "localhost"} or not any(path.is_relative_to(root) for root in roots):
            raise self._refused(url, "it is not below a folder of the setting local_folders")
        lists = sorted(each for each in path.iterdir() if self._is_list(each, roots)) if path.is_dir() else [path]
        found = [ref for each in lists for ref in _addresses(each)]
        return found[: MOST_EPISODES + 1]

    @staticmethod
    def _is_list(path: Path, roots: Sequence[Path]) -> bool:
        real = Path(os.path.realpath(path))
        return path.suffix.lower() in _SUFFIXES and real.is_file() and any(real.is_relative_to(root) for root in roots)

    def _refused(self, url: str, reason: str) -> ProviderRefusedError:
        return ProviderRefusedError(provider=self.name, url=url, reason=reason)


def is_local(url: str) -> bool:
    """Tell whether an address is one of this machine's files."""
    return url.strip().lower().startswith("file://")


def _addresses(path: Path) -> Iterator[EpisodeRef]:
    """Yield the addresses in a list; other lines are comments. `#EXTINF` of an M3U says the title of the next one."""
    with path.open("rb") as file:
        text = file.read(LARGEST_LIST_BYTES).decode("utf-8", "replace")
    title = None
    for line in text.splitlines():
        if line.startswith("#EXTINF:"):
            title = line.partition(",")[2].strip()[:LONGEST_TEXT] or None
        elif address := _ADDRESS.fullmatch(line.strip()):
            try:
                yield EpisodeRef(url=parse(address[1]).url, series=path.stem[:LONGEST_TEXT], title=title)
            except UrlInvalidError:
                continue
            finally:
                title = None
