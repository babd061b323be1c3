"""What hands find in the page: rows, menus, notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.acceptance.service import Service
    from tests.commands import Json
    from tests.ui.app import App

NOWHERE: Final = "http://127.0.0.1:9/{}/S01E{:02}.m3u8"


async def queue(service: Service, title: str, episodes: int = 1) -> Json:
    """Queue a job whose episodes lead nowhere."""
    return await service.add(title, *(NOWHERE.format(title, number) for number in range(1, episodes + 1)))


async def statuses(service: Service) -> dict[str, str]:
    """Return the status of each job by its title."""
    return {job["anime_title"]: job["status"] for job in (await service.get("/api/jobs"))["items"]}


def row(app: App, title: str) -> Locator:
    """The row of a job."""
    return app.job(title).locator(".job-row")


def episode(app: App, place: str) -> Locator:
    """The row of an episode."""
    return app.page.get_by_role("row").filter(has=app.page.get_by_text(place, exact=True))


def note(app: App, words: str | re.Pattern[str]) -> Locator:
    """A note by what it says."""
    return app.page.get_by_role("log").get_by_text(words)


def menu_item(app: App, name: str) -> Locator:
    """A command of the open menu. Its keys are part of its name."""
    return app.page.get_by_role("menuitem", name=re.compile(f"^{re.escape(name)}"))


async def unfold(app: App, title: str) -> None:
    """Show a job's episodes."""
    await app.job(title).get_by_role("button", name=re.compile("^Show")).click()


async def expect_order(app: App, *titles: str) -> None:
    """Wait until the jobs stand in this order."""
    await app.page.wait_for_function(
        """titles => {
            const groups = [...document.querySelectorAll('[role=rowgroup]')];
            const top = group => group.getBoundingClientRect().top;
            return groups.sort((a, b) => top(a) - top(b)).map(g => g.ariaLabel).join() === titles;
        }""",
        arg=",".join(titles),
    )
