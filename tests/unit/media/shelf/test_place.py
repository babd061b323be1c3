"""Season, number and series, read from an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.shelf.place import Place, place_of, placed_by_name, series_of
from aniworld_dl.model import EpisodeRef


@pytest.mark.parametrize(
    ("url", "season", "number"),
    [
        ("https://h/Show.Name.S01E04.1080p.x264.mkv", 1, 4),
        ("https://h/show_s1_e4.mp4", 1, 4),
        ("https://h/Show%20S02EP013/master.m3u8", 2, 13),
        ("https://h/a/1x04.mp4", 1, 4),
        ("https://h/Show - 12x103 - Title.mkv", 12, 103),
        ("https://h/Show Season 2 Episode 7.mp4", 2, 7),
        ("https://h/anime/stream/one-piece/staffel-1/episode-4", 1, 4),
        ("https://h/Staffel%203/Folge%2012.mp4", 3, 12),
        ("https://h/Season 2/Show - 05.mkv", 2, 5),
        ("https://h/s02/e05/index.m3u8", 2, 5),
        ("https://h/saison-1/épisode-2.mp4", 1, 2),
        ("https://h/Episode%204.mp4", None, 4),
        ("https://h/ep04v2.mp4", None, 4),
        ("https://h/show-%2304.mp4", None, 4),
        ("https://h/%5BGroup%5D%20Some%20Show%20-%2004%20%5B1080p%5D.mkv", None, 4),
        ("https://h/Some Show - 04v2.mkv", None, 4),
        ("https://h/series-a/04.m3u8?x=S09E09", None, 4),
        ("https://h/S01E02/S03E04.mkv", 3, 4),
        ("https://h/S01E02/episode-9.mkv", None, 9),
        ("https://h/index.m3u8", None, None),
        ("https://h/1920x1080.mp4", None, None),
        ("https://h/720.mp4", None, None),
        ("https://h/04/index.m3u8", None, None),
        ("https://h/rush2049.mp4", None, None),
        ("https://h/movies12/film.mp4", None, None),
        ("https://h/", None, None),
        ("", None, None),
        ("http://[bad/S01E04.mkv", None, None),
    ],
)
def test_the_place_an_address_speaks_of(url: str, season: int | None, number: int | None) -> None:
    assert place_of(url) == Place(season=season, number=number)


@pytest.mark.parametrize(
    ("url", "series"),
    [
        ("https://h/Show.Name.S01E04.1080p.mkv", "Show Name"),
        ("https://h/anime/stream/one-piece/staffel-1/episode-4", "One Piece"),
        ("https://h/%5BGroup%5D%20Some%20Show%20-%2004%20%5B1080p%5D.mkv", "Some Show"),
        ("https://h/naruto-folge-12.mp4", "Naruto"),
        ("https://h/hls/red-planet/e04/master.m3u8", "Red Planet"),
        ("https://h/My%20Film%20(2021).mp4", "My Film"),
        ("https://h/don't-look.mp4", "Don't Look"),
        ("https://h/K-On!!/01.mkv", "K-On!!"),
        ("https://media.example/v/1080p/index.m3u8", "media.example"),
        ("https://media.example/0123456789abcdef0123/master.m3u8", "media.example"),
        ("http://[bad", "Episode"),
        ("", "Episode"),
    ],
)
def test_the_series_an_address_speaks_of(url: str, series: str) -> None:
    assert series_of(url) == series


@given(url=st.text() | st.text().map(lambda text: f"https://h/{text}/{text}"))
def test_any_address_has_a_place_and_a_series(url: str) -> None:
    assert isinstance(place_of(url), Place)
    assert series_of(url)


@pytest.mark.parametrize("unit", ["S1", "s1 e", "[", "(", "1x", "/", " - ", "season 1 "])
def test_long_addresses_cost_no_more_than_their_length(unit: str) -> None:
    """A pattern that goes back and forth would run into the time limit of the tests."""
    url = "https://h/" + unit * 200_000

    place_of(url)
    assert series_of(url)


@pytest.mark.parametrize(
    ("ref", "name", "place"),
    [
        (EpisodeRef(url="https://h/get?id=7"), "Show - S02E05 - Öfen.mkv", (2, 5)),
        (EpisodeRef(url="https://h/get?id=7"), "../2x05.mkv", (2, 5)),
        (EpisodeRef(url="https://h/get?id=7"), "05.mkv", None),
        (EpisodeRef(url="https://h/get?id=7"), "download.mkv", None),
        (EpisodeRef(url="https://h/get?id=7", number=1), "S02E05.mkv", None),
        (EpisodeRef(url="https://h/get?id=7", season=1), "S02E05.mkv", None),
        (EpisodeRef(url="https://h/S01E04?id=7"), "S02E05.mkv", None),
    ],
)
def test_a_servers_name_tells_the_place_where_nothing_else_does(
    ref: EpisodeRef, name: str, place: tuple[int, int] | None
) -> None:
    found = placed_by_name(ref, name)
    assert (found and (found.season, found.number)) == place
