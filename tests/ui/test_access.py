"""For whoever cannot see, point or read small print: axe on every view, both themes and languages, with real content.

A view is a row of a table: what is added there is covered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG
from tests.tools import AXE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Page

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

    Opener = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

VIEWS: Final = {
    "queue": "#/queue",
    "add": "#/add",
    "subscriptions": "#/subscriptions",
    "job": "#/job/{failed}",
    "history": "#/history",
    "settings": "#/settings",
    "status": "#/status",
}
"""The views and their addresses; `{failed}` is the id of a job that has failed."""
READY: Final = {
    "settings": ".setting",
    "status": ".finding, .doctor-summary",
    "history": "main h2, main h3",
    "subscriptions": ".followed[data-status=active]",
}
"""What is there when a view has read what it shows."""
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TITLES: Final = ("Runs on", "<img src=x onerror=alert(1)> سلسلة 🎬", "Over and done")
EXAMINE: Final = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\\n')[1]?.trim()}`));
}"""
SMALL: Final = """() => {
  const targets = document.querySelectorAll('a[href], button, select, summary, input, textarea, [role=button]');
  const found = [];
  for (const target of targets) {
    const box = (target.matches('input[type=checkbox], input[type=radio]') ? target.closest('label') ?? target : target)
      .getBoundingClientRect();
    const style = getComputedStyle(target);
    const shown = box.width > 1 && style.visibility !== 'hidden' && box.bottom > 0 && !target.closest('.unseen, .skip');
    const inText = target.matches('a') && ['inline', 'inline-block'].includes(style.display);
    if (shown && !inText && (box.width < 43.5 || box.height < 43.5)) {
      const name = target.getAttribute('aria-label') ?? target.textContent ?? '';
      found.push(`${target.tagName}.${target.className} ${Math.round(box.width)}x${Math.round(box.height)} ${name}`);
    }
  }
  return found;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def filled(service: Service, origin: Origin) -> dict[str, int]:
    """A queue with a job that runs, one that has failed, one that waits, and one that is done."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/nachtzug/*2.mp4", status=404, times=None))
    done, failed = TITLES[2], TITLES[1]
    ids = {
        "done": (await service.add(done, origin.url(NACHTZUG.media(1))))["id"],
        "failed": (await service.add(failed, origin.url(NACHTZUG.media(2))))["id"],
    }
    await service.ended(*ids.values())
    origin.faults.add(Fault(kind=FaultKind.GATE, path="*/kupferwald/*.ts", times=None))
    running = [origin.url(KUPFERWALD.media(number)) for number in (1, 2)]
    ids["running"] = (await service.add(TITLES[0], *running))["id"]
    ids["waiting"] = (await service.add("x" * 300, origin.url(KUPFERWALD.media(3)), paused=True))["id"]
    await service.client.post("/api/subscriptions", json={"url": origin.url(NACHTZUG.page), "only_new": True})
    return ids


async def show(app: App, name: str, ids: dict[str, int]) -> Page:
    """Show a view and wait until it has what it shows."""
    page = app.page
    await page.goto(app.url + VIEWS[name].format(**ids))
    await expect(page.locator("main > :not(.loading)").first).to_be_visible()
    if name in READY:
        await expect(page.locator(READY[name]).first).to_be_visible()
    return page


async def examined(app: App, name: str, ids: dict[str, int]) -> list[str]:
    """Return what axe finds wrong with a view."""
    return await examine(await show(app, name, ids), name)


async def examined_player(app: App, ids: dict[str, int]) -> list[str]:
    """Return what axe finds wrong with the player."""
    await app.page.goto(f"{app.url}#/job/{ids['done']}")
    await app.page.get_by_role("button", name="Over and done").and_(app.page.locator(":has([data-icon=film])")).click()
    await expect(app.page.get_by_role("dialog").locator("video")).to_be_visible()
    return await examine(app.page, "player")


async def examine(page: Page, name: str) -> list[str]:
    """Return what axe finds wrong with what is shown."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE.path())  # by the debugger: the page itself may run only its own scripts
    found: list[str] = await page.evaluate(EXAMINE, RULES)
    return [f"{name}: {violation}" for violation in found]


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_view_violates_a_rule(
    scheme: str, locale: str, open_app: Opener, service: Service, filled: dict[str, int]
) -> None:
    async with open_app(service.base_url, color_scheme=scheme, locale=locale, bypass_csp=True) as app:
        found = [violation for name in VIEWS for violation in await examined(app, name, filled)]
        found += await examined_player(app, filled)
    assert found == []


async def test_axe_finds_what_is_wrong(open_app: Opener, service: Service, filled: dict[str, int]) -> None:
    """The examination can fail."""
    async with open_app(service.base_url, bypass_csp=True) as app:
        page = await show(app, "status", filled)
        await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
        await page.add_script_tag(path=AXE.path())
        found: list[str] = await page.evaluate(EXAMINE, RULES)
    assert [violation.split(":")[0] for violation in found] == ["button-name"]


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 320), ("de-DE", 320), ("de-DE", 1024), ("de-DE", 1280)])
async def test_nothing_is_beside_the_window(
    locale: str, width: int, open_app: Opener, service: Service, filled: dict[str, int]
) -> None:
    """A window of 1280 pixels at 400 % is 320 wide."""
    viewport = {"width": width, "height": 640}
    async with open_app(service.base_url, viewport=viewport, locale=locale) as app:
        for name in VIEWS:
            await show(app, name, filled)
            content, window = await app.widths()
            assert (name, content) == (name, window)


async def test_fingers_meet_every_target(open_app: Opener, service: Service, filled: dict[str, int]) -> None:
    options: dict[str, Any] = {"viewport": {"width": 400, "height": 800}, "has_touch": True, "is_mobile": True}
    async with open_app(service.base_url, **options) as app:
        found = {name: await (await show(app, name, filled)).evaluate(SMALL) for name in VIEWS}
    assert {name: targets for name, targets in found.items() if targets} == {}


async def test_nothing_moves_for_who_wants_that(open_app: Opener, service: Service, filled: dict[str, int]) -> None:
    """With reduced motion no element has a transition or animation of any length."""
    moving = """() => [...document.querySelectorAll('*')].filter((element) => {
      const style = getComputedStyle(element);
      const lasts = (text) => text.split(',').some((time) => parseFloat(time) > 0.001);
      return lasts(style.transitionDuration) || (style.animationName !== 'none' && lasts(style.animationDuration));
    }).map((element) => `${element.tagName}.${element.className}`)"""
    async with open_app(service.base_url, reduced_motion="reduce") as app:
        for name in VIEWS:
            assert await (await show(app, name, filled)).evaluate(moving) == [], name


async def test_the_page_says_how_it_is_installed(app: App, service: Service) -> None:
    """The manifest and every icon it names can be had, and the browser's frame follows the theme."""
    page = app.page
    manifest = await page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((a) => a.json())")
    for icon in manifest["icons"]:
        assert (await service.client.get(f"/{icon['src']}")).headers["content-type"] == icon["type"]
    colours = "[...document.querySelectorAll('meta[name=theme-color]')].map((meta) => meta.content)"
    assert await page.evaluate(colours) == ["#ffffff", "#171b22"]
    await app.show("Settings")
    await page.get_by_label("Theme", exact=True).select_option("dark")
    assert await page.evaluate(colours) == ["#171b22", "#171b22"]
