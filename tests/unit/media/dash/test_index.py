"""Single files: the index is fetched, or looked for, or done without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
import pytest

from aniworld_dl.errors import HttpStatusError, ManifestError, NotMediaError, UnsupportedMediaError
from aniworld_dl.media.dash import single_file as dash_file
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT
from aniworld_dl.model import ByteRange, Container, InitSection, Segment, TrackKind
from tests.fakes.site import FakeSite
from tests.unit.media.dash_builders import BASE, base, element, period, read, video
from tests.unit.media.dash_reading import track_of
from tests.unit.media.index_builders import HEADER, box, fragment, sidx

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.media.dash.manifest import Mpd
    from aniworld_dl.model import Track

FILM: Final = BASE + "film.mp4"
MEDIA: Final = fragment(0, payload=bytes(100)) + fragment(4000, payload=bytes(80))
INDEX: Final = sidx((len(fragment(0)) + 100, 4000), (len(fragment(0)) + 80, 3000))


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


def film(*children: str, **attributes: str) -> str:
    """Write a video that is the file of the tests."""
    return video(base("film.mp4"), *children, **attributes)


def with_index(place: int, length: int, *children: str, **attributes: str | int) -> Mpd:
    index = element("SegmentBase", *children, indexRange=f"{place}-{place + length - 1}", **attributes)
    return read(period(film(index)))


def parts(track: Track) -> list[tuple[int, int, float | None]]:
    return [
        (each.byte_range.start, each.byte_range.stop, each.duration_s) for each in track.segments if each.byte_range
    ]


async def test_the_index_is_fetched_and_nothing_else(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = HEADER + INDEX + MEDIA
    place = len(HEADER)

    init = element("Initialization", range=f"0-{place - 1}")
    track = await track_of(settings, site, with_index(place, len(INDEX), init))

    start, middle, stop = place + len(INDEX), place + len(INDEX) + len(fragment(0)) + 100, len(HEADER + INDEX + MEDIA)
    head = InitSection(uri=FILM, byte_range=ByteRange(start=0, stop=place))
    one, two = ByteRange(start=start, stop=middle), ByteRange(start=middle, stop=stop)
    assert track.segments == (
        Segment(index=0, uri=FILM, duration_s=4.0, byte_range=one, init=head, shift_s=0.0),
        Segment(index=1, uri=FILM, duration_s=3.0, byte_range=two, init=head, shift_s=0.0),
    )
    assert (track.kind, track.container) == (TrackKind.VIDEO, Container.FMP4)
    assert [request.headers["range"] for request in site.requests] == [f"bytes={place}-{place + len(INDEX) - 1}"]


async def test_without_a_named_init_section_it_is_what_stands_before_the_index(
    settings: Settings, site: FakeSite
) -> None:
    site.files["/show/film.mp4"] = HEADER + INDEX + MEDIA

    for children in ([], [element("Initialization")]):
        track = await track_of(settings, site, with_index(len(HEADER), len(INDEX), *children))
        assert track.segments[0].init == InitSection(uri=FILM, byte_range=ByteRange(start=0, stop=len(HEADER)))


async def test_an_init_section_in_another_file(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = INDEX + MEDIA

    named = element("Initialization", sourceURL="head.mp4")
    track = await track_of(settings, site, with_index(0, len(INDEX), named))
    assert track.segments[0].init == InitSection(uri=BASE + "head.mp4")

    track = await track_of(settings, site, with_index(0, len(INDEX)))
    assert track.segments[0].init is None


async def test_the_period_tells_what_of_a_file_is_presented(settings: Settings, site: FakeSite) -> None:
    """Two periods may show two parts of one file."""
    index = sidx(*[(100, 2000)] * 6, start=0)
    site.files["/show/film.mp4"] = HEADER + index
    place: dict[str, str | int] = {"indexRange": f"{len(HEADER)}-{len(HEADER) + len(index) - 1}", "timescale": 90000}
    first = period(film(element("SegmentBase", **place)), duration="PT4S")
    second = period(film(element("SegmentBase", presentationTimeOffset=8 * 90000, **place)), duration="PT4S")

    track = await track_of(settings, site, read(first, second))

    start = len(HEADER + index)
    assert [(part[0] - start) // 100 for part in parts(track)] == [0, 1, 4, 5]
    assert [each.shift_s for each in track.segments] == [0.0, 0.0, -4.0, -4.0]
    assert [each.discontinuity for each in track.segments] == [False, False, True, False]


async def test_a_file_of_other_times_than_its_period(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = HEADER + INDEX
    mpd = with_index(len(HEADER), len(INDEX), presentationTimeOffset=100)

    with pytest.raises(ManifestError, match="nothing that plays"):
        await track_of(settings, site, mpd)


async def test_indexes_lead_to_indexes(settings: Settings, site: FakeSite) -> None:
    """A child that was fetched with its parent's range or not: it is asked for where it is."""
    child = sidx((50, 3000), (60, 6000))
    parent = sidx((30, 1500), (len(child) + 110, 9000), (40, 1700), indexes=(1,))
    site.files["/show/film.mp4"] = HEADER + parent + bytes(30) + child + bytes(150)

    track = await track_of(settings, site, with_index(len(HEADER), len(parent)))

    first = len(HEADER + parent)
    second = first + 30 + len(child)
    assert parts(track) == [
        (first, first + 30, 1.5),
        (second, second + 50, 3.0),
        (second + 50, second + 110, 6.0),
        (second + 110, second + 150, 1.7),
    ]
    assert site.asked["/show/film.mp4"] == 2


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (sidx((len(INDEX) + 100, 1), indexes=(0,)) + sidx((1, 1), timescale=7), "another timescale"),
        (sidx((100, 1), indexes=(0,)) + box("free", bytes(200)), "no sidx box"),
        (box("free", bytes(100)), "no sidx box"),
        (b"<html>not here</html>", "no sidx box"),
    ],
)
async def test_indexes_that_are_not_usable(settings: Settings, site: FakeSite, index: bytes, reason: str) -> None:
    site.files["/show/film.mp4"] = index

    with pytest.raises(ManifestError, match=f"the index of {FILM} is not usable: .*{reason}"):
        await track_of(settings, site, with_index(0, min(len(index), len(sidx((1, 1))))))


