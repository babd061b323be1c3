"""SegmentTemplate: which segments it stands for, by one duration and by a timeline (ISO/IEC 23009-1 by example)."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.segments import ADDRESSES_LIMIT
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT
from aniworld_dl.model import InitSection, Segment
from tests.unit.media.dash_builders import (
    BASE,
    base,
    element,
    of_video,
    period,
    read,
    segments,
    shown,
    template,
    timeline,
    video,
)


def test_segments_of_one_duration_fill_the_period_and_the_last_one_is_cut() -> None:
    found = of_video(template(duration=5000, timescale=1000))

    init = InitSection(uri=BASE + "v.mp4")
    assert found == [
        Segment(index=0, uri=BASE + "v-1.m4s", duration_s=5.0, init=init, shift_s=0.0),
        Segment(index=1, uri=BASE + "v-2.m4s", duration_s=5.0, init=init, shift_s=0.0),
        Segment(index=2, uri=BASE + "v-3.m4s", duration_s=2.0, init=init, shift_s=0.0),
    ]


def test_numbers_start_and_end_where_it_says() -> None:
    found = of_video(template(duration=2, startNumber=0, endNumber=3))

    assert [uri for uri, _ in shown(found)] == ["v-0.m4s", "v-1.m4s", "v-2.m4s", "v-3.m4s"]


def test_the_period_ends_before_the_last_number() -> None:
    assert len(of_video(template(duration=6, endNumber=9))) == 2


def test_the_last_number_alone_is_enough() -> None:
    """Nobody says how long the period is."""
    found = segments(read(period(video(template(duration=6, endNumber=9))), mediaPresentationDuration=""))

    assert len(found) == 9
    assert found[-1].duration_s == 6.0


def test_a_number_before_the_first_is_no_segment() -> None:
    with pytest.raises(ManifestError, match="has no segments"):
        of_video(template(duration=6, startNumber=5, endNumber=3))


@pytest.mark.parametrize(("total", "count"), [("PT12.0005S", 6), ("PT12.002S", 7), ("PT11.9S", 6)])
def test_what_sticks_out_by_less_than_a_millisecond_is_rounding(total: str, count: int) -> None:
    assert len(of_video(template(duration=2), mediaPresentationDuration=total)) == count


def test_a_duration_that_no_float_holds_makes_no_segment_more() -> None:
    """12.012 s are exactly 6 times 60060 ticks of 30 kHz."""
    found = of_video(template(duration=60060, timescale=30000), mediaPresentationDuration="PT12.012S")

    assert [segment.duration_s for segment in found] == [2.002] * 6


def test_times_stand_for_the_ticks_at_which_segments_start() -> None:
    found = of_video(template(media="t$Time$.m4s", duration=4000, timescale=1000, presentationTimeOffset=500))

    assert [uri for uri, _ in shown(found)] == ["t500.m4s", "t4500.m4s", "t8500.m4s"]
    assert {segment.shift_s for segment in found} == {-0.5}


def test_identifiers_have_widths_and_dollars_are_doubled() -> None:
    pattern = "$$/$RepresentationID$/$Bandwidth%08d$/100%25/$Number%05d$-$Time$.m4s"
    (found,) = segments(read(period(video(template(media=pattern, duration=12, startNumber=7), bandwidth=900))))

    assert found.uri == BASE + "$/v/00000900/100%25/00007-0.m4s"


def test_percent_signs_mean_nothing_to_a_template() -> None:
    (found,) = segments(read(period(video(base("a%20b/%d/"), template(duration=12), id="50%s"))), "50%s")

    assert found.uri == BASE + "a%20b/%d/50%s-1.m4s"


def test_one_segment_needs_neither_number_nor_duration() -> None:
    (found,) = of_video(template(media="all.m4s"))

    assert (found.uri, found.duration_s) == (BASE + "all.m4s", 12.0)


def test_one_segment_of_nobody_knows_how_long() -> None:
    mpd = read(period(video(template(media="all.m4s"))), mediaPresentationDuration="")

    assert segments(mpd)[0].duration_s is None
    assert mpd.duration_s is None


def test_a_timeline_repeats_goes_on_and_jumps() -> None:
    runs = timeline({"t": 100, "d": 200, "r": 1}, {"d": 150}, {"t": 1000, "d": 50})
    found = of_video(template(runs, media="$Number$-$Time$.m4s", timescale=100, presentationTimeOffset=100))

    assert shown(found) == [("1-100.m4s", 2.0), ("2-300.m4s", 2.0), ("3-500.m4s", 1.5), ("4-1000.m4s", 0.5)]


def test_a_timeline_starts_at_zero_and_may_number_its_segments() -> None:
    runs = timeline({"d": 2, "r": 1}, {"d": 3, "n": 20}, {"d": 1})
    found = of_video(template(runs, media="$Number$-$Time$.m4s", startNumber=9))

    assert shown(found) == [("9-0.m4s", 2.0), ("10-2.m4s", 2.0), ("20-4.m4s", 3.0), ("21-7.m4s", 1.0)]


def test_a_timeline_ends_with_the_last_number() -> None:
    assert len(of_video(template(timeline({"d": 2, "r": 5}), endNumber=4))) == 4


def test_a_negative_repeat_lasts_until_the_next_run() -> None:
    found = of_video(template(timeline({"d": 2, "r": -1}, {"t": 6, "d": 3})))

    assert [segment.duration_s for segment in found] == [2.0, 2.0, 2.0, 3.0]


def test_a_negative_repeat_lasts_until_the_period_ends() -> None:
    """The last segment is cut to what the period has left for it."""
    found = of_video(template(timeline({"d": 3}, {"d": 4, "r": -1}), presentationTimeOffset=0))

    assert [segment.duration_s for segment in found] == [3.0, 4.0, 4.0, 1.0]


def test_what_a_timeline_says_of_a_length_is_not_cut() -> None:
    assert [segment.duration_s for segment in of_video(template(timeline({"d": 5, "r": 2})))] == [5.0, 5.0, 5.0]


def test_what_is_over_before_the_period_starts_is_not_presented() -> None:
    found = of_video(template(timeline({"t": 0, "d": 2, "r": 5}), media="$Number$", presentationTimeOffset=5))

    assert [uri for uri, _ in shown(found)] == ["3", "4", "5", "6"]


def test_attributes_come_from_the_nearest_element_that_has_them() -> None:
    """Of the period only what neither set nor representation says, of the set what the representation does not."""
    inner = element("Representation", element("SegmentTemplate", media="own-$Number$"), id="v")
    outer = element("SegmentTemplate", media="set-$Number$", initialization="set.mp4", timescale=10)
    top = element("SegmentTemplate", initialization="period.mp4", timescale=1, duration=60)
    mpd = read(period(top, element("AdaptationSet", outer, inner, mimeType="video/mp4", codecs="avc1")))

    found = segments(mpd)
    assert shown(found) == [("own-1", 6.0), ("own-2", 6.0)]
    assert found[0].init == InitSection(uri=BASE + "set.mp4")


def test_an_init_section_may_be_an_element_of_its_own() -> None:
    init = element("Initialization", sourceURL="head.mp4", range="10-19")
    pattern = element("SegmentTemplate", init, media="$Number$", duration=12)
    (found,) = of_video(pattern)

    assert found.init is not None
    assert found.init.uri == BASE + "head.mp4"
    assert found.init.byte_range is not None
    assert (found.init.byte_range.start, found.init.byte_range.stop) == (10, 20)


def test_base_urls_are_resolved_level_by_level_and_the_first_of_several_counts() -> None:
    mpd = read(
        element("BaseURL", " https://other.example/a/ "),
        element("BaseURL", "https://mirror.example/"),
        period(
            element("BaseURL", "b/"),
            element(
                "AdaptationSet",
                element("BaseURL", "c/"),
                element(
                    "Representation", element("BaseURL", "d/"), template(duration=12), id="v", mimeType="video/mp4"
                ),
            ),
        ),
    )

    assert segments(mpd)[0].uri == "https://other.example/a/b/c/d/v-1.m4s"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"media": "$Number"}, "has no partner"),
        ({"media": "$Foo$"}, "no identifier"),
        ({"media": "$Number%5d$"}, "no identifier"),
        ({"media": "$RepresentationID%05d$-$Number$"}, "no identifier"),
        ({"media": "$Bandwidth$-$Number$"}, "which the representation does not say"),
        ({"media": "all"}, "one address"),
        ({"media": "ftp://x/$Number$"}, "no http or https address"),
        ({"media": "x" * 9000 + "$Number$"}, "longer than"),
        ({"initialization": "$Number$"}, "has a number or a time"),
        ({"timescale": "0"}, "timescale is 0"),
        ({"timescale": "x"}, "no whole number"),
        ({"presentationTimeOffset": "-1"}, "no whole number"),
        ({"duration": "1", "timescale": "1000000"}, "more than"),
    ],
)
def test_templates_that_are_not_valid(attributes: dict[str, str], reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        of_video(template(**{"duration": "2", **attributes}))


def test_a_template_without_media() -> None:
    with pytest.raises(ManifestError, match="no @media"):
        of_video(element("SegmentTemplate", duration=2))


def test_a_length_without_any_end() -> None:
    with pytest.raises(ManifestError, match="how many segments"):
        segments(read(period(video(template(duration=2))), mediaPresentationDuration=""))


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (timeline({"t": 0}), "no duration"),
        (timeline({"d": 0}), "no duration"),
        (timeline({"d": "x"}), "no whole number"),
        (timeline({"d": 2, "r": "x"}), "no whole number"),
        (timeline({"d": 2, "r": -1}, {"d": 2}), "has no time"),
        (timeline({"d": 2, "r": 4}, {"t": 8, "d": 2}), "go back"),
        (timeline({"d": 1, "r": SEGMENTS_LIMIT}), "more than"),
        (timeline({"d": 1, "r": SEGMENTS_LIMIT - 1}, {"d": 1}), "more than"),
        (timeline({"d": 1, "r": 2**63}), "more than"),
        (timeline(), "has no segments"),
    ],
)
def test_timelines_that_are_not_valid(runs: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        of_video(template(runs))


def test_a_timeline_until_the_end_of_a_period_without_one() -> None:
    with pytest.raises(ManifestError, match="without one"):
        segments(read(period(video(template(timeline({"d": 2, "r": -1})))), mediaPresentationDuration=""))


@pytest.mark.parametrize(
    "pattern",
    [
        template(media="$Number$-$SubNumber$", duration=2),
        template(timeline({"d": 2, "k": 4})),
        template(element("SegmentTimeline", element("Pattern"), element("S", d=2))),
    ],
)
def test_segments_in_parts_are_not_supported(pattern: str) -> None:
    with pytest.raises(UnsupportedMediaError, match="DASH manifest"):
        of_video(pattern)


def test_a_short_template_cannot_make_addresses_without_end() -> None:
    """8,000 characters for each of 200,000 segments would be 1.6 GB."""
    pattern = template(media="x" * 8000 + "$Number$", duration=1, timescale=10_000)
    assert ADDRESSES_LIMIT < 8000 * 120_000
    with pytest.raises(ManifestError, match="too long together"):
        of_video(pattern)


def test_a_manifest_says_how_long_it_is() -> None:
    assert read(period(video(template(duration=2)))).duration_s == 12.0
