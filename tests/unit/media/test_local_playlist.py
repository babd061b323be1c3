from __future__ import annotations

from dataclasses import replace

from aniworld_dl.media.hls import MediaPlaylist, parse_hls
from aniworld_dl.media.local_playlist import playlist_text
from aniworld_dl.model import Container, InitSection
from tests.media_builders import hls_track


def test_a_playlist_names_local_files_and_nothing_else() -> None:
    track = hls_track(2)
    segments = (track.segments[0], replace(track.segments[1], duration_s=3.9996, discontinuity=True))
    assert playlist_text(replace(track, segments=segments), 3).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXTINF:4.000000,",
        "t3/000000.ts",
        "#EXT-X-DISCONTINUITY",
        "#EXTINF:3.999600,",
        "t3/000001.ts",
        "#EXT-X-ENDLIST",
    ]


def test_init_sections_are_named_where_they_change() -> None:
    track = hls_track(4, container=Container.FMP4)
    inits = [InitSection(uri="https://a.example/1?x"), InitSection(uri="https://a.example/2?x")]
    segments = tuple(replace(item, init=inits[item.index // 2]) for item in track.segments)
    lines = playlist_text(replace(track, segments=segments), 0).splitlines()
    assert [line for line in lines if not line.startswith(("#EXTINF", "#EXT-X-V", "#EXTM"))][3:-1] == [
        '#EXT-X-MAP:URI="t0/init0.mp4"',
        "t0/000000.m4s",
        "t0/000001.m4s",
        '#EXT-X-MAP:URI="t0/init1.mp4"',
        "t0/000002.m4s",
        "t0/000003.m4s",
    ]


def test_our_own_parser_reads_it_back() -> None:
    track = hls_track(3)
    unknown = replace(track, segments=(*track.segments[:2], replace(track.segments[2], duration_s=None)))
    playlist = parse_hls(playlist_text(unknown, 0), "http://a.example/work/t0.m3u8")
    assert isinstance(playlist, MediaPlaylist)
    assert playlist.ended
    assert [segment.duration_s for segment in playlist.segments] == [4.0, 4.0, 0.0]
    assert playlist.segments[2].uri == "http://a.example/work/t0/000002.ts"
