"""Which version a file is, and whether a better one is wished for, follows from the wish, the source and the tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.chains import Chain
from aniworld_dl.model import Container, FailedSource, Health, Source, Standing, Taken, Track, TrackKind, Wish
from aniworld_dl.queue import views
from aniworld_dl.queue.version_views import health_view, sources_view
from aniworld_dl.queue.versions import after_look, better_than, is_better, pause_s, taken_of, waiting_again
from tests import builders

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

URL = "https://a.example/1"
CHAIN = Wish(language="German Dub > German Sub > any", provider="direct > VOE > any")


def tracks(*, heard: str | None = None, read: str | None = None) -> list[Track]:
    kinds = ((TrackKind.VIDEO, "en"), (TrackKind.AUDIO, heard), (TrackKind.TEXT, read))
    return [Track(kind=kind, container=Container.FMP4, segments=(), language=language) for kind, language in kinds]


@pytest.mark.parametrize(
    ("source", "found", "language", "instead"),
    [
        (Source(url=URL, language="German Sub"), tracks(heard="de"), "German Sub", "German Dub"),
        (Source(url=URL, language="german dub"), tracks(), "german dub", None),
        (Source(url=URL), tracks(heard="ger"), "German Dub", None),
        (Source(url=URL), tracks(heard="ja", read="de"), "German Sub", "German Dub"),
        (Source(url=URL), tracks(heard="en"), "en", "German Dub"),
        (Source(url=URL), tracks(), None, None),
    ],
)
def test_the_label_of_a_source_counts_before_its_tracks(
    source: Source, found: list[Track], language: str | None, instead: str | None
) -> None:
    taken = taken_of(CHAIN, source, found, providers=["direct"])
    assert (taken.language, taken.instead_of_language, taken.instead_of_provider) == (language, instead, None)


def test_another_hoster_than_the_best_is_told_too() -> None:
    taken = taken_of(CHAIN, Source(url=URL, provider="Vidoza"), [], providers=["direct"])
    assert (taken.provider, taken.instead_of_provider) == ("Vidoza", "VOE")
    assert taken_of(CHAIN, Source(url=URL, provider="voe"), [], providers=["direct"]).instead_of_provider is None
    assert taken_of(Wish(), Source(url=URL, provider="VOE", language="x"), [], providers=()) == Taken(
        language="x", provider="VOE"
    )


def test_what_is_better() -> None:
    """What is not wished for at all is worse than everything that is."""
    wish = Wish(language="German Dub > German Sub")
    assert better_than(wish, Taken(language="German Sub")) == Chain(("German Dub",))
    assert better_than(wish, Taken(language="en")) == Chain(("German Dub", "German Sub"))
    assert better_than(wish, Taken(language="German Dub")) == Chain()
    assert is_better(Chain(("German Dub",)), "german dub")
    assert not is_better(Chain(("German Dub",)), "German Sub")
    assert not is_better(Chain(), None)


def test_pauses_double_up_to_a_week_less_a_part_at_random(settings: Settings) -> None:
    hours = [pause_s(settings, looks, 0.0) / 3600 for looks in range(7)]
    assert hours == [6, 12, 24, 48, 96, 168, 168]
    assert pause_s(settings, 0, 1.0) / 3600 == 4.5
    weekly = settings.model_copy(update={"standing_check_hours": 168})
    assert pause_s(weekly, 9, 0.0) / 3600 == 168


def test_the_last_look_is_when_the_time_is_over(settings: Settings) -> None:
    standing = Standing(wanted="German Dub", since=0.0, until=40_000.0, next_at=20_000.0)
    later = after_look(standing, settings, builders.BROKEN, now=20_000.0, chance=0.0)
    assert later is not None
    assert (later.next_at, later.looks, later.error) == (40_000.0, 1, builders.BROKEN)
    assert after_look(later, settings, None, now=40_000.0, chance=0.0) is None


def test_what_failed_to_complete_waits_for_nothing(settings: Settings) -> None:
    taken = Taken(language="German Sub", instead_of_language="German Dub")
    assert waiting_again(settings, builders.job(), builders.episode(taken=taken), now=0.0) is None


def test_it_is_said_in_words() -> None:
    taken = Taken(language="German Sub", provider="VOE", instead_of_language="German Dub", instead_of_provider="Vidoza")
    shown = [views.taken_view(each) for each in (taken, Taken(language="German Dub"), Taken(), None)]
    assert [each and each["text"] for each in shown] == [
        "German Sub by VOE instead of German Dub by Vidoza",
        "German Dub",
        "of a language that is not known",
        None,
    ]
    standing = Standing(wanted="German Dub", since=0.0, until=9.0, next_at=1.0, error=builders.BROKEN)
    view = views.standing_view(standing)
    assert view is not None
    assert (view["text"], view["next_at"], view["error"]["code"]) == (
        "waits for German Dub",
        "1970-01-01T00:00:01.000Z",
        "http_status",
    )
    fulfilled = Standing(wanted="", since=0.0, until=9.0, next_at=1.0)
    assert views.standing_view(fulfilled) is views.standing_view(None) is None


def test_sources_are_shown() -> None:
    failed = FailedSource(
        attempt=1, at=1.0, provider="aniworld", source="VOE", language="German Dub", error=builders.BROKEN
    )
    view = sources_view(builders.episode(), [failed])
    assert (view["taken"], view["standing"], view["failed"][0]["at"]) == (None, None, "1970-01-01T00:00:01.000Z")
    assert view["failed"][0]["error"]["code"] == "http_status"
    (health,) = health_view([Health(provider="aniworld", source="voe", score=0.126, failures=3, failed_at=1.0)])
    assert (health["score"], health["failures"], health["worked_at"], health["error"]) == (0.13, 3, None, None)
