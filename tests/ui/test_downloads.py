"""From the form to the finished file, in a real browser, against the real service and the demo origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG

if TYPE_CHECKING:
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.demo.rules import Rule
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

SEGMENTS: Final = "*/kupferwald/*.ts"


def hold(origin: Origin, path: str = SEGMENTS) -> Rule:
    """Hold back every answer for a path until the test lets it go."""
    return origin.faults.add(Fault(kind=FaultKind.GATE, path=path, times=None))


async def test_a_series_goes_from_the_form_to_the_finished_ones(app: App, origin: Origin, service: Service) -> None:
    """One address of a series gives a row with a bar of its own, a counter, and one bar for each running episode."""
    gate = hold(origin)
    await app.add("Whole series", origin.url(KUPFERWALD.page))
    job = app.job("Whole series")
    await expect(job.get_by_test_id("counter")).to_have_text("0/3")
    await expect(job.get_by_role("progressbar", name="Progress of S01E02")).to_be_visible()
    await expect(job.get_by_text("Der erste Frost")).to_be_visible()
    await expect(app.bar("Whole series")).to_have_js_property("value", 0)
    gate.step(3)
    await expect(app.bar("Whole series")).not_to_have_js_property("value", 0)
    await expect(app.page).to_have_title(re.compile(r"^\d+%"))
    gate.open()
    await expect(job).to_be_hidden()
    await app.only("Completed")
    await expect(app.badge("Whole series")).to_have_text("Completed")
    await expect(job.get_by_test_id("counter")).to_have_text("3/3")
    await job.get_by_role("button", name="Show all 3 episodes").click()
    last = app.row("Whole series", "S01E03")
    await expect(last.get_by_text("Kupferwald S01E03.mkv")).to_be_visible()
    await expect(last.get_by_text(f"{service.downloads}/Kupferwald/Season 01")).to_be_visible()
    assert len(list(service.downloads.glob("Kupferwald/Season 01/*.mkv"))) == 3


async def test_progress_touches_only_what_shows_it(app: App, origin: Origin) -> None:
    """While bars move, no element is made, moved or taken away: only texts and values change."""
    gate = hold(origin)
    await app.add("Steady", origin.url(KUPFERWALD.media(1)))
    await expect(app.bar("Steady")).to_have_js_property("value", 0)
    await expect(app.job("Steady").get_by_text("Downloading")).to_have_count(2)
    await app.job("Steady").evaluate("""card => {
        window.elements = 0;
        const isElement = node => node.nodeType === Node.ELEMENT_NODE;
        const count = record => [...record.addedNodes, ...record.removedNodes].filter(isElement).length;
        window.watching = new MutationObserver(records => records.forEach(each => { window.elements += count(each); }));
        window.watching.observe(card, { childList: true, subtree: true });
    }""")
    gate.step(1)
    await expect(app.bar("Steady")).not_to_have_js_property("value", 0)
    assert await app.page.evaluate("window.elements") == 0
    await app.button("Pause Steady").click()  # a change of status does make elements: the count can grow
    await expect(app.button("Resume Steady")).to_be_visible()
    assert await app.page.evaluate("window.elements") > 0


async def test_a_job_is_paused_resumed_cancelled_retried_and_removed(app: App, origin: Origin) -> None:
    gate = hold(origin)
    await app.add("Stop and go", origin.url(KUPFERWALD.media(1)))
    await expect(app.badge("Stop and go")).to_have_text(re.compile("Downloading|Looking up"))
    await app.button("Pause Stop and go").click()
    await expect(app.badge("Stop and go")).to_have_text("Paused")
    await expect(app.job("Stop and go").get_by_text("Paused by you")).to_be_visible()
    await app.button("Resume Stop and go").click()
    await expect(app.badge("Stop and go")).to_have_text("Downloading")
    await app.button("Cancel Stop and go").click()
    await expect(app.job("Stop and go")).to_be_hidden()
    await app.only("Cancelled")
    await expect(app.badge("Stop and go")).to_have_text("Cancelled")
    gate.open()
    await app.button("Retry what failed or was cancelled in Stop and go").click()
    await app.only("Completed")
    await expect(app.badge("Stop and go")).to_have_text("Completed")
    await app.button("Remove Stop and go from the list").click()
    await expect(app.job("Stop and go")).to_be_hidden()


async def test_one_episode_is_paused_while_the_others_run(app: App, origin: Origin) -> None:
    gate = hold(origin)
    await app.add("One of three", *(origin.url(KUPFERWALD.media(number)) for number in (1, 2, 3)))
    job = app.job("One of three")
    await job.get_by_role("button", name="Show all 3 episodes").click()
    await app.button("Pause S01E02").click()
    await expect(app.button("Resume S01E02")).to_be_visible()
    await expect(app.button("Pause S01E02")).to_be_hidden()
    await expect(app.row("One of three", "S01E02").get_by_text("Paused by you")).to_be_visible()
    await expect(job.get_by_role("progressbar", name="Progress of S01E02")).to_be_hidden()
    gate.open()
    await expect(job.get_by_test_id("counter")).to_have_text("2/3")
    await expect(app.badge("One of three")).to_have_text("Paused")
    await app.button("Resume S01E02").click()
    await expect(job).to_be_hidden()


async def test_a_failure_is_told_in_words_and_mended_by_retry(app: App, origin: Origin, service: Service) -> None:
    """The failed ones stand apart, with the error and what to do, without unfolding anything."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/nachtzug/*.mp4", status=404, times=None))
    await service.add("Nothing there", origin.url(NACHTZUG.media(1)))
    await expect(app.page.get_by_role("log").get_by_text("Nothing there failed.")).to_be_visible()
    await app.only("Failed")
    await expect(app.badge("Nothing there")).to_have_text("Failed")
    job = app.job("Nothing there")
    await expect(job.get_by_text("1 of 1 episodes failed")).to_be_visible()
    episode = app.row("Nothing there", "S01E01")
    await expect(episode.get_by_text("127.0.0.1 has nothing at")).to_be_visible()
    await expect(episode.get_by_text("Check the address")).to_be_visible()
    origin.faults.clear()
    await app.button("Retry what failed or was cancelled in Nothing there").click()
    await app.only("Completed")
    await expect(app.badge("Nothing there")).to_have_text("Completed")


