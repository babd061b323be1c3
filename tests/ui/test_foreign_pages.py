"""Pages of other origins in the browser of a user of a service that asks nobody who they are: they get nothing done."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.ui.foreign import attack, foreign_page, rebind, sandboxed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.acceptance.service import Service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, service: Service) -> AsyncIterator[Page]:
    """A window whose user uses the service too."""
    context = await browser.new_context()
    await (await context.new_page()).goto(service.base_url)
    yield await context.new_page()
    await context.close()


@asynccontextmanager
async def nothing_changes(service: Service) -> AsyncIterator[None]:
    """Fail when the block changes anything that the service tells of, or is noted as a change."""

    async def state() -> dict[str, Any]:
        summary = await service.get("/api/summary")
        paths = ("/api/jobs", "/api/settings", "/api/keys", "/api/audit")
        return {"paused": summary["queue_paused"], **{path: await service.get(path) for path in paths}}

    before = await state()
    yield
    assert await state() == before


async def test_another_port_gets_nothing_done(page: Page, service: Service) -> None:
    async with nothing_changes(service), foreign_page() as address:
        await page.goto(address)
        assert await attack(page, f"{service.base_url}/") == ({}, [])


async def test_another_name_gets_nothing_done(page: Page, service: Service) -> None:
    async with nothing_changes(service), foreign_page() as address:
        await page.goto(address.replace("127.0.0.1", "localhost"))
        assert await attack(page, f"{service.base_url}/") == ({}, [])


async def test_a_page_without_an_origin_gets_nothing_done(page: Page, service: Service) -> None:
    async with nothing_changes(service), foreign_page() as address:
        await page.goto(address)
        assert await attack(await sandboxed(page), f"{service.base_url}/") == ({}, [])


async def test_a_page_whose_name_leads_here_later_gets_nothing_done(page: Page, service: Service) -> None:
    """To the browser it is the service's own origin then: what it reads is that the name is refused."""
    async with nothing_changes(service):
        target = await rebind(page, f"{service.base_url}/")
        assert await attack(page, target) == ({}, [])
        refused = await page.evaluate("fetch('api/jobs').then(async (a) => [a.status, (await a.json()).code])")
        assert refused == [421, "host_refused"]
