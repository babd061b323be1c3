"""Where the finished files of episodes go, what lies beside them, and whether they are there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.shelf.beside import place_beside
from aniworld_dl.media.shelf.library import place
from aniworld_dl.media.shelf.modes import modes_of
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.nfo import SERIES_NFO, entry_nfo, series_nfo
from aniworld_dl.media.shelf.place import entry_of
from aniworld_dl.media.shelf.present import Look
from aniworld_dl.media.shelf.subtitles import subtitles_beside, without_subtitles
from aniworld_dl.media.shelf.swap import swap_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.shelf.naming import Entry
    from aniworld_dl.media.shelf.present import Present
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import EpisodeRef, Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Where an episode's file is, relative to the download folder, and whether it was there before."""

    path: PurePosixPath
    existing: bool = False
    taken: Taken | None = None
    """Which version it is, where that is known."""
    ref: EpisodeRef | None = None
    """The episode with its season and number, where those were learned from its server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where the file of an episode goes, relative to the download folder, and what it is called after."""

    target: PurePosixPath
    entry: Entry


def spot_of(settings: Settings, ref: EpisodeRef, position: int, anime_title: str) -> Spot:
    """Return where the file of an episode goes.

    Season and number are the request's or the provider's, else read from the address, else season 1 and the position
    in the list.
    """
    entry = entry_of(ref, position, anime_title)
    layout = layout_of(settings.naming_template, settings.film_template)
    return Spot(target=layout.path(entry, f".{settings.container}"), entry=entry)


async def present_at(settings: Settings, spot: Spot) -> Present | None:
    """Return the file of an episode that is in the library already."""
    return await in_thread(Look(settings.download_dir).find, spot.target, spot.entry)


async def shelve(ffmpeg: Ffmpeg, settings: Settings, part: Path, work: WorkFolder, spot: Spot) -> Finished:
    """Put a proven file into the library, and before it what lies beside it.

    Raises:
        MuxError: subtitles cannot be taken out of it.
        IncompleteError: without its subtitles it is not what it was.
        StorageError: something cannot be written.
    """
    part, files = await _ready(ffmpeg, settings, part, work, spot)
    modes = modes_of(settings.file_mode, settings.folder_mode)
    await place_beside(files, settings.download_dir, modes)
    try:
        final = await place(part, settings.download_dir, spot.target, modes)
    except FileExistsError:
        return Finished(path=spot.target, existing=True)
    return Finished(path=PurePosixPath(final.relative_to(settings.download_dir)))


async def reshelve(
    ffmpeg: Ffmpeg, settings: Settings, part: Path, work: WorkFolder, spot: Spot, *, number: int
) -> Finished:
    """Put a proven file in the place of the one there is, in one step; that goes into the trash under a number.

    Its subtitles go with it; metadata stays, for it is of the same episode.

    Raises:
        FileGoneError: there is none any more, so that nobody wants another one.
        MuxError, IncompleteError, StorageError: as for `shelve`.
    """
    part, files = await _ready(ffmpeg, settings, part, work, spot)
    modes = modes_of(settings.file_mode, settings.folder_mode)
    await swap_file(part, settings.download_dir, spot.target, number, modes)
    await place_beside(files, settings.download_dir, modes)
    return Finished(path=spot.target)


async def _ready(
    ffmpeg: Ffmpeg, settings: Settings, part: Path, work: WorkFolder, spot: Spot
) -> tuple[Path, Mapping[PurePosixPath, bytes]]:
    """Return the file as it goes into the library, and what lies beside it there."""
    files: dict[PurePosixPath, bytes] = {}
    if settings.subtitles_placement != "inside":
        for ending, body in (await subtitles_beside(ffmpeg, part, work.media)).items():
            files[spot.target.with_name(f"{spot.target.stem}{ending}")] = body
    if settings.subtitles_placement == "beside":
        part = await without_subtitles(ffmpeg, part, work)
    if settings.write_nfo:
        files |= _nfo_files(settings, spot)
    return part, files


def _nfo_files(settings: Settings, spot: Spot) -> dict[PurePosixPath, bytes]:
    layout = layout_of(settings.naming_template, settings.film_template)
    files: dict[PurePosixPath, bytes] = {}
    if (nfo := entry_nfo(spot.entry)) is not None:
        files[spot.target.with_suffix(".nfo")] = nfo
    if (folder := layout.series_folder(spot.entry)) is not None:
        files[folder / SERIES_NFO] = series_nfo(spot.entry.series)
    return files
