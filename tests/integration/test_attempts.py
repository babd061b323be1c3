"""What an attempt at an episode says of itself agrees with what the origin has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import Engine, open_engine
from aniworld_dl.model import Action, Status
from tests.integration.engine_work import add, episodes, until, until_stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)

URL = "/ts/index.m3u8"


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        yield opened


async def timeline(engine: Engine, job_id: int) -> list[dict[str, Any]]:
    (episode,) = await episodes(engine, job_id)
    return (await engine.history.timeline(episode["id"], limit=100, cursor=None))["items"]  # type: ignore[no-any-return]


def of_segments(origin: Origin) -> list[Any]:
    return [record for record in origin.requests if record.path.endswith(".ts")]


async def test_what_was_fetched_is_what_was_sent(engine: Engine, origin: Origin) -> None:
    job_id = await add(engine, origin.url(URL))
    await until(engine, job_id, Status.COMPLETED)
    (attempt,) = await timeline(engine, job_id)
    assert attempt["fetched_bytes"] == sum(record.bytes_sent for record in of_segments(origin))
    assert attempt["bytes_by_host"] == {"127.0.0.1": attempt["fetched_bytes"]}
    assert (attempt["outcome"], attempt["attempt"], attempt["host"]) == ("completed", 1, "127.0.0.1")
    assert (attempt["provider"], attempt["wasted_bytes"], attempt["segments_retried"]) == ("direct", 0, 0)
    assert attempt["average_speed_bytes_per_s"] > 0
    assert attempt["duration_s"] > 0
    assert (attempt["error"], attempt["reason"]) == (None, None)


async def test_a_plain_file_counts_the_same_way(engine: Engine, origin: Origin) -> None:
    job_id = await add(engine, origin.url("/early.mp4"))
    await until(engine, job_id, Status.COMPLETED)
    (attempt,) = await timeline(engine, job_id)
    (episode,) = await episodes(engine, job_id)
    assert (attempt["fetched_bytes"], attempt["wasted_bytes"]) == (episode["total_bytes"], 0)
    assert attempt["bytes_by_host"] == {"127.0.0.1": episode["total_bytes"]}


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATE, FaultKind.SHORT_200, FaultKind.OTHER_BODY])
async def test_what_is_fetched_twice_is_wasted_once(engine: Engine, origin: Origin, kind: FaultKind) -> None:
    """Cut short, cut short by a server that agrees with itself, and other content: the first answer does not count."""
    origin.faults.add(Fault(kind=kind, path="/ts/003.ts", after_bytes=1000, body=b"x" * 1000))
    job_id = await add(engine, origin.url(URL))
    await until(engine, job_id, Status.COMPLETED)
    (attempt,) = await timeline(engine, job_id)
    first, second = [record for record in of_segments(origin) if record.path == "/ts/003.ts"]
    assert attempt["fetched_bytes"] == sum(record.bytes_sent for record in of_segments(origin))
    assert attempt["wasted_bytes"] == first.bytes_sent == 1000 < second.bytes_sent
    assert attempt["segments_retried"] == 1


async def test_what_is_cut_off_by_a_pause_is_wasted(engine: Engine, origin: Origin) -> None:
    """The second attempt fetches only what the first one has not stored."""
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/007.ts", after_bytes=1000))
    job_id = await add(engine, origin.url(URL))
    (episode,) = await episodes(engine, job_id)
    await until_stored(engine, episode["id"], 7)
    await stall.reached()
    async for _ in engine.hub.subscribe():
        here = (await engine.episode(episode["id"]))["bytes_downloaded"]
        if here == sum(record.bytes_sent for record in of_segments(origin)):
            break
    await engine.act_on_episode(episode["id"], Action.PAUSE)
    await engine.act_on_episode(episode["id"], Action.RESUME)
    await until(engine, job_id, Status.COMPLETED)
    paused, completed = await timeline(engine, job_id)
    assert (paused["outcome"], paused["wasted_bytes"]) == ("paused", 1000)
    assert (completed["outcome"], completed["wasted_bytes"]) == ("completed", 0)
    whole = [record for record in of_segments(origin) if record.path == "/ts/007.ts"][-1]
    assert completed["fetched_bytes"] == whole.bytes_sent
    assert paused["fetched_bytes"] + completed["fetched_bytes"] == sum(each.bytes_sent for each in of_segments(origin))


async def test_what_never_came_says_who_was_asked(engine: Engine, origin: Origin) -> None:
    job_id = await add(engine, origin.url("/none.m3u8"))
    await until(engine, job_id, Status.FAILED)
    (attempt,) = await timeline(engine, job_id)
    assert (attempt["outcome"], attempt["host"], attempt["bytes_by_host"]) == ("failed", "127.0.0.1", {})
    assert (attempt["fetched_bytes"], attempt["average_speed_bytes_per_s"]) == (0, None)
    assert attempt["error"]["code"] == "http_status"


async def test_the_service_ended_meanwhile(settings: Settings, origin: Origin) -> None:
    """The next start closes what was open; what nobody has noted is not made up."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    async with open_engine(settings) as engine:
        job_id = await add(engine, origin.url(URL))
        await gate.reached()
    gate.open()
    async with open_engine(settings) as engine:
        await until(engine, job_id, Status.COMPLETED)
        interrupted, completed = await timeline(engine, job_id)
    assert (interrupted["outcome"], completed["outcome"]) == ("interrupted", "completed")
    assert interrupted["started_at"] is not None
    unknown = ("ended_at", "duration_s", "fetched_bytes", "wasted_bytes", "host", "average_speed_bytes_per_s", "error")
    assert [interrupted[name] for name in unknown] == [None] * len(unknown)
