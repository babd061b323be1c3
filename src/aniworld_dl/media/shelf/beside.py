"""What lies beside a finished file: subtitles and metadata, whole or not at all, never over anything."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.shelf.library import ready_path
from aniworld_dl.media.shelf.modes import NO_MODES, Modes, set_mode
from aniworld_dl.media.shelf.nfo import OURS, SERIES_NFO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path, PurePosixPath

_BESIDE: Final = re.compile(r"(?:\.[\w-]+){0,4}\.(?:srt|nfo)")
_HEAD_BYTES: Final = 400


async def place_beside(files: Mapping[PurePosixPath, bytes], download_dir: Path, modes: Modes = NO_MODES) -> None:
    """Write files, by their paths below `download_dir`, those that are not there yet.

    Raises:
        FolderDeniedError: a path does not lie below `download_dir`, or a folder cannot be written.
        StorageError: the disk is full or refuses otherwise.
    """
    await in_thread(_place, files, download_dir, modes)


def _place(files: Mapping[PurePosixPath, bytes], download_dir: Path, modes: Modes) -> None:
    for target, body in files.items():
        final = ready_path(download_dir, target, modes)
        if os.path.lexists(final):
            continue
        part = final.with_name(f".aniworld-dl-{blake2s(final.name.encode(), digest_size=8).hexdigest()}.part")
        with storage_errors(final):
            with suppress(FileNotFoundError):
                part.unlink()  # of an earlier attempt; or a link that would lead elsewhere
            try:
                with part.open("xb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                set_mode(part, modes.file)
                part.rename(final)
            finally:
                with suppress(FileNotFoundError):
                    part.unlink()


def names_beside(file: Path) -> Iterator[Path]:
    """Yield what lies beside a file under its name: subtitles and its NFO. It blocks."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for other in sorted(file.parent.iterdir()):
            if other.name.startswith(file.stem) and _BESIDE.fullmatch(other.name[len(file.stem) :]):
                yield other


def lonely_series_nfo(folder: Path) -> Path | None:
    """Return the `tvshow.nfo` of ours that is all that is left of a series, None where there is more. It blocks."""
    nfo = folder / SERIES_NFO
    if [path.name for path in folder.iterdir()] != [SERIES_NFO] or not nfo.is_file():
        return None
    with nfo.open("rb") as file:
        return nfo if OURS.strip().encode() in file.read(_HEAD_BYTES) else None
