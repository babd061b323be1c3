"""The folder in which one episode is put together. It outlives pauses, crashes and power cuts."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import unicodedata
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from aniworld_dl.errors import FolderInUseError
from aniworld_dl.media.disk import in_thread, refuse_outside, storage_errors
from aniworld_dl.media.store.layout import stored_name
from aniworld_dl.media.store.ledger import Ledger
from aniworld_dl.media.store.segment_map import SegmentState, TrackMap, read_map, read_stored, scales_of, write_map

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path, PurePath

    from aniworld_dl.model import Media

WORK_PARENT: Final = ".aniworld-dl"
_LOCK_NAME: Final = "lock"
_OWNER_NAME: Final = "episode"
_SLUG_LENGTH: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFolder:
    """An episode's work folder, locked for this process for as long as `open_work` holds it."""

    path: Path
    ledger: Ledger
    media: Media

    def is_complete(self) -> bool:
        """Tell whether every segment is stored, so that nothing is left to fetch."""
        return all(
            self.ledger.done(number) >= {segment.index for segment in track.segments}
            for number, track in enumerate(self.media.tracks)
        )

    def segment_path(self, track: int, index: int) -> Path:
        """Return where a segment is stored (a negative index is an init section)."""
        return self.path / stored_name(self.media.tracks[track], track, index)


def work_path(download_dir: Path, target: PurePath) -> Path:
    """Return the work folder of the episode that becomes `target`, a path relative to `download_dir`."""
    digest = hashlib.sha256(target.as_posix().encode()).hexdigest()[:12]
    plain = unicodedata.normalize("NFKD", target.stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", plain)[:_SLUG_LENGTH].strip("-")
    return download_dir / WORK_PARENT / f"{slug}-{digest}".lstrip("-")


@asynccontextmanager
async def open_work(download_dir: Path, target: PurePath, media: Media) -> AsyncIterator[WorkFolder]:
    """Lock the work folder of an episode and read its ledger; segments of another media are dropped.

    Raises:
        FolderInUseError: another process works on this episode.
        StorageError: the folder cannot be made, read or written.
    """
    path = work_path(download_dir, target)
    lock = FileLock(path / _LOCK_NAME, timeout=0, thread_local=False)
    work = WorkFolder(path=path, ledger=Ledger(path, media), media=media)
    try:
        await in_thread(_open, work, lock)
        yield work
    finally:
        await in_thread(_close, work, lock)


async def take_work(work: WorkFolder, owner: int) -> None:
    """Note that the work is this episode's from now on, whoever began it.

    Raises:
        StorageError: the folder cannot be written.
    """
    await in_thread(_take, work.path, owner)


def begin_map(work: WorkFolder) -> Sequence[TrackMap]:
    """Return how the segments came in earlier attempts, and see to it that there is a map. For threads.

    What another media has left is of no use. Where it says that a segment is stored, the ledger may say otherwise.
    """
    earlier, scales = read_map(work.path), scales_of(work.media)
    if tuple(track.scale for track in earlier) == scales:
        return earlier
    write_map(work.path, [TrackMap(scale=each, states=bytes([SegmentState.MISSING]) * each.count) for each in scales])
    return ()


def map_of_folder(download_dir: Path, target: PurePath, owner: int) -> Sequence[TrackMap]:
    """Return how the segments of an episode stand that does not run; nothing where that is not known. For threads."""
    path = work_path(download_dir, target)
    return () if _is_taken(path, owner) else read_stored(path)


async def remove_work(download_dir: Path, target: PurePath, owner: int | None = None) -> None:
    """Remove an episode's work folder, and the folder of work folders when it is the last. None is fine too.

    With an `owner` it is left alone when another episode has taken it. Call it outside `open_work`: no system but POSIX
    removes files that are open.

    Raises:
        FolderInUseError: another process works on this episode.
        StorageError: it cannot be removed.
    """
    await in_thread(_remove, work_path(download_dir, target), owner)


def _open(work: WorkFolder, lock: FileLock) -> None:
    with storage_errors(work.path):
        _refuse_elsewhere(work.path)
        _remove_links(work.path)
        for number in range(len(work.media.tracks)):
            (work.path / f"t{number}").mkdir(parents=True, exist_ok=True)
        _acquire(work.path, lock)
        _remove_parts(work.path)
    work.ledger.open()


def _close(work: WorkFolder, lock: FileLock) -> None:
    work.ledger.close()
    if lock.is_locked:
        with contextlib.suppress(OSError):  # the next opening does it
            _remove_parts(work.path)
    lock.release()


def _remove_parts(path: Path) -> None:
    """Remove what is of no use to another attempt; it would only take space until then."""
    for stale in path.glob("**/*.part*"):
        stale.unlink()


def _refuse_elsewhere(path: Path) -> None:
    refuse_outside(path / _LOCK_NAME, path.parent.parent)


def _remove_links(path: Path) -> None:
    """Remove links, of which none is ours: what is written must not go where they lead."""
    for folder in (path, *path.glob("t[0-9]*")):
        if folder.is_symlink():
            folder.unlink()
        elif folder.is_dir():
            for each in folder.iterdir():
                if each.is_symlink():
                    each.unlink()


def _acquire(path: Path, lock: FileLock) -> None:
    try:
        lock.acquire()
    except Timeout as error:
        raise FolderInUseError(path=str(path)) from error


def _take(path: Path, owner: int) -> None:
    with storage_errors(path):
        (path / _OWNER_NAME).write_text(str(owner), encoding="ascii")


def _is_taken(path: Path, owner: int | None) -> bool:
    if owner is None:
        return False
    try:
        return (path / _OWNER_NAME).read_text(encoding="ascii") != str(owner)
    except FileNotFoundError:
        return False


def _remove(path: Path, owner: int | None) -> None:
    with storage_errors(path):
        _refuse_elsewhere(path)
        if _is_taken(path, owner):
            return
        if path.is_dir():
            lock = FileLock(path / _LOCK_NAME, timeout=0, thread_local=False)
            _acquire(path, lock)
            try:
                _empty(path)
            finally:
                lock.release()
            shutil.rmtree(path)
        with contextlib.suppress(FileNotFoundError, OSError):
            path.parent.rmdir()  # refuses while another episode has its folder there


def _empty(path: Path) -> None:
    for child in path.iterdir():
        if child.is_dir():
            shutil.rmtree(child)
        elif child.name != _LOCK_NAME:
            child.unlink()
