"""Episodes that are in the library already, whatever their files are called."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.media.disk import refuse_outside
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA, probe_source
from aniworld_dl.media.proof.seal import SEALED_SUFFIXES, read_seal
from aniworld_dl.media.shelf.library import Spellings, known_path
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.place import place_of, series_of
from aniworld_dl.media.shelf.portable import name_key
from aniworld_dl.media.shelf.template import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.shelf.naming import Entry
    from aniworld_dl.model import Media

_SUFFIXES: Final = frozenset({".mkv", ".mp4", ".m4v", ".webm", ".avi", ".ts", ".mov"})
_ALLOWED_S: Final = 2.0
_ALLOWED_PART: Final = 0.01
"""Two cuts of the same episode differ by a logo at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A file that has the name of an episode. `is_ours` when it was made here, as its checksums say."""

    path: PurePosixPath
    is_ours: bool


class Look:
    """Looks into the library for files of episodes. It blocks; what it has seen once it takes to stay as it is."""

    def __init__(self, download_dir: Path) -> None:
        self._download_dir = download_dir
        self._spellings: Spellings = {}
        self._listed: dict[tuple[PurePosixPath, int], list[PurePosixPath]] = {}

    def find(self, target: PurePosixPath, entry: Entry) -> Present | None:
        """Return the file of an episode, None when there is none.

        That is what lies at `target`, in whatever spelling; else what has the name that another profile or container
        gives, or that says the same season and number, in the folder of the series or, after its title, beside it.
        """
        known = self._known(target)
        if os.path.lexists(self._download_dir / known):
            return Present(path=known, is_ours=True)
        for path in self._candidates(entry):
            file = self._download_dir / path
            with suppress(AniworldDlError, OSError):
                refuse_outside(file, self._download_dir)
                if file.is_file():
                    return Present(path=path, is_ours=file.suffix in SEALED_SUFFIXES and bool(read_seal(file)))
        return None

    def _known(self, path: PurePosixPath) -> PurePosixPath:
        return PurePosixPath(known_path(self._download_dir, path, self._spellings))

    def _candidates(self, entry: Entry) -> Iterator[PurePosixPath]:
        for name in PROFILES:
            for suffix in sorted(SEALED_SUFFIXES):
                yield self._known(layout_of(name).path(entry, suffix))
        if not entry.is_film:
            yield from self._by_number(entry)

    def _by_number(self, entry: Entry) -> Iterator[PurePosixPath]:
        folder = layout_of("jellyfin").series_folder(entry)
        assert folder is not None
        wanted = _letters(entry.series)
        for path in [*self._files(self._known(folder), 2), *self._files(PurePosixPath(), 0)]:
            read = place_of(quote(path.as_posix()))
            if (read.season, read.number, read.last_number) != (entry.season, entry.number, entry.last_number):
                continue
            if len(path.parts) > 1 or _letters(series_of(quote(path.name))) == wanted:
                yield path

    def _files(self, folder: PurePosixPath, depth: int) -> list[PurePosixPath]:
        """Return the media files in a folder and so many levels below it; what is hidden is none.

        Links are not followed.
        """
        if (folder, depth) not in self._listed:
            self._listed[folder, depth] = list(_media_files(self._download_dir, folder, depth))
        return self._listed[folder, depth]


async def is_same_episode(ffmpeg: Ffmpeg, file: Path, media: Media) -> bool:
    """Tell whether a file plays as long as an episode that could be downloaded.

    Where one is not known, the name counts. A file that does not play is none.
    """
    try:
        info = await probe_source(ffmpeg, [*READ_ONLY_MEDIA, "-i", file.name], cwd=file.parent)
    except AniworldDlError:
        return False
    if media.duration_s is None or info.duration_s is None:
        return True
    return abs(media.duration_s - info.duration_s) <= max(_ALLOWED_S, media.duration_s * _ALLOWED_PART)


def _media_files(root: Path, folder: PurePosixPath, depth: int) -> Iterator[PurePosixPath]:
    with suppress(OSError), os.scandir(root / folder) as found:
        for each in sorted(found, key=lambda each: each.name):
            path = folder / each.name
            if each.name.startswith("."):
                continue
            if depth and each.is_dir(follow_symlinks=False):
                yield from _media_files(root, path, depth - 1)
            elif path.suffix.lower() in _SUFFIXES and each.is_file(follow_symlinks=False):
                yield path


def _letters(title: str) -> str:
    """Return what is left of a title in the names that releases have."""
    return "".join(character for character in name_key(title) if character.isalnum())
