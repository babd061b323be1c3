"""Room on the disk: what the running episodes will still write, and whether another one fits beside them."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import (
    DiskFullError,
    DiskReserveError,
    DownloadFolderError,
    FileFailedError,
    FolderDeniedError,
)
from aniworld_dl.folders import refusal_of
from aniworld_dl.model import Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode
    from aniworld_dl.queue.live import LiveEpisode

USUAL_RESERVE_BYTES: Final = 1 << 30
_LARGEST_SHARE: Final = 0.05
"""Of a small file system no more than this stays free, unless a setting says so."""
_TELLING_FRACTION: Final = 0.05
"""What has come of an episode says more about its size than its manifest from here on."""
_TOLERANCE: Final = 0.05
"""Estimates waver: nobody is sent away, and nobody let in again, for less than this share."""
_PLENTY_BYTES: Final = 64 << 20
_LEAST_MISSING_BYTES: Final = 1 << 20
"""Where the disk was full, it takes at least so much more for another attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a file system has in all, and what a user without privileges can still write."""

    total_bytes: int
    free_bytes: int


def space_of(folder: Path) -> Space | None:
    """Return the space of the file system of a folder, None when that cannot be told. Blocks: for threads."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:  # unmounted or gone; whoever writes there will say so
        return None
    return Space(total_bytes=usage.total, free_bytes=usage.free)


class Room:
    """What one running episode needs: its segments, and where these are joined the file that they become.

    `estimate_bytes` is its size by the manifest, None when that does not tell; `copies` how many times it is on the
    disk before it is finished. `result` is the file it is joined into, which may be there in part.
    """

    def __init__(self, live: LiveEpisode, *, estimate_bytes: int | None, copies: int, result: Path) -> None:
        self.live = live
        self.stored_bytes = 0
        """What earlier attempts have left, for as long as it is not counted anew."""
        self._estimate_bytes = estimate_bytes
        self._copies = copies
        self._result = result
        self._joined_bytes = 0

    def look(self) -> None:
        """See how much has been joined. Blocks: for threads."""
        try:
            self._joined_bytes = self._result.stat().st_size
        except OSError:  # not begun, or just moved to where it belongs
            self._joined_bytes = 0

    def needed_bytes(self) -> int:
        """Return what it will still write. While it is verified nothing is written that counts."""
        if self.live.phase is Phase.VERIFYING:
            return 0
        return max(self.needed_again_bytes() - self._joined_bytes, 0)

    def needed_again_bytes(self) -> int:
        """Return what another attempt would write: what is stored is kept, what was joined is not."""
        stored = max(self.stored_bytes, self.live.bytes_downloaded)
        return max(self._total_bytes(), stored) * self._copies - stored

    def held_bytes(self) -> int:
        """Return what becomes free, or is wanted no more, when it is stopped."""
        return self.needed_bytes() + self._joined_bytes

    def _total_bytes(self) -> int:
        fraction = self.live.fraction()
        told = self.live.total_bytes
        if told is None or (self._estimate_bytes is not None and fraction < _TELLING_FRACTION):
            return self._estimate_bytes or 0
        return told


