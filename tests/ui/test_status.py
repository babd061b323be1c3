"""How the service is: servers, disks, versions, what is wrong and how to mend it, and the log."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from aniworld_dl import __version__
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD
from tests.ui.app import PATCH

if TYPE_CHECKING:
    from playwright.async_api import Route

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_service_is_described(app: App, service: Service, origin: Origin) -> None:
    """Versions, disks, and the server that is in use, with its connections."""
    origin.faults.add(Fault(kind=FaultKind.GATE, path="*/kupferwald/*.ts", times=None))
    await service.add("Runs", origin.url(KUPFERWALD.media(1)))
    page = app.page
    await app.show("Status")
    await expect(page.get_by_text(__version__, exact=True)).to_be_visible()
    await expect(page.get_by_role("progressbar", name="Downloads")).to_be_visible()
    host = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(r"127\.0\.0\.1")))
    await expect(host.first).to_contain_text(re.compile(r"\d+ of \d+"))
    await expect(page.get_by_role("link", name="API documentation")).to_have_attribute("href", re.compile("/docs$"))


async def test_the_check_up_tells_faults_with_their_mend(app: App) -> None:
    """Again on demand; what is unknown to the page is told in the service's own words."""
    page = app.page
    found: dict[str, Any] = {"outcome": "warn", "items": []}

    async def answer(route: Route) -> None:
        await route.fulfill(body=json.dumps(found), content_type="application/json")

    await page.route("**/api/doctor", answer)
    await app.show("Status")
    await expect(page.get_by_text("Everything is fine.")).to_be_visible()
    params = {"path": "/d", "free_bytes": 1_500_000_000, "reserve_bytes": 0}
    text = "<b>words</b> of tomorrow"
    found["items"] = [
        {"name": "space", "outcome": "warn", "code": "space_low", "params": params, "text": ""},
        {"name": "proxy", "outcome": "fail", "code": "from_tomorrow", "params": {}, "text": text},
        {"name": "port", "outcome": "ok", "code": "port_serving", "params": {}, "text": ""},
    ]
    await app.button("Check again").click()
    await expect(page.get_by_text("2 things need attention.")).to_be_visible()
    await expect(page.get_by_text("Only 1.5 GB are free in /d. Free some")).to_be_visible()
    await expect(page.get_by_text(text)).to_be_visible()
    await expect(page.get_by_text("1 check is fine")).to_be_visible()


async def test_who_is_told_is_listed_and_tested(app: App) -> None:
    """Each with its last result; a test shows its own."""
    page = app.page
    error = {"code": "http_status", "params": {"host": "tv", "status": 401, "url": "http://tv"}, "text": ""}
    target = {"name": "tv", "kind": "plex", "pending": 2, "next_attempt_at": None, "given_up": 1}
    times = {"last_success_at": None, "last_failure_at": "2026-01-31T18:00:00Z"}
    items: list[dict[str, Any]] = [{**target, **times, "error": error}]

    async def answer(route: Route) -> None:
        if route.request.method == "POST":
            items[0] |= {"error": None, "last_success_at": "2026-02-01T18:00:00Z", "pending": 0}
            await route.fulfill(body=json.dumps({"ok": True, "error": None}), content_type="application/json")
        else:
            await route.fulfill(body=json.dumps({"items": items}), content_type="application/json")

    await page.route(re.compile("/api/notices"), answer)
    await app.show("Status")
    row = page.get_by_role("listitem").filter(has_text="Plex")
    await expect(row).to_contain_text(re.compile(r"The last message failed .*: tv answered 401\."))
    await expect(row).to_contain_text("2 messages wait. 1 message was given up.")
    await app.button("Send a test to tv").click()
    await expect(row).to_contain_text("The last message arrived")
    await expect(page.get_by_text("The test has reached tv.")).to_have_count(1)


async def test_the_log_follows_and_can_be_narrowed_and_held(app: App, service: Service) -> None:
    """While it is held nothing is read; what came meanwhile is there as soon as it follows again."""
    page = app.page
    await page.clock.install()
    await app.show("Status")
    log = page.get_by_role("log", name="Log")
    level = page.get_by_role("combobox", name=re.compile("^Show"))
    first = log.get_by_text("settings_changed")
    second = log.get_by_text("standing_check_hours, standing_days")
    settings = await service.get("/api/settings")
    await service.client.patch("/api/settings", json={"queue_order": settings["queue_order"]})
    await expect(first.first).to_be_visible()
    await level.select_option("error")
    await expect(first).to_have_count(0)
    await level.select_option("info")
    await expect(first.first).to_be_visible()
    await app.button("Hold").click()
    await expect(app.button("Follow")).to_be_visible()
    await expect(second).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    same = {name: settings[name] for name in ("standing_check_hours", "standing_days")}
    await service.client.patch("/api/settings", json=same)
    await page.clock.fast_forward(60_000)
    await expect(second).to_have_count(0)
    assert [url for url in asked if "/api/log" in url] == []
    await app.button("Follow").press("Enter")
    await expect(second).to_have_count(1)


async def test_a_cool_down_counts_down(app: App) -> None:
    """The server says until when; the page counts by itself."""
    page = app.page
    await page.clock.install()
    await app.show("Status")
    until = await page.evaluate("new Date(Date.now() + 90_000).toISOString()")
    host = {"host": "media.example", "connections": 0, "level": 4, "reason": "refused", "reason_text": ""}
    host |= {"cooling_until": until, "reason_params": {"status": 429, "connections": 4}}
    await page.evaluate(PATCH, {"hosts": [host]})
    row = page.get_by_role("row").filter(has_text="media.example")
    await expect(row).to_contain_text("it answered 429: 4 since then")
    await expect(row).to_contain_text("1 min")
    await page.clock.fast_forward(85_000)
    await expect(row).to_contain_text(re.compile(r"[345] sec"))
