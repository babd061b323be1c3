"""What hands open over the page, examined by axe: the menu, the bar, every dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from tests.tools import AXE
from tests.ui.hands import menu_item, queue, row
from tests.ui.test_access import EXAMINE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.acceptance.service import Service
    from tests.ui.app import App

    OpenApp = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

DIALOGS: Final = ("Priority", "Bandwidth limit", "Rename")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_that_hands_open_hinders_anybody(still: Service, open_app: OpenApp, theme: str) -> None:
    for title in ("Ahorn", "Birke"):
        await queue(still, title)
    async with open_app(still.base_url, color_scheme=theme, bypass_csp=True, reduced_motion="reduce") as app:
        await app.page.add_script_tag(path=str(AXE.path()))
        await row(app, "Ahorn").click()
        found = {"bar": await app.page.evaluate(EXAMINE, RULES)}
        await app.page.keyboard.press("Shift+F10")
        await expect(menu_item(app, "Open")).to_be_focused()
        found["menu"] = await app.page.evaluate(EXAMINE, RULES)
        await app.page.keyboard.press("Escape")
        for name in DIALOGS:
            await row(app, "Ahorn").click(button="right")
            await menu_item(app, name).click()
            found[name] = await examined(app)
        for key in ("?", "u"):
            await app.page.keyboard.press(key)
            found[key] = await examined(app)
    assert {where: faults for where, faults in found.items() if faults} == {}


async def examined(app: App) -> list[str]:
    """Return what is wrong while a dialog is open, and close it."""
    dialog = app.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    faults: list[str] = await app.page.evaluate(EXAMINE, RULES)
    await app.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    return faults
