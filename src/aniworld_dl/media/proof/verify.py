"""The proof that comes before `completed`: every segment is accounted for, and the file plays all of the timeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.formats.matroska import read_matroska
from aniworld_dl.media.formats.packets import PacketList
from aniworld_dl.media.mux.inputs import file_arguments
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA, SourceInfo, probe_source
from aniworld_dl.media.proof.continuity import holes, stored_s
from aniworld_dl.media.proof.coverage import Fault, ends_fault, file_fault, holds_less, timeline_fault
from aniworld_dl.media.proof.seal import NO_SUMS
from aniworld_dl.media.source.sniff import Kind, kind_of
from aniworld_dl.media.timeline import Timeline, clock_ranges, whole_seconds
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.formats.matroska_growing import GrowingMatroska
    from aniworld_dl.media.formats.packets import StreamPackets
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media

_SHORTEST_LIMIT_S: Final = 300.0
_SLOWEST_BYTES_PER_S: Final = 1 << 20

_FROM_A_DECODER: Final = re.compile(r"\[(h264|hevc|av1|vp[89]|mpeg\w*|aac\w*|ac3|eac3|mp3\w*|opus|vorbis|flac)\b")
"""ffmpeg decodes a little of each stream to describe it; what a decoder says there is about the codec, not the file."""


_SHOWN: Final = frozenset({"video", "audio"})
_KINDS: Final = {
    TrackKind.MUXED: ("video", "audio"),
    TrackKind.VIDEO: ("video",),
    TrackKind.AUDIO: ("audio",),
    TrackKind.TEXT: (),
}


class _Result(NamedTuple):
    """The streams of a finished file: the kinds of all, and those that have packets."""

    kinds: tuple[str, ...]
    streams: list[StreamPackets]
    cuts: tuple[tuple[int, float], ...] = ((0, 0.0),)
    """Where parts of the file begin that can be read apart, and when they begin to play."""
    duration_s: float | None = None
    """What the file says of itself, where that was read."""
    sums: Mapping[int, tuple[int, int]] = NO_SUMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found to be true of a finished file."""

    duration_s: float
    size_bytes: int
    segments: int
    streams: tuple[StreamPackets, ...]
    cuts: tuple[tuple[int, float], ...]
    """Where parts of the file begin that can be read apart, and when they begin to play."""
    sums: Mapping[int, tuple[int, int]]
    """Of some of these parts, by where they begin: where they end, and their CRC-32."""


async def verify(
    ffmpeg: Ffmpeg,
    path: Path,
    media: Media,
    work: WorkFolder,
    followed: GrowingMatroska | None = None,
    *,
    texts: bool = True,
) -> Proof:
    """Prove that `path` holds all of `media`: by the ledger, by the timestamps in it, by every packet of the file.

    Segments that hold less than they should, or in whose time the file presents nothing, are taken out of the ledger,
    so that the next run fetches them again. Who has followed the file while it was written spares a second reading.
    Without `texts` it need not hold the subtitles.

    Raises:
        IncompleteError: something is missing; names the time ranges when they can be told.
        MuxError: a plain file's own header cannot be read.
        StorageError: it is not there.
    """
    _check_ledger(media, work)
    await in_thread(_check_timestamps, media, work)
    size = await in_thread(_size, path)
    result = await _read_result(ffmpeg, path, size, followed)
    if texts:
        _check_texts(media, result.kinds)
    shown = [stream for stream in result.streams if stream.kind in _SHOWN]
    for number, own in enumerate(_shared_out(media, shown)):
        if media.tracks[number].container is Container.FILE and path == work.segment_path(number, 0):
            _check_kept(result, own)
        else:
            await _check_track(ffmpeg, work, number, own)
    if fault := ends_fault(shown, _longest_segment_s(media)):
        raise _incomplete(fault)
    return Proof(
        duration_s=max(stream.end_s for stream in shown) - min(stream.start_s for stream in shown),
        size_bytes=size,
        segments=media.segment_count,
        streams=tuple(result.streams),
        cuts=result.cuts,
        sums=result.sums,
    )


def _size(path: Path) -> int:
    with storage_errors(path):
        return path.stat().st_size


def _longest_segment_s(media: Media) -> float:
    return max((segment.duration_s or 0.0 for track in media.tracks for segment in track.segments), default=0.0)


def _check_ledger(media: Media, work: WorkFolder) -> None:
    for number, track in enumerate(media.tracks):
        stored = work.ledger.done(number)
        missing = [segment.index for segment in track.segments if segment.index not in stored]
        if missing:
            spans = Timeline(track).ranges(missing) if track.duration_s else []
            reason = f"{len(missing)} of {len(track.segments)} segments are not stored"
            raise _incomplete(Fault(reason=reason, spans=tuple(spans)))


