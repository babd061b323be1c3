from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.exceptions import HTTPException

from aniworld_dl import errors
from aniworld_dl.api.problems import LARGEST_BODY_BYTES, status_of
from aniworld_dl.api.schemas.responses import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from fastapi import FastAPI

    from tests.fakes.engine import FakeEngine

BODY = {"anime_title": "Anime A", "episode_urls": ["https://media.example.org/1.m3u8"]}


@pytest.mark.parametrize("leaf", list(errors.all_leaves()), ids=lambda leaf: leaf.code)
def test_every_error_has_a_status(leaf: type[errors.AniworldDlError]) -> None:
    assert 400 <= status_of(leaf) < 600


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError(what="job", id=1), 404),
        (errors.MoveRefusedError(what="job", id=1, action="pause", status="completed"), 409),
        (errors.RequestInvalidError(field="f", value="v", mend="m"), 422),
        (errors.ConfigError(key="k", value="v", mend="m"), 422),
        (errors.UrlInvalidError(url="u", reason="r"), 422),
        (errors.NoProviderError(url="u"), 422),
        (errors.AddressRefusedError(host="h", address="10.0.0.1"), 422),
        (errors.ConnectError(host="h", reason="r"), 502),
        (errors.NotMediaError(url="u", found="HTML"), 502),
        (errors.DiskFullError(path="p"), 507),
        (errors.FolderDeniedError(path="p", reason="r"), 503),
        (errors.InternalError(reason="r"), 500),
    ],
    ids=lambda item: getattr(item, "code", ""),
)
async def test_an_error_becomes_its_problem(
    error: errors.AniworldDlError, status: int, client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.failure = error
    answer = await client.get("/api/jobs/1")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert (answer.status_code, problem.status, problem.code) == (status, status, error.code)
    assert (problem.detail, problem.params) == (str(error), dict(error.params))
    assert problem.type == f"urn:aniworld-dl:problem:{error.code}"
    assert problem.title


async def test_an_unknown_page_is_not_found(client: httpx.AsyncClient) -> None:
    for method, path in [("GET", "/api/nothing"), ("POST", "/nothing"), ("GET", "/api/jobs/"), ("GET", "/nothing.js")]:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.json()["params"] == {"what": "page", "id": path}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/jobs", "GET, POST"),
        ("PUT", "/api/jobs/1", "GET, PATCH, DELETE"),
        ("GET", "/api/jobs/1/pause", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/docs", "GET"),
    ],
)
async def test_a_wrong_method_names_the_right_ones(
    method: str, path: str, allowed: str, client: httpx.AsyncClient
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_refused")
    assert answer.headers["allow"] == allowed
    assert answer.json()["params"] == {"method": method, "allowed": allowed}


async def test_a_body_too_large_is_refused_before_it_is_read(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(True)
        yield b" "

    headers = {"Content-Type": "application/json", "Content-Length": str(LARGEST_BODY_BYTES + 1)}
    answer = await client.post("/api/jobs", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["params"] == {"limit_bytes": LARGEST_BODY_BYTES}
    assert not read


async def test_a_body_too_large_that_does_not_say_so_is_refused_while_it_comes(client: httpx.AsyncClient) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(40):
            sent += 1
            yield b" " * 1024 * 1024

    answer = await client.post("/api/jobs", content=body(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sent == 17


async def test_a_body_of_the_greatest_size_is_read(client: httpx.AsyncClient) -> None:
    content = b'{"anime_title": "A"' + b" " * (LARGEST_BODY_BYTES - 20) + b"}"
    answer = await client.post("/api/jobs", content=content, headers={"Content-Type": "application/json"})
    assert len(content) == LARGEST_BODY_BYTES
    assert answer.status_code == 422


async def test_an_unexpected_error_is_logged_whole_and_told_without_its_text(
    client: httpx.AsyncClient, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of a foreign exception may hold a token; the log has it, the answer does not."""
    engine.failure = ZeroDivisionError("token=secret")
    answer = await client.get("/api/jobs/1?x=token", headers={"X-Request-ID": "n1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["params"] == {"reason": "ZeroDivisionError"}
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    [record] = [record for record in caplog.records if record.name == "aniworld_dl.api.security"]
    assert record.getMessage() == "event=request_failed method=GET path=/api/jobs/1 request_id=n1"
    assert record.exc_info is not None
    assert record.exc_info[1] is engine.failure


async def test_what_the_framework_refuses_is_a_problem_too(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    engine.failure = HTTPException(418, "short and stout", headers={"X-Pot": "tea"})
    answer = await client.get("/api/jobs/1")
    assert (answer.status_code, answer.headers["x-pot"]) == (418, "tea")
    assert answer.json()["params"]["mend"] == "short and stout"


async def test_an_error_after_the_answer_began_is_raised(
    app: FastAPI, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The server then breaks the connection: a client must not take half an answer for a whole one."""

    async def broken(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        raise ZeroDivisionError

    app.router.default = broken
    with pytest.raises(ZeroDivisionError):
        await client.get("/broken")
    assert "request_failed" in caplog.text
