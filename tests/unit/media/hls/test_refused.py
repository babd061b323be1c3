"""Playlists that are not taken: what cannot be downloaded whole, what is invalid, what is too much."""

from __future__ import annotations

from typing import Final

import pytest

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.hls.playlist import parse_hls
from tests.unit.media.hls_builders import URL, media, segments, text


def test_key_frames_alone_are_no_episode() -> None:
    with pytest.raises(UnsupportedMediaError, match="key frames only"):
        media("#EXT-X-I-FRAMES-ONLY", *segments(1))


# --------------------------------------------------------------------------------------------------- what is invalid

ONE_SEGMENT: Final = ("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0.ts")


@pytest.mark.parametrize(
    ("playlist", "words"),
    [
        ("", "neither variants nor segments"),
        ("<html>", "does not begin"),
        ("#EXTM3U8\n", "does not begin"),
        ("#EXTINF:4,\n0.ts\n", "does not begin"),
        (text(), "neither variants nor segments"),
        (text("#EXT-X-TARGETDURATION:4", "#EXT-X-ENDLIST"), "neither variants nor segments"),
        (text("#EXTINF:4,", "0.ts"), "TARGETDURATION is missing"),
        (text("#EXT-X-TARGETDURATION:long", "#EXTINF:4,", "0.ts"), "'long' is no number"),
        (text("#EXT-X-TARGETDURATION:4", "0.ts"), "EXTINF is missing"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:-1,", "0.ts"), "'-1' is no number"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:,", "0.ts"), "'' is no number"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:nan,", "0.ts"), "is no number"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:٣,", "0.ts"), "is no number"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "#EXTINF:4,", "0.ts"), "has no address"),
        (text(*ONE_SEGMENT, "#EXTINF:4,"), "stops before the address"),
        (text(*ONE_SEGMENT, "#EXT-X-MEDIA-SEQUENCE:3"), "behind a segment"),
        (text("#EXT-X-MEDIA-SEQUENCE:18446744073709551616", *ONE_SEGMENT), "no whole number"),
        (text("#EXT-X-MEDIA-SEQUENCE:-1", *ONE_SEGMENT), "no whole number"),
        (text("#EXT-X-BYTERANGE:", *ONE_SEGMENT), "no byte range"),
        (text("#EXT-X-BYTERANGE:0@0", *ONE_SEGMENT), "is empty"),
        (text("#EXT-X-BYTERANGE:5@99999999999999999999", *ONE_SEGMENT), "no whole number"),
        (text('#EXT-X-MAP:BYTERANGE="1@0"', *ONE_SEGMENT), "URI is missing"),
        (text('#EXT-X-MAP:URI="a",BYTERANGE="x"', *ONE_SEGMENT), "no byte range"),
        (text("#EXT-X-KEY:METHOD=AES-128", *ONE_SEGMENT), "URI is missing"),
        (text('#EXT-X-KEY:URI="k"', *ONE_SEGMENT), "METHOD is missing"),
        (text('#EXT-X-KEY:METHOD=AES-128,URI="k",IV=00', *ONE_SEGMENT), "no initialization vector"),
        (text(f'#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x{"0" * 33}', *ONE_SEGMENT), "no initialization vector"),
        (text('#EXT-X-KEY:METHOD=AES-128,URI="k', *ONE_SEGMENT), "no attribute list"),
        (text("#EXT-X-KEY:=", *ONE_SEGMENT), "no attribute list"),
        (text("#EXT-X-KEY:METHOD=NONE,METHOD=NONE", *ONE_SEGMENT), "stands there twice"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "http://[bad/0.ts"), "is no address"),
        (text("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "file:///etc/passwd"), "no http or https address"),
        (text('#EXT-X-KEY:METHOD=AES-128,URI="data:;base64,AA"', *ONE_SEGMENT), "no http or https address"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=1"), "stops before the address"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-STREAM-INF:BANDWIDTH=1", "a"), "has no address"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=fast", "a"), "no whole number"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=big", "a"), "no resolution"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=1", "a", *ONE_SEGMENT), "both variants and segments"),
        (text('#EXT-X-MEDIA:TYPE=AUDIO,NAME="x"', "#EXT-X-STREAM-INF:BANDWIDTH=1", "a"), "GROUP-ID is missing"),
        (text("#EXT-X-SKIP:SKIPPED-SEGMENTS=3", *ONE_SEGMENT), "leaves out"),
        (text("#EXT-X-DISCONTINUITY-SEQUENCE:x", *ONE_SEGMENT), "no whole number"),
        (text("#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=fast", "a"), "no number"),
        (text("#" + "x" * 70_000), "longer than"),
    ],
)
def test_what_is_invalid_is_said(playlist: str, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        parse_hls(playlist, URL)


def test_the_error_names_the_line() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_hls(text("#EXT-X-TARGETDURATION:4", "", "#EXTINF:x,", "0.ts"), URL)

    assert caught.value.params["line"] == 4


def test_the_error_does_not_repeat_an_endless_value() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_hls(text("#EXTINF:" + "x" * 60_000), URL)

    assert len(str(caught.value)) < 200
