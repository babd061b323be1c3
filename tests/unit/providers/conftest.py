from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.net.client import HttpClient
from aniworld_dl.providers.base import ProviderContext
from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules
from tests.fakes.clock import FakeClock
from tests.fakes.web import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

Handler = Callable[[httpx.Request], httpx.Response]
Contexts = Callable[[Handler], AbstractAsyncContextManager[ProviderContext]]


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked for")


@pytest.fixture
def nursery(tmp_path: Path) -> Nursery:
    """Child processes that nothing starts, unless a test calls one."""
    return Nursery(tmp_path / "children", Rules())


@pytest.fixture
def contexts(settings: Settings, nursery: Nursery) -> Contexts:
    """Give a provider context whose client is answered by a function."""

    @asynccontextmanager
    async def context(handler: Handler) -> AsyncIterator[ProviderContext]:
        clock = FakeClock(auto_advance=True)
        async with HttpClient(settings, clock, transport=httpx.MockTransport(handler), resolver=resolve) as http:
            yield ProviderContext(http=http, child=nursery.child("test"))

    return context


@pytest.fixture
async def context(contexts: Contexts) -> AsyncIterator[ProviderContext]:
    """A context whose network must not be used."""
    async with contexts(refuse) as context:
        yield context
