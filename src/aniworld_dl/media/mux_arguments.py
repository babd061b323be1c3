"""What ffmpeg is told about the streams it joins: which, under which language and title, and what they become."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.source_info import probe_source
from aniworld_dl.media.track_names import language_code, track_title
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import Media, Track

_TEXT_CODECS: Final = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})
_MKV_PICTURE_CODECS: Final = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"})
_MAPS: Final = {
    TrackKind.MUXED: ("V?", "a?"),  # V: pictures that move, not covers
    TrackKind.VIDEO: ("V:0",),
    TrackKind.AUDIO: ("a:0",),
    TrackKind.TEXT: ("s:0",),
}
_LETTERS: Final = {TrackKind.VIDEO: "v", TrackKind.AUDIO: "a", TrackKind.TEXT: "s"}


async def stream_arguments(
    ffmpeg: Ffmpeg, work: WorkFolder, inputs: Sequence[Sequence[str]], container: str
) -> list[str]:
    """Return which streams of each track's input are taken."""
    arguments = []
    for number, track in enumerate(work.media.tracks):
        for name in _MAPS[track.kind]:
            arguments += ["-map", f"{number}:{name}"]
        if track.container is Container.FILE:
            info = await probe_source(ffmpeg, inputs[number], cwd=work.path)
            kept = _TEXT_CODECS | (_MKV_PICTURE_CODECS if container == "mkv" else frozenset())
            for order, codec in enumerate(info.subtitle_codecs):
                arguments += ["-map", f"{number}:s:{order}"] if codec in kept else []
    return arguments


def output_arguments(media: Media, container: str) -> list[str]:
    """Return what becomes of the streams, and how the file is written."""
    # bitexact: the same segments give the same file, byte for byte
    arguments = ["-c", "copy", "-dn", "-fflags", "+bitexact"]
    arguments += ["-avoid_negative_ts", "make_zero"] if len(media.tracks) > 1 else []
    if container == "mp4":
        arguments += ["-c:s", "mov_text", "-movflags", "+faststart"]
    elif any(track.kind is TrackKind.TEXT for track in media.tracks):
        arguments += ["-c:s", "subrip"]  # players of all kinds show it
    if any(track.container is not Container.FILE for track in media.tracks):
        arguments += ["-map_metadata:g", "-1", "-metadata:s", "variant_bitrate="]
        arguments += _labels(media.tracks, container)
    # each cluster's CRC would cost a third of the work; the finished file is sealed as a whole
    return [*arguments, *(("-write_crc32", "0", "-f", "matroska") if container == "mkv" else ("-f", "mp4"))]


def _labels(tracks: Sequence[Track], container: str) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for track in tracks:
        # the sound inside a muxed track has the track's language, and all its streams are the first of their kind
        letters = ("a",) if track.kind is TrackKind.MUXED else (_LETTERS[track.kind],)
        for letter in letters:
            stream = f"s:{letter}:{seen[letter]}"
            seen[letter] += 1
            if code := language_code(track.language, bibliographic=container == "mkv"):
                yield from (f"-metadata:{stream}", f"language={code}")
            if title := track_title(track.name, track.language):
                yield from (f"-metadata:{stream}", f"title={title}")
            if letter != "v":
                yield from (f"-disposition:{stream[2:]}", _disposition(track, first=stream.endswith(":0")))


def _disposition(track: Track, *, first: bool) -> str:
    flags = []
    if track.default or (first and track.kind is not TrackKind.TEXT):
        flags.append("default")
    if track.forced:
        flags.append("forced")
    return "+".join(flags) or "0"
