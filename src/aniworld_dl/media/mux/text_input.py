"""A subtitle track as one file for ffmpeg, on the timeline of the picture and sound that are fed to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.mux.splice import sequence_starts
from aniworld_dl.media.store.layout import init_index, init_sections
from aniworld_dl.media.text.subtitles import merge_cues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.mux.splice import Splice
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Segment

_MICROSECONDS: Final = 1_000_000


async def text_input(work: WorkFolder, feed: Feed, splice: Splice, number: int, *, one_at_a_time: bool) -> list[str]:
    """Write the cues of a track to a file in the work folder and return the arguments with which ffmpeg reads it.

    Waits until all of the track is stored, and for what the timeline depends on. `one_at_a_time` is for files that
    cannot show two cues together.

    Raises:
        IncompleteError: that is not stored, and nothing more will be.
        SegmentInvalidError: its text cannot be read.
        UnsupportedMediaError: it is of a kind that is not read.
        StorageError: the file cannot be written.
    """
    track = work.media.tracks[number]
    for index in [*(init_index(order) for order in range(len(init_sections(track)))), *range(len(track.segments))]:
        await feed.entry(number, index)
    origin_us = await splice.origin_us()
    shifts_us = [await splice.shift_us(number, track.segments[start]) for start in sequence_starts(track.segments)]

    def to_output(sequence: int, raw_s: float) -> float:
        return raw_s + (shifts_us[sequence] - origin_us) / _MICROSECONDS

    name = f"t{number}/all.part.vtt"
    await in_thread(partial(_write, work, number, name, to_output, one_at_a_time=one_at_a_time))
    return ["-itsoffset", f"{origin_us}us", "-protocol_whitelist", "file", "-f", "webvtt", "-i", name]


def _write(
    work: WorkFolder, number: int, name: str, to_output: Callable[[int, float], float], *, one_at_a_time: bool
) -> None:
    track = work.media.tracks[number]
    with storage_errors(work.path):
        inits = {
            init: work.segment_path(number, init_index(order)).read_bytes()
            for order, init in enumerate(init_sections(track))
        }
        text = merge_cues(track, _bodies(work, number), inits, to_output, one_at_a_time=one_at_a_time)
        (work.path / name).write_text(text, encoding="utf-8")


def _bodies(work: WorkFolder, number: int) -> Iterator[tuple[Segment, bytes]]:
    for segment in work.media.tracks[number].segments:
        yield segment, work.segment_path(number, segment.index).read_bytes()
