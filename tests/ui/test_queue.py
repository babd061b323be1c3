"""The queue's grid: long queues, searching, filtering, unfolding, and what concerns all of it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Route, WebSocketRoute

    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

JOBS: Final = 230
"""More than a snapshot and a page hold."""
EPISODES: Final = 300
COUNTED: Final = 2
"""Who asks how many jobs there are of each status: the queue and the tabs."""
TYPED_AT_ONCE: Final = """async (field, text) => {
    for (const character of text) {
        field.value += character;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        for (let turn = 0; turn < 100; turn += 1) await null;
    }
}"""
"""Between two characters only microtasks run, and the page draws itself in them: no timer, no frame, no effect."""


def urls(job: int, count: int) -> list[str]:
    return [f"http://127.0.0.1:9/{job}/S01E{number:03}.m3u8" for number in range(1, count + 1)]


async def test_a_long_queue_is_read_as_it_comes_into_view(app: App, service: Service) -> None:
    """Every job can be scrolled to, while only those in sight are in the page."""
    moment = "2026-01-31T17:00:00.000Z"
    jobs = [
        {"anime_title": f"Series {number:03}", "created_at": moment, "episodes": [{"url": urls(number, 1)[0]}]}
        for number in range(JOBS)
    ]
    queue = {"format": "aniworld-dl-queue", "version": 1, "jobs": jobs}
    await service.client.post("/api/queue/pause")
    assert (await service.client.post("/api/queue/import", json=queue)).status_code == 200
    await app.page.reload()
    rows = app.page.get_by_role("treegrid").get_by_role("rowgroup")
    await expect(app.job("Series 000")).to_be_visible()
    await expect(app.page.get_by_role("group", name="Show", exact=True).get_by_role("button").first).to_contain_text(
        str(JOBS)
    )
    await app.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await expect(app.job(f"Series {JOBS - 1:03}")).to_be_visible()
    await expect(app.job("Series 000")).to_have_count(0)
    assert await rows.count() < 60
    await app.page.get_by_label("Search titles").fill("SERIES 21")
    await expect(app.job("Series 210")).to_be_visible()
    await expect(rows).to_have_count(10)
    assert app.page.url.endswith("#/queue?q=SERIES+21")
    await service.client.post("/api/actions", json={"action": "remove", "all": True})
    await service.client.post("/api/queue/resume")


async def test_counts_that_could_not_be_read_come_with_the_next_connection(app: App, service: Service) -> None:
    """Also where that goes on where the last one ended, without a snapshot."""
    sockets: list[WebSocketRoute] = []
    dropped: list[Route] = []
    may_connect = asyncio.Event()

    async def follow(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > 1:
            await may_connect.wait()
        socket.connect_to_server()

    async def drop(route: Route) -> None:
        if len(dropped) == COUNTED:
            await route.continue_()
            return
        dropped.append(route)
        if len(dropped) == 1:
            await sockets[0].close()
        await expect(app.page.get_by_text("Disconnected since")).to_be_visible()
        await route.abort()
        if len(dropped) == COUNTED:
            may_connect.set()

    await service.add("One", *urls(1, 1), paused=True)
    await app.page.goto("about:blank")  # the page as it was might still count
    await app.page.route_web_socket(re.compile("/api/ws"), follow)
    await app.page.route(re.compile("/api/jobs/counts"), drop)
    await app.open()
    await may_connect.wait()
    chip = app.page.get_by_role("group", name="Show", exact=True).get_by_role("button").first
    await expect(chip).to_have_text(re.compile(r"Not ended\s+1"))


async def test_a_job_with_many_episodes_unfolds_in_place(app: App, service: Service) -> None:
    """Its last episode can be reached; what stands above the window moves nothing in it."""
    await service.add("Above", *urls(1, 30), paused=True)
    await service.add("Many", *urls(2, EPISODES), paused=True)
    await app.job("Many").get_by_role("button", name=f"Show all {EPISODES} episodes").click()
    await expect(app.row("Many", "S01E01")).to_be_visible()
    await app.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = app.row("Many", f"S01E{EPISODES}")
    await expect(last).to_be_visible()
    assert await app.page.get_by_role("row").count() < 90
    before = await last.bounding_box()
    await service.client.post(
        "/api/jobs", json={"anime_title": "New", "episode_urls": urls(3, 1), "paused": True, "priority": 9}
    )
    await expect(app.page.get_by_role("navigation").get_by_role("link", name="Queue")).to_contain_text("3")
    assert await last.bounding_box() == before


async def test_the_address_says_what_is_searched_and_filtered(app: App, service: Service) -> None:
    for title in ("Nordlicht", "Südlicht", "Kupferwald"):
        await service.add(title, *urls(len(title), 1), paused=title != "Kupferwald")
    await app.page.goto(f"{app.url}#/queue?q=LICHT&status=paused")
    await expect(app.job("Südlicht")).to_be_visible()
    await expect(app.page.get_by_label("Search titles")).to_have_value("LICHT")
    await expect(app.job("Kupferwald")).to_be_hidden()
    await app.page.get_by_label("Search titles").fill("no such title")
    await expect(app.page.get_by_text("Nothing fits")).to_be_visible()
    await app.page.get_by_label("Search titles").fill("")
    await expect(app.job("Nordlicht")).to_be_visible()


async def test_what_is_typed_before_a_paint_stays(app: App, service: Service) -> None:
    """Each character comes when the one before is drawn, and before what follows a painted picture has run."""
    for title in ("Nordlicht", "Nacht"):
        await service.add(title, *urls(len(title), 1), paused=True)
    await expect(app.job("Nacht")).to_be_visible()
    await app.page.get_by_label("Search titles").evaluate(TYPED_AT_ONCE, "Nord")
    await expect(app.job("Nacht")).to_be_hidden()
    await expect(app.job("Nordlicht")).to_be_visible()
    await expect(app.page.get_by_label("Search titles")).to_have_value("Nord")
    assert app.page.url.endswith("#/queue?q=Nord")


async def test_all_is_unfolded_and_folded_at_once(app: App, service: Service) -> None:
    for number in (1, 2):
        await service.add(f"Pair {number}", *urls(number, 2), paused=True)
    await app.button("Unfold all").click()
    for number in (1, 2):
        await expect(app.row(f"Pair {number}", "S01E02")).to_be_visible()
    await app.button("Fold all").click()
    await expect(app.row("Pair 1", "S01E02")).to_have_count(0)


async def test_the_number_of_downloads_can_be_left_to_the_service(app: App, service: Service) -> None:
    """`auto` is a choice beside the number, and shows the number it has come to."""
    slots = app.page.get_by_label("Parallel downloads", exact=True)
    await app.button("auto").click()
    await expect(app.button("auto")).to_have_attribute("aria-pressed", "true")
    assert (await service.get("/api/settings"))["max_concurrent_downloads"] == "auto"
    now = (await service.get("/api/updates"))["messages"][0]["stats"]["slots"]
    await expect(slots).to_have_value(str(now))
    async with app.page.expect_response("**/api/settings"):
        await app.button("auto").click()
    await expect(app.button("auto")).to_have_attribute("aria-pressed", "false")
    assert (await service.get("/api/settings"))["max_concurrent_downloads"] == now
