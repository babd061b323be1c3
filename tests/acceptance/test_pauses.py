"""Paused and resumed again and again: nothing is fetched twice, the file is the same, and a pause stops the traffic."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import SERIES, Catalogue
from aniworld_dl.engine import open_engine
from aniworld_dl.model import Action, Status
from tests.integration.engine_work import add, episodes, until, until_stored
from tests.media_samples import SEGMENTS, TS, streamhash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aniworld_dl.config import Settings

pytestmark = pytest.mark.timeout(120)

TIMES: Final = 10
TIMES_AT_WORK: Final = 4


def stored(settings: Settings) -> set[str]:
    """Return what lies in work folders under a final name: names of segments, by track."""
    return {
        path.relative_to(settings.download_dir).as_posix()
        for path in (settings.download_dir / ".aniworld-dl").rglob("*")
        if path.is_file() and ".part" not in path.name
    }


async def test_each_segment_comes_once(settings: Settings, origin: Origin, tmp_path: Path) -> None:
    """Every pause hits a segment half way: that one is asked for again, and no other ever is."""
    settings = settings.model_copy(update={"connections_per_episode": 1})
    hit = [turn * SEGMENTS // TIMES for turn in range(TIMES)]
    async with open_engine(settings) as engine:
        stalls = [Fault(kind=FaultKind.STALL, path=f"/ts/{number:03}.ts") for number in hit]
        rules = [origin.faults.add(stall) for stall in stalls]
        job_id = await add(engine, origin.url(f"/{TS}"))
        (episode,) = await episodes(engine, job_id)
        for rule in rules:
            await rule.reached()
            kept = stored(settings)
            paused = await engine.act_on_episode(episode["id"], Action.PAUSE)
            assert (paused["status"], engine.stats()["running"]) == ("paused", 0)
            assert kept <= stored(settings)
            await origin.log.until(lambda: not origin.log.running())
            await engine.act_on_episode(episode["id"], Action.RESUME)
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        (episode,) = await episodes(engine, job_id)
        assert (job["status"], episode["attempt"]) == ("completed", TIMES + 1)
        asked = [origin.count(f"/ts/{number:03}.ts") for number in range(SEGMENTS)]
        assert asked == [1 + hit.count(number) for number in range(SEGMENTS)]
        at_once = settings.model_copy(update={"download_dir": tmp_path / "other", "data_dir": tmp_path / "other-data"})
        async with open_engine(at_once) as other:
            await until(other, await add(other, origin.url(f"/{TS}")), Status.COMPLETED)
    assert streamhash(settings.download_dir / episode["path"]) == streamhash(at_once.download_dir / episode["path"])


async def test_a_pause_stops_the_traffic(
    settings: Settings, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """With all connections at work: when the answer is here, next to nothing comes any more, as a rule.

    A machine that is busy with something else may take longer to close a connection. How long the answers took is in
    the report (`--junit-xml`).
    """
    async with (
        Catalogue(tmp_path / "demo", series=SERIES[:1], episodes=1, duration_s=40) as catalogue,
        Origin(rate_bytes_per_s=60_000) as origin,
        open_engine(settings.model_copy(update={"connections_per_episode": 4})) as engine,
    ):
        origin.add_shelf(catalogue)
        job_id = await add(engine, origin.url(SERIES[0].media(1)))
        (episode,) = await episodes(engine, job_id)
        late, took = [], []
        for turn in range(TIMES_AT_WORK):
            await until_stored(engine, episode["id"], turn + 1)
            began = time.perf_counter()
            await engine.act_on_episode(episode["id"], Action.PAUSE)
            took.append(time.perf_counter() - began)
            before = origin.log.total_bytes_sent
            await origin.log.until(lambda: not origin.log.running())
            late.append(origin.log.total_bytes_sent - before)
            await engine.act_on_episode(episode["id"], Action.RESUME)
        origin.rate_bytes_per_s = None
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        whole = sum(path.stat().st_size for path in settings.download_dir.rglob("*.mkv"))
        record_property("longest_pause_ms", round(max(took) * 1000))
        record_property("most_bytes_after_a_pause", max(late))
        assert job["status"] == "completed"
        assert median(late) < whole / 50
