"""From an address to media, through the real HTTP client and a web in memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from aniworld_dl.errors import (
    HttpStatusError,
    ManifestError,
    NotMediaError,
    TooLargeError,
    UnsupportedMediaError,
)
from aniworld_dl.media import probe as probe_module
from aniworld_dl.media.load import LoadedMedia, load_media, piece_bytes
from aniworld_dl.media.probe import PROBE_BYTES
from aniworld_dl.media.source_headers import headers_for
from aniworld_dl.model import ByteRange, Container, Track, TrackKind
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.fakes.web import Page, Web, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aniworld_dl.config import Settings

URL: Final = "https://cdn.example/show/index.m3u8?token=1"
FILE: Final = "https://cdn.example/show/episode.mp4"
MIB: Final = 1024 * 1024
MP4: Final = b"\x00\x00\x00\x20ftypisom" + bytes(20)
TS: Final = (b"\x47" + bytes(187)) * 40
PLAYLIST: Final = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXTINF:2,\n1.ts\n#EXT-X-ENDLIST\n"


@asynccontextmanager
async def client(settings: Settings, web: Web) -> AsyncIterator[HttpClient]:
    clock = FakeClock(auto_advance=True)
    async with HttpClient(settings, clock, transport=web.transport, resolver=resolve) as http:
        yield http


async def load(settings: Settings, web: Web, url: str = URL, headers: Mapping[str, str] | None = None) -> LoadedMedia:
    async with client(settings, web) as http:
        return await load_media(http, url, headers or {})


async def track_of(settings: Settings, web: Web, url: str = URL) -> Track:
    loaded = await load(settings, web, url)
    assert loaded.media.url == url
    (track,) = loaded.media.tracks
    return track


def playlist(*lines: str) -> Page:
    return Page(body="\n".join(("#EXTM3U", "#EXT-X-TARGETDURATION:4", *lines, "#EXT-X-ENDLIST", "")).encode())


def multivariant(*lines: str) -> Page:
    return Page(body="\n".join(("#EXTM3U", *lines, "")).encode())


# -------------------------------------------------------------------------------------------------------- playlists


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


# ------------------------------------------------------------------------------------------------------------ files


async def test_a_file_is_cut_into_ranges(settings: Settings) -> None:
    body = MP4 + bytes(2 * MIB)
    web = Web({FILE: Page(body=body, headers={"ETag": '"abc"', "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT"})})

    track = await track_of(settings, web, FILE)

    assert (track.kind, track.container) == (TrackKind.MUXED, Container.FILE)
    assert track.size_bytes == len(body)
    assert track.validator == '"abc"'
    assert [segment.byte_range for segment in track.segments] == [
        ByteRange(start=0, stop=MIB),
        ByteRange(start=MIB, stop=2 * MIB),
        ByteRange(start=2 * MIB, stop=len(body)),
    ]
    assert [segment.index for segment in track.segments] == [0, 1, 2]
    assert {segment.uri for segment in track.segments} == {FILE}


async def test_a_server_without_ranges_gives_one_segment(settings: Settings) -> None:
    body = MP4 + bytes(2 * MIB)

    track = await track_of(settings, Web({FILE: Page(body=body, ranges=False)}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]
    assert track.size_bytes == len(body)


async def test_a_file_of_unknown_length_gives_one_segment(settings: Settings) -> None:
    page = Page(body=MP4 + bytes(9000), ranges=False, with_length=False)

    track = await track_of(settings, Web({FILE: page}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]
    assert track.size_bytes is None


@pytest.mark.parametrize("content_range", ["bytes 0-70000/70001", "bytes 5-40/99", "pieces 0-35/36", ""])
async def test_a_server_with_its_own_idea_of_ranges_gives_one_segment(settings: Settings, content_range: str) -> None:
    track = await track_of(settings, Web({FILE: Page(body=MP4[:36], headers={"Content-Range": content_range})}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": 'W/"weak"'}, None),
        ({"ETag": 'W/"weak"', "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT"}, "Mon, 02 Nov 2026 00:00:00 GMT"),
        ({}, None),
    ],
)
async def test_a_weak_tag_is_no_validator(settings: Settings, headers: dict[str, str], validator: str | None) -> None:
    track = await track_of(settings, Web({FILE: Page(body=MP4, headers=headers)}), FILE)

    assert track.validator == validator


async def test_pieces_are_asked_for_where_a_redirect_led(settings: Settings) -> None:
    edge = "https://edge.example/e.mp4"
    web = Web({FILE: Page(status=302, headers={"Location": edge}), edge: Page(body=MP4)})

    track = await track_of(settings, web, FILE)

    assert track.segments[0].uri == edge


async def test_secrets_do_not_follow_a_redirect_to_another_host(settings: Settings) -> None:
    """Whoever fetches the pieces sends the source's headers: so it must start at the source's own address."""
    edge = "https://edge.example/e.mp4"
    web = Web({FILE: Page(status=302, headers={"Location": edge}), edge: Page(body=MP4)})

    loaded = await load(settings, web, FILE, {"Cookie": "session=1"})

    assert loaded.media.tracks[0].segments[0].uri == FILE
    assert [request.headers.get("cookie") for request in web.requests] == ["session=1", None]


async def test_secrets_do_not_go_to_a_variant_on_another_host(settings: Settings) -> None:
    edge = "https://edge.example/v.m3u8"
    web = Web({URL: multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", edge), edge: Page(body=PLAYLIST)})

    await load(settings, web, headers={"Cookie": "session=1", "X-Token": "t", "Referer": "https://site.example/"})

    variant = web.requests[1]
    assert str(variant.url) == edge
    assert not {"cookie", "x-token"} & set(variant.headers)
    assert variant.headers["referer"] == "https://site.example/"


def test_headers_stay_whole_on_the_same_host() -> None:
    headers = {"Cookie": "a", "User-Agent": "b"}

    assert headers_for("https://a.example/2", source_url="https://a.example/1", headers=headers) == headers
    assert headers_for("https://b.example/2", source_url="https://a.example/1", headers=headers) == {"User-Agent": "b"}


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (1, MIB),
        (64 * MIB, MIB),
        (64 * MIB + 1, 2 * MIB),
        (256 * MIB, 4 * MIB),
        (2048 * MIB, 4 * MIB),
        (2048 * MIB + 1, 5 * MIB),
        (10_240 * MIB, 20 * MIB),
    ],
)
def test_the_size_of_pieces(size_bytes: int, expected: int) -> None:
    assert piece_bytes(size_bytes) == expected
    assert -(-size_bytes // expected) <= 512


# --------------------------------------------------------------------------------------------------------- no media


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": "gone"}', "a JSON document"),
        (b"\x89PNG\r\n", "an image"),
        (b"", "empty"),
    ],
)
async def test_what_is_no_media_is_named(settings: Settings, body: bytes, found: str) -> None:
    with pytest.raises(NotMediaError) as caught:
        await load(settings, Web({URL: Page(body=body, headers={"Content-Type": "video/mp4"})}))

    assert caught.value.params == {"url": "https://cdn.example/show/index.m3u8", "found": found}


async def test_a_variant_that_is_a_page_is_named(settings: Settings) -> None:
    web = Web(
        {
            URL: multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", "v.m3u8"),
            "https://cdn.example/show/v.m3u8": Page(body=b"<html>"),
        }
    )

    with pytest.raises(NotMediaError, match=r"show/v\.m3u8 .* a web page"):
        await load(settings, web)


@pytest.mark.parametrize(
    ("page", "error", "words"),
    [
        (Page(body=b"<MPD>"), UnsupportedMediaError, "DASH"),
        (Page(body=PLAYLIST.replace(b"#EXT-X-ENDLIST\n", b"")), UnsupportedMediaError, "live playlist"),
        (Page(body=b"#EXTM3U\n0.ts\n"), ManifestError, "EXTINF is missing"),
        (multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", URL), ManifestError, "variants where segments"),
        (
            multivariant(
                '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="a.m3u8"', '#EXT-X-STREAM-INF:AUDIO="a"', "v.m3u8"
            ),
            UnsupportedMediaError,
            "separate playlist",
        ),
        (Page(status=404), HttpStatusError, "404"),
    ],
)
async def test_what_cannot_be_taken_is_said(settings: Settings, page: Page, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        await load(settings, Web({URL: page}))


async def test_an_endless_playlist_is_not_read_to_its_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "MANIFEST_LIMIT_BYTES", 20_000)

    with pytest.raises(TooLargeError):
        await load(settings, Web({URL: Page(body=PLAYLIST * 1000, ranges=False)}))


# -------------------------------------------------------------------------------------------------------- file names


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (None, "episode.mp4"),
        ('attachment; filename="Show S01E04.mkv"', "Show S01E04.mkv"),
        ("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mkv", "Grüße.mkv"),
        ("attachment; filename=../../etc/passwd", "passwd"),
        (r'inline; filename="C:\\films\\a.mkv"', "a.mkv"),
        ("attachment", "episode.mp4"),
        ('attachment; filename=" "', "episode.mp4"),
        ("attachment; filename*=nonsense''%E4.mkv", "ä.mkv"),
    ],
)
async def test_the_servers_name_of_a_file(settings: Settings, disposition: str | None, name: str) -> None:
    headers: dict[str, Any] = {"Content-Disposition": disposition} if disposition else {}

    loaded = await load(settings, Web({FILE: Page(body=MP4, headers=headers)}), FILE)

    assert loaded.file_name == name


async def test_an_address_without_a_path_has_no_file_name(settings: Settings) -> None:
    url = "https://cdn.example/"

    assert (await load(settings, Web({url: Page(body=MP4)}), url)).file_name is None
