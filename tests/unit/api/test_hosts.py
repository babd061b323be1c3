from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.api.hosts import Authority, HostRules, parse_authority
from aniworld_dl.config import Settings
from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import is_loopback


def rules(host: str, *allowed: str, machine: str = "nas") -> HostRules:
    return HostRules(Settings(host=host, allowed_hosts=list(allowed)), machine=machine)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost", "localhost", None),
        ("LOCALHOST:8080", "localhost", 8080),
        ("localhost.:80", "localhost", 80),
        ("127.0.0.1:1", "127.0.0.1", 1),
        ("[::1]:8080", "::1", 8080),
        ("[::1]", "::1", None),
    ],
)
def test_parse_authority(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == Authority(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["", ":8080", "a:b", "a:99999", "[::1", "user@localhost", "localhost/x", "localhost?", "a#b", "a\\b", " a"]
)
def test_what_is_no_authority(text: str) -> None:
    assert parse_authority(text) is None


@given(st.text(max_size=40))
def test_parse_authority_never_raises(text: str) -> None:
    authority = parse_authority(text)
    assert authority is None or authority.host


@pytest.mark.parametrize(
    ("bound", "header", "known"),
    [
        ("127.0.0.1", "localhost:8080", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "[::1]:9", True),
        ("127.0.0.1", "LocalHost.", True),
        ("127.0.0.2", "127.0.0.2:8080", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "192.168.1.5", False),
        ("127.0.0.1", "nas", False),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "localhost,evil.example", False),
        ("0.0.0.0", "192.168.1.5:8080", True),
        ("0.0.0.0", "[fd00::5]:8080", True),
        ("0.0.0.0", "NAS:8080", True),
        ("0.0.0.0", "nas.local", True),
        ("0.0.0.0", "localhost", True),
        ("0.0.0.0", "evil.example", False),
        ("nas.lan", "nas.lan:8080", True),
    ],
)
def test_which_hosts_are_known(bound: str, header: str, known: bool) -> None:
    assert rules(bound).knows_host(header) is known


def test_allowed_hosts_are_known_whatever_their_case_and_port() -> None:
    here = rules("127.0.0.1", "Downloads.Example.org", "nas:8443")
    assert here.knows_host("downloads.example.org")
    assert here.knows_host("NAS:1")
    assert not here.knows_host("sub.downloads.example.org")


@pytest.mark.parametrize("item", ["https://a.example", "a/b", ""])
def test_an_allowed_host_that_is_none_is_named(item: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules("127.0.0.1", item)
    assert caught.value.params["key"] == "allowed_hosts"


@pytest.mark.parametrize(
    ("origin", "host", "trusted"),
    [
        ("http://localhost:8080", "localhost:8080", True),
        ("https://localhost:8080", "localhost:8080", True),
        ("http://LOCALHOST:8080", "localhost:8080", True),
        ("https://downloads.example.org", "downloads.example.org", True),
        ("https://downloads.example.org", "downloads.example.org:443", True),
        ("http://downloads.example.org", "downloads.example.org:80", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("https://listed.example:9443", "127.0.0.1:8080", True),
        ("http://localhost:3000", "localhost:8080", False),
        ("http://localhost", "localhost:8080", False),
        ("http://localhost", "localhost:443", False),
        ("http://127.0.0.1:8080", "localhost:8080", False),
        ("https://evil.example", "localhost:8080", False),
        ("https://localhost:8080.evil.example", "localhost:8080", False),
        ("null", "localhost:8080", False),
        ("", "localhost:8080", False),
        ("file://", "localhost:8080", False),
        ("chrome-extension://abcdef", "localhost:8080", False),
        ("app://localhost:8080", "localhost:8080", False),
        ("http://localhost:8080", "", False),
    ],
)
def test_which_origins_are_trusted(origin: str, host: str, trusted: bool) -> None:
    assert rules("127.0.0.1", "listed.example").trusts_origin(origin, host) is trusted


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("Localhost", True), ("0.0.0.0", False), ("nas", False)],
)
def test_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
