"""The web page with a long queue: how long frames take while it scrolls and episodes run, its memory, its weight."""

from __future__ import annotations

import asyncio
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import async_playwright

from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.origin import serve
from benchmarks.second_page import until_seen
from benchmarks.table import megabytes, print_table
from benchmarks.trace import Trace
from tests.acceptance.service import Service
from tests.commands import LOOPBACK
from tests.tools import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import CDPSession, Page

    from benchmarks.episode import Episode
    from benchmarks.origin import Origin

RUNNING: Final = 24
_RATE_BYTES_PER_S: Final = 60_000
"""Of each connection: slow enough that all of them run to the end of the measurement."""
_START_S: Final = 120.0
_BETWEEN_S: Final = 0.5
_SETTLE_S: Final = 3.0
"""For the views that the page fetches when it has nothing else to do."""
_SCROLLS: Final = ((-9_000, 2_400), (9_000, 4_800), (-18_000, 9_000))
"""Distance and speed in CSS pixels: a reader's pace, a fast one, and a flick."""
_WINDOW: Final = {"width": 1400, "height": 900}
_CATEGORIES: Final = (
    "devtools.timeline,disabled-by-default-devtools.timeline,disabled-by-default-devtools.timeline.frame,v8"
)
_FIRST_ROW: Final = """
const look = () => document.querySelector('[role=row][aria-level="1"]')
    ? requestAnimationFrame(() => setTimeout(() => { window.firstRowMs = performance.now(); }))
    : requestAnimationFrame(look);
requestAnimationFrame(look);
"""

_FRAME_MS: Final = 8.0
_TASK_MS: Final = 50.0
_HEAP_MB: Final = 60.0
_PAINT_MS: Final = 1_000.0
_WEIGHT_KB: Final = 150.0
_SECOND_PAGE_MS: Final = 1_000.0


def page(episode: Episode, *, jobs: int, each: int) -> None:
    """Measure in the system's Chromium without a window, with `jobs` of `each` episodes in the queue."""
    asyncio.run(_measure(episode, jobs, each))


