"""HLS playlists as text, and as what is read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.media.hls.playlist import MediaPlaylist, MultivariantPlaylist, parse_hls

if TYPE_CHECKING:
    from collections.abc import Iterable

URL: Final = "https://cdn.example/shows/one/index.m3u8?token=1"
BASE: Final = "https://cdn.example/shows/one/"

MULTIVARIANT: Final = (
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",DEFAULT=YES,URI="de/audio.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="en.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360',
    "low.m3u8?a=1&b=2",
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=99,URI="iframe.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=5000000 , RESOLUTION=1920X1080,AUDIO="a",SUBTITLES="s",CODECS="avc1.640028,mp4a.40.2"',
    "../high.m3u8",
)


def media(*lines: str, ended: bool = True) -> MediaPlaylist:
    """Read a media playlist of these lines."""
    playlist = parse_hls(text("#EXT-X-TARGETDURATION:10", *lines, *(["#EXT-X-ENDLIST"] if ended else [])), URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def multivariant(*lines: str) -> MultivariantPlaylist:
    """Read a multivariant playlist of these lines."""
    playlist = parse_hls(text(*lines), URL)
    assert isinstance(playlist, MultivariantPlaylist)
    return playlist


def text(*lines: str) -> str:
    """Return the text of a playlist."""
    return "\n".join(("#EXTM3U", *lines, ""))


def segments(count: int) -> Iterable[str]:
    """Return the lines of so many segments of 4 s: `0.ts`, `1.ts`, ..."""
    for index in range(count):
        yield "#EXTINF:4,"
        yield f"{index}.ts"


def variant(uri: str, attributes: str) -> tuple[str, str]:
    """Return the lines of a variant."""
    return f"#EXT-X-STREAM-INF:{attributes}", uri