class Disk:
    """The ledger of the file system on which the download folder is: what is free, and what of it is spoken for.

    A room counts from `reserve` on, to the end of `kept_for`. Rooms change by themselves as their episodes go on;
    what is free is what was seen by the last `look`. Where the free space cannot be told everything fits, and the
    disk itself says no.
    """

    def __init__(self, settings: Callable[[], Settings], space: Callable[[Path], Space | None] = space_of) -> None:
        self.changed = asyncio.Event()
        """Set when a room begins or ends."""
        self.refused = asyncio.Event()
        """Set while the download folder cannot be written."""
        self._settings = settings
        self._space_of = space
        self._space: Space | None = None
        self._rooms: dict[int, Room] = {}
        self._promised: dict[int, int] = {}

    @property
    def is_used(self) -> bool:
        """Whether anything is spoken for."""
        return bool(self._rooms or self._promised)

    @property
    def promised(self) -> tuple[int, ...]:
        """The episodes that have been let in again and are not here yet."""
        return tuple(self._promised)

    async def look(self) -> None:
        """See what is free and how far the joining of each running episode is."""
        self._space = await asyncio.to_thread(_look, self._space_of, self._settings().download_dir, self._in_order())

    @asynccontextmanager
    async def kept_for(self, room: Room) -> AsyncIterator[None]:
        """Give up a room at the end of the block, and tell a disk that is full in terms of it.

        Raises:
            DiskReserveError: in place of a DiskFullError, unless there is so much space that it must have another
                reason, such as a quota.
            DownloadFolderError: in place of an error of a file, when no file at all can be written.
        """
        episode_id = room.live.episode.id
        try:
            yield
        except DiskFullError as error:
            self._rooms.pop(episode_id, None)
            raise await self._in_terms_of(room, error) from error
        except (FolderDeniedError, FileFailedError) as error:
            folder = self._settings().download_dir
            reason = await asyncio.to_thread(refusal_of, folder)
            if reason is None:
                raise
            self.refused.set()
            raise DownloadFolderError(path=str(folder), reason=reason) from error
        finally:
            self._rooms.pop(episode_id, None)
            self.changed.set()

    async def reserve(self, room: Room) -> None:
        """Speak for what an episode needs.

        Raises:
            DiskReserveError: there is too little beside what is spoken for.
        """
        await self.look()
        episode_id, needed = room.live.episode.id, room.needed_bytes()
        self._promised.pop(episode_id, None)
        available = self._available_bytes()
        if available is not None and needed > available:
            raise self._refusal(needed, available)
        self._rooms[episode_id] = room
        self.changed.set()

    def one_too_many(self) -> tuple[LiveEpisode, DiskReserveError] | None:
        """Return the youngest running episode, and what it misses, when there is not enough for all that run."""
        available, running = self._available_bytes(), [room for room in self._in_order() if room.needed_bytes()]
        tolerated = sum(room.needed_bytes() for room in running) * _TOLERANCE
        if available is None or not running or available >= -tolerated:
            return None
        youngest = running[-1]
        available += youngest.held_bytes()
        return youngest.live, self._refusal(youngest.needed_again_bytes(), available)

    def let_in(self, held: Iterable[Episode], most: int) -> list[int]:
        """Return which of the held episodes fit now, in their order, at most so many, and promise them their space.

        They must fit with something to spare, so that none goes in and out as the figures waver.
        """
        available, chosen = self._available_bytes(), list[int]()
        if available is None:
            return chosen
        available -= sum(self._promised.values())
        for episode in held:
            needed = _needed_bytes(episode)
            if len(chosen) < most and needed + max(needed * _TOLERANCE, self.reserve_bytes() / 4) < available:
                available -= needed
                self._promised[episode.id] = needed
                chosen.append(episode.id)
        return chosen

    def break_promise(self, episode_id: int) -> None:
        """Speak no more for an episode that does not come."""
        self._promised.pop(episode_id, None)

    def reserve_bytes(self) -> int:
        """Return what is to stay free."""
        wanted = self._settings().disk_reserve_bytes
        if wanted is not None or self._space is None:
            return wanted or 0
        return min(USUAL_RESERVE_BYTES, int(self._space.total_bytes * _LARGEST_SHARE))

    def figures(self) -> dict[str, Any]:
        """Return what is shown of it."""
        return {
            "free_bytes": None if self._space is None else self._space.free_bytes,
            "total_bytes": None if self._space is None else self._space.total_bytes,
            "reserved_bytes": sum(room.needed_bytes() for room in self._rooms.values()),
            "reserve_bytes": self.reserve_bytes(),
        }

    def _in_order(self) -> list[Room]:
        return list(self._rooms.values())

    def _available_bytes(self) -> int | None:
        """Return what is free and not spoken for, below 0 when there is less than that."""
        if self._space is None:
            return None
        spoken_for = sum(room.needed_bytes() for room in self._rooms.values())
        return self._space.free_bytes - self.reserve_bytes() - spoken_for

    async def _in_terms_of(self, room: Room, error: DiskFullError) -> DiskFullError | DiskReserveError:
        await self.look()
        needed, available = room.needed_again_bytes(), self._available_bytes()
        if available is None or available >= 2 * needed + _PLENTY_BYTES:
            return error
        # as much as is there now was not enough, whatever the estimate says
        return self._refusal(max(needed, available + _LEAST_MISSING_BYTES), available)

    def _refusal(self, needed: int, available: int) -> DiskReserveError:
        folder = str(self._settings().download_dir)
        return DiskReserveError(path=folder, needed_bytes=needed, missing_bytes=max(needed - available, 0))


def _look(space: Callable[[Path], Space | None], folder: Path, rooms: Iterable[Room]) -> Space | None:
    for room in rooms:
        room.look()
    return space(folder)


def _needed_bytes(episode: Episode) -> int:
    needed = episode.hold.params.get("needed_bytes") if episode.hold else None
    return int(needed or 0)
