from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, Catalogue
from tests.acceptance.service import Service
from tests.tools import CHROMIUM
from tests.ui.app import FRAMES, App
from tests.ui.foreign import REBOUND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Browser

WAIT_MS: Final = 40_000
BROWSER_VARIABLE: Final = "CHROMIUM"
"""Names the browser to use when it is not on PATH."""

expect.set_options(timeout=WAIT_MS)
_HERE: Final = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that no test of the page is left out by what runs the browser's tests."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    path = os.environ.get(BROWSER_VARIABLE) or CHROMIUM.path()
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    arguments.append(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    """The demo origin with short episodes: playlists (Kupferwald) and plain files (Nachtzug), three of each."""
    folder = tmp_path_factory.mktemp("demo")
    async with (
        Catalogue(folder, series=(KUPFERWALD, NACHTZUG), episodes=3, duration_s=4) as catalogue,
        Origin() as origin,
    ):
        origin.add_shelf(catalogue)
        yield origin


@pytest.fixture
def origin(demo: Origin) -> Origin:
    """The demo origin with nothing going wrong yet."""
    demo.faults.clear()
    return demo


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A service that the tests share."""
    async with Service(tmp_path_factory.mktemp("service"), "--max-concurrent-downloads", "6") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def service(shared_service: Service) -> Service:
    """The same with nothing left of earlier tests: what is queued already would not be queued again."""
    answer = await shared_service.client.post("/api/actions", json={"action": "remove", "all": True})
    assert answer.status_code == 200, answer.text
    for each in (await shared_service.get("/api/subscriptions"))["items"]:
        await shared_service.client.delete(f"/api/subscriptions/{each['id']}")
    for folder in shared_service.downloads.glob("[!.]*"):  # what is there already would not be fetched again
        await asyncio.to_thread(shutil.rmtree, folder)
    return shared_service


@pytest.fixture
def open_app(browser: Browser) -> Callable[..., AbstractAsyncContextManager[App]]:
    """Give a function that opens an address in a browser of its own, with options for its context, as a block."""

    @asynccontextmanager
    async def opened(url: str, **options: object) -> AsyncIterator[App]:
        context = await browser.new_context(**{"locale": "en-GB", **options})  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        await context.add_init_script(FRAMES)
        app = App(await context.new_page(), url)
        try:
            await app.open()
            yield app
            app.check()
        finally:
            await app.log()
            await context.close()

    return opened


@pytest_asyncio.fixture(loop_scope="session")
async def app(
    open_app: Callable[..., AbstractAsyncContextManager[App]], service: Service, origin: Origin
) -> AsyncIterator[App]:
    """The page of the shared service. What the test holds back at the origin is let go when it ends."""
    async with open_app(service.base_url) as opened:
        yield opened
        origin.faults.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def still(service: Service) -> AsyncIterator[Service]:
    """Give the service with its queue paused: nothing runs, everything waits."""
    await service.client.post("/api/queue/pause")
    yield service
    await service.client.post("/api/actions", json={"action": "remove", "all": True})
    await service.client.post("/api/queue/resume")
