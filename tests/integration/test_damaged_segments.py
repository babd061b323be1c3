"""Real segments, damaged in every way a network or a disk can: found, or nothing was lost by it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.structure import StructureError
from tests.media_samples import FMP4, TS, Samples
from tests.packaged import Packaged, read_package
from tests.transport_streams import AUDIO, VIDEO, pids

PACKET = 188
INDEX = 3


@pytest.fixture(scope="session")
def streams(samples: Samples) -> Packaged:
    return read_package(samples.folder / TS, fragments=False)


@pytest.fixture(scope="session")
def fragments(samples: Samples) -> Packaged:
    return read_package(samples.folder / FMP4, fragments=True)


def is_found(package: Packaged, data: bytes) -> bool:
    """Tell whether the segment would be fetched again."""
    try:
        entry = package.entry(INDEX, data)
    except StructureError:
        return True
    return bool(package.doubts({**package.entries(), INDEX: entry}))


many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, derandomize=True)


@many
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_stream_cut_anywhere_is_found(streams: Packaged, share: float) -> None:
    whole = streams.segments[INDEX]
    assert is_found(streams, whole[: int(share * len(whole))])


@many
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_stream_cut_between_packets_is_found(streams: Packaged, share: float) -> None:
    """A server that lies about its length, and ends where a packet does. The tables of programs are no loss."""
    whole = streams.segments[INDEX]
    keep = int(share * (len(whole) // PACKET))
    lost = set(pids(whole)[keep:])
    assert is_found(streams, whole[: keep * PACKET]) or not lost & {VIDEO, AUDIO}


@many
@given(share=st.floats(0, 1, exclude_max=True), count=st.integers(1, 40))
def test_packets_that_are_dropped_are_found(streams: Packaged, share: float, count: int) -> None:
    whole = streams.segments[INDEX]
    place = int(share * (len(whole) // PACKET))
    lost = pids(whole)[place : place + count]
    kept = whole[: place * PACKET] + whole[(place + count) * PACKET :]
    # sixteen packets later a counter says the same again
    harmless = all(lost.count(pid) % 16 == 0 for pid in (VIDEO, AUDIO))
    assert is_found(streams, kept) or harmless


@many
@given(share=st.floats(0, 1, exclude_max=True), count=st.integers(1, 3))
def test_packets_of_zeros_are_found(streams: Packaged, share: float, count: int) -> None:
    whole = streams.segments[INDEX]
    place = int(share * (len(whole) // PACKET - count)) * PACKET
    assert is_found(streams, whole[:place] + bytes(count * PACKET) + whole[place + count * PACKET :])


@many
@given(first=st.integers(0, 7), second=st.integers(0, 7))
def test_the_segment_of_another_place_is_found(streams: Packaged, first: int, second: int) -> None:
    """A cache that mixes up its entries: whole, but of another time."""
    entries = streams.entries()
    mixed = {**entries, first: entries[second]}
    assert bool(streams.doubts(mixed)) is (first != second)


@many
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_fragment_cut_anywhere_is_found(fragments: Packaged, share: float) -> None:
    whole = fragments.segments[INDEX]
    assert is_found(fragments, whole[: int(share * len(whole))])


@many
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_fragment_whose_box_was_made_to_fit_is_found(fragments: Packaged, share: float) -> None:
    """Someone shortened the samples and put the size of their box right; the index of them speaks of more."""
    whole = fragments.segments[INDEX]
    start = whole.index(b"mdat") - 4
    size = 8 + int(share * (len(whole) - start - 8))
    assert is_found(fragments, whole[:start] + size.to_bytes(4) + b"mdat" + whole[start + 8 : start + size])


@many
@given(noise=st.binary(min_size=1, max_size=200), share=st.floats(0, 1, exclude_max=True), is_fragment=st.booleans())
def test_no_damage_makes_a_check_fail_in_any_other_way(
    streams: Packaged, fragments: Packaged, noise: bytes, share: float, is_fragment: bool
) -> None:
    package = fragments if is_fragment else streams
    whole = package.segments[INDEX]
    # of fragments the head, where everything that is read stands
    place = int(share * (1000 if is_fragment else len(whole)))
    try:
        entry = package.entry(INDEX, whole[:place] + noise + whole[place + len(noise) :])
    except StructureError:
        return
    assert isinstance(entry, Entry)
    package.doubts({**package.entries(), INDEX: entry})
