"""The page's pure modules, by node's own test runner; they need neither a browser nor a package."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.tools import NODE

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = sorted((ROOT / "tests" / "web").glob("*.test.mjs"))
LIMIT_S: Final = 60.0


def test_there_are_tests_to_run() -> None:
    assert MODULES


@pytest.mark.timeout(LIMIT_S + 10)
def test_the_pure_modules_do_what_their_tests_say() -> None:
    """Each file of tests/web passes; what failed is the message."""
    command = [NODE.path(), "--test", *(str(path) for path in MODULES)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