async def _measure(episode: Episode, jobs: int, each: int) -> None:
    print(f"\n## The page: {jobs * each} episodes in {jobs} jobs, {RUNNING} trickle from a local origin")
    with ram_folder() as folder, serve(episode.folder, rate_bytes_per_s=_RATE_BYTES_PER_S) as origin:
        env = {**LOOPBACK, "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "1", "ANIWORLD_DL_CONNECTIONS_PER_HOST": "64"}
        async with Service(folder, "-j", str(RUNNING), env=env) as service:
            await _fill(service, origin, jobs, each)
            async with async_playwright() as playwright:
                arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
                browser = await playwright.chromium.launch(executable_path=CHROMIUM.path(), args=arguments)
                context = await browser.new_context(viewport=_WINDOW, locale="en-GB")  # type: ignore[arg-type]
                await _look(await context.new_page(), service)
                await browser.close()


async def _fill(service: Service, origin: Origin, jobs: int, each: int) -> None:
    for job in range(jobs):
        names = [f"index.m3u8?name=J{job:03}E{number:02}" for number in range(each)]
        await service.add(f"Series {job:03}", *(origin.url("http", name) for name in names), language="German Sub")
    await service.until(lambda seen: len(seen.episodes) >= RUNNING, within_s=_START_S)


async def _look(page: Page, service: Service) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Performance.enable")
    weights = _Weights(session)
    await page.add_init_script(_FIRST_ROW)
    await page.goto(service.base_url)
    await page.get_by_role("row").nth(1).wait_for()
    await asyncio.sleep(_SETTLE_S)
    paint_ms = float(await page.evaluate("window.firstRowMs"))
    weight = weights.total_bytes
    folded = await _frames(session, page)
    await page.get_by_role("button", name="Unfold all", exact=True).click()
    await asyncio.sleep(2 * _BETWEEN_S)
    unfolded = await _frames(session, page)
    heap_bytes = await _heap_bytes(session)
    _print({"folded": folded, "unfolded": unfolded}, paint_ms, heap_bytes, weight)
    _print_second(await until_seen(await _opened(page, service), service))


async def _opened(page: Page, service: Service) -> Page:
    """Return a second page, beside the first, that shows the queue."""
    second = await page.context.new_page()
    await second.goto(service.base_url)
    await second.get_by_role("row").nth(1).wait_for()
    return second


def _print_second(took_ms: Mapping[str, float]) -> None:
    print("What was done, and how soon a second page knew:")
    print_table(["done", "ms"], [[name, f"{ms:.0f}"] for name, ms in took_ms.items()])
    slowest = max(took_ms.values())
    print_checks([Check(what="seen in a second page", measured=slowest, limit=_SECOND_PAGE_MS, unit=" ms")])


def _print(traces: Mapping[str, Trace], paint_ms: float, heap_bytes: float, weight: int) -> None:
    head = ["script + layout, ms a frame", "frames", "p50", "p95", "longest", "longest task"]
    rows = []
    for name, trace in traces.items():
        frames = trace.frames_ms
        figures = [median(frames), quantiles(frames, n=20)[-1], max(frames), trace.longest_task_ms]
        rows.append([name, str(len(frames)), *(f"{figure:.1f}" for figure in figures)])
    print_table(head, rows)
    print(f"Memory of the scripts {megabytes(heap_bytes)}; first rows painted after {paint_ms:.0f} ms.")
    print(f"Without what the API answers, the page is {weight / 1e3:.0f} kB compressed.")
    checks = [
        *(
            Check(what=f"a frame, {name}, p50", measured=median(trace.frames_ms), limit=_FRAME_MS, unit=" ms")
            for name, trace in traces.items()
        ),
        *(
            Check(what=f"longest task, {name}", measured=trace.longest_task_ms, limit=_TASK_MS, unit=" ms")
            for name, trace in traces.items()
        ),
        Check(what="memory of the scripts", measured=heap_bytes / 1e6, limit=_HEAP_MB, unit=" MB"),
        Check(what="first rows painted", measured=paint_ms, limit=_PAINT_MS, unit=" ms"),
        Check(what="weight", measured=weight / 1e3, limit=_WEIGHT_KB, unit=" kB"),
    ]
    print_checks(checks)


async def _frames(session: CDPSession, page: Page) -> Trace:
    """Scroll up and down while updates come, and return what the main thread did meanwhile."""
    events: list[dict[str, Any]] = []
    ended = asyncio.Event()
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.set())
    await page.evaluate("scrollTo(0, 0)")
    await session.send("Tracing.start", {"categories": _CATEGORIES, "transferMode": "ReportEvents"})
    for distance, speed in _SCROLLS:
        place = {"x": _WINDOW["width"] // 2, "y": _WINDOW["height"] // 2}
        gesture = {**place, "yDistance": distance, "speed": speed, "gestureSourceType": "mouse"}
        await session.send("Input.synthesizeScrollGesture", gesture)
    await asyncio.sleep(4 * _BETWEEN_S)
    await session.send("Tracing.end")
    await ended.wait()
    return Trace(events)


async def _heap_bytes(session: CDPSession) -> float:
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize"))


class _Weights:
    """Bytes of the page's own files as they came over the line; not the API's answers, not the player."""

    def __init__(self, session: CDPSession) -> None:
        self.total_bytes = 0
        self._own: set[str] = set()
        session.on("Network.responseReceived", self._see)
        session.on("Network.loadingFinished", self._end)

    def _see(self, event: dict[str, Any]) -> None:
        if not any(part in event["response"]["url"] for part in ("/api/", "/vendor/hls")):
            self._own.add(event["requestId"])

    def _end(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._own:
            self.total_bytes += int(event["encodedDataLength"])
