"""Header fields: ours, the caller's, and what another host may see."""

from __future__ import annotations

import pytest

from aniworld_dl._version import __version__
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import ByteRange
from aniworld_dl.net.address import parse
from aniworld_dl.net.headers import carried_over, request_headers, retry_after_s

PLACE = parse("https://a.example/x")


def test_a_plain_request_says_who_we_are_and_wants_no_compression() -> None:
    fields = request_headers(PLACE, {}, None)
    assert dict(fields) == {"user-agent": f"aniworld-dl/{__version__}", "accept": "*/*", "accept-encoding": "identity"}


def test_the_callers_fields_override_ours_in_any_case_and_once() -> None:
    fields = request_headers(PLACE, {"USER-agent": "Browser/1", "referer": " https://s.example/ ", "X-A": ""}, None)
    assert fields.get_list("user-agent") == ["Browser/1"]
    assert fields["Referer"] == "https://s.example/"
    assert fields["X-A"] == ""


def test_what_the_client_decides_stays_its_own() -> None:
    own = {"Accept-Encoding": "gzip", "host": "evil.example", "Content-Length": "5", "Connection": "close", "TE": "x"}
    assert dict(request_headers(PLACE, own, None)) == dict(request_headers(PLACE, {}, None))


def test_a_range_is_inclusive_on_the_wire() -> None:
    fields = request_headers(PLACE, {"Range": "bytes=0-"}, ByteRange(start=10, stop=20))
    assert fields.get_list("range") == ["bytes=10-19"]


def test_credentials_in_the_address_are_sent_unless_the_caller_has_others() -> None:
    place = parse("https://u:p@a.example/")
    assert request_headers(place, {}, None)["Authorization"] == "Basic dTpw"
    assert request_headers(place, {"authorization": "Bearer t"}, None).get_list("Authorization") == ["Bearer t"]


def test_values_that_are_not_ascii_go_out_as_utf_8() -> None:
    fields = request_headers(PLACE, {"Referer": "https://bücher.example/"}, None)
    assert (b"Referer", "https://bücher.example/".encode()) in fields.raw


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "\x00"), ("X-A", "\ud800"), ("X A", "v"), ("", "v"), ("X:", "v")],
)
def test_what_cannot_be_sent_is_refused_without_showing_the_value(name: str, value: str) -> None:
    with pytest.raises(RequestInvalidError) as caught:
        request_headers(PLACE, {name: value}, None)
    assert caught.value.params["field"] == "headers"
    assert caught.value.params["value"] == name


def test_another_host_sees_no_secret() -> None:
    own = {
        "Cookie": "c=1",
        "Authorization": "Bearer t",
        "X-Token": "t",
        "Origin": "https://s.example",
        "Referer": "https://u:p@s.example/ü?token=t",
        "User-Agent": "Browser/1",
        "Accept-Language": "de",
        "If-Range": '"e"',
    }
    kept = carried_over(request_headers(PLACE, own, ByteRange(start=0, stop=5)))
    assert dict(kept) == {
        "user-agent": "Browser/1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "accept-language": "de",
        "if-range": '"e"',
        "range": "bytes=0-4",
        "referer": "https://s.example/ü",
    }


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 30, 86_400.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 37.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 37.0),
        ("Mon, 06 Nov 1995 08:49:00 GMT", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    now = 784_111_740.0  # 1994-11-06 08:49:00 UTC
    assert retry_after_s(value, now) == seconds
