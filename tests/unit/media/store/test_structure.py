from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.store.structure import Check, StructureError, check_for
from aniworld_dl.model import Container
from tests.media_builders import INIT_BYTES, box, fmp4_bytes, ts_bytes

PIECES = (1, 7, 188, 1000, 100_000)


def run(check: Check, data: bytes, piece: int = 100_000) -> None:
    for start in range(0, len(data), piece):
        check.feed(data[start : start + piece])
    check.finish()


@pytest.mark.parametrize("piece", PIECES)
def test_whole_segments_pass_however_they_arrive(piece: int) -> None:
    run(check_for(Container.MPEG_TS), ts_bytes(20), piece)
    run(check_for(Container.FMP4), fmp4_bytes(), piece)
    run(check_for(Container.FMP4, init=True), INIT_BYTES, piece)
    run(check_for(Container.FILE), b"anything", piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("packet", [0, 7, 19])
def test_one_wrong_sync_byte_is_found_with_its_place(piece: int, packet: int) -> None:
    data = bytearray(ts_bytes(20))
    data[packet * 188] = 0x48
    with pytest.raises(StructureError, match=f"offset {packet * 188}$"):
        run(check_for(Container.MPEG_TS), bytes(data), piece)


@pytest.mark.parametrize("piece", PIECES)
def test_a_cut_packet_is_found(piece: int) -> None:
    with pytest.raises(StructureError, match="563 bytes are not a whole number"):
        run(check_for(Container.MPEG_TS), ts_bytes(3)[:-1], piece)


@pytest.mark.parametrize("container", [Container.MPEG_TS, Container.FMP4])
def test_nothing_is_no_segment(container: Container) -> None:
    with pytest.raises(StructureError, match="it is empty"):
        run(check_for(container), b"")


@pytest.mark.parametrize("container", [Container.MPEG_TS, Container.FMP4])
@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>", b"\xef\xbb\xbf\r\n<HTML>", b'{"error": 1}', b"#EXTM3U\n"])
def test_a_page_is_called_one(container: Container, page: bytes) -> None:
    with pytest.raises(StructureError, match="a page of text"):
        run(check_for(container), page)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("cut", [1, 50, 105])
def test_a_cut_fragment_is_found(piece: int, cut: int) -> None:
    with pytest.raises(StructureError, match="the last box is cut short"):
        run(check_for(Container.FMP4), fmp4_bytes()[:-cut], piece)


@pytest.mark.parametrize(
    ("data", "init", "words"),
    [
        (box(b"moof"), False, "no mdat box"),
        (box(b"styp"), False, "no moof and no mdat box"),
        (fmp4_bytes(), True, "no ftyp and no moov box"),
        (box(b"ftyp"), True, "no moov box"),
        ((4).to_bytes(4) + b"moof" + b"\0" * 40, False, "box moof has an impossible size of 4 bytes"),
        ((0).to_bytes(4) + b"moof" + b"\0" * 40, False, "box moof has an impossible size of 0 bytes"),
        ((1).to_bytes(4) + b"mdat" + (15).to_bytes(8), False, "box mdat has an impossible size of 15 bytes"),
        (b"\0\0\0\x10\x00\x01\x02\x03" + b"\0" * 8, False, "no box after the start"),
        (box(b"moof") + b"\xff" * 20, False, "no box after moof"),
    ],
)
def test_what_is_no_fragment_says_why(data: bytes, init: bool, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        run(check_for(Container.FMP4, init=init), data)


@pytest.mark.parametrize("piece", PIECES)
def test_long_and_open_ended_boxes_are_followed(piece: int) -> None:
    """A size of 1 puts the real one after the name, a size of 0 means to the end (ISO/IEC 14496-12 4.2)."""
    long = (1).to_bytes(4) + b"mdat" + (16 + 300).to_bytes(8) + b"x" * 300
    run(check_for(Container.FMP4), box(b"moof") + long, piece)
    run(check_for(Container.FMP4), box(b"moof") + (0).to_bytes(4) + b"mdat" + b"\xff" * 500, piece)


@given(data=st.binary(max_size=600), piece=st.integers(1, 200), container=st.sampled_from(Container))
def test_any_bytes_are_accepted_or_refused_the_same_in_any_pieces(
    data: bytes, piece: int, container: Container
) -> None:
    def verdict(size: int) -> bool:
        try:
            run(check_for(container), data, size)
        except StructureError:
            return False
        return True

    assert verdict(piece) == verdict(1000)
