from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from aniworld_dl.access import Access
from aniworld_dl.access.oidc.login import ProviderLogin
from aniworld_dl.access.passwords import Passwords
from aniworld_dl.access.records import DatabaseRecords
from tests.fakes.clock import FakeClock
from tests.fakes.databases import new_store
from tests.fakes.identity import CLIENT, SECRET, Identity, IdentityErrands
from tests.fakes.records import MemoryRecords
from tests.unit.access.oidc_parts import HOME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aniworld_dl.access.records import Records
    from aniworld_dl.config import Settings


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


@pytest.fixture
def identity(clock: FakeClock) -> Identity:
    return Identity(clock.time)


@pytest.fixture
def login_with(identity: Identity, clock: FakeClock, settings: Settings) -> Callable[..., ProviderLogin]:
    """Make a login with other settings than usual."""

    def make(**changes: object) -> ProviderLogin:
        given = {
            "oidc_issuer": identity.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_groups": ["admins=admin", "family=download"],
            "public_url": HOME,
        }
        changed = settings.model_copy(update={**given, **changes})
        return ProviderLogin(changed, clock, IdentityErrands(identity))

    return make


@pytest.fixture
def login(login_with: Callable[..., ProviderLogin]) -> ProviderLogin:
    return login_with()
