"""What one episode consists of, whatever the format of its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Bytes `[start, stop)` of a resource."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How a segment is encrypted (RFC 8216 4.3.2.4). `iv` is final: the parser has applied the media sequence rule."""

    method: str
    uri: str
    iv: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSection:
    """What a decoder needs before the first segment (RFC 8216 4.3.2.5)."""

    uri: str
    byte_range: ByteRange | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The unit of download, of resume and of proof. `duration_s` is None where the source does not say."""

    index: int
    uri: str
    duration_s: float | None = None
    byte_range: ByteRange | None = None
    key: Key | None = None
    init: InitSection | None = None
    discontinuity: bool = False
    """What came before has other timestamps or other parameters (RFC 8216 4.3.2.3); a new period of DASH too."""
    shift_s: float | None = None
    """What to add to the timestamps inside to get the time of presentation (DASH: the period's start less its
    presentationTimeOffset). None where the timestamps themselves are the timeline, as in HLS."""
    gap: bool = False
    """The manifest itself says that there is nothing to fetch here (EXT-X-GAP)."""


class TrackKind(StrEnum):
    """What a track carries; MUXED is picture and sound in one."""

    MUXED = "muxed"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class Container(StrEnum):
    """How the bytes of a track are wrapped, which decides how they are checked and joined."""

    MPEG_TS = "mpegts"
    FMP4 = "fmp4"
    PACKED_AUDIO = "packed_audio"
    """Frames of AAC, MP3, AC-3 or E-AC-3 with an ID3 tag before them that says when they play (RFC 8216 3.4)."""
    WEBVTT = "webvtt"
    """Subtitles as text; those inside boxes are FMP4."""
    TTML = "ttml"
    """Subtitles as XML; those inside boxes are FMP4."""
    FILE = "file"
    """One whole file cut into byte ranges: only the joined ranges have a structure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A sequence of segments that play after one another."""

    kind: TrackKind
    container: Container
    segments: tuple[Segment, ...]
    language: str | None = None
    """A language tag (RFC 5646) as the manifest has it."""
    name: str | None = None
    """What the manifest calls it, for people."""
    default: bool = False
    """Whether it is to be played unless the viewer chooses otherwise."""
    forced: bool = False
    """Of subtitles: only what is to be read even by those who understand the sound."""
    codecs: str | None = None
    bandwidth_bps: int | None = None
    average_bandwidth_bps: int | None = None
    """Of the whole track, where the manifest tells it beside its highest."""
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    channels: int | None = None
    size_bytes: int | None = None
    validator: str | None = None
    """For If-Range (RFC 9110 13.1.5): a strong ETag or a Last-Modified date of a whole file."""

    rounded: bool = False
    """Whether the manifest has whole numbers for durations, which may be rounded (RFC 8216 4.3.2.1)."""
    live_from: int | None = None
    """Of a track that is still being made: the media sequence number of its first segment, which tells one recording
    from another while segments are added."""

    @property
    def duration_s(self) -> float | None:
        """Sum of the segments' durations, None when one is unknown."""
        durations = [segment.duration_s for segment in self.segments if segment.duration_s is not None]
        return sum(durations) if len(durations) == len(self.segments) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Everything that belongs to one episode's file: the tracks that were chosen, whatever the manifest's format."""

    url: str
    tracks: tuple[Track, ...]
    version: str | None = None
    """Its language as its source is labelled: what has another label is another media, however it is cut."""

    @property
    def segment_count(self) -> int:
        """Number of segments over all tracks."""
        return sum(len(track.segments) for track in self.tracks)

    @property
    def duration_s(self) -> float | None:
        """Duration of the longest track, None when none is known."""
        durations = [track.duration_s for track in self.tracks if track.duration_s is not None]
        return max(durations, default=None)
