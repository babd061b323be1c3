"""Recording what is still being made: follows playlists that grow and fetches what they add, until they end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.errors import HttpStatusError, StalledError, leading_error
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aniworld_dl.model import Media, Segment

_log = get_logger(__name__)

_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class GrowingTrack(Protocol):
    """Gives the segments that come after those that are known."""

    async def more(self) -> tuple[Segment, ...]:
        """Wait for new segments and return them; nothing when there will be no more.

        Raises:
            StalledError: nothing new came for long.
            NetError, MediaError: it could not be read.
        """
        ...


async def record(
    media: Media,
    growing: Sequence[GrowingTrack | None],
    *,
    fetch: Callable[[Media], Awaitable[None]],
    stop: asyncio.Event,
) -> Media:
    """Fetch what `media` has and what its tracks add, and return all of it.

    `growing` has for each track what makes it longer, None for one that has ended. `fetch` gets the media as it is
    known and fetches what is missing. It ends when all tracks have ended, when `stop` is set, or when a playlist gets
    no more entries or disappears without having said that it ends, as many do.

    Raises:
        NetError, MediaError, StorageError: what `fetch` raises, or a playlist that could not be read.
    """
    recorder = _Recorder(media, growing)
    try:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(recorder.follow(), name="follow")
            stopping = group.create_task(stop.wait(), name="stop-recording")
            for task in (following, stopping):
                task.add_done_callback(recorder.tell)
            known = None
            while True:
                recorder.news.clear()
                if known is not recorder.media:
                    known = recorder.media
                    await fetch(known)
                    if stop.is_set():
                        break
                elif stop.is_set() or following.done():
                    break
                else:
                    await recorder.news.wait()
            following.cancel()
            stopping.cancel()
    except BaseExceptionGroup as failures:
        failure = leading_error(failures)
    else:
        return known
    raise failure


class _Recorder:
    def __init__(self, media: Media, growing: Sequence[GrowingTrack | None]) -> None:
        self.media = media
        self._growing = growing
        self.news = asyncio.Event()
        """Set when there is more to fetch, or an end."""

    async def follow(self) -> None:
        """Follow all tracks to their ends."""
        async with asyncio.TaskGroup() as group:
            for number, track in enumerate(self._growing):
                if track is not None:
                    group.create_task(self._follow(number, track), name=f"follow-{number}")

    def tell(self, _task: asyncio.Task[object]) -> None:
        """Say that there is something to look at."""
        self.news.set()

    async def _follow(self, number: int, track: GrowingTrack) -> None:
        try:
            while new := await track.more():
                tracks = list(self.media.tracks)
                tracks[number] = replace(tracks[number], segments=(*tracks[number].segments, *new))
                self.media = replace(self.media, tracks=tuple(tracks))
                self.news.set()
        except (StalledError, HttpStatusError) as error:
            if isinstance(error, HttpStatusError) and error.status not in _GONE:
                raise
            _log.info("live_ended_without_word", track=number, code=error.code)
