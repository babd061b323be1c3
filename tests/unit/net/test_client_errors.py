"""Every failure is one of ours, and a server that wants a pause gets it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import (
    BodyTruncatedError,
    ConnectError,
    ConnectionLostError,
    HttpStatusError,
    NetError,
    StalledError,
)
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping


from tests.unit.net.wire import URL, Wire, answer, body_of, closings


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503, 304, 300, 302])
async def test_a_status_that_is_no_success_is_an_error(status: int) -> None:
    """A redirect that leads nowhere too."""
    sent = answer(b"no", status=status)
    async with Wire(sent).client() as client:
        with pytest.raises(HttpStatusError) as caught:
            async with client.stream(URL):
                pass
    assert caught.value.params == {
        "host": "a.example",
        "status": status,
        "url": "https://a.example/v/list.m3u8",
        "retry_after_s": None,
    }
    assert closings(sent) == 1


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, "7", 7.0), (429, None, 1.0), (503, "7", 7.0), (503, None, 0.0), (500, "7", 0.0)],
)
async def test_a_server_that_wants_a_pause_gets_it(status: int, header: str | None, seconds: float) -> None:
    clock = FakeClock()
    wire = Wire(lambda request: answer() if "ok" in request.url.path else refusal)
    refusal = answer(status=status, **({} if header is None else {"retry_after": header}))
    async with wire.client(clock=clock) as client:
        with pytest.raises(HttpStatusError) as caught:
            async with client.stream(URL):
                pass
        assert caught.value.retry_after_s == (None if header is None else float(header))

        async def next_one(host: str) -> None:
            async with client.stream(f"https://{host}/ok"):
                pass

        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(next_one("a.example"))
            other = group.create_task(next_one("b.example"))
            await clock.run(max(seconds - 0.01, 0.0))
            assert other.done()
            assert waiting.done() is (seconds == 0)
            await clock.run(0.02)
            assert waiting.done()


FAULTS: Mapping[str, tuple[Exception, type[NetError], str]] = {
    "connect timeout": (httpx.ConnectTimeout("x"), ConnectError, "no answer within 10 s"),
    "refused": (httpx.ConnectError("All connection attempts failed"), ConnectError, "All connection attempts failed"),
    "silent": (httpx.ReadTimeout("x"), StalledError, "sent nothing for 30"),
    "deaf": (httpx.WriteTimeout("x"), StalledError, "sent nothing for 30"),
    "reset": (httpx.ReadError(""), ConnectionLostError, "ReadError"),
    "garbage": (httpx.RemoteProtocolError("bad status line"), ConnectionLostError, "bad status line"),
    "talkative": (
        httpx.ReadError("for url (https://u:p@a.example/x?token=secret) and http://b/?secret"),
        ConnectionLostError,
        r"for url \(https://a.example/x\) and http://b/$",
    ),
    "long": (httpx.ReadError("x" * 5000), ConnectionLostError, "x{200}$"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_failure_before_the_answer_is_one_of_ours(name: str) -> None:
    raised, expected, text = FAULTS[name]

    def fail(_request: httpx.Request) -> httpx.Response:
        raise raised

    async with Wire(fail).client() as client:
        with pytest.raises(expected, match=text) as caught:
            async with client.stream(URL):
                pass
    assert caught.value.params["host"] == "a.example"
    assert caught.value.retryable
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    ("raised", "length", "expected"),
    [
        (httpx.ReadTimeout("x"), 5, StalledError),
        (httpx.ReadError("reset"), 5, ConnectionLostError),
        (httpx.RemoteProtocolError("short"), 5, BodyTruncatedError),
        (httpx.RemoteProtocolError("bad chunk"), None, ConnectionLostError),
        (httpx.RemoteProtocolError("too late to matter"), 2, ConnectionLostError),
    ],
)
async def test_every_failure_in_the_body_is_one_of_ours(
    raised: Exception, length: int | None, expected: type[NetError]
) -> None:
    sent = answer(b"ab", raised, **({} if length is None else {"content_length": length}))
    async with Wire(sent).client() as client, client.stream(URL) as response:
        with pytest.raises(expected) as caught:
            await body_of(response)
    assert caught.value.__cause__ is raised
    if expected is BodyTruncatedError:
        assert caught.value.params["received_bytes"] == 2
