"""Whatever is asked of the API: no unexpected error, and no answer that its description does not have."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given

from aniworld_dl.api.app import create_app
from aniworld_dl.engine import open_engine
from tests.integration.openapi_cases import Operation, operations, requests

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

EXAMPLES: Final = int(os.environ.get("ANIWORLD_DL_TEST_REQUESTS", "6"))
"""Of each operation."""
ENDLESS: Final = "/api/events"
ANSWER_S: Final = 15.0
BY_THE_FRAMEWORK: Final = frozenset({404, 405})
"""What is answered where an odd part of a path leads to another route or none."""
JOB: Final = {
    "anime_title": "Series",
    "episode_urls": [f"http://127.0.0.1:9/S01E0{number}.mp4" for number in (1, 2, 3)],
}


@pytest.mark.timeout(max(60, EXAMPLES * 10))
async def test_any_request_is_answered_as_described(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the whole service but its network: names lead nowhere, and nobody listens on the one address."""

    async def nowhere(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "no names here")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", nowhere)
    async with open_engine(settings, processing=False) as engine:
        app = create_app(engine, settings)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            for number in range(2):
                await client.post("/api/jobs", json={**JOB, "anime_title": f"Series {number}"})
            walk = Walk(client, app.openapi(), loop)
            await asyncio.to_thread(walk.all)
            assert engine.healthy
            assert (await client.get("/readyz")).status_code == 200
    assert walk.statuses[200] > 20
    assert walk.statuses[422] > 20
    assert walk.faults == []


class Walk:
    """Goes through a document in a thread of its own; `faults` has what was answered wrongly."""

    def __init__(self, client: httpx.AsyncClient, document: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        self.client = client
        self.document = document
        self.loop = loop
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []

    def all(self) -> None:
        for operation in operations(self.document):
            if operation.path != ENDLESS:
                self.one(operation)

    def one(self, operation: Operation) -> None:
        @hypothesis.settings(
            max_examples=EXAMPLES,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(requests(operation, self.document))
        def ask(request: dict[str, Any]) -> None:
            asked = asyncio.run_coroutine_threadsafe(self.client.request(**request), self.loop)
            answer = asked.result(ANSWER_S)
            self.statuses[answer.status_code] += 1
            if fault := fault_of(answer, operation):
                self.faults.append(f"{operation}: {fault}: {request!r:.600}")

        ask()


def fault_of(answer: httpx.Response, operation: Operation) -> str:
    """Return what is wrong with an answer, or nothing."""
    described = operation.about["responses"].get(str(answer.status_code))
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 500 and answer.status_code != 503:
        return f"it failed: {answer.text:.300}"
    if described is None:
        if answer.status_code in BY_THE_FRAMEWORK and "{" in operation.path:
            return ""
        return f"{answer.status_code} is not described: {answer.text:.300}"
    kinds = {name.partition(";")[0] for name in described.get("content", {})}
    if kinds and kind not in kinds:
        return f"{kind} is not described for {answer.status_code}"
    if answer.status_code >= 400 and answer.content and not {"code", "status"} <= answer.json().keys():
        return "a problem without a code"
    return ""
