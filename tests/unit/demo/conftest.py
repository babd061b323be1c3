from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.origin import Origin
from tests.fakes.clock import FakeClock
from tests.unit.demo.raw import RawClient, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def origin(clock: FakeClock) -> AsyncIterator[Origin]:
    async with Origin(clock=clock) as origin:
        yield origin


@pytest.fixture
async def client(origin: Origin) -> AsyncIterator[RawClient]:
    async with connected(origin) as client:
        yield client
