"""The schedule at work: it sets the limit, stops everything and lets it go on, beside whatever the user does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.model import Status
from aniworld_dl.queue.closures import Closure, Closures
from aniworld_dl.queue.schedule import Schedule
from tests.fakes.clock import START, FakeClock, settle
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aniworld_dl.config import Settings

_DAY_S = 86_400
_NOON = 12 * 3600
_AFTER_MIDNIGHT_S = START % _DAY_S


@dataclass(slots=True, kw_only=True)
class Office:
    """A queue with a schedule; its clock on the wall shows noon when a test begins, and goes as the test wants."""

    desk: Desk
    settings: Settings
    closures: Closures
    schedule: Schedule
    set_forward_s: float = _NOON - _AFTER_MIDNIGHT_S

    async def change(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)
        await self.schedule.changed()
        await settle()

    async def hours(self, hours: float) -> None:
        await self.desk.clock.run(hours * 3600)

    async def almost_a_minute(self) -> None:
        """Let 59 s pass one by one, each only when what is read and written has come so far."""
        for _ in range(59):
            await self.desk.store.counts()
            await self.desk.clock.run(1)

    async def has(self, condition: Callable[[], bool]) -> None:
        """Wait, without time going on, until what reads and writes has come so far."""
        while not condition():
            await self.desk.store.counts()

    async def reason(self, episode_id: int) -> tuple[str | None, str | None]:
        episode = await self.desk.store.episode(episode_id)
        assert episode is not None
        view = self.desk.announcer.view_episode(episode)
        return view["reason"], view["reason_until"]

    @property
    def limit(self) -> float | None:
        return self.desk.throttles.whole.bytes_per_s

    @property
    def stats(self) -> dict[str, Any] | None:
        shown: dict[str, Any] | None = self.desk.announcer.stats()["schedule"]
        return shown


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Office]:
    async with open_desk(settings) as desk:
        desk.supervisor.set_open(False)
        closures = Closures(desk.supervisor, desk.control, desk.standing)
        office: Office
        schedule = Schedule(
            clock=desk.clock,
            whole=desk.throttles.whole,
            closures=closures,
            announcer=desk.announcer,
            settings=lambda: office.settings,
            wall=lambda now: now + office.set_forward_s,
        )
        office = Office(desk=desk, settings=settings, closures=closures, schedule=schedule)
        await schedule.apply()
        closures.open(Closure.NOT_PROCESSING)
        task = asyncio.create_task(schedule.run())
        try:
            yield office
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with _open(settings) as opened:
        yield opened


async def test_without_a_schedule_the_setting_holds(office: Office) -> None:
    assert (office.limit, office.stats) == (None, None)
    await office.change(bandwidth_limit_bytes_per_s=5000)
    assert (office.limit, office.stats) == (5000, None)


async def test_a_rule_replaces_the_limit_while_it_holds(office: Office) -> None:
    await office.change(
        bandwidth_limit_bytes_per_s=5000,
        bandwidth_schedule=["daily 13:00-14:00 1M", "daily 14:00-15:00 none", "daily 16:00-17:00 2K"],
    )
    seen = []
    for _ in range(6):
        seen.append(office.limit)
        await office.hours(1)
    assert seen == [5000, 1 << 20, None, 5000, 2048, 5000]


async def test_a_limit_that_is_set_acts_in_the_same_step(office: Office) -> None:
    office.settings = office.settings.model_copy(update={"bandwidth_schedule": ["daily 00:00-24:00 1M"]})
    await office.schedule.changed()
    assert office.limit == 1 << 20
    assert office.stats == {
        "rule": "daily 00:00-24:00 1M",
        "stopped": False,
        "limit_bytes_per_s": 1 << 20,
        "until": None,
    }


async def test_a_full_stop_loses_nothing_and_ends_by_itself(office: Office) -> None:
    """What runs goes back to the queue, what waits says why and until when, and both go on in time."""
    episodes = await office.desk.add(4)
    await office.desk.runner.until_started(3)
    await office.change(bandwidth_limit_bytes_per_s=5000, bandwidth_schedule=["daily 12:01-12:03 stop"])
    assert office.desk.runner.running == set(episodes[:3])
    await office.desk.clock.run(59)
    assert office.desk.runner.running == set(episodes[:3])
    await office.desk.clock.run(2)
    await office.has(lambda: not office.desk.runner.running)
    reasons = [await office.reason(episode_id) for episode_id in episodes]
    assert {reason for reason, _ in reasons} == {"outside_schedule"}
    assert office.stats is not None
    until = office.stats["until"]
    assert {at for _, at in reasons} == {until}
    assert office.stats == {
        "rule": "daily 12:01-12:03 stop",
        "stopped": True,
        "limit_bytes_per_s": 5000,  # for what is started by hand
        "until": until,
    }
    job = await office.desk.store.job(1)
    assert job is not None
    assert office.desk.announcer.view_job(job)["reason"] == "outside_schedule"
    assert not office.desk.runner.running
    await office.desk.clock.run(115)
    assert not office.desk.runner.running
    await office.desk.clock.run(5)
    assert (await office.desk.runner.until_started(6))[3:] == episodes[:3]
    assert (await office.reason(episodes[3]))[0] == "slot"


async def test_clients_are_told_that_it_stops_and_goes_on(office: Office) -> None:
    office.desk.slots.resize(0)
    await office.desk.add(1)
    seq = office.desk.hub.seq

    def told() -> list[str]:
        office.desk.hub.flush()
        return [office.desk.hub.after(number) or "" for number in range(seq, office.desk.hub.seq)]

    await office.change(bandwidth_schedule=["daily 12:01-12:03 stop"])
    await office.desk.clock.run(90)
    await office.has(lambda: any('"reason":"outside_schedule"' in text for text in told()))
    await office.desk.clock.run(120)
    await office.has(lambda: any('"reason":"slot"' in text for text in told()))
    assert sum('"reason":"outside_schedule"' in text for text in told()) == 1
    assert sum('"stopped":true' in text for text in told()) == 1
    assert sum('"rule":null' in text for text in told()) == 2


@pytest.mark.parametrize("jump_hours", [1.5, -23.0 + 1.5 - 1.0])
async def test_a_clock_that_is_set_anew_is_noticed_within_a_minute(office: Office, jump_hours: float) -> None:
    """Forwards into the stop and backwards into it (of the day before); then out of it again."""
    (episode_id,) = await office.desk.add(1)
    await office.desk.runner.until_started(1)
    await office.change(bandwidth_schedule=["daily 13:00-14:00 stop"])
    office.set_forward_s += jump_hours * 3600
    await office.almost_a_minute()
    await office.has(lambda: not office.desk.runner.running)
    office.set_forward_s -= jump_hours * 3600
    await office.almost_a_minute()
    await office.has(lambda: office.desk.runner.started == [episode_id, episode_id])


async def test_a_stop_that_is_taken_back_ends_at_once(office: Office) -> None:
    (episode_id,) = await office.desk.add(1)
    await office.desk.runner.until_started(1)
    await office.change(bandwidth_schedule=["daily 12:00-14:00 stop"])
    await office.desk.until(episode_id, Status.QUEUED)
    await office.change(bandwidth_schedule=[])
    await office.desk.runner.until_started(2)
    assert office.stats is None


async def test_what_is_started_by_hand_is_left_alone(office: Office) -> None:
    """A stop that holds already stops nothing a second time."""
    (episode_id,) = await office.desk.add(1)
    await office.desk.runner.until_started(1)
    await office.change(bandwidth_schedule=["daily 12:00-14:00 stop"])
    await office.desk.until(episode_id, Status.QUEUED)
    await office.desk.store.start(episode_id, now=office.desk.clock.time())
    await office.change(bandwidth_limit_bytes_per_s=5000)
    await office.desk.clock.run(90)
    assert await office.desk.status(episode_id) is Status.DOWNLOADING


@pytest.mark.parametrize("order", [*permutations(Closure)])
async def test_it_opens_when_the_last_reason_has_gone(office: Office, order: tuple[Closure, ...]) -> None:
    """Paused by the user, stopped by the schedule, not processing: closed and opened in every order."""
    (episode_id,) = await office.desk.add(1)
    await office.desk.runner.until_started(1)
    for reason in order:
        await office.closures.close(reason)
    for reason in order[1:]:
        office.closures.open(reason)
        await office.desk.clock.run(1)
        await office.desk.store.set_meta("behind", "whatever was claimed")
        assert await office.desk.status(episode_id) is Status.QUEUED
    assert office.desk.runner.started == [episode_id]
    office.closures.open(order[0])
    await office.desk.runner.until_started(2)


def test_the_fake_wall_begins_at_noon() -> None:
    """The tests above count hours from there."""
    assert (FakeClock().time() + _NOON - _AFTER_MIDNIGHT_S) % _DAY_S == _NOON