def _check_timestamps(media: Media, work: WorkFolder) -> None:
    found = holes(media, work.ledger, final=True)
    for number in sorted({hole.track for hole in found}):
        work.ledger.forget(number, [hole.index for hole in found if hole.track == number])
    if found:
        spans = whole_seconds((hole.start_s, hole.end_s) for hole in found)
        reason = f"{len(found)} of {media.segment_count} segments hold less than they should by their timestamps"
        raise _incomplete(Fault(reason=reason, spans=tuple(spans)))


def _check_texts(media: Media, kinds: Sequence[str]) -> None:
    wanted = sum(track.kind is TrackKind.TEXT for track in media.tracks)
    if kinds.count("subtitle") < wanted:
        raise _incomplete(Fault(reason=f"it has {kinds.count('subtitle')} of {wanted} subtitles"))


async def _read_result(ffmpeg: Ffmpeg, path: Path, size: int, followed: GrowingMatroska | None) -> _Result:
    if await in_thread(kind_of, path) is Kind.MATROSKA:
        file = await (read_matroska(path) if followed is None else followed.result())
        if file.damages:
            ranges = whole_seconds((damage.start_s, damage.end_s) for damage in file.damages)
            raise _incomplete(Fault(reason=f"it cannot be read: {file.damages[0].reason}", spans=tuple(ranges)))
        return _Result(file.kinds, list(file.streams), ((0, 0.0), *file.clusters), file.duration_s, file.sums)
    packets = PacketList()
    complaints: list[str] = []
    # without the last option each packet's line would be a write of its own, and a wake-up here
    copy = ("-map", "0:V?", "-map", "0:a?", "-map", "0:s?", "-c", "copy", "-f", "framecrc", "-flush_packets", "0", "-")
    try:
        await run_ffmpeg(
            ffmpeg.reading(path),
            ["-v", "error", *READ_ONLY_MEDIA, "-i", f"file:{path}", *copy],
            timeout_s=_SHORTEST_LIMIT_S + size / _SLOWEST_BYTES_PER_S,
            on_line=packets.add_line,
            on_complaint=complaints.append,
        )
    except MuxError as error:
        raise IncompleteError(reason=f"it cannot be read: {error.params['reason']}", missing="") from error
    for line in complaints:
        if line.strip() and not _FROM_A_DECODER.match(line):
            raise IncompleteError(reason=f"it cannot be read without faults: {line}", missing="")
    return _Result(packets.kinds(), await in_thread(packets.streams))


def _shared_out(media: Media, streams: list[StreamPackets]) -> list[list[StreamPackets]]:
    """Return, for each track, the streams of the result that come from it; they keep the tracks' order.

    A muxed track may have any number of streams; the others have one.
    """
    waiting = {kind: [stream for stream in streams if stream.kind == kind] for kind in sorted(_SHOWN)}
    single = [kind for track in media.tracks if track.kind is not TrackKind.MUXED for kind in _KINDS[track.kind]]
    shares: list[list[StreamPackets]] = []
    for track in media.tracks:
        shares.append([])
        for kind in _KINDS[track.kind]:
            count = max(0, len(waiting[kind]) - single.count(kind)) if track.kind is TrackKind.MUXED else 1
            shares[-1] += waiting[kind][:count]
            del waiting[kind][:count]
            if track.kind is not TrackKind.MUXED:
                single.remove(kind)
    return shares


def _check_kept(result: _Result, streams: list[StreamPackets]) -> None:
    """Hold a plain file that becomes the result as it is against its own header."""
    if not streams:
        raise _incomplete(Fault(reason="there is neither picture nor sound"))
    own = SourceInfo(duration_s=result.duration_s, start_s=0.0, subtitle_codecs=())
    if fault := file_fault(own, streams):
        raise _incomplete(fault)


async def _check_track(ffmpeg: Ffmpeg, work: WorkFolder, number: int, streams: list[StreamPackets]) -> None:
    track = work.media.tracks[number]
    if track.kind is TrackKind.TEXT:
        return
    kinds = {stream.kind for stream in streams}
    if not kinds or (track.kind is not TrackKind.MUXED and not kinds.issuperset(_KINDS[track.kind])):
        raise _incomplete(Fault(reason=f"there is no stream for the {track.kind} track"))
    if track.container is Container.FILE:
        info = await probe_source(ffmpeg, file_arguments(track, number), cwd=work.path)
        fault = file_fault(info, streams)
    else:
        fault = timeline_fault(track, streams)
        if fault is not None and fault.doubtful and not holds_less(streams, stored_s(track, number, work.ledger)):
            fault = None
        if fault is not None:
            await in_thread(work.ledger.forget, number, Timeline(track).segments_in(fault.spans))
    if fault is not None:
        raise _incomplete(fault)


def _incomplete(fault: Fault) -> IncompleteError:
    return IncompleteError(reason=fault.reason, missing=clock_ranges(fault.spans))
