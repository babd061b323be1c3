"""How much of a body is read at a time: a reader that is slow is not given more than it takes in 5 s."""

from __future__ import annotations

import pytest

from aniworld_dl.net.carriers import Portions
from tests.fakes.clock import FakeClock


def wanted_after(size: int, taken_s: float) -> int | None:
    clock = FakeClock()
    portions = Portions(clock)
    portions.give(size)
    clock.advance(taken_s)
    return portions.wanted_bytes()


def test_the_first_is_what_there_is() -> None:
    assert Portions(FakeClock()).wanted_bytes() is None


@pytest.mark.parametrize(
    ("size", "taken_s", "wanted"),
    [
        (100_000, 0.0, None),
        (417_792, 5.0, None),
        (417_792, 10.0, 208_896),
        (16_384, 0.1, None),
        (16_384, 16.0, 5120),
        (16_384, 1000.0, 4096),
    ],
)
def test_a_slow_reader_gets_what_it_takes_in_five_seconds(size: int, taken_s: float, wanted: int | None) -> None:
    assert wanted_after(size, taken_s) == wanted
