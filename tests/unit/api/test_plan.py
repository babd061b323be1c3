"""The route of the dry run: what it hands on, and what becomes of it when nobody waits any more."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import FileFailedError

if TYPE_CHECKING:
    import httpx
    from fastapi import FastAPI

    from aniworld_dl.model import JobRequest
    from tests.fakes.engine import FakeEngine

URL = "https://example.org/paper-moons/staffel-1/episode-2"


class FakePlanner:
    """Answers with the title, once it may; notes what it was asked, and whether it was cancelled."""

    def __init__(self) -> None:
        self.requests: list[JobRequest] = []
        self.may_answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.is_cancelled = False
        self.failure: Exception | None = None

    async def plan(self, request: JobRequest) -> dict[str, Any]:
        self.requests.append(request)
        self.asked.set()
        if self.failure is not None:
            raise self.failure
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return {"anime_title": request.anime_title}


@pytest.fixture
def planner(engine: FakeEngine) -> FakePlanner:
    planner = FakePlanner()
    engine.planner = planner  # type: ignore[assignment]
    return planner


async def test_the_title_may_be_left_out(client: httpx.AsyncClient, planner: FakePlanner) -> None:
    """It is read from the first address then, as everywhere."""
    planner.may_answer.set()
    for fields, title in ({}, "Paper Moons"), ({"anime_title": "Mine"}, "Mine"):
        answer = await client.post("/api/plan", json={"episode_urls": [URL], "language": "German Sub", **fields})
        assert (answer.status_code, answer.json()) == (200, {"anime_title": title})
    assert [each.language for each in planner.requests] == ["German Sub", "German Sub"]


async def test_what_goes_wrong_is_a_problem(client: httpx.AsyncClient, planner: FakePlanner) -> None:
    planner.failure = FileFailedError(path="queue.sqlite3", reason="no")
    answer = await client.post("/api/plan", json={"episode_urls": [URL]})
    assert (answer.status_code, answer.json()["code"]) == (503, "file_failed")


async def test_a_client_that_goes_ends_its_plan(app: FastAPI, planner: FakePlanner) -> None:
    """Nobody gets an answer, and nothing is looked up for nobody."""
    sent: list[Any] = []
    coming = [{"type": "http.request", "body": json.dumps({"episode_urls": [URL]}).encode(), "more_body": False}]

    async def receive() -> Any:
        if coming:
            return coming.pop()
        await planner.asked.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8080"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/plan", "raw_path": b"/api/plan", "query_string": b""}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080), "scheme": "http"}
    await app(scope, receive, send)
    assert planner.is_cancelled
    assert sent[0]["status"] == 499
