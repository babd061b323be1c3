from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.proof.suspicions import Suspicions
from aniworld_dl.media.store.ledger import Entry, Ledger
from aniworld_dl.media.store.structure import StructureError
from tests.media_builders import hls_track, media_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = 8
MEDIA = media_of(
    replace(
        hls_track(COUNT),
        segments=tuple(replace(segment, duration_s=4.001) for segment in hls_track(COUNT).segments),
    )
)
SEGMENTS = MEDIA.tracks[0].segments


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "t0").mkdir()
    ledger = Ledger(tmp_path, MEDIA)
    ledger.open()
    yield ledger
    ledger.close()


def entry(index: int, held_s: float = 4.0, *, data: bytes = b"data", doubts: tuple[str, ...] = ()) -> Entry:
    span = StreamSpan(
        stream=1, kind="video", start_us=4_000_000 * index, end_us=4_000_000 * index + round(held_s * 1_000_000)
    )
    return Entry(size_bytes=len(data), crc32=zlib.crc32(data), spans=(span,), doubts=doubts)


def test_a_whole_segment_is_believed_at_once(ledger: Ledger) -> None:
    assert Suspicions(MEDIA, ledger).judge(0, SEGMENTS[0], entry(0)) == entry(0)


def test_half_a_segment_is_fetched_again_and_then_believed(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    with pytest.raises(StructureError, match=r"it holds 2\.0 s of the 4\.0 s that the playlist announces"):
        suspicions.judge(0, SEGMENTS[3], entry(3, 2.0))
    assert suspicions.judge(0, SEGMENTS[3], entry(3, 2.0)) == replace(entry(3, 2.0), confirmed=True)


def test_other_bytes_are_judged_anew(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    for data in (b"half", b"third"):
        with pytest.raises(StructureError):
            suspicions.judge(0, SEGMENTS[3], entry(3, 2.0, data=data))
    assert suspicions.judge(0, SEGMENTS[3], entry(3, data=b"whole")) == entry(3, data=b"whole")


def test_what_its_bytes_say_is_doubted_too(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    with pytest.raises(StructureError, match="packets are missing"):
        suspicions.judge(0, SEGMENTS[0], entry(0, doubts=("packets are missing",)))
    assert suspicions.judge(0, SEGMENTS[0], entry(0, doubts=("packets are missing",))).confirmed


def test_a_source_that_is_always_odd_is_not_fetched_twice_for_ever(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    for index in range(3):
        with pytest.raises(StructureError):
            suspicions.judge(0, SEGMENTS[index], entry(index, 2.0))
        assert suspicions.judge(0, SEGMENTS[index], entry(index, 2.0)).confirmed
    assert not suspicions.judge(0, SEGMENTS[3], entry(3, 2.0)).confirmed


def test_the_last_segment_may_be_shorter(ledger: Ledger) -> None:
    """Whether durations are exact is known only when the others are there."""
    suspicions = Suspicions(MEDIA, ledger)
    suspicions.judge(0, SEGMENTS[-1], entry(COUNT - 1, 2.7))
    with pytest.raises(StructureError):
        suspicions.judge(0, SEGMENTS[-2], entry(COUNT - 2, 2.6))


def test_rounded_durations_are_allowed_a_second(ledger: Ledger) -> None:
    rounded = media_of(replace(hls_track(COUNT), rounded=True))
    Suspicions(rounded, ledger).judge(0, rounded.tracks[0].segments[0], entry(0, 3.0))
    with pytest.raises(StructureError):
        Suspicions(MEDIA, ledger).judge(0, SEGMENTS[0], entry(0, 3.0))


def test_a_hole_between_stored_segments_gets_one_second_look(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    for index in range(COUNT):
        ledger.add(0, index, suspicions.judge(0, SEGMENTS[index], entry(index, 3.7 if index == 3 else 4.0)))
    assert suspicions.second_look() == [(0, 3)]
    assert not ledger.has(0, 3)
    again = suspicions.judge(0, SEGMENTS[3], entry(3, 3.7))
    assert again.confirmed
    ledger.add(0, 3, again)
    assert suspicions.second_look() == []


def test_a_second_look_that_brings_other_bytes_is_not_repeated(ledger: Ledger) -> None:
    """The final judgement will find the hole still there."""
    suspicions = Suspicions(MEDIA, ledger)
    for index in range(COUNT):
        ledger.add(0, index, entry(index, 3.7 if index == 3 else 4.0))
    assert suspicions.second_look() == [(0, 3)]
    ledger.add(0, 3, suspicions.judge(0, SEGMENTS[3], entry(3, 3.75, data=b"other")))
    assert suspicions.second_look() == []
    assert ledger.has(0, 3)


def test_a_second_look_that_brings_the_rest_ends_the_matter(ledger: Ledger) -> None:
    suspicions = Suspicions(MEDIA, ledger)
    for index in range(COUNT):
        ledger.add(0, index, entry(index, 3.7 if index == 3 else 4.0))
    assert suspicions.second_look() == [(0, 3)]
    ledger.add(0, 3, suspicions.judge(0, SEGMENTS[3], entry(3, data=b"whole")))
    assert suspicions.second_look() == []
    assert ledger.entry(0, 3) == entry(3, data=b"whole")
