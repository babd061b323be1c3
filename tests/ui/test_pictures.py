"""The pictures in Chromium: their pixels show what is so, their words say it, and both follow what happens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG
from tests.ui.app import PATCH
from tests.ui.canvases import PIXELS, at, colour, columns, show, until_drawn, until_pixel

if TYPE_CHECKING:
    from playwright.async_api import Page

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.service import Service
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


async def answer_segments(page: Page, **track: Any) -> None:
    """Answer in place of the service with one track."""
    counts = {"done": 0, "retried": 0, "repaired": 0, "missing": 0, "failed": 0, "running": 0}
    usual = {"kind": "video", "language": None, "per_cell": 1, "unit": "seconds"}
    track = {**usual, **track, "counts": {**counts, **track["counts"]}}
    body = {"id": 1, "source": "disk", "tracks": [track]}
    await page.unroute("**/api/episodes/1/segments")
    await page.route("**/api/episodes/1/segments", lambda route: route.fulfill(json=body))


MB: Final = 1_000_000
EPISODE: Final = {"id": 1, "job_id": 1, "position": 1, "season": 1, "number": 4, "status": "failed"}


async def test_the_map_shows_each_state_by_colour_and_by_height(app: App) -> None:
    page = app.page
    await answer_segments(
        page,
        count=6,
        lengths=[[60, 6]],
        states="d1t1p1m1f1r1",
        counts=dict.fromkeys(("done", "retried", "repaired", "missing", "failed", "running"), 1),
    )
    place = await show(page, "segment_map.js", "SegmentMap", episode=EPISODE)
    await expect(place.locator(".track-words")).to_have_text(
        "3 of 6 segments done, 1 running, 1 retried, 1 repaired, 1 failed. Missing: 3:00\u20135:00"
    )
    canvas = place.locator(".track-canvas")
    await until_drawn(canvas)
    found = await columns(canvas)
    tokens = ["--good-bar", "--good-bar", "--accent-ground", "--calm-bar", "--bad-bar", "--warn-bar"]
    heights = [1.0, 1.0, 1.0, 0.2, 0.5, 0.75]
    for number, (token, height) in enumerate(zip(tokens, heights, strict=True)):
        part = found[int(len(found) * number / 6) + 3 : int(len(found) * (number + 1) / 6) - 3]
        rgb = await colour(page, token)
        assert all(abs(column["height"] - height) < 0.06 for column in part), token
        assert sum(rgb in column["colours"] for column in part) > len(part) / 2, token
    plain, striped = found[: len(found) // 6 - 3], found[len(found) // 6 + 3 : len(found) // 3 - 3]
    assert all(len(column["colours"]) == 1 for column in plain)
    assert any(len(column["colours"]) > 1 for column in striped), "told by a pattern too"


async def test_the_map_is_read_by_pointer_and_by_keyboard(app: App) -> None:
    page = app.page
    await answer_segments(page, count=4, lengths=[[30, 4]], states="d2m1d1", counts={"done": 3, "missing": 1})
    place = await show(page, "segment_map.js", "SegmentMap", episode=EPISODE)
    slider = place.get_by_role("slider", name="Segments of S01E04: Picture")
    await slider.focus()
    await expect(slider).to_have_attribute("aria-valuetext", "0:00\u20130:30, segment 1 of 4: done")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", "1:00\u20131:30, segment 3 of 4: missing")
    await expect(slider).to_have_attribute("aria-valuenow", "3")
    await page.keyboard.press("End")
    await expect(slider).to_have_attribute("aria-valuetext", re.compile("segment 4 of 4"))
    box = await slider.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 5)
    await expect(place.locator(".track-chosen")).to_have_text("1:00\u20131:30, segment 3 of 4: missing")


async def test_the_map_is_drawn_anew_in_another_theme(app: App) -> None:
    page = app.page
    await answer_segments(page, count=1, lengths=[[30, 1]], states="d1", counts={"done": 1})
    place = await show(page, "segment_map.js", "SegmentMap", episode=EPISODE)
    canvas = place.locator(".track-canvas")
    seen = set()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        rgb = await colour(page, "--good-bar")
        seen.add(rgb)
        await until_pixel(canvas, 9, 9, rgb)
    assert len(seen) == 2


async def added(service: Service, title: str, url: str) -> tuple[int, dict[str, Any]]:
    """Queue one address and return its job's id and its episode."""
    job = await service.add(title, url)
    (episode,) = await service.episodes(job["id"])
    return job["id"], {**episode, "status": "downloading"}


