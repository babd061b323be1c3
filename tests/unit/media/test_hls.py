"""HLS playlists: RFC 8216 by example, and that nothing but a result or one of two errors ever comes out."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media import hls_reader
from aniworld_dl.media.hls import MediaPlaylist, MultivariantPlaylist, Variant, parse_hls
from aniworld_dl.model import ByteRange, InitSection, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

URL: Final = "https://cdn.example/shows/one/index.m3u8?token=1"
BASE: Final = "https://cdn.example/shows/one/"


def media(*lines: str, ended: bool = True) -> MediaPlaylist:
    playlist = parse_hls(text("#EXT-X-TARGETDURATION:10", *lines, *(["#EXT-X-ENDLIST"] if ended else [])), URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def multivariant(*lines: str) -> MultivariantPlaylist:
    playlist = parse_hls(text(*lines), URL)
    assert isinstance(playlist, MultivariantPlaylist)
    return playlist


def text(*lines: str) -> str:
    return "\n".join(("#EXTM3U", *lines, ""))


def segments(count: int) -> Iterable[str]:
    for index in range(count):
        yield "#EXTINF:4,"
        yield f"{index}.ts"


# -------------------------------------------------------------------------------------------------- media playlists


def test_a_media_playlist() -> None:
    playlist = parse_hls(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        "# a comment\n#EXTINF:9.009,First, with a comma\nseg-1.ts?a=b\n\n#EXTINF:3,\n/other/seg-2.ts\n"
        "#EXTINF:.5\n//cdn2.example/seg-3.ts\n#EXT-X-ENDLIST\n",
        URL,
    )

    assert isinstance(playlist, MediaPlaylist)
    assert [segment.uri for segment in playlist.segments] == [
        BASE + "seg-1.ts?a=b",
        "https://cdn.example/other/seg-2.ts",
        "https://cdn2.example/seg-3.ts",
    ]
    assert [segment.duration_s for segment in playlist.segments] == [9.009, 3.0, 0.5]
    assert [segment.index for segment in playlist.segments] == [0, 1, 2]
    assert playlist.target_duration_s == 10
    assert playlist.media_sequence == 7
    assert playlist.playlist_type == "VOD"
    assert playlist.ended


def test_byte_order_mark_crlf_blanks_and_blank_lines_change_nothing() -> None:
    plain = text("#EXT-X-TARGETDURATION:4", *segments(2), "#EXT-X-ENDLIST")
    dressed = "\ufeff\r\n \t\r\n" + plain.replace("\n", "  \r\n\r\n")

    assert parse_hls(dressed, URL) == parse_hls(plain, URL)


def test_the_last_line_needs_no_newline() -> None:
    assert parse_hls("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts", URL) == media(
        "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", "a.ts", ended=False
    )


def test_unknown_tags_and_comments_are_ignored() -> None:
    known = ("#EXTINF:4,", "0.ts")
    unknown = (
        "#EXT-X-CUE-OUT:30",
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z",
        "#",
        "#EXTINFO:9",
        "#ext-x-endlist",
    )

    assert media(*unknown, *known, ended=False) == media(*known, ended=False)


def test_a_header_may_have_attributes_behind_it() -> None:
    playlist = parse_hls('#EXTM3U x-tvg-url=""\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n', URL)

    assert isinstance(playlist, MediaPlaylist)


def test_a_playlist_without_endlist_has_not_ended() -> None:
    assert not media(*segments(1), ended=False).ended


def test_a_discontinuity_belongs_to_the_next_segment_alone() -> None:
    playlist = media("#EXTINF:4,", "0.ts", "#EXT-X-DISCONTINUITY", "#EXTINF:4,", "1.ts", "#EXTINF:4,", "2.ts")

    assert [segment.discontinuity for segment in playlist.segments] == [False, True, False]


# ------------------------------------------------------------------------------------------------------ byte ranges


def test_byte_ranges_continue_where_the_last_one_of_the_file_ended() -> None:
    playlist = media(
        *("#EXTINF:4,", "#EXT-X-BYTERANGE:100@50", "all.ts"),
        *("#EXT-X-BYTERANGE:30", "#EXTINF:4,", "all.ts"),
        *("#EXTINF:4,", "#EXT-X-BYTERANGE:20@0", "more.ts"),
        *("#EXTINF:4,", "#EXT-X-BYTERANGE:5", "more.ts"),
        *("#EXTINF:4,", "whole.ts"),
    )

    assert [segment.byte_range for segment in playlist.segments] == [
        ByteRange(start=50, stop=150),
        ByteRange(start=150, stop=180),
        ByteRange(start=0, stop=20),
        ByteRange(start=20, stop=25),
        None,
    ]


@pytest.mark.parametrize(
    "before",
    [
        (),
        ("#EXTINF:4,", "#EXT-X-BYTERANGE:100@0", "other.ts"),
        ("#EXTINF:4,", "all.ts"),
        ("#EXTINF:4,", "#EXT-X-BYTERANGE:9@0", "all.ts", "#EXTINF:4,", "all.ts"),
    ],
    ids=["nothing", "another file", "the whole file", "a range before the whole file"],
)
def test_a_byte_range_without_offset_needs_a_range_of_the_same_file_before_it(before: tuple[str, ...]) -> None:
    with pytest.raises(ManifestError, match="follows no range"):
        media(*before, "#EXTINF:4,", "#EXT-X-BYTERANGE:30", "all.ts")


# ------------------------------------------------------------------------------------------------- init sections


def test_init_sections_apply_until_the_next_one() -> None:
    playlist = media(
        '#EXT-X-MAP:URI="a.mp4"',
        *("#EXTINF:4,", "0.m4s", "#EXTINF:4,", "1.m4s"),
        *('#EXT-X-MAP:BYTERANGE="720@16",URI="b.mp4"', "#EXTINF:4,", "2.m4s"),
        *('#EXT-X-MAP:URI="c.mp4",BYTERANGE="9"', "#EXTINF:4,", "3.m4s"),
    )

    first = InitSection(uri=BASE + "a.mp4")
    assert [segment.init for segment in playlist.segments] == [
        first,
        first,
        InitSection(uri=BASE + "b.mp4", byte_range=ByteRange(start=16, stop=736)),
        InitSection(uri=BASE + "c.mp4", byte_range=ByteRange(start=0, stop=9)),
    ]


def test_an_init_section_behind_a_key_is_encrypted() -> None:
    iv = "0x000102030405060708090a0b0c0d0e0f"
    playlist = media(f'#EXT-X-KEY:METHOD=AES-128,URI="k",IV={iv}', '#EXT-X-MAP:URI="a.mp4"', "#EXTINF:4,", "0.m4s")

    init = playlist.segments[0].init
    assert init is not None
    assert init.key == Key(method="AES-128", uri=BASE + "k", iv=bytes(range(16)))


# ------------------------------------------------------------------------------------------------------------- keys


def test_a_key_without_iv_takes_the_media_sequence_number() -> None:
    playlist = media("#EXT-X-MEDIA-SEQUENCE:258", '#EXT-X-KEY:METHOD=AES-128,URI="k?x=1"', *segments(2))

    assert [segment.key for segment in playlist.segments] == [
        Key(method="AES-128", uri=BASE + "k?x=1", iv=bytes(14) + b"\x01\x02"),
        Key(method="AES-128", uri=BASE + "k?x=1", iv=bytes(14) + b"\x01\x03"),
    ]


def test_keys_apply_until_the_next_one_and_none_ends_them() -> None:
    playlist = media(
        *("#EXTINF:4,", "0.ts"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0X1', "#EXTINF:4,", "1.ts", "#EXTINF:4,", "2.ts"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k2",IV=0xfF,KEYFORMAT="identity"', "#EXTINF:4,", "3.ts"),
        *("#EXT-X-KEY:METHOD=NONE", "#EXTINF:4,", "4.ts"),
    )

    keys = [segment.key for segment in playlist.segments]
    assert [key and (key.uri.removeprefix(BASE), key.iv[-1]) for key in keys] == [
        None,
        ("k1", 1),
        ("k1", 1),
        ("k2", 255),
        None,
    ]


def test_an_iv_of_zeros_is_an_iv() -> None:
    zeros = "0x" + "0" * 32
    playlist = media("#EXT-X-MEDIA-SEQUENCE:5", f'#EXT-X-KEY:METHOD=AES-128,URI="k",IV={zeros}', *segments(1))

    key = playlist.segments[0].key
    assert key is not None
    assert key.iv == bytes(16)


@pytest.mark.parametrize(
    "tags",
    [
        ['METHOD=SAMPLE-AES,URI="k"'],
        ['METHOD=AES-256,URI="k"'],
        ['METHOD=AES-128,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"'],
        ['METHOD=AES-128,URI="k"', 'METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="urn:uuid:edef8ba9"'],
    ],
)
def test_other_encryption_is_not_supported(tags: list[str]) -> None:
    with pytest.raises(UnsupportedMediaError, match="encrypted with"):
        media(*(f"#EXT-X-KEY:{tag}" for tag in tags), *segments(1))


def test_a_plain_key_beside_another_key_format_is_enough() -> None:
    playlist = media(
        '#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-KEY:METHOD=AES-128,URI="x:y",KEYFORMAT="other"', *segments(1)
    )

    key = playlist.segments[0].key
    assert key is not None
    assert key.uri == BASE + "k"


def test_encryption_that_no_segment_has_is_no_matter() -> None:
    playlist = media('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', "#EXT-X-KEY:METHOD=NONE", *segments(1))

    assert playlist.segments[0].key is None


# ------------------------------------------------------------------------------------- what is valid and not taken


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("#EXTINF:4,", "0.ts", "#EXTINF:4,", "#EXT-X-GAP", "1.ts"), "segment 1 is missing"),
        (("#EXT-X-I-FRAMES-ONLY", "#EXTINF:4,", "0.ts"), "key frames only"),
        (('#EXT-X-DEFINE:NAME="a",VALUE="b"', "#EXTINF:4,", "{$a}.ts"), "variables"),
        (("#EXT-X-SKIP:SKIPPED-SEGMENTS=3", "#EXTINF:4,", "0.ts"), "leaves out"),
    ],
)
def test_what_cannot_be_downloaded_whole_is_said(lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=words):
        media(*lines)


# ------------------------------------------------------------------------------------------- multivariant playlists

MULTIVARIANT: Final = (
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",DEFAULT=YES,URI="de/audio.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="en.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360',
    "low.m3u8?a=1&b=2",
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=99,URI="iframe.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=5000000 , RESOLUTION=1920X1080,AUDIO="a",SUBTITLES="s",CODECS="avc1.640028,mp4a.40.2"',
    "../high.m3u8",
)


def test_a_multivariant_playlist() -> None:
    playlist = multivariant(*MULTIVARIANT)

    assert playlist.variants == (
        Variant(
            uri=BASE + "low.m3u8?a=1&b=2",
            bandwidth_bps=1280000,
            average_bandwidth_bps=1000000,
            codecs="avc1.4d401f,mp4a.40.2",
            width=640,
            height=360,
        ),
        Variant(
            uri="https://cdn.example/shows/high.m3u8",
            bandwidth_bps=5000000,
            codecs="avc1.640028,mp4a.40.2",
            width=1920,
            height=1080,
            audio_group="a",
            subtitles_group="s",
            separate_audio=True,
        ),
    )
    audio, subtitles = playlist.renditions
    assert (audio.type, audio.group_id, audio.name, audio.language) == ("AUDIO", "a", "Deutsch", "de")
    assert (audio.uri, audio.default) == (BASE + "de/audio.m3u8", True)
    assert (subtitles.type, subtitles.default) == ("SUBTITLES", False)


def best(*lines: str) -> str:
    return multivariant(*lines).best().uri.removeprefix(BASE)


def variant(uri: str, attributes: str) -> tuple[str, str]:
    return f"#EXT-X-STREAM-INF:{attributes}", uri


def test_best_is_the_most_pixels_then_the_highest_bandwidth() -> None:
    small = variant("small", "BANDWIDTH=9,RESOLUTION=640x360")
    thin = variant("thin", "BANDWIDTH=5,RESOLUTION=1280x720")
    thick = variant("thick", "BANDWIDTH=6,RESOLUTION=1280x720")
    again = variant("again", "BANDWIDTH=6,RESOLUTION=1280x720")

    assert best(*small, *thin, *thick, *again) == "thick"
    assert best(*again, *thick, *small) == "again"


def test_best_without_resolutions_is_the_highest_bandwidth() -> None:
    assert best(*variant("a", "BANDWIDTH=1"), *variant("b", "BANDWIDTH=3"), *variant("c", "PROGRAM-ID=1")) == "b"


def test_best_has_a_picture() -> None:
    sound = variant("sound", 'BANDWIDTH=9,CODECS="mp4a.40.2, ec-3"')
    picture = variant("picture", 'BANDWIDTH=1,CODECS="hvc1.2.4.L93,mp4a.40.2"')

    assert best(*sound, *picture) == "picture"
    assert best(*sound) == "sound"


def test_best_has_its_sound_inside_when_there_is_a_choice() -> None:
    group = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="a.m3u8"'
    inside = variant("inside", "BANDWIDTH=1,RESOLUTION=640x360")
    apart = variant("apart", 'BANDWIDTH=9,RESOLUTION=1920x1080,AUDIO="a"')

    assert best(*inside, *apart, group) == "inside"
    assert best(*apart, group) == "apart"


def test_a_group_with_a_member_that_is_inside_needs_no_separate_audio() -> None:
    playlist = multivariant(
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="de"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="en.m3u8"',
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="v",NAME="angle",URI="v.m3u8"',
        *variant("one", 'BANDWIDTH=1,AUDIO="a"'),
        *variant("two", 'BANDWIDTH=1,AUDIO="v"'),
    )

    assert [item.separate_audio for item in playlist.variants] == [False, False]


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


# ----------------------------------------------------------------------------------------------------------- bounds


def test_the_number_of_segments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_reader, "SEGMENTS_LIMIT", 3)

    assert len(media(*segments(3)).segments) == 3
    with pytest.raises(ManifestError, match="more than any episode"):
        media(*segments(4))


def test_the_number_of_variants_and_renditions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_reader, "VARIANTS_LIMIT", 2)
    rendition = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x"'

    assert len(multivariant(*variant("a", "") * 2, *[rendition] * 2).variants) == 2
    with pytest.raises(ManifestError, match="more than any episode"):
        multivariant(*variant("a", "") * 3)
    with pytest.raises(ManifestError, match="more than any episode"):
        multivariant(*[rendition] * 3, *variant("a", ""))


@pytest.mark.parametrize("start", ["", "A=", "A", "A ="])
@pytest.mark.parametrize("unit", [",", " ", "A=", "A=1,", "A", 'A="" ', '="', "A=1 , "])
def test_attribute_lists_are_read_in_linear_time(start: str, unit: str) -> None:
    """A list that makes a careless pattern go back and forth would run into the time limit of the tests."""
    with contextlib.suppress(ManifestError):
        parse_hls(text("#EXT-X-KEY:" + (start + unit * 60_000)[:60_000] + '"'), URL)


# ------------------------------------------------------------------------------------------------------- any text

PIECES: Final = st.sampled_from(
    [
        *("#EXTM3U", "#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "#EXTINF:", "0.ts", "#EXT-X-ENDLIST", "#EXT-X-GAP"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXT-X-KEY:METHOD=NONE", "#EXT-X-KEY:METHOD=SAMPLE-AES", "#EXT-X-MAP:"),
        *('#EXT-X-MAP:URI="i",BYTERANGE="1@2"', "#EXT-X-BYTERANGE:5@0", "#EXT-X-BYTERANGE:5", "#EXT-X-DISCONTINUITY"),
        *("#EXT-X-MEDIA-SEQUENCE:18446744073709551615", "#EXT-X-MEDIA-SEQUENCE:0", "http://[", "//", "?", "\x00"),
        *(*MULTIVARIANT, "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:TYPE=AUDIO", "#EXT-X-I-FRAMES-ONLY", "#EXT-X-DEFINE:"),
    ]
)
VALID: Final = [
    text(*MULTIVARIANT),
    text(
        *("#EXT-X-TARGETDURATION:4", '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x01', '#EXT-X-MAP:URI="i.mp4"'),
        *("#EXTINF:4.000,", "#EXT-X-BYTERANGE:10@0", "0.m4s", "#EXT-X-DISCONTINUITY", "#EXTINF:4.000,"),
        *("#EXT-X-BYTERANGE:10", "0.m4s", "#EXT-X-ENDLIST"),
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
        found = parse_hls(playlist, URL)
    except (ManifestError, UnsupportedMediaError):
        return
    if isinstance(found, MultivariantPlaylist):
        assert found.best() in found.variants
    else:
        assert [segment.index for segment in found.segments] == list(range(len(found.segments)))
        assert all(segment.uri.startswith(("http://", "https://")) for segment in found.segments)
        assert all(segment.key is None or len(segment.key.iv) == 16 for segment in found.segments)
        assert all(segment.byte_range is None or segment.byte_range.length > 0 for segment in found.segments)


@given(base=st.text())
def test_any_base_address_gives_a_playlist_or_one_of_two_errors(base: str) -> None:
    with contextlib.suppress(ManifestError, UnsupportedMediaError):
        parse_hls(VALID[1], base)
