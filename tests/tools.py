"""The programs that tests drive, and where to find them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NODE_FOLDER: Final = Path(__file__).resolve().parents[1] / "build" / "node"
"""Where the packages that `tests/node` names are installed."""

_MORE_FOLDERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin")
"""Where servers are installed although a user's PATH may not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program: the names it may have on PATH, and the Debian packages that bring it, first that exists."""

    names: tuple[str, ...]
    packages: tuple[str, ...]

    def find(self) -> str | None:
        """Return its path, None when it is not installed."""
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_MORE_FOLDERS])
        return next((found for name in self.names if (found := shutil.which(name, path=path))), None)

    def path(self) -> str:
        """Return its path.

        Raises:
            FileNotFoundError: it is not installed.
        """
        found = self.find()
        if found is None:
            raise FileNotFoundError(f"no {self.names[0]} on PATH: python scripts/install_test_tools.py installs it")
        return found


CHROMIUM: Final = Tool(
    names=("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    packages=("chromium", "chromium-browser"),
)
NGINX: Final = Tool(names=("nginx",), packages=("nginx-light", "nginx"))
FFMPEG: Final = Tool(names=("ffmpeg",), packages=("ffmpeg",))
NODE: Final = Tool(names=("node", "nodejs"), packages=("nodejs",))
NPM: Final = Tool(names=("npm",), packages=("npm",))
ALL: Final = (CHROMIUM, NGINX, FFMPEG, NODE, NPM)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedTool:
    """A file of a package that npm installs, in the version that `tests/node/package-lock.json` names."""

    name: str
    file: str

    def path(self) -> str:
        """Return its path.

        Raises:
            FileNotFoundError: it is not installed.
        """
        path = NODE_FOLDER / "node_modules" / self.file
        if not path.is_file():
            raise FileNotFoundError(
                f"no {self.name} in {NODE_FOLDER}: python scripts/install_test_tools.py installs it"
            )
        return str(path)


TSC: Final = PackagedTool(name="tsc", file=".bin/tsc")
AXE: Final = PackagedTool(name="axe-core", file="axe-core/axe.min.js")

ARIA2C: Final = Tool(names=("aria2c",), packages=("aria2",))
CURL: Final = Tool(names=("curl",), packages=("curl",))
YT_DLP: Final = Tool(names=("yt-dlp",), packages=("yt-dlp",))
