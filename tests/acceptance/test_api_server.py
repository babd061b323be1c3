"""The server's life: it starts or says why not, and ends in order whatever ends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from aniworld_dl.api.server import serve
from aniworld_dl.errors import ConfigError, FolderInUseError, InternalError
from tests.acceptance.serving import serving
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


async def test_it_tells_its_address_and_answers_there(settings: Settings) -> None:
    async with serving(settings) as running, httpx.AsyncClient() as client:
        assert running.url == f"http://127.0.0.1:{running.port}"
        answer = await client.get(f"{running.url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert "server" not in answer.headers
    assert running.events == ["opened", "closed"]


async def test_it_listens_on_ipv6(settings: Settings) -> None:
    async with serving(settings.model_copy(update={"host": "::1"})) as running, httpx.AsyncClient() as client:
        assert running.url == f"http://[::1]:{running.port}"
        assert (await client.get(f"{running.url}/healthz")).status_code == 200


async def test_elsewhere_it_wants_a_key(settings: Settings) -> None:
    open_to_all = settings.model_copy(update={"host": "0.0.0.0"})
    with pytest.raises(ConfigError) as caught:
        async with serving(open_to_all):
            pass
    assert caught.value.params["key"] == "api_key"
    async with serving(open_to_all.model_copy(update={"api_key": "correct horse"})) as running:
        assert running.url == f"http://0.0.0.0:{running.port}"


@asynccontextmanager
async def no_engine(settings: Settings) -> AsyncIterator[FakeEngine]:
    """An engine that cannot be opened."""
    if settings.port >= 0:
        raise FolderInUseError(path="data")
    yield FakeEngine(settings)


async def start(settings: Settings) -> None:
    await serve(settings, on_ready=lambda _: None, engine_factory=no_engine)


async def test_a_port_in_use_is_named(settings: Settings) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            await start(settings.model_copy(update={"port": port}))
    assert (caught.value.params["key"], caught.value.params["value"]) == ("port", port)
    assert "another program" in str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_a_host_that_is_not_this_machine_is_named(host: str, settings: Settings) -> None:
    with pytest.raises(ConfigError) as caught:
        await start(settings.model_copy(update={"host": host, "port": 0, "api_key": "correct horse"}))
    assert (caught.value.params["key"], caught.value.params["value"]) == ("host", host)


async def test_why_the_engine_could_not_be_opened_is_raised_and_the_port_is_free_again(settings: Settings) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(FolderInUseError):
        await start(settings.model_copy(update={"port": port}))
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_without_an_error(number: signal.Signals, settings: Settings) -> None:
    """With every kind of connection open; the engine is closed after the last answer."""
    before = signal.getsignal(number)
    async with serving(settings) as running, running.socket() as client, httpx.AsyncClient() as http:
        async with http.stream("GET", f"{running.url}/api/events") as response:
            lines = response.aiter_lines()
            await anext(lines)
            await client.recv()
            os.kill(os.getpid(), number)
            await running.ended()
            assert running.events == ["opened", "closed"]
            assert [line async for line in lines if line.startswith("id")] == []
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1012
        assert not running.engine.hub.subscribers
    assert signal.getsignal(number) is before


async def test_whoever_cancels_it_gets_an_orderly_end(settings: Settings) -> None:
    async with serving(settings) as running, running.socket() as client:
        await client.recv()
        assert running.task is not None
        running.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running.ended()
        assert running.events == ["opened", "closed"]
        assert not running.engine.hub.subscribers
        with pytest.raises(ConnectionClosed):
            await client.recv()


class HangingEngine(FakeEngine):
    """Never answers when asked for a job."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.asked = asyncio.Event()

    async def job(self, job_id: int) -> dict[str, Any]:
        self.asked.set()
        await asyncio.Event().wait()
        return await super().job(job_id)


async def test_an_answer_in_progress_is_bounded_when_it_stops(settings: Settings) -> None:
    """An answer that never comes is cut off; it does not hold up the end."""
    engine = HangingEngine(settings)
    async with serving(settings, engine=engine) as running, httpx.AsyncClient(timeout=None) as client:
        request = asyncio.create_task(client.get(f"{running.url}/api/jobs/1"))
        await engine.asked.wait()
        running.stop.set()
        await running.ended()
        assert (await request).status_code == 500
    assert running.events == ["opened", "closed"]


async def test_when_the_engine_dies_the_service_ends_with_an_error(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(settings) as running:
        running.engine.alive = False
        with pytest.raises(InternalError):
            await running.ended()
    told = [
        (record.levelname, record.getMessage()) for record in caplog.records if "engine_died" in record.getMessage()
    ]
    assert told == [("CRITICAL", "event=engine_died")]


async def test_requests_are_not_logged_with_their_query(
    settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    async with serving(settings) as running, httpx.AsyncClient() as client:
        await client.get(f"{running.url}/api/jobs?q=secret")
        async with running.socket("?since=424242"):
            pass
    output = capfd.readouterr()
    uvicorn_lines = [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")]
    for text in (output.out, output.err, *uvicorn_lines):
        assert "secret" not in text
        assert "424242" not in text
