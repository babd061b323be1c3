"""What was put into a playlist is what is read from it, however it is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings

from aniworld_dl.media.hls.playlist import parse_hls
from tests.unit.media.hls_builders import URL
from tests.unit.media.hls_grammar import media_playlists, multivariant_playlists

if TYPE_CHECKING:
    from aniworld_dl.media.hls.playlist import MediaPlaylist, MultivariantPlaylist


@settings(max_examples=100)
@given(media_playlists())
def test_media_playlists_are_read_as_they_were_meant(made: tuple[str, MediaPlaylist]) -> None:
    text, meant = made
    durations = [line for line in text.splitlines() if line.startswith("#EXTINF:")]
    rounded = bool(durations) and not any("." in line.partition(",")[0] for line in durations)

    assert parse_hls(text, URL) == replace(meant, rounded=rounded)


@settings(max_examples=60)
@given(multivariant_playlists())
def test_multivariant_playlists_are_read_as_they_were_meant(made: tuple[str, MultivariantPlaylist]) -> None:
    text, meant = made

    found = parse_hls(text, URL)

    assert found == meant
