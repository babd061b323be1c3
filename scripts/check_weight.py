"""Weigh the page as browsers get it: compressed as the service compresses it, in kB (1000 bytes).

What is loaded before anything is shown must stay below 150 kB: the page, its styles, icons and words, and every module
that `main.js` imports. What is fetched afterwards (views, the chart) is told beside it; the player counts nowhere.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from aniworld_dl.api.packing import pack

FRONTEND: Final = Path(__file__).resolve().parent.parent / "frontend"
MOST_BYTES: Final = 150_000
_PLAYER: Final = "vendor/hls.js"
_START: Final = "app/main.js"
_SPRITE: Final = "vendor/icons.svg"
_LINKED: Final = re.compile(r'(?:href|src)="([^"]+\.(?:css|js|svg|webmanifest))"')
_IMPORTED: Final = re.compile(r"""(?:\bfrom|^import) ?['"](\.\.?/[^'"]+\.js)['"]""", re.MULTILINE)
_FETCHED: Final = re.compile(r"""\bimport\(['"](\.\.?/[^'"]+\.js)['"]\)""")


def main() -> int:
    """Print the weights and return the exit status."""
    first, later = loaded(FRONTEND)
    weight = sum(first.values())
    print(
        f"the page weighs {weight / 1000:.1f} kB ({len(first)} files) before anything is shown, at most "
        f"{MOST_BYTES / 1000:.0f} kB; {sum(later.values()) / 1000:.1f} kB ({len(later)} files) are fetched afterwards"
    )
    return 1 if weight > MOST_BYTES else 0


def loaded(frontend: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return the compressed sizes of what is loaded at first, and of what is fetched later, by name."""
    page = (frontend / "index.html").read_text(encoding="utf-8")
    catalogue = max(frontend.glob("i18n/*.json"), key=lambda path: len(pack(path)))
    first = {"index.html", _SPRITE, catalogue.relative_to(frontend).as_posix(), *_LINKED.findall(page)}
    everything = _reached(frontend, [_START], _IMPORTED, _FETCHED)
    first |= first_modules(frontend)
    return _weights(frontend, first), _weights(frontend, everything - first - {_PLAYER})


def first_modules(frontend: Path, start: str = _START) -> set[str]:
    """Return the modules that are loaded before anything is shown, or that this one of them needs."""
    return _reached(frontend, [start], _IMPORTED)


def _reached(frontend: Path, names: list[str], *patterns: re.Pattern[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        path = frontend / name
        text = path.read_text(encoding="utf-8")
        addresses = [address for pattern in patterns for address in pattern.findall(text)]
        waiting += [
            (path.parent / address).resolve().relative_to(frontend.resolve()).as_posix() for address in addresses
        ]
    return found


def _weights(frontend: Path, names: set[str]) -> dict[str, int]:
    return {name: len(pack(frontend / name)) for name in sorted(names)}


if __name__ == "__main__":
    sys.exit(main())
