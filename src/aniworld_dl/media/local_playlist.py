"""A media playlist of what is stored, for ffmpeg to read: the manifest's timeline with local names."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.layout import init_index, init_sections, stored_name
from aniworld_dl.media.source_info import READ_ONLY_MEDIA
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aniworld_dl.model import Media, Segment, Track


def playlist_name(number: int) -> str:
    """Return the name of a track's playlist inside the work folder."""
    return f"t{number}.m3u8"


def write_playlists(media: Media, folder: Path) -> None:
    """Write the playlists of all segmented tracks into a work folder.

    Raises:
        StorageError: they cannot be written.
    """
    with storage_errors(folder):
        for number, track in enumerate(media.tracks):
            if track.container is not Container.FILE:
                (folder / playlist_name(number)).write_text(playlist_text(track, number), encoding="utf-8")


def playlist_text(track: Track, number: int) -> str:
    """Return an HLS playlist (RFC 8216 4.3) of a track's stored, decrypted segments."""
    longest_s = max((segment.duration_s or 0.0 for segment in track.segments), default=0.0)
    head = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(longest_s)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    return "\n".join([*head, *_segment_lines(track, number), "#EXT-X-ENDLIST", ""])


def _segment_lines(track: Track, number: int) -> Iterator[str]:
    orders = {init: order for order, init in enumerate(init_sections(track))}
    previous: Segment | None = None
    for segment in track.segments:
        if segment.discontinuity and previous is not None:
            yield "#EXT-X-DISCONTINUITY"
        if segment.init is not None and (previous is None or previous.init != segment.init):
            yield f'#EXT-X-MAP:URI="{stored_name(track, number, init_index(orders[segment.init]))}"'
        yield f"#EXTINF:{segment.duration_s or 0.0:.6f},"
        yield stored_name(track, number, segment.index)
        previous = segment


def input_arguments(track: Track, number: int) -> list[str]:
    """Return what makes ffmpeg, run in the work folder, read a track from what is stored."""
    if track.container is Container.FILE:
        return [*READ_ONLY_MEDIA, "-fflags", "+genpts", "-i", stored_name(track, number, 0)]
    return [*READ_ONLY_MEDIA, "-fflags", "+genpts", "-f", "hls", "-i", playlist_name(number)]