async def test_a_refused_request_says_why_at_its_field_and_keeps_what_was_typed(app: App, origin: Origin) -> None:
    await app.show(re.compile("^Add"))
    await app.fill("Bad address", "ftp://media.example.org/a.m3u8")
    await app.button("Add to the queue").click()
    field = app.page.get_by_label("Addresses")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        re.compile("Give the http or https address|must begin with http")
    )
    await expect(field).to_be_focused()
    await expect(field).to_have_value("ftp://media.example.org/a.m3u8")
    await expect(app.page.get_by_label("Title of the series")).to_have_value("Bad address")
    await field.fill(origin.url(NACHTZUG.media(2)))
    await app.button("Add to the queue").click()
    await expect(app.job("Bad address").or_(app.page.get_by_label("Search titles")).first).to_be_visible()


async def test_an_empty_form_says_what_is_missing_at_each_field(app: App) -> None:
    await app.show(re.compile("^Add"))
    await app.button("Add to the queue").click()
    for label in ("Addresses", "Title of the series"):
        await expect(app.page.get_by_label(label)).to_have_attribute("aria-invalid", "true")


async def test_a_title_is_proposed_from_the_address(app: App) -> None:
    await app.show(re.compile("^Add"))
    title = app.page.get_by_label("Title of the series")
    await app.page.get_by_label("Addresses").fill("https://media.example.org/anime/stream/paper-moons/staffel-1")
    await expect(title).to_have_value("Paper Moons")
    await title.fill("My own")
    await app.page.get_by_label("Addresses").fill("https://media.example.org/anime/stream/other")
    await expect(title).to_have_value("My own")


async def test_downloads_can_be_queued_paused(app: App, origin: Origin) -> None:
    await app.show(re.compile("^Add"))
    await app.page.get_by_label("Queue it paused").check()
    await app.add("Not yet", origin.url(NACHTZUG.media(3)))
    await expect(app.badge("Not yet")).to_have_text("Paused")
    await app.button("Cancel Not yet").click()
