"""Matroska files (RFC 9559): every block's time, and every place where the file is not what it should be.

Only the heads of blocks are read, unless checksums are asked for. Nothing in a file makes this raise or run for longer
than its size: what cannot be read is a damage with the time it takes, and reading goes on at the next cluster.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.ebml import CRC_32, VOID, EbmlFile, Element
from aniworld_dl.media.formats.matroska_blocks import BlockList, read_blocks
from aniworld_dl.media.formats.packets import StreamPackets, stream_packets

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

EBML_HEAD: Final = 0x1A45DFA3
_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_TRACKS: Final = 0x1654AE6B
_CLUSTER: Final = 0x1F43B675
LEVEL_1: Final = frozenset(
    {_INFO, _TRACKS, _CLUSTER, 0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, VOID, CRC_32}
)
"""With SeekHead, Cues, Attachments, Chapters and Tags."""
_TIMESTAMP_SCALE: Final = 0x2AD7B1
_DURATION: Final = 0x4489
_TRACK_ENTRY: Final = 0xAE
_TRACK_NUMBER: Final = 0xD7
_TRACK_TYPE: Final = 0x83
_CODEC_ID: Final = 0x86
_DEFAULT_DURATION: Final = 0x23E383
_USUAL_SCALE_NS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_KINDS: Final = {1: "video", 2: "audio", 17: "subtitle"}
_CODECS: Final = {
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_MPEG2": "mpeg2video",
    "A_MPEG/L3": "mp3",
    "A_MPEG/L2": "mp2",
    "S_TEXT/UTF8": "subrip",
    "S_TEXT/WEBVTT": "webvtt",
    "S_TEXT/ASS": "ass",
    "S_HDMV/PGS": "hdmv_pgs_subtitle",
    "S_VOBSUB": "dvd_subtitle",
    "S_DVBSUB": "dvb_subtitle",
    "D_WEBVTT/SUBTITLES": "webvtt",
}
"""As ffmpeg calls them, where that is not what stands after the first underscore."""
_SEARCH_BYTES: Final = 1 << 20
_STEPS_BYTES: Final = 64 << 20
_CLUSTER_ID: Final = _CLUSTER.to_bytes(4)
_LONGEST_CODEC: Final = 64
_LONGEST_TICKS: Final = float(1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A place where a file is not whole: why, and from when to when it cannot be trusted, in seconds."""

    reason: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatroskaFile:
    """What a file holds. `kinds` are those of all its streams, `streams` those of them that have packets.

    `clusters` are the offsets of its clusters and the times at which they begin, `duration_s` is what it says of
    itself, `has_checksums` whether all of its clusters have one. `sums` has, by their offsets, where those clusters end
    and their CRC-32 that were read while the file was being written.
    """

    kinds: tuple[str, ...]
    streams: tuple[StreamPackets, ...]
    damages: tuple[Damage, ...]
    clusters: tuple[tuple[int, float], ...]
    duration_s: float | None
    has_checksums: bool
    sums: Mapping[int, tuple[int, int]] = field(default_factory=dict)


async def read_matroska(path: Path, *, checksums: bool = False) -> MatroskaFile:
    """Read a file to its last byte; with `checksums`, also hold every part against its checksum where it has one.

    It is read in threads; a caller that is cancelled waits for no more than 64 MiB.

    Raises:
        StorageError: it cannot be read.
    """
    steps = _steps(path, checksums)
    try:
        while (file := await in_thread(_take_steps, steps)) is None:
            pass
    finally:
        await in_thread(steps.close)
    return file


def _steps(path: Path, checksums: bool) -> Generator[MatroskaFile | int]:
    """Yield how far the reading has come, again and again, and at last what was found."""
    with storage_errors(path), path.open("rb", buffering=0) as raw:
        reader = Reader(EbmlFile(raw, path.stat().st_size), checksums=checksums)
        yield from reader.run()
        yield reader.result()


