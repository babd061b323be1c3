from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.queue.events import Hub
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.queue.sqlite import SqliteStore
    from aniworld_dl.queue.store import Store


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each of the two stores; what a test says of one must hold for the other."""
    opened: Store = MemoryStore() if request.param == "memory" else await new_store()
    yield opened
    await opened.aclose()


@pytest.fixture
async def sqlite_store() -> AsyncIterator[SqliteStore]:
    opened = await new_store()
    yield opened
    await opened.aclose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(clock: FakeClock) -> Hub:
    return Hub(clock)
