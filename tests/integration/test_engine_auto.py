"""`auto` and the hosts' levels in the whole engine: what is set, what is shown, and that nothing fails for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import SERIES, Catalogue
from aniworld_dl.engine import open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import add, until

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.media_samples import Samples

pytestmark = pytest.mark.timeout(60)


async def test_auto_is_set_shown_and_kept(settings: Settings) -> None:
    async with open_engine(settings) as engine:
        assert engine.stats()["tuning"] is None
        changed = await engine.change_settings({"max_concurrent_downloads": "auto"})
        assert changed.max_concurrent_downloads == "auto"
        tuning = engine.stats()["tuning"]
        assert (tuning["slots"], tuning["reason"], tuning["samples"]) == (3, "started", [])
        message = json.loads(await anext(engine.hub.subscribe()))
        assert message["settings"]["max_concurrent_downloads"] == "auto"
        assert (message["stats"]["slots"], message["stats"]["tuning"]["slots"]) == (3, 3)
    async with open_engine(settings) as engine:
        assert engine.settings.max_concurrent_downloads == "auto"
        assert engine.stats()["tuning"]["slots"] == 3
        await engine.change_settings({"max_concurrent_downloads": 5})
        assert (engine.stats()["slots"], engine.stats()["tuning"]) == (5, None)


async def test_auto_samples_while_it_runs(settings: Settings) -> None:
    """Also with nothing to do: then it says so."""
    async with open_engine(settings.model_copy(update={"max_concurrent_downloads": "auto"})) as engine:
        async for text in engine.hub.subscribe():
            if (tuning := json.loads(text)["stats"].get("tuning")) and tuning["samples"]:
                break
        assert (tuning["slots"], tuning["reason"], tuning["reason_params"]) == (3, "few_waiting", {"waiting": 0})
        assert tuning["samples"][0]["free_memory_bytes"] > 0


async def test_a_server_that_refuses_crowds_fails_no_episode(settings: Settings, tmp_path: Path) -> None:
    """It answers 429 to the fifth connection, and 24 workers of each of several episodes want one."""
    auto = settings.model_copy(update={"max_concurrent_downloads": "auto"})
    async with (
        Catalogue(tmp_path / "demo", series=SERIES[:1], episodes=4, duration_s=12) as catalogue,
        Origin(rate_bytes_per_s=400_000) as origin,
        open_engine(auto) as engine,
    ):
        origin.add_shelf(catalogue)
        rule = origin.faults.add(Fault(kind=FaultKind.CROWDED, path="*.ts", most=4, status=429, times=None))
        job_id = await add(engine, origin.url(SERIES[0].page))
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert (job["status"], job["completed_episodes"], job["failed_episodes"]) == ("completed", 4, 0)
        assert rule.taken, "it was asked by more than it wanted"


async def test_hosts_in_use_are_shown(settings: Settings, samples: Samples) -> None:
    async with Origin() as origin, open_engine(settings) as engine:
        origin.add_folder("/", samples.folder)
        stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/*.ts"))
        job_id = await add(engine, origin.url("ts/index.m3u8"))
        await stall.reached()
        [host] = engine.stats()["hosts"]
        assert host["host"] == f"127.0.0.1:{origin.endpoint[1]}"
        assert (host["level"], host["cooling_until"], host["reason"]) == (8, None, "started")
        assert host["connections"] >= 1
        stall.open()
        await until(engine, job_id, Status.COMPLETED)
        assert engine.stats()["hosts"] == []
