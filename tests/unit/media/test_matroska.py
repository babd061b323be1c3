from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.matroska import Damage, MatroskaFile, read_matroska
from tests.matroska_files import (
    BLOCK,
    BLOCK_GROUP,
    BOTH,
    CLUSTER,
    CUES,
    HEAD,
    INFO,
    SEGMENT,
    SIMPLE_BLOCK,
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
    size_field,
    track_entry,
    unsigned,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USUAL = matroska(info(4000.0), BOTH, seconds(4), element(CUES, b""))
SUMMED = matroska(info(4000.0), BOTH, seconds(4, checksum=True), element(CUES, b"\xec\x81x", checksum=True))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., MatroskaFile]:
    path = tmp_path / "file.mkv"

    def read(data: bytes, **how: Any) -> MatroskaFile:
        path.write_bytes(data)
        return read_matroska(path, **how)

    return read


def facts(file: MatroskaFile) -> list[tuple[str, str, int, float, float]]:
    return [(stream.kind, stream.codec, stream.packets, stream.start_s, stream.end_s) for stream in file.streams]


def lost(file: MatroskaFile) -> list[tuple[float, float]]:
    return [(damage.start_s, damage.end_s) for damage in file.damages]


@pytest.mark.parametrize("checksums", [False, True])
def test_a_whole_file_is_read_to_its_end(read: Callable[..., MatroskaFile], checksums: bool) -> None:
    file = read(USUAL, checksums=checksums)
    assert facts(file) == [("video", "h264", 100, 0.0, 4.0), ("audio", "aac", 100, 0.0, 4.0)]
    assert (file.damages, file.duration_s, file.has_checksums, file.kinds) == ((), 4.0, False, ("video", "audio"))
    summed = read(SUMMED, checksums=checksums)
    assert facts(summed) == facts(file)
    assert (summed.damages, summed.has_checksums) == ((), True)


def test_one_cluster_without_a_checksum_is_enough_to_doubt(read: Callable[..., MatroskaFile]) -> None:
    data = matroska(BOTH, seconds(2, checksum=True), seconds(1, start=2))
    assert not read(data).has_checksums
    assert not read(matroska(BOTH)).has_checksums


@pytest.mark.parametrize("length", [1, 2, 3, 4, 8])
def test_blocks_of_every_size_are_stepped_over(read: Callable[..., MatroskaFile], length: int) -> None:
    many = cluster(0, *(simple_block(1, 40 * number, length=length) for number in range(30)))
    assert facts(read(matroska(BOTH, many))) == [("video", "h264", 30, 0.0, 1.2)]


def test_blocks_larger_than_what_is_read_at_once_are_stepped_over(read: Callable[..., MatroskaFile]) -> None:
    many = cluster(0, *(simple_block(1, 40 * number, bytes(33_000)) for number in range(30)))
    assert facts(read(matroska(BOTH, many))) == [("video", "h264", 30, 0.0, 1.2)]


def test_times_before_the_clusters_own_are_possible(read: Callable[..., MatroskaFile]) -> None:
    file = read(matroska(BOTH, cluster(100, simple_block(1, 0), simple_block(1, -40))))
    assert facts(file) == [("video", "h264", 2, 0.06, 0.14)]


def test_groups_say_how_long_their_block_plays(read: Callable[..., MatroskaFile]) -> None:
    group = element(BLOCK_GROUP, element(BLOCK, block(3, 500)) + unsigned(0x9B, 1500))
    plain = element(BLOCK_GROUP, element(BLOCK, block(1, 520)))
    tracks = element(TRACKS, track_entry(1, duration_ns=40_000_000) + track_entry(3, 17, "S_TEXT/UTF8"))
    file = read(matroska(tracks, cluster(1000, group, plain)))
    assert facts(file) == [("video", "h264", 1, 1.52, 1.56), ("subtitle", "subrip", 1, 1.5, 3.0)]


