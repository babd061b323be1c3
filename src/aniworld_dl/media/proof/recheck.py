"""Checking a finished file, long after its segments are gone: by the checksums in it or, without them, by decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.formats.matroska import Damage, read_matroska
from aniworld_dl.media.formats.mp4_file import read_mp4
from aniworld_dl.media.formats.packets import common_gaps
from aniworld_dl.media.proof.decoding import decoding_damages
from aniworld_dl.media.proof.seal import damaged_blocks, read_seal
from aniworld_dl.media.timeline import joined_spans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.formats.matroska import MatroskaFile
    from aniworld_dl.media.formats.packets import Span
    from aniworld_dl.media.proof.seal import Block

SUFFIXES: Final = frozenset({".mkv", ".mp4"})
"""Of the files that can be checked."""

_GAP_S: Final = 0.5
_TAIL_S: Final = 1.0
"""A container's own duration is written by the same program as its packets: more than this is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in a file: nothing when it is whole. `decoded` says that it was decoded to be sure."""

    damages: tuple[Damage, ...]
    decoded: bool

    @property
    def ranges(self) -> list[Span]:
        """The times that cannot be trusted, in seconds, in order and joined where they touch."""
        return joined_spans((damage.start_s, damage.end_s) for damage in self.damages)


async def recheck(ffmpeg: Ffmpeg, path: Path, *, decode: bool = False) -> Report:
    """Check a file to its last byte. It is decoded when nothing in it tells damaged bytes from whole ones.

    Raises:
        StorageError: it cannot be read.
        FfmpegStoppedError: decoding took too long, or something killed it.
    """
    if path.suffix.lower() == ".mkv":
        seal = await in_thread(read_seal, path)
        file = await read_matroska(path, checksums=not seal)
        broken = await in_thread(_broken, path, seal, file.duration_s)
        damages = [*file.damages, *_silences(file), *broken]
        if not decode and (damages or seal or file.has_checksums):
            return Report(damages=tuple(damages), decoded=False)
        found, _ = await decoding_damages(ffmpeg, path)
        return Report(damages=(*damages, *found), decoded=True)
    if not decode and await in_thread(_is_sealed_and_whole, path):
        return Report(damages=(), decoded=False)
    fault, duration_s = await in_thread(read_mp4, path)
    found, end_s = await decoding_damages(ffmpeg, path)
    if fault is not None:
        found.insert(0, Damage(reason=fault, start_s=end_s, end_s=duration_s or end_s))
    elif duration_s is not None and end_s < duration_s - _TAIL_S:
        found.append(_short(end_s, duration_s))
    return Report(damages=tuple(found), decoded=True)


def _broken(path: Path, seal: Sequence[Block], duration_s: float | None) -> list[Damage]:
    """Return the blocks that are not what they were when the file was sealed, each until the next one begins."""
    next_s = [*(block.start_s for block in seal[1:]), duration_s or 0.0]
    ends = {block.start: end_s for block, end_s in zip(seal, next_s, strict=False)}
    return [
        Damage(
            reason=f"bytes {block.start} to {block.stop} are not what they were",
            start_s=block.start_s,
            end_s=max(block.start_s, ends[block.start]),
        )
        for block in damaged_blocks(path, seal)
    ]


def _is_sealed_and_whole(path: Path) -> bool:
    seal = read_seal(path)
    return bool(seal) and not damaged_blocks(path, seal)


def _silences(file: MatroskaFile) -> list[Damage]:
    """Find times in which a file presents neither picture nor sound, and an end that comes early."""
    shown = [stream for stream in file.streams if stream.kind in {"video", "audio"}]
    if file.damages:
        return []
    if not shown:
        return [Damage(reason="it has neither picture nor sound", start_s=0.0, end_s=file.duration_s or 0.0)]
    found = []
    if len({stream.kind for stream in shown}) > 1:  # a picture alone may stand still
        gaps = [(start, end) for start, end in common_gaps(shown) if end - start > _GAP_S]
        found = [Damage(reason="nothing is presented for a time", start_s=start, end_s=end) for start, end in gaps]
    end_s = max(stream.end_s for stream in file.streams)
    if file.duration_s is not None and end_s < file.duration_s - _TAIL_S:
        found.append(_short(end_s, file.duration_s))
    return found


def _short(end_s: float, duration_s: float) -> Damage:
    reason = f"it plays {end_s:.1f} s of the {duration_s:.1f} s that it announces"
    return Damage(reason=reason, start_s=end_s, end_s=duration_s)
