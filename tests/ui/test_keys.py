"""The page by keyboard alone, and what it says when nobody looks at it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.series import NACHTZUG
from tests.ui.hands import menu_item, note, queue, row

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

    OpenApp = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_help_shows_the_keys_and_switches_single_ones_off(app: App) -> None:
    await app.page.keyboard.press("?")
    dialog = app.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog.get_by_text("Undo what was done last")).to_be_visible()
    await dialog.get_by_label("Use single characters as shortcuts").uncheck()
    await app.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await app.page.reload()
    await expect(app.button("More")).to_be_visible()
    await app.page.keyboard.press("?")
    await app.page.keyboard.press("g")
    await app.page.keyboard.press("h")
    await expect(dialog).to_be_hidden()
    await expect(app.page).not_to_have_url(re.compile("history"))
    await app.button("More").click()
    await menu_item(app, "Keyboard shortcuts").click()
    await dialog.get_by_label("Use single characters as shortcuts").check()
    await dialog.get_by_role("button", name="Close").click()
    await app.page.keyboard.press("g")
    await app.page.keyboard.press("h")
    await expect(app.page).to_have_url(re.compile("#/history"))
    await app.page.keyboard.press("/")
    await expect(app.page.get_by_role("searchbox")).to_be_focused()
    await app.page.keyboard.type("a?")
    await expect(app.page.get_by_role("searchbox")).to_have_value("a?")


async def test_a_first_download_is_done_by_keyboard_alone(app: App, origin: Origin, still: Service) -> None:
    """Added, found, unfolded, started, finished: no pointer."""
    keys = app.page.keyboard
    await keys.press("a")
    await expect(app.page.get_by_label("Addresses")).to_be_focused()
    await keys.insert_text(origin.url(NACHTZUG.media(1)))
    while not await app.page.evaluate("document.activeElement.matches('[type=submit]')"):
        await keys.press("Tab")
    await keys.press("Enter")
    await expect(note(app, re.compile("Added"))).to_be_visible()
    await keys.press("Escape")
    await keys.press("g")
    await keys.press("q")
    await expect(app.page).to_have_url(re.compile("#/queue"))
    await expect(app.page.get_by_role("row").nth(1)).to_be_visible()
    await keys.press("j")
    job = app.page.locator(".job-row")
    await expect(job).to_be_focused()
    await keys.press("Enter")
    await expect(job).to_have_attribute("aria-expanded", "true")
    await expect(app.page.locator(".episode-row[data-key]")).to_have_count(1)
    await keys.press("ArrowDown")
    await expect(app.page.locator(".episode-row[data-key]")).to_be_focused()
    await keys.press("s")
    await expect(app.page.get_by_text("Nothing is waiting")).to_be_visible()
    [ended] = (await still.get("/api/jobs"))["items"]
    assert ended["status"] == "completed"


async def test_keys_are_no_commands_while_somebody_types(app: App) -> None:
    await app.page.keyboard.press("/")
    await app.page.keyboard.type("a?gh")
    await expect(app.page.get_by_role("searchbox")).to_have_value("a?gh")
    await expect(app.page.get_by_role("dialog")).to_be_hidden()


async def test_arrows_reach_rows_that_are_not_drawn(still: Service, app: App) -> None:
    """Forty jobs on a small screen: the last ones are made when they are needed."""
    await app.page.set_viewport_size({"width": 1000, "height": 400})
    for number in range(1, 41):
        await queue(still, f"Row {number:02}")
    await expect(row(app, "Row 01")).to_be_visible()
    await expect(app.page.get_by_role("navigation").get_by_role("link", name="Queue 40")).to_be_visible()
    await expect(app.job("Row 40")).to_have_count(0)
    await row(app, "Row 01").focus()
    await app.page.keyboard.press("End")
    await expect(row(app, "Row 40")).to_be_focused()
    await expect(row(app, "Row 40")).to_be_in_viewport()
    await app.page.keyboard.press("PageUp")
    await expect(row(app, "Row 30")).to_be_focused()
    await app.page.keyboard.press("Shift+Home")
    await expect(row(app, "Row 01")).to_be_focused()
    await expect(app.page.get_by_role("toolbar", name="Selection").get_by_role("status")).to_have_text("30 selected")


SPY = """
window.notified = [];
window.Notification = class {
    static permission = 'default';
    static async requestPermission() { window.Notification.permission = 'granted'; return 'granted'; }
    constructor(title, options) { window.notified.push(options.body); }
    close() {}
};
Object.defineProperty(Document.prototype, 'hidden', { get: () => window.nobodyLooks === true });
"""


async def test_the_end_of_a_job_is_notified_when_it_is_wanted_and_nobody_looks(still: Service, app: App) -> None:
    await app.page.add_init_script(SPY)
    await app.page.reload()
    jobs = [await queue(still, title) for title in ("Before", "Looking", "Away")]
    await expect(row(app, "Away")).to_be_visible()

    async def end(job: int) -> None:
        await still.client.post(f"/api/jobs/{jobs[job]['id']}/cancel")
        await expect(app.job(str(jobs[job]["anime_title"]))).to_be_hidden()

    await app.page.evaluate("window.nobodyLooks = true")
    await end(0)
    await app.page.evaluate("window.nobodyLooks = false")
    await app.button("More").click()
    await app.page.get_by_role("menuitemcheckbox", name="Notify when a download ends").click()
    await expect(note(app, re.compile("Notifications are on"))).to_be_visible()
    await end(1)
    await app.page.evaluate("window.nobodyLooks = true")
    await end(2)
    await app.page.wait_for_function("() => window.notified.length > 0")
    assert await app.page.evaluate("window.notified") == ["Away: Cancelled."]
    await app.button("More").click()
    await app.page.get_by_role("menuitemcheckbox", name="Notify when a download ends", checked=True).click()
    await expect(note(app, "Notifications are off.")).to_be_visible()


async def test_where_notifications_are_impossible_the_page_says_why(app: App) -> None:
    await app.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    await app.page.reload()
    await app.button("More").click()
    await app.page.get_by_role("menuitemcheckbox", name="Notify when a download ends", checked=False).click()
    await expect(note(app, re.compile("only over HTTPS"))).to_be_visible()
