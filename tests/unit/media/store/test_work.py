from __future__ import annotations

import asyncio
import sys
import zlib
from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.errors import DiskFullError, FileFailedError, FolderInUseError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.work import open_work, remove_work, work_path
from tests.media_builders import hls_track, media_of

TARGET = PurePosixPath("Series/Season 01/Series S01E04.mkv")
MEDIA = media_of(hls_track(), hls_track())


def test_the_folder_has_a_name_that_people_and_file_systems_can_read() -> None:
    path = work_path(Path("/media"), TARGET)
    assert path.parent == Path("/media/.aniworld-dl")
    assert path.name.startswith("Series-S01E04-")
    assert path.name.isascii()
    assert len(path.name) <= 60


@pytest.mark.parametrize("name", ["進撃の巨人.mkv", "..", "a" * 200 + ".mkv", "CON.mkv", "a/../../b.mkv", "-.mkv"])
def test_no_name_leads_elsewhere(name: str) -> None:
    path = work_path(Path("/media"), PurePosixPath(name))
    assert path.parent == Path("/media/.aniworld-dl")
    assert 12 <= len(path.name) <= 60
    assert not path.name.startswith(("-", "."))


def test_two_targets_of_one_name_have_two_folders() -> None:
    other = PurePosixPath("Other/Season 01/Series S01E04.mkv")
    assert work_path(Path("/media"), TARGET) != work_path(Path("/media"), other)


async def test_what_is_stored_outlives_the_process(tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, MEDIA) as work:
        path = work.segment_path(1, 2)
        path.write_bytes(b"data")
        await in_thread(work.ledger.add, 1, 2, Entry(size_bytes=4, crc32=zlib.crc32(b"data")))
        path.with_name("000003.ts.part").write_bytes(b"half")
    async with open_work(tmp_path, TARGET, MEDIA) as work:
        assert work.ledger.done(1) == {2}
        assert [found.name for found in (work.path / "t1").iterdir()] == ["000002.ts"]


async def test_only_one_at_a_time(tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, MEDIA):
        with pytest.raises(FolderInUseError):
            async with open_work(tmp_path, TARGET, MEDIA):
                pass
        with pytest.raises(FolderInUseError):
            await remove_work(tmp_path, TARGET)
    async with open_work(tmp_path, TARGET, MEDIA):
        pass


async def test_another_process_is_kept_out(tmp_path: Path) -> None:
    code = (
        "import sys; from filelock import FileLock, Timeout\n"
        "try: FileLock(sys.argv[1], timeout=0).acquire()\n"
        "except Timeout: sys.exit(7)\n"
    )
    async with open_work(tmp_path, TARGET, MEDIA) as work:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(work.path / "lock"))
        assert await process.wait() == 7


async def test_removal_takes_the_last_trace(tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, MEDIA) as work:
        work.segment_path(0, 0).write_bytes(b"data")
    await remove_work(tmp_path, TARGET)
    assert list(tmp_path.iterdir()) == []


async def test_removal_leaves_the_neighbours(tmp_path: Path) -> None:
    neighbour = PurePosixPath("Series/Season 01/Series S01E05.mkv")
    async with open_work(tmp_path, neighbour, MEDIA) as other:
        async with open_work(tmp_path, TARGET, MEDIA) as work:
            pass
        await remove_work(tmp_path, TARGET)
        assert not work.path.exists()
        assert other.path.exists()


async def test_removing_what_was_never_there_is_fine(tmp_path: Path) -> None:
    await remove_work(tmp_path, TARGET)
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_cannot_be_made_is_our_error(tmp_path: Path) -> None:
    (tmp_path / ".aniworld-dl").write_text("a file where the folder should be")
    with pytest.raises(FileFailedError):
        async with open_work(tmp_path, TARGET, MEDIA):
            pass


async def test_an_error_inside_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError):
        async with open_work(tmp_path, TARGET, MEDIA):
            raise DiskFullError(path="here")
    async with open_work(tmp_path, TARGET, MEDIA):
        pass
