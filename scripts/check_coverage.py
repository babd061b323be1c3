"""Hold the parts that everything rests on to full coverage.

`check_coverage.py REPORT`: reads coverage's JSON report. The overall gate (95 %) is coverage's own `fail_under`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

PACKAGE: Final = "src/aniworld_dl"
WHOLE: Final = (
    "model/",
    "limits.py",
    "schedule.py",
    "turns.py",
    "queue/",
    "media/formats/",
    "media/hls/playlist.py",
    "media/proof/continuity.py",
    "media/proof/suspicions.py",
    "media/source/sniff.py",
    "media/store/ledger.py",
)
"""What must be covered whole, branches too; a folder ends with a slash."""


def main(report: Path) -> int:
    """Print how much is covered and what is missing, and return the exit status."""
    found = json.loads(report.read_text(encoding="utf-8"))
    files: dict[str, dict[str, object]] = found["files"]
    print(f"covered: {found['totals']['percent_covered']:.2f} %")
    faults = []
    for wanted in WHOLE:
        matching = {name: entry for name, entry in files.items() if _is_part(name.replace("\\", "/"), wanted)}
        if not matching:
            faults.append(f"{wanted}: not in the report")
        faults += [fault for name, entry in sorted(matching.items()) if (fault := _fault(name, entry))]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    if not faults:
        print(f"covered whole: {', '.join(WHOLE)}")
    return 1 if faults else 0


def _is_part(name: str, wanted: str) -> bool:
    place = f"{PACKAGE}/{wanted}"
    return name.startswith(place) if wanted.endswith("/") else name == place


def _fault(name: str, entry: dict[str, object]) -> str | None:
    lines, branches = entry["missing_lines"], entry.get("missing_branches", [])
    return f"{name}: lines {lines} and branches {branches} are not covered" if lines or branches else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
