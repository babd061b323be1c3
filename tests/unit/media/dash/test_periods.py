"""Several periods: when each plays, and what of each belongs to one track (ISO/IEC 23009-1 5.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.tracks import dash_track
from aniworld_dl.model import Container, Segment, TrackKind
from tests.fakes.site import FakeSite
from tests.unit.media.dash_builders import (
    BASE,
    ROLE,
    URL,
    audio,
    base,
    element,
    period,
    read,
    template,
    timeline,
    video,
)

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.media.dash.manifest import Mpd

NOTHING: Final = "urn:mpeg:dash:resolve-to-zero:2013"


def windows(mpd: Mpd) -> list[tuple[float, float | None]]:
    return [
        (float(each.window.start_s), None if each.window.duration_s is None else float(each.window.duration_s))
        for each in mpd.periods
    ]


async def track_segments(settings: Settings, mpd: Mpd, candidate: str = "v") -> list[Segment]:
    (wanted,) = [each for each in mpd.candidates() if each.id == candidate]
    async with FakeSite().client(settings) as http:
        return list((await dash_track(http, mpd, wanted, {})).segments)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([{}], [(0, 12)]),
        ([{"duration": "PT5S"}], [(0, 5)]),
        ([{"duration": "PT5S"}, {}], [(0, 5), (5, 7)]),
        ([{}, {"start": "PT4S"}], [(0, 4), (4, 8)]),
        ([{"start": "PT0S", "duration": "PT5S"}, {"start": "PT4S"}], [(0, 4), (4, 8)]),
        ([{"start": "PT0S", "duration": "PT2S"}, {"start": "PT4S"}], [(0, 2), (4, 8)]),
        ([{"start": "PT100S"}, {"start": "PT104S", "duration": "PT3S"}], [(0, 4), (4, 3)]),
        ([{"duration": "PT3S"}, {"duration": "PT0S"}, {}], [(0, 3), (3, 9)]),
    ],
)
def test_periods_start_where_they_say_or_where_the_one_before_ends(
    attributes: list[dict[str, str]], expected: list[tuple[float, float]]
) -> None:
    """Times count from the first period, whatever it says of itself."""
    assert windows(read(*(period(video(template(duration=1)), **each) for each in attributes))) == expected


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ([{}, {}], "nothing says when a period starts"),
        ([{"start": "PT9S"}, {"start": "PT4S"}], "ends before it starts"),
        ([{"duration": "PT14S"}, {}], "ends before it starts"),
        ([{"duration": "PT0S"}], "no period that lasts"),
        ([], "no period that lasts"),
        ([{"duration": "five"}], "is no duration"),
    ],
)
def test_periods_that_are_not_valid(attributes: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        read(*(period(video(template(duration=1)), **each) for each in attributes))


def test_the_length_of_all_is_not_known_when_one_is_not() -> None:
    mpd = read(period(video(template(timeline({"d": 5})))), mediaPresentationDuration="")

    assert mpd.duration_s is None
    assert windows(mpd) == [(0.0, None)]


async def test_periods_become_one_track(settings: Settings) -> None:
    """Each period has its own init section and its own zero, which `shift_s` moves to its place."""
    first = period(video(base("1/"), template(duration=4, presentationTimeOffset=50)), duration="PT8S")
    second = period(video(base("2/"), template(duration=3, timescale=1, presentationTimeOffset=0)))

    found = await track_segments(settings, read(first, second))

    assert [(each.index, each.uri.removeprefix(BASE), each.discontinuity, each.shift_s) for each in found] == [
        (0, "1/v-1.m4s", False, -50.0),
        (1, "1/v-2.m4s", False, -50.0),
        (2, "2/v-1.m4s", True, 8.0),
        (3, "2/v-2.m4s", False, 8.0),
    ]
    assert [each.init.uri.removeprefix(BASE) for each in found if each.init] == ["1/v.mp4"] * 2 + ["2/v.mp4"] * 2
    assert [each.duration_s for each in found] == [4.0, 4.0, 3.0, 1.0]


async def test_what_would_start_when_the_next_period_does_is_not_presented(settings: Settings) -> None:
    """Behind the end of the last one nothing takes over: there it is the end of the episode."""
    runs = template(timeline({"d": 2, "r": 5}))
    mpd = read(period(video(runs), duration="PT4S"), period(video(runs), duration="PT4S"))

    found = await track_segments(settings, mpd)

    assert [each.uri.removeprefix(BASE) for each in found] == [
        *("v-1.m4s", "v-2.m4s"),
        *("v-1.m4s", "v-2.m4s", "v-3.m4s", "v-4.m4s", "v-5.m4s", "v-6.m4s"),
    ]


async def test_a_period_without_the_track_is_a_gap(settings: Settings) -> None:
    texts = element("AdaptationSet", element("Representation", base("de.vtt"), id="t", mimeType="text/vtt"), lang="de")
    pictures = video(template(duration=2))
    mpd = read(period(pictures, texts, duration="PT6S"), period(pictures, duration="PT2S"), period(pictures, texts))

    found = await track_segments(settings, mpd, "t")

    assert [(each.duration_s, each.gap, each.discontinuity, each.shift_s) for each in found] == [
        (6.0, False, False, 0.0),
        (2.0, True, True, 6.0),
        (4.0, False, True, 8.0),
    ]
    assert found[1].uri == URL


async def test_a_gap_of_nobody_knows_how_long(settings: Settings) -> None:
    first = period(video(template(duration=2)), audio(template(timeline({"d": 8}))), duration="PT8S")
    mpd = read(first, period(video(template(timeline({"d": 2})))), mediaPresentationDuration="")

    assert (await track_segments(settings, mpd, "a"))[-1].duration_s is None


def test_the_longest_period_is_what_is_on_offer() -> None:
    """A short one before it is an advertisement, which has other languages."""
    advert = period(video(template(duration=1), id="ad"), audio(template(duration=1), id="ad-sound"), duration="PT1S")
    main = period(video(template(duration=2)), audio(template(duration=2)))

    mpd = read(advert, main)

    assert [candidate.id for candidate in mpd.candidates()] == ["v", "a"]
    assert [part and part.id for _, part in mpd.parts("a")] == ["ad-sound", "a"]


def representation(name: str, **attributes: str | int) -> str:
    return element("Representation", template(duration=2), id=name, **attributes)


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        pytest.param([({"lang": "en"}, "x"), ({"lang": "de"}, "y")], "y", id="language"),
        pytest.param([({"lang": "en"}, "x"), ({}, "y")], "y", id="no language before another"),
        pytest.param([({"lang": "en"}, "x")], "x", id="another language before nothing"),
        pytest.param([({"id": 1, "lang": "de"}, "x"), ({"id": 2, "lang": "de"}, "y")], "y", id="set"),
        pytest.param([({"lang": "de"}, "x"), ({"lang": "de"}, "role y")], "y", id="role"),
        pytest.param([({"lang": "de"}, "ac3 x")], "x", id="codec"),
        pytest.param([({"lang": "de"}, "x a")], "a", id="representation"),
        pytest.param([({"lang": "de"}, "x y")], "y", id="bandwidth"),
        pytest.param([({"lang": "de"}, "ts")], None, id="container"),
    ],
)
def test_what_goes_with_a_sound_in_the_next_period(sets: list[tuple[dict[str, str], str]], expected: str) -> None:
    sounds = {
        "a": representation("a", mimeType="audio/mp4", codecs="mp4a.40.2", bandwidth=96000),
        "x": representation("x", mimeType="audio/mp4", codecs="mp4a.40.5", bandwidth=96000),
        "y": representation("y", mimeType="audio/mp4", codecs="mp4a.40.2", bandwidth=120000),
        "ac3": representation("a", mimeType="audio/mp4", codecs="ac-3", bandwidth=128000),
        "ts": representation("a", mimeType="audio/mp2t", codecs="mp4a.40.2", bandwidth=128000),
        "role": element("Role", schemeIdUri=ROLE, value="main"),
    }
    wanted = representation("a", mimeType="audio/mp4", codecs="mp4a.40.2", bandwidth=128000)
    main = element("AdaptationSet", sounds["role"], wanted, id=2, lang="de")
    later = [
        element("AdaptationSet", *(sounds[name] for name in names.split()), **attributes) for attributes, names in sets
    ]
    pictures = video(template(duration=2))

    mpd = read(period(main, pictures, duration="PT8S"), period(*later, pictures))

    assert [part and part.id for _, part in mpd.parts("a")] == ["a", expected]


def test_what_goes_with_a_picture_in_the_next_period() -> None:
    """The same codec, in its other spelling too, before the same height."""
    pictures = [("x", "hvc1.1", 360), ("y", "avc3.42c01e", 1080), ("z", "avc1.64001f", 720)]
    later = [
        representation(name, mimeType="video/mp4", codecs=codecs, height=height) for name, codecs, height in pictures
    ]
    mpd = read(period(video(template(duration=2)), duration="PT8S"), period(element("AdaptationSet", *later)))

    assert [part and part.id for _, part in mpd.parts("v")] == ["v", "z"]


@pytest.mark.parametrize(
    ("language", "forced", "expected"), [("de", True, "u"), ("en", True, None), ("de", False, None)]
)
def test_subtitles_go_on_in_their_own_language_only(language: str, forced: bool, expected: str | None) -> None:
    def texts(name: str, language: str, *, forced: bool) -> str:
        role = element("Role", schemeIdUri=ROLE, value="forced_subtitle" if forced else "subtitle")
        return element("AdaptationSet", role, representation(name, mimeType="text/vtt"), lang=language)

    pictures = video(template(duration=2))
    first = period(pictures, texts("t", language, forced=forced), duration="PT8S")
    mpd = read(first, period(pictures, texts("u", "de", forced=True)))

    assert mpd.parts("t")[1][1] == next((each for each in mpd.periods[1].representations if each.id == expected), None)


def test_periods_and_sets_that_come_to_nothing_are_left_out() -> None:
    empty = {"xlink_href": NOTHING}
    pictures = video(template(duration=2))
    nothing = element("AdaptationSet", element("Representation", mimeType="audio/mp4"), **empty)
    mpd = read(period(**empty), period(pictures, nothing))

    assert windows(mpd) == [(0.0, 12.0)]
    assert [candidate.kind for candidate in mpd.candidates()] == [TrackKind.VIDEO]


@pytest.mark.parametrize(
    "children",
    [
        [period(xlink_href="https://ads.example/1")],
        [period(element("AdaptationSet", xlink_href="https://ads.example/1"))],
        [period(video(element("SegmentList", xlink_href="https://ads.example/1")))],
    ],
)
def test_parts_that_are_kept_elsewhere_are_not_supported(children: list[str]) -> None:
    with pytest.raises(UnsupportedMediaError, match="kept elsewhere"):
        read(*children)


@pytest.mark.timeout(120)  # so many segments take their time where others work too
@pytest.mark.no_cover  # so much that watching it takes seconds
async def test_all_periods_together_are_bounded(settings: Settings) -> None:
    runs = template(timeline({"d": 1, "r": 119_999}), timescale=10_000)
    mpd = read(period(video(runs), duration="PT12S"), period(video(runs), duration="PT12S"))

    with pytest.raises(ManifestError, match="more than"):
        await track_segments(settings, mpd)


async def test_a_single_text_file_is_a_segment(settings: Settings) -> None:
    texts = element("AdaptationSet", element("Representation", base("de.vtt"), id="t", mimeType="text/vtt"))
    mpd = read(period(video(template(duration=2)), texts))

    assert await track_segments(settings, mpd, "t") == [
        Segment(index=0, uri=BASE + "de.vtt", duration_s=12.0, shift_s=0.0)
    ]
    assert mpd.main.representations[1].track.container is Container.WEBVTT


async def test_segments_of_text_have_no_init_section(settings: Settings) -> None:
    texts = element("AdaptationSet", element("Representation", template(duration=6), id="t", mimeType="text/vtt"))
    mpd = read(period(video(template(duration=2)), texts))

    assert [segment.init for segment in await track_segments(settings, mpd, "t")] == [None, None]
