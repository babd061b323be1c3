"""What a Matroska file says of itself: tracks, duration, and the times at which it can be cut."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.formats.matroska_index import TrackEntry, read_index
from tests.matroska_files import (
    BOTH,
    CUES,
    HEAD,
    INFO,
    SEGMENT,
    TRACKS,
    UNKNOWN,
    VOID,
    element,
    info,
    matroska,
    track_entry,
    unsigned,
)

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.media.formats.matroska_index import MatroskaIndex

NOTHING = element(VOID, b"")
CUE_POINT, CUE_TIME, CUE_POSITIONS, CUE_TRACK, CUE_CLUSTER = 0xBB, 0xB3, 0xB7, 0xF7, 0xF1


def cue(time: int, *tracks: int) -> bytes:
    """Return a cue, with what else stands in one."""
    positions = [element(CUE_POSITIONS, unsigned(CUE_TRACK, track) + unsigned(CUE_CLUSTER, 900)) for track in tracks]
    return element(CUE_POINT, unsigned(CUE_TIME, time) + NOTHING + b"".join(positions))


THREE = element(CUES, cue(0, 1) + cue(500, 2) + cue(2000, 2, 1) + cue(1000, 1))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.mkv"


def index(film: Path, data: bytes) -> MatroskaIndex | None:
    film.write_bytes(data)
    return read_index(film)


def test_the_key_frames_are_those_of_the_picture_in_their_order(film: Path) -> None:
    found = index(film, matroska(NOTHING, info(4000.0), BOTH, THREE))
    assert found is not None
    assert (found.duration_s, found.key_times_s) == (4.0, (0.0, 1.0, 2.0))
    assert [(track.kind, track.codec) for track in found.tracks] == [("video", "V_MPEG4/ISO/AVC"), ("audio", "A_AAC")]


def test_without_a_picture_they_are_those_of_the_sound(film: Path) -> None:
    found = index(film, matroska(info(4000.0), element(TRACKS, track_entry(2, 2, "A_AAC")), THREE))
    assert found is not None
    assert found.key_times_s == (0.5, 2.0)


def test_times_are_counted_in_the_files_own_ticks(film: Path) -> None:
    ticks = element(INFO, NOTHING + unsigned(0x2AD7B1, 100_000) + element(0x4489, struct.pack(">d", 4000.0)))
    found = index(film, matroska(ticks, BOTH, THREE))
    assert found is not None
    assert found.duration_s == pytest.approx(0.4)
    assert found.key_times_s == pytest.approx((0.0, 0.1, 0.2))


def test_a_track_says_its_language_its_name_and_whether_it_is_the_usual_one(film: Path) -> None:
    said = element(0x22B59C, b"ger") + element(0x536E, b"Ton\0") + unsigned(0x88, 0)
    better = element(0x22B59C, b"ger") + element(0x22B59D, b"ja")
    kinds = (unsigned(0xD7, number) + unsigned(0x83, 2) for number in (1, 2))
    tracks = (element(0xAE, kind + fields) for kind, fields in zip(kinds, (said, better), strict=True))
    found = index(film, matroska(info(4000.0), element(TRACKS, NOTHING + b"".join(tracks)), THREE))
    assert found is not None
    assert found.tracks == (
        TrackEntry(kind="audio", codec="", language="de", name="Ton", default=False),
        TrackEntry(kind="audio", codec="", language="ja", name=None, default=True),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD,
        HEAD + NOTHING,
        NOTHING + element(SEGMENT, info(4000.0) + BOTH + THREE),
        matroska(info(4000.0), BOTH),
        matroska(info(), BOTH, THREE),
        matroska(info(0.0), BOTH, THREE),
        matroska(info(4000.0), THREE),
        matroska(info(4000.0), BOTH, element(CUES, cue(500, 2))),
        matroska(info(4000.0), BOTH, element(CUES, element(CUE_POINT, unsigned(CUE_TRACK, 1)))),
    ],
    ids=["empty", "head", "no segment", "no head", "no cues", "no duration", "zero", "no tracks", "other", "no time"],
)
def test_what_cannot_be_cut_is_known_by_that(film: Path, data: bytes) -> None:
    assert index(film, data) is None


def test_what_was_cut_off_is_not_read(film: Path) -> None:
    whole = matroska(info(4000.0), BOTH, THREE)
    assert index(film, whole[:-1]) is None
    film.write_bytes(HEAD + SEGMENT.to_bytes(4) + UNKNOWN + info(4000.0) + BOTH + THREE)
    assert read_index(film) is not None


def test_only_so_much_is_looked_at(film: Path) -> None:
    film.write_bytes(matroska(info(4000.0), BOTH, THREE))
    found = read_index(film, most_elements=3)
    assert found is not None
    assert found.key_times_s == (0.0, 2.0)
    assert read_index(film, most_elements=2) is None
