"""What has ended: looked for as one types, kept in the address, acted on one by one and together, as a file."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import NACHTZUG

if TYPE_CHECKING:
    from playwright.async_api import FilePayload, Locator

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def ended(service: Service, origin: Origin) -> None:
    """One job that is completed, one that has failed; the file is fetched each time."""
    await asyncio.to_thread(shutil.rmtree, service.downloads / "Kept film", ignore_errors=True)
    good = await service.add("Kept film", origin.url(NACHTZUG.media(1)))
    rule = origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/nowhere/*", status=404, times=None))
    bad = await service.add("Lost <b>film</b>", origin.url("/nowhere/S01E02.mp4"))
    await service.ended(good["id"], bad["id"])
    assert rule.fault.status == 404


def entry(app: App, title: str) -> Locator:
    return app.page.get_by_role("article", name=title, exact=True)


def chip(app: App, name: str) -> Locator:
    return app.page.get_by_role("button", name=re.compile(f"^{name}"))


@pytest.mark.usefixtures("ended")
async def test_jobs_are_looked_for_as_one_types(app: App) -> None:
    """The address follows, so that a reload shows the same; counts speak of the search."""
    await app.show(re.compile("^History"))
    await expect(entry(app, "Kept film")).to_be_visible()
    await expect(entry(app, "Lost <b>film</b>")).to_contain_text("has nothing at")
    await expect(chip(app, "Failed")).to_contain_text("1")
    search = app.page.get_by_role("searchbox")
    await search.fill("KEPT")
    await expect(entry(app, "Lost <b>film</b>")).to_be_hidden()
    await expect(entry(app, "Kept film")).to_be_visible()
    await expect(app.page).to_have_url(re.compile(r"#/history\?q=KEPT$"))
    await expect(chip(app, "Failed")).to_contain_text("0")
    await chip(app, "Failed").click()
    await expect(app.page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    await app.page.reload()
    await expect(search).to_have_value("KEPT")
    await expect(chip(app, "Failed")).to_have_attribute("aria-pressed", "true")
    await chip(app, "All").click()
    await expect(entry(app, "Kept film")).to_be_visible()


@pytest.mark.usefixtures("ended")
async def test_episodes_have_their_figures_and_lead_to_their_place(app: App) -> None:
    await app.open("#/history?kind=episodes&status=completed")
    film = entry(app, "Kept film S01E01")
    await expect(film).to_contain_text(re.compile(r"Fetched\d+.*B"))
    await expect(film).to_contain_text("Took")
    await expect(film.get_by_role("button", name="Remove Kept film S01E01 from the list")).to_be_visible()
    await expect(film).to_contain_text("Kept film S01E01.mkv")
    await app.page.get_by_role("searchbox").fill("season 01/kept")
    await expect(app.page).to_have_url(re.compile(r"q=season\+01%2Fkept"))
    await expect(film).to_be_visible()
    await film.get_by_role("link").click()
    await expect(app.page).to_have_url(re.compile(r"#/job/\d+\?episode=\d+$"))
    await expect(app.button("Hide the details of S01E01")).to_be_visible()


@pytest.mark.usefixtures("ended")
async def test_entries_are_retried_and_removed_and_brought_back(app: App, origin: Origin) -> None:
    """What is retried leaves the list until it has ended again; what is removed comes back by undo."""
    await app.show(re.compile("^History"))
    origin.faults.clear()
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="*/nowhere/*", times=None))
    await entry(app, "Lost <b>film</b>").get_by_role("button", name=re.compile("^Retry")).click()
    await expect(entry(app, "Lost <b>film</b>")).to_be_hidden()
    gate.open()
    await expect(entry(app, "Lost <b>film</b>")).to_be_visible()
    await app.page.get_by_role("checkbox", name="Choose the 2 shown").click()
    await app.page.get_by_role("toolbar").get_by_role("button", name="Remove from the list").click()
    await expect(app.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    await app.page.get_by_role("log").get_by_role("button", name="Undo").click()
    await expect(entry(app, "Kept film")).to_be_visible()
    await expect(entry(app, "Lost <b>film</b>")).to_be_visible()


async def test_more_are_read_by_pages(app: App, origin: Origin, service: Service) -> None:
    """The second page comes when the end of the first comes into sight."""
    refs = [{"url": origin.url(f"/none/{number}.mp4"), "season": 2, "number": number} for number in range(1, 61)]
    answer = await service.client.post("/api/jobs", json={"anime_title": "Many", "episode_urls": refs, "paused": True})
    job = answer.json()
    await service.client.post(f"/api/jobs/{job['id']}/cancel")
    await app.open("#/history?kind=episodes&status=cancelled")
    await expect(app.page.get_by_role("article")).to_have_count(50)
    await app.button("Show more").scroll_into_view_if_needed()
    await expect(app.page.get_by_role("article")).to_have_count(60)
    await expect(app.button("Show more")).to_be_hidden()


@pytest.mark.usefixtures("ended")
async def test_the_queue_leaves_as_a_file_and_comes_in_again(app: App, service: Service) -> None:
    await app.show(re.compile("^History"))
    await expect(entry(app, "Kept film")).to_be_visible()
    async with app.page.expect_download() as download:
        await app.page.get_by_role("link", name="Export").click()
    file = await (await download.value).path()
    jobs = json.loads(Path(file).read_text())["jobs"]
    assert [job["anime_title"] for job in jobs] == ["Kept film", "Lost <b>film</b>"]
    await service.client.post("/api/actions", json={"action": "remove", "all": True})
    await expect(entry(app, "Kept film")).to_be_hidden()
    await app.page.get_by_test_id("queue-file").set_input_files(file)
    await expect(app.page.get_by_role("log")).to_contain_text("Taken in: 2 downloads with 2 episodes.")
    await expect(entry(app, "Kept film")).to_be_visible()
    bad: FilePayload = {"name": "bad.json", "mimeType": "application/json", "buffer": b"[]"}
    await app.page.get_by_test_id("queue-file").set_input_files(bad)
    await expect(app.page.get_by_role("log")).to_contain_text("cannot be used")
