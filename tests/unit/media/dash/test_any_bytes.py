"""Nothing but a manifest or one of two errors ever comes out of the reader, whatever goes in, and soon."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.segments import Form, addressed_segments
from aniworld_dl.media.dash.xml import DEPTH_LIMIT, ELEMENTS_LIMIT, TEXT_LIMIT
from tests.unit.media.dash_builders import (
    URL,
    audio,
    base,
    element,
    manifest,
    period,
    segments,
    template,
    timeline,
    video,
)

PIECES: Final = st.sampled_from(
    [
        *("<Period>", "</Period>", "<AdaptationSet>", '<S d="1"/>', '<S r="-1"/>', "<BaseURL>http://[</BaseURL>"),
        *('type="dynamic"', 'd="0"', 'r="-1"', 't="99999999999999999999"', 'timescale="0"', "$Number$", "$", "%", "&"),
        *('duration="PT0S"', 'start="P1Y"', "PT", 'lang="', "ContentProtection", "//", "\x00", "<!--", "-->", "xlink:"),
        *("mp2t", "text/vtt", "SegmentList", "SegmentBase", 'media="', '"', "'", "<", ">", "/>", "9" * 30, "<![CDATA["),
    ]
)
VALID: Final = [
    manifest(
        period(
            video(template(timeline({"t": 5, "d": 2, "r": -1}), media="$Number%05d$-$Time$", timescale=1)),
            audio(base("a/"), template(duration=2), bandwidth=64000),
            start="PT0S",
            duration="PT8.5S",
        ),
        period(video(element("SegmentList", element("SegmentURL", media="1", mediaRange="0-9"), duration=5))),
    ),
    manifest(period(video(element("SegmentBase", element("Initialization", range="0-9"), indexRange="10-20")))),
]
BOMB: Final = (
    '<!DOCTYPE MPD [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    "<MPD><Period><BaseURL>&c;</BaseURL></Period></MPD>"
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid manifest in which something was cut out, put in or doubled."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(start + 20, len(text))))
        middle = draw(st.one_of(st.just(""), st.text(max_size=8), st.just(text[start:stop] * 2), PIECES))
        text = text[:start] + middle + text[stop:]
    return text


def look(text: str | bytes, url: str = URL) -> None:
    """Read a manifest and everything that it stands for."""
    try:
        mpd = parse_mpd(text, url)
        for candidate in mpd.candidates():
            for part, representation in mpd.parts(candidate.id):
                if representation is None:
                    continue
                if representation.addressing.form is Form.BASE:
                    found = [representation.addressing.whole(part.window)]
                else:
                    found = addressed_segments(representation.addressing, part.window)
                assert [segment.index for segment in found] == list(range(len(found)))
                assert all(segment.uri.startswith(("http://", "https://")) for segment in found)
                assert all(segment.duration_s is None or segment.duration_s >= 0 for segment in found)
                assert all(segment.byte_range is None or segment.byte_range.length > 0 for segment in found)
    except (ManifestError, UnsupportedMediaError):
        pass


@pytest.mark.timeout(120)  # a mutant may have many segments
@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), mutated(), st.lists(PIECES, max_size=12).map("".join).map(lambda text: f"<MPD>{text}")))
@example('<MPD mediaPresentationDuration="PT' + "9" * 5000 + 'S"/>')
@example("<MPD>\ud800</MPD>")
@example("")
def test_any_text(text: str) -> None:
    look(text)


@pytest.mark.timeout(120)
@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(), mutated().map(lambda text: text.encode(errors="replace"))))
@example(b'<?xml version="1.0" encoding="x-unknown"?><MPD/>')
@example(b'<?xml version="1.0" encoding="utf-7"?><MPD/>')
@example(b'<?xml version="1.0" encoding="base64"?><MPD/>')
@example("<MPD/>".encode("utf-16"))
@example("\ufeff<MPD/>".encode())
def test_any_bytes(data: bytes) -> None:
    look(data)


@given(url=st.text())
def test_any_base_address(url: str) -> None:
    look(VALID[0], url)


@pytest.mark.timeout(120)  # a coverage run is slow with so many elements
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document type or entities"),
        ('<!DOCTYPE MPD SYSTEM "file:///etc/passwd"><MPD/>', "document type or entities"),
        ("<!DOCTYPE MPD><MPD/>", "document type or entities"),
        ("<MPD>&unknown;</MPD>", "no well-formed XML"),
        ("<MPD>", "no well-formed XML"),
        ("", "no well-formed XML"),
        ("<mpd/>", "its root is not MPD"),
        ('<x:MPDS xmlns:x="urn:x"/>', "its root is not MPD"),
        ("<MPD/>", "no period"),
        ("<MPD>" + "<a>" * DEPTH_LIMIT, "nested more than"),
        ("<MPD>" + "<a/>" * ELEMENTS_LIMIT, "more than"),
        (" " * (TEXT_LIMIT + 1), "larger than"),
        ("x" * 50_000_000, "larger than"),
        ('<MPD><Period start="P1Y"/></MPD>', "is no duration"),
        ('<MPD><Period start="-PT1S"/></MPD>', "is no duration"),
        ('<MPD><Period start="P"/></MPD>', "is no duration"),
        ('<MPD><Period start="P1DT"/></MPD>', "is no duration"),
    ],
    ids=str.__len__,
)
def test_what_is_refused_and_why(text: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        parse_mpd(text, URL)


def test_the_line_is_told() -> None:
    text = manifest("\n", period("\n\n", video(template(duration=2)), start="x"))

    with pytest.raises(ManifestError) as caught:
        parse_mpd(text, URL)
    assert caught.value.params["line"] == 2


def test_a_namespace_of_one_s_own_and_bytes_are_read() -> None:
    plain = manifest(period(video(template(duration=2)))).replace("urn:mpeg:dash:schema:mpd:2011", "urn:other")
    prefixed = plain.replace("xmlns=", "xmlns:d=").replace("<", "<d:").replace("<d:/", "</d:")

    one, other = parse_mpd(plain.encode("utf-16"), URL), parse_mpd(prefixed, URL)
    assert segments(one) == segments(other)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P0Y0M1DT2H3M4.5S", 93784.5), ("PT0.1S", 0.1), ("P2D", 172800), ("PT90M", 5400), ("PT1H", 3600)],
)
def test_durations(text: str, seconds: float) -> None:
    mpd = parse_mpd(manifest(period(video(template(duration=3600))), mediaPresentationDuration=text), URL)

    assert mpd.duration_s == seconds
