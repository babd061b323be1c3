"""`auto`: how many slots samples ask for, and who is given way to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.climbing import Verdict
from aniworld_dl.limits import Limiter
from aniworld_dl.machine import Load
from aniworld_dl.net.hosts import Traffic
from aniworld_dl.queue.tuner import (
    MOST_SLOTS,
    SAMPLE_EVERY_S,
    SAMPLES_SHOWN,
    Decision,
    QueueFigures,
    Sample,
    SlotReason,
    SlotRule,
    Tuner,
    queue_figures,
)
from aniworld_dl.queue.tuning_views import tuning_view
from tests.fakes.clock import START, FakeClock, settle
from tests.unit.queue.desk import open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aniworld_dl.config import Settings

QUIET: Final = Load(
    busy=0.3, by_others=0.1, disk_wait=0.0, free_memory_bytes=8 * 10**9, free_memory=0.5, free_disk_bytes=10**12
)
NOTHING: Final = Traffic(received_bytes=0, requests=0, troubles=0)


class Driver:
    """Feeds a rule with samples, one every two seconds, of a line that is a formula of what runs."""

    def __init__(self, rate: Callable[[int], float], slots: int = 3) -> None:
        self.rate = rate
        self.rule = SlotRule(slots, now=0.0)
        self.slots = slots
        self.sample = Sample(
            at=0.0, slots=slots, running=slots, waiting=100, traffic=NOTHING, speed_bytes_per_s=0.0, load=QUIET
        )
        self.decisions: list[Decision] = []

    def run(self, seconds: float, **changes: object) -> Decision:
        """Let so much time pass with these fields of the samples."""
        for _ in range(int(seconds / SAMPLE_EVERY_S)):
            before = self.sample
            given = {"running": self.slots, "slots": self.slots, "speed_bytes_per_s": self.rate(self.slots), **changes}
            if "traffic" not in changes:
                received = before.traffic.received_bytes + round(self.rate(self.slots) * SAMPLE_EVERY_S)
                given["traffic"] = replace(
                    before.traffic, received_bytes=received, requests=before.traffic.requests + 50
                )
            self.sample = replace(before, at=before.at + SAMPLE_EVERY_S, **given)  # type: ignore[arg-type]
            self.decisions.append(self.rule.decide(self.sample))
            self.slots = self.decisions[-1].slots
        return self.decisions[-1]


def line(each: float, everyone: float) -> Callable[[int], float]:
    return lambda running: min(each * running, everyone)


def test_it_grows_while_each_further_episode_pays_and_no_further() -> None:
    driver = Driver(line(10e6, 70e6))
    assert driver.run(120.0).slots == 7
    driver.run(600.0)
    late = [decision.slots for decision in driver.decisions[60:]]
    assert set(late) <= {6, 7, 8}
    assert late.count(7) > 0.8 * len(late)


def test_it_shrinks_where_fewer_bring_the_same() -> None:
    assert Driver(line(40e6, 40e6)).run(900.0).slots == 1


def test_it_never_gives_more_than_sixteen() -> None:
    driver = Driver(line(1e6, 1e12))
    driver.run(600.0)
    assert max(decision.slots for decision in driver.decisions) == MOST_SLOTS == 16
    assert Driver(line(1e6, 1e12), slots=100).run(2.0).slots == 16


@pytest.mark.parametrize(
    ("changes", "reason", "params"),
    [
        ({"queue_paused": True}, SlotReason.QUEUE_PAUSED, {}),
        ({"waiting": 2}, SlotReason.FEW_WAITING, {"waiting": 2}),
        ({"limit_bytes_per_s": 31e6}, SlotReason.BANDWIDTH_LIMIT, {"bytes_per_s": 31_000_000}),
    ],
)
def test_it_does_nothing_while_something_else_binds(
    changes: dict[str, object], reason: SlotReason, params: dict[str, int]
) -> None:
    driver = Driver(line(10e6, 1e12))
    assert driver.run(120.0, **changes) == Decision(slots=3, reason=reason, params=params)
    assert {decision.slots for decision in driver.decisions} == {3}
    assert driver.run(120.0, queue_paused=False, waiting=100, limit_bytes_per_s=None).slots > 6


def test_a_limit_that_does_not_bind_changes_nothing() -> None:
    assert Driver(line(10e6, 70e6)).run(120.0, limit_bytes_per_s=1e9).slots == 7


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"busy": 0.95, "by_others": 0.6}, SlotReason.OTHERS_LOAD),
        ({"free_memory": 0.05}, SlotReason.MEMORY),
        ({"free_memory_bytes": 10**8}, SlotReason.MEMORY),
        ({"free_disk_bytes": 10**8}, SlotReason.DISK_SPACE),
        ({"disk_wait": 0.5}, SlotReason.DISK_WAIT),
    ],
)
def test_it_gives_way_one_by_one_down_to_one_and_comes_back(changes: dict[str, float], reason: SlotReason) -> None:
    driver = Driver(line(10e6, 70e6))
    driver.run(120.0)
    driver.run(SAMPLE_EVERY_S * 3, load=replace(QUIET, **changes))  # type: ignore[arg-type]
    assert (driver.decisions[-1].slots, driver.decisions[-1].reason) == (6, reason)
    driver.run(120.0, load=replace(QUIET, **changes))  # type: ignore[arg-type]
    assert driver.slots == 1
    assert driver.run(20.0, load=QUIET).slots == 1
    assert driver.run(200.0).slots == 7


def test_it_waits_until_giving_way_shows() -> None:
    """Nothing that runs is stopped, so the number runs down only as episodes end."""
    driver = Driver(line(10e6, 70e6))
    driver.run(30.0, running=3, load=replace(QUIET, free_memory=0.01))
    assert driver.slots == 2


def test_processors_that_are_busy_with_us_hold_it_where_it_is() -> None:
    driver = Driver(line(10e6, 1e12))
    decision = driver.run(120.0, load=replace(QUIET, busy=0.97, by_others=0.1))
    assert (decision.slots, decision.reason, decision.params) == (3, SlotReason.OWN_LOAD, {"busy_percent": 97})


def test_a_disk_whose_space_is_unknown_is_taken_for_large() -> None:
    assert Driver(line(10e6, 70e6)).run(120.0, load=replace(QUIET, free_disk_bytes=None)).slots == 7


def test_servers_that_refuse_are_given_way_to() -> None:
    driver = Driver(line(10e6, 70e6))
    driver.run(60.0)
    before, traffic = driver.slots, driver.sample.traffic
    driver.run(SAMPLE_EVERY_S, traffic=replace(traffic, troubles=30, requests=traffic.requests + 100))
    decision = driver.decisions[-1]
    assert decision.slots == before - 1
    assert decision.reason is SlotReason.TROUBLES
    assert decision.params == {"troubles": 30, "requests": 150}
    assert driver.run(4.0).slots == before - 1


def test_two_that_refuse_are_bad_luck() -> None:
    driver = Driver(line(10e6, 70e6))
    driver.run(2.0)
    driver.run(8.0, traffic=Traffic(received_bytes=10**6, requests=4, troubles=2))
    assert driver.decisions[-1].reason is not SlotReason.TROUBLES


# ---------------------------------------------------------------------------------------------------------- the task


class Machine:
    def __init__(self) -> None:
        self.now = QUIET

    def load(self) -> Load:
        return self.now


class Desk:
    """A tuner whose queue is a set of numbers."""

    def __init__(self, slots: int = 5) -> None:
        self.clock = FakeClock()
        self.slots = Limiter(slots)
        self.machine = Machine()
        self.received_bytes = 0
        self.asked = asyncio.Event()
        self.tuner = Tuner(
            slots=self.slots,
            clock=self.clock,
            machine=lambda: self.machine,
            traffic=lambda: Traffic(received_bytes=self.received_bytes, requests=0, troubles=0),
            queue=self.queue,
        )

    def queue(self) -> QueueFigures:
        self.asked.set()
        return QueueFigures(
            running=self.slots.slots, waiting=100, speed_bytes_per_s=1e6, queue_paused=False, limit_bytes_per_s=None
        )

    async def step(self, count: int = 1, bytes_per_slot: int = 10**6) -> None:
        """Let the tuner sample so often."""
        for _ in range(count):
            await self.clock.wait_for_sleepers()
            self.received_bytes += self.slots.slots * bytes_per_slot
            self.clock.advance(SAMPLE_EVERY_S)
            await self.asked.wait()
            self.asked.clear()


@asynccontextmanager
async def tuning(slots: int = 5) -> AsyncIterator[Desk]:
    desk = Desk(slots)
    task = asyncio.create_task(desk.tuner.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def test_a_number_is_set_at_once_and_nothing_is_sampled() -> None:
    async with tuning() as desk:
        desk.tuner.apply(7)
        assert (desk.slots.slots, desk.tuner.decision) == (7, None)
        desk.tuner.apply(0)
        await settle()
        assert (desk.slots.slots, desk.clock.slept) == (0, [])


async def test_auto_goes_on_from_the_number_there_is() -> None:
    async with tuning() as desk:
        desk.tuner.apply("auto")
        assert desk.tuner.decision == Decision(slots=5, reason=Verdict.STARTED)
        desk.tuner.apply("auto")
        await desk.step(30)
        assert desk.slots.slots > 5
        assert len(desk.tuner.samples) == SAMPLES_SHOWN
        assert desk.tuner.decision.slots == desk.slots.slots


@pytest.mark.parametrize(("before", "after"), [(0, 3), (50, 16)])
async def test_auto_after_nothing_or_too_many(before: int, after: int) -> None:
    async with tuning(before) as desk:
        desk.tuner.apply("auto")
        assert desk.slots.slots == after


async def test_a_number_in_mid_sample_stays() -> None:
    """The load is read in a thread; who sets a number meanwhile is not overruled."""
    async with tuning() as desk:
        desk.tuner.apply("auto")
        await desk.step(1)
        await desk.clock.wait_for_sleepers()
        desk.tuner.apply(9)
        desk.clock.advance(SAMPLE_EVERY_S)
        await settle()
        await asyncio.get_running_loop().shutdown_default_executor()  # which waits for the thread
        await settle()
        assert (desk.slots.slots, len(desk.tuner.samples), desk.tuner.decision) == (9, 0, None)


async def test_the_tuner_sees_the_queue(settings: Settings) -> None:
    async with open_desk(settings) as desk:
        desk.throttles.whole.set_rate(5e6)
        await desk.add(5)
        while queue_figures(desk.announcer, desk.throttles).waiting != 2:
            await desk.clock.run(0.05)
        assert queue_figures(desk.announcer, desk.throttles) == QueueFigures(
            running=3, waiting=2, speed_bytes_per_s=0, queue_paused=False, limit_bytes_per_s=5e6
        )


async def test_the_reasoning_is_shown_with_its_samples() -> None:
    async with tuning() as desk:
        assert tuning_view(desk.tuner, lambda at: at) is None
        desk.tuner.apply("auto")
        await desk.step(2)
        view = tuning_view(desk.tuner, lambda at: START + at)
        assert view is not None
        assert (view["slots"], view["reason"], view["reason_text"]) == (5, "started", "nothing is measured yet")
        assert view["samples"][-1] == {
            "at": "2027-01-15T08:00:04.000Z",
            "slots": 5,
            "running": 5,
            "waiting": 100,
            "speed_bytes_per_s": 1_000_000,
            "busy_percent": 30,
            "others_percent": 10,
            "disk_wait_percent": 0,
            "free_memory_bytes": 8 * 10**9,
            "free_disk_bytes": 10**12,
        }
