from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.mpegts import TransportStreamCheck
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.structure import StructureError
from tests.transport_streams import AUDIO, MAP, VIDEO, Multiplex, packet, pat, pes, pids, pmt, without

LOST = "packets are missing in the middle"


def checked(data: bytes, piece: int = 65_536) -> TransportStreamCheck:
    check = TransportStreamCheck()
    for start in range(0, len(data), piece):
        check.feed(data[start : start + piece])
    check.finish()
    return check


def spans(data: bytes, piece: int = 65_536) -> dict[int, StreamSpan]:
    return {span.stream: span for span in checked(data, piece).spans()}


@pytest.mark.parametrize("piece", [1, 7, 187, 188, 189, 1000, 4096, 100_000])
def test_a_segment_says_when_its_streams_play_however_it_arrives(piece: int) -> None:
    data = Multiplex().segment(10.0)
    check = checked(data, piece)
    assert check.doubts() == ()
    assert check.spans() == (
        StreamSpan(stream=VIDEO, kind="video", start_us=10_000_000, end_us=11_000_000, counters=(0, 74 % 16)),
        StreamSpan(stream=AUDIO, kind="audio", start_us=10_000_000, end_us=11_000_000, counters=(0, 74 % 16)),
    )


def test_counters_go_on_over_any_number_of_packets() -> None:
    """More than are looked at together."""
    data = Multiplex().segment(0.0, frames=2000, packets=10)
    assert len(data) > 188 * (1 << 15)
    assert checked(data).doubts() == ()
    assert checked(without(data, 35_003, 3)).doubts() == (f"{LOST}: 1 times the counter of a stream jumps",)


def test_a_segment_may_end_where_a_look_ends() -> None:
    data = packet(VIDEO, 0, pes(0xE0, 0), start=True) + packet(0x1FFF, 0) * ((1 << 15) - 1)
    assert checked(data, len(data)).doubts() == ()


@given(number=st.integers(3, 150), count=st.integers(1, 14))
def test_packets_that_are_missing_are_doubted(number: int, count: int) -> None:
    """Whichever they are, unless they are the last of their stream: those the next segment misses."""
    data = Multiplex().segment(0.0)
    kept = without(data, number, count)
    gone = pids(data)[number : number + count]
    counted = {pid for pid in gone if pid in pids(data)[number + count :] and pid in pids(data)[2:number]}
    assert bool(checked(kept).doubts()) == bool(counted)


def test_the_last_packets_are_missed_by_the_next_segment() -> None:
    multiplex = Multiplex()
    first, second = (spans(multiplex.segment(start)) for start in (0.0, 1.0))
    last, next_ = first[VIDEO].counters, second[VIDEO].counters
    assert last is not None
    assert next_ is not None
    assert (last[1] + 1) % 16 == next_[0]


def start(counter: int, ticks: int = 0) -> bytes:
    return packet(VIDEO, counter, pes(0xE0, ticks), start=True)


@pytest.mark.parametrize(
    ("rest", "lost"),
    [
        ([packet(VIDEO, 1, b"a" * 184), packet(VIDEO, 2, b"b" * 184)], False),
        ([packet(VIDEO, 1, b"a" * 184), packet(VIDEO, 1, b"a" * 184), packet(VIDEO, 2)], False),
        ([packet(VIDEO, 1, b"a" * 184), packet(VIDEO, 1, b"b" * 184), packet(VIDEO, 2)], True),
        ([packet(VIDEO, 1, b"a" * 184)] * 3, True),
        ([packet(VIDEO, 0, None, flags=0), packet(VIDEO, 1)], False),
        ([packet(VIDEO, 9, flags=0x80), packet(VIDEO, 10)], False),
        ([packet(VIDEO, 9, flags=0x10), packet(VIDEO, 10)], True),
        ([packet(VIDEO, 9, b"x" * 183), packet(VIDEO, 10)], True),
        ([packet(VIDEO, 9, b"x" * 184), packet(VIDEO, 10)], True),
        ([packet(VIDEO, 1, error=True), packet(VIDEO, 2)], True),
        ([packet(0x1FFF, 7), packet(0x1FFF, 7), packet(VIDEO, 1)], False),
        ([packet(0x200, 7), packet(0x200, 3), packet(VIDEO, 1)], False),
    ],
    ids=[
        *("in order", "sent twice", "same counter, other bytes", "sent three times", "without payload"),
        *("announced", "other flag", "empty field", "no field", "damaged", "null packets", "no stream of the program"),
    ],
)
def test_a_jump_counts_only_where_the_standard_does_not_allow_it(rest: list[bytes], lost: bool) -> None:
    check = checked(start(0) + b"".join(rest))
    assert check.doubts() == ((f"{LOST}: 1 times the counter of a stream jumps",) if lost else ())


@pytest.mark.parametrize("piece", [188 * 3, 100_000])
def test_more_streams_than_fit_into_one_look_are_all_counted(piece: int) -> None:
    multiplex = Multiplex()
    numbers = [0x110 + number for number in range(9)] + [0x210]
    made = b"".join(multiplex.add(pid, pes(0xC0, 0), start=True) + multiplex.add(pid, b"") for pid in numbers)
    made += b"".join(multiplex.add(pid, pes(0xC0, 9000), start=True) for pid in numbers)
    assert checked(made, piece).doubts() == ()
    for number, pid in enumerate(numbers):
        check = checked(without(made, 2 * number + 1), piece)
        assert check.doubts(), hex(pid)


def test_scrambled_packets_are_refused_in_words() -> None:
    data = packet(VIDEO, 0, pes(0xE0, 0), start=True, scrambling=2)
    with pytest.raises(StructureError, match="scrambled"):
        checked(data)
    checked(packet(0x1FFF, 0, start=True, scrambling=3))


