"""What a real engine says about itself."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from aniworld_dl import __version__
from aniworld_dl.doctor import Outcome
from aniworld_dl.engine import Engine, open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import add, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        yield opened


async def test_the_state_of_the_installation(engine: Engine, settings: Settings) -> None:
    status = await engine.overview.status()
    assert status["versions"]["aniworld_dl"] == __version__
    assert status["versions"]["sqlite"] == sqlite3.sqlite_version
    assert status["database"]["path"] == str(settings.data_dir / "queue.sqlite3")
    assert status["database"]["size_bytes"] > 4096
    downloads, data = status["disks"]
    assert (downloads["use"], downloads["path"]) == ("downloads", str(settings.download_dir))
    assert downloads["total_bytes"] >= downloads["free_bytes"] > 0
    assert (data["use"], data["reserve_bytes"]) == ("data", 0)
    assert status["connections"] == {"in_use": 0, "most": 96, "most_per_host": 32}
    assert status["providers"] == {
        "names": ["demo", "aniworld", "local", "feed", "ytdlp", "direct"],
        "broken": [],
    }


async def test_the_summary_counts(engine: Engine, origin: Origin) -> None:
    job_id = await add(engine, origin.url("/ts/index.m3u8"))
    await until(engine, job_id, Status.COMPLETED)
    summary = await engine.overview.summary()
    assert (summary["episodes_completed"], summary["episodes_failed"], summary["running"]) == (1, 0, 0)
    assert all(isinstance(value, int | float) for value in summary.values())
    measures = await engine.overview.measures(healthy=engine.healthy)
    assert measures.tally.attempts == {(Status.COMPLETED, ""): 1}
    assert measures.traffic.received_bytes >= measures.tally.fetched_bytes > 0
    assert measures.traffic.requests >= 1
    assert (measures.healthy, measures.episodes[Status.COMPLETED], measures.failures) == (True, 1, {})
    assert [disk["use"] for disk in measures.disks] == ["downloads", "data"]


async def test_a_running_service_examines_itself(engine: Engine) -> None:
    findings = await engine.overview.findings()
    assert [finding.text for finding in findings if finding.outcome is Outcome.FAIL] == []
    assert {finding.check: finding.code for finding in findings}["database"] == "database_ok"


async def test_a_changed_setting_is_known_as_such(engine: Engine) -> None:
    await engine.change_settings({"queue_order": "fifo"})
    details = {detail["name"]: detail for detail in engine.overview.settings()}
    assert (details["queue_order"]["source"], details["queue_order"]["configured"]) == ("runtime", "fair")
    await engine.change_settings({"queue_order": "fair"})
    details = {detail["name"]: detail for detail in engine.overview.settings()}
    assert details["queue_order"]["source"] == "default"
