"""From the address of a playlist to its media."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.probe import PROBE_BYTES
from aniworld_dl.model import Container, TrackKind
from tests.fakes.web import Page, Web
from tests.unit.media.loading import MP4, PLAYLIST, TS, URL, load, multivariant, playlist, track_of

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_media_playlist_takes_one_request(settings: Settings, ranges: bool) -> None:
    web = Web({URL: Page(body=PLAYLIST, ranges=ranges, headers={"Content-Type": "text/html"})})

    track = await track_of(settings, web)

    assert (track.kind, track.container) == (TrackKind.MUXED, Container.MPEG_TS)
    assert [segment.uri for segment in track.segments] == [
        "https://cdn.example/show/0.ts",
        "https://cdn.example/show/1.ts",
    ]
    assert track.duration_s == 6
    assert web.urls() == [URL]


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_large_playlist_is_read_whole(settings: Settings, ranges: bool) -> None:
    body = PLAYLIST.replace(b"#EXT-X-ENDLIST\n", b"#EXTINF:4,\nmore.ts\n" * 5000 + b"#EXT-X-ENDLIST\n")
    assert len(body) > PROBE_BYTES

    track = await track_of(settings, Web({URL: Page(body=body, ranges=ranges)}))

    assert len(track.segments) == 5002


async def test_the_best_variant_is_followed_and_describes_the_track(settings: Settings) -> None:
    high = "https://cdn.example/show/high.m3u8?token=2"
    web = Web(
        {
            URL: multivariant(
                *("#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360", "low.m3u8"),
                *('#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=1280x720,CODECS="avc1,mp4a"', "high.m3u8?token=2"),
            ),
            high: Page(body=PLAYLIST),
        }
    )

    track = await track_of(settings, web)

    assert (track.width, track.height, track.bandwidth_bps, track.codecs) == (1280, 720, 9, "avc1,mp4a")
    assert track.kind is TrackKind.MUXED
    assert web.urls() == [URL, high]


async def test_a_variant_of_sound_alone_is_an_audio_track(settings: Settings) -> None:
    web = Web(
        {
            URL: multivariant('#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2"', "a.m3u8"),
            "https://cdn.example/show/a.m3u8": Page(body=PLAYLIST),
        }
    )

    assert (await track_of(settings, web)).kind is TrackKind.AUDIO


async def test_addresses_are_relative_to_where_a_redirect_led(settings: Settings) -> None:
    elsewhere = "https://edge.example/a/b/index.m3u8"
    web = Web({URL: Page(status=302, headers={"Location": elsewhere}), elsewhere: Page(body=PLAYLIST)})

    track = await track_of(settings, web)

    assert track.segments[0].uri == "https://edge.example/a/b/0.ts"


async def test_a_failing_server_is_asked_again(settings: Settings) -> None:
    web = Web({URL: Page(body=PLAYLIST, failures=[500, 503])})

    assert len((await track_of(settings, web)).segments) == 2
    assert len(web.requests) == 3


async def test_text_that_is_not_utf8_does_no_harm_in_a_title(settings: Settings) -> None:
    body = PLAYLIST.replace(b"#EXTINF:2,", b"#EXTINF:2,M\xfcnchen")

    assert (await track_of(settings, Web({URL: Page(body=body)}))).duration_s == 6


# ------------------------------------------------------------------------------------------------------- containers


async def test_an_init_section_means_fragmented_mp4(settings: Settings) -> None:
    web = Web({URL: playlist('#EXT-X-MAP:URI="init.mp4"', "#EXTINF:4,", "0.ts")})

    assert (await track_of(settings, web)).container is Container.FMP4


@pytest.mark.parametrize(("body", "container"), [(TS, Container.MPEG_TS), (MP4, Container.FMP4)])
async def test_a_segment_whose_name_says_nothing_is_looked_at(
    settings: Settings, body: bytes, container: Container
) -> None:
    segment = "https://cdn.example/show/0.bin"
    web = Web({URL: playlist("#EXTINF:4,", "0.bin"), segment: Page(body=body)})

    assert (await track_of(settings, web)).container is container
    assert web.urls() == [URL, segment]


async def test_an_encrypted_segment_without_init_section_is_taken_for_mpeg_ts(settings: Settings) -> None:
    web = Web({URL: playlist('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXTINF:4,", "0.bin")})

    assert (await track_of(settings, web)).container is Container.MPEG_TS
    assert web.urls() == [URL]


async def test_packed_audio_is_not_supported_and_named(settings: Settings) -> None:
    segment = "https://cdn.example/show/0.aac"
    web = Web({URL: playlist("#EXTINF:4,", "0.aac"), segment: Page(body=b"\xff\xf1\x50\x80\x01\x7f\xfc")})

    with pytest.raises(UnsupportedMediaError, match="AAC data"):
        await load(settings, web)


async def test_segments_of_two_kinds_are_not_supported(settings: Settings) -> None:
    web = Web({URL: playlist("#EXTINF:4,", "0.ts", '#EXT-X-MAP:URI="i"', "#EXTINF:4,", "1.m4s")})

    with pytest.raises(UnsupportedMediaError, match="mixes segments"):
        await load(settings, web)