async def test_indexes_without_end(settings: Settings, site: FakeSite) -> None:
    """Each leads to one more, as a file made for it may."""
    chain = b""
    for _ in range(dash_file.INDEXES_LIMIT + 1):
        chain = sidx((len(chain) or 1, 1), indexes=(0,) if chain else ()) + chain
    site.files["/show/film.mp4"] = chain

    with pytest.raises(ManifestError, match="more than"):
        await track_of(settings, site, with_index(0, len(sidx((1, 1)))))


@pytest.mark.no_cover  # so much that watching it takes seconds
async def test_indexes_of_more_segments_than_any_episode(settings: Settings, site: FakeSite) -> None:
    many = sidx(*((1, 1) for _ in range(5_400)))
    parent = sidx(*((len(many), 1) for _ in range(40)), indexes=tuple(range(40)))
    assert SEGMENTS_LIMIT < 5_400 * 40
    site.files["/show/film.mp4"] = parent + many * 40

    with pytest.raises(ManifestError, match="more than"):
        await track_of(settings, site, with_index(0, len(parent)))


async def test_an_index_larger_than_any(settings: Settings, site: FakeSite) -> None:
    with pytest.raises(ManifestError, match="larger than any"):
        await track_of(settings, site, with_index(0, dash_file.INDEX_LIMIT_BYTES + 1))
    assert not site.requests


async def test_an_index_that_is_not_there(settings: Settings, site: FakeSite) -> None:
    with pytest.raises(HttpStatusError):
        await track_of(settings, site, with_index(0, 100))


