"""Addresses of a playlist, resolved against its own."""

from __future__ import annotations

import contextlib
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.scope import Scope
from aniworld_dl.media.hls.tags import absolute
from tests.unit.media.hls_builders import URL, media

PIECES = st.sampled_from([*"ab/.?#=&;:@~%+- ", "..", "//", "http://", "https://", "HTTP:", "c.example", ":80", "x1"])
NAMES = st.lists(PIECES, max_size=7).map("".join)
BASES = st.one_of(st.just(URL), NAMES.map("https://cdn.example/{}".format), NAMES, st.text(max_size=20))


@settings(max_examples=400)
@given(base=BASES, uri=NAMES)
def test_short_cuts_lead_where_the_long_way_does(base: str, uri: str) -> None:
    with contextlib.suppress(ManifestError):
        wanted = absolute(base, uri, 1)
        assert Scope(base, None).absolute(uri) == wanted
        return
    with pytest.raises(ManifestError):
        Scope(base, None).absolute(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "a.ts",
        "../a.ts",
        "../../../a.ts",
        "/a.ts",
        "//other.example/a.ts",
        "?part=2",
        "sub/./a.ts",
        "a.ts?b=/c/d",
        "a b.ts",
    ],
)
def test_addresses_are_resolved(uri: str) -> None:
    assert media("#EXTINF:4,", uri).segments[0].uri == urljoin(URL, uri)


def test_an_absolute_address_stays_as_it_is() -> None:
    uri = "HTTPS://Other.example:8443/a/../b.ts?x=%2F#y"

    assert media("#EXTINF:4,", uri).segments[0].uri == "https" + uri[5:]
