"""From the address of a plain file to its media: pieces, validators, names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.media.load.file import piece_bytes
from aniworld_dl.model import ByteRange, Container, TrackKind
from tests.fakes.web import Page, Web
from tests.unit.media.loading import FILE, MIB, MP4, load, track_of

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


async def test_a_file_is_cut_into_ranges(settings: Settings) -> None:
    body = MP4 + bytes(2 * MIB)
    web = Web({FILE: Page(body=body, headers={"ETag": '"abc"', "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT"})})

    track = await track_of(settings, web, FILE)

    assert (track.kind, track.container) == (TrackKind.MUXED, Container.FILE)
    assert track.size_bytes == len(body)
    assert track.validator == '"abc"'
    assert [segment.byte_range for segment in track.segments] == [
        ByteRange(start=0, stop=MIB),
        ByteRange(start=MIB, stop=2 * MIB),
        ByteRange(start=2 * MIB, stop=len(body)),
    ]
    assert [segment.index for segment in track.segments] == [0, 1, 2]
    assert {segment.uri for segment in track.segments} == {FILE}


async def test_a_server_without_ranges_gives_one_segment(settings: Settings) -> None:
    body = MP4 + bytes(2 * MIB)

    track = await track_of(settings, Web({FILE: Page(body=body, ranges=False)}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]
    assert track.size_bytes == len(body)


async def test_a_file_of_unknown_length_gives_one_segment(settings: Settings) -> None:
    page = Page(body=MP4 + bytes(9000), ranges=False, with_length=False)

    track = await track_of(settings, Web({FILE: page}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]
    assert track.size_bytes is None


@pytest.mark.parametrize("content_range", ["bytes 0-70000/70001", "bytes 5-40/99", "pieces 0-35/36", ""])
async def test_a_server_with_its_own_idea_of_ranges_gives_one_segment(settings: Settings, content_range: str) -> None:
    track = await track_of(settings, Web({FILE: Page(body=MP4[:36], headers={"Content-Range": content_range})}), FILE)

    assert [segment.byte_range for segment in track.segments] == [None]


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": 'W/"weak"'}, None),
        ({"ETag": 'W/"weak"', "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT"}, "Mon, 02 Nov 2026 00:00:00 GMT"),
        ({}, None),
    ],
)
async def test_a_weak_tag_is_no_validator(settings: Settings, headers: dict[str, str], validator: str | None) -> None:
    track = await track_of(settings, Web({FILE: Page(body=MP4, headers=headers)}), FILE)

    assert track.validator == validator


async def test_pieces_are_asked_for_where_a_redirect_led(settings: Settings) -> None:
    edge = "https://edge.example/e.mp4"
    web = Web({FILE: Page(status=302, headers={"Location": edge}), edge: Page(body=MP4)})

    track = await track_of(settings, web, FILE)

    assert track.segments[0].uri == edge


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (1, MIB),
        (64 * MIB, MIB),
        (64 * MIB + 1, 2 * MIB),
        (256 * MIB, 4 * MIB),
        (2048 * MIB, 4 * MIB),
        (2048 * MIB + 1, 5 * MIB),
        (10_240 * MIB, 20 * MIB),
    ],
)
def test_the_size_of_pieces(size_bytes: int, expected: int) -> None:
    assert piece_bytes(size_bytes) == expected
    assert -(-size_bytes // expected) <= 512


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (None, "episode.mp4"),
        ('attachment; filename="Show S01E04.mkv"', "Show S01E04.mkv"),
        ("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mkv", "Grüße.mkv"),
        ("attachment; filename=../../etc/passwd", "passwd"),
        (r'inline; filename="C:\\films\\a.mkv"', "a.mkv"),
        ("attachment", "episode.mp4"),
        ('attachment; filename=" "', "episode.mp4"),
        ("attachment; filename*=nonsense''%E4.mkv", "ä.mkv"),
    ],
)
async def test_the_servers_name_of_a_file(settings: Settings, disposition: str | None, name: str) -> None:
    headers: dict[str, Any] = {"Content-Disposition": disposition} if disposition else {}

    loaded = await load(settings, Web({FILE: Page(body=MP4, headers=headers)}), FILE)

    assert loaded.file_name == name


async def test_an_address_without_a_path_has_no_file_name(settings: Settings) -> None:
    url = "https://cdn.example/"

    assert (await load(settings, Web({url: Page(body=MP4)}), url)).file_name is None
