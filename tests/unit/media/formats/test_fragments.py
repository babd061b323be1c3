from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.boxes import TrackFacts
from aniworld_dl.media.formats.fragments import TrackFragment, tfdt_fields, track_fragments
from aniworld_dl.media.store.structure import StructureError
from tests.media_builders import box
from tests.movie_fragments import fragment, full, numbers, tfdt, traf, trun, usual_fragment

FACTS = {1: TrackFacts(kind="video", codec="avc1", timescale=1000, default_duration=40, default_size=5)}


def read(*trafs: bytes) -> list[TrackFragment]:
    return track_fragments(b"".join(trafs), FACTS)


def test_samples_say_how_long_they_last_and_how_far_they_reach() -> None:
    [found] = read(traf(tfdt(500), trun((10, 3), (20, 4), offset=100)))
    assert found == TrackFragment(track_id=1, start=500, duration=30, samples=2, reach_bytes=107)


@pytest.mark.parametrize(
    ("flags", "header", "duration", "reach"),
    [
        (0, b"", 3 * 40, 3 * 5),
        (0x08, numbers(7), 3 * 7, 3 * 5),
        (0x10, numbers(9), 3 * 40, 3 * 9),
        (0x02 | 0x08 | 0x10 | 0x20, numbers(1, 7, 9, 0), 3 * 7, 3 * 9),
        (0x01 | 0x08, (5000).to_bytes(8) + numbers(7), 3 * 7, None),
    ],
)
def test_what_samples_do_not_say_the_fragment_or_the_init_section_does(
    flags: int, header: bytes, duration: int, reach: int | None
) -> None:
    [found] = read(traf(full(b"trun", numbers(3)), flags=flags, header=header))
    assert (found.duration, found.reach_bytes, found.start) == (duration, reach, None)


def test_a_track_that_is_not_known_has_no_defaults() -> None:
    [found] = read(traf(full(b"trun", numbers(3)), number=9))
    assert (found.track_id, found.duration, found.samples) == (9, 0, 3)


def test_runs_follow_one_another_unless_they_say_where_they_are() -> None:
    [found] = read(traf(trun((1, 10), offset=50), trun((1, 10), first_flags=True), trun((1, 10), offset=20)))
    assert found.reach_bytes == 70
    first, second = read(traf(trun((1, 10), offset=50)), traf(trun((1, 10)), number=2))
    assert (first.reach_bytes, second.reach_bytes) == (60, 70)
    behind = read(traf(trun((1, 10)), flags=0x01, header=b"\0" * 8), traf(trun((1, 10)), number=2))
    assert [found.reach_bytes for found in behind] == [None, None]
    own = read(traf(trun((1, 10)), flags=0x01, header=b"\0" * 8), traf(trun((1, 10), offset=30), number=2))
    assert own[1].reach_bytes == 40


@pytest.mark.parametrize("version", [0, 1])
def test_decoding_times_are_found_for_moving_them(version: int) -> None:
    segment = box(b"styp", b"msdh") + fragment(traf(tfdt(1, version)), traf(tfdt(2, version), number=5), traf(number=6))
    segment += fragment(traf(tfdt(3, version)), box(b"traf", tfdt(4)))
    found = tfdt_fields(segment)
    size = 8 if version else 4
    times = [int.from_bytes(segment[field.offset : field.offset + size]) for field in found]
    assert [(field.version, field.track_id) for field in found] == [(version, 1), (version, 5), (version, 1)]
    assert times == [1, 2, 3]


@pytest.mark.parametrize(
    "damaged",
    [
        box(b"traf", tfdt(1)),
        traf(full(b"trun", numbers(5), flags=0x100)),
        traf(full(b"trun", numbers(0xFFFFFFFF), flags=0xF00)),
        traf(box(b"tfdt", b"\1\0\0\0\0")),
        box(b"traf", box(b"tfhd", b"\0\0\0")),
    ],
)
def test_damaged_fragments_are_refused(damaged: bytes) -> None:
    with pytest.raises(StructureError):
        read(damaged)


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_damage_is_read_or_refused(noise: bytes, place: int) -> None:
    data = usual_fragment(5)
    damaged = data[:place] + noise + data[place + len(noise) :]
    with contextlib.suppress(StructureError):
        track_fragments(damaged[8:-108], FACTS)
    with contextlib.suppress(StructureError):
        tfdt_fields(damaged)
