"""Write `requirements/*.txt`: every package that is installed, in one version, each archive with its digest.

`base` is the program alone, `runtime` has all extras that are for users, `test` those for who works on it, and `build`
is what makes a wheel. For all systems and all supported versions of Python at once.

`--upgrade` takes the newest versions that `pyproject.toml` allows; without it only what is missing or no longer allowed
changes.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
NOT_SHIPPED = ("test", "bench")
"""Extras for who works on it."""


def main(arguments: Sequence[str]) -> int:
    """Write all of them and return the exit status."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = "\n".join(project["build-system"]["requires"])
    if _compile(["-"], "build", arguments, build):
        return 1
    shipped = [extra for extra in project["project"]["optional-dependencies"] if extra not in NOT_SHIPPED]
    sets = {"base": [], "runtime": shipped, "test": ["test", "bench"]}
    for name, extras in sets.items():
        given = [option for extra in extras for option in ("--extra", extra)]
        if _compile(["pyproject.toml", *given], name, arguments):
            return 1
    return 0


def _compile(what: Sequence[str], name: str, arguments: Sequence[str], text: str | None = None) -> int:
    target = ROOT / "requirements" / f"{name}.txt"
    command = [sys.executable, "-m", "uv", "--quiet", "pip", "compile", *what, *arguments]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-emit-index-url"]
    command += ["--custom-compile-command", "make lock", "--output-file", str(target)]
    return subprocess.run(command, cwd=ROOT, input=text, text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
