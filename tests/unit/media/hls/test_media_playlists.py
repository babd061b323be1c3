"""Media playlists: segments, their byte ranges and init sections (RFC 8216 by example)."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.playlist import MediaPlaylist, parse_hls
from aniworld_dl.model import ByteRange, InitSection, Key
from tests.unit.media.hls_builders import BASE, URL, media, segments, text


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
        "#EXT-X-PROGRAM-DATE-TIME:some day",
        "#EXT-X-START:TIME-OFFSET=x",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-BITRATE:",
        '#EXT-X-DATERANGE:ID="a',
        "#EXT-X-ALLOW-CACHE:YES",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",
        '#EXT-X-PART:DURATION=0.3,URI="part.ts"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part.ts"',
        '#EXT-X-RENDITION-REPORT:URI="../other.m3u8"',
        "#EXT-X-VERSION:99",
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


def test_a_gap_belongs_to_the_next_segment_alone() -> None:
    playlist = media(*segments(1), "#EXT-X-GAP", "#EXTINF:4,", "1.ts", "#EXTINF:4,", "#EXT-X-GAP", "2.ts", *segments(1))

    assert [segment.gap for segment in playlist.segments] == [False, True, True, False]
    assert playlist.segments[1].uri == BASE + "1.ts"


def test_sequence_numbers_and_type() -> None:
    playlist = media(
        *("#EXT-X-MEDIA-SEQUENCE:5 ", "#EXT-X-DISCONTINUITY-SEQUENCE: 3", "#EXT-X-PLAYLIST-TYPE:event", *segments(1)),
        ended=False,
    )

    assert (playlist.media_sequence, playlist.discontinuity_sequence) == (5, 3)
    assert playlist.playlist_type == "EVENT"
    assert not playlist.ended


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("4", 4.0), ("4.5", 4.5), ("4. ,", 4.0), (" .5,t", 0.5), ("9.8E-2,", 0.098), ("1e1,", 10.0)],
)
def test_durations_are_read_as_they_are_printed(written: str, seconds: float) -> None:
    assert media(f"#EXTINF:{written}", "0.ts").segments[0].duration_s == seconds


def test_a_playlist_without_segments_is_one_only_where_that_is_allowed() -> None:
    empty = text("#EXT-X-TARGETDURATION:4", "#EXT-X-MEDIA-SEQUENCE:7")

    playlist = parse_hls(empty, URL, may_be_empty=True)

    assert playlist == MediaPlaylist(segments=(), target_duration_s=4.0, ended=False, media_sequence=7)
    with pytest.raises(ManifestError, match="neither variants nor segments"):
        parse_hls(empty, URL)
    with pytest.raises(ManifestError, match="TARGETDURATION is missing"):
        parse_hls(text(), URL, may_be_empty=True)


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
