from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.init_parameters import edit_offsets_us, parameters
from aniworld_dl.media.formats.structure_error import StructureError
from tests.media_builders import box

Edits = tuple[tuple[int, int], ...]
"""Durations in ms and start times in ticks of 1/1000 s; -1 is a pause."""


def full(kind: bytes, body: bytes, version: int = 0) -> bytes:
    return box(kind, bytes((version, 0, 0, 0)) + body)


def edit_list(edits: Edits, version: int) -> bytes:
    size = 8 if version else 4
    entries = [duration.to_bytes(size) + start.to_bytes(size, signed=True) + b"\0\1\0\0" for duration, start in edits]
    return box(b"edts", full(b"elst", len(edits).to_bytes(4) + b"".join(entries), version))


def init_section(
    *,
    edits: Edits | None = None,
    codec: bytes = b"avc1",
    description: bytes = b"sps",
    bit_rate: bytes = b"",
    version: int = 0,
    movie_ticks: int = 1000,
) -> bytes:
    """Return an init section of one track whose times are milliseconds."""
    times = bytes(16 if version else 8)
    entry = box(codec, description + (box(b"btrt", bit_rate) if bit_rate else b""))
    media = box(
        b"mdia",
        full(b"mdhd", times + (1000).to_bytes(4) + bytes(8), version)
        + full(b"hdlr", bytes(4) + b"vide" + bytes(12))
        + box(b"minf", box(b"stbl", full(b"stsd", (1).to_bytes(4) + entry))),
    )
    header = full(b"tkhd", times + (1).to_bytes(4) + bytes(60), version)
    track = box(b"trak", header + (b"" if edits is None else edit_list(edits, version)) + media)
    movie = full(b"mvhd", times + movie_ticks.to_bytes(4) + bytes(80), version)
    return box(b"ftyp", b"iso6") + box(b"moov", movie + track)


SAME = parameters(init_section())


def test_init_sections_with_other_words_around_them_say_the_same() -> None:
    assert parameters(init_section() + box(b"free", b"by somebody else")) == SAME


def test_the_bit_rate_decides_nothing() -> None:
    some, other = (parameters(init_section(bit_rate=bytes((rate,)) * 12)) for rate in (1, 2))
    assert some == other


@pytest.mark.parametrize(
    "other",
    [
        init_section(description=b"pps"),
        init_section(codec=b"hvc1"),
        init_section(edits=((0, 80),)),
        init_section(edits=((500, -1), (0, 0))),
    ],
    ids=["description", "codec", "start", "pause"],
)
def test_init_sections_that_differ_are_told_apart(other: bytes) -> None:
    assert parameters(other) != SAME


@pytest.mark.parametrize(("codec", "same"), [(b"av01", True), (b"vp09", True), (b"avc1", False), (b"hev1", False)])
def test_some_codecs_describe_themselves_in_each_key_frame(codec: bytes, same: bool) -> None:
    one, other = (parameters(init_section(codec=codec, description=text)) for text in (b"x", b"y"))
    assert (one == other) is same


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("edits", "offset_us"),
    [
        (((0, 0),), 0),
        (((4000, 80),), -80_000),
        (((500, -1), (4000, 80)), 420_000),
        (((500, -1), (250, -1)), 750_000),
        ((), 0),
    ],
)
def test_an_edit_list_moves_the_beginning(edits: Edits, offset_us: int, version: int) -> None:
    assert edit_offsets_us(init_section(edits=edits, version=version)) == {1: offset_us}


def test_what_has_no_edit_list_is_not_moved() -> None:
    assert edit_offsets_us(init_section()) == {}
    assert edit_offsets_us(b"") == {}
    assert edit_offsets_us(init_section(edits=((1, 1),), movie_ticks=0)) == {}


@given(st.integers(0, 400))
def test_damaged_ones_are_an_error_or_say_something(length: int) -> None:
    with suppress(StructureError):
        parameters(init_section(edits=((500, -1), (4000, 80)))[:length])
