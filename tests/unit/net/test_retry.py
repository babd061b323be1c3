"""What may pass is asked again, later each time; everything else fails at once."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    HostCoolingError,
    HttpStatusError,
    StalledError,
    UrlInvalidError,
)
from aniworld_dl.net.retry import Retry
from tests.fakes.clock import FakeClock


class Flaky:
    """Fails with each of `failures` in turn, then returns `done`."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def stalled() -> StalledError:
    return StalledError(host="a", timeout_s=1.0)


async def test_success_asks_once() -> None:
    clock, operation = FakeClock(), Flaky()
    assert await Retry(clock, 3).run(operation) == "done"
    assert operation.calls == 1
    assert clock.slept == []


async def test_a_failure_that_may_pass_is_asked_again() -> None:
    told: list[tuple[AniworldDlError, int]] = []
    first, second = stalled(), ConnectError(host="a", reason="refused")
    clock, operation = FakeClock(auto_advance=True), Flaky(first, second)
    assert await Retry(clock, 3).run(operation, on_retry=lambda error, attempt: told.append((error, attempt))) == "done"
    assert told == [(first, 2), (second, 3)]
    assert clock.slept == [0.25, 0.5]


async def test_the_last_attempts_error_is_the_result() -> None:
    told: list[int] = []
    failures = [stalled() for _ in range(3)]
    operation = Flaky(*failures)
    with pytest.raises(StalledError) as caught:
        await Retry(FakeClock(auto_advance=True), 3).run(operation, on_retry=lambda _, attempt: told.append(attempt))
    assert caught.value is failures[2]
    assert told == [2, 3]


async def test_the_pause_doubles_up_to_half_a_minute_and_is_random() -> None:
    clock = FakeClock(auto_advance=True, random=0.999999)
    await Retry(clock, 100).run(Flaky(*(stalled() for _ in range(50))))
    assert clock.slept[:7] == pytest.approx([0.5, 1, 2, 4, 8, 16, 30], rel=1e-3)
    assert max(clock.slept) <= 30
    clock = FakeClock(auto_advance=True, random=0.0)
    await Retry(clock, 100).run(Flaky(*(stalled() for _ in range(50))))
    assert set(clock.slept) == {0.0}


@pytest.mark.parametrize(("wanted", "pause"), [(7.0, 7.25), (86_400.0, 300.25), (0.0, 0.25), (None, 0.25)])
async def test_a_server_is_given_the_time_it_asks_for(wanted: float | None, pause: float) -> None:
    clock = FakeClock(auto_advance=True)
    await Retry(clock, 2).run(Flaky(HttpStatusError(host="a", status=500, url="u", retry_after_s=wanted)))
    assert clock.slept == [pause]


@pytest.mark.parametrize(
    "failure",
    [
        UrlInvalidError(url="u", reason="r"),
        HttpStatusError(host="a", status=404, url="u"),
        ValueError("not ours"),
        TimeoutError(),
    ],
)
async def test_anything_else_fails_at_once(failure: Exception) -> None:
    clock, operation = FakeClock(), Flaky(failure)
    with pytest.raises(type(failure)):
        await Retry(clock, 5).run(operation)
    assert operation.calls == 1


async def test_a_cancellation_is_never_retried() -> None:
    operation = Flaky(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await Retry(FakeClock(), 5).run(operation)
    assert operation.calls == 1


async def test_one_attempt_means_no_retry() -> None:
    with pytest.raises(StalledError):
        await Retry(FakeClock(), 1).run(Flaky(stalled()))
    with pytest.raises(ValueError, match="at least 1"):
        Retry(FakeClock(), 0)


def busy(wait_s: float | None = 10.0, status: int = 429) -> HttpStatusError:
    return HttpStatusError(host="a", status=status, url="u", retry_after_s=wait_s)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_that_the_server_asks_for_is_no_failed_attempt(status: int) -> None:
    clock, operation = FakeClock(auto_advance=True), Flaky(*(busy(status=status) for _ in range(12)))
    assert await Retry(clock, 2).run(operation) == "done"
    assert clock.slept[:2] == [0.25, 0.5]  # for the rest of the pause the host has no slot


@pytest.mark.parametrize(
    ("wanted", "calls", "rest"), [(80.0, 9, 80), (60.0, 11, 60), (6.5, 94, 60), (0.0, 601, 60), (None, 11, 60)]
)
async def test_patience_with_a_busy_server_ends_after_ten_minutes(wanted: float | None, calls: int, rest: int) -> None:
    """Then it is left alone for what it asks for, a minute at least; that is no failure."""
    clock, operation = FakeClock(auto_advance=True, random=0.0), Flaky(*(busy(wanted) for _ in range(2000)))
    with pytest.raises(HostCoolingError) as caught:
        await Retry(clock, 3).run(operation)
    assert operation.calls == calls
    assert (caught.value.host, caught.value.wait_s) == ("a", rest)
    assert isinstance(caught.value.__cause__, HttpStatusError)


async def test_a_server_that_cools_down_is_not_waited_for() -> None:
    cooling = HostCoolingError(host="a", wait_s=60)
    operation = Flaky(stalled(), cooling)
    with pytest.raises(HostCoolingError):
        await Retry(FakeClock(auto_advance=True), 5).run(operation)
    assert operation.calls == 2


async def test_any_other_trouble_of_a_server_is_a_failed_attempt() -> None:
    operation = Flaky(busy(None, status=503), busy(None, status=500))
    with pytest.raises(HttpStatusError):
        await Retry(FakeClock(auto_advance=True), 2).run(operation)
    assert operation.calls == 2


async def test_a_server_that_cools_down_because_we_could_not_reach_it_has_failed() -> None:
    """Else an episode of a dead server would never fail."""
    refused = ConnectError(host="a", reason="refused")
    with pytest.raises(ConnectError) as caught:
        await Retry(FakeClock(auto_advance=True), 5).run(Flaky(refused, HostCoolingError(host="a", wait_s=60)))
    assert caught.value is refused
