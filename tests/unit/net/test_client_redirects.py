"""Addresses are checked at every step, and secrets stay with their host."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from aniworld_dl.errors import (
    AddressRefusedError,
    NameNotResolvedError,
    RequestInvalidError,
    TooManyRedirectsError,
    UrlInvalidError,
)
from aniworld_dl.model import ByteRange
from aniworld_dl.net.client import MOST_REDIRECTS, HttpClient
from tests.fakes.clock import FakeClock, settle
from tests.fakes.names import FakeResolver
from tests.unit.net.wire import SETTINGS, URL, Wire, answer, body_of, redirects


async def test_addresses_are_checked_whatever_the_transport() -> None:
    wire = Wire(answer())
    resolver = FakeResolver({"inside.example": ["10.0.0.1"]}, default=None)
    async with wire.client(resolver=resolver) as client:
        for url, expected in [
            ("http://inside.example/", AddressRefusedError),
            ("http://127.0.0.1/", AddressRefusedError),
            ("http://gone.example/", NameNotResolvedError),
            ("ftp://a.example/", UrlInvalidError),
        ]:
            with pytest.raises(expected):
                async with client.stream(url):
                    pass
    assert wire.requests == []


async def test_allowed_networks_and_trusted_endpoints_are_taken_from_the_caller() -> None:
    wire = Wire(lambda _request: answer())
    settings = SETTINGS.model_copy(update={"allowed_private_networks": ["10.0.0.0/8"]})
    transport = httpx.MockTransport(wire.handler)
    trusted = [("127.0.0.1", 8081)]
    async with HttpClient(settings, FakeClock(), trusted_endpoints=trusted, transport=transport) as client:
        for url in ["http://10.1.1.1/", "http://127.0.0.1:8081/"]:
            async with client.stream(url):
                pass
        with pytest.raises(AddressRefusedError):
            async with client.stream("http://127.0.0.1:8082/"):
                pass


async def test_headers_that_cannot_be_sent_are_refused() -> None:
    async with Wire(answer()).client() as client:
        with pytest.raises(RequestInvalidError):
            async with client.stream(URL, headers={"X": "a\r\nb"}):
                pass


async def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    wire = redirects(a="/b?x=1", b="https://c.example/d/e")
    async with wire.client() as client, client.stream("https://a.example/a") as response:
        assert response.url == "https://c.example/d/e"
        assert await body_of(response) == b"end"
    assert [str(request.url) for request in wire.requests] == [
        "https://a.example/a",
        "https://a.example/b?x=1",
        "https://c.example/d/e",
    ]


async def test_each_address_of_a_redirect_is_checked() -> None:
    wire = redirects(a="http://inside.example/", b="file:///etc/passwd", c="http://2130706433/")
    async with wire.client(resolver=FakeResolver({"inside.example": ["192.168.0.1"]})) as client:
        for path, expected in [("a", AddressRefusedError), ("b", UrlInvalidError), ("c", UrlInvalidError)]:
            with pytest.raises(expected):
                async with client.stream(f"https://a.example/{path}"):
                    pass
    assert len(wire.requests) == 3


async def test_secrets_stay_with_their_host() -> None:
    wire = redirects(a="/b", b="https://other.example/c", c="https://a.example/d")
    headers = {"Cookie": "c", "X-Token": "t", "User-Agent": "Browser/1"}
    byte_range = ByteRange(start=0, stop=3)
    url = "https://u:p@a.example/a"
    async with wire.client() as client, client.stream(url, headers=headers, byte_range=byte_range) as response:
        assert response.status == 200
    seen = [{"cookie", "x-token", "authorization"} & set(request.headers) for request in wire.requests]
    assert seen == [{"cookie", "x-token", "authorization"}] * 2 + [set()] * 2
    assert {request.headers["user-agent"] for request in wire.requests} == {"Browser/1"}
    assert {request.headers["range"] for request in wire.requests} == {"bytes=0-2"}


async def test_an_endless_chain_ends() -> None:
    wire = redirects(a="/b", b="/a")
    async with wire.client() as client:
        with pytest.raises(TooManyRedirectsError) as caught:
            async with client.stream("https://a.example/a?token=secret"):
                pass
    assert caught.value.params == {"url": "https://a.example/a", "count": MOST_REDIRECTS}
    assert len(wire.requests) == MOST_REDIRECTS + 1


async def test_a_redirect_gives_the_first_hosts_slot_back_before_it_asks_for_the_next() -> None:
    """Two that redirect to one another cannot wait for each other."""
    wire = Wire(
        lambda request: (
            answer()
            if request.url.path == "/end"
            else answer(status=307, location=f"https://{'b' if request.url.host == 'a.example' else 'a'}.example/end")
        )
    )
    async with wire.client() as client:
        client.hosts.resize(1)

        async def read(host: str) -> None:
            async with client.stream(f"https://{host}.example/start"):
                await settle()

        async with asyncio.TaskGroup() as group:
            for host in "abab":
                group.create_task(read(host))
    assert len(wire.requests) == 8
