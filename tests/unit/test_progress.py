from __future__ import annotations

import pytest

from aniworld_dl.progress import Meter
from tests.fakes.clock import FakeClock


async def _receive(meter: Meter, clock: FakeClock, *, rate: int, seconds: float) -> None:
    """Count `rate` bytes a second in pieces of 50 ms."""
    for _ in range(round(seconds / 0.05)):
        await clock.run(0.05)
        meter.add(rate // 20)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def meter(clock: FakeClock) -> Meter:
    return Meter(clock)


def test_nothing_yet(meter: Meter) -> None:
    assert (meter.speed_bytes_per_s(), meter.total_bytes, meter.eta_s(100)) == (0.0, 0, None)


@pytest.mark.parametrize("seconds", [0.5, 3, 60])
async def test_steady_rate(seconds: float, meter: Meter, clock: FakeClock) -> None:
    """A steady rate is shown as it is from the first second on, without a slow start."""
    await _receive(meter, clock, rate=1_000_000, seconds=seconds)
    assert meter.speed_bytes_per_s() == pytest.approx(1_000_000, rel=0.03)
    assert meter.total_bytes == pytest.approx(1_000_000 * seconds)


async def test_change_of_rate(meter: Meter, clock: FakeClock) -> None:
    """After one time constant, 4 s, two thirds of a change are shown; after five, all of it."""
    await _receive(meter, clock, rate=1_000_000, seconds=40)
    await _receive(meter, clock, rate=3_000_000, seconds=4)
    assert 2_000_000 < meter.speed_bytes_per_s() < 2_500_000
    await _receive(meter, clock, rate=3_000_000, seconds=16)
    assert meter.speed_bytes_per_s() == pytest.approx(3_000_000, rel=0.03)


async def test_silence(meter: Meter, clock: FakeClock) -> None:
    """While nothing arrives the speed falls, though nobody counts anything."""
    await _receive(meter, clock, rate=1_000_000, seconds=40)
    speeds = []
    for _ in range(5):
        await clock.run(2)
        speeds.append(meter.speed_bytes_per_s())
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[-1] < 150_000


async def test_reading_often_changes_nothing(clock: FakeClock) -> None:
    """How often somebody looks must not change what is shown."""
    watched, unwatched = Meter(clock), Meter(clock)
    for _ in range(200):
        await clock.run(0.05)
        for meter in (watched, unwatched):
            meter.add(1000)
        watched.speed_bytes_per_s()
    assert watched.speed_bytes_per_s() == pytest.approx(unwatched.speed_bytes_per_s())


async def test_remaining_time(meter: Meter, clock: FakeClock) -> None:
    await _receive(meter, clock, rate=1_000_000, seconds=10)
    assert meter.eta_s(5_000_000) == pytest.approx(5, rel=0.03)
    assert meter.eta_s(0) == 0
    assert meter.eta_s(None) is None


async def test_no_remaining_time_while_nothing_arrives(meter: Meter, clock: FakeClock) -> None:
    """A remaining time of days is worse than none."""
    await _receive(meter, clock, rate=1_000, seconds=10)
    await clock.run(600)
    assert meter.eta_s(5_000_000) is None
