from __future__ import annotations

from dataclasses import dataclass

import pytest

from aniworld_dl.api.stalls import STALL_S, StallGuard
from tests.fakes.clock import FakeClock

HIGH_WATER = 1000


@dataclass(eq=False)
class Transport:
    size: int = 0
    closing: bool = False
    aborted: bool = False

    def get_write_buffer_size(self) -> int:
        return self.size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return HIGH_WATER // 4, HIGH_WATER

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def guard(clock: FakeClock) -> StallGuard:
    return StallGuard(clock)


def test_a_client_that_takes_nothing_is_cut_off_after_20_s(guard: StallGuard, clock: FakeClock) -> None:
    stuck, fine = Transport(size=5000), Transport()
    aborted = []
    for wait_s in (STALL_S - 0.1, 0.1, 0.0):
        guard.sweep([stuck, fine])
        aborted.append(stuck.aborted)
        clock.advance(wait_s)
    assert aborted == [False, False, True]
    assert not fine.aborted


def test_a_client_that_takes_a_little_is_left_alone(guard: StallGuard, clock: FakeClock) -> None:
    slow = Transport(size=5000)
    for _ in range(10):
        guard.sweep([slow])
        clock.advance(STALL_S - 1)
        slow.size -= 1
    assert not slow.aborted


def test_a_small_backlog_of_an_open_connection_says_nothing(guard: StallGuard, clock: FakeClock) -> None:
    """Its writer goes on writing, so that a buffer that does not shrink may still be read."""
    quiet = Transport(size=HIGH_WATER)
    for _ in range(3):
        guard.sweep([quiet])
        clock.advance(STALL_S)
    assert not quiet.aborted


def test_a_small_backlog_of_a_closing_connection_does(guard: StallGuard, clock: FakeClock) -> None:
    leaving = Transport(size=1, closing=True)
    guard.sweep([leaving])
    clock.advance(STALL_S)
    guard.sweep([leaving])
    assert leaving.aborted


def test_time_counts_from_the_last_progress_even_after_a_pause(guard: StallGuard, clock: FakeClock) -> None:
    transport = Transport(size=5000)
    guard.sweep([transport])
    clock.advance(STALL_S - 1)
    transport.size = 0
    guard.sweep([transport])
    transport.size = 6000
    clock.advance(1)
    guard.sweep([transport])
    assert not transport.aborted


def test_a_connection_that_has_gone_is_forgotten(guard: StallGuard) -> None:
    guard.sweep([Transport(size=5000)])
    guard.sweep([])
    assert not guard._backlogs
