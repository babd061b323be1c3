"""What ffmpeg is told about the streams it joins: which, under which language and title, and what they become."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.choice.track_names import language_code, track_title
from aniworld_dl.media.mux.source_info import probe_source
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media, Track

_TEXT_CODECS: Final = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})
_MKV_PICTURE_CODECS: Final = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"})
_MP4_TEXT: Final = "mov_text"
"""The one kind of text that MP4 holds, and that Matroska does not."""
_MKV_TEXT: Final = "subrip"
"""Players of all kinds show it."""
_MAPS: Final = {
    TrackKind.MUXED: ("V?", "a?"),  # V: pictures that move, not covers
    TrackKind.VIDEO: ("V:0",),
    TrackKind.AUDIO: ("a:0",),
    TrackKind.TEXT: ("s:0",),
}
_LETTERS: Final = {TrackKind.MUXED: "a", TrackKind.VIDEO: "v", TrackKind.AUDIO: "a", TrackKind.TEXT: "s"}
"""The kind of stream that has a track's language and title. Of several sounds inside one track it is the first."""


async def stream_arguments(
    ffmpeg: Ffmpeg, work: WorkFolder, feed: Feed, inputs: Sequence[Sequence[str]], container: str
) -> list[str]:
    """Return which streams of each track's input are taken, and what they become; `inputs` are their arguments.

    Raises:
        MuxError: a plain file cannot be read.
        IncompleteError: a first segment is not stored, and nothing more will be.
    """
    tracks = work.media.tracks
    chosen = {_LETTERS[track.kind] for track in tracks if track.default}
    counts: Counter[str] = Counter()
    maps: list[str] = []
    options = ["-c", "copy"]
    for number, track in enumerate(tracks):
        letter = _LETTERS[track.kind]
        order, counts[letter] = counts[letter], counts[letter] + await _streams(feed, number, track)
        maps += [argument for name in _MAPS[track.kind] for argument in ("-map", f"{number}:{name}")]
        options += _labels(track, f"{letter}:{order}", container)
        if track.container is Container.FILE:
            info = await probe_source(ffmpeg, inputs[number], cwd=work.path)
            for place in [place for place, codec in enumerate(info.subtitle_codecs) if _is_kept(codec, container)]:
                maps += ["-map", f"{number}:s:{place}"]
                options += _conversion(info.subtitle_codecs[place], counts["s"], container)
                counts["s"] += 1
        elif letter != "v":
            is_default = track.default or (letter == "a" and letter not in chosen and not order)
            options += [f"-disposition:{letter}:{order}", _disposition(track, default=is_default)]
            options += _conversion("webvtt", order, container) if letter == "s" else []
    return [*maps, *options]


def output_arguments(media: Media, container: str) -> list[str]:
    """Return how the file is written."""
    # bitexact: the same segments give the same file, byte for byte
    arguments = ["-dn", "-fflags", "+bitexact"]
    arguments += ["-avoid_negative_ts", "make_zero"] if len(media.tracks) > 1 else []
    if any(track.container is not Container.FILE for track in media.tracks):
        arguments += ["-map_metadata:g", "-1"]
    if container == "mp4":
        return [*arguments, "-movflags", "+faststart", "-f", "mp4"]
    # each cluster's CRC would cost a third of the work; the finished file is sealed as a whole
    return [*arguments, "-write_crc32", "0", "-f", "matroska"]


def _is_kept(codec: str, container: str) -> bool:
    return codec in _TEXT_CODECS or (container == "mkv" and codec in _MKV_PICTURE_CODECS)


def _conversion(codec: str, order: int, container: str) -> list[str]:
    """Return what makes the text of an output stream one that the container holds."""
    if container == "mp4":
        return [f"-c:s:{order}", _MP4_TEXT]
    return [f"-c:s:{order}", _MKV_TEXT] if codec in {"webvtt", _MP4_TEXT} else []


async def _streams(feed: Feed, number: int, track: Track) -> int:
    """Return how many streams of its letter a track brings; a muxed one says so in its first segment."""
    if track.kind is not TrackKind.MUXED:
        return 1
    entry = await feed.entry(number, 0)
    return max(sum(span.kind == "audio" for span in entry.spans), 1)


def _labels(track: Track, stream: str, container: str) -> Iterator[str]:
    if code := language_code(track.language, bibliographic=container == "mkv"):
        yield from (f"-metadata:s:{stream}", f"language={code}")
    if title := track_title(track.name, track.language):
        yield from (f"-metadata:s:{stream}", f"title={title}")


def _disposition(track: Track, *, default: bool) -> str:
    return "+".join(name for name, is_set in (("default", default), ("forced", track.forced)) if is_set) or "0"
