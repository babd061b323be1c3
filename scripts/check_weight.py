"""Weigh the page as browsers get it: every file it loads, compressed as the service compresses it, without the player.

Prints the weight of each part, and fails above 150 kB.
"""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from pathlib import Path
from typing import Final

FRONTEND: Final = Path(__file__).resolve().parent.parent / "frontend"
MOST_BYTES: Final = 150_000
_PLAYER: Final = frozenset({"vendor/hls.js"})
"""Loaded when something is watched, and only then."""
_SUFFIXES: Final = frozenset({".html", ".js", ".css", ".json", ".svg", ".webmanifest"})


def main() -> int:
    """Print the weights and return the exit status."""
    parts: Counter[str] = Counter()
    for name, weight in weights(FRONTEND).items():
        parts[name.split("/")[0] if "/" in name else "page"] += weight
    total = parts.total()
    shares = ", ".join(f"{part} {weight / 1000:.1f}" for part, weight in parts.most_common())
    print(f"the page weighs {total / 1000:.1f} kB compressed ({shares}); at most {MOST_BYTES / 1000:.0f} kB")
    return 1 if total > MOST_BYTES else 0


def weights(frontend: Path) -> dict[str, int]:
    """Return the compressed size of each file that a page loads, in bytes; of the catalogues the larger one."""
    found = {
        path.relative_to(frontend).as_posix(): len(gzip.compress(path.read_bytes(), 9))
        for path in sorted(frontend.rglob("*"))
        if path.suffix in _SUFFIXES and path.name != "VENDORED.json"
    }
    loaded = {name: weight for name, weight in found.items() if name not in _PLAYER}
    catalogues = sorted((name for name in loaded if name.startswith("i18n/")), key=loaded.__getitem__)
    for name in catalogues[:-1]:
        del loaded[name]
    return loaded


if __name__ == "__main__":
    sys.exit(main())
