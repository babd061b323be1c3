"""When it is sent, and to whom: timing, resuming, slow readers, the end, refills."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from aniworld_dl.queue.board import WAITING_SHOWN
from aniworld_dl.queue.events import STEADY_INTERVAL_S, URGENT_DELAY_S, Hub
from tests.fakes.clock import START, FakeClock, settle
from tests.unit.queue.stream import episode, job, read, read_all, running

# -------------------------------------------------------------------------------------------------------- resuming


async def test_since_continues_where_the_reader_was(hub: Hub) -> None:
    for n in range(5):
        hub.publish(jobs={1: job(1, progress_percentage=float(n))})
        hub.flush()
    messages = await read_all(hub.subscribe(hub.seq - 2))
    assert [message["seq"] for message in messages] == [hub.seq - 1, hub.seq]
    assert {message["type"] for message in messages} == {"patch"}
    assert await read_all(hub.subscribe(hub.seq)) == []
    assert len(await read_all(hub.subscribe(hub.seq - 5))) == 5


@pytest.mark.parametrize("away", [-3, 1, -(10**9)])
async def test_since_of_another_stream_gets_a_snapshot(hub: Hub, away: int) -> None:
    for n in range(2):
        hub.publish(jobs={1: job(1, progress_percentage=float(n))})
        hub.flush()
    (message,) = await read_all(hub.subscribe(hub.seq + away))
    assert (message["type"], message["seq"]) == ("snapshot", hub.seq)


async def test_a_later_process_counts_on_from_a_later_time() -> None:
    """So a number of the stream before cannot be one of this."""
    before = Hub(FakeClock())
    for n in range(100):
        before.publish(jobs={1: job(1, progress_percentage=float(n))})
        before.flush()
    after = Hub(FakeClock(start=START + 0.2))
    assert (await read(after.subscribe(before.seq)))["type"] == "snapshot"


@pytest.mark.parametrize("bounds", [{"ring_messages": 3}, {"ring_characters": 500}])
async def test_a_slow_reader_gets_a_snapshot_instead(clock: FakeClock, bounds: dict[str, int]) -> None:
    """Whoever does not read costs nothing; what it has missed is summed up."""
    hub = Hub(clock, **bounds)
    slow, quick = hub.subscribe(), hub.subscribe()
    first = await read(slow)
    await read(quick)
    seen = []
    for n in range(20):
        hub.publish(jobs={1: job(1, progress_percentage=float(n))})
        hub.flush()
        seen += [message["seq"] for message in await read_all(quick)]
    assert seen == list(range(first["seq"] + 1, first["seq"] + 21))
    (missed,) = await read_all(slow)
    assert (missed["type"], missed["seq"], missed["jobs"]) == (
        "snapshot",
        hub.seq,
        {"1": job(1, progress_percentage=19.0)},
    )
    hub.publish(jobs={1: job(1, progress_percentage=20.0)})
    hub.flush()
    assert [message["seq"] for message in await read_all(slow)] == [hub.seq]
    assert len(hub._ring) <= 3 or sum(map(len, hub._ring)) <= 500


# ---------------------------------------------------------------------------------------------------------- timing


async def test_a_change_of_status_goes_out_at_once(hub: Hub, clock: FakeClock) -> None:
    reader = hub.subscribe(hub.seq)
    async with running(hub):
        hub.publish(jobs={1: job(1)})  # nothing was sent for long
        await settle()
        assert len(await read_all(reader)) == 1
        hub.publish(jobs={1: job(1, "downloading")})
        await settle()
        assert await read_all(reader) == []
        await clock.run(URGENT_DELAY_S)
        assert len(await read_all(reader)) == 1


async def test_changes_of_status_of_one_moment_go_out_together(hub: Hub, clock: FakeClock) -> None:
    async with running(hub):
        await clock.run(1.0)
        hub.publish(jobs={1: job(1)})
        await settle()
        before = hub.seq
        hub.publish(jobs={2: job(2)})
        await clock.run(URGENT_DELAY_S / 2)
        hub.publish(jobs={3: job(3)})
        await clock.run(URGENT_DELAY_S / 2)
        assert hub.seq == before + 1


async def test_progress_goes_out_four_times_a_second(hub: Hub, clock: FakeClock) -> None:
    hub.publish(episodes={1: episode()})
    hub.flush()
    reader = hub.subscribe(hub.seq)
    async with running(hub):
        for n in range(100):
            hub.publish(episodes={1: {"progress_percentage": float(n)}})
            await clock.run(0.01)
        messages = await read_all(reader)
    assert len(messages) == 4
    assert messages[-1]["episodes"]["1"]["progress_percentage"] == 99.0


async def test_what_is_urgent_does_not_wait(hub: Hub, clock: FakeClock) -> None:
    async with running(hub):
        hub.publish(stats={"slots": 3})
        await settle()
        before = hub.seq
        hub.publish(stats={"slots": 4})
        await clock.run(URGENT_DELAY_S)
        assert hub.seq == before
        hub.publish(stats={"slots": 5}, urgent=True)
        await clock.run(URGENT_DELAY_S)
        assert hub.seq == before + 1


async def test_nothing_is_sent_when_nothing_changes(hub: Hub, clock: FakeClock) -> None:
    """And no task wakes up for it."""
    async with running(hub):
        await clock.run(STEADY_INTERVAL_S * 10)
        assert hub.seq == int(START * 1000)
        assert clock.slept == []


async def test_a_waiting_reader_is_woken(hub: Hub) -> None:
    reader = hub.subscribe(hub.seq)
    waiting = asyncio.create_task(read(reader))
    await settle()
    hub.publish(jobs={1: job(1)})
    hub.flush()
    assert (await waiting)["jobs"] == {"1": job(1)}


# ---------------------------------------------------------------------------------------------------------- the end


async def test_the_stream_ends_after_what_was_published(hub: Hub) -> None:
    """Readers get what is there, then the end; nobody waits for ever."""
    async with hub.subscribe(hub.seq) as reader:
        waiting = asyncio.create_task(read(reader))
        async with running(hub):
            hub.publish(jobs={1: job(1)})
            await waiting
            hub.publish(jobs={1: job(1, "downloading")})
        assert hub.closed
        rest = [json.loads(text) async for text in reader]
    assert [message["jobs"]["1"] for message in rest] == [{"status": "downloading"}]
    late = [json.loads(text)["type"] async for text in hub.subscribe()]
    assert late == ["snapshot"]


# --------------------------------------------------------------------------------------------------------- refills


async def test_waiting_jobs_move_up_into_the_snapshot(hub: Hub, clock: FakeClock) -> None:
    """The 201st is read from the store when there is room; the first change of it is sent with its whole view."""
    waiting = [job(n) for n in range(1, 2 * WAITING_SHOWN + 1)]

    async def first_waiting() -> list[dict[str, Any]]:
        return waiting[:WAITING_SHOWN]

    hub.load(jobs=waiting[:WAITING_SHOWN], waiting=first_waiting)
    reader = hub.subscribe()
    assert len((await read(reader))["jobs"]) == WAITING_SHOWN
    async with running(hub):
        del waiting[0]
        hub.publish(jobs={1: job(1, "downloading")})
        await clock.run(URGENT_DELAY_S)
        snapshot = await read(hub.subscribe())
        assert set(snapshot["jobs"]) == {str(n) for n in range(1, WAITING_SHOWN + 2)}
        await read_all(reader)
        moved_up = WAITING_SHOWN + 1
        hub.publish(jobs={moved_up: {"progress_percentage": 1.0}})
        hub.publish(jobs={moved_up: {"progress_percentage": 2.0}})
        await clock.run(1.0)
        assert [message["jobs"] for message in await read_all(reader)] == [
            {str(moved_up): job(moved_up, progress_percentage=2.0)}
        ]


async def test_what_is_read_for_a_refill_never_replaces_what_was_published(hub: Hub, clock: FakeClock) -> None:
    waiting = [job(n) for n in range(1, WAITING_SHOWN + 3)]
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> list[dict[str, Any]]:
        found = waiting[1 : WAITING_SHOWN + 1]
        reading.set()
        await go_on.wait()
        return found

    hub.load(jobs=waiting[:WAITING_SHOWN], waiting=slow)
    async with running(hub):
        hub.publish(jobs={1: None})
        await reading.wait()
        hub.publish(jobs={WAITING_SHOWN + 1: job(WAITING_SHOWN + 1, "completed"), 5: None})
        go_on.set()
        await clock.run(0.0)
        shown = {int(key) for key in json.loads(hub.snapshot()[1])["jobs"]}
    assert shown == {*range(2, WAITING_SHOWN + 1)} - {5}


async def test_nothing_is_read_while_all_that_waits_is_shown(hub: Hub, clock: FakeClock) -> None:
    asked = 0

    async def none() -> list[dict[str, Any]]:
        nonlocal asked
        asked += 1
        return []

    hub.load(jobs=[job(1), job(2)], waiting=none)
    async with running(hub):
        hub.publish(jobs={1: None})
        await clock.run(1.0)
    assert asked == 0


async def test_without_a_way_to_read_more_the_snapshot_is_shorter(hub: Hub, clock: FakeClock) -> None:
    hub.load(jobs=[job(n) for n in range(1, WAITING_SHOWN + 1)])
    async with running(hub):
        hub.publish(jobs={1: None})
        await clock.run(1.0)
        assert len(json.loads(hub.snapshot()[1])["jobs"]) == WAITING_SHOWN - 1
