"""Which request hangs, and how the one that is slower is stopped."""

from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.media.download.tail import Bell, Flight, LostError, Scope, Tail
from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock, settle
from tests.media_builders import hls_track, media_of


class Sky:
    """A tail with a history: so many pieces that took `usual_s` each."""

    def __init__(self, *, samples: int = 8, usual_s: float = 2.0) -> None:
        self.clock = FakeClock()
        self.tail = Tail(self.clock)
        self.progress = DownloadProgress(media_of(hls_track(99)), Meter(self.clock))
        for index in range(samples):
            flight = self.fly(index)
            self.clock.advance(usual_s)
            self.tail.landed(flight)
            self.tail.end(flight)

    def fly(self, index: int) -> Flight:
        flight = Flight((0, index), Scope())
        self.tail.begin(flight)
        self.tail.sent(flight)
        return flight

    def hanging(self) -> tuple[int, int] | None:
        """Return which piece would be asked for again now, and leave it at that."""
        flight = self.tail.ask_again()
        if flight is None:
            return None
        self.tail.end(flight)
        return flight.key

    def receive(self, flight: Flight, size: int, expected: int | None) -> None:
        flight.attempt = self.progress.attempt(*flight.key, expected)
        flight.attempt.add(size)


def test_a_request_without_an_answer_hangs_after_the_usual_time() -> None:
    sky = Sky(usual_s=2.0)
    sky.fly(50)
    sky.clock.advance(2.0)
    assert sky.hanging() is None
    sky.clock.advance(0.1)
    assert sky.hanging() == (0, 50)


@pytest.mark.parametrize(("samples", "expected"), [(7, None), (8, (0, 50))])
def test_nothing_hangs_before_it_is_known_what_is_usual(samples: int, expected: tuple[int, int] | None) -> None:
    sky = Sky(samples=samples)
    sky.fly(50)
    sky.clock.advance(100.0)
    assert sky.hanging() == expected


@pytest.mark.parametrize(("fast", "expected"), [(19, (0, 50)), (9, None)])
def test_one_of_twenty_may_be_slow(fast: int, expected: tuple[int, int] | None) -> None:
    """The limit is the 95th percentile: of 20 pieces the slowest does not raise it, of 10 it does."""
    sky = Sky(samples=fast, usual_s=1.0)
    late = sky.fly(40)
    sky.clock.advance(60.0)
    sky.tail.landed(late)
    sky.tail.end(late)
    sky.fly(50)
    sky.clock.advance(50.0)
    assert sky.hanging() == expected


def test_one_that_is_nearly_through_is_left_alone() -> None:
    sky = Sky(usual_s=2.0)
    flight = sky.fly(50)
    sky.clock.advance(4.0)
    sky.receive(flight, 90, 100)
    assert sky.hanging() is None
    sky.clock.advance(20.0)  # 24 s for 90 of 100 bytes: the rest takes longer than a whole piece
    assert sky.hanging() == (0, 50)


def test_a_body_of_unknown_length_is_judged_by_its_time() -> None:
    sky = Sky(usual_s=2.0)
    sky.receive(sky.fly(50), 90, None)
    sky.clock.advance(4.0)
    assert sky.hanging() == (0, 50)


def test_what_takes_no_time_does_not_hang_at_once() -> None:
    sky = Sky(usual_s=0.001)
    sky.fly(50)
    sky.clock.advance(0.3)
    assert sky.hanging() is None
    sky.clock.advance(0.01)
    assert sky.hanging() == (0, 50)


def test_the_one_that_hangs_longest_comes_first_and_a_second_request_gets_its_time() -> None:
    sky = Sky()
    sky.fly(50)
    sky.clock.advance(1.0)
    sky.fly(51)
    sky.clock.advance(10.0)
    spare = sky.tail.ask_again()
    assert spare
    assert (spare.key, spare.spare) == ((0, 50), 1)
    assert sky.hanging() == (0, 51)
    sky.tail.sent(spare)
    sky.clock.advance(1.0)
    assert sky.hanging() == (0, 51)


def test_a_second_request_that_hangs_too_is_followed_by_a_third_and_a_fourth_and_no_more() -> None:
    sky = Sky()
    sky.fly(50)
    numbers = []
    for _ in range(5):
        sky.clock.advance(10.0)
        spare = sky.tail.ask_again()
        if spare:
            sky.tail.sent(spare)
            numbers.append(spare.spare)
    assert numbers == [1, 2, 3]


def test_a_pause_between_attempts_is_no_hanging() -> None:
    sky = Sky()
    flight = sky.fly(50)
    flight.sent_at = None
    sky.clock.advance(100.0)
    assert sky.hanging() is None


def test_what_is_being_stored_does_not_hang() -> None:
    sky = Sky()
    flight = sky.fly(50)
    sky.tail.claim(flight)
    sky.clock.advance(100.0)
    assert sky.hanging() is None
    sky.tail.sent(flight)  # it was damaged: the next attempt
    sky.clock.advance(100.0)
    assert sky.hanging() == (0, 50)


def test_each_track_has_its_own_usual_time() -> None:
    sky = Sky()
    flight = Flight((1, 0), Scope())
    sky.tail.begin(flight)
    sky.tail.sent(flight)
    sky.clock.advance(100.0)
    assert sky.hanging() is None


async def test_who_claims_first_wins_and_the_other_is_stopped() -> None:
    sky = Sky()
    slow, fast = sky.fly(50), sky.fly(50)
    ended: list[str] = []

    async def hang() -> None:
        try:
            async with slow.scope:
                await asyncio.Event().wait()
        except LostError:
            ended.append("lost")

    async with asyncio.TaskGroup() as group:
        group.create_task(hang())
        await settle()
        assert sky.tail.claim(fast) == [slow]
    assert ended == ["lost"]
    assert slow.scope.ended.is_set()
    with pytest.raises(LostError):
        sky.tail.claim(slow)


async def test_a_scope_that_nobody_ends_changes_nothing() -> None:
    async with Scope() as nothing:
        assert nothing is None
    with pytest.raises(ZeroDivisionError):
        async with Scope():
            raise ZeroDivisionError


async def test_losing_after_the_end_is_too_late() -> None:
    scope = Scope()
    async with scope:
        pass
    scope.lose()
    assert not scope.is_lost
    await settle()


async def test_a_cancelled_scope_is_cancelled_and_not_lost() -> None:
    async def wait() -> None:
        async with Scope():
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_bell_rings_as_long_as_somebody_waits() -> None:
    clock = FakeClock()
    bell = Bell(clock)
    toll = asyncio.create_task(bell.toll())
    await settle()
    assert clock.sleeping == 0
    for _ in range(2):
        waiter = asyncio.create_task(bell.wait())
        await clock.wait_for_sleepers()
        assert not waiter.done()
        await clock.run(0.1)
        assert waiter.done()
    toll.cancel()
