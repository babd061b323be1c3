"""Only public addresses and those the user listed may be connected to."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import AddressRefusedError, NameNotResolvedError
from aniworld_dl.net.guard import AddressGuard, resolve_by_system
from tests.fakes.names import FakeResolver

REFUSED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%2",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "100::1",
    "4000::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::1",
    "2001:0:808:808::80ff:fffe",
    "2606:4700::1%eth0",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", REFUSED)
async def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    guard = AddressGuard(resolver=FakeResolver({"a.example": [address]}))
    with pytest.raises(AddressRefusedError, match=r"a\.example leads to"):
        await guard.check("a.example", 80)
    if "%" not in address:
        with pytest.raises(AddressRefusedError):
            await guard.check(address, 80)


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_addresses_pass(address: str) -> None:
    resolver = FakeResolver({"a.example": [address]})
    guard = AddressGuard(resolver=resolver)
    checked = await guard.check("a.example", 443)
    assert len(checked) == 1
    assert await guard.check(address, 443) == checked
    assert resolver.asked == [("a.example", 443)]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "134744072", "08.8.8.8"])
async def test_odd_forms_of_ipv4_never_pass(host: str) -> None:
    """Not even when they stand for a public address: parsers disagree on what they mean."""
    resolver = FakeResolver({host: ["8.8.8.8"]})
    with pytest.raises(AddressRefusedError):
        await AddressGuard(["0.0.0.0/0"], resolver=resolver).check(host, 80)
    assert resolver.asked == []


async def test_an_odd_form_is_shown_as_what_it_means() -> None:
    with pytest.raises(AddressRefusedError) as caught:
        await AddressGuard().check("0x7f.1", 80)
    assert caught.value.params == {"host": "0x7f.1", "address": "127.0.0.1"}
    with pytest.raises(AddressRefusedError) as caught:
        await AddressGuard().check("host.99999999999", 80)
    assert caught.value.params["address"] == "host.99999999999"


async def test_one_bad_address_refuses_the_host() -> None:
    guard = AddressGuard(resolver=FakeResolver({"a.example": ["8.8.8.8", "2606:4700::1111", "192.168.0.1"]}))
    with pytest.raises(AddressRefusedError) as caught:
        await guard.check("a.example", 80)
    assert caught.value.params == {"host": "a.example", "address": "192.168.0.1"}


async def test_several_good_addresses_keep_their_order() -> None:
    guard = AddressGuard(resolver=FakeResolver({"a.example": ["2606:4700::1111", "8.8.8.8"]}))
    assert await guard.check("a.example", 80) == ["2606:4700::1111", "8.8.8.8"]


@pytest.mark.parametrize(
    ("network", "address", "allowed"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("127.0.0.0/8", "64:ff9b::7f00:1", True),
        ("127.0.0.0/8", "10.0.0.1", False),
        ("127.0.0.0/8", "::1", False),
        ("::1/128", "::1", True),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "fd12::1%1", False),
        ("fe80::/10", "fe80::1%1", False),
        ("2002::/16", "2002:7f00:1::", False),
        ("2001::/32", "2001:0:7f00:1::1", False),
        ("2001::/32", "2001:0:808:808::f7f7:f7f7", True),
    ],
)
async def test_listed_networks_are_allowed(network: str, address: str, allowed: bool) -> None:
    guard = AddressGuard([network], resolver=FakeResolver({"a.example": [address]}))
    if allowed:
        assert len(await guard.check("a.example", 80)) == 1
    else:
        with pytest.raises(AddressRefusedError):
            await guard.check("a.example", 80)


async def test_a_trusted_endpoint_is_exactly_one_address_and_port() -> None:
    guard = AddressGuard(trusted_endpoints=[("127.0.0.1", 8081)])
    assert await guard.check("127.0.0.1", 8081) == ["127.0.0.1"]
    for host, port in [("127.0.0.1", 8080), ("127.0.0.2", 8081), ("::1", 8081), ("::ffff:127.0.0.1", 8081)]:
        with pytest.raises(AddressRefusedError):
            await guard.check(host, port)


async def test_a_name_without_an_address_is_not_resolved() -> None:
    with pytest.raises(NameNotResolvedError, match=r"gone\.example"):
        await AddressGuard(resolver=FakeResolver(default=None)).check("gone.example", 80)
    with pytest.raises(NameNotResolvedError):
        await AddressGuard(resolver=FakeResolver({"empty.example": []})).check("empty.example", 80)


async def test_a_resolver_that_gives_no_address_is_not_believed() -> None:
    with pytest.raises(AddressRefusedError):
        await AddressGuard(resolver=FakeResolver({"a.example": ["nonsense"]})).check("a.example", 80)


async def test_a_look_up_that_takes_too_long_is_given_up() -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(NameNotResolvedError):
        await AddressGuard(resolver=never, timeout_s=0.001).check("slow.example", 80)


async def test_the_system_knows_localhost_and_no_invalid_names() -> None:
    addresses = await resolve_by_system("localhost", 80)
    assert set(addresses) <= {"127.0.0.1", "::1"}
    assert len(addresses) == len(set(addresses)) > 0
    with pytest.raises(NameNotResolvedError):
        await AddressGuard().check("a" * 64 + ".invalid", 80)
    with pytest.raises(AddressRefusedError):
        await AddressGuard().check("localhost", 80)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_has_the_same_verdict_in_every_wrapping(address: object) -> None:
    """Mapped, compatible and NAT64 forms pass exactly when the address itself does."""

    async def passes(text: str) -> bool:
        try:
            return bool(await AddressGuard().check(text, 80))
        except AddressRefusedError:
            return False

    async def verdicts() -> set[bool]:
        packed = socket.inet_aton(str(address)).hex()
        wrapped = f"{packed[:4]}:{packed[4:]}"
        return {
            await passes(form) for form in (str(address), f"::ffff:{wrapped}", f"::{wrapped}", f"64:ff9b::{wrapped}")
        }

    assert len(asyncio.run(verdicts())) == 1