def test_timestamps_may_begin_again_within_a_segment() -> None:
    """33 bits of 90 kHz are used up after 26.5 hours."""
    wrap_s = (1 << 33) / 90_000
    span = spans(Multiplex().segment(wrap_s - 0.5))[VIDEO]
    assert span.end_us - span.start_us == pytest.approx(1_000_000, abs=2)


def test_a_segment_put_together_from_two_says_nothing_of_its_length() -> None:
    multiplex = Multiplex()
    data = multiplex.segment(100.0) + multiplex.segment(0.0)
    assert spans(data) == {}
    assert checked(data).doubts() == ()


def test_the_last_sound_counts_with_its_share() -> None:
    """The last packet of a segment mostly has fewer frames of sound than the others."""
    sizes = [1000, 1000, 1000, 500]
    multiplex = Multiplex()
    made = b"".join(
        multiplex.add(AUDIO, pes(0xC0, number * 9000, size=size), start=True) for number, size in enumerate(sizes)
    )
    assert spans(made)[AUDIO].end_us == 350_000


def test_one_packet_alone_has_no_length() -> None:
    [span] = checked(start(0, 90_000)).spans()
    assert (span.start_us, span.end_us) == (1_000_000, 1_000_000)


def test_pictures_shown_in_another_order_end_with_the_last() -> None:
    """Without decoding times there is only the order in which they are shown."""
    times = [0, 10800, 3600, 7200]
    multiplex = Multiplex()
    made = b"".join(multiplex.add(VIDEO, pes(0xE0, time), start=True) for time in times)
    [span] = checked(made).spans()
    assert span.start_us == 0
    assert 120_000 < span.end_us <= 240_000


def kinds(streams: dict[int, tuple[int, bytes]], stream_id: int = 0xBD) -> dict[int, str]:
    multiplex = Multiplex()
    made = multiplex.add(0, pat(MAP), start=True) + multiplex.add(MAP, pmt(streams), start=True)
    made += b"".join(multiplex.add(pid, pes(stream_id, 0), start=True) for pid in streams)
    return {span.stream: span.kind for span in checked(made).spans()}


@pytest.mark.parametrize(
    ("stream_type", "descriptors", "kind"),
    [
        (0x1B, b"", "video"),
        (0x24, b"", "video"),
        (0x0F, b"", "audio"),
        (0x81, b"", "audio"),
        (0x06, b"\x0a\x04eng\0\x6a\x01\0", "audio"),
        (0x06, b"\x05\x04Opus", "audio"),
        (0x06, b"\x05\x04HEVC", "video"),
        (0x06, b"\x05\x04KLVA", "other"),
        (0x06, b"\x59\x08deu\x10\0\1\0\1", "other"),
        (0x06, b"\x0a", "other"),
        (0x06, b"", "other"),
        (0x15, b"\x26\x00", "other"),
    ],
)
def test_the_program_says_what_a_stream_is(stream_type: int, descriptors: bytes, kind: str) -> None:
    assert kinds({VIDEO: (stream_type, descriptors)}) == {VIDEO: kind}


@pytest.mark.parametrize(("stream_id", "kind"), [(0xE3, "video"), (0xC7, "audio"), (0xD0, "audio"), (0xBD, "other")])
def test_without_a_program_the_stream_id_says_it(stream_id: int, kind: str) -> None:
    """The tables may be in the init section instead (RFC 8216 3.2)."""
    data = packet(0x150, 0, pes(stream_id, 0), start=True)
    assert {span.kind for span in checked(data).spans()} == {kind}


@pytest.mark.parametrize(
    "damaged",
    [
        packet(0, 0, b"", start=True),
        packet(0, 0, b"\xb7" + b"\0" * 100, start=True),
        packet(0, 0, b"\0\2" + b"\0" * 100, start=True),
        packet(MAP, 0, pmt({VIDEO: (0x1B, b"\xff" * 130)})[:184], start=True),
        packet(VIDEO, 0, b"\0\0\1\xe0", start=True),
        packet(VIDEO, 0, b"\0\0\1\xe0\0\0\x80\xc0\x0a\x31\0\1", start=True),
        packet(VIDEO, 0, b"\0\0\1\xbe\0\0\xff\xff\xff" + b"\xff" * 50, start=True),
        packet(VIDEO, 0, pes(0xE0, None), start=True),
        packet(VIDEO, 0, None, start=True),
        packet(MAP, 0, b"\0\2\xb0", start=True),
    ],
)
def test_what_cannot_be_read_says_nothing(damaged: bytes) -> None:
    """Tables and heads may go on in the next packet, or be none at all; that alone is no fault."""
    check = checked(packet(0, 15, pat(MAP), start=True) + damaged)
    assert check.spans() == ()
    assert check.doubts() == ()


def test_a_stream_of_the_program_is_counted_though_nothing_starts_in_it() -> None:
    multiplex = Multiplex()
    made = multiplex.tables() + packet(AUDIO, 3, b"a" * 184) + packet(AUDIO, 5, b"b" * 184)
    assert checked(made).doubts()


@given(st.binary(min_size=1, max_size=188 * 6).map(bytearray), st.integers(1, 400))
def test_any_packets_are_read_or_refused(data: bytearray, piece: int) -> None:
    del data[len(data) // 188 * 188 :]
    data[::188] = b"G" * len(data[::188])
    try:
        check = checked(bytes(data), piece)
    except StructureError:
        return
    assert all(span.end_us >= span.start_us for span in check.spans())
