"""A list of ways to an address inside: none of them is connected to, at whichever step it comes."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from itertools import chain, cycle
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from aniworld_dl.errors import AddressRefusedError, NameNotResolvedError, UrlInvalidError
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.transport import PinnedTransport
from tests.fakes.clock import FakeClock
from tests.fakes.names import PUBLIC, FakeResolver
from tests.unit.net.wire import Wire, answer, body_of, redirects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.net.carriers import Pin

ADDRESSES: Final = (
    # IPv4 as it is usually written
    *("127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255"),
    *("172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254", "100.64.0.1", "100.127.255.254"),
    *("169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "192.0.0.8"),
    *("168.63.129.16", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    # IPv4 as `inet_aton` and browsers read it
    *("2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1", "0X7F.1", "0177.0.0.1", "017700000001", "00000177.0.0.1"),
    *("127.1", "127.0.1", "0", "0x0", "0.0", "10.1", "192.168.257", "3232235777", "0xc0a80101", "2852039166"),
    *("0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0x7f.1.", "127.0.0.01", "127.00.0.1", "010.0.0.1"),
    *("127.0.0.0x1", "425.510.425.510", "18446744071562067969"),
    # with dots and digits of other alphabets, which IDNA may fold
    *("１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "𝟣𝟤𝟩.𝟢.𝟢.𝟣", "١٢٧.٠.٠.١"),
    *("⑯⑨。②⑤④。⑯⑨｡②⑤④", "127.0.0.1\u200b", "127.0.0\u00ad.1", "0x7f。1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1"),
    # IPv6
    *("[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]"),
    *("[2606:4700::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[100::1]"),
    *("[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[5f00::1]", "[4000::1]"),
    # IPv4 inside IPv6
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:10.0.0.1]", "[0:0:0:0:0:ffff:192.168.0.1]"),
    *("[::ffff:169.254.169.254]", "[::ffff:0.0.0.0]", "[::ffff:168.63.129.16]", "[::127.0.0.1]", "[::10.0.0.1]"),
    *("[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::192.0.0.192]"),
    *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:c0a8:1::1]", "[2002:a9fe:a9fe::]", "[2002:c058:6301::]"),
    *("[2001:0:7f00:1::1]", "[2001:0:808:808::80ff:fffe]", "[2001:0:a00:1::f7f7:f7f7]"),
    *("[127.0.0.1]", "[::1", "::1", "[::1]]", "[::ffff:127.1]", "[::ffff:0x7f000001]"),
    # names
    *("localhost", "LOCALHOST", "localhost.", "LocalHost.", "localhost..", "a.localhost", "a.b.localhost."),
    *("localhost.localdomain", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "localho\u017ft", "local\u00adhost", "ip6-localhost"),
    *("router", "router.home", "nas.local", "metadata.google.internal", "127.0.0.1.nip.io", "rebind.example"),
    *("mixed.example", "six.example", "zone.example", "wrapped.example", "garbage.example", "127.0.0.1.", "[::1]."),
)
"""Hosts. In an address, in a redirect and as the answer to a look-up, none of them leads anywhere."""

ADDRESSES_AS_A_WHOLE: Final = (
    # what stands before and behind a host
    *("http://8.8.8.8@127.0.0.1/", "http://8.8.8.8:80@127.0.0.1/", "http://8.8.8.8%40@127.0.0.1/"),
    *("http://127.0.0.1#@8.8.8.8/", "http://127.0.0.1?@8.8.8.8/"),
    *("http://8.8.8.8\\@127.0.0.1/", "http://127.0.0.1\\@8.8.8.8/", "http://127.0.0.1:80\\@8.8.8.8:80/"),
    *("http://127.0.0.1:22/", "http://127.0.0.1:080/", "http://127.0.0.1:/", "http://127.0.0.1:65536/"),
    *("http://127.0.0.1:+80/", "http://127.0.0.1:８０/", "http://8.8.8.8:0/", "http://8.8.8.8:80:80/"),
    *(
        "http://8.8.8.8:80@127.0.0.1:80@10.0.0.1/",
        "http://:@127.0.0.1/",
        "http://@127.0.0.1/",
        "http://8.8.8.8;@127.0.0.1",
    ),
    # what is no address of the web, or hardly one
    *(
        "//127.0.0.1/",
        "///127.0.0.1/",
        "http:127.0.0.1/",
        "http:/127.0.0.1/",
        "http:///127.0.0.1/",
        "http:\\\\127.0.0.1\\",
    ),
    *(
        "127.0.0.1",
        "",
        " ",
        "http://",
        "http://.",
        "http://../",
        "https://",
        "http://\x00/",
        "http://8.8.8.8\r\nHost: x/",
    ),
    *("http://8.8.8.8\t@127.0.0.1/", "h\tttp://127.0.0.1/", "\x01http://127.0.0.1/", "http://127.0.0.1\u2028/"),
    *("file:///etc/passwd", "file://localhost/etc/passwd", "FILE:/etc/passwd", "ftp://8.8.8.8/", "gopher://8.8.8.8/1"),
    *(
        "dict://8.8.8.8:11211/",
        "ldap://8.8.8.8/",
        "tftp://8.8.8.8/",
        "smb://8.8.8.8/c$",
        "ws://8.8.8.8/",
        "wss://8.8.8.8/",
    ),
    *(
        "data:text/plain,x",
        "javascript:alert(1)",
        "jar:http://8.8.8.8!/",
        "blob:http://8.8.8.8/x",
        "view-source:http://a/",
    ),
    *(
        "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/",
        "concat:http://8.8.8.8/",
        "crypto:http://8.8.8.8/",
    ),
    *("about:blank", "netdoc:///etc/passwd", "\\\\127.0.0.1\\c$", "C:\\Windows\\win.ini", "/etc/passwd"),
)

ALLOWED: Final = (
    *("8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255"),
    *("128.0.0.1", "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1"),
    *("168.63.129.15", "168.63.129.17", "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.254", "192.88.98.1"),
    *("[2606:4700::1111]", "[2001:4860:4860::8888]", "[2a00:1450::1]", "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]"),
    *("a.example", "A.Example.", "bücher.example", "xn--bcher-kva.example", "1.a.example"),
    *("localhost.example", "127.0.0.1.example", "a-b_c.example", "user:pass@a.example", "a.example:8443"),
)

NAMES: Final = {
    "localhost": ["127.0.0.1", "::1"],
    "a.localhost": ["127.0.0.1"],
    "a.b.localhost": ["::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "router": ["192.168.1.1"],
    "router.home": ["192.168.1.1"],
    "nas.local": ["fe80::1%2"],
    "metadata.google.internal": ["169.254.169.254"],
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "rebind.example": ["127.0.0.1"],
    "mixed.example": [PUBLIC, "2606:4700::1", "10.0.0.1"],
    "six.example": ["::ffff:10.0.0.1"],
    "zone.example": ["2606:4700::1%1"],
    "wrapped.example": ["64:ff9b::a00:1"],
    "garbage.example": ["0x7f.1"],
}


class SystemResolver(FakeResolver):
    """Knows names as the system does, which reads numbers of all kinds as addresses and folds what IDNA folds."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        with contextlib.suppress(OSError, UnicodeError):
            self.names[host] = [socket.inet_ntoa(socket.inet_aton(host.encode("idna").decode("ascii")))]
        return await super().__call__(host.lower().removesuffix("."), port)


