from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, MutableMapping

    from fastapi import FastAPI

    from tests.fakes.engine import FakeEngine

KEY = "correct horse battery"


@pytest.fixture
async def locked(with_settings: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that wants a key."""
    async with with_settings(api_key=KEY) as client:
        yield client


async def test_a_foreign_host_reaches_nothing(client: httpx.AsyncClient) -> None:
    for path in ("/", "/healthz", "/api/jobs", "/nothing"):
        answer = await client.get(path, headers={"Host": "evil.example:8080"})
        assert (answer.status_code, answer.json()["code"]) == (421, "host_refused")
        assert answer.json()["params"] == {"host": "evil.example:8080"}


async def test_two_host_headers_are_none(client: httpx.AsyncClient) -> None:
    request = httpx.Request("GET", "http://127.0.0.1/healthz", headers=[("Host", "localhost"), ("Host", "localhost")])
    assert (await client.send(request)).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000"])
async def test_a_foreign_page_can_do_nothing(origin: str, client: httpx.AsyncClient, engine: FakeEngine) -> None:
    answer = await client.post("/api/queue/pause", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    assert not engine.queue_paused


async def test_the_own_page_can(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/queue/pause", headers={"Origin": "http://127.0.0.1:8080"})).status_code == 200


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/api/jobs", "/api/nothing", "/openapi.json", "/healthz"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert (headers.get("cache-control") == "no-store") == path.startswith(("/api", "/openapi.json"))


async def test_scripts_carry_only_the_headers_that_mean_something_there(client: httpx.AsyncClient) -> None:
    """They come by the dozen."""
    headers = (await client.get("/app/main.js")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "content-security-policy" not in headers


async def test_the_page_can_be_loaded_without_the_key(locked: httpx.AsyncClient) -> None:
    """It has to ask for the key somehow."""
    for path in ("/", "/docs", "/docs/page.js"):
        assert (await locked.get(path)).status_code == 200
    for path in ("/api", "/api/nothing", "/metrics", "/openapi.json"):
        answer = await locked.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    "headers",
    [{"X-Api-Key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer  {KEY}"}],
)
async def test_the_key_opens(headers: dict[str, str], locked: httpx.AsyncClient) -> None:
    assert (await locked.get("/api/jobs", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": ""},
        {"X-Api-Key": KEY[:-1]},
        {"X-Api-Key": KEY.upper()},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer"},
        {"Sec-WebSocket-Protocol": f"aniworld-dl.key.{KEY}"},
    ],
)
async def test_what_is_not_the_key_does_not_open(headers: dict[str, str], locked: httpx.AsyncClient) -> None:
    assert (await locked.get("/api/jobs", headers=headers)).status_code == 401
    assert (await locked.get(f"/api/jobs?api_key={KEY}", headers=headers)).status_code == 401


async def test_a_key_beyond_ascii_works(with_settings: Callable[..., httpx.AsyncClient]) -> None:
    async with with_settings(api_key="Schlüssel⚿") as client:
        assert (await client.get("/api/jobs", headers={b"X-Api-Key": "Schlüssel⚿".encode()})).status_code == 200
        assert (await client.get("/api/jobs", headers={b"X-Api-Key": "Schlüssel".encode()})).status_code == 401


@pytest.mark.parametrize("path", ["//api/jobs", "/API/jobs", "/docs/../api/jobs", "/api%2fjobs", "/./api/jobs"])
async def test_no_spelling_of_a_path_gets_past_the_key(path: str, locked: httpx.AsyncClient) -> None:
    answer = await locked.send(httpx.Request("GET", httpx.URL("http://127.0.0.1:8080", raw_path=path.encode())))
    assert answer.status_code in {401, 404}
    assert "items" not in answer.text


async def test_no_prefix_gets_past_the_key(with_settings: Callable[..., httpx.AsyncClient]) -> None:
    async with with_settings(api_key=KEY, base_path="/downloads") as client:
        assert (await client.get("/downloads/api/jobs")).status_code == 401
        assert (await client.get("/api/jobs")).status_code == 401
        assert (await client.get("/downloads/api/jobs", headers={"X-Api-Key": KEY})).status_code == 200


async def test_a_server_that_announces_its_life_cycle_is_answered(app: FastAPI) -> None:
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(events)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
