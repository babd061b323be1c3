"""Whatever a provider does, it ends, and is told by its name."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import (
    ConnectError,
    NoEpisodesError,
    ProviderFailedError,
    ProviderTimeoutError,
)
from aniworld_dl.model import EpisodeRef, Offer, Source, Wish
from aniworld_dl.providers.guarded import Guarded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

URL = "https://a.example/series"
REF = EpisodeRef(url=URL)


class Odd:
    """A provider that does what the test says."""

    name = "odd"

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act

    def matches(self, url: str) -> Any:
        return self._act()

    is_series = matches

    async def episodes(self, url: str, wish: Wish) -> Any:
        answer = self._act()
        return await answer if inspect.iscoroutine(answer) else answer

    async def sources(self, episode: EpisodeRef, wish: Wish) -> Any:
        return await self.episodes(episode.url, wish)


def endless() -> Iterator[EpisodeRef]:
    while True:
        yield REF


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


async def cancelled() -> None:
    raise asyncio.CancelledError


async def generator() -> AsyncIterator[EpisodeRef]:
    yield REF


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (raising(ValueError("boom")), "ValueError: boom"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
        (raising(TimeoutError("late")), "TimeoutError: late"),
        (raising(RecursionError("deep")), "RecursionError: deep"),
        (lambda: sys.exit("done"), "SystemExit: done"),
        (lambda: cancelled(), "it cancelled itself"),  # noqa: PLW0108 - a new coroutine each time
        (lambda: None, "NoneType instead of a list of episodes"),
        (lambda: "abc", "str instead of a list of episodes"),
        (lambda: {"a": 1}, "dict instead of a list of episodes"),
        (lambda: generator(), "async_generator instead of a list of episodes"),  # noqa: PLW0108
        (lambda: [REF, 5], "int among its episodes"),
        (lambda: [REF] * 1_000_000, "more than 20000 episodes"),
        (endless, "more than 20000 episodes"),
        (lambda: [EpisodeRef(url="javascript:alert(1)")], "an address that is none"),
        (lambda: [EpisodeRef(url=None)], "NoneType as an address"),  # type: ignore[arg-type]
        (lambda: [EpisodeRef(url=URL, title="x" * 1001)], "is no short text"),
        (lambda: [EpisodeRef(url=URL, series="\ud800")], "is half a character"),
        (lambda: [EpisodeRef(url=URL, title=5)], "is no short text"),  # type: ignore[arg-type]
        (lambda: [EpisodeRef(url=URL, season=-1)], "its season -1"),
        (lambda: [EpisodeRef(url=URL, number=True)], "its number True"),
        (lambda: [EpisodeRef(url=URL, number="4")], "its number '4'"),  # type: ignore[arg-type]
        (lambda: [EpisodeRef(url=URL, poster="file:///etc/passwd")], "it gave an address that is none"),
        (lambda: [EpisodeRef(url=URL, titles=[1])], "its titles are no mapping"),  # type: ignore[arg-type]
        (lambda: [EpisodeRef(url=URL, titles={"de": 5})], "is no short text"),  # type: ignore[dict-item]
        (lambda: [EpisodeRef(url=URL, offers=5)], "int instead of a list of offers"),  # type: ignore[arg-type]
        (lambda: [EpisodeRef(url=URL, offers=(Offer(language="x" * 2000),))], "is no short text"),
    ],
)
async def test_what_goes_wrong_while_episodes_are_listed_is_told_by_name(act: Callable[[], Any], reason: str) -> None:
    with pytest.raises(ProviderFailedError) as caught:
        await Guarded(Odd(act)).episodes(URL, Wish())
    assert caught.value.params["provider"] == "odd"
    assert reason in str(caught.value.params["reason"])


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda: [REF], "EpisodeRef among its sources"),
        (lambda: [Source(url=URL)] * 101, "more than 100 sources"),
        (lambda: [Source(url="file:///etc/passwd")], "an address that is none"),
        (lambda: [Source(url=URL, headers={"A\r\nB": "x"})], "is no name of a header"),
        (lambda: [Source(url=URL, headers={"A": "x\r\nB: y"})], "the value of its header A is none"),
        (lambda: [Source(url=URL, headers={"A": 5})], "the value of its header A is none"),  # type: ignore[dict-item]
        (lambda: [Source(url=URL, headers={"A": "x" * 17000})], "its headers are too long"),
        (lambda: [Source(url=URL, headers=[])], "its headers are no mapping"),  # type: ignore[arg-type]
        (lambda: [Source(url=URL, expires_at=float("nan"))], "its time nan is none"),
        (lambda: [Source(url=URL, expires_at="soon")], "its time 'soon' is none"),  # type: ignore[arg-type]
        (lambda: [Source(url=URL, language=5)], "is no short text"),  # type: ignore[arg-type]
    ],
)
async def test_what_goes_wrong_while_sources_are_found_is_told_by_name(act: Callable[[], Any], reason: str) -> None:
    with pytest.raises(ProviderFailedError) as caught:
        await Guarded(Odd(act)).sources(REF, Wish())
    assert caught.value.params["provider"] == "odd"
    assert reason in str(caught.value.params["reason"])


async def test_a_good_answer_comes_through() -> None:
    ref = EpisodeRef(
        url=URL,
        series="S",
        season=0,
        number=3,
        title="T",
        titles={"de": "Titel"},
        offers=(Offer(language="German Dub", provider="VOE"),),
    )
    source = Source(url=URL, headers={"Referer": URL}, language="German Dub", provider="VOE", expires_at=5.5)
    assert await Guarded(Odd(lambda: (ref,))).episodes(URL, Wish()) == [ref]
    assert await Guarded(Odd(lambda: iter([source]))).sources(ref, Wish()) == [source]


@pytest.mark.parametrize("error", [NoEpisodesError(url=URL), ConnectError(host="a", reason="b")])
async def test_what_a_provider_says_itself_comes_through(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        await Guarded(Odd(raising(error))).episodes(URL, Wish())
    assert caught.value is error


async def test_one_that_hangs_is_given_up_in_time() -> None:
    left: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.append("cancelled")

    with pytest.raises(ProviderTimeoutError) as caught:
        await Guarded(Odd(hang), listing_s=0.01).episodes(URL, Wish())
    assert caught.value.params == {"provider": "odd", "timeout_s": 0.01}
    assert left == ["cancelled"]


async def test_one_that_does_not_want_to_end_is_left_behind_and_ended_with_the_service() -> None:
    ended = asyncio.Event()

    async def stubborn() -> None:
        for patience in (1, 0):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not patience:
                    ended.set()
                    raise

    guarded = Guarded(Odd(stubborn), resolving_s=0.01, grace_s=0.01)
    with pytest.raises(ProviderTimeoutError):
        await guarded.sources(REF, Wish())
    await guarded.aclose()
    assert ended.is_set()


async def test_a_cancelled_call_cancels_the_provider() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    guarded = Guarded(Odd(work))
    task = asyncio.create_task(guarded.sources(REF, Wish()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await guarded.aclose()
    assert ended.is_set()


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize(
    ("act", "reason"), [(raising(SystemExit(1)), "SystemExit: 1"), (lambda: "yes", "str instead of yes or no")]
)
def test_one_that_cannot_tell_knows_no_address(act: Callable[[], Any], reason: str, *, foreign: bool) -> None:
    guarded = Guarded(Odd(act), foreign=foreign)
    assert guarded.matches(URL) is False
    assert guarded.is_series(URL) is False
    assert guarded.fault is not None
    assert reason in guarded.fault


@pytest.mark.parametrize("foreign", [False, True])
def test_one_that_can_tell_does(*, foreign: bool) -> None:
    guarded = Guarded(Odd(lambda: True), foreign=foreign)
    assert guarded.matches(URL) is True
    assert guarded.is_series(URL) is True
    assert guarded.fault is None


def test_one_that_never_says_whether_it_knows_an_address_is_not_asked_again() -> None:
    asked: list[int] = []
    free = threading.Event()

    def hang() -> bool:
        asked.append(1)
        return free.wait()

    guarded = Guarded(Odd(hang), foreign=True, telling_s=0.01)
    try:
        assert not guarded.matches(URL)
        assert not guarded.matches(URL)
    finally:
        free.set()
    assert asked == [1]
    assert "not asked again" in str(guarded.fault)
