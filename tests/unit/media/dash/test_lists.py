"""SegmentList, and files that stand for themselves."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT
from aniworld_dl.model import ByteRange, InitSection
from tests.unit.media.dash_builders import BASE, base, element, of_video, period, read, segments, shown, timeline, video


def listed(*children: str, count: int = 3, **attributes: str | int) -> str:
    urls = [element("SegmentURL", media=f"{number}.m4s") for number in range(count)]
    return element("SegmentList", *children, *urls, **attributes)


def test_a_list_names_its_segments() -> None:
    found = of_video(listed(duration=50, timescale=10))

    assert shown(found) == [("0.m4s", 5.0), ("1.m4s", 5.0), ("2.m4s", 2.0)]
    assert [segment.index for segment in found] == [0, 1, 2]


def test_what_is_listed_behind_the_end_is_kept_and_takes_no_time() -> None:
    """The end is rounded more often than the list is wrong."""
    assert shown(of_video(listed(duration=6)))[-1] == ("2.m4s", 0.0)


def test_a_list_of_parts_of_one_file() -> None:
    init = element("Initialization", range="0-831")
    urls = [element("SegmentURL", mediaRange=f"{start}-{start + 99}") for start in (832, 932)]
    found = of_video(base("film.mp4"), element("SegmentList", init, *urls, duration=6))

    film = BASE + "film.mp4"
    assert [segment.byte_range for segment in found] == [
        ByteRange(start=832, stop=932),
        ByteRange(start=932, stop=1032),
    ]
    assert {segment.uri for segment in found} == {film}
    assert {segment.init for segment in found} == {InitSection(uri=film, byte_range=ByteRange(start=0, stop=832))}


def test_a_list_with_a_timeline() -> None:
    runs = timeline({"t": 10, "d": 5}, {"d": 4, "r": 1})
    found = of_video(listed(runs, startNumber=4, presentationTimeOffset=10))

    assert shown(found) == [("0.m4s", 5.0), ("1.m4s", 4.0), ("2.m4s", 4.0)]
    assert {segment.shift_s for segment in found} == {-10.0}


def test_a_list_of_one_lasts_as_long_as_the_period() -> None:
    assert shown(of_video(listed(count=1))) == [("0.m4s", 12.0)]


def test_a_list_that_says_nothing_of_durations() -> None:
    assert [duration_s for _, duration_s in shown(of_video(listed()))] == [None, None, None]


def test_a_list_is_inherited_whole_and_a_nearer_one_replaces_its_addresses() -> None:
    outer = listed(element("Initialization", sourceURL="set.mp4"), duration=4)
    inner = element("SegmentList", element("SegmentURL", media="own.m4s"))
    one = element("Representation", id="one", mimeType="video/mp4")
    two = element("Representation", inner, id="two", mimeType="video/mp4")
    mpd = read(period(element("AdaptationSet", outer, one, two)))

    assert [uri for uri, _ in shown(segments(mpd, "one"))] == ["0.m4s", "1.m4s", "2.m4s"]
    (only,) = segments(mpd, "two")
    assert (only.uri, only.init) == (BASE + "own.m4s", InitSection(uri=BASE + "set.mp4"))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (listed(timeline({"d": 4, "r": 1})), "differ in their segments"),
        (listed(timeline({"d": 4, "r": 3})), "differ in their segments"),
        (listed(timeline({"d": 4}, {"d": 4, "n": 9}, {"d": 4})), "differ in their segments"),
        (listed(count=0), "has no segments"),
        (listed(count=0, duration=4), "has no segments"),
        (element("SegmentList", element("SegmentURL", mediaRange="9-1")), "no byte range"),
        (element("SegmentList", element("SegmentURL", mediaRange="-1")), "no byte range"),
        (element("SegmentList", element("SegmentURL", media="file:///x")), "no http or https address"),
        (listed(element("Initialization", range="1")), "no byte range"),
    ],
)
def test_lists_that_are_not_valid(found: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        of_video(found)


@pytest.mark.timeout(120)  # a coverage run is slow with so many elements
@pytest.mark.no_cover  # so much that watching it takes seconds
def test_a_list_longer_than_any_episode() -> None:
    with pytest.raises(ManifestError, match="more than"):
        of_video(listed(count=SEGMENTS_LIMIT + 1))


def test_the_nearest_form_counts() -> None:
    """A template further out says nothing of a list."""
    outer = element("SegmentTemplate", media="t-$Number$", timescale=1000, duration=1)
    mpd = read(period(outer, video(listed(duration=4))))

    assert [duration_s for _, duration_s in shown(segments(mpd))] == [4.0, 4.0, 4.0]


def test_a_file_is_its_own_segment() -> None:
    mpd = read(period(video(base("film.mp4"), element("SegmentBase", presentationTimeOffset=2))))
    ((only, representation),) = mpd.parts("v")
    assert representation is not None

    whole = representation.addressing.whole(only.window)
    assert (whole.uri, whole.duration_s, whole.shift_s) == (BASE + "film.mp4", 12.0, -2.0)
