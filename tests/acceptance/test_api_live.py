"""Live messages through the real server, with clients that behave and clients that do not."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.acceptance.serving import Serving, serving
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

KEY = "correct horse battery"
MEGABYTE = "x" * 1024 * 1024


class RushingClock(FakeClock):
    """Every look at it finds five more seconds gone."""

    def monotonic(self) -> float:
        self.advance(5.0)
        return super().monotonic()


@pytest.fixture
async def live(settings: Settings) -> AsyncIterator[Serving]:
    async with serving(settings) as running:
        yield running


@pytest.fixture
async def locked(settings: Settings) -> AsyncIterator[Serving]:
    async with serving(settings.model_copy(update={"api_key": KEY})) as running:
        yield running


def key_name(key: str) -> str:
    return "aniworld-dl.key." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


# ------------------------------------------------------------------------------------------------------- WebSocket


async def test_websocket_sends_a_snapshot_then_patches(live: Serving) -> None:
    async with live.socket() as client:
        snapshot = json.loads(await client.recv())
        sent = live.engine.hub.publish(jobs={"1": {"status": "downloading"}})
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
        assert await client.recv() == sent
    assert live.engine.hub.since == [None]


async def test_websocket_continues_where_it_was(live: Serving) -> None:
    async with live.socket("?since=41") as client:
        await client.recv()
    assert live.engine.hub.since == [41]


async def test_messages_can_be_fetched_where_no_stream_comes_through(live: Serving) -> None:
    """A snapshot at first; after the last number nothing, and nobody is subscribed for it."""
    async with httpx.AsyncClient(base_url=live.url) as client:
        answer = await client.get("/api/updates")
        (first,) = answer.json()["messages"]
        assert (first["type"], answer.headers["cache-control"]) == ("snapshot", "no-store")
        assert (await client.get("/api/updates", params={"since": first["seq"]})).json() == {"messages": []}
        assert (await client.get("/api/updates", params={"since": "x"})).status_code == 422
    assert live.engine.hub.subscribers == set()


async def test_websocket_refuses_what_is_no_number(live: Serving) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with live.socket("?since=yesterday"):
            pass
    assert caught.value.response.status_code == 422
    assert json.loads(caught.value.response.body)["params"]["field"] == "since"


@pytest.mark.parametrize("politely", [True, False])
async def test_who_leaves_is_unsubscribed(politely: bool, live: Serving) -> None:
    async with live.socket() as client:
        await client.recv()
        assert len(live.engine.hub.subscribers) == 1
        if not politely:
            client.transport.abort()
    await live.engine.hub.until(subscribers=0)


async def test_what_a_client_says_is_ignored(live: Serving) -> None:
    async with live.socket() as client:
        for message in ("hello", b"\0", "{", "x" * 60_000):
            await client.send(message)
        await client.recv()
        sent = live.engine.hub.publish()
        assert await client.recv() == sent


async def test_a_client_that_says_too_much_at_once_is_closed(live: Serving) -> None:
    async with live.socket(compression=None) as client:
        await client.recv()
        await client.send(MEGABYTE)
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
    await live.engine.hub.until(subscribers=0)


async def test_when_the_hub_ends_the_websocket_says_so(live: Serving) -> None:
    async with live.socket() as client:
        await client.recv()
        live.engine.hub.close()
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"additional_headers": {"Origin": "https://evil.example"}}, 403, "origin_refused"),
        ({"additional_headers": {"Origin": "null"}}, 403, "origin_refused"),
        ({"name": "evil.example"}, 421, "host_refused"),
    ],
)
async def test_a_foreign_page_gets_no_websocket(
    options: dict[str, Any], status: int, code: str, live: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    """The handshake itself is refused: nothing is accepted first and closed afterwards, and nobody calls it a fault."""
    with pytest.raises(InvalidStatus) as caught:
        async with live.socket(**options):
            pass
    assert caught.value.response.status_code == status
    assert json.loads(caught.value.response.body)["code"] == code
    assert not live.engine.hub.since
    live.stop.set()
    await live.ended()
    assert not caplog.records


async def test_the_own_page_gets_one(live: Serving) -> None:
    async with live.socket(origin=live.url, subprotocols=["aniworld-dl"]) as client:
        assert client.subprotocol == "aniworld-dl"


@pytest.mark.parametrize("names", [[], ["aniworld-dl"], ["aniworld-dl", key_name("wrong")], ["aniworld-dl.key.A"]])
async def test_without_the_key_there_is_no_websocket(names: list[str], locked: Serving) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with locked.socket(subprotocols=names or None):
            pass
    assert caught.value.response.status_code == 401
    assert json.loads(caught.value.response.body)["code"] == "unauthorized"


async def test_browsers_send_the_key_as_a_subprotocol(locked: Serving) -> None:
    """The key's own name is never chosen, so that it does not come back in the answer."""
    async with locked.socket(subprotocols=["aniworld-dl", key_name(KEY)]) as client:
        assert client.subprotocol == "aniworld-dl"
        assert json.loads(await client.recv())["type"] == "snapshot"


