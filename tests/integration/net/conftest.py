"""The same tests for both carriers, plain and over TLS."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.authority import Authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


from tests.integration.net.bench import Bench


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def bench_of(kind: str, scheme: str, authority: Authority) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(kind, scheme, authority, stack)


@pytest.fixture(params=["pyreqwest-http", "pyreqwest-https", "httpx-http", "httpx-https"])
async def bench(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    kind, _, scheme = request.param.partition("-")
    async with bench_of(kind, scheme, authority) as made:
        yield made


@pytest.fixture(params=["pyreqwest", "httpx"])
async def plain(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    async with bench_of(request.param, "http", authority) as made:
        yield made


@pytest.fixture(params=["pyreqwest", "httpx"])
async def secure(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[Bench]:
    async with bench_of(request.param, "https", authority) as made:
        yield made
