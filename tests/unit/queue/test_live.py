"""A running episode: its percentage only rises, its figures are those of its phase."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.model import Figures, Phase, Status
from aniworld_dl.queue.live import HIGHEST_RUNNING, LiveEpisode
from aniworld_dl.queue.store import Details
from tests.builders import episode, media
from tests.fakes.clock import FakeClock


def _live(**fields: object) -> tuple[LiveEpisode, FakeClock]:
    clock = FakeClock()
    return LiveEpisode(episode(status=Status.DOWNLOADING, attempt=1, **fields), clock), clock


def test_before_the_download_the_row_speaks() -> None:
    live, _ = _live(progress_percentage=40.0, bytes_downloaded=400, total_bytes=1000)
    assert live.phase is Phase.RESOLVING
    assert live.details() == Details(percentage=40.0, bytes_downloaded=400, total_bytes=1000, figures=Figures())
    assert (live.segments_done, live.segments_total) == (0, None)
    assert (live.speed_bytes_per_s(), live.eta_s()) == (0.0, None)
    with pytest.raises(AssertionError):
        _ = live.progress


def test_the_download_is_counted() -> None:
    live, clock = _live()
    progress = live.start_download(media(segments=4), clock)
    assert live.progress is progress
    assert live.phase is Phase.DOWNLOADING
    with progress.attempt(0, 0, 1000) as attempt:
        clock.advance(1.0)
        attempt.add(1000)
        attempt.keep()
    assert (live.percentage(), live.bytes_downloaded, live.total_bytes) == (25.0, 1000, 4000)
    assert (live.segments_done, live.segments_total) == (1, 4)
    assert live.speed_bytes_per_s() == pytest.approx(1000)
    assert live.eta_s() == pytest.approx(3.0)


@pytest.mark.parametrize("phase", [Phase.MUXING, Phase.VERIFYING])
def test_after_the_download_the_percentage_stands_still_below_100(phase: Phase) -> None:
    live, clock = _live()
    progress = live.start_download(media(segments=2), clock)
    for index in range(2):
        progress.reuse(0, index, 500)
    live.phase = phase
    assert live.percentage() == HIGHEST_RUNNING
    assert (live.speed_bytes_per_s(), live.eta_s(), live.total_bytes) == (0.0, None, 1000)


def test_another_source_begins_anew_without_going_back() -> None:
    live, clock = _live()
    first = live.start_download(media(segments=2), clock)
    first.reuse(0, 0, 500)
    second = live.start_download(media(segments=4), clock)
    assert second is not first
    assert (live.percentage(), live.segments_done, live.segments_total) == (50.0, 0, 4)


def test_a_row_that_was_nearly_done_is_not_done() -> None:
    live, _ = _live(progress_percentage=100.0)
    assert live.percentage() == HIGHEST_RUNNING


@given(
    start=st.floats(min_value=0, max_value=100),
    sources=st.lists(st.lists(st.booleans(), max_size=6), max_size=4),
)
def test_the_percentage_never_falls(start: float, sources: list[list[bool]]) -> None:
    """Whatever sources come and go, whatever attempts at segments fail."""
    live, clock = _live(progress_percentage=start)
    seen = [live.percentage()]
    for source in sources:
        progress = live.start_download(media(segments=6), clock)
        for index, kept in enumerate(source):
            with progress.attempt(0, index, 100) as attempt:
                attempt.add(60)
                seen.append(live.percentage())
                if kept:
                    attempt.keep()
            seen.append(live.percentage())
    assert seen == sorted(seen)
    assert all(0 <= each <= HIGHEST_RUNNING for each in seen)
