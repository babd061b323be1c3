"""What a newer reading of a growing playlist adds. Segments last 4 s, and so does a target duration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls import window as hls_window
from aniworld_dl.media.hls.playlist import MediaPlaylist
from aniworld_dl.media.hls.window import Window
from aniworld_dl.model import ByteRange, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET_S: Final = 4.0
URL: Final = "https://live.example/index.m3u8"


def reading(first: int, names: Iterable[object], *, discontinuities: int = 0) -> MediaPlaylist:
    """A playlist whose first segment has the media sequence number `first`. A name with `!` follows a discontinuity."""
    segments = tuple(
        Segment(
            index=index,
            uri=f"https://live.example/{str(name).removeprefix('!')}",
            duration_s=4.0,
            discontinuity=str(name).startswith("!"),
        )
        for index, name in enumerate(names)
    )
    return MediaPlaylist(
        segments=segments,
        target_duration_s=TARGET_S,
        ended=False,
        media_sequence=first,
        discontinuity_sequence=discontinuities,
    )


def numbered(first: int, stop: int) -> MediaPlaylist:
    """A playlist in which each segment is called after its media sequence number."""
    return reading(first, range(first, stop))


class Watched:
    """A window whose readings come a target duration apart, and what is new in them, in short."""

    def __init__(self, first: MediaPlaylist) -> None:
        self.window = Window(first, url=URL, now_s=0.0)
        self.now_s = 0.0
        self.count = len(first.segments)

    def take(self, playlist: MediaPlaylist, *, after_s: float = TARGET_S) -> list[str]:
        self.now_s += after_s
        new = self.window.take(playlist, now_s=self.now_s)
        assert [segment.index for segment in new] == list(range(self.count, self.count + len(new)))
        self.count += len(new)
        return [short(segment) for segment in new]

    @property
    def is_dead(self) -> bool:
        return self.window.is_dead(now_s=self.now_s)


def short(segment: Segment) -> str:
    if segment.gap:
        assert segment == Segment(index=segment.index, uri=URL, duration_s=TARGET_S, gap=True)
        return "gap"
    return "!" * segment.discontinuity + segment.uri.rpartition("/")[2]


def test_what_was_seen_is_not_new() -> None:
    watched = Watched(numbered(10, 13))

    assert watched.take(numbered(10, 13)) == []
    assert watched.take(numbered(11, 15)) == ["13", "14"]
    assert watched.take(numbered(15, 16)) == ["15"]
    assert watched.take(numbered(12, 16)) == []
    assert watched.window.goes_on


def test_discontinuities_of_the_playlist_stay() -> None:
    watched = Watched(reading(0, ["a", "!b"]))

    assert watched.take(reading(1, ["!b", "c", "!d"], discontinuities=0)) == ["c", "!d"]


def test_folders_and_tokens_may_change() -> None:
    watched = Watched(reading(0, ["one/a?t=1", "one/b?t=1"]))

    assert watched.take(reading(1, ["two/b?t=2", "two/c?t=2"])) == ["c?t=2"]


def test_ranges_of_one_file_are_told_apart() -> None:
    def ranges(first: int, *starts: int) -> MediaPlaylist:
        playlist = reading(first, ["all"] * len(starts))
        parts = [
            replace(segment, byte_range=ByteRange(start=start, stop=start + 10))
            for segment, start in zip(playlist.segments, starts, strict=True)
        ]
        return replace(playlist, segments=tuple(parts))

    watched = Watched(ranges(0, 0, 10))

    assert watched.take(ranges(1, 10, 20)) == ["all"]
    assert watched.take(ranges(2, 500, 510)) == []
    assert not watched.window.goes_on


# ---------------------------------------------------------------------------------------------------------- holes


def test_what_came_and_went_is_a_hole_of_known_length() -> None:
    watched = Watched(numbered(0, 3))

    assert watched.take(numbered(6, 9)) == ["gap", "gap", "gap", "6", "7", "8"]
    assert watched.take(numbered(9, 10)) == ["9"]


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (reading(6, ["6"], discontinuities=1), ["gap", "gap", "gap", "6"]),
        (reading(6, ["6"], discontinuities=2), ["gap", "gap", "gap", "!6"]),
        (reading(6, ["!6"], discontinuities=1), ["gap", "gap", "gap", "!6"]),
        (reading(6, [], discontinuities=2), ["gap", "gap", "gap"]),
    ],
)
def test_a_discontinuity_inside_a_hole_is_known_by_its_number(after: MediaPlaylist, names: list[str]) -> None:
    """RFC 8216 4.3.3.3: what was removed with a discontinuity counts in EXT-X-DISCONTINUITY-SEQUENCE."""
    watched = Watched(reading(0, ["0", "!1", "2"]))

    assert watched.take(after) == names


def test_a_hole_may_be_as_long_as_nobody_looked() -> None:
    """After an outage of ten minutes; but a leap ahead without one is another numbering."""
    watched = Watched(numbered(0, 3))

    assert watched.take(numbered(153, 154), after_s=600.0) == ["gap"] * 150 + ["153"]
    assert watched.take(numbered(600, 601)) == []
    assert not watched.window.goes_on


def test_a_leap_of_segments_without_duration_is_bounded() -> None:
    playlist = numbered(2**60, 2**60 + 1)
    segments = tuple(replace(segment, duration_s=0.0) for segment in playlist.segments)
    watched = Watched(numbered(0, 3))

    assert watched.take(replace(playlist, segments=segments)) == []


def test_the_number_of_segments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_window, "SEGMENTS_LIMIT", 5)
    watched = Watched(numbered(0, 3))

    assert watched.take(numbered(3, 5)) == ["3", "4"]
    with pytest.raises(ManifestError, match="more than 5 segments"):
        watched.take(numbered(5, 6))
    with pytest.raises(ManifestError, match="more than 5 segments"):
        watched.take(numbered(9, 10))


# ----------------------------------------------------------------------------------------------- a server starts anew


def test_a_hole_of_any_length_costs_no_more_than_the_bound() -> None:
    watched = Watched(numbered(0, 3))

    with pytest.raises(ManifestError, match="segments came"):
        watched.take(numbered(2**40, 2**40 + 1), after_s=1e15)


@pytest.mark.parametrize(
    "anew",
    [reading(0, ["x0", "x1"]), reading(100, ["x0", "x1", "x2"]), reading(10**9, ["x0"])],
    ids=["counts from the beginning", "other segments under the same numbers", "leaps ahead"],
)
def test_a_server_that_starts_anew_is_believed_after_two_target_durations(anew: MediaPlaylist) -> None:
    watched = Watched(numbered(100, 103))

    steps = [(watched.take(anew)[:1], watched.window.goes_on) for _ in range(3)]
    assert steps == [([], False), ([], False), (["!x0"], True)]
    following = reading(anew.media_sequence, [*(f"x{n}" for n in range(len(anew.segments))), "next"])
    assert watched.take(following) == ["next"]


def test_a_server_that_starts_anew_again_is_believed_again() -> None:
    watched = Watched(numbered(100, 103))

    for name in ("x", "y", "z"):
        anew = reading(5, [name])
        assert [watched.take(anew) for _ in range(3)] == [[], [], [f"!{name}"]]


def test_one_reading_from_elsewhere_is_forgotten() -> None:
    watched = Watched(numbered(100, 103))

    for _ in range(5):
        assert watched.take(reading(0, ["x0"])) == []
        assert watched.take(numbered(100, 103)) == []
    assert watched.is_dead
    assert watched.take(numbered(101, 104)) == ["103"]


def test_a_server_that_names_all_anew_each_time_is_read_by_its_numbers() -> None:
    watched = Watched(reading(0, ["a0", "a1"]))

    assert watched.take(reading(1, ["b1", "b2"])) == []
    assert watched.take(reading(1, ["c1", "c2", "c3"])) == ["c2", "c3"]
    assert watched.take(reading(2, ["d2", "d3", "d4"])) == ["d4"]


def test_nothing_is_believed_of_an_empty_playlist() -> None:
    watched = Watched(numbered(100, 103))

    for _ in range(8):
        assert watched.take(reading(0, [])) == []
    assert watched.is_dead
    assert watched.take(reading(0, ["x0"])) == ["!x0"]


# ------------------------------------------------------------------------------------------------------- old copies


def test_an_old_copy_from_a_cache_is_nothing_new() -> None:
    watched = Watched(numbered(100, 105))

    for stop in (103, 104, 104, 105):
        assert watched.take(numbered(99, stop)) == []
    assert watched.take(numbered(101, 106)) == ["105"]


def test_an_old_copy_that_stays_old_is_dead_in_time() -> None:
    watched = Watched(numbered(100, 105))

    for _ in range(7):
        assert watched.take(numbered(100, 104)) == []
        assert not watched.is_dead
    assert watched.take(numbered(100, 104)) == []
    assert watched.is_dead


def test_what_looks_like_an_old_copy_but_grows_for_long_is_a_new_start() -> None:
    """A server that starts anew with the same numbers and names, as an event has them from its first segment on."""
    watched = Watched(numbered(0, 50))

    for stop in range(1, 9):
        assert watched.take(numbered(0, stop)) == []
        assert not watched.is_dead
    assert watched.take(numbered(0, 9)) == ["!0", *map(str, range(1, 9))]


# ----------------------------------------------------------------------------------------------------------- silence


@pytest.mark.parametrize(("target_s", "dead_after_s"), [(0.0, 30.0), (4.0, 30.0), (12.0, 36.0), (1e9, 900.0)])
def test_silence_is_bounded(target_s: float, dead_after_s: float) -> None:
    window = Window(replace(numbered(0, 3), target_duration_s=target_s), url=URL, now_s=5.0)

    assert window.dead_after_s == dead_after_s
    assert not window.is_dead(now_s=4.9 + dead_after_s)
    assert window.is_dead(now_s=5.0 + dead_after_s)


def test_before_the_first_segment_any_number_may_be_the_first() -> None:
    watched = Watched(reading(0, []))

    assert watched.take(reading(0, [])) == []
    assert watched.take(numbered(5000, 5002)) == ["5000", "5001"]
