"""Nothing but a playlist or one of two errors ever comes out of the reader, whatever goes in."""

from __future__ import annotations

import contextlib
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.hls.playlist import MultivariantPlaylist, parse_hls
from tests.unit.media.hls_builders import MULTIVARIANT, URL, text

PIECES: Final = st.sampled_from(
    [
        *("#EXTM3U", "#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "#EXTINF:", "0.ts", "#EXT-X-ENDLIST", "#EXT-X-GAP"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXT-X-KEY:METHOD=NONE", "#EXT-X-KEY:METHOD=SAMPLE-AES", "#EXT-X-MAP:"),
        *('#EXT-X-MAP:URI="i",BYTERANGE="1@2"', "#EXT-X-BYTERANGE:5@0", "#EXT-X-BYTERANGE:5", "#EXT-X-DISCONTINUITY"),
        *("#EXT-X-MEDIA-SEQUENCE:18446744073709551615", "#EXT-X-MEDIA-SEQUENCE:0", "http://[", "//", "?", "\x00"),
        *(*MULTIVARIANT, "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:TYPE=AUDIO", "#EXT-X-I-FRAMES-ONLY", "#EXT-X-DEFINE:"),
        *('#EXT-X-DEFINE:NAME="a",VALUE="{$b}"', '#EXT-X-DEFINE:NAME="b",VALUE="x"', "{$a}", "{$b}", "#EXT-X-SKIP:"),
        *('#EXT-X-DEFINE:QUERYPARAM="token"', '#EXT-X-DEFINE:IMPORT="c"', "{$token}{$c}", "#EXTINF:1e99"),
        *('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="x",URI="u"', '#EXT-X-KEY:METHOD=A,KEYFORMAT="com.widevine"'),
        *('#EXT-X-STREAM-INF:PATHWAY-ID="p",AUDIO="a"', '#EXT-X-STREAM-INF:PATHWAY-ID="q",AUDIO="b"'),
    ]
)
VALID: Final = [
    text(*MULTIVARIANT),
    text(
        *("#EXT-X-TARGETDURATION:4", '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x01', '#EXT-X-MAP:URI="i.mp4"'),
        *("#EXTINF:4.000,", "#EXT-X-BYTERANGE:10@0", "0.m4s", "#EXT-X-DISCONTINUITY", "#EXTINF:4.000,"),
        *("#EXT-X-BYTERANGE:10", "0.m4s", "#EXT-X-ENDLIST"),
    ),
    text(  # as a live packager with low latency writes them
        *(
            "#EXT-X-VERSION:9",
            "#EXT-X-TARGETDURATION:4",
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",
        ),
        *("#EXT-X-PART-INF:PART-TARGET=0.33334", "#EXT-X-MEDIA-SEQUENCE:266", "#EXT-X-DISCONTINUITY-SEQUENCE:2"),
        *('#EXT-X-DEFINE:QUERYPARAM="token"', '#EXT-X-MAP:URI="init.mp4?{$token}"'),
        *(
            "#EXT-X-PROGRAM-DATE-TIME:2026-11-14T02:13:36.106Z",
            "#EXTINF:4.00008,",
            "file266.mp4",
            "#EXT-X-DISCONTINUITY",
        ),
        *('#EXT-X-PART:DURATION=0.33334,URI="file267.0.mp4"', "#EXTINF:4.00008,", "#EXT-X-GAP", "file267.mp4?{$token}"),
        *('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="file268.0.mp4"', '#EXT-X-RENDITION-REPORT:URI="../1M/index.m3u8"'),
    ),
    text(  # two pathways with sounds, subtitles and captions
        *('#EXT-X-CONTENT-STEERING:SERVER-URI="/steering",PATHWAY-ID="A"', "#EXT-X-INDEPENDENT-SEGMENTS"),
        *('#EXT-X-DEFINE:NAME="h",VALUE="https://b.example"', '#EXT-X-SESSION-DATA:DATA-ID="x",VALUE="y"'),
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="de",LANGUAGE="de",DEFAULT=YES,CHANNELS="2",URI="a/de.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="de",LANGUAGE="de",DEFAULT=YES,CHANNELS="2",URI="{$h}/de.m3u8"',
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",FORCED=NO,CHARACTERISTICS="public.x",URI="en.m3u8"',
        '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="en",INSTREAM-ID="CC1"',
        *('#EXT-X-STREAM-INF:BANDWIDTH=9,FRAME-RATE=25.000,AUDIO="a",SUBTITLES="s",PATHWAY-ID="A"', "a/v.m3u8"),
        *('#EXT-X-STREAM-INF:BANDWIDTH=9,FRAME-RATE=25.000,AUDIO="b",SUBTITLES="s",PATHWAY-ID="B"', "{$h}/v.m3u8"),
    ),
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid playlist in which something was cut out, put in or doubled."""
    playlist = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(playlist)))
        stop = draw(st.integers(start, min(start + 20, len(playlist))))
        middle = draw(st.one_of(st.just(""), st.text(max_size=8), st.just(playlist[start:stop] * 2), PIECES))
        playlist = playlist[:start] + middle + playlist[stop:]
    return playlist


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(),
        mutated(),
        st.lists(PIECES | st.text(max_size=12), max_size=14).map(lambda lines: text(*lines)),
    )
)
@example("#EXTM3U\n#EXTINF:" + "9" * 5000)
@example("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:" + "9" * 5000)
def test_any_text_gives_a_playlist_or_one_of_two_errors(playlist: str) -> None:
    try:
        found = parse_hls(playlist, URL, {"c": "y"})
    except (ManifestError, UnsupportedMediaError):
        return
    if isinstance(found, MultivariantPlaylist):
        candidates = found.candidates()
        assert len({candidate.id for candidate in candidates}) == len(candidates) >= len(found.variants) > 0
        assert all((candidate.uri or "").startswith(("http://", "https://")) for candidate in candidates)
    else:
        assert [segment.index for segment in found.segments] == list(range(len(found.segments)))
        assert all(segment.uri.startswith(("http://", "https://")) for segment in found.segments)
        assert all(segment.key is None or len(segment.key.iv) == 16 for segment in found.segments)
        assert all(segment.byte_range is None or segment.byte_range.length > 0 for segment in found.segments)


@given(base=st.text())
def test_any_base_address_gives_a_playlist_or_one_of_two_errors(base: str) -> None:
    with contextlib.suppress(ManifestError, UnsupportedMediaError):
        parse_hls(VALID[1], base)