def _take_steps(steps: Generator[MatroskaFile | int]) -> MatroskaFile | None:
    step = next(steps)
    goal = 0 if isinstance(step, MatroskaFile) else step + _STEPS_BYTES
    while not isinstance(step, MatroskaFile):
        if step >= goal:
            return None
        step = next(steps)
    return step


class Reader:
    """One reading of one file."""

    def __init__(self, file: EbmlFile, *, checksums: bool = False) -> None:
        self._file = file
        self._checksums = checksums
        self._end = file.size
        self._scale_ns = _USUAL_SCALE_NS
        self._duration_ticks: float | None = None
        self._tracks: dict[int, BlockList] = {}
        self._damages: list[Damage] = []
        self._lost: tuple[int, str] | None = None
        """Since when, in ticks, nothing could be read, and why."""
        self._without_checksum = 0
        self._clusters: list[tuple[int, int]] = []
        self.sums: dict[int, tuple[int, int]] = {}

    def run(self) -> Iterator[int]:
        """Read all of it; yield how far it has come."""
        segment = self._segment()
        if segment is None:
            self._add("it is no Matroska file", 0, 0)
            return
        yield from self._rest(segment, segment.start)

    def _segment(self) -> Element | None:
        """Return the segment and note where it ends, None when it is none."""
        head = self._file.element(0)
        segment = self._file.element(head.stop) if head is not None and head.id == EBML_HEAD and head.stop else None
        if segment is None or segment.id != _SEGMENT:
            return None
        self._end = self._file.size if segment.stop is None else min(segment.stop, self._file.size)
        return segment

    def _rest(self, segment: Element, position: int) -> Iterator[int]:
        while position < self._end:
            position = self._level_1(position)
            yield position
        if self._lost is not None:
            self._add(self._lost[1], self._lost[0], self._last_ticks())
        if segment.stop is not None and segment.stop > self._file.size:
            reason = f"it ends after {self._file.size} of {segment.stop} bytes"
            self._add(reason, self._reached(), self._last_ticks())
        elif self._file.size > self._end and not self._is_padding(self._end):
            self._add(f"something follows its end at byte {self._end}", self._reached(), self._reached())

    def result(self) -> MatroskaFile:
        """Return what was found."""
        tick_s = Fraction(self._scale_ns, _NS_PER_S)
        streams = [
            stream_packets(
                kind=track.kind, codec=track.codec, times=track.times, durations=track.durations(), tick_s=tick_s
            )
            for _, track in sorted(self._tracks.items())
            if track.kind and track.times
        ]
        return MatroskaFile(
            kinds=tuple(track.kind for track in self._tracks.values() if track.kind),
            streams=tuple(streams),
            damages=tuple(self._damages),
            clusters=tuple((place, float(ticks * tick_s)) for place, ticks in self._clusters),
            duration_s=None if self._duration_ticks is None else float(self._duration_ticks * tick_s),
            has_checksums=bool(self._clusters) and not self._without_checksum,
            sums=self.sums,
        )

    def _level_1(self, position: int) -> int:
        """Read the element at a position and return where the next one begins."""
        element = self._file.element(position)
        known = {_CLUSTER} if self._lost is not None else LEVEL_1
        if element is None or element.id not in known:
            return self._search(position, f"there is no element at byte {position}")
        if element.id == _CLUSTER:
            return self._cluster(element, position)
        if element.stop is None or element.stop > self._end:
            return self._search(position, f"the element at byte {position} is larger than the file")
        if self._checksums and self._file.has_checksum(element) and not self._file.checksum_fits(element, element.stop):
            self._add(f"the element at byte {position} does not fit its checksum", 0, 0)
        if element.id == _INFO:
            self._info(element)
        elif element.id == _TRACKS:
            self._read_tracks(element)
        return element.stop

    def _cluster(self, cluster: Element, position: int) -> int:
        is_cut = cluster.stop is not None and cluster.stop > self._end
        stop = self._end if cluster.stop is None or is_cut else cluster.stop
        has_checksum = cluster.stop is not None and self._file.has_checksum(cluster)
        self._without_checksum += not has_checksum
        if self._checksums and has_checksum and not is_cut and not self._file.checksum_fits(cluster, stop):
            reason = f"the cluster at byte {position} does not fit its checksum"
            self._lost = self._lost or (self._reached(), reason)
            # what it says of times is not to be trusted either, nor what it says of its size
            return stop if stop == self._end or self._is_level_1(stop) else self._search(cluster.start, reason)
        run = read_blocks(self._file, cluster.start, stop, self._tracks)
        self._clusters.append((position, self._reached() if run.time is None else run.time))
        if self._lost is not None and run.time is not None and run.blocks:
            self._add(self._lost[1], self._lost[0], run.time)
            self._lost = None
        if is_cut:
            return stop
        if run.position < stop and not (cluster.stop is None and self._is_level_1(run.position)):
            return self._search(run.position, f"there is no block at byte {run.position}")
        return run.position

    def _search(self, position: int, reason: str) -> int:
        """Return where the next cluster begins after a position at which nothing does, or where to go on."""
        self._lost = self._lost or (self._reached(), reason)
        found = position + 1
        stop = min(self._end, position + _STEPS_BYTES)
        while found < stop:
            place = self._file.read(found, found + _SEARCH_BYTES).find(_CLUSTER_ID)
            if place >= 0:
                return found + place
            found += _SEARCH_BYTES - len(_CLUSTER_ID) + 1
        return min(found, self._end)

    def _is_level_1(self, position: int) -> bool:
        element = self._file.element(position)
        return element is not None and element.id in LEVEL_1

    def _is_padding(self, position: int) -> bool:
        element = self._file.element(position)
        return element is not None and element.id == VOID and element.stop == self._file.size

    def _reached(self) -> int:
        return max((track.times[-1] for track in self._tracks.values() if track.times), default=0)

    def _last_ticks(self) -> int:
        return max(self._reached(), int(self._duration_ticks or 0))

    def _add(self, reason: str, start: int, end: int) -> None:
        ticks_per_s = _NS_PER_S / self._scale_ns
        damage = Damage(reason=reason, start_s=start / ticks_per_s, end_s=max(start, end) / ticks_per_s)
        self._damages.append(damage)

    def _info(self, info: Element) -> None:
        for element in self._file.children(info):
            if element.id == _TIMESTAMP_SCALE:
                self._scale_ns = self._file.number(element) or _USUAL_SCALE_NS
            elif element.id == _DURATION:
                self._duration_ticks = floating(self._file.read(element.start, element.stop or 0))

    def _read_tracks(self, tracks: Element) -> None:
        for entry in self._file.children(tracks):
            if entry.id == _TRACK_ENTRY:
                number, track = self._track(entry)
                self._tracks.setdefault(number, track)

    def _track(self, entry: Element) -> tuple[int, BlockList]:
        numbers = {_TRACK_NUMBER: 0, _TRACK_TYPE: 0, _DEFAULT_DURATION: 0}
        codec = ""
        for element in self._file.children(entry):
            if element.id in numbers:
                numbers[element.id] = self._file.number(element)
            elif element.id == _CODEC_ID:
                name = self._file.read(element.start, min(element.stop or 0, element.start + _LONGEST_CODEC))
                codec = name.rstrip(b"\0").decode("latin-1")
        return numbers[_TRACK_NUMBER], BlockList(
            kind=_KINDS.get(numbers[_TRACK_TYPE], ""),
            codec=_CODECS.get(codec, codec.partition("_")[2].partition("/")[0].lower()),
            usual_duration=round(numbers[_DEFAULT_DURATION] / self._scale_ns),
        )


def floating(data: bytes) -> float | None:
    """Return a number of 4 or 8 bytes (RFC 8794 7.3) where it is one that can be a duration."""
    if len(data) not in {4, 8}:
        return None
    value: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]  # noqa: PLR2004
    return value if 0 <= value < _LONGEST_TICKS else None
