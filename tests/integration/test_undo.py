"""Undo with the real engine: nothing is fetched twice, files come back, and nothing is left when the time is over."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.api.app import create_app
from aniworld_dl.api.schemas.actions import ActionsOut, RestoredOut, UndoPage
from aniworld_dl.clock import SystemClock
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import Engine, open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import add, episodes, files, until, until_stored
from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)


class ShiftedClock(SystemClock):
    """The real one, whose date can be put forward."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s


@asynccontextmanager
async def opened(settings: Settings, clock: ShiftedClock) -> AsyncIterator[tuple[httpx.AsyncClient, Engine]]:
    async with open_engine(settings, clock=clock) as engine:
        transport = httpx.ASGITransport(app=create_app(engine, engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            yield client, engine


def works(settings: Settings) -> list[str]:
    return files(settings.download_dir / ".aniworld-dl") if settings.download_dir.exists() else []


async def act(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/api/actions", json=body)
    assert answer.status_code == 200, answer.text
    ActionsOut.model_validate(answer.json())
    assert answer.json().keys() == ActionsOut.model_fields.keys()
    return answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("action", ["cancel", "remove"])
async def test_nothing_is_fetched_twice(action: str, settings: Settings, origin: Origin) -> None:
    """Cancelled or removed in mid-download and undone after a restart: it goes on where it was."""
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/*.ts", skip=2))
    slow = settings.model_copy(update={"connections_per_episode": 1})
    clock = ShiftedClock()
    async with opened(slow, clock) as (client, engine):
        job_id = await add(engine, origin.url(f"/{TS}"))
        (episode,) = await episodes(engine, job_id)
        await until_stored(engine, episode["id"], 2)
        await stall.reached()
        undo = (await act(client, action=action, jobs=[job_id]))["undo"]
        assert undo["episodes"] == 1
        stall.open()
    origin.faults.clear()
    async with opened(slow, clock) as (client, engine):
        (listed,) = (await client.get("/api/undo")).json()["items"]
        assert listed == undo
        restored = await client.post(f"/api/undo/{undo['id']}")
        assert restored.json() == {**undo, "refused": []}
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert job["status"] == "completed", job["error_message"]
    fetched = Counter(record.path for record in origin.requests if record.path.endswith(".ts") and record.status == 200)
    whole = {path: count for path, count in fetched.items() if count > 1}
    assert len(whole) <= 1, whole  # the one that was on its way
    assert works(settings) == []


async def test_after_ten_minutes_nothing_is_left(settings: Settings, origin: Origin) -> None:
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/*.ts", skip=2))
    clock = ShiftedClock()
    async with opened(settings, clock) as (client, engine):
        job_id = await add(engine, origin.url(f"/{TS}"))
        await stall.reached()
        await until_stored(engine, (await episodes(engine, job_id))[0]["id"], 1)
        undo = (await act(client, action="cancel", all=True))["undo"]
        stall.open()
        assert works(settings)
    clock.ahead_s = 601
    async with opened(settings, clock) as (client, engine):
        async for _ in engine.hub.subscribe():
            (episode,) = await episodes(engine, job_id)
            if not episode["bytes_downloaded"]:
                break
        while works(settings):
            await clock.sleep(0.01)
        gone = await client.post(f"/api/undo/{undo['id']}")
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_removed_files_come_back(settings: Settings, origin: Origin) -> None:
    """Of a job and of a single episode; without `files` they stay where they are."""
    async with opened(settings, ShiftedClock()) as (client, engine):
        job_id = await add(engine, origin.url(f"/{TS}"))
        await until(engine, job_id, Status.COMPLETED)
        (episode,) = await episodes(engine, job_id)
        file = settings.download_dir / episode["path"]
        before = file.stat().st_ino
        for path in (f"/api/jobs/{job_id}", f"/api/episodes/{episode['id']}"):
            removed = await client.delete(path, params={"files": "true"})
            assert removed.status_code == 204
            assert not file.exists()
            assert (await client.get(f"/api/jobs/{job_id}")).status_code == 404
            restored = await client.post(f"/api/undo/{removed.headers['Aniworld-Dl-Undo']}")
            RestoredOut.model_validate(restored.json())
            assert (restored.json()["files"], file.stat().st_ino) == (True, before)
            assert (await client.get(f"/api/episodes/{episode['id']}")).json() == episode
        assert (await act(client, action="clear"))["undo"]["action"] == "clear"
        assert file.exists()
        UndoPage.model_validate((await client.get("/api/undo")).json())


async def test_a_file_that_cannot_be_removed_is_an_error(settings: Settings, origin: Origin) -> None:
    async with opened(settings, ShiftedClock()) as (client, engine):
        job_id = await add(engine, origin.url(f"/{TS}"))
        await until(engine, job_id, Status.COMPLETED)
        (settings.download_dir / ".aniworld-dl").write_text("a file where the folder should be")
        answer = await client.delete(f"/api/jobs/{job_id}", params={"files": "true"})
        assert (answer.status_code, answer.json()["code"]) == (503, "file_failed")
        refused = await client.post("/api/actions", json={"action": "pause", "all": True, "files": True})
        assert refused.status_code == 422


async def test_duplicates_are_reported(settings: Settings, origin: Origin) -> None:
    """What is queued already is not queued again; the answer says where it is."""
    async with opened(settings.model_copy(update={"max_concurrent_downloads": 0}), ShiftedClock()) as (client, _):
        urls = [origin.url(f"/{TS}?{number}") for number in range(3)]
        first = (await client.post("/api/jobs", json={"anime_title": "A", "episode_urls": urls[:2]})).json()
        assert first["duplicates"] == []
        more = await client.post("/api/jobs", json={"anime_title": "B", "episode_urls": urls})
        assert more.status_code == 201
        assert more.json()["duplicates"] == [
            {"url": url, "job_id": first["id"], "episode_id": number, "status": "queued"}
            for number, url in enumerate(urls[:2], start=1)
        ]
        assert (more.json()["total_episodes"], more.json()["duplicate_episodes"]) == (1, 2)
        again = await client.post("/api/jobs", json={"anime_title": "C", "episode_urls": [urls[2], urls[0]]})
        assert (again.status_code, again.json()["id"], len(again.json()["duplicates"])) == (200, more.json()["id"], 2)
        assert again.headers["location"] == f"/api/jobs/{more.json()['id']}"