def test_several_frames_in_a_block_play_one_after_another(read: Callable[..., MatroskaFile]) -> None:
    laced = simple_block(1, 0, b"\x03abcd", flags=0x04)
    assert facts(read(matroska(BOTH, cluster(0, laced)))) == [("video", "h264", 1, 0.0, 0.16)]
    bare = simple_block(1, 0, b"", flags=0x04)
    assert facts(read(matroska(BOTH, cluster(0, bare)))) == [("video", "h264", 1, 0.0, 0.04)]


def test_track_numbers_may_be_large(read: Callable[..., MatroskaFile]) -> None:
    tracks = element(TRACKS, track_entry(300, 2, "A_OPUS"))
    file = read(matroska(tracks, cluster(0, simple_block(300, 0), simple_block(300, 20))))
    assert facts(file) == [("audio", "opus", 2, 0.0, 0.04)]


def test_sizes_need_not_be_known_in_advance(read: Callable[..., MatroskaFile]) -> None:
    """Live files: the segment goes to the end of the file, a cluster to what cannot be inside it."""
    body = unsigned(0xE7, 0) + simple_block(1, 0) + simple_block(1, 40)
    live = CLUSTER.to_bytes(4) + UNKNOWN + body
    file = read(HEAD + SEGMENT.to_bytes(4) + UNKNOWN + BOTH + live + live + element(CUES, b""))
    assert facts(file) == [("video", "h264", 4, 0.0, 0.08)]
    assert file.damages == ()
    assert not read(HEAD + SEGMENT.to_bytes(4) + UNKNOWN + BOTH + live, checksums=True).has_checksums


def test_ticks_may_be_of_any_length(read: Callable[..., MatroskaFile]) -> None:
    file = read(matroska(info(2000.0, scale=500_000), BOTH, cluster(1000, simple_block(1, 0), simple_block(2, 80))))
    assert file.duration_s == 1.0
    assert [stream.start_s for stream in file.streams] == [0.5, 0.54]
    assert read(matroska(info(7.0, scale=0), BOTH)).duration_s == 0.007


def test_a_head_of_any_number_of_parts_is_not_read_for_ever(read: Callable[..., MatroskaFile]) -> None:
    many = element(INFO, element(VOID, b"") * 5000 + unsigned(0x2AD7B1, 500_000))
    assert read(matroska(many, BOTH, cluster(1000, simple_block(1, 0)))).streams[0].start_s == 1.0


@pytest.mark.parametrize("value", [b"", b"\1", struct.pack(">d", float("nan")), struct.pack(">d", -1.0), b"\x7f" * 8])
def test_a_duration_that_is_none_is_not_believed(read: Callable[..., MatroskaFile], value: bytes) -> None:
    assert read(matroska(element(INFO, element(0x4489, value)), BOTH, seconds(1))).duration_s is None
    assert read(matroska(element(INFO, element(0x4489, struct.pack(">f", 5.0))), BOTH)).duration_s == 0.005


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"no media at all" * 20, HEAD, HEAD + BOTH, HEAD[:3]])
def test_what_is_no_matroska_file_is_called_so(read: Callable[..., MatroskaFile], data: bytes) -> None:
    file = read(data)
    assert file.damages == (Damage(reason="it is no Matroska file", start_s=0.0, end_s=0.0),)
    assert file.streams == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.integers(0, len(SUMMED) - 1))
@pytest.mark.parametrize("data", [USUAL, SUMMED], ids=["plain", "summed"])
def test_a_file_cut_anywhere_is_found_with_what_is_gone(
    read: Callable[..., MatroskaFile], data: bytes, keep: int
) -> None:
    keep = keep * len(data) // len(SUMMED)
    for checksums in (False, True):
        file = read(data[:keep], checksums=checksums)
        assert file.damages
        if file.streams and file.duration_s:
            reached = max(stream.end_s for stream in file.streams)
            assert reached - 0.05 <= file.damages[-1].start_s + 0.04
            assert file.damages[-1].end_s >= 3.96


