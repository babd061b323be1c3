"""The web page as a user meets it: by roles and words, never by how it is built."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage, Locator, Page, Request

REQUEST_FAILED: Final = "Failed to load resource"
SOCKET_FAILED: Final = "WebSocket connection to"
PATCH: Final = """async (figures) => {
    const { stats } = await import(new URL('state.js', document.querySelector('[src$="main.js"]').src));
    stats.patch(figures);
}"""
"""Figures of the service as it might tell them."""
FRAMES: Final = """
    const [request, cancel] = [requestAnimationFrame, cancelAnimationFrame];
    window.requestAnimationFrame = (run) => request(run) + 1e9;
    window.cancelAnimationFrame = (frame) => cancel(frame - 1e9);
    for (const name of ['clearTimeout', 'clearInterval']) {
        const clear = window[name];
        window[name] = (timer) => timer >= 1e9 ? console.error(`${name} of a frame`) : clear(timer);
    }
"""
"""Frames and timers have numbers of their own: who mistakes one for the other stops whatever has the same number."""

_log = logging.getLogger(__name__)


class App:
    """One open page, and what must never happen in it: complaints of the browser, requests to other hosts."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url.rstrip("/") + "/"
        self.complaints: list[str] = []
        self._opened_at = time.monotonic()
        self._asked: deque[tuple[float, Request]] = deque(maxlen=60)
        self._ends: dict[Request, str] = {}
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._follow)
        page.on("requestfinished", self._note_end)
        page.on("requestfailed", self._note_failure)

    async def open(self, fragment: str = "") -> None:
        """Load the page and wait until it is drawn."""
        await self.page.goto(self.url + fragment)
        await expect(self.page.get_by_role("heading", name="aniworld-dl")).to_be_visible()

    def check(self) -> None:
        """Fail when the browser complained, for example of the content security policy, or another host was asked."""
        assert self.complaints == []

    async def log(self) -> None:
        """Log what helps where a test fails: what was asked last and what came of it, and what stands in the page."""
        for began_s, request in self._asked:
            _log.warning("%.2f %s %s: %s", began_s, request.method, request.url, self._ends.get(request, "no answer"))
        if not self.page.is_closed():
            hidden = await self.page.evaluate("document.hidden")
            text = await self.page.locator("body").inner_text()
            _log.warning("the page after %.2f s (hidden: %s):\n%s", self._age_s(), hidden, text)

    def _listen(self, message: ConsoleMessage) -> None:
        expected = (REQUEST_FAILED, SOCKET_FAILED)  # refusals and a stopped service are part of the tests
        if message.type in {"error", "warning"} and not message.text.startswith(expected):
            self.complaints.append(message.text)

    def _follow(self, request: Request) -> None:
        if "/api/" in request.url:
            self._asked.append((self._age_s(), request))
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"asked another host: {request.url}")

    def _note_failure(self, request: Request) -> None:
        self._ends[request] = f"{request.failure} after {self._age_s():.2f}"

    def _note_end(self, request: Request) -> None:
        self._ends[request] = f"answered after {self._age_s():.2f}"

    def _age_s(self) -> float:
        return time.monotonic() - self._opened_at

    # -------------------------------------------------------------------------------------------------- what is seen

    def job(self, title: str) -> Locator:
        """A job with what stands under it: rows of the queue, or a card of the history."""
        rows = self.page.get_by_role("rowgroup", name=title, exact=True)
        return rows.or_(self.page.get_by_role("article", name=title, exact=True))

    def row(self, title: str, name: str | re.Pattern[str]) -> Locator:
        """A row under a job, such as that of an episode, by what it says."""
        return self.job(title).get_by_role("row").filter(has_text=name)

    def badge(self, title: str) -> Locator:
        """The words of a job's status."""
        return self.job(title).locator(".badge").first

    def bar(self, title: str) -> Locator:
        """The bar of a job as a whole."""
        return self.job(title).get_by_role("progressbar").first

    def button(self, name: str) -> Locator:
        """A button by what it says or what it is called."""
        return self.page.get_by_role("button", name=name, exact=True)

    def panel(self, title: str) -> Locator:
        """The heading that folds and unfolds a panel."""
        return self.page.locator("summary").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    async def widths(self) -> tuple[int, int]:
        """How wide the content is and how wide the window, in CSS pixels."""
        content, window = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        return content, window

    # -------------------------------------------------------------------------------------------------- what is done

    async def fill(self, title: str, *urls: str) -> None:
        """Fill in the form for new downloads."""
        await self.page.get_by_label("Addresses").fill("\n".join(urls))
        await self.page.get_by_label("Title of the series").fill(title)

    async def add(self, title: str, *urls: str) -> None:
        """Queue downloads by the form and wait for their card."""
        await self.show(re.compile("^Add"))
        await self.fill(title, *urls)
        await self.button("Add to the queue").click()
        await expect(self.job(title)).to_be_visible()

    async def show(self, view: str | re.Pattern[str]) -> None:
        """Go to a view by its tab."""
        await self.page.get_by_role("navigation").get_by_role("link", name=view).click()

    async def only(self, status: str) -> None:
        """Show the queue's jobs of one status, or all that have not ended."""
        await self.show(re.compile("^Queue"))
        group = self.page.get_by_role("group", name="Show", exact=True)
        await group.get_by_role("button", name=re.compile(f"^{status}")).click()

    async def confirm(self, action: str) -> None:
        """Answer the question that is asked."""
        await self.page.get_by_role("dialog").get_by_role("button", name=action).click()
