"""Playlists for a player: every segment in them, whatever is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aniworld_dl.media.watch.playlists import index_of, media_playlist, multivariant, renditions_of
from aniworld_dl.model import Container, InitSection, TrackKind
from tests.media_builders import ORIGIN, file_track, hls_track, media_of

PICTURE = hls_track(3, kind=TrackKind.VIDEO, codecs="avc1.64001f", bandwidth_bps=900, width=640, height=360)
SOUND = hls_track(3, kind=TrackKind.AUDIO, codecs="mp4a.40.2", bandwidth_bps=100, language="de", name='Say "hi"')
SOUND_LINE = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound"'
TEXT = hls_track(1, kind=TrackKind.TEXT, container=Container.WEBVTT, language="en")


def lines(*tracks: object) -> list[str]:
    return multivariant(renditions_of(media_of(*tracks))).splitlines()  # type: ignore[arg-type]


def test_one_track_of_both_is_one_variant() -> None:
    assert lines(hls_track(2)) == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-STREAM-INF:BANDWIDTH=2000000", "0.m3u8"]


def test_sounds_stand_beside_the_picture_and_the_default_one_is_marked() -> None:
    other = replace(SOUND, language="ja", name=None, default=True)
    assert lines(PICTURE, SOUND, other)[2:] == [
        f'{SOUND_LINE},NAME="Say \'hi\' (2)",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=NO,URI="1.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="ja (3)",LANGUAGE="ja",DEFAULT=YES,AUTOSELECT=YES,URI="2.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=640x360,CODECS="avc1.64001f,mp4a.40.2",AUDIO="sound"',
        "0.m3u8",
    ]


def test_a_sound_inside_the_picture_s_track_is_one_of_several() -> None:
    found = lines(hls_track(2, codecs="avc1.64001f,mp4a.40.2"), SOUND)
    assert found[2] == '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Audio (1)",DEFAULT=YES,AUTOSELECT=YES'
    assert "DEFAULT=NO" in found[3]
    assert 'CODECS="avc1.64001f,mp4a.40.2"' in found[4]  # each once


def test_codecs_are_left_out_where_those_of_one_track_are_unknown() -> None:
    assert "CODECS" not in "".join(lines(PICTURE, replace(SOUND, codecs=None)))


def test_sound_alone_is_the_variant() -> None:
    assert lines(SOUND)[-1] == "0.m3u8"


def test_subtitles_are_offered_as_webvtt_alone() -> None:
    other = replace(TEXT, container=Container.TTML)
    found = renditions_of(media_of(PICTURE, other, TEXT))
    assert [each.number for each in found] == [0, 2]
    assert 'TYPE=SUBTITLES,GROUP-ID="text",NAME="en (1)"' in multivariant(found)


def test_a_plain_file_is_no_rendition() -> None:
    assert renditions_of(media_of(file_track(1000, 100))) == ()


def test_a_track_lists_all_of_its_segments_with_what_they_need() -> None:
    inits = [InitSection(uri=f"{ORIGIN}/{number}.mp4") for number in range(2)]
    base = hls_track(4, container=Container.FMP4)
    segments = tuple(
        replace(item, init=inits[item.index // 2], discontinuity=item.index == 2, gap=item.index == 3, duration_s=4.5)
        for item in base.segments
    )
    (rendition,) = renditions_of(media_of(replace(base, segments=segments)))
    text = media_playlist(rendition, ended=True)
    assert text.splitlines() == [
        *("#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:5"),
        *("#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"),
        *('#EXT-X-MAP:URI="0/init0.mp4"', "#EXTINF:4.500000,", "0/0.m4s", "#EXTINF:4.500000,", "0/1.m4s"),
        *("#EXT-X-DISCONTINUITY", '#EXT-X-MAP:URI="0/init1.mp4"', "#EXTINF:4.500000,", "0/2.m4s"),
        *("#EXT-X-GAP", "#EXTINF:4.500000,", "0/3.m4s", "#EXT-X-ENDLIST"),
    ]


def test_what_is_still_recorded_has_no_end() -> None:
    (rendition,) = renditions_of(media_of(hls_track(2)))
    text = media_playlist(rendition, ended=False)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
    assert "#EXT-X-ENDLIST" not in text


def test_subtitles_of_unknown_length_last_as_long_as_the_episode() -> None:
    single = replace(TEXT, segments=(replace(TEXT.segments[0], duration_s=None),))
    assert renditions_of(media_of(PICTURE, single))[1].duration_s == 12.0


@pytest.mark.parametrize(
    ("name", "index"),
    [("0.ts", 0), ("17.m4s", 17), ("init0.mp4", -1), ("init2.mp4", -3)]
    + [(name, None) for name in ("", ".ts", "init.mp4", "-1.ts", "..", "1e3.ts", "٣.ts", "99999999999.ts", "x0.ts")],
)
def test_names_stand_for_indexes(name: str, index: int | None) -> None:
    assert index_of(name) == index
