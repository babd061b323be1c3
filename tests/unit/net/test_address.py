"""URLs are taken apart in one way only, and what logs see of them carries no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.net import address as module
from aniworld_dl.net.address import LONGEST_URL, is_address_like, join, parse, same_host, without_query


@pytest.mark.parametrize(
    ("url", "expected", "host", "port"),
    [
        ("http://example.com", "http://example.com", "example.com", 80),
        ("HTTPS://Example.COM:443/A?b=C#d", "https://example.com/A?b=C", "example.com", 443),
        ("  https://example.com:8443/a b.m3u8\n", "https://example.com:8443/a%20b.m3u8", "example.com", 8443),
        ("https://example.com./x", "https://example.com/x", "example.com", 443),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x", "xn--bcher-kva.example", 443),
        ("http://127.0.0.1./", "http://127.0.0.1/", "127.0.0.1", 80),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x", "127.0.0.1", 8080),
        ("http://[::1]:8080/x", "http://[::1]:8080/x", "::1", 8080),
        ("http://a_b-c.example/x", "http://a_b-c.example/x", "a_b-c.example", 80),
        ("http://example.com/a%2Fb?x=%2F&y=a+b", "http://example.com/a%2Fb?x=%2F&y=a+b", "example.com", 80),
    ],
)
def test_an_address_is_normalised(url: str, expected: str, host: str, port: int) -> None:
    address = parse(url)
    assert (address.url, address.host, address.port) == (expected, host, port)
    assert address.scheme == expected.partition(":")[0]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must begin"),
        ("example.com/a", "must begin"),
        ("ftp://example.com/a", "must begin"),
        ("file:///etc/passwd", "must begin"),
        ("http:/example.com", "must begin"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://:80/", "no host"),
        ("http://user@/", "no host"),
        ("http://exa mple.com/", "host is not a valid name"),
        ("http://example..com/", "host is not a valid name"),
        ("http://%65xample.com/", "host is not a valid name"),
        ("http://%31%32%37.0.0.1/", "four decimal numbers"),
        (f"http://{'a' * 64}.example/", "host is not a valid name"),
        (f"http://{'a.' * 130}example/", "host is not a valid name"),
        ("http://example.com:0/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:x/", "cannot be taken apart"),
        ("http://[::1/", "cannot be taken apart"),
        ("http://[::zz]/", "cannot be taken apart"),
        ("http://a\ud800.example/", "cannot be taken apart"),
        ("http://[fe80::1%25eth0]/", "network interface"),
        ("http://example.com\\@127.0.0.1/", "backslash"),
        ("http://example.com/a\nb", "control characters"),
        ("http://example.com/\x00", "control characters"),
        ("http://2130706433/", "four decimal numbers"),
        ("http://0x7f.1/", "four decimal numbers"),
        ("http://0177.0.0.1/", "cannot be taken apart"),
        ("http://127.1/", "four decimal numbers"),
        (f"http://example.com/{'a' * LONGEST_URL}", "longer than"),
    ],
)
def test_what_is_no_usable_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UrlInvalidError, match=reason):
        parse(url)


def test_full_width_digits_do_not_hide_a_private_address() -> None:
    """Browsers fold them to 127.0.0.1."""
    with pytest.raises(UrlInvalidError):
        parse("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/")


def test_credentials_become_a_header_and_are_not_shown() -> None:
    address = parse("https://us%20er:p%40ss@example.com/x?token=1")
    assert address.authorization == "Basic dXMgZXI6cEBzcw=="
    assert address.url == "https://example.com/x?token=1"
    assert address.shown == "https://example.com/x"
    assert "token" not in repr(address)
    assert "dXMg" not in repr(address)


def test_an_error_shows_neither_query_nor_credentials() -> None:
    with pytest.raises(UrlInvalidError) as caught:
        parse("http://user:secret@example.com:99999/path?token=secret#secret")
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.params)
    assert "example.com:99999/path" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?token=1#f", "https://a.example/x"),
        ("https://u:p@a.example/x@y?z", "https://a.example/x@y"),
        ("https://u:p@w@a.example/", "https://a.example/"),
        ("a\x1b[31m\nb", "a [31m b"),
        ("x" * 500, "x" * 300 + "..."),
        ("", ""),
    ],
)
def test_without_query(url: str, shown: str) -> None:
    assert without_query(url) == shown


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("next.ts", "https://a.example/v/next.ts"),
        ("/x?y=1", "https://a.example/x?y=1"),
        ("//b.example/x", "https://b.example/x"),
        ("http://c.example:81/", "http://c.example:81/"),
        ("?q=2", "https://a.example/v/list.m3u8?q=2"),
    ],
)
def test_a_reference_is_resolved(reference: str, expected: str) -> None:
    assert join(parse("https://a.example/v/list.m3u8?t=1"), reference).url == expected


@pytest.mark.parametrize("reference", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "data:,x"])
def test_a_reference_to_something_else_is_refused(reference: str) -> None:
    with pytest.raises(UrlInvalidError):
        join(parse("https://a.example/"), reference)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("https://a.example/x", "https://a.example:443/y", True),
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example:8080/", "https://a.example/", False),
        ("https://a.example/", "https://a.example:8443/", False),
        ("https://a.example/", "https://b.a.example/", False),
    ],
)
def test_same_host(before: str, after: str, same: bool) -> None:
    assert same_host(parse(before), parse(after)) is same


@pytest.mark.parametrize(
    "host", ["1", "2130706433", "0x7f.1", "0X7F000001", "0177.0.0.1", "1.2.3.4", "a.1", "a.0x", "1."]
)
def test_hosts_that_end_in_a_number_are_known(host: str) -> None:
    assert is_address_like(host)


@pytest.mark.parametrize("host", ["a", "1.a", "1a", "a.0xg", "example.com", ""])
def test_other_hosts_are_names(host: str) -> None:
    assert not is_address_like(host)


@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://", "http://a.example/", "http://u:p@"]))
def test_any_text_is_an_address_or_a_clear_error(text: str, prefix: str) -> None:
    """What comes out goes in again unchanged, and its host is one that every parser reads the same way."""
    try:
        address = parse(prefix + text)
    except UrlInvalidError:
        return
    assert parse(address.url).url == address.url
    assert address.host == address.host.lower()
    assert address.host.isascii()
    assert not set(address.host) & set("/\\@?#% ")


_SCHEMES = ("http://", "https://", "HTTP://")
_HOSTS = (
    "h",
    "a.b",
    "1.2.3.4",
    "1.2.3",
    "0x7f.1",
    "a..b",
    "-a",
    "a-",
    "a_b",
    "a.b.",
    "A.b",
    "[::1]",
    "u:p@h",
    "x" * 254,
)
_PORTS = ("", "", ":", ":80", ":443", ":8080", ":08", ":70000")
_PATHS = ("/", "/S01E01.m3u8", "/.", "/..", "/a//b", "/%2Fa", "/%2fa", "/%", "/ü", "/a'b", "/a^", "/a\\b", "", "/a b")
_RESTS = ("", "?", "?a=b&c=%41", "?a=%", "?a=/./?", "?a='", "#f", "?a#f", "?ä", '?"', "/.a", "/" + "x" * LONGEST_URL)


@given(
    st.sampled_from(_SCHEMES),
    st.sampled_from(_HOSTS),
    st.sampled_from(_PORTS),
    st.sampled_from(_PATHS),
    st.sampled_from(_RESTS) | st.text(max_size=8),
)
def test_the_short_way_gives_what_the_long_one_gives(scheme: str, host: str, port: str, path: str, rest: str) -> None:
    """Where it gives anything at all: what it leaves alone is no matter."""
    text = f"{scheme}{host}{port}{path}{rest}".strip(" \t\r\n")
    usual = module._usual(text)
    assert usual is None or usual == module._any(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example.org/series-a/S01E01/master.m3u8?token=ab%2Fc&e=1",
        "http://127.0.0.1:8080/x.mkv",
        "https://example.com/",
    ],
)
def test_usual_addresses_take_the_short_way(url: str) -> None:
    assert module._usual(url) == module._any(url)
