from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.formats.matroska import read_matroska
from tests.matroska_files import (
    BLOCK,
    BLOCK_GROUP,
    BOTH,
    CLUSTER,
    CUES,
    HEAD,
    INFO,
    SEGMENT,
    TRACKS,
    UNKNOWN,
    VOID,
    block,
    cluster,
    element,
    info,
    matroska,
    seconds,
    simple_block,
    track_entry,
    unsigned,
)
from tests.unit.media.reading import Read, facts

if TYPE_CHECKING:
    from pathlib import Path

USUAL = matroska(info(4000.0), BOTH, seconds(4), element(CUES, b""))
SUMMED = matroska(info(4000.0), BOTH, seconds(4, checksum=True), element(CUES, b"\xec\x81x", checksum=True))


@pytest.mark.parametrize("checksums", [False, True])
def test_a_whole_file_is_read_to_its_end(read: Read, checksums: bool) -> None:
    file = read(USUAL, checksums=checksums)
    assert facts(file) == [("video", "h264", 100, 0.0, 4.0), ("audio", "aac", 100, 0.0, 4.0)]
    assert (file.damages, file.duration_s, file.has_checksums, file.kinds) == ((), 4.0, False, ("video", "audio"))
    summed = read(SUMMED, checksums=checksums)
    assert facts(summed) == facts(file)
    assert (summed.damages, summed.has_checksums) == ((), True)


def test_one_cluster_without_a_checksum_is_enough_to_doubt(read: Read) -> None:
    data = matroska(BOTH, seconds(2, checksum=True), seconds(1, start=2))
    assert not read(data).has_checksums
    assert not read(matroska(BOTH)).has_checksums


@pytest.mark.parametrize("length", [1, 2, 3, 4, 8])
def test_blocks_of_every_size_are_stepped_over(read: Read, length: int) -> None:
    many = cluster(0, *(simple_block(1, 40 * number, length=length) for number in range(30)))
    assert facts(read(matroska(BOTH, many))) == [("video", "h264", 30, 0.0, 1.2)]


def test_blocks_larger_than_what_is_read_at_once_are_stepped_over(read: Read) -> None:
    many = cluster(0, *(simple_block(1, 40 * number, bytes(33_000)) for number in range(30)))
    assert facts(read(matroska(BOTH, many))) == [("video", "h264", 30, 0.0, 1.2)]


def test_times_before_the_clusters_own_are_possible(read: Read) -> None:
    file = read(matroska(BOTH, cluster(100, simple_block(1, 0), simple_block(1, -40))))
    assert facts(file) == [("video", "h264", 2, 0.06, 0.14)]


def test_groups_say_how_long_their_block_plays(read: Read) -> None:
    group = element(BLOCK_GROUP, element(BLOCK, block(3, 500)) + unsigned(0x9B, 1500))
    plain = element(BLOCK_GROUP, element(BLOCK, block(1, 520)))
    tracks = element(TRACKS, track_entry(1, duration_ns=40_000_000) + track_entry(3, 17, "S_TEXT/UTF8"))
    file = read(matroska(tracks, cluster(1000, group, plain)))
    assert facts(file) == [("video", "h264", 1, 1.52, 1.56), ("subtitle", "subrip", 1, 1.5, 3.0)]


def test_several_frames_in_a_block_play_one_after_another(read: Read) -> None:
    laced = simple_block(1, 0, b"\x03abcd", flags=0x04)
    assert facts(read(matroska(BOTH, cluster(0, laced)))) == [("video", "h264", 1, 0.0, 0.16)]
    bare = simple_block(1, 0, b"", flags=0x04)
    assert facts(read(matroska(BOTH, cluster(0, bare)))) == [("video", "h264", 1, 0.0, 0.04)]


def test_track_numbers_may_be_large(read: Read) -> None:
    tracks = element(TRACKS, track_entry(300, 2, "A_OPUS"))
    file = read(matroska(tracks, cluster(0, simple_block(300, 0), simple_block(300, 20))))
    assert facts(file) == [("audio", "opus", 2, 0.0, 0.04)]