async def test_the_map_follows_a_real_download(app: App, service: Service, origin: Origin) -> None:
    """Live while it runs; a segment that had failed is told as retried, also from the record of what is completed."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="*/kupferwald/*000.ts", times=1, status=503))
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="*/kupferwald/*001.ts", times=None))
    job_id, episode = await added(service, "Map", origin.url(KUPFERWALD.media(1)))
    place = await show(app.page, "segment_map.js", "SegmentMap", episode=episode)
    words = place.locator(".track-words")
    await expect(words).to_have_text(re.compile("^1 of 2 segments done, 1 running, 1 retried"))
    gate.open()
    await service.ended(job_id)
    await app.page.evaluate("shown.episode.patch({ status: 'completed' })")
    await expect(words).to_have_text("2 of 2 segments done, 1 retried.")
    await expect(place.locator(".segments-legend")).to_have_text(re.compile(r"done\s*1\s*retried\s*1"))


async def test_the_map_of_a_plain_file_is_one_of_bytes(app: App, service: Service, origin: Origin) -> None:
    job_id, episode = await added(service, "Bytes", origin.url(NACHTZUG.media(1)))
    await service.ended(job_id)
    place = await show(app.page, "segment_map.js", "SegmentMap", episode={**episode, "status": "completed"})
    await expect(place.locator(".track-words")).to_have_text(re.compile(r"^(\d+) of \1 segments? done\.$"))
    await expect(place.locator(".track-scale")).to_have_text(re.compile("B$"))


async def test_an_episode_of_which_nothing_is_known_says_so(app: App) -> None:
    await app.page.route("**/api/episodes/1/segments", lambda route: route.fulfill(json={"id": 1, "tracks": []}))
    place = await show(app.page, "segment_map.js", "SegmentMap", episode=EPISODE)
    await expect(place.get_by_text("Nothing is known of its segments")).to_be_visible()


async def test_a_strip_shows_how_many_there_are_of_each(app: App) -> None:
    page = app.page
    counts = {"completed": 5, "downloading": 2, "queued": 1, "paused": 0, "failed": 2, "cancelled": 0}
    place = await show(page, "strip.js", "EpisodeStrip", row={"id": 1, "episode_counts": counts})
    words = "10 episodes: Completed: 5, Downloading: 2, Waiting: 1, Failed: 2"
    await expect(place.get_by_role("img", name=words, exact=True)).to_be_visible()
    canvas = place.locator("canvas")
    await until_drawn(canvas)
    found = await columns(canvas)
    for share, token in ((0.25, "--good-bar"), (0.75, "--calm-bar"), (0.98, "--bad-bar")):
        assert await colour(page, token) in at(found, share)["colours"], token
    assert at(found, 0.25)["height"] == 1.0
    assert at(found, 0.75)["height"] < 0.5
    await page.evaluate("shown.row.patch({ episode_counts: { completed: 10 } })")
    await expect(place.get_by_role("img", name="10 episodes: Completed: 10")).to_be_visible()
    width = await canvas.evaluate("canvas => canvas.width")
    await until_pixel(canvas, width - 2, 2, await colour(page, "--good-bar"))


async def test_a_strip_of_episodes_has_each_at_its_place(app: App) -> None:
    page = app.page
    statuses = ["completed", "failed", "completed", "queued"]
    episodes = [{"id": number, "status": status} for number, status in enumerate(statuses)]
    place = await show(page, "strip.js", "EpisodeStrip", row={"id": 1}, episodes=episodes)
    canvas = place.locator("canvas")
    await until_drawn(canvas)
    found = await columns(canvas)
    for number, token in enumerate(("--good-bar", "--bad-bar", "--good-bar", "--calm-bar")):
        assert await colour(page, token) in at(found, (number + 0.5) / 4)["colours"], token


async def test_gauges_say_what_they_show(app: App) -> None:
    page = app.page
    disk = {
        "free_bytes": 250_000_000,
        "total_bytes": 1_000_000_000,
        "reserved_bytes": 100_000_000,
        "reserve_bytes": 50_000_000,
    }
    place = await show(page, "gauges.js", "DiskGauge")
    await page.evaluate(PATCH, {"disk": disk, "running": 2, "slots": 6})
    meter = place.get_by_role("meter", name="Disk")
    await expect(meter).to_have_attribute("aria-valuenow", "75")
    await expect(meter).to_have_attribute(
        "aria-valuetext",
        "750 MB of 1.0 GB used, 250 MB free; downloads under way will take 100 MB of it, 50.0 MB are kept free.",
    )
    shares = await meter.evaluate(
        "bar => [...bar.children].map(part => Math.round(part.offsetWidth / bar.offsetWidth * 100))"
    )
    assert [abs(share - wanted) <= 1 for share, wanted in zip(shares, (75, 10, 10, 5), strict=True)] == [True] * 4


async def test_the_chart_draws_what_came_and_says_it(app: App) -> None:
    """UPlot is fetched only now, and the browser has no complaint of its styles."""
    page = app.page
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    rates = [None] * 200 + [0] * 50 + [2_000_000] * 50
    minutes = [None] * 1380 + [1_000_000] * 60
    day = {
        "step_s": 60,
        "from": "2026-01-30T18:00:00.000Z",
        "mean_bytes_per_s": minutes,
        "peak_bytes_per_s": minutes,
        "running": minutes,
    }
    recent = {"step_s": 1, "from": "2026-01-31T17:55:00.000Z", "bytes_per_s": rates}
    await page.route("**/api/throughput", lambda route: route.fulfill(json={"recent": recent, "day": day}))
    await page.reload()
    place = await show(page, "throughput.js", "Throughput")
    canvas = place.locator(".uplot canvas")
    await expect(canvas).to_be_visible()
    assert [url for url in fetched if url.endswith("vendor/uplot.js")]
    figures = place.locator("dl")
    await expect(figures).to_have_text(re.compile("Peak2.0 MB/s"))
    line = await colour(page, "--accent")
    painted = f"""canvas => {{{PIXELS}
        const data = pixelsOf(canvas);
        let first = canvas.width;
        for (let at = 0; at < data.length; at += 4) {{
            const rgb = [data[at], data[at + 1], data[at + 2]].join();
            if (rgb === '{line}') first = Math.min(first, at / 4 % canvas.width);
        }}
        return first / canvas.width;
    }}"""
    share = await canvas.evaluate(painted)
    assert 0.6 < share < 0.8, "the first 200 of 300 seconds are a gap"
    await place.get_by_role("button", name="Last day").click()
    await expect(figures).to_have_text(re.compile("Mean1.0 MB/s.*Peak1.0 MB/s"))
    await place.get_by_text("As a table").click()
    await expect(place.get_by_role("row")).to_have_count(25)
    await expect(place.get_by_role("row").last.get_by_role("cell").first).to_have_text("1.0 MB/s")


async def test_the_chart_grows_while_it_is_looked_at(app: App) -> None:
    page = app.page
    place = await show(page, "throughput.js", "Throughput")
    await page.evaluate(PATCH, {"speed_bytes_per_s": 7 * MB})
    await expect(place.locator("dl")).to_have_text(re.compile("Now7.0 MB/s"))


async def test_the_service_measures_what_came(service: Service, origin: Origin) -> None:
    """What the page draws of the last minutes is what was really fetched."""
    job_id, _ = await added(service, "Measured", origin.url(NACHTZUG.media(2)))
    await service.ended(job_id)
    (episode,) = await service.episodes(job_id)
    measured: list[int | None] = []
    while sum(value or 0 for value in measured) < episode["bytes_downloaded"]:  # a second lasts until it is over
        measured = (await service.get("/api/throughput"))["recent"]["bytes_per_s"]
