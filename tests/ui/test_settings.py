"""Settings take effect at once, say what is wrong with what was typed, and find back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(service: Service) -> AsyncIterator[None]:
    """What a test changes ends with it."""
    names = ("retries_per_episode", "bandwidth_limit_bytes_per_s", "bandwidth_schedule", "max_concurrent_downloads")
    before = await service.get("/api/settings")
    yield
    await service.client.patch("/api/settings", json={name: before[name] for name in names})


async def test_a_change_takes_effect_at_once_and_finds_back(app: App, service: Service) -> None:
    page = app.page
    await app.show("Settings")
    retries = page.get_by_label("Retries per episode")
    await expect(retries).to_have_value("0")  # from the environment of the tests
    await retries.fill("7")
    await retries.press("Enter")
    await expect(page.get_by_text("in force").first).to_be_visible()
    assert (await service.get("/api/settings"))["retries_per_episode"] == 7
    await page.get_by_role("button", name="Back to: 0 (Retries per episode)").click()
    await expect(retries).to_have_value("0")
    await expect(page.get_by_role("button", name="Back to: 0 (Retries per episode)")).to_be_hidden()


async def test_what_cannot_be_is_told_at_the_field(app: App, service: Service) -> None:
    page = app.page
    await app.show("Settings")
    retries = page.get_by_label("Retries per episode")
    await retries.fill("101")
    await retries.press("Enter")
    await expect(retries).to_have_accessible_description(
        "How often a failed episode is tried again by itself, where that may help. 0: never. From 0 to 100."
    )
    await expect(retries).to_have_attribute("aria-invalid", "true")
    assert (await service.get("/api/settings"))["retries_per_episode"] == 0
    await retries.fill("0")
    await retries.press("Enter")
    await expect(retries).not_to_have_attribute("aria-invalid", "true")


async def test_the_number_of_downloads_is_left_to_the_service(app: App, service: Service) -> None:
    page = app.page
    await app.show("Settings")
    await page.get_by_label("Automatic", exact=True).click()
    await expect(page.get_by_label("Parallel downloads", exact=True)).to_have_value("automatic")
    assert (await service.get("/api/settings"))["max_concurrent_downloads"] == "auto"
    await page.get_by_label("Automatic", exact=True).click()
    await expect(page.get_by_label("Parallel downloads", exact=True)).to_have_value("6")


async def test_the_week_is_painted_by_keyboard(app: App, service: Service) -> None:
    """Two hours of two days become one rule; the text says the same."""
    page = app.page
    await app.show("Settings")
    await page.get_by_role("radio", name="Stop").check()
    await page.get_by_role("gridcell", name=re.compile("^Monday, 0 to 1 .*: As usual")).focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("gridcell", name=re.compile("^Tuesday, 1 to 2 .*: Stop"))).to_be_focused()
    await app.button("Put in force").click()
    await expect(app.button("Put in force")).to_be_hidden()
    assert (await service.get("/api/settings"))["bandwidth_schedule"] == ["mon+tue 01:00-03:00 stop"]
    await page.get_by_text("As text").click()
    await expect(page.get_by_label("Rules, one a line")).to_have_value("mon+tue 01:00-03:00 stop")


async def test_rules_are_written_as_text(app: App, service: Service) -> None:
    page = app.page
    await app.show("Settings")
    await page.get_by_text("As text").click()
    rules = page.get_by_label("Rules, one a line")
    await rules.fill("mon-fri 08:30-18:00 fast")
    await rules.blur()
    await expect(page.get_by_role("alert")).to_contain_text("“mon-fri 08:30-18:00 fast” is no rule")
    await expect(app.button("Put in force")).to_be_disabled()
    await rules.fill("mon-fri 08:30-18:00 500K")
    await rules.blur()
    await expect(page.get_by_text("A rule begins or ends within an hour")).to_be_visible()
    await app.button("Put in force").click()
    await expect(app.button("Put in force")).to_be_hidden()
    assert (await service.get("/api/settings"))["bandwidth_schedule"] == ["mon-fri 08:30-18:00 500K"]


async def test_the_rest_says_where_to_set_it(app: App, service: Service) -> None:
    page = app.page
    await app.show("Settings")
    folder = page.get_by_role("listitem").filter(has_text="Download folder")
    await expect(folder).to_contain_text(str(service.downloads))
    await expect(folder).to_contain_text("command line")
    await folder.locator("summary").click()
    for place in ("ANIWORLD_DL_DOWNLOAD_DIR", "download_dir = …", "aniworld-dl serve --download-dir …"):
        await expect(folder.get_by_text(place)).to_be_visible()


async def test_a_change_is_seen_in_another_page(
    app: App, service: Service, open_app: Callable[..., AbstractAsyncContextManager[App]]
) -> None:
    await app.show("Settings")
    async with open_app(service.base_url) as other:
        await other.show("Settings")
        await other.page.get_by_label("Bandwidth limit", exact=True).fill("2.5")
        await other.page.get_by_label("Bandwidth limit", exact=True).press("Enter")
        await expect(app.page.get_by_label("Bandwidth limit", exact=True)).to_have_value("2.5")
