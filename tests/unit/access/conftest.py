from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from aniworld_dl.access import Access
from aniworld_dl.access.passwords import Passwords
from aniworld_dl.access.records import DatabaseRecords
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.access.records import Records


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passwords() -> Passwords:
    """Weak on purpose: a test that hashes takes no time."""
    return Passwords(PasswordHasher(1, 8, 1))


@pytest.fixture(params=["sqlite", "memory"])
async def records(request: pytest.FixtureRequest) -> AsyncIterator[Records]:
    """Each of the two; what a test says of one must hold for the other."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    store = await new_store()
    yield DatabaseRecords(store.database)
    await store.aclose()


@pytest.fixture
def memory() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def access(memory: MemoryRecords, clock: FakeClock, passwords: Passwords) -> Access:
    return Access(memory, clock, passwords)
