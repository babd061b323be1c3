"""A request to the API has a name, in its answer and in its log lines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.api.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from aniworld_dl.config import Settings
    from tests.fakes.engine import FakeEngine


async def test_a_request_keeps_the_name_it_came_with(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/jobs", headers={"X-Request-ID": "proxy-7:a.b"})
    assert answer.headers["x-request-id"] == "proxy-7:a.b"


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\tb", "ü"])
async def test_a_name_that_does_not_do_is_replaced(client: httpx.AsyncClient, name: str) -> None:
    headers = [(b"x-request-id", name.encode())]
    first, second = [(await client.get("/api/jobs", headers=headers)).headers["x-request-id"] for _ in range(2)]
    assert len(first) == 16
    assert first != second


async def test_its_log_lines_carry_it(
    client: httpx.AsyncClient, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.failure = RuntimeError("broken")
    with caplog.at_level(logging.ERROR):
        answer = await client.post(
            "/api/jobs",
            json={"anime_title": "A", "episode_urls": ["https://a.example/1"]},
            headers={"X-Request-ID": "n1"},
        )
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "n1")
    (record,) = [record for record in caplog.records if "request_failed" in record.getMessage()]
    assert "request_id=n1" in record.getMessage()


async def test_files_of_the_page_have_none(client: httpx.AsyncClient) -> None:
    assert "x-request-id" not in (await client.get("/app/main.js")).headers


def test_the_framework_sends_nothing_by_itself(
    engine: FakeEngine, settings: Settings, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own traces would carry queries and what was wrong with a request, also where only the environment asks."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    native = create_app(engine, settings, frontend=page)._telemetry
    ways = ("tracing", "metrics", "logs", "operation_spans", "auto_configure")
    assert [native.get(way) for way in ways] == [False] * 5
