"""What one attempt has fetched, over all the sources it has tried."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import UrlInvalidError
from aniworld_dl.model import Figures, Phase, Status
from aniworld_dl.queue.live import LiveEpisode
from tests.builders import episode, media
from tests.fakes.clock import FakeClock


def _live() -> tuple[LiveEpisode, FakeClock]:
    clock = FakeClock()
    return LiveEpisode(episode(status=Status.DOWNLOADING, attempt=1), clock), clock


def _fetch(live: LiveEpisode, index: int, size: int, *, host: str = "a.example", keep: bool = True) -> None:
    with live.progress.attempt(0, index, size, host=host) as attempt:
        attempt.add(size)
        if keep:
            attempt.keep()


def test_before_the_download_there_are_none() -> None:
    live, _ = _live()
    assert live.figures() == Figures()
    live.provider = "direct"
    live.ask("https://B.example:8443/x?token=1")
    assert live.figures() == Figures(provider="direct", host="b.example")


def test_an_address_that_is_none() -> None:
    live, _ = _live()
    with pytest.raises(UrlInvalidError):
        live.ask("nothing")


def test_what_fails_and_what_is_under_way_is_wasted() -> None:
    live, clock = _live()
    live.ask("https://main.example/x")
    live.start_download(media(), clock)
    _fetch(live, 0, 100)
    _fetch(live, 1, 30, keep=False)
    _fetch(live, 1, 80, host="b.example")
    live.progress.retries = 2
    with live.progress.attempt(0, 2, 50, host="b.example") as attempt:
        attempt.add(20)
        figures = live.figures()
    assert (figures.fetched_bytes, figures.wasted_bytes, figures.segments_retried) == (230, 50, 2)
    assert figures.bytes_by_host == {"a.example": 130, "b.example": 100}
    assert figures.host == "a.example"
    assert live.details().figures == live.figures()


def test_a_spare_request_that_loses_is_wasted() -> None:
    live, clock = _live()
    live.start_download(media(), clock)
    with live.progress.attempt(0, 0, 100, spare=True) as spare:
        spare.add(60)
    _fetch(live, 0, 100)
    assert (live.figures().fetched_bytes, live.figures().wasted_bytes) == (160, 60)


def test_what_is_fetched_a_second_time_is_wasted_the_first_time() -> None:
    live, clock = _live()
    live.start_download(media(), clock)
    _fetch(live, 0, 100)
    live.progress.take_back(0, 0, 100)
    _fetch(live, 0, 100)
    assert (live.figures().fetched_bytes, live.figures().wasted_bytes) == (200, 100)


@pytest.mark.parametrize(("is_same", "wasted"), [(True, 10), (False, 110)])
def test_another_source_keeps_or_throws_away_what_the_first_has_fetched(is_same: bool, wasted: int) -> None:
    live, clock = _live()
    live.start_download(media(), clock)
    _fetch(live, 0, 100)
    _fetch(live, 1, 10, keep=False)
    live.start_download(media(), clock)
    if is_same:
        live.progress.reuse(0, 0, 100)
    _fetch(live, 1, 70, host="b.example")
    figures = live.figures()
    assert (figures.fetched_bytes, figures.wasted_bytes) == (180, wasted)
    assert figures.bytes_by_host == {"a.example": 110, "b.example": 70}


def test_a_file_that_is_no_episode_is_all_in_vain() -> None:
    """Also when another source goes on after it."""
    live, clock = _live()
    live.start_download(media(), clock)
    _fetch(live, 0, 100)
    live.throw_away()
    assert (live.figures().fetched_bytes, live.figures().wasted_bytes) == (100, 100)
    live.start_download(media(), clock)
    _fetch(live, 0, 40)
    assert (live.figures().fetched_bytes, live.figures().wasted_bytes) == (140, 100)


def test_the_time_is_that_of_fetching() -> None:
    live, clock = _live()
    clock.advance(3)
    live.start_download(media(), clock)
    clock.advance(5)
    assert live.figures().fetching_s == 5.0
    live.enter(Phase.MUXING)
    clock.advance(7)
    live.phase = Phase.RESOLVING
    clock.advance(1)
    live.start_download(media(), clock)
    clock.advance(2)
    live.enter(Phase.RECORDING)
    clock.advance(1)
    assert live.figures().fetching_s == 8.0
