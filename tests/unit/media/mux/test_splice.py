from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import IncompleteError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.splice import WRAP_US, Splice, sequence_starts
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Container, InitSection, TrackKind
from tests.media_builders import hls_track, media_of
from tests.stored_media import TARGET
from tests.unit.media.formats.test_init_parameters import init_section

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from aniworld_dl.model import Track

S: Final = 1_000_000
Spans = tuple[tuple[str, int, int], ...]
"""Kind, first and last microsecond of each stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    splice: Splice
    feed: Feed
    tracks: Sequence[Track]

    async def shifts_us(self, track: int = 0) -> list[int]:
        """Return what is added to each segment of a track."""
        return [await self.splice.shift_us(track, segment) for segment in self.tracks[track].segments]


def span(kind: str, start_us: int, end_us: int, *, stream: int = 1) -> StreamSpan:
    return StreamSpan(stream=stream, kind=kind, start_us=start_us, end_us=end_us)


def track_of(count: int, *jumps: int, container: Container = Container.MPEG_TS, **changes: object) -> Track:
    """Return a track with a discontinuity before each of these segments."""
    track = hls_track(count, container=container, **changes)
    segments = tuple(replace(segment, discontinuity=segment.index in jumps) for segment in track.segments)
    return replace(track, segments=segments)


@asynccontextmanager
async def stage_of(folder: Path, *stored: tuple[Track, Sequence[Spans]], init: bytes = b"") -> AsyncIterator[Stage]:
    """Open a work folder whose ledger has these spans of the first segments of each track."""
    tracks = [track for track, _ in stored]
    async with open_work(folder, TARGET, media_of(*tracks)) as work:
        for number, (_, segments) in enumerate(stored):
            for index, spans in enumerate(segments):
                entry = Entry(size_bytes=1, crc32=1, spans=tuple(span(*fields) for fields in spans))
                await in_thread(work.ledger.add, number, index, entry)
            if init:
                for index in (-1, -2):
                    await in_thread(work.segment_path(number, index).write_bytes, init)
                    await in_thread(work.ledger.add, number, index, Entry(size_bytes=1, crc32=1))
        feed = Feed(work)
        yield Stage(splice=Splice(work, feed), feed=feed, tracks=tracks)


def test_a_sequence_begins_at_each_discontinuity() -> None:
    assert sequence_starts(track_of(5, 2, 4).segments) == [0, 2, 4]
    assert sequence_starts(track_of(3, 0).segments) == [0]


@pytest.mark.parametrize(
    ("begin_us", "shift_us"),
    [
        (0, 10 * S),
        (1000 * S, -990 * S),
        (10 * S, 0),
        (10 * S + 100_000, 0),
        (10 * S - 10_000, 0),
        (10 * S + 100_001, -100_001),
        (10 * S - 10_001, 10_001),
    ],
    ids=["again", "forward", "on", "after a breath", "as good as on", "after a pause", "too early"],
)
async def test_a_sequence_begins_where_the_one_before_ends(tmp_path: Path, begin_us: int, shift_us: int) -> None:
    spans = [(("video", 0, 10 * S),), (("video", begin_us, begin_us + 5 * S),)]
    async with stage_of(tmp_path, (track_of(2, 1), spans)) as stage:
        assert await stage.shifts_us() == [0, shift_us]


async def test_after_a_foreign_sequence_the_first_goes_on(tmp_path: Path) -> None:
    """As after advertisements: its own timestamps went on meanwhile."""
    spans = [(("video", 0, 10 * S),), (("video", 0, 3 * S),), (("video", 10 * S, 20 * S),)]
    async with stage_of(tmp_path, (track_of(3, 1, 2), spans)) as stage:
        assert await stage.shifts_us() == [0, 10 * S, 3 * S]


async def test_the_longest_stream_decides_and_what_is_no_stream_does_not(tmp_path: Path) -> None:
    first = (("video", 0, 10 * S), ("audio", 0, 10 * S + 300_000), ("other", 0, 900 * S))
    second = (("video", 0, 5 * S), ("audio", 200_000, 5 * S), ("other", 0, 5 * S))
    async with stage_of(tmp_path, (track_of(2, 1), [first, second])) as stage:
        assert await stage.shifts_us() == [0, 10 * S + 100_000]


async def test_all_tracks_are_moved_by_the_same_amount(tmp_path: Path) -> None:
    """Sound keeps its place beside the picture, also where its segments are cut elsewhere; subtitles come along."""
    video = (track_of(2, 1, kind=TrackKind.VIDEO), [(("video", 0, 10 * S),), (("video", 50 * S, 60 * S),)])
    sounds = [(("audio", 0, 5 * S),), (("audio", 5 * S, 10 * S + 250_000),), (("audio", 50 * S, 60 * S),)]
    audio = (track_of(3, 2, kind=TrackKind.AUDIO), sounds)
    text = (track_of(4, 1, kind=TrackKind.TEXT, container=Container.WEBVTT), [()])
    async with stage_of(tmp_path, video, audio, text) as stage:
        expected = 10 * S + 250_000 - 50 * S
        assert await stage.shifts_us(0) == [0, expected]
        assert await stage.shifts_us(1) == [0, 0, expected]
        assert await stage.shifts_us(2) == [0, expected, expected, expected]


async def test_a_track_with_fewer_sequences_is_not_asked(tmp_path: Path) -> None:
    audio = (track_of(1, kind=TrackKind.AUDIO), [(("audio", 0, 20 * S),)])
    async with stage_of(tmp_path, (track_of(2, 1), [(("video", 0, 9 * S),), (("video", 0, S),)]), audio) as stage:
        assert await stage.shifts_us(0) == [0, 9 * S]


async def test_segments_that_say_nothing_stay(tmp_path: Path) -> None:
    async with stage_of(tmp_path, (track_of(2, 1), [(), ()])) as stage:
        assert await stage.shifts_us() == [0, 0]
        assert await stage.splice.origin_us() == 0


# ------------------------------------------------------------------------------------------------ where timestamps wrap


async def test_a_sequence_that_goes_on_over_the_wrap_stays(tmp_path: Path) -> None:
    end_us = WRAP_US + 500_000
    spans = [(("video", end_us - 200 * S, end_us),), (("video", 500_000, 9 * S),)]
    async with stage_of(tmp_path, (track_of(2, 1), spans)) as stage:
        assert await stage.shifts_us() == [0, 0]


async def test_a_timeline_that_is_about_to_wrap_begins_behind_that(tmp_path: Path) -> None:
    """Else ffmpeg takes the one input for negative, the other for late."""
    late_us = WRAP_US - 60 * S
    video = (track_of(2, 1, kind=TrackKind.VIDEO), [(("video", late_us, WRAP_US + S),), (("video", 0, S),)])
    audio = (track_of(2, 1, kind=TrackKind.AUDIO), [(("audio", late_us - S, WRAP_US),), (("audio", 0, S),)])
    async with stage_of(tmp_path, video, audio) as stage:
        first, second = await stage.shifts_us()
        assert first == 120 * S - WRAP_US
        assert second - first == S
        assert await stage.splice.origin_us() == 59 * S


async def test_boxes_beside_mpegts_are_moved_by_what_they_need(tmp_path: Path) -> None:
    """Their times do not wrap: of the amounts that are the same for MPEG-TS theirs is taken."""
    video = (track_of(2, 1, kind=TrackKind.VIDEO), [(("video", 0, 20 * 3600 * S),), (("video", 0, S),)])
    spans = [(("audio", 0, 20 * 3600 * S - 2),), (("audio", 0, S),)]
    audio = (track_of(2, 1, kind=TrackKind.AUDIO, container=Container.FMP4), spans)
    async with stage_of(tmp_path, video, audio) as stage:
        assert await stage.shifts_us() == [0, 20 * 3600 * S]


# --------------------------------------------------------------------------------------------------------- edit lists


async def test_edit_lists_are_part_of_when_a_fragment_plays(tmp_path: Path) -> None:
    """The first init section begins at its 1.5 s; the others are read with one that begins at its 0."""
    track = track_of(3, 1, 2, container=Container.FMP4)
    names = ("first", "second", "second")
    segments = tuple(
        replace(segment, init=InitSection(uri=name)) for segment, name in zip(track.segments, names, strict=True)
    )
    spans = [(("video", 0, 10 * S),), (("video", 0, 5 * S),), (("video", 0, S),)]
    async with stage_of(tmp_path, (replace(track, segments=segments), spans), init=init_section()) as stage:
        first = await in_thread(tmp_path.rglob, "init0.mp4")
        await in_thread(next(iter(first)).write_bytes, init_section(edits=((1000, 1500),)))
        assert await stage.shifts_us() == [0, 8_500_000, 13_500_000]


# --------------------------------------------------------------------------------------------------------------- DASH


async def test_periods_are_moved_as_the_manifest_says(tmp_path: Path) -> None:
    """From 10 s on, since the sound may begin before its period; nothing is waited for."""
    track = track_of(3, 1, 2, container=Container.FMP4)
    shifts_s = (0.0, 12.5, 20 - 1_700_000_000.1)
    segments = tuple(
        replace(segment, shift_s=shift_s) for segment, shift_s in zip(track.segments, shifts_s, strict=True)
    )
    async with stage_of(tmp_path, (replace(track, segments=segments), [])) as stage:
        assert await stage.shifts_us() == [10 * S, 22_500_000, 30 * S - 1_700_000_000_100_000]
        assert await stage.splice.origin_us() == 10 * S


async def test_periods_that_need_no_moving_are_not_moved(tmp_path: Path) -> None:
    track = track_of(2, 1)
    segments = tuple(replace(segment, shift_s=0.0) for segment in track.segments)
    async with stage_of(tmp_path, (replace(track, segments=segments), [])) as stage:
        assert await stage.shifts_us() == [0, 0]
        assert await stage.splice.origin_us() == 0


# ------------------------------------------------------------------------------------------------------------ waiting


async def test_it_waits_for_the_segments_on_both_sides(tmp_path: Path) -> None:
    async with stage_of(tmp_path, (track_of(3, 2), [(("video", S, 2 * S),)])) as stage:
        assert await stage.splice.shift_us(0, stage.tracks[0].segments[1]) == 0
        assert await stage.splice.origin_us() == S
        waiting = asyncio.create_task(stage.shifts_us())
        await asyncio.sleep(0)
        assert not waiting.done()
        stage.feed.complete()
        with pytest.raises(IncompleteError, match="segment 1 of track 0 is not stored"):
            await waiting


# ------------------------------------------------------------------------------------------------------------- always

LENGTHS_US = st.integers(3 * S, 100 * S)
JITTERS_US = st.integers(0, 400_000)
SEQUENCES = st.lists(st.tuples(st.integers(0, WRAP_US - 1), LENGTHS_US, JITTERS_US, JITTERS_US), min_size=2, max_size=5)


@given(SEQUENCES, st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_stream_overlaps_itself_and_no_pause_is_longer_than_streams_differ(
    tmp_path: Path, sequences: list[tuple[int, int, int, int]], apart: bool
) -> None:
    """Sequences that begin anywhere, whose sound begins and ends somewhat later than the picture."""
    pictures = [("video", start_us, start_us + length_us) for start_us, length_us, _, _ in sequences]
    sounds = [("audio", start_us + later, start_us + length + end) for start_us, length, later, end in sequences]
    jumps = range(1, len(sequences))
    stored: list[tuple[Track, Sequence[Spans]]]
    if apart:
        stored = [
            (track_of(len(sequences), *jumps, kind=TrackKind.VIDEO), [(picture,) for picture in pictures]),
            (track_of(len(sequences), *jumps, kind=TrackKind.AUDIO), [(sound,) for sound in sounds]),
        ]
    else:
        stored = [(track_of(len(sequences), *jumps), [*zip(pictures, sounds, strict=True)])]
    async with stage_of(tmp_path, *stored) as stage:
        shifts_us = await stage.shifts_us()
    for number in jumps:
        gaps_us = []
        for spans in (pictures, sounds):
            end_us = spans[number - 1][2] + shifts_us[number - 1]
            gap_us = (spans[number][1] + shifts_us[number] - end_us + WRAP_US // 2) % WRAP_US - WRAP_US // 2
            gaps_us.append(gap_us)
        difference_us = max(sequences[number - 1][3], sequences[number][2])
        assert min(gaps_us) >= -10_000
        assert min(gaps_us) <= 100_000
        assert max(gaps_us) <= 100_000 + difference_us