async def test_an_index_is_looked_for(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = HEADER + INDEX + MEDIA

    track = await track_of(settings, site, read(period(film())))

    assert [part[2] for part in parts(track)] == [4.0, 3.0]
    assert track.segments[0].init == InitSection(uri=FILM, byte_range=ByteRange(start=0, stop=len(HEADER)))


async def test_an_index_is_looked_for_behind_a_long_header(settings: Settings, site: FakeSite) -> None:
    header = HEADER + box("free", bytes(100_000))
    site.files["/show/film.mp4"] = header + INDEX + MEDIA

    track = await track_of(settings, site, read(period(film())))

    assert parts(track)[0][0] == len(header + INDEX)
    assert site.asked["/show/film.mp4"] == 2


async def test_an_index_that_tells_of_a_part_is_no_index_of_the_file(settings: Settings, site: FakeSite) -> None:
    """Each fragment has one of its own: the first would end the episode after its first seconds."""
    one = fragment(0, payload=bytes(100))
    media = (sidx((len(one), 5900)) + one) * 2
    site.files["/show/film.mp4"] = HEADER + media

    track = await track_of(settings, site, read(period(film())))
    assert parts(track) == [(len(HEADER), len(HEADER + media), 12.0)]

    with pytest.raises(ManifestError, match=r"it tells of 5.9 s of the 12.0 s"):
        await track_of(settings, site, with_index(len(HEADER), len(INDEX)))


@pytest.mark.parametrize("end", [box("mfra", bytes(30)), b"\0\0\0"])
async def test_what_ends_a_file_is_nothing_that_plays(settings: Settings, site: FakeSite, end: bytes) -> None:
    site.files["/show/film.mp4"] = HEADER + INDEX + MEDIA + end

    assert len((await track_of(settings, site, read(period(film())))).segments) == 2


async def test_fragments_without_an_index_are_one_segment(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = HEADER + MEDIA

    track = await track_of(settings, site, read(period(film(element("SegmentBase", presentationTimeOffset=3)))))

    assert track.container is Container.FMP4
    assert track.segments == (
        Segment(
            index=0,
            uri=FILM,
            duration_s=12.0,
            byte_range=ByteRange(start=len(HEADER), stop=len(HEADER + MEDIA)),
            init=InitSection(uri=FILM, byte_range=ByteRange(start=0, stop=len(HEADER))),
            shift_s=-3.0,
        ),
    )


@pytest.mark.parametrize(
    "body",
    [
        box("ftyp", bytes(8)) + box("moov", box("mvhd", bytes(100))) + box("mdat", bytes(900)),
        box("ftyp", bytes(8)) + box("mdat", bytes(900)) + box("moov"),
        HEADER,
        HEADER + b"\0\0\0\0free",
        b"\x1aE\xdf\xa3" + bytes(500),
    ],
)
async def test_a_file_without_fragments_is_a_plain_file(settings: Settings, site: FakeSite, body: bytes) -> None:
    site.files["/show/film.mp4"] = body

    track = await track_of(settings, site, read(period(film())))

    assert track.container is Container.FILE
    assert track.segments == (Segment(index=0, uri=FILM, duration_s=12.0, shift_s=0.0),)
    assert track.size_bytes == len(body)


async def test_a_server_without_ranges_gives_fragments_whole(settings: Settings, site: FakeSite) -> None:
    site.answers["/show/film.mp4"] = [httpx.Response(200, content=HEADER + MEDIA, headers={"etag": '"1"'})]

    track = await track_of(settings, site, read(period(film())))

    assert (track.container, track.validator, len(track.segments)) == (Container.FILE, '"1"', 1)


async def test_several_periods_of_plain_files_are_not_supported(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = box("ftyp", bytes(8)) + box("mdat", bytes(900))

    with pytest.raises(UnsupportedMediaError, match="several periods"):
        await track_of(settings, site, read(period(film(), duration="PT4S"), period(film())))


async def test_a_page_in_place_of_a_file(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = b"<!doctype html><html>"

    with pytest.raises(NotMediaError, match="a web page"):
        await track_of(settings, site, read(period(film())))


async def test_a_transport_stream_is_one_segment(settings: Settings, site: FakeSite) -> None:
    mpd = read(period(film(element("SegmentBase", indexRange="0-9"), mimeType="video/mp2t")))

    assert (await track_of(settings, site, mpd)).segments == (Segment(index=0, uri=FILM, duration_s=12.0, shift_s=0.0),)
    assert not site.requests


async def test_secrets_stay_with_their_host(settings: Settings, site: FakeSite) -> None:
    site.files["/show/film.mp4"] = site.files["/film.mp4"] = HEADER + INDEX + MEDIA
    secrets = {"Cookie": "a=1", "Referer": "https://site.example/"}

    await track_of(settings, site, read(period(film())), secrets)
    await track_of(settings, site, read(period(video(base("http://127.0.0.2/film.mp4")))), secrets)

    assert [request.headers.get("cookie") for request in site.requests] == ["a=1", None]
    assert [request.headers.get("referer") for request in site.requests] == ["https://site.example/"] * 2
