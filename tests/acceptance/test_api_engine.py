"""The HTTP face around the real engine: what it really answers, in every state, is what the documentation declares."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.api.app import create_app
from aniworld_dl.api.schemas import figures, responses, versions
from aniworld_dl.api.schemas.settings import SettingsOut
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic import BaseModel

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.engine import Engine

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def opened(settings: Settings, origin: Origin) -> AsyncIterator[tuple[httpx.AsyncClient, Engine]]:
    async with open_engine(settings, trusted_endpoints=[origin.endpoint]) as engine:
        transport = httpx.ASGITransport(app=create_app(engine, engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            yield client, engine


def check(model: type[BaseModel], body: Any) -> Any:
    """Validate, and find no field that is not declared."""
    model.model_validate(body)
    assert body.keys() == model.model_fields.keys()
    return body


async def until(engine: Engine, kind: str, *statuses: str) -> None:
    """Follow the live messages until the rows of a kind have these statuses, in the order of their ids."""
    known: dict[str, dict[str, Any]] = {}
    async for text in engine.hub.subscribe():
        for row_id, changes in json.loads(text).get(kind, {}).items():
            known[row_id] = known.get(row_id, {}) | (changes or {})
        if tuple(known[row_id].get("status") for row_id in sorted(known, key=int)) == statuses:
            return


async def test_real_answers_fit_what_is_declared(settings: Settings, origin: Origin) -> None:
    """One episode runs, one waits, one is paused, one has failed, one is completed."""
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/*.ts"))
    async with opened(settings.model_copy(update={"max_concurrent_downloads": 1}), origin) as (client, engine):
        good, gone = origin.url(f"/{TS}"), origin.url("/none.m3u8")
        for title, url in [("Running", good), ("Failing", gone), ("Finishing", good + "?2"), ("Paused", good + "?3")]:
            body = {"anime_title": title, "episode_urls": [url], "paused": title == "Paused"}
            created = await client.post("/api/jobs", json=body)
            assert created.status_code == 201, created.text
            check(responses.AddedJobOut, created.json())
        await stall.reached()
        await everything_fits(client, "downloading", "queued", "queued", "paused")
        stall.open()
        await until(engine, "jobs", "completed", "failed", "completed", "paused")
        await everything_fits(client, "completed", "failed", "completed", "paused")


async def everything_fits(client: httpx.AsyncClient, *statuses: str) -> None:
    jobs = (await client.get("/api/jobs")).json()
    check(responses.JobPage, jobs)
    by_id = {job["id"]: check(responses.JobOut, job) for job in jobs["items"]}
    assert tuple(by_id[job_id]["status"] for job_id in sorted(by_id)) == statuses
    for job_id in by_id:
        episodes = check(responses.EpisodePage, (await client.get(f"/api/jobs/{job_id}/episodes")).json())
        for episode in episodes["items"]:
            check(responses.EpisodeOut, episode)
            check(responses.EpisodeOut, (await client.get(f"/api/episodes/{episode['id']}")).json())
    queue = check(responses.QueueStatus, (await client.get("/api/queue-status")).json())["queue"]
    ended = {"completed", "failed", "cancelled"}
    assert {entry["status"] for entry in queue["active"]} == set(statuses) - ended
    assert {entry["status"] for entry in queue["completed"]} == set(statuses) & ended
    for entry in queue["active"] + queue["completed"]:
        check(responses.QueueEntry, entry)
    check(SettingsOut, (await client.get("/api/settings")).json())
    check(figures.Stats, (await client.post("/api/queue/resume")).json())
    check(versions.ProviderPage, (await client.get("/api/providers")).json())


async def test_live_messages_have_the_declared_shapes(settings: Settings, origin: Origin) -> None:
    stall = origin.faults.add(Fault(kind=FaultKind.STALL, path="/ts/*.ts"))
    async with opened(settings, origin) as (client, engine):
        body = {"anime_title": "A", "episode_urls": [origin.url(f"/{TS}")]}
        job_id = (await client.post("/api/jobs", json=body)).json()["id"]
        await stall.reached()
        snapshot = json.loads(await anext(aiter(engine.hub.subscribe())))
        assert (snapshot["type"], list(snapshot["jobs"])) == ("snapshot", [str(job_id)])
        check(responses.JobOut, snapshot["jobs"][str(job_id)])
        [episode] = snapshot["episodes"].values()
        check(responses.EpisodeOut, episode)
        check(SettingsOut, snapshot["settings"])
        check(figures.Stats, snapshot["stats"])


async def test_every_kind_of_request_reaches_the_engine(settings: Settings, origin: Origin) -> None:
    async with opened(settings.model_copy(update={"max_concurrent_downloads": 0}), origin) as (client, _):
        body = {"anime_title": "A", "episode_urls": [origin.url(f"/{TS}")] * 2}
        first = await client.post("/api/jobs", json=body, headers={"Idempotency-Key": "k"})
        again = await client.post("/api/jobs", json=body, headers={"Idempotency-Key": "k"})
        job_id = first.json()["id"]
        assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, job_id)
        changes = {"priority": 4, "bandwidth_limit_bytes_per_s": 4096, "anime_title": "B"}
        changed = (await client.patch(f"/api/jobs/{job_id}", json=changes)).json()
        assert changed | changes == changed
        cleared = (await client.patch(f"/api/jobs/{job_id}", json={"bandwidth_limit_bytes_per_s": None})).json()
        assert (cleared["bandwidth_limit_bytes_per_s"], cleared["priority"]) == (None, 4)
        episode_id = (await client.get(f"/api/jobs/{job_id}/episodes", params={"limit": 1})).json()["items"][0]["id"]
        for action, status in [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")]:
            assert (await client.post(f"/api/episodes/{episode_id}/{action}")).json()["status"] == status
            assert (await client.post(f"/api/jobs/{job_id}/{action}")).json()["status"] == status
        await client.post(f"/api/jobs/{job_id}/cancel")
        refused = await client.post(f"/api/jobs/{job_id}/pause")
        assert (refused.status_code, refused.json()["code"]) == (409, "move_refused")
        settings_now = (await client.patch("/api/settings", json={"connections_per_host": 3})).json()
        assert settings_now["connections_per_host"] == 3
        assert (await client.post("/api/queue/pause")).json()["queue_paused"] is True
        assert (await client.get("/api/jobs", params={"cursor": "nonsense"})).json()["code"] == "request_invalid"
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.delete(f"/api/jobs/{job_id}")).status_code == 204
        assert (await client.get(f"/api/jobs/{job_id}")).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("url", "code"),
    [("ftp://media.example.org/1.m3u8", "url_invalid"), ("no address", "url_invalid"), ("https://", "url_invalid")],
)
async def test_an_address_that_is_none_is_refused(url: str, code: str, settings: Settings, origin: Origin) -> None:
    async with opened(settings, origin) as (client, _):
        answer = await client.post("/api/jobs", json={"anime_title": "A", "episode_urls": [url]})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await client.get("/api/jobs")).json()["total"] == 0


async def test_the_schedule_stops_everything_and_says_so(settings: Settings, origin: Origin) -> None:
    """A full stop acts at once, is shown as the reason of what waits, and a bad rule is refused with its mend."""
    async with opened(settings, origin) as (client, engine):
        stop = {"bandwidth_schedule": ["daily 00:00-12:00 stop", "daily 12:00-24:00 stop"]}
        assert (await client.patch("/api/settings", json=stop)).status_code == 200
        job = {"anime_title": "A", "episode_urls": [origin.url(f"/{TS}")]}
        added = (await client.post("/api/jobs", json=job)).json()
        shown = check(responses.JobOut, (await client.get(f"/api/jobs/{added['id']}")).json())
        assert (shown["status"], shown["reason"], shown["reason_until"]) == ("queued", "outside_schedule", None)
        stats = check(figures.Stats, (await client.post("/api/queue/resume")).json())
        assert check(figures.ScheduleOut, stats["schedule"])["stopped"] is True
        refused = await client.patch("/api/settings", json={"bandwidth_schedule": ["daily 8-18 2M"]})
        assert (refused.status_code, refused.json()["code"]) == (422, "setting_invalid")
        assert "'daily 8-18 2M' has no times" in refused.json()["detail"]
        await client.patch("/api/settings", json={"bandwidth_schedule": []})
        await until(engine, "jobs", "completed")
