"""A chain says what to take and what instead; one that is bad says which part is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.chains import Chain, chain_of, parse_chain
from aniworld_dl.config import load_settings
from aniworld_dl.errors import ConfigError, RequestInvalidError
from aniworld_dl.model import EpisodeRef, JobRequest, Offer, Source, Wish
from aniworld_dl.providers.preference import host_of, in_order, preferred
from aniworld_dl.queue.versions import check_wishes, wish_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("German Sub", ("German Sub",)),
        (" German  Dub>German Sub >  any ", ("German Dub", "German Sub", "any")),
        ("VOE > Vidoza > ANY", ("VOE", "Vidoza", "ANY")),
    ],
)
def test_names_are_read_in_order(text: str, names: tuple[str, ...]) -> None:
    assert parse_chain(text) == Chain(names) == chain_of(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("German Dub >> German Sub", "part 2 of 3"),
        ("German Dub >", "part 2 of 2"),
        ("", "part 1 of 1"),
        ("VOE > voe", "'voe'"),
        ("any > VOE", "'VOE'"),
        (f"VOE > {'x' * 101}", "part 2"),
        (" > ".join(map(str, range(17))), "17 parts"),
        ("VOE > a\0b", r"part 2 \('a\\x00b'\)"),
        ("\ud800", r"part 1 \('\\ud800'\)"),
    ],
)
def test_what_is_bad_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_chain(text)


@given(st.text(alphabet="ab> ", max_size=30))
def test_reading_what_was_accepted_never_fails(text: str) -> None:
    """What is written back is read as the same."""
    chain = chain_of(text)
    assert chain_of(chain.text) == chain


def test_places() -> None:
    """`any` is the place of whatever has none of its own; nothing wished for takes everything."""
    chain = Chain(("German Dub", "German Sub", "Any"))
    assert [chain.place(name) for name in ("german sub", " German  Dub", "English Sub", None)] == [1, 0, 2, 2]
    assert Chain(("VOE",)).place("Vidoza") is None
    assert Chain().place(None) == Chain().place("VOE") == 0
    assert chain.named == ("German Dub", "German Sub")
    assert chain.without("any", "GERMAN SUB").text == "German Dub"
    assert Chain().text is None


def test_health_decides_among_equals_of_the_wish_alone() -> None:
    """Who does badly comes later, but not behind what is wished for less; who does well enough keeps their place."""
    offers = [Offer(language=each, provider=host) for each in ("Dub", "Sub") for host in ("VOE", "Vidoza", "Luluvdo")]
    wish = Wish(language="Dub > Sub", health={"voe": 0.1, "vidoza": 0.6})
    assert [(offer.language, offer.provider) for offer in preferred(offers, wish)] == [
        (each, host) for each in ("Dub", "Sub") for host in ("Vidoza", "Luluvdo", "VOE")
    ]
    named = Wish(provider="VOE > any", health={"voe": 0.1})
    assert preferred(offers, named)[0].provider == "VOE"


def test_sources_come_in_the_order_of_the_wish_and_what_is_not_wished_for_last() -> None:
    sources = [
        Source(url="https://a.example/1", language="English Sub"),
        Source(url="https://b.example/1", language="German Sub"),
        Source(url="https://c.example/1", language="German Sub"),
        Source(url="https://d.example/1", language="German Dub", provider="VOE"),
        Source(url="https://e.example/1"),
    ]
    wish = Wish(language="German Dub > German Sub", health={"b.example": 0.2})
    assert [source.url[8] for source in in_order(sources, wish)] == ["d", "e", "c", "b", "a"]
    assert host_of(Source(url="http://[bad")) == host_of(Offer()) == ""


def test_settings_are_the_default_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written as a list or as a chain, and a bad part is named."""
    monkeypatch.setenv("ANIWORLD_DL_LANGUAGES", "German Dub > German Sub, any")
    settings = load_settings(providers=["VOE > Vidoza"])
    assert settings.languages == ["German Dub", "German Sub", "any"]
    assert wish_of(settings, None, None) == Wish(language="German Dub > German Sub > any", provider="VOE > Vidoza")
    assert wish_of(settings, "English Sub", "VOE") == Wish(language="English Sub", provider="VOE")
    with pytest.raises(ConfigError, match="'VOE' comes after 'any'"):
        load_settings(providers=["any", "VOE"])
    monkeypatch.delenv("ANIWORLD_DL_LANGUAGES")
    assert wish_of(load_settings(), None, None) == Wish()


def test_a_request_with_a_bad_chain_is_refused() -> None:
    refs = (EpisodeRef(url="https://a.example/1"),)
    check_wishes(JobRequest(anime_title="A", episodes=refs, language="German Dub > any"))
    with pytest.raises(RequestInvalidError, match=r"provider.*part 2 of 2"):
        check_wishes(JobRequest(anime_title="A", episodes=refs, provider="VOE >"))
