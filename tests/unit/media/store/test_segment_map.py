"""What is kept beside the ledger of how segments came, and how it is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.store.segment_map import (
    MAP_NAME,
    MOST_CELLS,
    SegmentState,
    TrackMap,
    per_cell,
    read_map,
    read_stored,
    run_lengths,
    scales_of,
    states_of,
    track_view,
    write_map,
)
from aniworld_dl.model import Segment, TrackKind
from tests.media_builders import file_track, hls_track, media_of

if TYPE_CHECKING:
    from pathlib import Path

D, T, P, M, F, R = SegmentState
REST = '"language": null, "unit": "seconds", "lengths": [], "states": ""'


def mapped(states: bytes, *, count: int | None = None) -> TrackMap:
    (scale,) = scales_of(media_of(hls_track(len(states) if count is None else count)))
    return TrackMap(scale=scale, states=states)


@given(st.lists(st.sampled_from(SegmentState), max_size=60))
def test_run_lengths_can_be_read_again(states: list[SegmentState]) -> None:
    assert states_of(run_lengths(bytes(states)), len(states)) == bytes(states)


def test_run_lengths_are_short() -> None:
    assert run_lengths(bytes([D] * 120 + [R] * 3 + [M] * 277)) == "d120r3m277"
    assert run_lengths(b"") == ""


@pytest.mark.parametrize(("text", "count"), [("d3", 4), ("x3", 3), ("3", 3), ("d1 d2", 3), ("d9999999", 9999999)])
def test_what_is_no_run_lengths_is_refused(text: str, count: int) -> None:
    with pytest.raises(ValueError, match=text):
        states_of(text, count)


def test_the_lengths_of_segments_are_seconds() -> None:
    segments = tuple(Segment(index=at, uri="x", duration_s=length) for at, length in enumerate((6.006, 6.006, 2.4)))
    (scale,) = scales_of(media_of(hls_track(segments=segments, kind=TrackKind.AUDIO, language="ja")))
    assert (scale.kind, scale.language, scale.count, scale.unit) == ("audio", "ja", 3, "seconds")
    assert scale.lengths == ((6.006, 2), (2.4, 1))


def test_the_lengths_of_a_file_are_bytes_and_else_nothing_is_known() -> None:
    whole = hls_track(segments=(Segment(index=0, uri="x"),))
    file, unknown = scales_of(media_of(file_track(1200, 500), whole))
    assert (file.unit, file.lengths) == ("bytes", ((500, 2), (200, 1)))
    assert (unknown.unit, unknown.lengths) == ("segments", ((1, 1),))


def test_few_segments_are_shown_each() -> None:
    view = track_view(mapped(bytes([D, T, P, M, F, R, R])))
    assert (view["count"], view["per_cell"], view["states"]) == (7, 1, "d1t1p1m1f1r2")
    assert view["counts"] == {"done": 1, "retried": 1, "repaired": 1, "missing": 1, "failed": 1, "running": 2}


def test_very_many_segments_are_shown_in_cells() -> None:
    """A cell is done only when all of it is; the counts stay exact, the lengths add up."""
    count = 10_000
    states = bytearray([D]) * count
    states[2], states[-1] = M, R
    view = track_view(mapped(bytes(states)))
    step = per_cell(count)
    assert (view["per_cell"], step) == (step, 3)
    assert view["states"] == f"m1d{-(-count // step) - 2}r1"
    assert view["lengths"] == ((12.0, 3333), (4.0, 1))
    assert view["counts"]["done"] == count - 2
    assert len(json.dumps(view)) < 1000
    assert per_cell(MOST_CELLS) == 1
    assert per_cell(MOST_CELLS + 1) == 2


def test_a_track_without_segments_can_be_shown() -> None:
    view = track_view(mapped(b""))
    assert (view["count"], view["states"], view["lengths"]) == (0, "", ())


# -------------------------------------------------------------------------------------------------------- on the disk


def test_a_map_can_be_read_again(tmp_path: Path) -> None:
    tracks = (
        mapped(bytes([D, T, M])),
        TrackMap(scale=scales_of(media_of(file_track(9, 3)))[0], states=bytes([P, F, D])),
    )
    write_map(tmp_path, tracks)
    assert read_map(tmp_path) == tracks
    assert [file.name for file in tmp_path.iterdir()] == [MAP_NAME]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"format": 2, "tracks": []}',
        '{"format": 1, "tracks": [{}]}',
        f'{{"format": 1, "tracks": [{{"kind": "x", "count": 0, {REST}}}]}}',
        f'{{"format": 1, "tracks": [{{"kind": "text", "count": 9, {REST}}}]}}',
    ],
)
def test_what_is_no_map_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / MAP_NAME).write_text(text)
    assert read_map(tmp_path) == ()
    assert read_stored(tmp_path) == ()


def test_where_nothing_can_be_written_there_is_no_map(tmp_path: Path) -> None:
    write_map(tmp_path / "missing", [mapped(bytes([D]))])
    assert read_map(tmp_path / "missing") == ()


def test_the_ledger_has_the_last_word(tmp_path: Path) -> None:
    """After a crash it is ahead of the map; what was taken out of it is missing."""
    write_map(tmp_path, [mapped(bytes([D, T, M, F, D]))])
    lines = [
        {"format": 1},
        *({"t": 0, "i": index, "n": 9, "c": 9} for index in (0, 1, 3)),
        {"t": 1, "i": 2, "n": 9, "c": 9},
    ]
    (tmp_path / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [track.states for track in read_stored(tmp_path)] == [bytes([D, T, M, D, M])]


def test_without_a_ledger_nothing_is_stored(tmp_path: Path) -> None:
    write_map(tmp_path, [mapped(bytes([D, F]))])
    (tmp_path / "ledger.jsonl").mkdir()  # cannot be read
    assert [track.states for track in read_stored(tmp_path)] == [bytes([M, F])]