def test_the_lists_are_long_and_without_repetition() -> None:
    for entries, least in [(ADDRESSES, 60), (ADDRESSES_AS_A_WHOLE, 40), (ALLOWED, 20)]:
        assert len(set(entries)) == len(entries) >= least


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_address_on_the_list_is_asked(scheme: str) -> None:
    wire = Wire(lambda _: answer(b"secret"))
    async with wire.client(resolver=SystemResolver(NAMES)) as client:
        for url in chain((f"{scheme}://{host}/" for host in ADDRESSES), ADDRESSES_AS_A_WHOLE):
            with pytest.raises((AddressRefusedError, UrlInvalidError, NameNotResolvedError)):
                async with client.stream(url):
                    pytest.fail(f"{url!r} was asked")
    assert wire.requests == []


@pytest.mark.parametrize("steps", [1, 2, 5])
async def test_no_redirect_leads_to_one_of_them(steps: int) -> None:
    """At the first step as at a later one, after steps that were harmless."""
    for url in (f"http://{host}/" for host in ADDRESSES if host.isascii()):
        hops = {str(step): f"https://h{step}.example/{step + 1}" for step in range(steps)}
        wire = redirects(**hops, **{str(steps): url})
        async with wire.client(resolver=SystemResolver(NAMES)) as client:
            with pytest.raises((AddressRefusedError, UrlInvalidError, NameNotResolvedError)):
                async with client.stream("https://start.example/0"):
                    pytest.fail(f"{url!r} was asked")
        assert len(wire.requests) == steps + 1


async def test_what_is_public_is_still_asked() -> None:
    wire = Wire(lambda _: answer(b"public"))
    async with wire.client(resolver=SystemResolver(NAMES)) as client:
        for host in ALLOWED:
            async with client.stream(f"https://{host}/x") as response:
                assert await body_of(response) == b"public"
    assert len(wire.requests) == len(ALLOWED)


async def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name that answers differently each time: what is connected to is never what only a later answer said."""
    answers = cycle([[PUBLIC], ["127.0.0.1"], ["8.8.8.8", "192.168.0.1"], ["::1"], ["1.1.1.1"]])
    made: list[str] = []

    class Turning(FakeResolver):
        async def __call__(self, host: str, port: int) -> Sequence[str]:
            return next(answers)

    def make(pin: Pin) -> httpx.AsyncBaseTransport:
        made.append(pin.ip)
        return httpx.MockTransport(lambda _: httpx.Response(200, content=pin.ip))

    clock = FakeClock()
    transport = PinnedTransport(AddressBook(AddressGuard(resolver=Turning()), clock), make)
    refused = 0
    for _ in range(40):
        try:
            response = await transport.handle_async_request(httpx.Request("GET", "http://turning.example/"))
            await response.aread()
        except AddressRefusedError:
            refused += 1
        clock.advance(61)
    assert refused == 24
    assert set(made) == {PUBLIC, "1.1.1.1"}
    await transport.aclose()


@pytest.mark.parametrize("network", ["10.0.0.0/8", "fd00::/8", "192.168.1.0/24"])
async def test_what_is_allowed_opens_nothing_else(network: str) -> None:
    """A listed network lets its own addresses through, in whatever wrapping, and no others."""
    names = {name: addresses for name, addresses in NAMES.items() if PUBLIC not in addresses}
    guard = AddressGuard([network], resolver=SystemResolver(names, default=None))
    listed = ipaddress.ip_network(network)
    for host in ADDRESSES:
        bare = host.strip("[]")
        try:
            found = await guard.check(bare, 80)
        except (AddressRefusedError, NameNotResolvedError):
            continue
        for text in found:
            address = ipaddress.ip_address(text)
            inner = getattr(address, "ipv4_mapped", None) or ipaddress.ip_address(address.packed[-4:])
            assert address in listed or inner in listed, host
