"""One job in its own view: its facts, what can be changed and done, and the story of every attempt."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG

if TYPE_CHECKING:
    from playwright.async_api import Locator, WebSocketRoute

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


def episode(app: App, place: str) -> Locator:
    """One of the job's episodes."""
    box = app.page.get_by_role("checkbox", name=f"Choose {place}")
    return app.page.get_by_role("region", name="Episodes").get_by_role("listitem").filter(has=box)


def do(app: App, command: str) -> Locator:
    """What can be done with the job as a whole."""
    return app.page.get_by_role("group", name="What can be done").get_by_role("button", name=command, exact=True)


async def test_a_job_is_seen_live_and_told_what_to_do(app: App, origin: Origin, service: Service) -> None:
    """Its bar, its running episode with segments; paused and resumed by its buttons."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="*/kupferwald/*.ts", times=None))
    job = await service.add("Seen live", origin.url(KUPFERWALD.media(1)))
    await app.open(f"#/job/{job['id']}")
    await expect(app.page.get_by_role("heading", name="Seen live")).to_be_visible()
    await expect(app.page.get_by_test_id("counter")).to_have_text("0/1")
    await expect(episode(app, "S01E01").get_by_role("progressbar", name="Progress of S01E01")).to_be_visible()
    gate.step(1)
    await expect(episode(app, "S01E01")).to_contain_text("1 of 2 segments")
    await do(app, "Pause").click()
    await expect(episode(app, "S01E01")).to_contain_text("Paused by you")
    gate.open()
    await do(app, "Resume").click()
    await expect(app.page.get_by_test_id("counter")).to_have_text("1/1")
    await expect(do(app, "Pause")).to_be_hidden()


async def test_title_priority_and_limit_are_changed_at_once(app: App, origin: Origin, service: Service) -> None:
    """What the server has is shown; what is refused goes back to what is true."""
    job = await service.add("Old name", origin.url(NACHTZUG.media(1)), paused=True)
    await app.open(f"#/job/{job['id']}")
    await app.button("Change the title").click()
    title = app.page.get_by_role("textbox", name="Title of the series")
    await title.fill("New name")
    await title.press("Enter")
    await expect(app.page.get_by_role("heading", name="New name")).to_be_visible()
    await expect(app.button("Change the title")).to_be_focused()
    for label, text, field, value in (
        ("Priority", "5", "priority", 5),
        ("Own bandwidth limit", "0.25", "bandwidth_limit_bytes_per_s", 250_000),
        ("Own bandwidth limit", "", "bandwidth_limit_bytes_per_s", None),
    ):
        async with app.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            await app.page.get_by_label(label).fill(text)
            await app.page.get_by_label(label).press("Enter")
        assert (await service.get(f"/api/jobs/{job['id']}"))[field] == value
    await app.page.get_by_label("Priority").fill("2000000")
    await app.page.get_by_label("Priority").press("Enter")
    await expect(app.page.get_by_label("Priority")).to_have_value("5")


async def test_a_change_is_sent_also_where_all_seems_to_be_so(app: App, origin: Origin, service: Service) -> None:
    """The page has not heard of its first change when the second takes it back."""

    def without_news(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        server.on_message(
            lambda text: page.send(text if '"snapshot"' in text else json.dumps(json.loads(text) | {"jobs": {}}))
        )

    job = await service.add("Changed twice", origin.url(NACHTZUG.media(1)), paused=True)
    await app.page.route_web_socket(re.compile("/api/ws"), without_news)
    await app.open(f"#/job/{job['id']}")
    await app.page.reload()
    limit = app.page.get_by_label("Own bandwidth limit")
    for text, bytes_per_s in (("0.25", 250_000), ("", None)):
        async with app.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            await limit.fill(text)
            await limit.press("Enter")
        assert (await service.get(f"/api/jobs/{job['id']}"))["bandwidth_limit_bytes_per_s"] == bytes_per_s
    await expect(limit).to_have_value("")


async def test_a_failed_episode_says_why_shows_its_attempts_and_is_retried(
    app: App, origin: Origin, service: Service
) -> None:
    """The timeline grows by the attempt that mends it."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/nachtzug/*.mp4", status=404, times=None))
    job = await service.add("Mended", origin.url(NACHTZUG.media(2)))
    await service.ended(job["id"])
    await app.open(f"#/job/{job['id']}")
    failed = episode(app, "S01E02")
    await expect(failed).to_contain_text("127.0.0.1 has nothing at")
    await app.button("Details of S01E02").click()
    await expect(failed).to_contain_text("Attempt 1")
    await expect(failed.get_by_text(origin.url(NACHTZUG.media(2)), exact=True)).to_be_visible()
    origin.faults.clear()
    await app.button("Retry S01E02").click()
    await expect(failed).to_contain_text("Attempt 2")
    second = failed.get_by_role("listitem").filter(has_text="Attempt 2")
    await expect(second).to_contain_text("Completed")
    await expect(second).to_contain_text("From127.0.0.1")
    await expect(second).to_contain_text("Average")


async def test_episodes_are_chosen_and_acted_on_together(app: App, origin: Origin, service: Service) -> None:
    urls = [origin.url(NACHTZUG.media(number)) for number in (1, 2, 3)]
    job = await service.add("Some of them", *urls, paused=True)
    await app.open(f"#/job/{job['id']}")
    await app.page.get_by_role("checkbox", name="Choose S01E01").click()
    await app.page.get_by_role("checkbox", name="Choose S01E03").click(modifiers=["Shift"])
    bar = app.page.get_by_role("toolbar")
    await expect(bar).to_contain_text("3 selected")
    await app.page.get_by_role("checkbox", name="Choose S01E02").click()
    await bar.get_by_role("button", name="Cancel", exact=True).click()
    await expect(episode(app, "S01E03")).to_contain_text("Cancelled")
    await expect(episode(app, "S01E01")).to_contain_text("Cancelled")
    await expect(episode(app, "S01E02")).to_contain_text("Paused")


async def test_a_job_that_is_no_more_says_so_and_comes_back_by_undo(app: App, origin: Origin, service: Service) -> None:
    job = await service.add("Short life", origin.url(NACHTZUG.media(1)), paused=True)
    await app.open(f"#/job/{job['id']}")
    await do(app, "Remove from the list").click()
    await expect(app.page.get_by_role("heading", name=f"There is no download {job['id']}")).to_be_visible()
    await app.page.get_by_role("log").get_by_role("button", name="Undo").click()
    await expect(app.page.get_by_role("heading", name="Short life")).to_be_visible()


async def test_a_link_leads_to_one_episode(app: App, origin: Origin, service: Service) -> None:
    job = await service.add("Linked", *(origin.url(NACHTZUG.media(number)) for number in (1, 2)), paused=True)
    second = (await service.episodes(job["id"]))[1]
    await app.open(f"#/job/{job['id']}?episode={second['id']}")
    await expect(app.button("Hide the details of S01E02")).to_be_visible()
    await expect(app.button("Details of S01E01")).to_be_visible()
