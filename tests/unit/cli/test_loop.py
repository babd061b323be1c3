"""How a command's coroutine is run."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli.loop import run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Give the collector back as it was."""
    yield
    gc.unfreeze()
    gc.enable()


async def _collector() -> tuple[bool, int]:
    return gc.isenabled(), gc.get_freeze_count()


def test_the_collector_works_again_and_leaves_modules_alone() -> None:
    """It rests while a command is imported; what is running must not grow for ever."""
    gc.disable()
    enabled, frozen = run(_collector())
    assert enabled
    assert frozen > 1000