def test_a_cut_names_the_bytes(read: Callable[..., MatroskaFile]) -> None:
    [damage] = read(USUAL[:-2000], checksums=True).damages
    assert damage.reason == f"it ends after {len(USUAL) - 2000} of {len(USUAL)} bytes"
    assert 3.0 < damage.start_s < 4.0
    assert damage.end_s == 4.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(share=st.floats(0, 1), bit=st.integers(0, 7))
def test_one_wrong_bit_is_found_where_there_are_checksums(
    read: Callable[..., MatroskaFile], share: float, bit: int
) -> None:
    first, stop = SUMMED.index(CLUSTER.to_bytes(4)), SUMMED.index(CUES.to_bytes(4))
    place = first + int(share * (stop - first - 1))
    damaged = bytearray(SUMMED)
    damaged[place] ^= 1 << bit
    file = read(bytes(damaged), checksums=True)
    if not file.damages:
        assert not file.has_checksums, "what says that there is a checksum may be the wrong byte; then it is decoded"
        return
    second = SUMMED[: place + 4].count(CLUSTER.to_bytes(4)) - 1
    assert min(start for start, _ in lost(file)) <= second
    assert max(end for _, end in lost(file)) >= second + 0.96


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(place=st.integers(0, len(USUAL) - 1), size=st.integers(300, 3000), fill=st.sampled_from([0, 0xFF, 0x1F, 0xA3]))
def test_a_wiped_place_is_found_with_its_time(
    read: Callable[..., MatroskaFile], place: int, size: int, fill: int
) -> None:
    """Without checksums too: so much always takes away the head of a block."""
    size = min(size, len(USUAL) - place)
    damaged = USUAL[:place] + bytes([fill]) * size + USUAL[place + size :]
    file = read(damaged)
    if size >= 300:
        assert file.damages
    for start, end in lost(file):
        assert 0 <= start <= end


def test_what_follows_a_wiped_place_is_read(read: Callable[..., MatroskaFile]) -> None:
    place = USUAL.index(CLUSTER.to_bytes(4), USUAL.index(CLUSTER.to_bytes(4)) + 4) + 500
    file = read(USUAL[:place] + bytes(700) + USUAL[place + 700 :])
    [damage] = file.damages
    assert 1.0 < damage.start_s < 1.3
    assert damage.end_s == 2.0
    assert facts(file)[0][4] == 4.0


def test_two_clusters_that_are_gone_are_one_damage(read: Callable[..., MatroskaFile]) -> None:
    first = USUAL.index(CLUSTER.to_bytes(4))
    size = (USUAL.rindex(CLUSTER.to_bytes(4)) - first) // 3
    start = first + size + 300
    file = read(USUAL[:start] + b"\1" * size + USUAL[start + size :])
    [damage] = file.damages
    assert (1.0 <= damage.start_s < 1.3, damage.end_s) == (True, 3.0)


def test_a_wrong_checksum_names_its_clusters_time(read: Callable[..., MatroskaFile]) -> None:
    place = SUMMED.rindex(bytes([7]) * 50, 0, SUMMED.rindex(CLUSTER.to_bytes(4))) + 5
    damaged = SUMMED[:place] + b"X" + SUMMED[place + 1 :]
    assert read(damaged).damages == ()
    [damage] = read(damaged, checksums=True).damages
    assert "does not fit its checksum" in damage.reason
    assert (damage.start_s, damage.end_s) == (1.96, 3.0)


def test_a_damaged_index_is_named(read: Callable[..., MatroskaFile]) -> None:
    damaged = SUMMED[:-1] + b"y"
    [damage] = read(damaged, checksums=True).damages
    assert damage.reason.endswith("does not fit its checksum")
    assert read(damaged).damages == ()


