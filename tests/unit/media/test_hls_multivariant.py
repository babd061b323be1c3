"""Multivariant playlists: what they offer, and which of it is the best."""

from __future__ import annotations

from aniworld_dl.media.hls import Variant
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


def best(*lines: str) -> str:
    return multivariant(*lines).best().uri.removeprefix(BASE)


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
