"""Check the types of the page's modules: `tsc --checkJs --strict` over a copy of them.

What is vendored is declared in `tests/node/vendor`. Exit status 1 and the complaints where something does not fit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.tools import TSC

ROOT: Final = Path(__file__).resolve().parent.parent
DECLARATIONS: Final = ROOT / "tests" / "node"
COPY: Final = ROOT / "build" / "types"


def main() -> int:
    """Run the compiler and return its exit status."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT / "frontend" / "app", COPY / "frontend" / "app")
    shutil.copytree(DECLARATIONS / "vendor", COPY / "frontend" / "vendor")
    shutil.copy(DECLARATIONS / "tsconfig.json", COPY)
    try:
        compiler = TSC.path()
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return subprocess.run([compiler, "-p", "tsconfig.json"], cwd=COPY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
