from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.fakes.engine import FakeEngine

BODY = {"anime_title": "Anime A", "episode_urls": ["https://media.example.org/1.m3u8"]}


async def test_queue_status_has_the_original_shape(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=BODY)
    await client.post("/api/jobs", json=BODY)
    body = (await client.get("/api/queue-status", params={"limit": 1})).json()
    assert body["success"] is True
    assert [entry["id"] for entry in body["queue"]["active"]] == [1]
    assert body["queue"]["completed"] == []


async def test_the_queue_can_be_paused_and_resumed(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    assert (await client.post("/api/queue/pause")).json()["queue_paused"] is True
    assert engine.queue_paused
    assert (await client.post("/api/queue/resume")).json()["queue_paused"] is False
    assert not engine.queue_paused


async def test_settings_can_be_read_and_changed(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    changes = {"max_concurrent_downloads": 6, "bandwidth_limit_bytes_per_s": 2_000_000}
    answer = await client.patch("/api/settings", json=changes)
    assert answer.status_code == 200
    assert answer.json() == (await client.get("/api/settings")).json()
    assert answer.json() | changes == answer.json()
    assert engine.settings.max_concurrent_downloads == 6


@pytest.mark.parametrize(
    ("changes", "key"),
    [({"max_concurrent_downloads": -1}, "max_concurrent_downloads"), ({"max_parallel": 3}, "max_parallel")],
)
async def test_a_bad_setting_is_named(changes: dict[str, int], key: str, client: httpx.AsyncClient) -> None:
    answer = await client.patch("/api/settings", json=changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "setting_invalid")
    assert answer.json()["params"]["key"] == key


async def test_settings_must_be_an_object(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/api/settings", json=[1])
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert answer.json()["params"]["field"] == "body"


async def test_the_key_itself_is_never_shown(
    with_settings: Callable[..., httpx.AsyncClient], engine: FakeEngine
) -> None:
    engine.settings = engine.settings.model_copy(update={"api_key": "correct horse"})
    async with with_settings() as client:
        answer = await client.get("/api/settings")
    assert answer.json()["api_key_set"] is True
    assert "correct horse" not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health(method: str, client: httpx.AsyncClient, engine: FakeEngine) -> None:
    """Readiness follows the engine, liveness does not."""
    assert (await client.request(method, "/healthz")).status_code == 200
    assert (await client.request(method, "/readyz")).status_code == 200
    engine.alive = False
    assert (await client.request(method, "/healthz")).status_code == 200
    assert (await client.request(method, "/readyz")).status_code == 503
    assert (await client.get("/readyz")).json()["code"] == "not_ready"
