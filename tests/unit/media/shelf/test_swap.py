"""A better file takes the place of another: there is always one, never two, and the old one is kept for a while."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.errors import FileFailedError, FileGoneError, FolderDeniedError
from aniworld_dl.media.shelf.modes import Modes
from aniworld_dl.media.shelf.swap import swap_file
from aniworld_dl.media.shelf.trash import trash_path

PATH = PurePosixPath("Nordlicht/Season 01/Nordlicht S01E01.mkv")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    root = tmp_path / "shelf"
    folder = (root / PATH).parent
    folder.mkdir(parents=True)
    (root / PATH).write_text("old")
    (folder / "Nordlicht S01E01.de.srt").write_text("old words")
    (folder / "Nordlicht S01E01.nfo").write_text("known")
    (folder / "Nordlicht S01E02.mkv").write_text("other")
    (root / "part").write_text("new")
    return root


def below(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}


async def test_the_new_one_has_the_name_and_the_old_one_is_kept(shelf: Path) -> None:
    """Subtitles go with the old one, metadata and other files stay."""
    await swap_file(shelf / "part", shelf, PATH, 7, Modes(file=0o640, folder=None))
    assert below((shelf / PATH).parent) == {
        PATH.name: "new",
        "Nordlicht S01E01.nfo": "known",
        "Nordlicht S01E02.mkv": "other",
    }
    assert below(trash_path(shelf, 7)) == {PATH.name: "old", "Nordlicht S01E01.de.srt": "old words"}
    assert not (shelf / "part").exists()
    assert (shelf / PATH).stat().st_mode & 0o777 == 0o640


async def test_nothing_takes_the_place_of_what_is_gone(shelf: Path) -> None:
    (shelf / PATH).unlink()
    with pytest.raises(FileGoneError):
        await swap_file(shelf / "part", shelf, PATH, 7)
    (shelf / PATH).symlink_to(shelf / "part")
    with pytest.raises(FileGoneError):
        await swap_file(shelf / "part", shelf, PATH, 7)
    assert (shelf / "part").read_text() == "new"


async def test_what_lies_elsewhere_is_left_alone(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.mkv").write_text("old")
    with pytest.raises(FolderDeniedError):
        await swap_file(shelf / "part", shelf, PurePosixPath("../outside.mkv"), 7)


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def link(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)


async def test_where_there_are_no_hard_links_it_is_renamed(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errno.EPERM)
    await swap_file(shelf / "part", shelf, PATH, 7)
    assert (shelf / PATH).read_text() == "new"
    assert below(trash_path(shelf, 7))[PATH.name] == "old"


async def test_a_failure_leaves_the_old_one(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it had been renamed already, and where the trash cannot take it."""

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        refuse(patch, errno.EPERM)
        patch.setattr(Path, "replace", fail)
        with pytest.raises(FileFailedError):
            await swap_file(shelf / "part", shelf, PATH, 7)
    assert (shelf / PATH).read_text() == "old"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(FileFailedError):
            await swap_file(shelf / "part", shelf, PATH, 8)
    assert (shelf / PATH).read_text() == "old"
    refuse(monkeypatch, errno.EIO)
    with pytest.raises(FileFailedError):
        await swap_file(shelf / "part", shelf, PATH, 9)
    assert (shelf / PATH).read_text() == "old"
