"""Damaged Matroska files: what is wrong is found, with its time, and never makes the reading fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aniworld_dl.media.formats.matroska import Damage, read_matroska
from tests.matroska_files import (
    BLOCK,
    BLOCK_GROUP,
    BOTH,
    CLUSTER,
    CUES,
    HEAD,
    SEGMENT,
    SIMPLE_BLOCK,
    UNKNOWN,
    VOID,
    element,
    info,
    matroska,
    seconds,
    simple_block,
    size_field,
    unsigned,
)
from tests.unit.media.reading import Read, facts, lost

if TYPE_CHECKING:
    from pathlib import Path

USUAL = matroska(info(4000.0), BOTH, seconds(4), element(CUES, b""))
SUMMED = matroska(info(4000.0), BOTH, seconds(4, checksum=True), element(CUES, b"\xec\x81x", checksum=True))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"no media at all" * 20, HEAD, HEAD + BOTH, HEAD[:3]])
def test_what_is_no_matroska_file_is_called_so(read: Read, data: bytes) -> None:
    file = read(data)
    assert file.damages == (Damage(reason="it is no Matroska file", start_s=0.0, end_s=0.0),)
    assert file.streams == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.integers(0, len(SUMMED) - 1))
@pytest.mark.parametrize("data", [USUAL, SUMMED], ids=["plain", "summed"])
def test_a_file_cut_anywhere_is_found_with_what_is_gone(read: Read, data: bytes, keep: int) -> None:
    keep = keep * len(data) // len(SUMMED)
    for checksums in (False, True):
        file = read(data[:keep], checksums=checksums)
        assert file.damages
        if file.streams and file.duration_s:
            reached = max(stream.end_s for stream in file.streams)
            assert reached - 0.05 <= file.damages[-1].start_s + 0.04
            assert file.damages[-1].end_s >= 3.96


def test_a_cut_names_the_bytes(read: Read) -> None:
    [damage] = read(USUAL[:-2000], checksums=True).damages
    assert damage.reason == f"it ends after {len(USUAL) - 2000} of {len(USUAL)} bytes"
    assert 3.0 < damage.start_s < 4.0
    assert damage.end_s == 4.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(share=st.floats(0, 1), bit=st.integers(0, 7))
def test_one_wrong_bit_is_found_where_there_are_checksums(read: Read, share: float, bit: int) -> None:
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
def test_a_wiped_place_is_found_with_its_time(read: Read, place: int, size: int, fill: int) -> None:
    """Without checksums too: so much always takes away the head of a block."""
    size = min(size, len(USUAL) - place)
    damaged = USUAL[:place] + bytes([fill]) * size + USUAL[place + size :]
    file = read(damaged)
    if size >= 300:
        assert file.damages
    for start, end in lost(file):
        assert 0 <= start <= end


def test_what_follows_a_wiped_place_is_read(read: Read) -> None:
    place = USUAL.index(CLUSTER.to_bytes(4), USUAL.index(CLUSTER.to_bytes(4)) + 4) + 500
    file = read(USUAL[:place] + bytes(700) + USUAL[place + 700 :])
    [damage] = file.damages
    assert 1.0 < damage.start_s < 1.3
    assert damage.end_s == 2.0
    assert facts(file)[0][4] == 4.0


def test_two_clusters_that_are_gone_are_one_damage(read: Read) -> None:
    first = USUAL.index(CLUSTER.to_bytes(4))
    size = (USUAL.rindex(CLUSTER.to_bytes(4)) - first) // 3
    start = first + size + 300
    file = read(USUAL[:start] + b"\1" * size + USUAL[start + size :])
    [damage] = file.damages
    assert (1.0 <= damage.start_s < 1.3, damage.end_s) == (True, 3.0)


def test_a_wrong_checksum_names_its_clusters_time(read: Read) -> None:
    place = SUMMED.rindex(bytes([7]) * 50, 0, SUMMED.rindex(CLUSTER.to_bytes(4))) + 5
    damaged = SUMMED[:place] + b"X" + SUMMED[place + 1 :]
    assert read(damaged).damages == ()
    [damage] = read(damaged, checksums=True).damages
    assert "does not fit its checksum" in damage.reason
    assert (damage.start_s, damage.end_s) == (1.96, 3.0)


def test_a_damaged_index_is_named(read: Read) -> None:
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
def test_what_is_no_block_is_found_in_a_cluster(read: Read, wrong: bytes) -> None:
    body = unsigned(0xE7, 1000) + simple_block(1, 0) + wrong + simple_block(1, 40) + simple_block(1, 80)
    file = read(matroska(BOTH, seconds(1), element(CLUSTER, body), seconds(1, start=2)))
    [damage] = file.damages
    assert damage.reason.startswith("there is no block at byte")
    assert (damage.start_s, damage.end_s) == (1.0, 2.0)


def test_blocks_before_their_clusters_time_are_none(read: Read) -> None:
    wrong = element(CLUSTER, simple_block(1, 0) + unsigned(0xE7, 0))
    [damage] = read(matroska(info(3000.0), BOTH, seconds(1), wrong)).damages
    assert (damage.start_s, damage.end_s) == (0.96, 3.0)


def test_elements_that_no_segment_has_are_found(read: Read) -> None:
    [damage] = read(matroska(BOTH, seconds(1), element(0x1A45DFA4, b"?"), seconds(1, start=1))).damages
    assert (damage.start_s, damage.end_s) == (0.96, 1.0)
    larger = CUES.to_bytes(4) + size_field(10**6)
    [damage] = read(matroska(BOTH, seconds(1), larger + b"?" * 50)).damages
    assert damage.reason.endswith("is larger than the file")
    unknown = CUES.to_bytes(4) + UNKNOWN
    [damage] = read(matroska(BOTH, seconds(1), unknown, seconds(1, start=1))).damages
    assert damage.end_s == 1.0


@pytest.mark.parametrize(("after", "found"), [(b"?" * 10, True), (b"\0" * 10, True), (element(VOID, b"x" * 99), False)])
def test_what_follows_the_end_is_found(read: Read, after: bytes, found: bool) -> None:
    file = read(USUAL + after)
    assert bool(file.damages) is found
    if found:
        assert file.damages[0].reason == f"something follows its end at byte {len(USUAL)}"


def test_a_large_file_is_read_step_by_step(tmp_path: Path) -> None:
    """With most of it wiped; what comes after is read again."""
    path = tmp_path / "large.mkv"
    head = HEAD + SEGMENT.to_bytes(4) + size_field(300 << 20, 8) + BOTH + seconds(1)
    tail = seconds(1, start=9)
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(HEAD) + 12 + (300 << 20) - len(tail))
        file.write(tail)
    found = asyncio.run(read_matroska(path))
    assert lost(found) == [(0.96, 9.0)]
    assert facts(found)[0] == ("video", "h264", 50, 0.0, 10.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(noise=st.binary(min_size=1, max_size=40), place=st.integers(0, 400), checksums=st.booleans())
def test_any_damage_is_read_without_an_exception(read: Read, noise: bytes, place: int, checksums: bool) -> None:
    data = SUMMED[:place] + noise + SUMMED[place + len(noise) :]
    file = read(data, checksums=checksums)
    assert all(0 <= start <= end for start, end in lost(file))
