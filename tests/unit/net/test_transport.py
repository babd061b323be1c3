"""Requests go to checked addresses only, one carrier for each, and no carrier is closed under its user."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys

import httpx
import pytest

from aniworld_dl.config import Settings
from aniworld_dl.errors import AddressRefusedError, ConfigError
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.carriers import HttpxCarrier, Pin, PyreqwestCarrier, carrier_factory
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.transport import PinnedTransport
from tests.fakes.clock import FakeClock
from tests.fakes.names import FakeResolver

SETTINGS = Settings.model_construct()
PIN = Pin(scheme="https", host="a.example", port=443, ip="8.8.8.8")


class FakeCarrier(httpx.AsyncBaseTransport):
    def __init__(self, pin: Pin, failure: Exception | None) -> None:
        self.pin = pin
        self.failure = failure
        self.requests = 0
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.closed
        self.requests += 1
        if self.failure is not None:
            raise self.failure
        return httpx.Response(200, headers={"X-A": "b"}, stream=httpx.ByteStream(self.pin.ip.encode()))

    async def aclose(self) -> None:
        self.closed = True


class Fleet:
    """Makes fake carriers; those for the addresses in `failures` fail."""

    def __init__(self, names: dict[str, list[str]] | None = None, failures: dict[str, Exception] | None = None) -> None:
        self.made: list[FakeCarrier] = []
        self.failures = failures or {}
        self.resolver = FakeResolver(names)
        self.transport = PinnedTransport(AddressBook(AddressGuard(resolver=self.resolver), FakeClock()), self)

    def __call__(self, pin: Pin) -> FakeCarrier:
        self.made.append(FakeCarrier(pin, self.failures.get(pin.ip)))
        return self.made[-1]

    async def send(self, url: str) -> httpx.Response:
        return await self.transport.handle_async_request(httpx.Request("GET", url))

    async def get(self, url: str) -> bytes:
        response = await self.send(url)
        body = await response.aread()
        await response.aclose()
        return body

    def asked(self) -> list[tuple[str, int]]:
        return [(carrier.pin.ip, carrier.requests) for carrier in self.made]


async def test_each_origin_and_address_has_its_own_carrier() -> None:
    """Also where two names share an address: a TLS connection made for one name must not serve the other."""
    fleet = Fleet()
    for url in ["https://a.example/1", "https://a.example/2", "https://b.example/", "http://a.example/"]:
        response = await fleet.send(url)
        assert response.headers["X-A"] == "b"
    pins = [(carrier.pin.scheme, carrier.pin.host, carrier.pin.port, carrier.requests) for carrier in fleet.made]
    assert pins == [("https", "a.example", 443, 2), ("https", "b.example", 443, 1), ("http", "a.example", 80, 1)]
    await fleet.transport.aclose()
    assert all(carrier.closed for carrier in fleet.made)


async def test_the_next_address_is_tried_when_one_cannot_be_reached() -> None:
    failures: dict[str, Exception] = {"8.8.8.8": httpx.ConnectError("x"), "8.8.4.4": httpx.ConnectTimeout("x")}
    fleet = Fleet({"a.example": ["8.8.8.8", "8.8.4.4", "1.1.1.1"]}, failures)
    assert await fleet.get("https://a.example/") == b"1.1.1.1"
    assert await fleet.get("https://a.example/") == b"1.1.1.1"
    assert fleet.asked() == [("8.8.8.8", 1), ("8.8.4.4", 1), ("1.1.1.1", 2)]


async def test_the_last_failure_is_told_when_no_address_can_be_reached_and_the_name_is_looked_up_anew() -> None:
    failures: dict[str, Exception] = {f"8.8.8.{number}": httpx.ConnectError(str(number)) for number in range(9)}
    fleet = Fleet({"a.example": list(failures)}, failures)
    with pytest.raises(httpx.ConnectError, match="3"):
        await fleet.get("https://a.example/")
    assert len(fleet.made) == 4
    fleet.resolver.names["a.example"] = ["1.1.1.1"]
    assert await fleet.get("https://a.example/") == b"1.1.1.1"


async def test_a_failure_after_the_connection_is_not_tried_elsewhere() -> None:
    fleet = Fleet({"a.example": ["8.8.8.8", "1.1.1.1"]}, {"8.8.8.8": httpx.ReadTimeout("x")})
    with pytest.raises(httpx.ReadTimeout):
        await fleet.get("https://a.example/")
    assert fleet.asked() == [("8.8.8.8", 1)]


async def test_nothing_is_sent_to_a_refused_host() -> None:
    fleet = Fleet({"a.example": ["8.8.8.8", "127.0.0.1"]})
    with pytest.raises(AddressRefusedError):
        await fleet.get("https://a.example/")
    assert fleet.made == []


async def test_carriers_nobody_uses_are_closed_oldest_first_and_those_in_use_never() -> None:
    fleet = Fleet(failures={"9.9.9.9": httpx.ReadError("x")})
    used = await fleet.send("https://used.example/")
    for number in range(100):
        await fleet.get(f"https://h{number}.example/")
    assert len(fleet.transport._entries) <= 64
    assert not fleet.made[0].closed
    assert fleet.made[1].closed
    assert not fleet.made[-1].closed
    assert isinstance(used.stream, httpx.AsyncByteStream)
    await used.stream.aclose()
    await used.stream.aclose()
    assert fleet.transport._entries[fleet.made[0].pin].users == 0
    for number in range(100):
        await fleet.get(f"https://g{number}.example/")
    assert fleet.made[0].closed


async def test_a_carrier_is_free_again_after_a_failure() -> None:
    fleet = Fleet({"bad.example": ["9.9.9.9"]}, {"9.9.9.9": httpx.ReadError("x")})
    with pytest.raises(httpx.ReadError):
        await fleet.get("https://bad.example/")
    for number in range(64):
        await fleet.get(f"https://h{number}.example/")
    assert fleet.made[0].closed


@pytest.mark.parametrize(
    ("setting", "has_pyreqwest", "expected"),
    [
        ("auto", True, PyreqwestCarrier),
        ("auto", False, HttpxCarrier),
        ("pyreqwest", True, PyreqwestCarrier),
        ("httpx", True, HttpxCarrier),
    ],
)
async def test_the_setting_chooses_the_carrier(setting: str, has_pyreqwest: bool, expected: type) -> None:
    settings = SETTINGS.model_copy(update={"transport": setting})
    carrier = carrier_factory(settings, has_pyreqwest=has_pyreqwest)(PIN)
    assert isinstance(carrier, expected)
    await carrier.aclose()


def test_a_carrier_that_is_asked_for_and_missing_is_an_error() -> None:
    with pytest.raises(ConfigError, match="transport"):
        carrier_factory(SETTINGS.model_copy(update={"transport": "pyreqwest"}), has_pyreqwest=False)


def test_the_client_works_where_pyreqwest_cannot_be_imported() -> None:
    program = (
        "import sys; sys.modules['pyreqwest'] = sys.modules['pyreqwest.client'] = None\n"
        "from aniworld_dl.config import Settings\n"
        "from aniworld_dl.net.carriers import HAS_PYREQWEST, HttpxCarrier, Pin, carrier_factory\n"
        "assert not HAS_PYREQWEST\n"
        "pin = Pin(scheme='http', host='a', port=80, ip='8.8.8.8')\n"
        "print(type(carrier_factory(Settings())(pin)) is HttpxCarrier)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr


async def test_an_address_that_pyreqwest_reads_differently_is_not_sent() -> None:
    """Its parser turns `2130706433` into 127.0.0.1 and takes a backslash for the end of the host."""
    for url, host in [("https://2130706433/", "2130706433"), ("https://b.example/", "a.example")]:
        carrier = PyreqwestCarrier(Pin(scheme="https", host=host, port=443, ip="127.0.0.1"), SETTINGS, None)
        with pytest.raises(httpx.UnsupportedProtocol):
            await carrier.handle_async_request(httpx.Request("GET", url))
        await carrier.aclose()


def test_the_fallback_checks_certificates() -> None:
    context = httpx.create_ssl_context(trust_env=False)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
