"""Make the page's icons in `frontend/icons` from `frontend/icon.svg`: drawn by Chromium, in the sizes devices want."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.tools import CHROMIUM

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "frontend" / "icon.svg"
TARGET: Final = ROOT / "frontend" / "icons"
SIZES: Final = {"icon-192.png": 192, "icon-512.png": 512, "maskable-512.png": 512, "apple-touch-icon.png": 180}
_FILLED: Final = frozenset({"maskable-512.png", "apple-touch-icon.png"})
"""Devices cut these into a shape of their own: the ground goes to the edge, the drawing stays in the middle 80 %."""
_GROUND: Final = "#3b5bdb"


def main() -> None:
    """Draw all of them."""
    TARGET.mkdir(exist_ok=True)
    drawing = SOURCE.read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path(), args=["--no-sandbox", "--disable-gpu"])
        for name, size in SIZES.items():
            filled = name in _FILLED
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(_document(drawing, size=size, filled=filled))
            page.screenshot(path=TARGET / name, omit_background=not filled)
            page.close()
            print(f"frontend/icons/{name}")
        browser.close()


def _document(drawing: str, *, size: int, filled: bool) -> str:
    inner = round(size * 0.8) if filled else size
    ground = _GROUND if filled else "transparent"
    return (
        f"<!doctype html><style>body{{margin:0;display:grid;place-items:center;height:{size}px;background:{ground}}}"
        f"svg{{width:{inner}px;height:{inner}px}}</style>{drawing}"
    )


if __name__ == "__main__":
    main()
