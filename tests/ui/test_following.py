"""What is followed, in the page: added, looked at, changed, paused and removed, with words and keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.series import NACHTZUG
from tests.tools import AXE
from tests.ui.test_access import EXAMINE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_a_series_is_followed(
    open_app: Callable[..., AbstractAsyncContextManager[App]], still: Service, origin: Origin
) -> None:
    """From the empty view to a subscription and back; with everything unfolded no rule of accessibility is broken."""
    async with open_app(still.base_url, bypass_csp=True) as app:
        page = app.page
        await app.show("Following")
        await expect(page.get_by_role("heading", name="Nothing is followed")).to_be_visible()
        await app.button("Follow something").click()
        form = page.get_by_role("form", name="Follow something")
        await expect(form.get_by_label("Address", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(form.get_by_text("Give the address of a series")).to_be_visible()
        await page.keyboard.type(origin.url(NACHTZUG.page))
        await form.get_by_label("Only these episodes").fill("none")
        await form.get_by_role("button", name="Look first").click()
        await expect(form.get_by_label("Only these episodes")).to_have_attribute("aria-invalid", "true")
        await form.get_by_label("Only these episodes").fill("1")
        await form.get_by_label("Title of the series").fill("Nachtzug")
        await form.get_by_role("button", name="Look first").click()
        await expect(form.get_by_text("One episode would be queued.")).to_be_visible()
        await form.get_by_role("button", name="Follow", exact=True).click()

        entry = page.get_by_role("article", name="Nachtzug")
        await expect(entry.get_by_text(re.compile("^one queued · "))).to_be_visible()
        await entry.get_by_role("button", name="Episodes so far (Nachtzug)").click()
        await expect(entry.get_by_role("row", name=re.compile("^S01E01.*queued")).get_by_role("link")).to_be_visible()
        await app.button("Pause Nachtzug").click()
        await expect(entry.get_by_text("paused", exact=True)).to_be_visible()
        await app.button("Change Nachtzug").click()
        await page.add_script_tag(path=AXE.path())
        assert await page.evaluate(EXAMINE, RULES) == []
        await entry.get_by_label("Check every").select_option("1 hr")
        await app.button("Save").click()
        await expect(entry.get_by_role("definition").filter(has_text=re.compile("^1 hr$"))).to_be_visible()
        await app.button("Check Nachtzug now").click()
        await app.button("Follow Nachtzug no more").click()
        await app.confirm("Follow no more")
        await expect(page.get_by_role("heading", name="Nothing is followed")).to_be_visible()
