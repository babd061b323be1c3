"""An episode is watched in the page: while it is downloaded, from where nothing is yet, and when it is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, STERNENHAFEN, Catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Locator

    from aniworld_dl.demo.faults import Rule
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="session"),
]

DURATION_S: Final = 24
SEGMENTS: Final = "*/kupferwald/*.ts"
FAR: Final = "*/kupferwald/*-009.ts"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cinema(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    """The demo origin with one episode of each series, long enough to seek in."""
    folder = tmp_path_factory.mktemp("cinema")
    series = (KUPFERWALD, STERNENHAFEN, NACHTZUG)
    async with Catalogue(folder, series=series, episodes=1, duration_s=DURATION_S) as catalogue, Origin() as origin:
        origin.add_shelf(catalogue)
        yield origin


@pytest_asyncio.fixture(loop_scope="session")
async def app(
    open_app: Callable[..., AbstractAsyncContextManager[App]], service: Service, cinema: Origin
) -> AsyncIterator[App]:
    """The page of the shared service. What the test holds back at the origin is let go when it ends."""
    cinema.faults.clear()
    async with open_app(service.base_url) as opened:
        yield opened
        cinema.faults.clear()


def hold(origin: Origin, path: str) -> Rule:
    """Hold back every answer for a path until the test lets it go."""
    return origin.faults.add(Fault(kind=FaultKind.GATE, path=path, times=None))


_OPEN: Final = """async id => {
    const { episodes } = await import(new URL('app/rows.js', document.baseURI));
    const { watch } = await import(new URL('app/watch.js', document.baseURI));
    const [row] = await episodes.putRead(async () => [await (await fetch(`api/episodes/${id}`)).json()]);
    await watch(row);
}"""


async def start(app: App, episode_id: int) -> Locator:
    """Open the player of an episode, let it play, and return the picture."""
    await app.page.evaluate(_OPEN, episode_id)
    video = app.page.get_by_role("dialog").locator("video")
    await expect(video).to_be_visible()
    await video.evaluate("video => { video.muted = true; video.play().catch(() => {}); }")
    return video


async def plays_past(app: App, time_s: float) -> None:
    """Wait until there is a picture and it has played past a time."""
    await app.page.wait_for_function(
        "time => { const video = document.querySelector('dialog video'); return video.videoWidth > 0 && video.currentTime > time; }",
        arg=time_s,
    )


async def test_a_running_episode_plays_from_its_beginning_and_from_where_nothing_is_yet(
    app: App, cinema: Origin, service: Service
) -> None:
    gate = hold(cinema, SEGMENTS)
    job = await service.add("Kupferwald", cinema.url(KUPFERWALD.media(1)))
    gate.step(4)
    (episode,) = await service.episodes(job["id"])
    video = await start(app, episode["id"])
    await plays_past(app, 0.5)
    await video.evaluate("video => { video.currentTime = 19; }")
    await expect(app.page.get_by_text("it is being fetched before all others")).to_be_visible()
    gate.open()
    await plays_past(app, 19.5)
    await expect(app.page.get_by_text("All of it is here")).to_be_visible()
    await service.until(lambda seen: seen.job(job["id"]).get("status") == "completed")
    await app.page.get_by_role("button", name="Close the player").click()
    await expect(app.page.get_by_role("dialog")).to_be_hidden()
