from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.pes import pes_head
from aniworld_dl.media.formats.retime import retime_boxes, retime_mpegts
from aniworld_dl.media.formats.structure_error import StructureError
from tests.media_builders import box
from tests.unit.media.ts_builders import AUDIO_PID, packet, pcr, pes, timestamp

WRAP = 1 << 33
TICKS = st.integers(0, WRAP - 1)
SHIFTS_US = st.integers(-(10**12), 10**12)


def moved(ticks: int, shift_us: int) -> int:
    """Return a timestamp that was moved, in 90 kHz: to the nearest tick."""
    return (ticks + (2 * shift_us * 9 + 100) // 200) % WRAP


def retimed(data: bytes, shift_us: int) -> bytes:
    changed = bytearray(data)
    retime_mpegts(changed, shift_us)
    return bytes(changed)


@given(TICKS, TICKS, TICKS, SHIFTS_US)
def test_every_timestamp_is_moved_and_nothing_else(pts: int, dts: int, base: int, shift_us: int) -> None:
    def stream(pts: int, dts: int, base: int) -> bytes:
        return b"".join(
            (
                packet(pes(pts, dts), field=pcr(base, 299), counter=3),
                packet(b"\0\0\1\xe0 in the middle" * 4, starts=False, counter=4),
                packet(pes(pts), pid=AUDIO_PID),
                packet(b"", field=pcr(base)),
                packet(pes(None), counter=5),
            )
        )

    expected = stream(*(moved(ticks, shift_us) for ticks in (pts, dts, base)))
    assert retimed(stream(pts, dts, base), shift_us) == expected


@given(TICKS, st.integers(-(10**6), 10**6))
def test_what_is_moved_there_and_back_is_as_before(pts: int, shift_ticks: int) -> None:
    """By whole ticks."""
    data = packet(pes(pts, pts), field=pcr(pts))
    shift_us = shift_ticks * 100
    assert retimed(retimed(data, shift_us), -shift_us) == data


def test_timestamps_start_again_where_33_bits_end() -> None:
    assert retimed(packet(pes(WRAP - 90_000)), 1_500_000) == packet(pes(45_000))
    assert retimed(packet(pes(45_000)), -1_500_000) == packet(pes(WRAP - 90_000))


@pytest.mark.parametrize(
    "data",
    [
        packet(b"\0\2\xb0\x17" + b"x" * 60),
        packet(pes(None)),
        packet(pes(5, stream_id=0xBE)),
        packet(pes(5, stream_id=0xBF)),
        packet(b"\0\0\1\xe0"),
        packet(b"", field=b"\0"),
        packet(b"p" * 183, starts=False),
        packet(b"p" * 176, starts=False, field=b"\x50abcdef"[:7]).replace(b"\x07P", b"\x06P"),
        packet(b"p" * 184, starts=False),
    ],
    ids=["table", "no time", "padding", "private", "cut", "empty", "short field", "no room for a PCR", "no field"],
)
def test_what_has_no_timestamps_stays(data: bytes) -> None:
    assert retimed(data, 10**9) == data


@pytest.mark.parametrize("first_bytes", range(1, 19))
def test_a_head_may_go_on_in_the_next_packet_of_its_stream(first_bytes: int) -> None:
    def stream(pts: int, dts: int) -> bytes:
        whole = pes(pts, dts)
        other = packet(pes(7), pid=AUDIO_PID)
        return (
            packet(whole[:first_bytes])
            + packet(b"x" * 20, pid=0x20, starts=False)
            + packet(whole[first_bytes:], starts=False, counter=1)
            + other.replace(timestamp(2, 7), timestamp(2, 7 + pts - 1000))
        )

    assert retimed(stream(1000, 500), 1_000_000) == stream(91_000, 90_500)


@pytest.mark.parametrize("rest", [b"", packet(pes(9), counter=1), packet(b"x" * 20, pid=0x20)])
def test_a_head_that_does_not_go_on_stays(rest: bytes) -> None:
    head = packet(pes(1000, 500)[:12])
    changed = retimed(head + rest, 1_000_000)
    assert changed[:188] == head


def test_what_was_moved_is_read_so() -> None:
    head = pes_head(retimed(packet(pes(9000, 3000)), 1_000_000))
    assert head is not None
    assert head.decoded == 93_000


# ---------------------------------------------------------------------------------------------------------- ISO boxes


def tfdt(ticks: int, *, version: int = 1) -> bytes:
    return box(b"tfdt", bytes((version, 0, 0, 0)) + ticks.to_bytes(8 if version else 4))


def traf(track: int, time: bytes) -> bytes:
    return box(b"traf", box(b"tfhd", b"\0\2\0\0" + track.to_bytes(4)) + time)


def segment(*fragments: bytes) -> bytearray:
    """Return fragments whose data looks like another decode time."""
    return bytearray(b"".join(box(b"moof", fragment) + box(b"mdat", tfdt(1)) for fragment in fragments))


def test_every_fragment_of_every_track_is_moved_in_its_own_ticks() -> None:
    data = segment(
        traf(1, tfdt(1000)) + traf(2, tfdt(50, version=0)),
        traf(1, tfdt(1 << 40)) + traf(2, tfdt(60, version=0)) + traf(3, tfdt(7)) + traf(4, b""),
    )
    retime_boxes(data, 2_500_000, {1: 90_000, 2: 1_000})
    assert data == segment(
        traf(1, tfdt(226_000)) + traf(2, tfdt(2550, version=0)),
        traf(1, tfdt((1 << 40) + 225_000)) + traf(2, tfdt(2560, version=0)) + traf(3, tfdt(7)) + traf(4, b""),
    )


@given(st.integers(0, (1 << 62) - 1), SHIFTS_US, st.integers(1, 10**7))
def test_a_time_is_moved_to_the_nearest_tick(ticks: int, shift_us: int, timescale: int) -> None:
    ticks += 10**13
    data = segment(traf(1, tfdt(ticks)))
    retime_boxes(data, shift_us, {1: timescale})
    shift = int.from_bytes(data[data.index(b"tfdt") + 8 :][:8]) - ticks
    assert abs(shift * 1_000_000 - shift_us * timescale) * 2 <= 1_000_000


@pytest.mark.parametrize(
    ("time", "shift_us"), [(tfdt(5), -10_000), (tfdt((1 << 32) - 1, version=0), 1000), (tfdt(5, version=0), -10_000)]
)
def test_a_time_that_has_no_room_is_an_error(time: bytes, shift_us: int) -> None:
    """Rather than a picture in the wrong place."""
    with pytest.raises(StructureError, match="cannot be moved"):
        retime_boxes(segment(traf(1, time)), shift_us, {1: 1000})


def test_damaged_boxes_are_an_error() -> None:
    with pytest.raises(StructureError):
        retime_boxes(segment(traf(1, tfdt(5)))[:-1], 1, {1: 1000})
