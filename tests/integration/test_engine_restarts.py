"""What outlives an engine, and what does not: its queue, its settings, its own parts."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.api.app import create_app
from aniworld_dl.config import load_settings
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import ConfigError, DatabaseDamagedError, FileFailedError, FolderInUseError
from aniworld_dl.model import Status
from tests.integration.engine_work import add, episodes, request, until, until_stored

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)


async def test_restart_continues(settings: Settings, origin: Origin) -> None:
    """What ran when the engine was closed runs again at the next start and keeps its segments."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    async with open_engine(settings) as engine:
        job_id = await add(engine, origin.url("/ts/index.m3u8"))
        await gate.reached()
        (episode,) = await episodes(engine, job_id)
        await until_stored(engine, episode["id"], 7)
    gate.open()
    async with open_engine(settings) as engine:
        await until(engine, job_id, Status.COMPLETED)
        (episode,) = await episodes(engine, job_id)
    assert episode["attempt"] == 2
    assert origin.count("/ts/000.ts") == 1


async def test_paused_queue_stays_paused_over_a_restart(settings: Settings, origin: Origin) -> None:
    """Pausing the queue stops what runs and outlives a restart; resuming goes on with what is stored."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    async with open_engine(settings) as engine:
        job_id = await add(engine, origin.url("/ts/index.m3u8"))
        await gate.reached()
        await engine.set_queue_paused(True)
        job = await engine.job(job_id)
        assert (job["status"], job["reason"]) == ("queued", "queue_paused")
        assert engine.stats()["running"] == 0
    gate.open()
    async with open_engine(settings) as engine:
        assert engine.stats()["queue_paused"] is True
        assert (await engine.job(job_id))["status"] == "queued"
        await engine.set_queue_paused(False)
        await until(engine, job_id, Status.COMPLETED)


async def test_changed_settings_are_kept_and_the_caller_wins(settings: Settings) -> None:
    """A change in the running service outlives it, unless the command line says otherwise."""
    async with open_engine(settings) as engine:
        await engine.change_settings({"max_concurrent_downloads": 6, "bandwidth_limit_bytes_per_s": 2_000_000})
        assert engine.stats()["slots"] == 6
        with pytest.raises(ConfigError):
            await engine.change_settings({"max_concurrent_downloads": -1})
        with pytest.raises(ConfigError):
            await engine.change_settings({"port": 1})
        assert engine.settings.max_concurrent_downloads == 6
    async with open_engine(settings) as engine:
        assert engine.settings.max_concurrent_downloads == 6
        assert engine.settings.bandwidth_limit_bytes_per_s == 2_000_000

    given = load_settings(download_dir=settings.download_dir, data_dir=settings.data_dir, max_concurrent_downloads=2)
    async with open_engine(given) as engine:
        assert engine.settings.max_concurrent_downloads == 2
        assert engine.settings.bandwidth_limit_bytes_per_s == 2_000_000


async def test_one_engine_owns_a_data_folder(settings: Settings) -> None:
    """A second engine on the same queue is refused in words; when the first has gone, it may."""
    async with open_engine(settings):
        with pytest.raises(FolderInUseError):
            async with open_engine(settings):
                pass
    async with open_engine(settings) as engine:
        assert engine.healthy


async def test_death_of_a_part_is_noticed(settings: Settings) -> None:
    """When the database is gone the engine says so instead of standing still."""
    async with open_engine(settings) as engine:
        assert engine.healthy
        await engine.store.aclose()
        with pytest.raises(FileFailedError):
            await engine.add_job(request("https://example.org/1.m3u8"))
        await engine.start_processing()
        await engine.died()
        assert not engine.healthy


async def test_damage_is_told_and_ends_the_engine(settings: Settings) -> None:
    """A database that is found damaged while it is in use: why is known, and `readyz` says so."""

    async def damaged(_: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    async with open_engine(settings) as engine:
        with pytest.raises(DatabaseDamagedError):
            await engine.store.database.write(damaged)
        await engine.died()
        assert isinstance(engine.death, DatabaseDamagedError)
        transport = httpx.ASGITransport(app=create_app(engine, engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "malformed" in answer.json()["detail"]
