"""NFO files: what is certain and nothing else, as Kodi's documentation wants it."""

from __future__ import annotations

from aniworld_dl.media.shelf.naming import Entry
from aniworld_dl.media.shelf.nfo import entry_nfo, series_nfo
from tests.media_servers import nfo_faults
from tests.unit.media.shelf.titles import TITLES


def text_of(entry: Entry) -> str:
    body = entry_nfo(entry)
    assert body is not None
    assert nfo_faults(body) == []
    return body.decode()


def test_an_episode() -> None:
    text = text_of(Entry(series="Nordlicht", season=0, number=4, title="Wo ist <Mia> & Jo?"))
    assert text.splitlines()[2:] == [
        "<episodedetails>",
        "  <title>Wo ist &lt;Mia&gt; &amp; Jo?</title>",
        "  <showtitle>Nordlicht</showtitle>",
        "  <season>0</season>",
        "  <episode>4</episode>",
        "</episodedetails>",
    ]


def test_several_episodes_have_a_block_each() -> None:
    text = text_of(Entry(series="Nordlicht", season=1, number=1, last_number=2, title="Anfang"))
    assert text.count("<episodedetails>") == 2
    assert text.index("<episode>1</episode>") < text.index("<episode>2</episode>")


def test_nothing_is_made_up() -> None:
    """A title is what servers demand; an episode without one has no NFO."""
    assert entry_nfo(Entry(series="Nordlicht", season=1, number=1)) is None
    assert entry_nfo(Entry(series="Nordlicht", season=1, number=1, title="\ufffe")) is None


def test_year_and_ids_are_read_from_the_title() -> None:
    text = text_of(Entry(series="Der Film (2021) [tmdbid-42] {imdb-tt0001}", season=0, number=None, is_film=True))
    assert "<title>Der Film</title>" in text
    assert "<year>2021</year>" in text
    assert '<uniqueid type="tmdb" default="true">42</uniqueid>' in text
    assert '<uniqueid type="imdb">tt0001</uniqueid>' in text


def test_a_title_that_is_nothing_but_a_year_stays() -> None:
    assert b"<title>(1899)</title>" in series_nfo("(1899)")


def test_any_title_gives_valid_files() -> None:
    faults = {}
    for title in TITLES:
        entries = (
            Entry(series=title, season=1, number=1, title=f"x{title}"),
            Entry(series=title, season=0, number=1, is_film=True),
        )
        bodies = [series_nfo(title), *map(entry_nfo, entries)]
        if found := [nfo_faults(body) if body else "nothing" for body in bodies if not body or nfo_faults(body)]:
            faults[title] = found
    assert faults == {}
