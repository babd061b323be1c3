"""Make sure that the built wheel is whole: `check_wheel.py FOLDER` looks into the only wheel of a folder.

Every file of the package and of the page must be inside; without the schema or the page an installation would start
and then fail.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
NEEDED: Final = ("aniworld_dl/frontend/index.html", "aniworld_dl/__main__.py")


def main(folder: Path) -> int:
    """Print what is missing and return the exit status."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    wanted = set(NEEDED) | _below(ROOT / "src" / "aniworld_dl") | _below(ROOT / "frontend")
    missing = sorted(wanted - inside)
    if not any(name.endswith(".sql") for name in inside):
        missing.append("any .sql file")
    for name in missing:
        print(f"error: {wheel.name} lacks {name}", file=sys.stderr)
    if not missing:
        print(f"{wheel.name}: {len(inside)} files, {wheel.stat().st_size / 1024:.0f} KiB, whole")
    return 1 if missing else 0


def _below(folder: Path) -> set[str]:
    prefix = "aniworld_dl/frontend" if folder.name == "frontend" else "aniworld_dl"
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
