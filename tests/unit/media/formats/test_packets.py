from __future__ import annotations

import pytest

from aniworld_dl.media.formats.packets import PacketList, StreamPackets, common_gaps

HEADER = ["#software: Lavf59", "#tb 0: 1/1000", "#media_type 0: video", "#codec_id 0: h264", "#dimensions 0: 640x360"]


def listed(*packets: tuple[int, int, int], header: list[str] | None = None) -> list[StreamPackets]:
    """Read packets given as stream, pts, duration."""
    found = PacketList()
    audio = [line.replace(" 0:", " 1:").replace("video", "audio").replace("h264", "aac") for line in HEADER[1:4]]
    for line in [*(header or HEADER), *audio]:
        found.add_line(line)
    for stream, time, duration in packets:
        found.add_line(f"{stream}, {time - 80:10}, {time:10}, {duration:8}, {1234:8}, 0x12345678, F=0x0")
    return found.streams()


def test_counts_and_ends() -> None:
    [stream] = listed((0, 0, 40), (0, 40, 40), (0, 80, 40))
    assert stream == StreamPackets(kind="video", codec="h264", packets=3, start_s=0.0, end_s=0.12, gaps=())


def test_packets_come_in_decoding_order() -> None:
    [stream] = listed((0, 0, 40), (0, 160, 40), (0, 80, 40), (0, 40, 40), (0, 120, 40))
    assert (stream.start_s, stream.end_s, stream.gaps) == (0.0, 0.2, ())


def test_a_gap_is_where_no_packet_lasts() -> None:
    [stream] = listed((0, 0, 40), (0, 2040, 40), (0, 2080, 5000), (0, 7080, 40))
    assert stream.gaps == ((0.04, 2.04),)


def test_jitter_is_no_gap() -> None:
    [stream] = listed((0, 0, 40), (0, 240, 40))
    assert stream.gaps == ()


def test_streams_come_in_the_order_of_the_file() -> None:
    assert [stream.kind for stream in listed((1, 0, 20), (0, 0, 40), (1, 20, 20))] == ["video", "audio"]


def test_a_stream_without_packets_is_left_out() -> None:
    assert [stream.kind for stream in listed((1, 0, 20))] == ["audio"]


def test_other_time_bases_are_seconds_in_the_end() -> None:
    [stream] = listed((0, 90000, 3600), header=["#tb 0: 1/90000", *HEADER[2:]])
    assert (stream.start_s, stream.end_s) == (1.0, 1.04)


def test_a_packet_that_knows_no_time_is_taken_at_its_decoding_time() -> None:
    found = PacketList()
    for line in [*HEADER, "0,         40,      NOPTS,       40,     1234, 0x12345678", "0, NOPTS, NOPTS, 40, 9, 0x1"]:
        found.add_line(line)
    [stream] = found.streams()
    assert (stream.packets, stream.start_s, stream.end_s) == (1, 0.04, 0.08)


def test_pictures_without_a_length_last_until_the_next() -> None:
    """Matroska need not say how long a frame is shown; one frame a second is then no row of gaps."""
    [stream] = listed((0, 0, 0), (0, 1000, 0), (0, 2000, 0), (0, 5000, 0), (0, 6000, 0))
    assert stream.gaps == ((3.0, 5.0),)


def stream(start: float, end: float, *gaps: tuple[float, float]) -> StreamPackets:
    return StreamPackets(kind="video", codec="h264", packets=9, start_s=start, end_s=end, gaps=gaps)


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([stream(0, 10)], []),
        ([stream(0, 10, (2, 3))], [(2, 3)]),
        ([stream(0, 10, (2, 3)), stream(0, 10)], []),
        ([stream(0, 10, (2, 5)), stream(0, 10, (4, 6))], [(4, 5)]),
        ([stream(0, 10, (2, 5), (7, 9)), stream(0, 10, (4, 8))], [(4, 5), (7, 8)]),
        ([stream(0, 4), stream(6, 10)], [(4, 6)]),
        ([stream(0, 4), stream(6, 10), stream(0, 10)], []),
        ([stream(0, 4), stream(2, 10, (3, 5))], [(4, 5)]),
    ],
)
def test_a_common_gap_is_one_of_all_streams(streams: list[StreamPackets], expected: list[tuple[float, float]]) -> None:
    assert common_gaps(streams) == expected
