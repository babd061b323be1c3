"""Makes the pictures in docs/images: runs the demo for real and looks at it with Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.tools import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_START: Final = "Listening on "


def main() -> None:
    """Run the demo, wait until three episodes are half way, and take the picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _service(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path(), args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 1040}, device_scale_factor=1.25, locale="en-GB")
        page.goto(address)
        page.wait_for_function(_RUNNING_WELL, timeout=120_000)
        _save(page, "queue.png")
        phone = browser.new_page(viewport={"width": 390, "height": 780}, device_scale_factor=2, locale="de-DE")
        phone.emulate_media(color_scheme="dark")
        phone.goto(address)
        phone.wait_for_function(_RUNNING_WELL, timeout=120_000)
        _save(phone, "phone.png")
        browser.close()


_RUNNING_WELL: Final = """() => {
  const bars = [...document.querySelectorAll('progress')].map((bar) => bar.value / bar.max);
  return bars.filter((share) => share > 0.25 && share < 0.95).length >= 3;
}"""


def _save(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


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
