"""Subtitles beside a finished file, named as media servers want them: `Name.de.srt`, `Name.de.forced.srt`.

https://jellyfin.org/docs/general/server/media/external-files, and alike in Plex and Kodi.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.languages import language_tag
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA
from aniworld_dl.media.proof.seal import seal
from aniworld_dl.media.proof.verify import verify
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Media

_SHORTEST_LIMIT_S: Final = 300.0
_SLOWEST_BYTES_PER_S: Final = 1 << 20
_STREAM: Final = re.compile(r"Stream #0:\d+(?:\[\w+\])?(?:\((\w+)\))?: Subtitle: (\w+)(.*)")
_TEXTS: Final = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})
_FOR_THE_DEAF: Final = re.compile(r"\b(sdh|cc|hearing impaired|hörgeschädigt\w*|gehörlos\w*)\b", re.IGNORECASE)
_NO_LANGUAGE: Final = frozenset({"und", "mis", "zxx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A subtitle stream of a file. `order` counts those of subtitles alone."""

    order: int
    language: str | None = None
    is_forced: bool = False
    is_for_the_deaf: bool = False

    @property
    def ending(self) -> str:
        """What follows the name of the file: `.de.forced`, without the suffix."""
        flags = (("forced", self.is_forced), ("sdh", self.is_for_the_deaf))
        parts = [self.language or "", *(name for name, is_set in flags if is_set)]
        return "".join(f".{part}" for part in parts if part)


async def subtitles_beside(ffmpeg: Ffmpeg, part: Path, media: Media) -> Mapping[str, bytes]:
    """Return the subtitles of a finished file as SubRip, by what follows the file's name; those that are texts.

    Raises:
        MuxError: ffmpeg cannot read the file.
        StorageError: a file cannot be written, or ffmpeg hangs.
    """
    lines: list[str] = []
    nothing = ("-map", "0:V?", "-c", "copy", "-t", "0", "-f", "null", "-")
    source = [*READ_ONLY_MEDIA, "-i", part.name]
    await run_ffmpeg(
        ffmpeg,
        ["-v", "info", *source, *nothing],
        timeout_s=_SHORTEST_LIMIT_S,
        cwd=part.parent,
        on_complaint=lines.append,
    )
    streams = list(_with_tracks(_streams(lines), media))
    if not streams:
        return {}
    outputs = {stream.order: part.with_name(f"beside-{stream.order}.part.srt") for stream in streams}
    wanted = [word for order, out in outputs.items() for word in ("-map", f"0:s:{order}", "-f", "srt", out.name)]
    await run_ffmpeg(ffmpeg, ["-y", "-v", "warning", *source, *wanted], timeout_s=_limit_s(part), cwd=part.parent)
    return await in_thread(_read, streams, outputs)


async def without_subtitles(ffmpeg: Ffmpeg, part: Path, work: WorkFolder) -> Path:
    """Return a proven and sealed copy of a finished file that has no subtitles inside.

    A plain file that was kept as it is stays so, and what has no subtitles too.

    Raises:
        MediaError: the copy is not what the file was.
        StorageError: it cannot be written, or ffmpeg hangs.
    """
    if not any(track.kind is TrackKind.TEXT for track in work.media.tracks):
        return part
    result = part.with_name(f"bare.part{part.suffix}")
    options = ["-map", "0", "-map", "-0:s", "-c", "copy", "-fflags", "+bitexact"]
    kind = (
        ["-movflags", "+faststart", "-f", "mp4"] if part.suffix == ".mp4" else ["-write_crc32", "0", "-f", "matroska"]
    )
    await run_ffmpeg(
        ffmpeg,
        ["-y", "-v", "warning", *READ_ONLY_MEDIA, "-i", part.name, *options, *kind, result.name],
        timeout_s=_limit_s(part),
        cwd=part.parent,
    )
    proof = await verify(ffmpeg, result, work.media, work, texts=False)
    await in_thread(seal, result, proof.cuts, proof.sums)
    return result


def _limit_s(part: Path) -> float:
    return _SHORTEST_LIMIT_S + part.stat().st_size / _SLOWEST_BYTES_PER_S


def _streams(lines: Sequence[str]) -> list[Stream | None]:
    """Read ffmpeg's description of its input; None stands for subtitles that are pictures."""
    header = lines[: next((place for place, line in enumerate(lines) if "Output #" in line), len(lines))]
    found: list[Stream | None] = []
    for line in header:
        if match := _STREAM.search(line):
            known = None if match[1] in _NO_LANGUAGE else language_tag(match[1])
            stream = Stream(
                order=len(found),
                language=known,
                is_forced="(forced)" in match[3],
                is_for_the_deaf="(hearing impaired)" in match[3],
            )
            found.append(stream if match[2] in _TEXTS else None)
    return found


def _with_tracks(streams: Sequence[Stream | None], media: Media) -> Iterator[Stream]:
    """Take from the manifest what a container's codes do not say: `pt-BR`, and for whom they are."""
    texts = [track for track in media.tracks if track.kind is TrackKind.TEXT]
    told = len(texts) == len(streams) and all(track.container is not Container.FILE for track in texts)
    for stream in streams:
        if stream is None:
            continue
        track = texts[stream.order] if told else None
        if track is None:
            yield stream
        else:
            yield Stream(
                order=stream.order,
                language=language_tag(track.language) or stream.language,
                is_forced=track.forced or stream.is_forced,
                is_for_the_deaf=bool(_FOR_THE_DEAF.search(track.name or "")) or stream.is_for_the_deaf,
            )


def _read(streams: Sequence[Stream], outputs: Mapping[int, Path]) -> dict[str, bytes]:
    counts: Counter[str] = Counter()
    found: dict[str, bytes] = {}
    for stream in streams:
        path = outputs[stream.order]
        with storage_errors(path):
            body = path.read_bytes()
        counts[stream.ending] += 1
        number = f".{counts[stream.ending]}" if counts[stream.ending] > 1 else ""
        if body.strip():
            found[f"{number}{stream.ending}.srt"] = body
    return found
