"""What is held back and goes on by itself: after failures, cool-downs and for lack of space, in a whole queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import (
    ConnectError,
    DiskFullError,
    DiskReserveError,
    FileFailedError,
    HostCoolingError,
    NotMediaError,
)
from aniworld_dl.model import Action, Status
from aniworld_dl.queue.disk import Room, Space
from aniworld_dl.queue.persistence import persist
from tests.fakes.clock import FakeClock, settle
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode

MIB = 1 << 20
REFUSED = ConnectError(host="example.org", reason="refused")
FULL = DiskReserveError(path="p", needed_bytes=40 * MIB, missing_bytes=30 * MIB)


class Drive:
    def __init__(self) -> None:
        self.free_mib = 10.0

    def __call__(self, _folder: Path) -> Space | None:
        return Space(total_bytes=1000 * MIB, free_bytes=int(self.free_mib * MIB))


@pytest.fixture
def drive() -> Drive:
    return Drive()


@pytest.fixture
async def desk(settings: Settings, drive: Drive) -> AsyncIterator[Desk]:
    wanted = settings.model_copy(update={"retries_per_episode": 2, "disk_reserve_bytes": 0})
    async with open_desk(wanted, slots=2, space=drive) as opened:
        yield opened


async def row(desk: Desk, episode_id: int) -> Episode:
    episode = await desk.store.episode(episode_id)
    assert episode is not None
    return episode


async def until_held(desk: Desk, episode_id: int) -> Episode:
    """Wait until an episode is held. What is running has been stopped then."""
    while (episode := await row(desk, episode_id)).hold is None or episode_id in desk.runner.running:
        await settle(1)
    return episode


async def test_a_failure_that_may_pass_is_tried_again_until_the_retries_are_used_up(desk: Desk) -> None:
    """The error stays visible meanwhile, and another episode has the slot."""
    (episode_id,) = await desk.add(1)
    for attempt, pause_s in ((1, 22.5), (2, 45.0)):
        await desk.runner.until_started(attempt)
        desk.runner.end(episode_id, REFUSED)
        found = await until_held(desk, episode_id)
        assert (found.status, found.retries) == (Status.QUEUED, attempt)
        assert found.error == REFUSED.info()
        assert desk.slots.held <= 1
        view = desk.announcer.view_episode(found)
        assert (view["reason"], view["error"]["code"]) == ("retry_backoff", "connect_failed")
        await desk.clock.run(pause_s - 1)
        assert len(desk.runner.started) == attempt
        await desk.clock.run(1.1)
    await desk.runner.until_started(3)
    desk.runner.end(episode_id, REFUSED)
    await desk.until(episode_id, Status.FAILED)
    await desk.control.act_on_episode(episode_id, Action.RETRY)
    await desk.runner.until_started(4)
    assert (await row(desk, episode_id)).retries == 0
    desk.runner.end(episode_id, NotMediaError(url="u", found="a web page"))
    await desk.until(episode_id, Status.FAILED)


async def test_a_cool_down_gives_the_slot_to_another(desk: Desk) -> None:
    episodes = await desk.add(3)
    await desk.runner.until_started(2)
    desk.runner.end(episodes[0], HostCoolingError(host="example.org", wait_s=120))
    found = await until_held(desk, episodes[0])
    assert (found.retries, found.error and found.error.code) == (0, "host_cooling")
    assert (await desk.runner.until_started(3))[2] == episodes[2]
    view = desk.announcer.view_episode(found)
    assert (view["reason"], view["reason_params"]) == ("host_cooldown", {"host": "example.org"})
    desk.runner.end(episodes[1])
    await desk.clock.run(140)
    assert (await desk.runner.until_started(4))[3] == episodes[0]


async def test_what_waits_for_space_goes_on_when_there_is_some(desk: Desk, drive: Drive) -> None:
    """In order, as far as space allows, and not for a little more."""
    episodes = await desk.add(3)
    for number in (0, 1):
        await desk.runner.until_started(number + 1)
        desk.runner.end(episodes[number], FULL)
        await until_held(desk, episodes[number])
    await desk.runner.until_started(3)
    desk.runner.end(episodes[2])
    drive.free_mib = 41
    await desk.clock.run(5)
    await settle()
    assert len(desk.runner.started) == 3
    drive.free_mib = 60
    while len(desk.runner.started) < 4:
        await desk.clock.run(0.5)
    assert desk.runner.started[3] == episodes[0]
    await desk.clock.run(10)
    assert len(desk.runner.started) == 4, "its space is promised"
    desk.runner.end(episodes[0], NotMediaError(url="u", found="a web page"))
    await desk.until(episodes[0], Status.FAILED)
    while len(desk.runner.started) < 5:
        await desk.clock.run(0.5)
    assert desk.runner.started[4] == episodes[1]


async def fill(desk: Desk) -> None:
    """Store things until there is no room for more."""
    for number in range(200):
        try:
            await desk.store.set_meta(f"filler{number}", "x" * 4000)
        except DiskFullError:
            return
    raise AssertionError("it is never full")


async def test_a_promise_to_an_episode_that_is_paused_is_taken_back(desk: Desk, drive: Drive) -> None:
    desk.slots.resize(1)
    first, second, busy = await desk.add(3)
    for number, episode_id in enumerate((first, second), start=1):
        await desk.runner.until_started(number)
        desk.runner.end(episode_id, FULL)
        await until_held(desk, episode_id)
    await desk.runner.until_started(3)
    drive.free_mib = 60
    while (await row(desk, first)).hold is not None:
        await desk.clock.run(0.5)
    assert (await row(desk, second)).hold is not None
    await desk.control.act_on_episode(first, Action.PAUSE)
    while (await row(desk, second)).hold is not None:
        await desk.clock.run(0.5)
    assert await desk.status(busy) is Status.DOWNLOADING


async def test_the_youngest_is_held_back_before_the_disk_is_full(desk: Desk, drive: Drive, tmp_path: Path) -> None:
    """What it has stays; the older one goes on."""
    drive.free_mib = 100
    first, second = await desk.add(2)
    await desk.runner.until_started(2)
    for episode_id in (first, second):
        live = next(live for live in desk.announcer.lives_of(1) if live.episode.id == episode_id)
        await desk.disk.reserve(Room(live, estimate_bytes=20 * MIB, copies=2, result=tmp_path / str(episode_id)))
    await desk.clock.run(3)
    assert desk.runner.running == {first, second}
    assert desk.announcer.stats()["disk"]["reserved_bytes"] == 80 * MIB
    drive.free_mib = 70
    while second in desk.runner.running:
        await desk.clock.run(0.5)
        if (await row(desk, second)).hold is not None:
            break
    found = await until_held(desk, second)
    assert found.hold is not None
    assert found.hold.params == {"needed_bytes": 40 * MIB, "missing_bytes": 10 * MIB}
    assert first in desk.runner.running
    assert found.error is not None


async def test_who_ends_while_he_is_to_be_held_back_is_left_alone(desk: Desk, drive: Drive, tmp_path: Path) -> None:
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    (live,) = desk.announcer.lives_of(1)
    drive.free_mib = 100
    await desk.disk.reserve(Room(live, estimate_bytes=20 * MIB, copies=2, result=tmp_path / "result"))
    desk.runner.end(episode_id)
    await desk.until(episode_id, Status.COMPLETED)
    drive.free_mib = 1
    await desk.clock.run(10)
    await settle()
    assert await desk.status(episode_id) is Status.COMPLETED


async def test_a_decision_is_kept_until_the_database_has_room_for_it(desk: Desk) -> None:
    """A full disk under the queue: nothing ends, nothing is lost, and it goes on when there is room."""
    first, second, third = await desk.add(3)
    await desk.runner.until_started(2)
    database = desk.store.database
    (pages,) = await database.write(lambda connection: connection.execute_fetchall("PRAGMA page_count"))
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages[0]}"))
    await fill(desk)
    long = NotMediaError(url="u" * 9000, found="a web page")
    desk.runner.end(first, long)
    await desk.clock.run(30)
    assert await desk.status(first) is Status.DOWNLOADING
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    while await desk.status(first) is not Status.FAILED:
        await desk.clock.run(1)
    assert (await desk.runner.until_started(3))[2] == third
    desk.runner.end(second)
    await desk.until(second, Status.COMPLETED)


async def test_persistence_waits_longer_each_time_and_only_for_what_passes() -> None:
    clock, failures = FakeClock(auto_advance=True), [DiskFullError(path="p")] * 7

    async def write() -> str:
        if failures:
            raise failures.pop()
        return "written"

    async def refused() -> None:
        raise FileFailedError(path="p", reason="r")

    assert await persist(write, clock) == "written"
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    with pytest.raises(FileFailedError):
        await persist(refused, clock)
