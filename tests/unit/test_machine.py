"""The load of the machine that runs these tests: what can be said of any machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aniworld_dl.machine import Machine
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


def test_the_load_is_within_its_bounds(tmp_path: Path) -> None:
    clock = FakeClock()
    machine = Machine(tmp_path, clock)
    clock.advance(1.0)
    load = machine.load()
    assert 0 <= load.by_others <= load.busy <= 1
    assert 0 <= load.disk_wait <= 1
    assert 0 < load.free_memory < 1
    assert load.free_memory_bytes > 0
    assert load.free_disk_bytes is not None
    assert load.free_disk_bytes > 0


def test_what_we_use_is_not_others(tmp_path: Path) -> None:
    """By a clock that hardly moves, our own time is more than all there is."""
    clock = FakeClock()
    machine = Machine(tmp_path, clock)
    for _ in range(200):
        hashlib.sha256(bytes(1_000_000)).digest()
    clock.advance(0.001)
    assert machine.load().by_others == 0


def test_a_folder_that_is_gone_has_no_free_space_to_tell(tmp_path: Path) -> None:
    assert Machine(tmp_path / "gone", FakeClock()).load().free_disk_bytes is None
