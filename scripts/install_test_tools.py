"""Install the programs that the tests drive: a Chromium, nginx and ffmpeg, from the distribution's packages.

What is found already is left alone. Where nothing can be installed, this says by which command to do it, and fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.tools import ALL, Tool


def main() -> int:
    """Install what is missing and return the exit status."""
    missing = [tool for tool in ALL if tool.find() is None]
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
    print(f"error: the tests need {names}: {reason}.", file=sys.stderr)
    print(f"       On Debian or Ubuntu: sudo apt-get install {packages}", file=sys.stderr)
    print(f"       Elsewhere: install {names} so that they are on PATH.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
