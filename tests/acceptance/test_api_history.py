"""History, timeline, export and import over HTTP, around the real engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.api import problems
from aniworld_dl.api.schemas import history as schemas
from aniworld_dl.api.schemas.exchange import QueueFile
from tests.acceptance.test_api_engine import check, opened, until
from tests.media_samples import TS

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(180)


async def test_history_and_timeline_fit_what_is_declared(settings: Settings, origin: Origin) -> None:
    async with opened(settings, origin) as (client, engine):
        for title, url in [("Good", origin.url(f"/{TS}")), ("Gone", origin.url("/none.m3u8"))]:
            await client.post("/api/jobs", json={"anime_title": title, "episode_urls": [url]})
        await until(engine, "jobs", "completed", "failed")
        page = check(schemas.HistoryPage, (await client.get("/api/history")).json())
        assert {item["status"] for item in page["items"]} == {"completed", "failed"}
        for item in page["items"]:
            check(schemas.EndedEpisodeOut, item)
            check(schemas.AttemptOut, item["last_attempt"])
            timeline = check(schemas.AttemptPage, (await client.get(f"/api/episodes/{item['id']}/timeline")).json())
            assert timeline["items"] == [item["last_attempt"]]
        found = (await client.get("/api/history", params={"q": "SEASON 01/GOOD", "status": "completed,failed"})).json()
        assert [item["anime_title"] for item in found["items"]] == ["Good"]
        assert (await client.get("/api/history", params={"status": "queued"})).json()["code"] == "request_invalid"
        assert (await client.get("/api/history", params={"cursor": "x"})).json()["code"] == "request_invalid"
        assert (await client.get("/api/episodes/99/timeline")).json()["code"] == "not_found"


async def test_settings_of_the_history_act_at_once(settings: Settings, origin: Origin) -> None:
    async with opened(settings, origin) as (client, engine):
        await client.post("/api/jobs", json={"anime_title": "A", "episode_urls": [origin.url("/none.m3u8")]})
        await until(engine, "jobs", "failed")
        changed = (await client.patch("/api/settings", json={"history_count": 0, "history_days": 3})).json()
        assert (changed["history_count"], changed["history_days"]) == (0, 3)
        messages = engine.hub.subscribe()
        while (await client.get("/api/jobs")).json()["total"]:
            await anext(messages)
        assert (await client.get("/api/history")).json()["total"] == 0


async def test_a_queue_moves_from_one_installation_to_another(settings: Settings, origin: Origin) -> None:
    """It is exported, imported where nothing is, and downloaded there."""
    idle = settings.model_copy(update={"max_concurrent_downloads": 0})
    async with opened(idle, origin) as (client, _):
        await client.post("/api/jobs", json={"anime_title": "A", "episode_urls": [origin.url(f"/{TS}")]})
        answer = await client.get("/api/queue/export")
        assert answer.headers["content-disposition"].startswith("attachment")
        file = answer.json()
        QueueFile.model_validate(file)
        twice = (await client.post("/api/queue/import", content=answer.content)).json()
        check(schemas.ImportReport, twice)
        assert (twice["jobs"], twice["skipped"]) == (0, 1)
        check(schemas.DuplicateEpisodeOut, twice["duplicates"][0])
    elsewhere = settings.model_copy(update={"data_dir": settings.data_dir / "other"})
    async with opened(elsewhere, origin) as (client, engine):
        taken = check(schemas.ImportReport, (await client.post("/api/queue/import", json=file)).json())
        assert (taken["jobs"], taken["episodes"], taken["duplicates"]) == (1, 1, [])
        await until(engine, "jobs", "completed")
        assert (await client.get("/api/queue/export")).json()["jobs"] == []
        assert len((await client.get("/api/queue/export", params={"ended": "true"})).json()["jobs"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json_invalid"),
        (b"[]", 422, "request_invalid"),
        (json.dumps({"format": "aniworld-dl-queue", "version": 1, "jobs": [{}]}).encode(), 422, "request_invalid"),
    ],
)
async def test_what_is_no_queue_file_changes_nothing(
    settings: Settings, origin: Origin, body: bytes, status: int, code: str
) -> None:
    async with opened(settings, origin) as (client, _):
        answer = await client.post("/api/queue/import", content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await client.get("/api/jobs")).json()["total"] == 0


async def test_an_import_may_be_larger_than_other_bodies_and_has_a_limit_too(
    settings: Settings, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "LARGEST_BODY_BYTES", 1000)
    monkeypatch.setattr(problems, "LARGEST_IMPORT_BYTES", 3_000_000)
    head: dict[str, Any] = {"format": "aniworld-dl-queue", "version": 1}
    job = {"anime_title": "A" * 15_000, "created_at": "2026-01-31T18:00:00Z"}
    async with opened(settings, origin) as (client, _):
        answer = await client.post("/api/queue/import", json={**head, "jobs": [job] * 100})
        assert (answer.status_code, answer.json()["jobs"]) == (200, 100)
        for content in (b"x" * 3_000_001, _in_pieces()):
            refused = await client.post("/api/queue/import", content=content)
            assert (refused.status_code, refused.json()["params"]) == (413, {"limit_bytes": 3_000_000})
        assert (await client.post("/api/jobs", content=b"x" * 1001)).json()["params"] == {"limit_bytes": 1000}


async def _in_pieces() -> Any:
    for _ in range(4):
        yield b" " * 1_000_000
