"""Makes the pictures in docs/images: runs the demo for real and looks at every view with Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.tools import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
VIEWS: Final = {
    "queue": ("#/queue", "main progress"),
    "add": ("#/add", "main textarea"),
    "job": ("#/job/1", "main h2, main h3"),
    "history": ("#/history", "main h2, main h3"),
    "settings": ("#/settings", ".setting"),
    "status": ("#/status", ".doctor-summary"),
}
"""Each view: its address, and what is there when it shows what it has read."""
SHAPES: Final[dict[str, dict[str, Any]]] = {
    "": {"viewport": {"width": 1280, "height": 900}, "device_scale_factor": 1.25, "locale": "en-GB"},
    "-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark", "locale": "en-GB"},
    "-phone": {
        "viewport": {"width": 390, "height": 780},
        "device_scale_factor": 2,
        "color_scheme": "dark",
        "locale": "de-DE",
        "has_touch": True,
        "is_mobile": True,
    },
}
"""What is put behind the view's name in the file's, and how the view is looked at."""
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_START: Final = "Listening on "
_RUNNING_WELL: Final = """() => {
  const bars = [...document.querySelectorAll('progress')].map((bar) => bar.value / bar.max);
  return bars.filter((share) => share > 0.25 && share < 0.95).length >= 3;
}"""


def main() -> None:
    """Run the demo, wait until some episodes are half way, and take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _service(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path(), args=list(_FLAGS))
        page = browser.new_page()
        page.goto(address)
        page.wait_for_function(_RUNNING_WELL, timeout=120_000)
        for ending, shape in SHAPES.items():
            _take(browser, address, ending, shape)
        browser.close()


def _take(browser: Browser, address: str, ending: str, shape: dict[str, Any]) -> None:
    page = browser.new_page(**shape)
    page.set_default_timeout(60_000)
    for name, (fragment, ready) in VIEWS.items():
        page.goto(f"{address}/{fragment}")
        page.locator(ready).first.wait_for()
        _settle(page)
        page.screenshot(path=IMAGES / f"{name}{ending}.png")
        print(f"docs/images/{name}{ending}.png", flush=True)
    page.close()


def _settle(page: Page) -> None:
    """Wait until nothing is fetched any more and what has come is drawn."""
    page.wait_for_timeout(1_000)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextmanager
def _service(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "aniworld_dl", "serve", "--demo", "--port", "0"]
    command += ["--download-dir", str(folder / "downloads"), "--data-dir", str(folder / "data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith(_START))
        yield line.removeprefix(_START).strip()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
