"""The segment more that a rounded duration forgets: asked for where a manifest is not exact, and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.fakes.site import FakeSite
from tests.unit.media.dash_builders import BASE, base, element, period, read, template, timeline, video
from tests.unit.media.dash_reading import track_of
from tests.unit.media.index_builders import HEADER, box, fragment, sidx

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

EQUAL: Final = read(period(video(template(duration=4), id="v")))
LAST: Final = "/show/v-3.m4s"
MORE: Final = "/show/v-4.m4s"


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


@pytest.mark.parametrize("version", [0, 1])
async def test_the_segment_that_a_rounded_end_forgets(settings: Settings, site: FakeSite, version: int) -> None:
    before = box("styp", bytes(8)) + sidx((9, 9))
    site.files[LAST] = before + fragment(8000, version=version, payload=bytes(9000))
    site.files[MORE] = before + fragment(12000, version=version)

    track = await track_of(settings, site, EQUAL)

    assert [segment.uri for segment in track.segments[3:]] == [BASE + "v-4.m4s"]
    assert (track.segments[3].duration_s, track.segments[3].index) == (0.0, 3)
    assert track.segments[3].init == track.segments[0].init


@pytest.mark.parametrize(
    "answer",
    [
        fragment(8000),
        fragment(4000),
        b"<!doctype html>",
        b"",
        box("moof", box("traf", box("tfdt", bytes(6)))),
        box("moof", box("mfhd")),
        HEADER,
        b"\0\0\0\7moof",
    ],
)
async def test_what_is_no_further_segment(settings: Settings, site: FakeSite, answer: bytes) -> None:
    """A page, the last segment again, or an init section, all with status 200."""
    site.files[LAST] = fragment(8000)
    site.files[MORE] = answer

    assert len((await track_of(settings, site, EQUAL)).segments) == 3


async def test_nothing_more_is_the_usual(settings: Settings, site: FakeSite) -> None:
    assert len((await track_of(settings, site, EQUAL)).segments) == 3
    assert site.asked == {MORE: 1}


async def test_a_last_segment_that_cannot_be_looked_at_proves_nothing(settings: Settings, site: FakeSite) -> None:
    site.files[MORE] = fragment(12000)
    assert len((await track_of(settings, site, EQUAL)).segments) == 3

    site.files[LAST] = b"<!doctype html>"
    assert len((await track_of(settings, site, EQUAL)).segments) == 3


@pytest.mark.parametrize(
    "periods",
    [
        [period(video(template(duration=4, endNumber=3)))],
        [period(video(template(timeline({"d": 4, "r": 2}))))],
        [period(video(template(media="all")))],
        [period(video(template(media="all", duration=12)))],
        [period(video(element("SegmentList", *[element("SegmentURL", media=str(n)) for n in range(3)], duration=4)))],
        [period(video(template(duration=4), mimeType="video/mp2t"))],
    ],
)
async def test_nothing_is_asked_where_the_manifest_is_exact(
    settings: Settings, site: FakeSite, periods: list[str]
) -> None:
    await track_of(settings, site, read(*periods))

    assert not site.requests


async def test_only_the_last_period_may_have_been_rounded(settings: Settings, site: FakeSite) -> None:
    first = period(video(base("1/"), template(duration=4)), duration="PT8S")
    second = period(video(base("2/"), template(duration=2)))

    await track_of(settings, site, read(first, second))

    assert site.asked == {"/show/2/v-3.m4s": 1}
