"""TLS handshakes that come late, are cut, or never end."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.authority import Authority
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.unit.demo.raw import RawClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.clock import FakeClock


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context(["127.0.0.1"])


@pytest.fixture
async def origin(clock: FakeClock, tls: ssl.SSLContext) -> AsyncIterator[Origin]:
    async with Origin(clock=clock, tls=tls) as origin:
        origin.add_file("a", b"hello")
        yield origin


async def connect(origin: Origin, authority: Authority) -> RawClient:
    trust = ssl.create_default_context(cadata=authority.pem.decode())
    return await RawClient.open(*origin.endpoint, ssl=trust, server_hostname="127.0.0.1")


async def test_an_origin_with_a_certificate_speaks_https(origin: Origin, authority: Authority) -> None:
    assert origin.url("a") == f"https://127.0.0.1:{origin.endpoint[1]}/a"
    client = await connect(origin, authority)
    assert (await client.get("/a")).body == b"hello"
    await client.close()


async def test_a_cut_handshake(origin: Origin, authority: Authority) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.CUT_TLS))
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await connect(origin, authority)
    assert rule.arrived == 1
    client = await connect(origin, authority)
    assert (await client.get("/a")).body == b"hello"
    await client.close()


async def test_a_late_handshake(origin: Origin, authority: Authority, clock: FakeClock) -> None:
    origin.faults.add(Fault(kind=FaultKind.SLOW_TLS, delay_s=2.0))
    connecting = asyncio.create_task(connect(origin, authority))
    await clock.wait_for_sleepers()
    await clock.run(1.9)
    assert not connecting.done()
    await clock.run(0.2)
    client = await connecting
    assert (await client.get("/a")).body == b"hello"
    await client.close()


async def test_a_handshake_that_never_ends_does_not_keep_the_origin(
    authority: Authority, tls: ssl.SSLContext, clock: FakeClock
) -> None:
    async with Origin(clock=clock, tls=tls) as origin:
        origin.faults.add(Fault(kind=FaultKind.SLOW_TLS, delay_s=3600))
        connecting = asyncio.create_task(connect(origin, authority))
        await clock.wait_for_sleepers()
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await connecting


async def test_faults_of_answers_leave_handshakes_alone(origin: Origin, authority: Authority) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, times=None))
    client = await connect(origin, authority)
    assert (await client.get("/a")).status == 503
    await client.close()
