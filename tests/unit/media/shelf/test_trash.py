"""Removed files go into the trash and come back by renames, whatever happens in between."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.errors import FileExistsAlreadyError, FileFailedError, FolderDeniedError
from aniworld_dl.media.shelf.trash import empty_trash, put_back, throw_away, trash_path

PATH = PurePosixPath("Series/Season 01/Series S01E01.mkv")


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_bytes(b"proven")
    return folder


async def test_away_and_back(downloads: Path) -> None:
    """Nothing is copied, and empty folders do not stay behind."""
    number = (downloads / PATH).stat().st_ino
    assert await throw_away(downloads, 7, PATH)
    assert [path.name for path in downloads.iterdir()] == [".aniworld-dl"]
    assert (trash_path(downloads, 7) / PATH).read_bytes() == b"proven"
    assert await put_back(downloads, 7, PATH)
    assert (downloads / PATH).stat().st_ino == number
    await empty_trash(downloads, 7)
    assert [path.name for path in downloads.iterdir()] == ["Series"]


async def test_doing_it_again_completes_it(downloads: Path) -> None:
    """After a crash a file may have both names: then only the second one is missing."""
    thrown = trash_path(downloads, 7) / PATH
    thrown.parent.mkdir(parents=True)
    os.link(downloads / PATH, thrown)
    assert await throw_away(downloads, 7, PATH)
    assert await throw_away(downloads, 7, PATH)
    assert not (downloads / PATH).exists()
    (downloads / PATH).parent.mkdir(parents=True, exist_ok=True)
    os.link(thrown, downloads / PATH)
    assert await put_back(downloads, 7, PATH)
    assert await put_back(downloads, 7, PATH)
    assert not thrown.exists()
    assert (downloads / PATH).read_bytes() == b"proven"


async def test_another_file_is_never_replaced(downloads: Path) -> None:
    assert await throw_away(downloads, 7, PATH)
    (downloads / PATH).parent.mkdir(parents=True)
    (downloads / PATH).write_bytes(b"newer")
    assert await throw_away(downloads, 7, PATH)
    with pytest.raises(FileExistsAlreadyError):
        await put_back(downloads, 7, PATH)
    assert (downloads / PATH).read_bytes() == b"newer"
    assert (trash_path(downloads, 7) / PATH).read_bytes() == b"proven"


async def test_what_is_not_there(downloads: Path) -> None:
    missing = PurePosixPath("Series/none.mkv")
    assert not await throw_away(downloads, 7, missing)
    assert not await put_back(downloads, 7, missing)
    await empty_trash(downloads, 7)
    assert (downloads / PATH).exists()


async def test_other_files_of_a_folder_keep_it(downloads: Path) -> None:
    (downloads / "Series/poster.jpg").write_bytes(b"x")
    assert await throw_away(downloads, 7, PATH)
    assert [path.name for path in (downloads / "Series").iterdir()] == ["poster.jpg"]


async def test_what_leads_elsewhere_is_left_alone(downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.mkv").write_bytes(b"x")
    (downloads / "Link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderDeniedError):
        await throw_away(downloads, 7, PurePosixPath("Link/a.mkv"))
    assert (tmp_path / "elsewhere/a.mkv").exists()


async def test_a_folder_that_cannot_be_removed_for_another_reason(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(Path, "rmdir", broken)
    with pytest.raises(FileFailedError, match="broken"):
        await throw_away(downloads, 7, PATH)


async def test_the_trash_of_others_stays(downloads: Path) -> None:
    assert await throw_away(downloads, 7, PATH)
    await empty_trash(downloads, 8)
    assert (trash_path(downloads, 7) / PATH).exists()
    await empty_trash(downloads, 7)
    assert not (downloads / ".aniworld-dl").exists()
