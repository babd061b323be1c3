"""How the service is ended by signals."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli.serve import serve_until_signal
from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine


class _Slow:
    """An engine that takes for ever to open, and gets the signal meanwhile; while it is closed, it gets it again."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        self.closed = False

    async def __aenter__(self) -> Engine:
        os.kill(os.getpid(), self.number)
        try:
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), self.number)
            for _ in range(3):
                await asyncio.sleep(0)
            self.closed = True
        raise AssertionError

    async def __aexit__(self, *_: object) -> None:
        """It was never open."""


class _Broken(_Slow):
    async def __aenter__(self) -> Engine:
        raise ConfigError(key="data_dir", value="x", mend="y")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_before_it_is_ready_gives_up_the_start(number: signal.Signals, settings: Settings) -> None:
    """What was opened is closed in order, and a second signal does not disturb that."""
    engine = _Slow(number)
    assert await serve_until_signal(settings.model_copy(update={"port": 0}), lambda _: engine) == 0
    assert engine.closed


async def test_what_keeps_it_from_starting_is_told(settings: Settings) -> None:
    with pytest.raises(ConfigError):
        await serve_until_signal(settings.model_copy(update={"port": 0}), lambda _: _Broken(signal.SIGTERM))
