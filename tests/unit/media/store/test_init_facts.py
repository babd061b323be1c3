from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.store.init_facts import InitFacts
from aniworld_dl.media.store.ledger import Entry, Ledger
from aniworld_dl.media.store.work import WorkFolder
from aniworld_dl.model import Container, InitSection
from tests.media_builders import hls_track, media_of
from tests.movie_fragments import Described, init_section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND = init_section(Described(timescale=1000)), init_section(Described(timescale=2000))


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkFolder]:
    """A track whose init section changes in the middle, and whose first segment needs none."""
    first, second = InitSection(uri="https://a.example/1"), InitSection(uri="https://a.example/2")
    track = hls_track(4, container=Container.FMP4)
    inits = (None, first, first, second)
    segments = tuple(replace(item, init=init) for item, init in zip(track.segments, inits, strict=True))
    media = media_of(replace(track, segments=segments))
    (tmp_path / "t0").mkdir()
    ledger = Ledger(tmp_path, media)
    ledger.open()
    yield WorkFolder(path=tmp_path, ledger=ledger, media=media)
    ledger.close()


def store(work: WorkFolder, index: int, data: bytes) -> None:
    work.segment_path(0, index).write_bytes(data)
    work.ledger.add(0, index, Entry(size_bytes=len(data), crc32=zlib.crc32(data)))


def test_each_segment_has_the_facts_of_its_own_init_section(work: WorkFolder) -> None:
    facts = InitFacts(work)
    store(work, -1, FIRST)
    store(work, -2, SECOND)
    assert facts.of_segment(0, 0) == {}
    assert facts.of_segment(0, 1) == facts.of_segment(0, 2) == track_facts(FIRST)
    assert facts.of_segment(0, 3) == track_facts(SECOND)
    assert facts.of_segment(0, -1) == {}


def test_what_is_not_stored_yet_is_asked_for_again(work: WorkFolder) -> None:
    facts = InitFacts(work)
    assert facts.of_segment(0, 1) == {}
    store(work, -1, FIRST)
    assert facts.of_segment(0, 1) == track_facts(FIRST)


def test_each_is_read_once(work: WorkFolder) -> None:
    facts = InitFacts(work)
    store(work, -1, FIRST)
    facts.of_segment(0, 1)
    work.segment_path(0, -1).unlink()
    assert facts.of_segment(0, 2) == track_facts(FIRST)


def test_a_damaged_one_says_nothing(work: WorkFolder) -> None:
    store(work, -1, FIRST[:-1])
    assert InitFacts(work).of_segment(0, 1) == {}


def test_one_that_vanished_is_our_error(work: WorkFolder) -> None:
    store(work, -1, FIRST)
    work.segment_path(0, -1).unlink()
    with pytest.raises(FileFailedError):
        InitFacts(work).of_segment(0, 1)
