"""An episode is watched in the page: while it is downloaded, from where nothing is yet, and when it is finished."""

from __future__ import annotations

import asyncio
import shutil
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

    from aniworld_dl.demo.rules import Rule
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

DURATION_S: Final = 24
SEGMENTS: Final = "*/kupferwald/*.ts"
FIRST_SEGMENT: Final = "*/kupferwald/*-000.ts"
PLAIN_FILE: Final = "*/nachtzug/*.mp4"
FIRST_PIECE: Final = "bytes=0-1048575"


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
    """The page of the shared service, without files of earlier tests. What a test holds back is let go when it ends."""
    await asyncio.to_thread(shutil.rmtree, service.downloads, ignore_errors=True)
    cinema.faults.clear()
    async with open_app(service.base_url) as opened:
        yield opened
        cinema.faults.clear()


def hold(origin: Origin, path: str) -> Rule:
    """Hold back every answer for a path until the test lets it go."""
    return origin.faults.add(Fault(kind=FaultKind.GATE, path=path, times=None))


_OPEN: Final = """async id => {
    const { episodes } = await import(new URL('rows.js', document.querySelector('[src$="main.js"]').src));
    const { watch } = await import(new URL('watch.js', document.querySelector('[src$="main.js"]').src));
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
        """time => {
            const video = document.querySelector('dialog video');
            return video.videoWidth > 0 && video.readyState > 2 && video.currentTime > time;
        }""",
        arg=time_s,
        timeout=40_000,  # pictures are decoded without a graphics card, beside everything else
    )


async def begin(service: Service, title: str, url: str) -> tuple[int, int]:
    """Queue an episode; return the ids of its job and of itself."""
    job = await service.add(title, url)
    (episode,) = await service.episodes(job["id"])
    return job["id"], episode["id"]


async def let_begin(gate: Rule, has_come: Callable[[], bool], *, passed: int = 0) -> None:
    """Let go as many answers as are held when that for the beginning is among them: they are asked for in any order."""
    arrived = passed
    while not has_come():
        arrived += 1
        await gate.reached(arrived)
    gate.step(arrived - passed)


async def begin_kupferwald(service: Service, cinema: Origin) -> tuple[int, int, Rule]:
    """Queue the series of segments, let its beginning come; return the ids of job and episode, and what holds back."""
    gate = hold(cinema, SEGMENTS)
    before = len(cinema.log.records(FIRST_SEGMENT))
    job_id, episode_id = await begin(service, "Kupferwald", cinema.url(KUPFERWALD.media(1)))
    await let_begin(gate, lambda: len(cinema.log.records(FIRST_SEGMENT)) > before)
    return job_id, episode_id, gate


async def seek(video: Locator, time_s: float) -> None:
    """Go to a time."""
    await video.evaluate("(video, time) => { video.currentTime = time; }", time_s)


async def test_a_running_episode_plays_from_its_beginning_and_from_where_nothing_is_yet(
    app: App, cinema: Origin, service: Service
) -> None:
    """It goes on to the end, each segment fetched once, and over the change from segments to the finished file."""
    asked_before = len(cinema.log.records(SEGMENTS))
    job_id, episode_id, gate = await begin_kupferwald(service, cinema)
    video = await start(app, episode_id)
    await plays_past(app, 0.5)
    await seek(video, 19)
    await expect(app.page.get_by_text("it is being fetched before all others")).to_be_visible()
    gate.open()
    await plays_past(app, 19.2)
    await expect(app.page.get_by_text("All of it is here")).to_be_visible()
    (job,) = await service.ended(job_id)
    assert job["status"] == "completed"
    asked = [record.path for record in cinema.log.records(SEGMENTS)[asked_before:]]
    assert len(asked) == len(set(asked)) == DURATION_S / 2

    await seek(video, 0.5)  # those segments are no more: the file goes on
    await plays_past(app, 0.8)
    await app.page.keyboard.press("Escape")
    await expect(app.page.get_by_role("dialog")).to_be_hidden()


async def test_a_finished_file_plays_with_its_subtitles(app: App, cinema: Origin, service: Service) -> None:
    job_id, episode_id = await begin(service, "Sternenhafen", cinema.url(STERNENHAFEN.media(1)))
    await service.ended(job_id)
    video = await start(app, episode_id)
    await plays_past(app, 0.3)
    await seek(video, 20)
    await plays_past(app, 20.1)
    await app.page.get_by_label("Subtitles").select_option(label="German")
    await app.page.wait_for_function(
        """() => [...document.querySelector('dialog video').textTracks]
            .some(track => track.mode === 'showing' && track.activeCues?.length)"""
    )


async def test_picture_and_sound_apart_play_while_they_come(app: App, cinema: Origin, service: Service) -> None:
    gate = hold(cinema, "*/sternenhafen/*.m4s")
    _, episode_id = await begin(service, "Sternenhafen", cinema.url(STERNENHAFEN.media(1)))
    gate.step(10)
    video = await start(app, episode_id)
    gate.open()
    await plays_past(app, 0.3)
    assert await video.evaluate("video => video.webkitAudioDecodedByteCount") > 0


async def test_a_plain_mp4_plays_before_it_is_whole(app: App, cinema: Origin, service: Service) -> None:
    gate = hold(cinema, PLAIN_FILE)
    gate.step()  # what says how long it is
    job_id, episode_id = await begin(service, "Nachtzug", cinema.url(NACHTZUG.media(1)))
    log = cinema.log
    await let_begin(gate, lambda: any(one.range == FIRST_PIECE for one in log.records(PLAIN_FILE)), passed=1)
    await start(app, episode_id)
    await plays_past(app, 0.3)
    (episode,) = await service.episodes(job_id)
    assert episode["status"] == "downloading"


async def test_a_paused_episode_plays_what_it_has_and_says_what_is_missing(
    app: App, cinema: Origin, service: Service
) -> None:
    _, episode_id, _ = await begin_kupferwald(service, cinema)
    video = await start(app, episode_id)
    await plays_past(app, 0.3)
    await service.client.post(f"/api/episodes/{episode_id}/pause")
    await seek(video, 19)
    await expect(app.page.get_by_text("the episode is not being downloaded now")).to_be_visible()


async def test_what_cannot_be_played_is_said_and_plays_when_it_can(app: App, cinema: Origin, service: Service) -> None:
    """Nothing is known of an episode that waits; the player begins by itself when its download does."""
    job = await service.add("Kupferwald", cinema.url(KUPFERWALD.media(1)), paused=True)
    (episode,) = await service.episodes(job["id"])
    await start(app, episode["id"])
    await expect(app.page.get_by_text("Nothing of this episode is known yet")).to_be_visible()
    await service.client.post(f"/api/episodes/{episode['id']}/resume")
    await plays_past(app, 0.1)
    await app.button("Close the player").click()
    await expect(app.page.get_by_role("dialog")).to_be_hidden()


async def test_the_player_is_loaded_only_when_it_is_opened(app: App) -> None:
    loaded = await app.page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    assert loaded
    assert [address for address in loaded if address.endswith(("hls.js", "player.js", "playback.js"))] == []