def test_sizes_need_not_be_known_in_advance(read: Read) -> None:
    """Live files: the segment goes to the end of the file, a cluster to what cannot be inside it."""
    body = unsigned(0xE7, 0) + simple_block(1, 0) + simple_block(1, 40)
    live = CLUSTER.to_bytes(4) + UNKNOWN + body
    file = read(HEAD + SEGMENT.to_bytes(4) + UNKNOWN + BOTH + live + live + element(CUES, b""))
    assert facts(file) == [("video", "h264", 4, 0.0, 0.08)]
    assert file.damages == ()
    assert not read(HEAD + SEGMENT.to_bytes(4) + UNKNOWN + BOTH + live, checksums=True).has_checksums


def test_ticks_may_be_of_any_length(read: Read) -> None:
    file = read(matroska(info(2000.0, scale=500_000), BOTH, cluster(1000, simple_block(1, 0), simple_block(2, 80))))
    assert file.duration_s == 1.0
    assert [stream.start_s for stream in file.streams] == [0.5, 0.54]
    assert read(matroska(info(7.0, scale=0), BOTH)).duration_s == 0.007


def test_a_head_of_any_number_of_parts_is_not_read_for_ever(read: Read) -> None:
    many = element(INFO, element(VOID, b"") * 5000 + unsigned(0x2AD7B1, 500_000))
    assert read(matroska(many, BOTH, cluster(1000, simple_block(1, 0)))).streams[0].start_s == 1.0


@pytest.mark.parametrize("value", [b"", b"\1", struct.pack(">d", float("nan")), struct.pack(">d", -1.0), b"\x7f" * 8])
def test_a_duration_that_is_none_is_not_believed(read: Read, value: bytes) -> None:
    assert read(matroska(element(INFO, element(0x4489, value)), BOTH, seconds(1))).duration_s is None
    assert read(matroska(element(INFO, element(0x4489, struct.pack(">f", 5.0))), BOTH)).duration_s == 0.005


@pytest.mark.parametrize(
    "known", [element(0xA7, b"\1"), element(0xAB, b"\1"), element(VOID, b"x" * 70), element(0xAF, b"")]
)
def test_what_else_may_be_in_a_cluster_is_passed_over(read: Read, known: bytes) -> None:
    body = unsigned(0xE7, 0) + known + simple_block(1, 0) + known + simple_block(1, 40) + known
    file = read(matroska(BOTH, element(CLUSTER, body)))
    assert file.damages == ()
    assert facts(file)[0][2] == 2


def test_tracks_are_known_by_their_codecs(read: Read) -> None:
    names = {"V_AV1": "av1", "A_EAC3": "eac3", "A_MPEG/L3": "mp3", "S_HDMV/PGS": "hdmv_pgs_subtitle", "V_VP9\0": "vp9"}
    entries = b"".join(track_entry(number, 1, codec) for number, codec in enumerate(names, 1))
    blocks = [simple_block(number, 0) for number in range(1, len(names) + 1)]
    # the last one is cut: no more than its number can be read
    other = element(0xEC, b"pad") + track_entry(90, 0x12, "X_OTHER") + element(0xAE, unsigned(0xD7, 91) + b"\xd7\x7f")
    file = read(
        matroska(element(TRACKS, entries + other), cluster(0, *blocks, simple_block(90, 0), simple_block(91, 0)))
    )
    assert [stream.codec for stream in file.streams] == list(names.values())
    assert file.kinds == ("video",) * 5


def test_tracks_without_blocks_are_counted_and_have_no_packets(read: Read) -> None:
    file = read(matroska(BOTH, cluster(0, simple_block(1, 0))))
    assert file.kinds == ("video", "audio")
    assert [stream.kind for stream in file.streams] == ["video"]


def test_a_file_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError):
        asyncio.run(read_matroska(tmp_path / "none.mkv"))