@pytest.mark.parametrize(
    "wrong",
    [
        simple_block(9, 0),
        element(SIMPLE_BLOCK, b"\x81\0\0"),
        element(SIMPLE_BLOCK, b""),
        element(SIMPLE_BLOCK, b"\0\0\0\0\0"),
        element(BLOCK_GROUP, b""),
        element(BLOCK_GROUP, element(BLOCK, b"")),
        element(0xB0, b"?"),
        element(0xE7, b"\xff" * 8),
        SIMPLE_BLOCK.to_bytes(1) + UNKNOWN,
        SIMPLE_BLOCK.to_bytes(1) + size_field(10**6),
        b"\0",
        b"\xa3\0",
        b"\x08\x80",
    ],
    ids=lambda wrong: wrong[:6].hex(),
)
def test_what_is_no_block_is_found_in_a_cluster(read: Callable[..., MatroskaFile], wrong: bytes) -> None:
    body = unsigned(0xE7, 1000) + simple_block(1, 0) + wrong + simple_block(1, 40) + simple_block(1, 80)
    file = read(matroska(BOTH, seconds(1), element(CLUSTER, body), seconds(1, start=2)))
    [damage] = file.damages
    assert damage.reason.startswith("there is no block at byte")
    assert (damage.start_s, damage.end_s) == (1.0, 2.0)


def test_blocks_before_their_clusters_time_are_none(read: Callable[..., MatroskaFile]) -> None:
    wrong = element(CLUSTER, simple_block(1, 0) + unsigned(0xE7, 0))
    [damage] = read(matroska(info(3000.0), BOTH, seconds(1), wrong)).damages
    assert (damage.start_s, damage.end_s) == (0.96, 3.0)


@pytest.mark.parametrize(
    "known", [element(0xA7, b"\1"), element(0xAB, b"\1"), element(VOID, b"x" * 70), element(0xAF, b"")]
)
def test_what_else_may_be_in_a_cluster_is_passed_over(read: Callable[..., MatroskaFile], known: bytes) -> None:
    body = unsigned(0xE7, 0) + known + simple_block(1, 0) + known + simple_block(1, 40) + known
    file = read(matroska(BOTH, element(CLUSTER, body)))
    assert file.damages == ()
    assert facts(file)[0][2] == 2


def test_elements_that_no_segment_has_are_found(read: Callable[..., MatroskaFile]) -> None:
    [damage] = read(matroska(BOTH, seconds(1), element(0x1A45DFA4, b"?"), seconds(1, start=1))).damages
    assert (damage.start_s, damage.end_s) == (0.96, 1.0)
    larger = CUES.to_bytes(4) + size_field(10**6)
    [damage] = read(matroska(BOTH, seconds(1), larger + b"?" * 50)).damages
    assert damage.reason.endswith("is larger than the file")
    unknown = CUES.to_bytes(4) + UNKNOWN
    [damage] = read(matroska(BOTH, seconds(1), unknown, seconds(1, start=1))).damages
    assert damage.end_s == 1.0


@pytest.mark.parametrize(("after", "found"), [(b"?" * 10, True), (b"\0" * 10, True), (element(VOID, b"x" * 99), False)])
def test_what_follows_the_end_is_found(read: Callable[..., MatroskaFile], after: bytes, found: bool) -> None:
    file = read(USUAL + after)
    assert bool(file.damages) is found
    if found:
        assert file.damages[0].reason == f"something follows its end at byte {len(USUAL)}"


def test_tracks_are_known_by_their_codecs(read: Callable[..., MatroskaFile]) -> None:
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


def test_tracks_without_blocks_are_counted_and_have_no_packets(read: Callable[..., MatroskaFile]) -> None:
    file = read(matroska(BOTH, cluster(0, simple_block(1, 0))))
    assert file.kinds == ("video", "audio")
    assert [stream.kind for stream in file.streams] == ["video"]


def test_a_file_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError):
        read_matroska(tmp_path / "none.mkv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(noise=st.binary(min_size=1, max_size=40), place=st.integers(0, 400), checksums=st.booleans())
def test_any_damage_is_read_without_an_exception(
    read: Callable[..., MatroskaFile], noise: bytes, place: int, checksums: bool
) -> None:
    data = SUMMED[:place] + noise + SUMMED[place + len(noise) :]
    file = read(data, checksums=checksums)
    assert all(0 <= start <= end for start, end in lost(file))
