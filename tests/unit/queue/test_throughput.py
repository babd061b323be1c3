"""How much came, by second and by minute: measured whatever the clocks do, and kept over restarts."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import DiskFullError, FileFailedError
from aniworld_dl.queue.throughput import DAY_MINUTES, RECENT_S, Throughput
from tests.fakes.clock import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.queue.sqlite import SqliteStore

MINUTE: int = int(START) // 60
assert START % 60 == 0


class JumpyClock(FakeClock):
    """A clock whose time of day can be set."""

    def set_forward(self, seconds: float) -> None:
        self._start += seconds


class Source:
    """What has come, as a test says."""

    def __init__(self) -> None:
        self.fetched = 0
        self.running = 0


class Frail:
    """A database whose changes fail with an error, as long as there is one."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.error: Exception | None = None
        self.writes = 0

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        return await self.store.database.read(*args, **kwargs)

    async def write(self, change: Any) -> Any:
        self.writes += 1
        if self.error is not None:
            raise self.error
        return await self.store.database.write(change)


class Bench:
    """A throughput at work, and all that it looks at."""

    def __init__(self, store: SqliteStore, clock: JumpyClock) -> None:
        self.clock = clock
        self.source = Source()
        self.database = Frail(store)
        self.throughput = Throughput(
            database=self.database,  # type: ignore[arg-type]
            clock=clock,
            fetched_bytes=lambda: self.source.fetched,
            running=lambda: self.source.running,
        )
        self.task: asyncio.Task[None] | None = None

    async def fetch(self, seconds: int, bytes_per_s: int, running: int = 1) -> None:
        """Let bytes come for so many seconds."""
        self.source.running = running
        for _ in range(seconds):
            self.source.fetched += bytes_per_s
            await self.pass_by(1.0)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass at once, and everything that follows happen."""
        await self.clock.wait_for_sleepers()
        self.clock.advance(seconds)
        await self.clock.wait_for_sleepers()  # it sleeps again once everything is written

    @property
    def recent(self) -> list[int | None]:
        return list(self.throughput.view()["recent"]["bytes_per_s"])

    @property
    def means(self) -> list[int | None]:
        return list(self.throughput.view()["day"]["mean_bytes_per_s"])


@pytest.fixture
def clock() -> JumpyClock:
    return JumpyClock()


@asynccontextmanager
async def at_work(store: SqliteStore, clock: JumpyClock) -> AsyncIterator[Bench]:
    bench = Bench(store, clock)
    bench.task = asyncio.create_task(bench.throughput.run())
    try:
        while not clock.sleeping:
            await asyncio.sleep(0)
            assert not bench.task.done()
        yield bench
    finally:
        bench.task.cancel()
        await asyncio.wait([bench.task])


@pytest.fixture
async def bench(sqlite_store: SqliteStore, clock: JumpyClock) -> AsyncIterator[Bench]:
    async with at_work(sqlite_store, clock) as opened:
        yield opened


async def test_a_late_look_makes_no_peak_of_the_next(sqlite_store: SqliteStore, clock: JumpyClock) -> None:
    """The second after it is measured together with the one after that, not in the blink that is left of it."""
    async with at_work(sqlite_store, clock) as bench:
        await bench.fetch(1, 1000)
        bench.source.fetched += 1000
        await bench.pass_by(1.98)  # late by nearly a second
        bench.source.fetched += 1000
        await bench.pass_by(0.02)
        await bench.pass_by(1.0)
        assert max(rate for rate in bench.recent if rate is not None) == 1000


async def test_each_second_has_what_came_in_it(bench: Bench) -> None:
    await bench.fetch(2, 500)
    await bench.fetch(1, 0)
    view = bench.throughput.view()["recent"]
    assert view == {"step_s": 1, "from": "2027-01-15T08:00:00.000Z", "bytes_per_s": [500, 500, 0]}


async def test_only_the_last_minutes_are_kept_by_second(bench: Bench) -> None:
    await bench.fetch(RECENT_S + 10, 7)
    view = bench.throughput.view()["recent"]
    assert view["bytes_per_s"] == [7] * RECENT_S
    assert view["from"] == "2027-01-15T08:00:10.000Z"


async def test_a_late_look_shares_out_what_came(bench: Bench) -> None:
    bench.source.fetched = 3000
    await bench.pass_by(3.0)
    await bench.fetch(1, 5)
    assert bench.recent == [1000, 1000, 1000, 5]


async def test_seconds_that_were_slept_through_are_unknown(bench: Bench) -> None:
    """What came in all that time says nothing about its seconds, and is no peak."""
    await bench.fetch(1, 100)
    bench.source.fetched += 9_000_000
    await bench.pass_by(30.0)
    await bench.fetch(29, 100)
    assert bench.recent == [100] + [None] * 30 + [100] * 29
    assert bench.throughput.view()["day"]["peak_bytes_per_s"][-1] == 100


async def test_a_very_long_sleep_leaves_nothing(bench: Bench) -> None:
    await bench.fetch(1, 100)
    await bench.pass_by(3600.0)
    assert bench.recent == [None] * RECENT_S


async def test_a_minute_has_its_mean_its_peak_and_how_many_ran(bench: Bench) -> None:
    await bench.fetch(30, 100, running=2)
    await bench.fetch(30, 300, running=5)
    await bench.fetch(60, 0, running=0)
    day = bench.throughput.view()["day"]
    assert day["step_s"] == 60
    assert day["from"] == "2027-01-14T08:02:00.000Z"
    assert len(day["mean_bytes_per_s"]) == DAY_MINUTES
    assert day["mean_bytes_per_s"][-3:] == [None, 200, 0]
    assert day["peak_bytes_per_s"][-3:] == [None, 300, 0]
    assert day["running"][-3:] == [None, 5, 0]


async def test_bytes_that_are_counted_no_more_are_not_negative(bench: Bench) -> None:
    await bench.fetch(1, 100)
    bench.source.fetched = 0
    await bench.pass_by(1.0)
    assert bench.recent == [100, 0]


async def test_the_last_day_outlives_the_service(sqlite_store: SqliteStore, clock: JumpyClock) -> None:
    """The time in which it was off is a gap."""
    async with at_work(sqlite_store, clock) as before:
        await before.fetch(60, 100)
    clock.advance(120)
    async with at_work(sqlite_store, clock) as after:
        assert after.recent == []
        assert after.means[-3:] == [100, None, None]
        await after.fetch(60, 50)
        assert after.means[-4:] == [100, None, None, 50]


async def test_no_more_than_a_day_is_kept(sqlite_store: SqliteStore, clock: JumpyClock) -> None:
    async with at_work(sqlite_store, clock) as bench:
        await bench.fetch(60, 100)
        clock.set_forward(DAY_MINUTES * 60 - 120)  # in its second minute, which ends at once
        await bench.fetch(60, 200)
        assert [value for value in bench.means if value] == [100, 200, 200]
        await bench.fetch(60, 300)
        assert [value for value in bench.means if value] == [200, 200, 300]
    rows = await sqlite_store.database.read("throughput", after=0, until=2 * MINUTE)
    assert len(rows) == 3


async def test_a_clock_that_is_put_back_does_not_show_the_future(sqlite_store: SqliteStore, clock: JumpyClock) -> None:
    """What is measured again replaces what was there; the seconds go on as if nothing had happened."""
    async with at_work(sqlite_store, clock) as bench:
        await bench.fetch(180, 100)
        clock.set_forward(-120)
        await bench.fetch(60, 900)
        assert bench.recent == [100] * 180 + [900] * 60
        assert bench.means[-2:] == [100, 900]
    rows = await sqlite_store.database.read("throughput", after=0, until=2 * MINUTE)
    assert [(row["minute"] - MINUTE, row["mean_bytes_per_s"]) for row in rows] == [(0, 100), (1, 900)]


async def test_a_busy_minute_is_written_once(bench: Bench) -> None:
    await bench.fetch(59, 100)
    assert bench.database.writes == 0
    await bench.fetch(1, 100)
    assert bench.database.writes == 1
    await bench.fetch(59, 100)
    assert bench.database.writes == 1


async def test_while_nothing_happens_the_disk_may_sleep(bench: Bench) -> None:
    await bench.fetch(60, 100)
    await bench.fetch(60 * 14, 0, running=0)
    assert bench.database.writes == 1
    await bench.fetch(60, 0, running=0)
    assert bench.database.writes == 2
    await bench.fetch(60 * 5, 0, running=0)
    await bench.fetch(60, 1, running=1)
    assert bench.database.writes == 3
    rows = await bench.database.read("throughput", after=0, until=2 * MINUTE)
    assert len(rows) == 22


async def test_what_a_full_disk_refuses_is_written_with_the_next_minute(bench: Bench) -> None:
    bench.database.error = DiskFullError(path="/x")
    await bench.fetch(60, 100)
    await bench.fetch(60, 150)
    bench.database.error = None
    await bench.fetch(60, 200)
    assert bench.means[-3:] == [100, 150, 200]
    rows = await bench.database.read("throughput", after=0, until=2 * MINUTE)
    assert [row["mean_bytes_per_s"] for row in rows] == [100, 150, 200]


async def test_a_database_that_is_broken_is_told(bench: Bench) -> None:
    bench.database.error = FileFailedError(path="/x", reason="broken")
    await bench.fetch(59, 1)
    bench.clock.advance(1.0)
    assert bench.task is not None
    with pytest.raises(FileFailedError):
        await bench.task
