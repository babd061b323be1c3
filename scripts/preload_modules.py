"""Write into the page which modules it needs at first, so that browsers fetch them at once and not import by import.

python -m scripts.preload_modules            write the list in `frontend/index.html` anew
python -m scripts.preload_modules --check    only say whether it is right

The list is that of `check_weight.first_modules`.
"""

from __future__ import annotations

import re
import sys
from typing import Final

from scripts.check_weight import FRONTEND, first_modules

PAGE: Final = FRONTEND / "index.html"
_EARLY: Final = "app/live.js"
_LIST: Final = re.compile(r'(?: *<link rel="modulepreload" href="[^"]+">\n)+')


def main() -> int:
    """Write or check; the exit code is 1 when the list is not right."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = with_preloads(text)
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if text != wanted:
        print("frontend/index.html lists other modules: python -m scripts.preload_modules", file=sys.stderr)
    return int(text != wanted)


def with_preloads(page: str) -> str:
    """Return the page with the list as it must be: first what begins before all the others are here."""
    early = first_modules(FRONTEND, _EARLY)
    names = sorted(early) + sorted(first_modules(FRONTEND) - early)
    links = "".join(f'    <link rel="modulepreload" href="{name}">\n' for name in names)
    return _LIST.sub(lambda _: links, page, count=1)


if __name__ == "__main__":
    sys.exit(main())
