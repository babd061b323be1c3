"""Whoever may write in the library or in the work folder cannot make the service write anywhere else by a link."""

from __future__ import annotations

import contextlib
import errno
import os
from hashlib import blake2s
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FolderDeniedError, StorageError
from aniworld_dl.media.disk import held_folder
from aniworld_dl.media.shelf.beside import place_beside
from aniworld_dl.media.shelf.library import move_file, place
from aniworld_dl.media.shelf.trash import empty_trash, put_back, throw_away, trash_path
from aniworld_dl.media.store.work import open_work, remove_work, work_path
from tests.media_builders import hls_track, media_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATH = PurePosixPath("Series/Season 01/Series S01E01.mkv")
MEDIA = media_of(hls_track())
SECRET = b"secret"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "x.part").write_bytes(b"proven")
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of somebody else, on the same file system."""
    folder = tmp_path / "outside"
    (folder / "Season 01").mkdir(parents=True)
    (folder / "1").mkdir()
    for name in ("secret", "1/kept", "Season 01/Series S01E01.mkv"):
        (folder / name).write_bytes(SECRET)
    return folder


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(each.relative_to(folder)): each.read_bytes() if each.is_file() else None for each in folder.rglob("*")}


LINKS = (
    "Series",
    "Series/Season 01",
    "SERIES",
    "Series/season 01",
    ".aniworld-dl",
    ".aniworld-dl/trash",
    ".aniworld-dl/trash/1",
    ".aniworld-dl/trash/1/Series",
    ".aniworld-dl/trash/1/Series/Season 01",
    work_path(Path(), PATH).as_posix(),
)


@pytest.mark.parametrize("goal", ["", "Season 01", "secret", "missing"])
@pytest.mark.parametrize("link", LINKS)
async def test_no_link_to_a_folder_leads_out(link: str, goal: str, library: Path, outside: Path) -> None:
    """Whatever is done with the library: what lies elsewhere is as it was."""
    before = contents(outside)
    (library / link).parent.mkdir(parents=True, exist_ok=True)
    (library / link).symlink_to(outside / goal)
    done = 0
    steps: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: place(library / "x.part", library, PATH),
        lambda: place_beside({PATH.with_suffix(".nfo"): b"x"}, library),
        lambda: throw_away(library, 1, PATH),
        lambda: put_back(library, 1, PATH),
        lambda: empty_trash(library, 1),
        lambda: work_once(library),
        lambda: remove_work(library, PATH),
    )
    for step in steps:
        with contextlib.suppress(StorageError, FileExistsError):
            await step()
            done += 1
        assert contents(outside) == before, link
    assert done < 7, "the link stood in nobody's way"


async def work_once(library: Path) -> None:
    async with open_work(library, PATH, MEDIA) as work:
        work.segment_path(0, 0).write_bytes(b"data")


@pytest.mark.parametrize(
    "name", ["t0", "t0/000000.ts", "t0/000000.ts.part", "lock", "ledger", "segments.json", "episode"]
)
async def test_links_inside_the_work_folder_are_removed(name: str, library: Path, outside: Path) -> None:
    link = work_path(library, PATH) / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if name == "t0" else outside / "secret")
    before = contents(outside)
    await work_once(library)
    await remove_work(library, PATH)
    assert contents(outside) == before


async def test_a_link_in_place_of_what_is_being_written_is_not_followed(library: Path, outside: Path) -> None:
    """Its name can be foreseen."""
    target = PurePosixPath("Series.nfo")
    part = library / f".aniworld-dl-{blake2s(target.name.encode(), digest_size=8).hexdigest()}.part"
    part.symlink_to(outside / "secret")
    await place_beside({target: b"x"}, library)
    assert (outside / "secret").read_bytes() == SECRET
    assert (library / target).read_bytes() == b"x"
    assert not (library / target).is_symlink()


def no_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no links here")


@pytest.mark.parametrize("has_links", [True, False], ids=["links", "exFAT"])
def test_a_folder_that_is_swapped_for_a_link_in_between_gets_nothing(
    has_links: bool, library: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself: the folder was looked at and is a link a moment later."""
    folder = library / "Series"
    folder.mkdir()
    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    with held_folder(folder, library) as held:
        folder.rename(library / "moved")
        folder.symlink_to(outside)
        move_file(library / "x.part", folder / "a.mkv", held)
    assert (library / "moved/a.mkv").read_bytes() == b"proven"
    assert not (outside / "a.mkv").exists()


def test_a_link_that_appears_on_the_way_to_a_folder_is_refused(
    library: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was found to lie inside, before it is opened."""
    folder = library / "Series/Season 01"
    folder.mkdir(parents=True)
    really_open = os.open

    def swap(path: object, *arguments: object, **options: object) -> int:
        if path == "Series":
            (library / "Series").rename(library / "moved")
            (library / "Series").symlink_to(outside)
        return really_open(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", swap)
    with pytest.raises(OSError, match="Series"), held_folder(folder, library):
        pytest.fail("it was opened")


def test_a_folder_elsewhere_is_not_held(library: Path, outside: Path) -> None:
    (library / "Link").symlink_to(outside)
    for folder in (library / "Link", library / "..", outside):
        with pytest.raises(FolderDeniedError), held_folder(folder, library):
            pytest.fail("it was opened")
    (library / "Inside").mkdir()
    (library / "Alias").symlink_to(library / "Inside")
    with held_folder(library / "Alias", library) as held:
        assert held is not None
        assert os.fstat(held).st_ino == (library / "Inside").stat().st_ino


async def test_the_trash_gives_back_only_into_the_library(library: Path, outside: Path) -> None:
    await place(library / "x.part", library, PATH)
    await throw_away(library, 1, PATH)
    (library / "Series").symlink_to(outside)
    with pytest.raises(FolderDeniedError):
        await put_back(library, 1, PATH)
    assert (trash_path(library, 1) / PATH).read_bytes() == b"proven"
