"""A finished Matroska file as a player in a page can take it: cut at key frames by a child ffmpeg, a part at a time.

Nothing is decoded, nothing is kept: each part is made when it is asked for, and forgotten when it is sent.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import MuxError, NotWatchableError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.watch.playlists import Part, Rendition
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.formats.matroska_index import MatroskaIndex, TrackEntry

_SHORTEST_PART_S: Final = 6.0
_LONGEST_CUT_S: Final = 60.0
_LARGEST_PART_BYTES: Final = 256 << 20
_START_S: Final = 10
"""Added to all times: the first packets may have times below zero, which fragments cannot have."""
_A_HAIR_S: Final = 0.0005
"""What is looked for is the key frame at or before a time, and times are rounded. Where pictures are not stored in the
order in which they are shown, ffmpeg looks a little earlier and may begin with the key frame before it: players put the
same over the same."""
_TEXT_PREFIX: Final = "S_TEXT/"
_TIMES_OF_TEXT: Final = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{_START_S * 90_000},LOCAL:00:00:00.000\n".encode()
"""Subtitles keep their times; this says what they are beside those of the picture (RFC 8216 3.5)."""
_INIT: Final = "init0.mp4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Where a file is cut, in seconds, and which of its streams make each rendition, as ffmpeg names them."""

    bounds_s: tuple[float, ...]
    renditions: tuple[Rendition, ...]
    streams: tuple[tuple[str, ...], ...]


def cuts_of(index: MatroskaIndex) -> Cuts:
    """Return how a file is offered: picture and sound in one where there is one sound, apart where there are several.

    Raises:
        NotWatchableError: it has neither picture nor sound.
    """
    bounds = _bounds(index)
    kinds = [track.kind for track in index.tracks]
    sounds = [track for track in index.tracks if track.kind == "audio"]
    texts = [track for track in index.tracks if track.kind == "subtitle"]
    has_picture = "video" in kinds
    if not has_picture and not sounds:
        raise NotWatchableError(reason="no_streams")
    found: list[tuple[TrackKind, TrackEntry | None, tuple[str, ...]]] = []
    if has_picture:
        together = len(sounds) == 1
        found.append((TrackKind.MUXED if together else TrackKind.VIDEO, None, ("V:0", "a:0") if together else ("V:0",)))
    if not has_picture or len(sounds) > 1:
        found += [(TrackKind.AUDIO, track, (f"a:{order}",)) for order, track in enumerate(sounds)]
    found += [
        (TrackKind.TEXT, track, (f"s:{order}",))
        for order, track in enumerate(texts)
        if track.codec.startswith(_TEXT_PREFIX)
    ]
    return Cuts(
        bounds_s=bounds,
        renditions=tuple(
            _rendition(number, kind, track, bounds, index.duration_s) for number, (kind, track, _) in enumerate(found)
        ),
        streams=tuple(streams for _, _, streams in found),
    )


def _bounds(index: MatroskaIndex) -> tuple[float, ...]:
    """Return the times between the parts: the first key frame after at least six seconds each time."""
    bounds = [0.0]
    for time_s in index.key_times_s:
        if time_s - bounds[-1] >= _SHORTEST_PART_S and time_s < index.duration_s:
            bounds.append(time_s)
    return (*bounds, index.duration_s)


def _rendition(
    number: int, kind: TrackKind, track: TrackEntry | None, bounds_s: Sequence[float], whole_s: float
) -> Rendition:
    parts = [
        Part(name=f"{order}.m4s", duration_s=stop - start, init=_INIT)
        for order, (start, stop) in enumerate(pairwise(bounds_s))
    ]
    return Rendition(
        number=number,
        kind=kind,
        parts=(Part(name="0.vtt", duration_s=whole_s),) if kind is TrackKind.TEXT else tuple(parts),
        language=track.language if track else None,
        name=track.name if track else None,
        default=bool(track and track.default),
    )


async def cut_part(ffmpeg: Ffmpeg, path: Path, cuts: Cuts, number: int, index: int) -> bytes:
    """Return a part of a rendition (negative: its init section; of subtitles, all of their text as WebVTT).

    Raises:
        NotWatchableError: ffmpeg cannot make that of the file.
        StorageError: the file cannot be read, or there is no space for a part.
    """
    text = cuts.renditions[number].kind is TrackKind.TEXT
    maps = [argument for stream in cuts.streams[number] for argument in ("-map", f"0:{stream}")]
    if text:
        wanted = ["-i", str(path), *maps, "-c:s", "webvtt", "-f", "webvtt"]
    else:
        start, stop = cuts.bounds_s[max(index, 0)], cuts.bounds_s[max(index, 0) + 1]
        wanted = [*_span(path, start, None if stop == cuts.bounds_s[-1] else stop), *maps, *_FRAGMENTS]
    try:
        data = await _made(ffmpeg, path, wanted)
    except MuxError as error:
        raise NotWatchableError(reason="codec") from error
    if text:
        return data.replace(b"WEBVTT\n", _TIMES_OF_TEXT, 1)
    init, fragments = split_init(data)
    return init if index < 0 else fragments


_FRAGMENTS: Final = (
    *("-c", "copy", "-avoid_negative_ts", "disabled", "-output_ts_offset", str(_START_S), "-use_editlist", "0"),
    *("-movflags", "+empty_moov+default_base_moof+frag_discont+frag_keyframe", "-f", "mp4"),
)


def _span(path: Path, start_s: float, stop_s: float | None) -> list[str]:
    begin = ["-ss", f"{start_s + _A_HAIR_S:.4f}"] if start_s else []
    return [*begin, "-i", str(path), *([] if stop_s is None else ["-to", f"{stop_s:.4f}"]), "-copyts"]


async def _made(ffmpeg: Ffmpeg, path: Path, wanted: Sequence[str]) -> bytes:
    folder = await in_thread(partial(tempfile.TemporaryDirectory, prefix="aniworld-dl-watch-"))
    try:
        part = Path(folder.name) / "part"
        only_files = ("-protocol_whitelist", "file,pipe")
        await run_ffmpeg(
            ffmpeg.reading(path),
            ["-v", "error", *only_files, *wanted, part.name],
            timeout_s=_LONGEST_CUT_S,
            cwd=part.parent,
        )
        return await in_thread(_content, part)
    finally:
        await in_thread(folder.cleanup)


def _content(part: Path) -> bytes:
    with storage_errors(part):
        if part.stat().st_size > _LARGEST_PART_BYTES:
            raise NotWatchableError(reason="no_index")
        return part.read_bytes()


def split_init(data: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the first fragment of an MP4 stream, and its fragments without their index."""
    position, first = 0, None
    while position + 8 <= len(data):
        size, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        if first is None and kind == b"moof":
            first = position
        if size < 8 or kind == b"mfra":  # noqa: PLR2004 - a box's header has 8 bytes
            break
        position += size
    return (data[:position], b"") if first is None else (data[:first], data[first:position])
