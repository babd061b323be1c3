"""Install the programs that the tests drive: a Chromium, nginx, ffmpeg and Node.js, from the distribution's packages.

By npm, in the versions that `tests/node` names: a type checker, and an examiner of accessibility.

With `--benchmarks`: what the benchmarks need, nginx and ffmpeg, and whom they compare us with, aria2 and curl.

What is found already is left alone. Where nothing can be installed, this says by which command to do it, and fails;
without one of those it compares us with it goes on, and the benchmarks say who is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.tools import ALL, ARIA2C, CURL, FFMPEG, NGINX, NODE_FOLDER, NPM, Tool

NODE_PACKAGES = Path(__file__).resolve().parent.parent / "tests" / "node"


def main(arguments: Sequence[str]) -> int:
    """Install what is missing and return the exit status."""
    if "--benchmarks" not in arguments:
        return _provide(ALL) or _provide_packages()
    status = _provide((NGINX, FFMPEG))
    _provide((ARIA2C, CURL))
    return status


def _provide(tools: Sequence[Tool]) -> int:
    missing = [tool for tool in tools if tool.find() is None]
    if not missing:
        return 0
    prefix = _prefix()
    if prefix is None:
        return _give_up(missing, "this needs apt-get, and root or sudo without a password")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if not _run([*prefix, "apt-get", "update", "-q"], environment):
        return _give_up(missing, "apt-get update failed")
    for tool in missing:
        print(f"Installing {tool.names[0]} ...", flush=True)
        install = [*prefix, "apt-get", "install", "-q", "-y", "--no-install-recommends"]
        if not any(_run([*install, package], environment) for package in tool.packages):
            return _give_up([tool], "apt-get could not install it")
    still_missing = [tool for tool in missing if tool.find() is None]
    return _give_up(still_missing, "not on PATH after the installation") if still_missing else 0


def _provide_packages() -> int:
    """Install what `tests/node` names, from its lock file alone: npm compares every archive with its digest there."""
    wanted = NODE_PACKAGES / "package-lock.json"
    installed = NODE_FOLDER / "package-lock.json"
    complete = NODE_FOLDER / "node_modules" / ".package-lock.json"
    if complete.is_file() and installed.is_file() and installed.read_bytes() == wanted.read_bytes():
        return 0
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(NODE_PACKAGES / name, NODE_FOLDER)
    print("Installing typescript and axe-core ...", flush=True)
    command = [
        NPM.path(),
        "ci",
        "--prefix",
        str(NODE_FOLDER),
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
    ]
    if _run(command, None):
        return 0
    installed.unlink()
    print("error: npm could not install what tests/node/package.json names.", file=sys.stderr)
    return 1


def _prefix() -> list[str] | None:
    """Return what must stand before `apt-get`, None when it cannot be used."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], None):
        return ["sudo", "-n"]
    return None


def _run(command: list[str], environment: dict[str, str] | None) -> bool:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{' '.join(command)}: {done.stderr.strip()[-500:]}", file=sys.stderr)
    return done.returncode == 0


def _give_up(tools: list[Tool], reason: str) -> int:
    names = ", ".join(tool.names[0] for tool in tools)
    packages = " ".join(tool.packages[0] for tool in tools)
    print(f"error: {names} cannot be installed: {reason}.", file=sys.stderr)
    print(f"       On Debian or Ubuntu: sudo apt-get install {packages}", file=sys.stderr)
    print(f"       Elsewhere: install {names} so that they are on PATH.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
