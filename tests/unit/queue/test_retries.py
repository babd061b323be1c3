"""What becomes of an episode that failed: which errors are worth waiting for, how long, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    DiskReserveError,
    HostCoolingError,
    HttpStatusError,
    NeedsPersonError,
    NotMediaError,
)
from aniworld_dl.model import HoldReason, Status
from aniworld_dl.queue.retries import Failure, Verdict, verdict_on
from tests import builders

NOW = 1000.0
REFUSED = ConnectError(host="a", reason="refused")


def verdict(
    error: AniworldDlError = REFUSED,
    *,
    retries: int = 0,
    before: float = 0.0,
    after: float = 0.0,
    most: int = 5,
    chance: float = 0.0,
) -> Verdict:
    episode = replace(builders.episode(), retries=retries, progress_percentage=before)
    failure = Failure(episode=episode, error=error, percentage=after)
    return verdict_on(failure, most_retries=most, now=NOW, chance=chance)


@pytest.mark.parametrize(("retries", "pause"), [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1800), (98, 1800)])
def test_what_may_pass_is_tried_again_later_each_time(retries: int, pause: float) -> None:
    found = verdict(retries=retries, most=99)
    assert (found.status, found.retries) == (Status.QUEUED, retries + 1)
    assert found.hold is not None
    assert (found.hold.reason, found.hold.until) == (HoldReason.RETRY_BACKOFF, NOW + pause)
    assert found.hold.params == {"retry": retries + 1, "most_retries": 99}


def test_a_random_part_of_the_pause_is_left_out() -> None:
    """Episodes that failed together do not come back together, and none sooner than after half the time."""
    found = verdict(chance=0.999)
    assert found.hold is not None
    assert found.hold.until == pytest.approx(NOW + 15, abs=0.1)


@pytest.mark.parametrize(("retries", "most"), [(5, 5), (0, 0), (7, 5)])
def test_who_has_used_up_the_retries_has_failed(retries: int, most: int) -> None:
    assert verdict(retries=retries, most=most) == Verdict(status=Status.FAILED)


def test_what_does_not_pass_fails_at_once() -> None:
    for error in (NotMediaError(url="u", found="a web page"), HttpStatusError(host="a", status=404, url="u")):
        assert verdict(error, after=50.0) == Verdict(status=Status.FAILED)


@pytest.mark.parametrize(
    ("before", "after", "retries"), [(0.0, 1.0, 1), (10.0, 11.5, 1), (10.0, 10.9, 6), (99.9, 99.9, 6), (5.0, 5.0, 6)]
)
def test_progress_gives_all_retries_again(before: float, after: float, retries: int) -> None:
    """But only what is further than ever before: who begins anew each time comes to an end."""
    assert verdict(retries=5, before=before, after=after, most=9).retries == retries


def test_without_retries_progress_does_not_help() -> None:
    assert verdict(before=0.0, after=60.0, most=0).status is Status.FAILED


@pytest.mark.parametrize(("wait_s", "chance", "until"), [(60.0, 0.0, 60.0), (60.0, 0.5, 75.0), (12.0, 0.5, 18.0)])
def test_a_cool_down_uses_up_no_retry(wait_s: float, chance: float, until: float) -> None:
    found = verdict(HostCoolingError(host="a", wait_s=wait_s), retries=5, most=0, chance=chance)
    assert (found.status, found.retries) == (Status.QUEUED, None)
    assert found.hold is not None
    assert (found.hold.reason, found.hold.until) == (HoldReason.HOST_COOLDOWN, NOW + until)
    assert found.hold.params == {"host": "a"}


def test_a_lack_of_space_uses_up_no_retry_and_has_no_time() -> None:
    found = verdict(DiskReserveError(path="p", needed_bytes=9, missing_bytes=4), retries=5, most=0)
    assert (found.status, found.retries) == (Status.QUEUED, None)
    assert found.hold is not None
    assert (found.hold.reason, found.hold.until) == (HoldReason.DISK_RESERVE, None)
    assert found.hold.params == {"needed_bytes": 9, "missing_bytes": 4}


def test_a_page_that_wants_to_see_a_person_is_waited_for() -> None:
    found = verdict(NeedsPersonError(url="https://a.example/1", provider="direct"), retries=5, most=0)
    assert (found.status, found.retries) == (Status.QUEUED, None)
    assert found.hold is not None
    assert (found.hold.reason, found.hold.until) == (HoldReason.NEEDS_PERSON, None)
    assert found.hold.params == {"url": "https://a.example/1", "provider": "direct"}


@given(
    most=st.integers(0, 20),
    gains=st.lists(st.floats(0, 30), max_size=40),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_every_episode_that_fails_for_ever_ends(most: int, gains: list[float], chance: float) -> None:
    """Whatever its attempts bring: after a hundredth at most a hundred times, the retries are what is left."""
    retries, percentage = 0, 0.0
    for _ in range(101 * (most + 1) + 1):
        reached = min(percentage + (gains.pop() if gains else 0.0), 99.9)
        found = verdict(retries=retries, before=percentage, after=reached, most=most, chance=chance)
        if found.status is Status.FAILED:
            break
        assert found.hold is not None
        assert found.hold.until is not None
        assert 15 <= found.hold.until - NOW <= 1800
        assert found.retries is not None
        retries, percentage = found.retries, reached
    else:
        raise AssertionError("it is tried for ever")
