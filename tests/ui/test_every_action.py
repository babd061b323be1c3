"""Everything the service can do to jobs and episodes can be done in the page, from the menu."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import NACHTZUG
from tests.ui.hands import episode, menu_item, note, queue, row, unfold

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Locator, Response

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.commands import Json
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command, what its dialog is answered, and what it leaves of a row that waits; None: nothing."""

    command: str
    leaves: Callable[[Json], bool] | None
    before: str | None = None
    """What is done over REST before, so that the command fits."""
    answers: dict[str, str] = field(default_factory=dict)


SHARED: Final = (
    Case(command="Pause", leaves=lambda found: found["status"] == "paused"),
    Case(command="Resume", leaves=lambda found: found["status"] == "queued", before="pause"),
    Case(command="Cancel", leaves=lambda found: found["status"] == "cancelled"),
    Case(command="Priority", leaves=lambda found: found["priority"] == 7, answers={"Priority": "7"}),
    Case(
        command="Bandwidth limit",
        leaves=lambda found: found["bandwidth_limit_bytes_per_s"] == 1_500_000,
        answers={"Bandwidth limit": "1.5"},
    ),
    Case(command="Remove from the list", leaves=None),
)
JOBS: Final = (
    *SHARED,
    Case(
        command="Rename",
        leaves=lambda found: found["anime_title"] == "Linde",
        answers={"Title of the series": "Linde"},
    ),
)
EPISODES: Final = (
    *SHARED,
    Case(command="Retry", leaves=lambda found: found["status"] == "queued", before="cancel"),
)


def changes(response: Response) -> bool:
    """Tell whether an answer is one to a change."""
    return response.request.method in {"POST", "PATCH"}


async def do(app: App, target: Locator, case: Case) -> None:
    """Choose a command in the menu of a row, answer what it asks, and wait for the service's answer."""
    async with app.page.expect_response(changes):
        await target.click(button="right")
        await menu_item(app, case.command).click()
        dialog = app.page.get_by_role("dialog")
        for label, answer in case.answers.items():
            await dialog.get_by_label(label).fill(answer)
            await dialog.get_by_role("button", name="Set").click()


async def check(service: Service, path: str, case: Case) -> None:
    """Look at what the service has of it now."""
    answer = await service.client.get(path)
    if case.leaves is None:
        assert answer.status_code == 404
    else:
        assert case.leaves(answer.json()), case.command


async def test_everything_can_be_done_to_a_job(still: Service, app: App) -> None:
    for number, case in enumerate(JOBS):
        job = await queue(still, f"Job {number}")
        if case.before:
            await still.client.post(f"/api/jobs/{job['id']}/{case.before}")
            await expect(app.badge(f"Job {number}")).not_to_have_text("Waiting")
        await do(app, row(app, f"Job {number}"), case)
        await check(still, f"/api/jobs/{job['id']}", case)


async def test_everything_can_be_done_to_an_episode(still: Service, app: App) -> None:
    job = await queue(still, "Episodes", episodes=len(EPISODES) + 1)
    await unfold(app, "Episodes")
    for number, (case, each) in enumerate(zip(EPISODES, await still.episodes(job["id"]), strict=False), 1):
        if case.before:
            await still.client.post(f"/api/episodes/{each['id']}/{case.before}")
            await expect(episode(app, f"S01E{number:02}").locator(".badge")).not_to_have_text("Waiting")
        await do(app, episode(app, f"S01E{number:02}"), case)
        await check(still, f"/api/episodes/{each['id']}", case)


async def test_the_order_is_changed_from_the_menu(still: Service, app: App) -> None:
    jobs = [await queue(still, title) for title in "ABC"]
    for title, command, wished in (
        ("C", "Move to the top", "CAB"),
        ("C", "Move to the bottom", "ABC"),
        ("A", "Move down", "BAC"),
        ("C", "Move up", "BCA"),
    ):
        await do(app, row(app, title), Case(command=command, leaves=None))
        places = [(await still.get(f"/api/jobs/{job['id']}"))["position"] for job in jobs]
        assert "".join(sorted("ABC", key=lambda each: places["ABC".index(each)])) == wished


async def test_start_retry_and_repair_act_at_once(app: App, origin: Origin, still: Service) -> None:
    """Also while the whole queue is paused; what failed is fetched when its server has mended."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/nachtzug/*.mp4", status=404, times=None))
    job = await still.add("Now", origin.url(NACHTZUG.media(1)), origin.url(NACHTZUG.media(2)))
    await do(app, row(app, "Now"), Case(command="Start now", leaves=None))
    [failed] = await still.ended(job["id"])
    assert failed["status"] == "failed"
    origin.faults.clear()
    await app.page.goto(app.url + "#/queue?status=failed")
    await do(app, row(app, "Now"), Case(command="Fetch what is missing", leaves=None))
    await still.client.post("/api/queue/resume")
    [ended] = await still.ended(job["id"])
    assert ended["status"] == "completed"


async def test_finished_files_go_only_after_a_question(app: App, origin: Origin, service: Service) -> None:
    job = await service.add("Files", origin.url(NACHTZUG.media(1)))
    await service.ended(job["id"])
    [file] = service.downloads.glob("Files/**/*.mkv")
    await app.page.goto(app.url + "#/queue?status=completed")
    for answer, kept in (("Keep it", True), ("Remove with files", False)):
        await row(app, "Files").click(button="right")
        await menu_item(app, "Remove with files").click()
        await app.confirm(answer)
        if kept:
            await expect(row(app, "Files")).to_be_focused()
        else:
            await expect(note(app, "Files: removed from the list.")).to_be_visible()
        assert file.exists() is kept
    await app.button("Undo").click()
    await expect(row(app, "Files")).to_be_visible()
    assert file.exists()


async def test_a_row_is_opened_and_its_address_copied(still: Service, app: App) -> None:
    await app.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    job = await queue(still, "Links", episodes=2)
    await row(app, "Links").click(button="right")
    await menu_item(app, "Copy address").click()
    await expect(note(app, "Copied 2 addresses.")).to_be_visible()
    copied = await app.page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\n") == [each["url"] for each in await still.episodes(job["id"])]
    await row(app, "Links").focus()
    await app.page.keyboard.press("o")
    await expect(app.page).to_have_url(f"{app.url}#/job/{job['id']}")


async def test_a_recording_is_ended_from_the_menu(still: Service, app: App) -> None:
    """That an episode records is told to the page alone: what counts is that the service is asked."""
    job = await queue(still, "Live")
    [each] = await still.episodes(job["id"])
    await unfold(app, "Live")
    await expect(episode(app, "S01E01")).to_be_visible()
    await app.page.evaluate(
        """async id => {
            const { episodes } = await import(new URL('rows.js', document.querySelector('[src$="main.js"]').src));
            episodes.rows.get(id).patch({ status: 'downloading', phase: 'recording' });
        }""",
        each["id"],
    )
    await episode(app, "S01E01").click(button="right")
    async with app.page.expect_request(f"**/api/episodes/{each['id']}/finish") as asked:
        await menu_item(app, "End the recording").click()
    assert (await asked.value).method == "POST"
