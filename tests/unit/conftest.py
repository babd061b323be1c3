"""Unit tests never wait and never block: a call that would is an error, not a slow test."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from blockbuster import blockbuster_ctx

import aniworld_dl

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: Final = (str(Path(aniworld_dl.__file__).parent), str(Path(__file__).parents[1]))
_real_sleep: Final = asyncio.sleep


@pytest.fixture(autouse=True, scope="module")
def in_debug_mode(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each loop tells of what was never awaited and of calls from a wrong thread, as with `--asyncio-debug`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request.config.option, "asyncio_debug", True)
        # not where each future and each call was made, though: to write that down takes half of the time
        patch.setattr(traceback, "walk_stack", lambda _: iter(()))
        yield


@pytest.fixture(autouse=True, scope="module")
def never_blocks() -> Iterator[None]:
    """Fail when our own code blocks the event loop."""
    with blockbuster_ctx("aniworld_dl") as blockbuster:
        for function in blockbuster.functions.values():
            # settings are read once, before anything runs
            function.can_block_in("aniworld_dl/config.py", {"config_files", "settings_customise_sources", "_absolute"})
            function.can_block_in("coverage/collector.py", "lock_data")
        yield


@pytest.fixture(autouse=True)
def never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when our own code sleeps in real time: time comes from a fake clock, and `sleep(0)` only lets others run."""

    def sleep(delay: float, *args: Any) -> Any:
        if delay > 0 and sys._getframe(1).f_code.co_filename.startswith(_OURS):
            raise AssertionError(f"a unit test slept {delay} s in real time")
        return _real_sleep(delay, *args)

    monkeypatch.setattr(asyncio, "sleep", sleep)
