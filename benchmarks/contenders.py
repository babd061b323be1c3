"""Who takes part, and by which commands. All of them copy packets; none encodes anything."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aniworld_dl
from tests.tools import ARIA2C, CURL, FFMPEG, YT_DLP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.episode import Episode
    from benchmarks.origin import Origin

CONNECTIONS: Final = 8
"""What every contender is told that knows how to use several; our own default."""

OURS: Final = "aniworld-dl get"
FFMPEG_ALONE: Final = "ffmpeg"
ARIA2C_FFMPEG: Final = "aria2c -j8, ffmpeg"
YT_DLP_8: Final = "yt-dlp -N 8"
ARIA2C_FILE: Final = "aria2c -x8"

_SOURCES: Final = Path(aniworld_dl.__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to fetch, and the empty folder to do it in."""

    episode: Episode
    origin: Origin
    scheme: str
    folder: Path

    def url(self, name: str) -> str:
        """Return the address of one of the episode's files."""
        return self.origin.url(self.scheme, name)

    @property
    def ca_file(self) -> str:
        """The authority to trust."""
        return str(self.origin.ca_file)

    def environment(self) -> dict[str, str]:
        """Return an environment with nothing of the user's own settings in it; everyone gets the same."""
        theirs = ("ANIWORLD_DL_", "XDG_", "PYTHON")  # a Python that may keep no bytecode compiles at every start
        own = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
        path = os.pathsep.join(filter(None, [str(_SOURCES), os.environ.get("PYTHONPATH")]))
        return own | {
            "HOME": str(self.folder),
            "PYTHONPATH": path,
            "SSL_CERT_FILE": self.ca_file,
            "ANIWORLD_DL_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
            "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": str(CONNECTIONS),  # as many as the others are given
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do the job. `result` is a glob of the finished file; empty when the contender makes none."""

    name: str
    commands: Callable[[Task], list[list[str]]]
    needs: Sequence[str] = field(default=())
    """The names of programs that are not here."""
    result: str = "result.mkv"
    many_connections: bool = True


def playlist_contenders() -> list[Contender]:
    """Return who turns the playlist into a playable file, we first."""
    return [
        Contender(name=OURS, commands=_ours("index.m3u8"), result="out/**/*.mkv"),
        Contender(name=FFMPEG_ALONE, commands=_ffmpeg, many_connections=False),
        Contender(name=ARIA2C_FFMPEG, commands=_aria2c, needs=_missing(ARIA2C.names[0])),
        Contender(name=YT_DLP_8, commands=_yt_dlp, needs=_missing(YT_DLP.names[0])),
        Contender(name="curl --parallel, fetches only", commands=_curl, needs=_missing(CURL.names[0]), result=""),
    ]


def file_contenders(name: str) -> list[Contender]:
    """Return who fetches the episode as the one file `name`. Only we take it apart and prove it afterwards."""
    return [
        Contender(name=OURS, commands=_ours(name), result="out/**/*.mkv"),
        Contender(name=ARIA2C_FILE, commands=_aria2c_file(name), needs=_missing(ARIA2C.names[0]), result=name),
        Contender(
            name="curl, one connection",
            commands=_curl_file(name),
            needs=_missing(CURL.names[0]),
            result=name,
            many_connections=False,
        ),
    ]


def _missing(name: str) -> tuple[str, ...]:
    found = {tool.names[0]: tool.find() for tool in (ARIA2C, CURL)}
    if name == YT_DLP.names[0]:
        return () if _yt_dlp_command() else (name,)
    return () if found[name] else (name,)


def _yt_dlp_command() -> list[str]:
    """Return how to start yt-dlp: the one beside this Python is newer than a distribution's."""
    if importlib.util.find_spec("yt_dlp") is not None:
        return [sys.executable, "-m", "yt_dlp"]
    found = YT_DLP.find()
    return [found] if found else []


def _ours(name: str) -> Callable[[Task], list[list[str]]]:
    return lambda task: [[sys.executable, "-m", "aniworld_dl", "get", task.url(name), "-o", "out"]]


def _ffmpeg(task: Task) -> list[list[str]]:
    return [[FFMPEG.path(), "-v", "error", "-nostdin", "-i", task.url("index.m3u8"), "-c", "copy", "result.mkv"]]


def _aria2c(task: Task) -> list[list[str]]:
    names = ("index.m3u8", *task.episode.segments)
    (task.folder / "urls.txt").write_text("".join(f"{task.url(name)}\n" for name in names))
    fetch = [*_aria2c_quiet(task), f"-j{CONNECTIONS}", "-i", "urls.txt"]
    return [fetch, [FFMPEG.path(), "-v", "error", "-nostdin", "-i", "index.m3u8", "-c", "copy", "result.mkv"]]


def _aria2c_file(name: str) -> Callable[[Task], list[list[str]]]:
    split = [f"-x{CONNECTIONS}", f"-s{CONNECTIONS}", "-k1M"]
    return lambda task: [[*_aria2c_quiet(task), *split, task.url(name)]]


def _aria2c_quiet(task: Task) -> list[str]:
    quiet = ["--no-conf", "--quiet", "--summary-interval=0", "--file-allocation=none"]
    return [ARIA2C.path(), *quiet, f"--ca-certificate={task.ca_file}"]


def _yt_dlp(task: Task) -> list[list[str]]:
    quiet = ["--ignore-config", "--no-cache-dir", "--quiet", "--no-progress", "--compat-options", "no-certifi"]
    out = ["--remux-video", "mkv", "-o", "result.%(ext)s"]
    return [[*_yt_dlp_command(), *quiet, "-N", str(CONNECTIONS), *out, task.url("index.m3u8")]]


def _curl(task: Task) -> list[list[str]]:
    lines = [f'url = "{task.url(name)}"\noutput = "{name}"\n' for name in task.episode.segments]
    (task.folder / "urls.txt").write_text("".join(lines))
    fetch = [CURL.path(), "-q", "-sS", "--fail", "--cacert", task.ca_file]
    return [[*fetch, "--parallel", "--parallel-max", str(CONNECTIONS), "-K", "urls.txt"]]


def _curl_file(name: str) -> Callable[[Task], list[list[str]]]:
    fetch = [CURL.path(), "-q", "-sS", "--fail"]
    return lambda task: [[*fetch, "--cacert", task.ca_file, "-O", task.url(name)]]
