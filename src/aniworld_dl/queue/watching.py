"""Episodes in a player: finds what there is to play of one, wherever it stands."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FileFailedError, NotWatchableError, PartNotReadyError
from aniworld_dl.limits import Limiter
from aniworld_dl.media.disk import in_thread, refuse_outside, storage_errors
from aniworld_dl.media.source.sniff import Kind, kind_of
from aniworld_dl.model import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.watch.screening import Screening
    from aniworld_dl.media.watch.show import Shows
    from aniworld_dl.model import Episode

MOST_AT_A_TIME: Final = 32
"""Answers to players that are under way, those that wait for a part too. A player has up to four."""
_CUTS_AT_A_TIME: Final = 2
_MOST_KNOWN: Final = 16
_CUT_LENGTH: Final = 16


class Watching:
    """What the API asks for a player. `episode` returns an episode by its id, or raises NotFoundError."""

    def __init__(
        self,
        *,
        episode: Callable[[int], Awaitable[Episode]],
        shows: Shows,
        ffmpeg: Ffmpeg,
        settings: Callable[[], Settings],
    ) -> None:
        self._episode = episode
        self._shows = shows
        self._settings = settings
        self._ffmpeg = ffmpeg
        self._cutting = Limiter(_CUTS_AT_A_TIME)
        self._files: OrderedDict[str, Screening] = OrderedDict()
        """Those that were looked at last, by what tells a file from every other."""
        self._seats = 0

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Count an answer to a player for the length of the block.

        Raises:
            PartNotReadyError: too many are under way.
        """
        if self._seats >= MOST_AT_A_TIME:
            raise PartNotReadyError(reason="busy")
        self._seats += 1
        try:
            yield
        finally:
            self._seats -= 1

    async def screening(self, episode_id: int, cut: str | None = None) -> Screening:
        """Return what there is to play of an episode now. With `cut`, only if it is still the same.

        Raises:
            NotFoundError: there is no such episode.
            NotWatchableError: there is nothing to play, or something else by now (`changed`).
        """
        from aniworld_dl.media.watch.screening import Running  # noqa: PLC0415 - is there where there are players

        episode = await self._episode(episode_id)
        if episode.status is Status.COMPLETED:
            screening = await self._finished(episode)
        else:
            show = self._shows.of(episode_id)
            if show is None or episode.status is Status.CANCELLED:
                raise NotWatchableError(reason="cancelled" if episode.status is Status.CANCELLED else "not_begun")
            screening = Running(show)
        if cut is not None and screening.programme().cut != cut:
            raise NotWatchableError(reason="changed")
        return screening

    async def _finished(self, episode: Episode) -> Screening:
        if episode.path is None:
            raise NotWatchableError(reason="no_file")
        folder = self._settings().download_dir
        path = folder / episode.path
        cut = await in_thread(_cut_of, path, folder)
        if cut not in self._files:
            self._files[cut] = await in_thread(self._looked_at, path, cut)
            while len(self._files) > _MOST_KNOWN:
                self._files.popitem(last=False)
        self._files.move_to_end(cut)
        return self._files[cut]

    def _looked_at(self, path: Path, cut: str) -> Screening:
        from aniworld_dl.media.formats.matroska_index import read_index  # noqa: PLC0415 - as above
        from aniworld_dl.media.formats.mp4_file import read_mp4  # noqa: PLC0415
        from aniworld_dl.media.watch.finished import cuts_of  # noqa: PLC0415
        from aniworld_dl.media.watch.screening import FinishedMatroska, FinishedMp4, Projector  # noqa: PLC0415

        kind = kind_of(path)
        if kind is Kind.MP4:
            return FinishedMp4(path, cut, read_mp4(path)[1])
        if kind is not Kind.MATROSKA:
            raise NotWatchableError(reason="container")
        index = read_index(path)
        if index is None:
            raise NotWatchableError(reason="no_index")
        return FinishedMatroska(path, cut, cuts_of(index), Projector(ffmpeg=self._ffmpeg, cutting=self._cutting))


def _cut_of(path: Path, folder: Path) -> str:
    """Return what tells this file from every other, and from what it was before it changed."""
    refuse_outside(path, folder)
    try:
        with storage_errors(path):
            facts = path.stat()
    except FileFailedError as error:
        raise NotWatchableError(reason="no_file") from error
    return hashlib.sha256(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}".encode()).hexdigest()[:_CUT_LENGTH]
