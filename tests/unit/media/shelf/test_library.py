from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.errors import FileFailedError, FolderDeniedError
from aniworld_dl.media.shelf.library import place

TARGET = PurePosixPath("Series/Season 01/Series S01E01.mkv")


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "downloads" / "result.part.mkv"
    path.parent.mkdir()
    path.write_bytes(b"proven")
    return path


@pytest.fixture
def downloads(part: Path) -> Path:
    return part.parent


def refuse_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Make this file system one that answers `os.link` with an error."""

    def link(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)


@pytest.fixture(params=[None, errno.EPERM, errno.EOPNOTSUPP], ids=["links", "exFAT", "share"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param is not None:
        refuse_links(monkeypatch, request.param)


async def test_a_file_gets_its_place(part: Path, downloads: Path, file_system: None) -> None:
    final = await place(part, downloads, TARGET)
    assert final == downloads / TARGET
    assert final.read_bytes() == b"proven"
    assert not part.exists()


async def test_an_existing_file_stays(part: Path, downloads: Path, file_system: None) -> None:
    final = downloads / TARGET
    final.parent.mkdir(parents=True)
    final.write_bytes(b"older")
    with pytest.raises(FileExistsError):
        await place(part, downloads, TARGET)
    assert final.read_bytes() == b"older"
    assert part.read_bytes() == b"proven"


async def test_a_link_that_leads_nowhere_stays_too(part: Path, downloads: Path, file_system: None) -> None:
    final = downloads / TARGET
    final.parent.mkdir(parents=True)
    final.symlink_to(downloads / "nothing")
    with pytest.raises(FileExistsError):
        await place(part, downloads, TARGET)
    assert final.is_symlink()


@pytest.mark.parametrize("target", ["../outside.mkv", "a/../../outside.mkv", "/tmp/outside.mkv"])
async def test_no_target_leads_out_of_the_folder(part: Path, downloads: Path, target: str) -> None:
    with pytest.raises(FolderDeniedError, match="leads out of the download folder"):
        await place(part, downloads, PurePosixPath(target))
    assert part.exists()


async def test_no_linked_folder_leads_out(part: Path, downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (downloads / "Series").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderDeniedError):
        await place(part, downloads, TARGET)
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_the_download_folder_itself_may_be_a_link(part: Path, downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(downloads)
    await place(part, tmp_path / "link", TARGET)
    assert (downloads / TARGET).read_bytes() == b"proven"


async def test_other_errors_of_the_disk_are_ours(part: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_links(monkeypatch, errno.EIO)
    with pytest.raises(FileFailedError):
        await place(part, downloads, TARGET)
    assert part.exists()


async def test_a_file_where_a_folder_should_be_is_our_error(part: Path, downloads: Path) -> None:
    (downloads / "Series").write_text("a file")
    with pytest.raises(FileFailedError):
        await place(part, downloads, TARGET)
