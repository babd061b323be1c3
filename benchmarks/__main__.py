"""`python -m benchmarks`: all of it in some minutes; see docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.auto import auto
from benchmarks.connects import connects
from benchmarks.episode import FILE, FULL_SEGMENTS, MP4_FILE, QUICK_SEGMENTS, make_episode
from benchmarks.kills import kill_at_random
from benchmarks.limits import limits
from benchmarks.memory_and_lag import memory_and_lag
from benchmarks.page import page
from benchmarks.queue_kills import kill_queue_at_random
from benchmarks.scale import scale
from benchmarks.subscribers import subscribers
from benchmarks.whole_job import file_job, held_job, limited_job, whole_job
from benchmarks.write_kills import kill_at_every_write
from tests.tools import FFMPEG, NGINX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.episode import Episode

SUBJECTS: Final = (
    *("tls", "plain", "limited", "file", "mp4", "held"),
    *("limits", "auto", "service", "scale", "subscribers", "connects", "page", "kills", "queue-kills"),
)


def main() -> int:
    """Run what is asked for and return the exit status."""
    parser = _parser()
    options = parser.parse_args()
    if unknown := set(options.subjects).difference(SUBJECTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    if missing := [tool for tool in (NGINX, FFMPEG) if tool.find() is None]:
        names = ", ".join(tool.names[0] for tool in missing)
        print(f"error: {names} not on PATH: python scripts/install_test_tools.py --benchmarks", file=sys.stderr)
        return 1
    _print_machine()
    options.cache.mkdir(parents=True, exist_ok=True)
    episode = make_episode(options.cache, FULL_SEGMENTS if options.full else QUICK_SEGMENTS)
    for subject in options.subjects or SUBJECTS:
        _measure(subject, episode, options)
    return 0


def _measure(subject: str, episode: Episode, options: argparse.Namespace) -> None:
    def short() -> Episode:
        """Many at a time need room on the RAM disk for all of them."""
        return make_episode(options.cache, QUICK_SEGMENTS)

    subjects: Mapping[str, Callable[[], None]] = {
        "tls": lambda: whole_job(episode, runs=options.runs, scheme="https"),
        "plain": lambda: whole_job(episode, runs=options.runs, scheme="http"),
        "limited": lambda: limited_job(episode, runs=options.runs, rate_bytes_per_s=options.rate),
        "file": lambda: file_job(episode, runs=options.runs, name=FILE),
        "mp4": lambda: file_job(episode, runs=options.runs, name=MP4_FILE),
        "held": lambda: held_job(episode, runs=options.runs, name=FILE),
        "limits": lambda: limits(short()),
        "auto": lambda: auto(episode, rate_bytes_per_s=options.rate),
        "service": lambda: memory_and_lag(short(), episode),
        "scale": scale,
        "subscribers": lambda: subscribers(episode),
        "connects": lambda: connects(short()),
        "page": lambda: page(episode, jobs=options.jobs, each=options.each),
        "kills": lambda: (
            kill_at_every_write() if options.every_write else kill_at_random(options.kills or 100, options.seed)
        ),
        "queue-kills": lambda: kill_queue_at_random(options.kills or 200, options.seed),
    }
    subjects[subject]()


def _print_machine() -> None:
    python, cores, load = platform.python_version(), os.cpu_count(), os.getloadavg()[0]
    print(f"{platform.platform()}, {cores} cores, load {load:.1f} at the start, Python {python}")
    version = subprocess.run([FFMPEG.path(), "-version"], capture_output=True, text=True, check=True).stdout
    print(version.partition(" Copyright")[0], flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"{', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--full", action="store_true", help="740 MB in 240 segments, not 185 MB in 60")
    parser.add_argument("--runs", type=int, default=3, help="of each contender, in turn (default 3)")
    parser.add_argument("--rate", type=int, default=2_000_000, help="bytes per second of a slow connection")
    parser.add_argument("--jobs", type=int, default=500, help="in the queue that the page shows (default %(default)s)")
    parser.add_argument("--each", type=int, default=20, help="episodes of each of these (default %(default)s)")
    parser.add_argument("--kills", type=int, help="how often is killed (default: kills 100, queue-kills 200)")
    parser.add_argument("--every-write", action="store_true", help="kills: at every change on disk, not at random")
    parser.add_argument("--seed", type=int, default=1, help="for the moments of the kills (default %(default)s)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "aniworld-dl-benchmarks",
        help="where generated episodes are kept (default %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
