"""New downloads: addresses and their faults, files, a look at what would come of them, and what stays of it all."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Locator

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.fixture
def field(app: App) -> Locator:
    """Where addresses are typed."""
    return app.page.get_by_label("Addresses")


def plan(app: App) -> Locator:
    return app.page.get_by_role("region", name="What would be queued")


def planned(app: App, name: str | re.Pattern[str]) -> Locator:
    return plan(app).get_by_role("row", name=name)


async def test_a_look_shows_what_would_be_queued_and_episodes_can_be_left_out(
    app: App, origin: Origin, service: Service, field: Locator
) -> None:
    """A series is expanded; the one that is chosen is queued, and nothing else; the note leads to the job."""
    await app.show(re.compile("^Add"))
    await field.fill(origin.url(KUPFERWALD.page))
    await app.page.get_by_label("Title of the series").fill("Chosen")
    await app.button("Look first").click()
    await expect(plan(app).get_by_role("heading")).to_be_focused()
    await expect(planned(app, re.compile("S01E02 .*Is fetched.*demo"))).to_be_visible()
    await expect(plan(app).get_by_role("row")).to_have_count(4)
    await expect(plan(app)).to_contain_text("3 new")
    await expect(plan(app)).to_contain_text("are free")
    assert await service.get("/api/jobs") == {"items": [], "next_cursor": None, "total": 0}
    await plan(app).get_by_role("checkbox", name="Choose all that are possible").uncheck()
    await app.button("Add to the queue").click()
    await expect(field).to_have_accessible_description(re.compile("No episode is chosen"))
    await plan(app).get_by_role("checkbox", name=re.compile("S01E02")).check()
    await app.button("Add to the queue").click()
    await app.page.get_by_role("log").get_by_role("link", name="Show it").click()
    await expect(app.page).to_have_url(re.compile(r"#/job/\d+$"))
    (job,) = (await service.get("/api/jobs"))["items"]
    (episode,) = await service.episodes(job["id"])
    assert (episode["season"], episode["number"], episode["title"]) == (1, 2, "Unter Buchen")


async def test_a_plan_knows_what_is_queued_already_and_grows_old(app: App, origin: Origin, field: Locator) -> None:
    await app.show(re.compile("^Add"))
    await app.page.get_by_label("Queue it paused").check()
    await app.add("Twice", origin.url(NACHTZUG.media(2)))
    await app.show(re.compile("^Add"))
    await field.fill("\n".join((origin.url(NACHTZUG.media(2)), origin.url(KUPFERWALD.media(1)))))
    await app.page.get_by_label("Title of the series").fill("Twice")
    await app.button("Look first").click()
    known = (
        plan(app).get_by_role("row").filter(has=app.page.get_by_role("link", name=re.compile("In download .*: Paused")))
    )
    await expect(known.get_by_role("checkbox")).to_be_disabled()
    await expect(planned(app, re.compile("S01E01.*Is fetched")).get_by_role("checkbox")).to_be_checked()
    await field.fill(origin.url(KUPFERWALD.media(1)))
    await expect(plan(app)).to_contain_text("The request has changed since.")
    await plan(app).get_by_role("button", name="Look again").click()
    await expect(plan(app).get_by_role("row")).to_have_count(2)
    await expect(plan(app)).not_to_contain_text("The request has changed since.")


async def test_what_is_no_address_is_marked_told_and_can_be_taken_out(app: App, field: Locator) -> None:
    await app.show(re.compile("^Add"))
    await field.fill("https://media.example.org/a/S01E01.m3u8\n# a remark\nhello\nftp://media.example.org/b")
    await expect(app.page.get_by_text("Line 3 has no address: hello")).to_be_visible()
    await app.page.get_by_label("Title of the series").fill("Marked")
    await app.button("Look first").click()
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("Line 3: “hello” is no usable address"))
    await app.button("Leave that out").click()
    await expect(field).to_have_value("https://media.example.org/a/S01E01.m3u8\n# a remark")
    await expect(app.page.get_by_text("has no address")).to_have_count(0)


async def test_what_was_typed_survives_other_views_and_a_reload(app: App, field: Locator) -> None:
    await app.show(re.compile("^Add"))
    await app.fill("Kept", "https://media.example.org/kept/S01E01.m3u8")
    await app.page.get_by_label("Priority").fill("7")
    await app.page.get_by_label("Own bandwidth limit").fill("1.5")
    await app.show(re.compile("^Status"))
    await app.show(re.compile("^Add"))
    await expect(field).to_have_value("https://media.example.org/kept/S01E01.m3u8")
    await app.page.reload()
    await expect(field).to_have_value("https://media.example.org/kept/S01E01.m3u8")
    await expect(app.page.get_by_label("Title of the series")).to_have_value("Kept")
    await expect(app.page.get_by_label("Priority")).to_have_value("7")
    await expect(app.page.get_by_label("Own bandwidth limit")).to_have_value("1.5")


async def test_a_file_gives_its_addresses_and_an_exported_queue_is_taken_in(
    app: App, service: Service, field: Locator
) -> None:
    """A playlist adds what is new of it; what was exported makes jobs of its own."""
    await app.show(re.compile("^Add"))
    await field.fill("https://media.example.org/one.mp4")
    playlist = b"#EXTM3U\n#EXTINF:-1,One\nhttps://media.example.org/one.mp4\nhttps://media.example.org/two.mp4\n"
    file = app.page.get_by_test_id("file")
    await file.set_input_files({"name": "list.m3u", "mimeType": "audio/x-mpegurl", "buffer": playlist})
    await expect(field).to_have_value("https://media.example.org/one.mp4\nhttps://media.example.org/two.mp4")
    await expect(app.page.get_by_role("log").get_by_text("One new address from list.m3u.")).to_be_visible()
    episode = {"url": "https://media.example.org/three.mp4", "status": "paused"}
    job = {"anime_title": "Taken in", "created_at": "2026-01-31T18:00:00Z", "episodes": [episode]}
    queue = json.dumps({"format": "aniworld-dl-queue", "version": 1, "jobs": [job]}).encode()
    await file.set_input_files({"name": "queue.json", "mimeType": "application/json", "buffer": queue})
    await expect(app.page.get_by_role("log").get_by_text("Taken in: 1 download with 1 episode.")).to_be_visible()
    assert [job["anime_title"] for job in (await service.get("/api/jobs"))["items"]] == ["Taken in"]


async def test_priority_and_limit_are_asked_for_and_checked(app: App, origin: Origin, service: Service) -> None:
    """By keyboard alone: Enter in a field adds."""
    await app.show(re.compile("^Add"))
    await app.fill("Slow", origin.url(NACHTZUG.media(3)))
    await app.page.get_by_label("Queue it paused").check()
    limit = app.page.get_by_label("Own bandwidth limit")
    await limit.fill("0.001")
    await limit.press("Enter")
    await expect(limit).to_be_focused()
    await expect(limit).to_have_accessible_description(re.compile("at least 0.002"))
    await limit.fill("0.5")
    await app.page.get_by_label("Priority").fill("3")
    await limit.press("Enter")
    await expect(app.job("Slow")).to_be_visible()
    (job,) = (await service.get("/api/jobs"))["items"]
    assert (job["priority"], job["bandwidth_limit_bytes_per_s"], job["status"]) == (3, 500_000, "paused")


async def test_the_form_fits_a_phone(
    open_app: Callable[..., AbstractAsyncContextManager[App]], service: Service, origin: Origin
) -> None:
    async with open_app(service.base_url, viewport={"width": 400, "height": 800}, has_touch=True) as app:
        await app.open("#/add")
        await app.fill("Small", origin.url(KUPFERWALD.page))
        await app.button("Look first").click()
        await expect(planned(app, re.compile("S01E03"))).to_be_visible()
        content, window = await app.widths()
        assert content <= window
