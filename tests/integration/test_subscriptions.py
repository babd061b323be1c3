"""A feed that is followed, over REST and with everything real: list, queue, download, file; over a restart."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.api.app import create_app
from aniworld_dl.api.schemas import subscriptions as schemas
from aniworld_dl.engine import open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import files, until
from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.engine import Engine

pytestmark = pytest.mark.timeout(60)


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[tuple[Engine, httpx.AsyncClient]]:
    async with open_engine(settings) as engine:
        transport = httpx.ASGITransport(app=create_app(engine, engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            yield engine, client


def _publish(origin: Origin, *numbers: int) -> str:
    """Serve a feed of these episodes, the newest first as feeds have them."""
    items = [
        f"<item><title>Folge {number}</title><enclosure url='{origin.url(TS)}?{number}' type='application/x-mpegURL'/>"
        f"<itunes:season>1</itunes:season><itunes:episode>{number}</itunes:episode></item>"
        for number in sorted(numbers, reverse=True)
    ]
    itunes = "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'"
    body = f"<rss version='2.0' {itunes}><channel><title>Nordlicht</title>{''.join(items)}</channel></rss>"
    return origin.add_file("/feed.xml", body)


async def _until_counted(engine: Engine, verdict: str, count: int) -> None:
    async for _ in engine.hub.subscribe():
        view = await engine.subscriptions.get(1)
        if view["status"] != "checking" and view["counts"][verdict] == count:
            return
    raise AssertionError("the stream ended")


async def test_a_feed_is_followed(settings: Settings, origin: Origin) -> None:
    """What appears in it is downloaded, once, also after a restart; every answer is as it is described."""
    feed = _publish(origin, 1, 2)
    body = {"url": feed, "anime_title": "Nordlicht", "only_new": True, "interval_s": 900}
    async with _client(settings) as (engine, client):
        plan = (await client.post("/api/subscriptions/plan", json=body)).json()
        assert [(each["number"], each["verdict"]) for each in plan["items"]] == [(1, "before"), (2, "before")]
        schemas.SubscriptionPlan.model_validate(plan)
        added = await client.post("/api/subscriptions", json=body)
        assert (added.status_code, added.headers["Location"]) == (201, "/api/subscriptions/1")
        schemas.SubscriptionOut.model_validate(added.json())
        await _until_counted(engine, "before", 2)
        paused = (await client.post("/api/subscriptions/1/pause")).json()
        assert paused["status"] == "paused"
    _publish(origin, 1, 2, 3)
    async with _client(settings) as (engine, client):
        plan = (await client.post("/api/subscriptions/1/plan")).json()
        assert plan["totals"]["take"] == 1
        assert (await client.post("/api/subscriptions/1/resume")).json()["status"] == "active"
        assert (await client.post("/api/subscriptions/1/check")).json()["status"] == "checking"
        await _until_counted(engine, "taken", 1)
        job = await until(engine, 1, Status.COMPLETED)
        assert job["total_episodes"] == 1
        page = (await client.get("/api/subscriptions/1/episodes?verdict=taken")).json()
        schemas.SeenEpisodePage.model_validate(page)
        assert [(each["number"], each["job_id"]) for each in page["items"]] == [(3, 1)]
        schemas.SubscriptionPage.model_validate((await client.get("/api/subscriptions")).json())
        assert (await client.patch("/api/subscriptions/1", json={"anime_title": "N"})).json()["anime_title"] == "N"
        bad = await client.get("/api/subscriptions/1/episodes?verdict=take")
        assert (bad.status_code, bad.json()["code"]) == (422, "request_invalid")
        assert (await client.delete("/api/subscriptions/1")).status_code == 204
        assert (await client.get("/api/subscriptions/1")).status_code == 404
    assert files(settings.download_dir) == ["Nordlicht/Season 01/Nordlicht S01E03.mkv"]


def test_the_example_fits() -> None:
    for model in (schemas.SubscriptionIn, schemas.SubscriptionPatch):
        extra: Any = model.model_config["json_schema_extra"]
        for example in extra["examples"]:
            model.model_validate(example)
    titled = schemas.SubscriptionIn.model_validate({"url": "https://example.org/anime/stream/nordlicht"})
    assert titled.to_wanted().title == "Nordlicht"
