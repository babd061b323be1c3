"""From the address of a playlist to its media."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.load.media import load_media
from aniworld_dl.media.source.probe import PROBE_BYTES
from aniworld_dl.model import Container, TrackKind
from tests.fakes.clock import FakeClock
from tests.fakes.web import Page, Web
from tests.unit.media.loading import AAC, ID3, MP4, PLAYLIST, TS, URL, client, load, multivariant, playlist, track_of

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
                *(
                    '#EXT-X-STREAM-INF:BANDWIDTH=9,AVERAGE-BANDWIDTH=7,RESOLUTION=1280x720,CODECS="avc1,mp4a"',
                    "high.m3u8?token=2",
                ),
            ),
            high: Page(body=PLAYLIST),
        }
    )

    track = await track_of(settings, web)

    assert (track.width, track.height, track.bandwidth_bps, track.codecs) == (1280, 720, 9, "avc1,mp4a")
    assert track.average_bandwidth_bps == 7
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


async def test_a_playlist_without_an_end_says_how_it_goes_on(settings: Settings) -> None:
    """Its track is what is there now; the follower gives what comes after, from where the playlist was found."""
    rest = PLAYLIST.replace(b"#EXT-X-ENDLIST\n", b"#EXTINF:4,\n2.ts\n#EXT-X-ENDLIST\n")
    web = Web({URL: Page(body=PLAYLIST.replace(b"#EXT-X-ENDLIST\n", b""))})
    async with client(settings, web) as http:
        loaded = await load_media(http, URL, {"Cookie": "a=1"})
        assert [len(track.segments) for track in loaded.media.tracks] == [2]
        (live,) = loaded.live
        assert live is not None
        web.pages[URL] = Page(body=rest)
        new = await live.follower(http, FakeClock(auto_advance=True)).more()
    assert [(segment.index, segment.uri) for segment in new] == [(2, "https://cdn.example/show/2.ts")]
    assert web.requests[-1].headers["cookie"] == "a=1"


async def test_one_media_playlist_is_the_only_track(settings: Settings) -> None:
    loaded = await load(settings, Web({URL: Page(body=PLAYLIST)}))
    assert [(judged.taken, judged.reason) for judged in loaded.judged] == [(True, "the only track")]
    assert loaded.live == ()


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


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("0.aac", None),
        ("0.mp3", None),
        ("0.ac3", None),
        ("0.bin", AAC),
        ("0.bin", ID3 + AAC),
        ("0.jpg", b"\x0bw" + AAC),
    ],
)
async def test_packed_audio_is_sound_alone(settings: Settings, name: str, body: bytes | None) -> None:
    """RFC 8216 3.4. A name that says it is believed, encrypted or not; else the bytes say it."""
    pages = {URL: playlist("#EXTINF:4,", name)}
    if body is not None:
        pages[f"https://cdn.example/show/{name}"] = Page(body=body)

    track = await track_of(settings, Web(pages))

    assert (track.kind, track.container) == (TrackKind.AUDIO, Container.PACKED_AUDIO)


async def test_encrypted_packed_audio_is_told_by_its_name(settings: Settings) -> None:
    web = Web({URL: playlist('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXTINF:4,", "0.aac")})

    assert (await track_of(settings, web)).container is Container.PACKED_AUDIO


async def test_the_first_segment_that_is_not_missing_is_looked_at(settings: Settings) -> None:
    web = Web(
        {
            URL: playlist("#EXT-X-GAP", "#EXTINF:4,", "0.bin", "#EXTINF:4,", "1.bin"),
            "https://cdn.example/show/1.bin": Page(body=MP4),
        }
    )

    assert (await track_of(settings, web)).container is Container.FMP4
    assert (await track_of(settings, Web({URL: playlist("#EXT-X-GAP", "#EXTINF:4,", "0.bin")}))).segments[0].gap


async def test_a_playlist_of_subtitles_alone_is_no_episode(settings: Settings) -> None:
    segment = "https://cdn.example/show/0.vtt"
    web = Web({URL: playlist("#EXTINF:4,", "0.vtt"), segment: Page(body=b"WEBVTT\n")})

    with pytest.raises(UnsupportedMediaError, match="a subtitle file"):
        await load(settings, web)


async def test_segments_of_two_kinds_are_not_supported(settings: Settings) -> None:
    web = Web({URL: playlist("#EXTINF:4,", "0.ts", '#EXT-X-MAP:URI="i"', "#EXTINF:4,", "1.m4s")})

    with pytest.raises(UnsupportedMediaError, match="mixes segments"):
        await load(settings, web)
