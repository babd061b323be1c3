"""The ledger of the disk: what an episode needs, what fits beside what, who must wait, who may go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import ConnectError, DiskFullError, DiskReserveError
from aniworld_dl.model import Hold, HoldReason, Phase
from aniworld_dl.queue.disk import Disk, Room, Space, space_of
from aniworld_dl.queue.live import LiveEpisode
from tests import builders
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode

MIB = 1 << 20


class Drive:
    """A file system whose free space is what the test says."""

    def __init__(self, free_mib: float | None, total_mib: float = 1000) -> None:
        self.free_mib = free_mib
        self.total_mib = total_mib

    def __call__(self, _folder: Path) -> Space | None:
        if self.free_mib is None:
            return None
        return Space(total_bytes=int(self.total_mib * MIB), free_bytes=int(self.free_mib * MIB))


@pytest.fixture
def drive() -> Drive:
    return Drive(100)


@pytest.fixture
def disk(settings: Settings, drive: Drive) -> Disk:
    return Disk(lambda: settings.model_copy(update={"disk_reserve_bytes": 0}), drive)


def room(tmp_path: Path, number: int = 1, *, mib: float | None = 20, copies: int = 2) -> Room:
    live = LiveEpisode(replace(builders.episode(), id=number), FakeClock())
    estimate = None if mib is None else int(mib * MIB)
    return Room(live, estimate_bytes=estimate, copies=copies, result=tmp_path / f"result{number}")


def held(number: int, needed_mib: float | None) -> Episode:
    params = {} if needed_mib is None else {"needed_bytes": int(needed_mib * MIB)}
    hold = Hold(reason=HoldReason.DISK_RESERVE, params=params)
    return replace(builders.episode(), id=number, hold=hold)


def test_a_room_shrinks_as_segments_are_stored_and_joined(tmp_path: Path) -> None:
    """Twice the size, less what is stored, less what is joined; nothing while it is verified."""
    own = room(tmp_path, mib=1)
    assert own.needed_bytes() == 2 * MIB
    own.stored_bytes = MIB // 2
    assert own.needed_bytes() == 2 * MIB - MIB // 2
    (tmp_path / "result1").write_bytes(bytes(1000))
    own.look()
    assert own.needed_bytes() == 2 * MIB - MIB // 2 - 1000
    assert own.held_bytes() == own.needed_again_bytes() == 2 * MIB - MIB // 2
    (tmp_path / "result1").unlink()
    own.look()
    assert own.needed_bytes() == own.needed_again_bytes()
    own.live.enter(Phase.VERIFYING)
    assert own.needed_bytes() == 0
    assert own.needed_again_bytes() > 0


def test_a_file_that_is_kept_is_there_once(tmp_path: Path) -> None:
    own = room(tmp_path, mib=1, copies=1)
    own.stored_bytes = MIB // 4
    assert own.needed_bytes() == MIB - MIB // 4


def test_what_has_come_tells_more_than_the_manifest(tmp_path: Path) -> None:
    """From a twentieth on; before that a single segment could say anything."""
    own = room(tmp_path, mib=1)
    media = builders.media(40)
    progress = own.live.start_download(media, FakeClock())
    for index in range(40):
        with progress.attempt(0, index, None) as attempt:
            attempt.add(50_000)
            attempt.keep()
        wanted = MIB if index < 1 else 40 * 50_000
        assert own.needed_again_bytes() == 2 * wanted - 50_000 * (index + 1), index


def test_without_any_figure_nothing_is_reserved_at_first(tmp_path: Path) -> None:
    assert room(tmp_path, mib=None).needed_bytes() == 0


async def test_what_does_not_fit_beside_the_others_is_refused(disk: Disk, tmp_path: Path) -> None:
    rooms = [room(tmp_path, number) for number in range(3)]
    for each in rooms[:2]:
        await disk.reserve(each)
    with pytest.raises(DiskReserveError) as caught:
        await disk.reserve(rooms[2])
    assert caught.value.params["needed_bytes"] == 40 * MIB
    assert caught.value.params["missing_bytes"] == 20 * MIB
    assert disk.figures() == {
        "free_bytes": 100 * MIB,
        "total_bytes": 1000 * MIB,
        "reserved_bytes": 80 * MIB,
        "reserve_bytes": 0,
    }
    async with disk.kept_for(rooms[0]):
        pass
    await disk.reserve(rooms[2])
    assert disk.figures()["reserved_bytes"] == 80 * MIB


@pytest.mark.parametrize(
    ("wanted", "total_mib", "reserve_mib"), [(None, 1000, 50), (None, 100_000, 1024), (7 * MIB, 100, 7), (0, 100, 0)]
)
async def test_something_stays_free(
    settings: Settings, tmp_path: Path, wanted: int | None, total_mib: int, reserve_mib: float
) -> None:
    """1 GiB, or a twentieth of a smaller file system, or what is set."""
    drive = Drive(40 + reserve_mib - 0.001, total_mib)
    disk = Disk(lambda: settings.model_copy(update={"disk_reserve_bytes": wanted}), drive)
    assert disk.reserve_bytes() == (wanted or 0)
    with pytest.raises(DiskReserveError):
        await disk.reserve(room(tmp_path))
    drive.free_mib = 40 + reserve_mib
    await disk.reserve(room(tmp_path))
    assert disk.reserve_bytes() == reserve_mib * MIB


async def test_where_nobody_can_tell_the_space_everything_fits(disk: Disk, drive: Drive, tmp_path: Path) -> None:
    drive.free_mib = None
    await disk.reserve(room(tmp_path, mib=10**9))
    assert disk.figures()["free_bytes"] is None
    assert disk.one_too_many() is None
    assert disk.let_in([held(1, 1)], 9) == []


async def test_the_youngest_gives_way_when_space_runs_short(disk: Disk, drive: Drive, tmp_path: Path) -> None:
    """By more than a twentieth, since estimates waver; not who needs nothing more."""
    rooms = [room(tmp_path, number) for number in range(3)]
    for each in rooms[:2]:
        await disk.reserve(each)
    rooms[2].live.enter(Phase.VERIFYING)
    await disk.reserve(rooms[2])
    for free_mib, found in ((80, None), (76, None), (75, 1), (10, 1)):
        drive.free_mib = free_mib
        await disk.look()
        too_many = disk.one_too_many()
        assert (too_many[0].episode.id if too_many else None) == found, free_mib
    assert too_many is not None
    assert too_many[1].params == {
        "path": too_many[1].params["path"],
        "needed_bytes": 40 * MIB,
        "missing_bytes": 70 * MIB,
    }


async def test_those_that_wait_go_on_in_their_order_with_something_to_spare(disk: Disk, drive: Drive) -> None:
    drive.free_mib = 60
    await disk.look()
    waiting = [held(1, 70), held(2, 40), held(3, 30), held(4, 10), held(5, None), held(6, 7.2)]
    assert disk.let_in(waiting, 9) == [2, 4, 5, 6]
    assert disk.let_in(waiting, 9) == [5], "what was promised is spoken for"
    assert disk.promised == (2, 4, 5, 6)
    disk.break_promise(2)
    assert disk.let_in(waiting[2:], 1) == [3]


async def test_a_promise_is_kept_or_broken(disk: Disk, drive: Drive, tmp_path: Path) -> None:
    drive.free_mib = 50
    await disk.look()
    assert disk.let_in([held(1, 40)], 9) == [1]
    assert disk.is_used
    await disk.reserve(room(tmp_path, 1))
    assert disk.promised == ()
    async with disk.kept_for(room(tmp_path, 1)):
        pass
    assert not disk.is_used


async def test_a_small_reserve_to_spare_keeps_the_small_ones_out_too(settings: Settings, drive: Drive) -> None:
    """Else an episode that needs next to nothing would go in and out as the figures waver."""
    disk = Disk(lambda: settings.model_copy(update={"disk_reserve_bytes": 40 * MIB}), drive)
    drive.free_mib = 50
    await disk.look()
    assert disk.let_in([held(1, 0)], 9) == []
    drive.free_mib = 51
    await disk.look()
    assert disk.let_in([held(1, 0)], 9) == [1]


@pytest.mark.parametrize(("free_mib", "needed_mib"), [(0, 40), (39, 40), (100, 101)])
async def test_a_full_disk_is_told_in_terms_of_what_is_needed(
    disk: Disk, drive: Drive, tmp_path: Path, free_mib: float, needed_mib: float
) -> None:
    """It takes more than what is there now, whatever the estimate says."""
    own = room(tmp_path)
    await disk.reserve(own)
    with pytest.raises(DiskReserveError) as caught:  # noqa: PT012 - the disk fills inside
        async with disk.kept_for(own):
            drive.free_mib = free_mib
            raise DiskFullError(path="p")
    assert caught.value.params["needed_bytes"] == needed_mib * MIB
    assert caught.value.params["missing_bytes"] == (needed_mib - free_mib) * MIB
    assert isinstance(caught.value.__cause__, DiskFullError)
    assert not disk.is_used
    assert disk.changed.is_set()


@pytest.mark.parametrize("free_mib", [2 * 40 + 64, None])
async def test_where_space_is_not_what_is_missing_it_stays_a_full_disk(
    disk: Disk, drive: Drive, tmp_path: Path, free_mib: float | None
) -> None:
    """A quota cannot be seen: that is a failure like others."""
    drive.free_mib = free_mib
    with pytest.raises(DiskFullError):
        async with disk.kept_for(room(tmp_path)):
            raise DiskFullError(path="p")


async def test_other_errors_pass(disk: Disk, tmp_path: Path) -> None:
    own = room(tmp_path)
    await disk.reserve(own)
    with pytest.raises(ConnectError):
        async with disk.kept_for(own):
            raise ConnectError(host="a", reason="refused")
    assert not disk.is_used


def test_the_real_space(tmp_path: Path) -> None:
    found = space_of(tmp_path)
    assert found is not None
    assert 0 < found.free_bytes <= found.total_bytes
    assert space_of(tmp_path / "gone") is None
