"""Multivariant playlists: what they offer."""

from __future__ import annotations

import pytest

from aniworld_dl.media.hls.playlist import Rendition, Variant
from tests.unit.media.hls_builders import BASE, MULTIVARIANT, multivariant, variant


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


def test_all_that_is_known_of_a_rendition() -> None:
    playlist = multivariant(
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English (forced), all",LANGUAGE="en-US",ASSOC-LANGUAGE="en",'
        'DEFAULT=YES,AUTOSELECT=YES,FORCED=YES,CHARACTERISTICS="public.easy-to-read, public.accessibility.a,",'
        'CHANNELS="6/JOC",URI="../en.m3u8",STABLE-RENDITION-ID="x",X-OWN=1',
        *variant("a", 'BANDWIDTH=1,SUBTITLES="s",FRAME-RATE=23.976,SUPPLEMENTAL-CODECS="dvh1.08.07/db4h"'),
    )

    assert playlist.renditions == (
        Rendition(
            type="SUBTITLES",
            group_id="s",
            name="English (forced), all",
            language="en-US",
            assoc_language="en",
            uri="https://cdn.example/shows/en.m3u8",
            default=True,
            autoselect=True,
            forced=True,
            characteristics=("public.easy-to-read", "public.accessibility.a"),
            channels=6,
        ),
    )
    assert playlist.variants == (Variant(uri=BASE + "a", bandwidth_bps=1, subtitles_group="s", frame_rate=23.976),)


@pytest.mark.parametrize(
    ("written", "channels"),
    [("2", 2), (" 16 /-/BINAURAL", 16), ("", None), ("many", None), ("/2", None), ("9999", None), ("٢", None)],
)
def test_channels_are_the_first_parameter(written: str, channels: int | None) -> None:
    rendition = f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",CHANNELS="{written}",URI="a"'

    assert multivariant(rendition, *variant("v", "BANDWIDTH=1")).renditions[0].channels == channels


def test_what_is_for_other_purposes_is_ignored() -> None:
    plain = variant("a", "BANDWIDTH=1")

    assert multivariant(
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=x,URI="i.m3u8"',
        '#EXT-X-SESSION-DATA:DATA-ID="a',
        "#EXT-X-SESSION-KEY:METHOD=",
        '#EXT-X-CONTENT-STEERING:SERVER-URI="/steering"',
        "#EXT-X-START:TIME-OFFSET=4",
        *plain,
    ) == multivariant(*plain)


def test_a_group_with_a_member_that_is_inside_needs_no_separate_audio() -> None:
    playlist = multivariant(
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="de"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="en.m3u8"',
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="v",NAME="angle",URI="v.m3u8"',
        *variant("one", 'BANDWIDTH=1,AUDIO="a"'),
        *variant("two", 'BANDWIDTH=1,AUDIO="v"'),
    )

    assert [item.separate_audio for item in playlist.variants] == [False, False]
