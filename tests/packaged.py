"""Playlists that ffmpeg packaged, with every segment checked as if it had just been downloaded."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.checksum import crc32
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.proof.continuity import holes, shortage_s
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.structure import check_for
from aniworld_dl.model import Container, Segment, Track, TrackKind
from tests.media_builders import media_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.media.proof.continuity import Hole

PIECE_BYTES: Final = 200_000


@dataclass(frozen=True, kw_only=True, repr=False)
class Packaged:
    """A track and the bytes of its segments; `init` is empty for MPEG-TS."""

    track: Track
    init: bytes
    segments: tuple[bytes, ...]

    def entry(self, index: int, data: bytes | None = None) -> Entry:
        """Check a segment, or `data` in its place.

        Raises:
            StructureError: it is none.
        """
        given = self.segments[index] if data is None else data
        tracks = track_facts(self.init) if self.init else None
        check = check_for(self.track.container, tracks=tracks)
        for start in range(0, len(given), PIECE_BYTES):
            check.feed(given[start : start + PIECE_BYTES])
        check.finish()
        return Entry(size_bytes=len(given), crc32=crc32(given), spans=check.spans(), doubts=check.doubts())

    def entries(self) -> dict[int, Entry]:
        """Check all segments."""
        return {index: self.entry(index) for index in range(len(self.segments))}

    def doubts(self, entries: Mapping[int, Entry]) -> list[object]:
        """Return everything that would make one of the segments be fetched again."""
        rounded, last = self.track.rounded, len(self.segments) - 1
        short = [
            index
            for index, entry in entries.items()
            if shortage_s(self.track.segments[index], entry.spans, rounded=rounded, last=index == last)
        ]
        told = [doubt for entry in entries.values() for doubt in entry.doubts]
        return [*told, *short, *self.holes(entries)]

    def holes(self, entries: Mapping[int, Entry]) -> list[Hole]:
        """Return what the final judgement finds."""
        return holes(media_of(self.track), Known(entries))  # type: ignore[arg-type]


class Known:
    """A ledger of one track that says what a test wants; none of its segments is on a disk."""

    def __init__(self, entries: Mapping[int, Entry]) -> None:
        self._entries = entries

    def done(self, track: int) -> frozenset[int]:
        """Return the indexes of all."""
        return frozenset(self._entries) if track == 0 else frozenset()

    def entry(self, track: int, index: int) -> Entry | None:
        """Return what is known of one."""
        return self._entries.get(index) if track == 0 else None


def package(
    program: str, arguments: Sequence[str], folder: Path, *, fragments: bool, options: Sequence[str]
) -> Packaged:
    """Let a program of ffmpeg make and cut an episode.

    Raises:
        RuntimeError: it ended with an error.
    """
    names = ["-hls_segment_filename", "%03d.m4s" if fragments else "%03d.ts"]
    names += ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"] if fragments else []
    cut = ["-f", "hls", "-hls_playlist_type", "vod", *names, *options, "index.m3u8"]
    command = [program, "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments, *cut]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return read_package(folder / "index.m3u8", fragments=fragments)


def read_package(playlist: Path, *, fragments: bool) -> Packaged:
    """Read a playlist of one track with the segments beside it."""
    lines = playlist.read_text().splitlines()
    durations = [float(line[8:].partition(",")[0]) for line in lines if line.startswith("#EXTINF:")]
    names = [line for line in lines if line and not line.startswith("#")]
    segments = tuple(
        Segment(index=index, uri=name, duration_s=duration)
        for index, (name, duration) in enumerate(zip(names, durations, strict=True))
    )
    container = Container.FMP4 if fragments else Container.MPEG_TS
    return Packaged(
        track=Track(kind=TrackKind.MUXED, container=container, segments=segments),
        init=(playlist.parent / "init.mp4").read_bytes() if fragments else b"",
        segments=tuple((playlist.parent / name).read_bytes() for name in names),
    )


def rounded(package: Packaged) -> Packaged:
    """Return the same with durations rounded up to whole seconds, as many sources have them."""
    segments = tuple(
        replace(segment, duration_s=float(-int(-(segment.duration_s or 0) // 1))) for segment in package.track.segments
    )
    return replace(package, track=replace(package.track, segments=segments, rounded=True))
