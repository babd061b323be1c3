"""What a player can be given of one episode, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.errors import NotFoundError, NotWatchableError, PartNotReadyError
from aniworld_dl.media.source.sniff import Kind
from aniworld_dl.media.watch.bodies import Body, BytesBody, FileBody
from aniworld_dl.media.watch.finished import Cuts, cut_part
from aniworld_dl.media.watch.playlists import index_of, media_playlist, multivariant, renditions_of
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.limits import Limiter
    from aniworld_dl.media.watch.playlists import Rendition
    from aniworld_dl.media.watch.show import Show

_TYPES: Final = {
    ".aac": "audio/aac",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What there is to choose from, and how far it is here. `whole_file` says that it is one file, not playlists."""

    cut: str
    whole_file: bool
    renditions: Sequence[Rendition]
    duration_s: float | None
    growing: bool = False
    stored: Sequence[tuple[float, float]] = ((0.0, 1.0),)
    """Which parts of it are here, as shares of its length from 0 to 1."""


class Screening(Protocol):
    """Answers everything that a player asks of one episode."""

    def programme(self) -> Programme:
        """Return what there is to choose from.

        Raises:
            NotWatchableError: there is nothing that a player could take.
        """
        ...

    def playlist(self, number: int) -> str:
        """Return the playlist of a rendition.

        Raises:
            NotFoundError: there is no such rendition.
        """
        ...

    async def part(self, number: int, name: str) -> Body:
        """Return a part of a rendition; what is not here is fetched first and waited for.

        Raises:
            NotFoundError: there is no such part.
            PartNotReadyError: it does not come in time.
            NotWatchableError: it cannot be made.
        """
        ...

    async def file(self) -> Body:
        """Return the whole file. Where it is still being downloaded, reading waits for what is missing.

        Raises:
            NotFoundError: it is no single file.
            PartNotReadyError: it is not there.
        """
        ...


def index_playlist(programme: Programme) -> str:
    """Return the playlist of playlists."""
    return multivariant(programme.renditions)


class Running:
    """An episode in its work folder."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def programme(self) -> Programme:
        """Return what there is to choose from."""
        show, media = self._show, self._show.media
        whole_file = any(track.container is Container.FILE for track in media.tracks)
        if whole_file:
            self._refuse_file()
        elif all(track.kind is TrackKind.TEXT for track in media.tracks):
            raise NotWatchableError(reason="no_streams")
        elif any(track.duration_s is None for track in media.tracks if track.kind is not TrackKind.TEXT):
            raise NotWatchableError(reason="no_times")
        return Programme(
            cut=show.cut,
            whole_file=whole_file,
            renditions=renditions_of(media),
            duration_s=media.duration_s,
            growing=show.is_growing(),
            stored=show.stored_shares(),
        )

    def _refuse_file(self) -> None:
        """Refuse a file that browsers cannot play before it is whole: they find their way in an MP4 by its index."""
        track = self._show.media.tracks[0]
        if self._show.file_kind is not Kind.MP4:
            raise NotWatchableError(reason="container")
        if track.size_bytes is None or any(segment.byte_range is None for segment in track.segments):
            raise NotWatchableError(reason="no_ranges")

    def playlist(self, number: int) -> str:
        """Return the playlist of a rendition."""
        return media_playlist(_rendition(renditions_of(self._show.media), number), ended=not self._show.is_growing())

    async def part(self, number: int, name: str) -> Body:
        """Return a stored segment, when it is stored."""
        index = index_of(name)
        if index is None or not self._show.knows(number, index):
            raise NotFoundError(what="part", id=f"{number}/{name}")
        if self._show.media.tracks[number].container is Container.FILE:
            raise NotFoundError(what="part", id=f"{number}/{name}")
        await self._show.stored(number, index)
        path = self._show.work.segment_path(number, index)
        return await _opened(path, _TYPES[path.suffix])

    async def file(self) -> Body:
        """Return the plain file, of which what is missing is waited for."""
        if not self.programme().whole_file:
            raise NotFoundError(what="file", id=self._show.cut)
        await self._show.stored(0, 0)
        file = await _opened(self._show.work.segment_path(0, 0), _TYPES[".mp4"])
        return _GrowingFile(self._show, file)


class _GrowingFile:
    """A plain file in its work folder, read piece by piece as the pieces come."""

    def __init__(self, show: Show, file: FileBody) -> None:
        self._show = show
        self._file = file
        self._track = show.media.tracks[0]
        self.content_type = file.content_type
        self.size_bytes = self._track.size_bytes or 0

    async def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)`.

        Raises:
            PartNotReadyError: the download has ended without the next ones.
        """
        for segment in self._track.segments:
            found = segment.byte_range
            if found is None or found.stop <= start or found.start >= stop:
                continue
            await self._show.stored(0, segment.index, longest_s=None)
            async for piece in self._file.read(max(start, found.start), min(stop, found.stop)):
                yield piece

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Projector:
    """What makes parts of finished files: ffmpeg, and how many of them may run at a time."""

    ffmpeg: Ffmpeg
    cutting: Limiter


class FinishedMatroska:
    """A finished Matroska file, cut for the player as it asks."""

    def __init__(self, path: Path, cut: str, cuts: Cuts, projector: Projector) -> None:
        self._path = path
        self._cut = cut
        self._cuts = cuts
        self._projector = projector

    def programme(self) -> Programme:
        """Return what there is to choose from."""
        return Programme(
            cut=self._cut, whole_file=False, renditions=self._cuts.renditions, duration_s=self._cuts.bounds_s[-1]
        )

    def playlist(self, number: int) -> str:
        """Return the playlist of a rendition."""
        return media_playlist(_rendition(self._cuts.renditions, number), ended=True)

    async def part(self, number: int, name: str) -> Body:
        """Make a part of the file."""
        rendition, index = _rendition(self._cuts.renditions, number), index_of(name)
        if index is None or not -1 <= index < len(rendition.parts):
            raise NotFoundError(what="part", id=f"{number}/{name}")
        async with self._projector.cutting.slot():
            data = await cut_part(self._projector.ffmpeg, self._path, self._cuts, number, index)
        return BytesBody(data, _TYPES[PurePosixPath(rendition.parts[max(index, 0)].name).suffix])

    async def file(self) -> Body:
        """There is none that browsers take."""
        raise NotFoundError(what="file", id=self._cut)


class FinishedMp4:
    """A finished MP4 file, which browsers read as it is."""

    def __init__(self, path: Path, cut: str, duration_s: float | None) -> None:
        self._path = path
        self._programme = Programme(cut=cut, whole_file=True, renditions=(), duration_s=duration_s)

    def programme(self) -> Programme:
        """Return that it is a whole file."""
        return self._programme

    def playlist(self, number: int) -> str:
        """There is none."""
        raise NotFoundError(what="playlist", id=number)

    async def part(self, number: int, name: str) -> Body:
        """There is none."""
        raise NotFoundError(what="part", id=f"{number}/{name}")

    async def file(self) -> Body:
        """Return the file."""
        return await _opened(self._path, _TYPES[".mp4"])


def _rendition(renditions: Sequence[Rendition], number: int) -> Rendition:
    found = next((each for each in renditions if each.number == number), None)
    if found is None:
        raise NotFoundError(what="playlist", id=number)
    return found


async def _opened(path: Path, content_type: str) -> FileBody:
    try:
        return await FileBody.open(path, content_type)
    except FileNotFoundError as error:
        # the episode was finished, cancelled or began anew at this moment: what it is now says the next answer
        raise PartNotReadyError(reason="moving") from error
