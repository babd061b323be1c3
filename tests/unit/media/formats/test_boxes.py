from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.boxes import TrackFacts, boxes, is_encrypted, number_at, track_facts
from aniworld_dl.media.store.structure import StructureError
from tests.media_builders import box
from tests.movie_fragments import Described, init_section


def kinds(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(found.kind, data[found.start : found.stop]) for found in boxes(data)]


def test_boxes_of_every_size_are_stepped_through() -> None:
    """A size of 1 puts the real one after the name, a size of 0 means to the end (ISO/IEC 14496-12 4.2)."""
    large = (1).to_bytes(4) + b"wide" + (16 + 3).to_bytes(8) + b"abc"
    data = box(b"free") + box(b"udta", b"xy") + large + (0).to_bytes(4) + b"mdat" + b"rest"
    assert kinds(data) == [(b"free", b""), (b"udta", b"xy"), (b"wide", b"abc"), (b"mdat", b"rest")]


def test_zeros_at_the_end_are_no_box() -> None:
    assert kinds(box(b"free") + b"\0" * 12) == [(b"free", b"")]


@pytest.mark.parametrize(
    "data",
    [
        box(b"free")[:-1],
        box(b"udta", b"xyz")[:-1],
        (7).to_bytes(4) + b"free",
        (1).to_bytes(4) + b"wide" + (15).to_bytes(8),
        b"\0\0",
        b"\0\1",
    ],
)
def test_what_does_not_fit_is_refused(data: bytes) -> None:
    if data == b"\0\0":
        assert kinds(data) == []
        return
    with pytest.raises(StructureError, match="does not fit"):
        kinds(data)


def test_a_number_that_is_not_all_there_is_refused() -> None:
    assert number_at(b"\1\2\3", 1, 2) == 0x0203
    with pytest.raises(StructureError, match="in the middle of a field"):
        number_at(b"\1\2\3", 2, 2)


@pytest.mark.parametrize("version", [0, 1])
def test_an_init_section_describes_its_tracks(version: int) -> None:
    data = init_section(
        Described(number=1, version=version, timescale=90_000),
        Described(number=7, version=version, handler=b"soun", codec=b"mp4a", timescale=48_000),
        Described(number=8, handler=b"text", codec=b"wvtt"),
        defaults=((7, 1024, 3), (1, 3600, 0)),
    )
    assert track_facts(data) == {
        1: TrackFacts(kind="video", codec="avc1", timescale=90_000, default_duration=3600),
        7: TrackFacts(kind="audio", codec="mp4a", timescale=48_000, default_duration=1024, default_size=3),
        8: TrackFacts(kind="other", codec="wvtt", timescale=1000),
    }


def test_what_is_missing_is_not_made_up() -> None:
    without_headers = box(b"moov", box(b"trak") + box(b"trak", box(b"tkhd", b"\0" * 80)))
    assert track_facts(without_headers) == {}
    assert track_facts(box(b"ftyp")) == {}
    whole = init_section(Described())
    assert track_facts(whole.replace(b"hdlr", b"xxxx").replace(b"stsd", b"xxxx"))[1] == TrackFacts(
        kind="other", codec="", timescale=1000
    )
    assert track_facts(whole.replace(b"minf", b"xxxx").replace(b"mvex", b"xxxx"))[1].codec == ""


def test_a_timescale_of_nothing_is_refused() -> None:
    with pytest.raises(StructureError, match="track 1 has no timescale"):
        track_facts(init_section(Described(timescale=0)))


@pytest.mark.parametrize(("codec", "encrypted"), [(b"encv", True), (b"enca", True), (b"enct", True), (b"avc1", False)])
def test_encrypted_samples_are_known_by_their_entry(codec: bytes, encrypted: bool) -> None:
    assert is_encrypted(track_facts(init_section(Described(codec=codec)))[1]) is encrypted


@given(st.binary(max_size=120), st.integers(0, 600))
def test_damaged_init_sections_are_read_or_refused(noise: bytes, place: int) -> None:
    data = init_section(Described(), Described(number=2), defaults=((1, 2, 3),))
    with contextlib.suppress(StructureError):
        track_facts(data[:place] + noise + data[place + len(noise) :])
