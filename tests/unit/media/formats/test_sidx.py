"""The index of an ISO file (ISO/IEC 14496-12 8.16.3)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.sidx import Box, SidxError, file_boxes, parse_sidx
from tests.unit.media.index_builders import box, sidx

RANGES = st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(0, 2**32 - 1)), min_size=1, max_size=50)


@given(
    references=RANGES,
    times=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    version=st.sampled_from([0, 1]),
    offset=st.integers(0, 2**40),
    before=st.sampled_from([b"", box("styp", bytes(8)), box("free", bytes(3), large=True)]),
)
def test_references_follow_one_another_from_the_anchor(
    references: list[tuple[int, int]], times: tuple[int, int], version: int, offset: int, before: bytes
) -> None:
    start, first_offset = times
    data = before + sidx(*references, version=version, start=start, first_offset=first_offset)

    index = parse_sidx(data + b"\0\0\0", offset)

    place = offset + len(data) + first_offset
    for (size, ticks), reference in zip(references, index.references, strict=True):
        assert (reference.byte_range.start, reference.byte_range.stop) == (place, place + size)
        assert (reference.ticks, reference.is_index) == (ticks, False)
        place += size
    assert (index.timescale, index.start) == (1000, start)


def test_a_reference_may_lead_to_another_index() -> None:
    index = parse_sidx(sidx((10, 1), (20, 1), indexes=(1,)), 0)

    assert [reference.is_index for reference in index.references] == [False, True]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no sidx box"),
        (box("moov"), "no sidx box"),
        (sidx((1, 1))[:-1], "cut short"),
        (b"\0\0\0\0sidx" + bytes(40), "cut short"),
        (sidx((1, 1), version=2), "unknown version 2"),
        (sidx(), "no entries"),
        (sidx((1, 1), timescale=0), "no timescale"),
        (sidx((0, 1)), "empty subsegment"),
        (box("sidx", sidx((1, 1))[8:-1]), "shorter than what it lists"),
        (box("sidx", bytes(3)), "shorter than what it lists"),
        (b"\0\0\0\x07sidx", "no box at offset 0"),
        (b"<html><body>", "no sidx box"),
        (box("free") + b"\0\0\0\x10\xff\xff\xff\xff", "no box at offset 8"),
    ],
)
def test_what_is_no_index(data: bytes, reason: str) -> None:
    with pytest.raises(SidxError, match=reason):
        parse_sidx(data, 0)


def test_boxes_end_where_the_bytes_do() -> None:
    data = box("ftyp", bytes(4)) + b"\0\0\0\1mdat" + (2**33).to_bytes(8)

    assert list(file_boxes(data, 100)) == [
        Box(name="ftyp", start=100, content=108, size=12),
        Box(name="mdat", start=112, content=128, size=2**33),
    ]
    assert [found.name for found in file_boxes(data[:-1])] == ["ftyp"]


def test_the_last_box_may_last_to_the_end() -> None:
    (last,) = file_boxes(b"\0\0\0\0mdat" + box("sidx"))

    assert (last.name, last.size, last.stop) == ("mdat", None, None)


@given(
    data=st.one_of(
        st.binary(),
        st.binary().map(lambda data: sidx((9, 9))[:20] + data),
        st.binary().map(lambda data: b"\0\0\0\1sidx" + data),
        st.binary().map(lambda data: box("sidx", data)),
    )
)
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(SidxError):
        assert parse_sidx(data, 7).references