async def test_other_clients_send_the_key_as_a_header(locked: Serving) -> None:
    async with locked.socket(additional_headers={"X-Api-Key": KEY}) as client:
        assert client.subprotocol is None


async def test_there_is_no_other_websocket(live: Serving) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with live.socket("/nothing"):
            pass
    assert caught.value.response.status_code == 403


# ----------------------------------------------------------------------------------------------- server-sent events


async def events_of(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line:
            yield event
            event = {}
        else:
            name, _, value = line.partition(": ")
            event[name or "comment"] = value


async def test_events_are_the_same_messages(live: Serving) -> None:
    async with httpx.AsyncClient() as client, client.stream("GET", f"{live.url}/api/events") as response:
        events = events_of(response)
        first = await anext(events)
        sent = live.engine.hub.publish(jobs={"1": None})
        second = await anext(events)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert (first["id"], json.loads(first["data"])["type"]) == ("1", "snapshot")
    assert second == {"id": "2", "data": sent}
    await live.engine.hub.until(subscribers=0)


@pytest.mark.parametrize(
    ("query", "headers", "since"),
    [
        ("", {}, None),
        ("?since=3", {}, 3),
        ("?since=3", {"Last-Event-ID": "7"}, 7),
        ("", {"Last-Event-ID": "x"}, None),
    ],
)
async def test_events_continue_where_they_were(
    query: str, headers: dict[str, str], since: int | None, live: Serving
) -> None:
    """A browser that reconnects asks for the old address again: its header is the newer knowledge."""
    url = f"{live.url}/api/events{query}"
    async with httpx.AsyncClient() as client, client.stream("GET", url, headers=headers) as response:
        await anext(events_of(response))
    assert live.engine.hub.since == [since]


async def test_a_quiet_stream_is_kept_alive(settings: Settings) -> None:
    clock = FakeClock()
    async with (
        serving(settings, clock=clock) as running,
        httpx.AsyncClient() as client,
        client.stream("GET", f"{running.url}/api/events") as response,
    ):
        events = events_of(response)
        await anext(events)
        for _ in range(2):
            await clock.wait_for_sleepers()
            clock.advance(15.0)
            assert await anext(events) == {"comment": "keep-alive"}


async def test_when_the_hub_ends_the_stream_ends(live: Serving) -> None:
    async with httpx.AsyncClient() as client, client.stream("GET", f"{live.url}/api/events") as response:
        events = events_of(response)
        await anext(events)
        live.engine.hub.close()
        assert [event async for event in events] == []


# ------------------------------------------------------------------------------------------- clients that do not read


async def deaf_client(running: Serving, request: str) -> socket.socket:
    """Connect, send a request and never read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", running.port))
    await loop.sock_sendall(client, f"{request}\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
    return client


UPGRADE = (
    "GET /api/ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
)


@pytest.mark.parametrize("request_text", [UPGRADE, "GET /api/events HTTP/1.1"], ids=["websocket", "events"])
async def test_who_does_not_read_is_cut_off_and_costs_the_others_nothing(request_text: str, settings: Settings) -> None:
    async with serving(settings, clock=RushingClock()) as running, running.socket() as other:
        hub = running.engine.hub
        await other.recv()
        with contextlib.closing(await deaf_client(running, request_text)):
            await hub.until(subscribers=2)
            sent = [hub.publish(text=MEGABYTE, number=number) for number in range(16)]
            received: list[Any] = [await other.recv() for _ in sent]
            assert received == sent
            await hub.until(subscribers=1)
            last = hub.publish()
            assert await other.recv() == last
