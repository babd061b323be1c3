"""Several BaseURLs of one element: where the segments are on each of the servers."""

from __future__ import annotations

import pytest

from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.mirrors import MIRRORS_LIMIT
from aniworld_dl.media.dash.segments import addressed_segments

URL = "https://origin.example/show/manifest.mpd"


def manifest(*, outer: str = "", period: str = "", inner: str = "") -> str:
    template = '<SegmentTemplate media="$Number$.m4s" duration="4"/>'
    member = f'<Representation id="v" bandwidth="1" mimeType="video/mp4">{inner}{template}</Representation>'
    sets = f'<Period duration="PT4S">{period}<AdaptationSet>{member}</AdaptationSet></Period>'
    return f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">{outer}{sets}</MPD>'


def bases(*urls: str) -> str:
    return "".join(f"<BaseURL>{url}</BaseURL>" for url in urls)


def first_address(text: str, mirror: int) -> str:
    (period,) = parse_mpd(text, URL, mirror).periods
    (representation,) = period.representations
    return addressed_segments(representation.addressing, period.window)[0].uri


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"outer": bases("v/")}, ["https://origin.example/show/v/1.m4s"]),
        (
            {"outer": bases("https://a.example/", "https://b.example/"), "inner": bases("v/")},
            ["https://a.example/v/1.m4s", "https://b.example/v/1.m4s"],
        ),
        (
            {"outer": bases("https://a.example/", "https://b.example/"), "period": bases("x/", "y/", "z/")},
            ["https://a.example/x/1.m4s", "https://b.example/y/1.m4s", "https://b.example/z/1.m4s"],
        ),
    ],
)
def test_each_level_has_its_own_or_its_last(levels: dict[str, str], expected: list[str]) -> None:
    text = manifest(**levels)
    assert parse_mpd(text, URL).mirrors == len(expected) - 1
    assert [first_address(text, number) for number in range(len(expected))] == expected


def test_there_are_not_more_than_anyone_asks() -> None:
    text = manifest(outer=bases(*(f"https://{number}.example/" for number in range(99))))
    assert parse_mpd(text, URL).mirrors == MIRRORS_LIMIT - 1
