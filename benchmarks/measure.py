"""Runs commands as processes of their own and says what they took: time, processor time, memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLED_EVERY_S: Final = 0.05
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a job took. `cpu_s` is user and system time of all its processes, `peak_bytes` their memory together."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


class CommandFailedError(RuntimeError):
    """A measured command ended with an error; the message holds the last of what it wrote."""


def run(commands: Sequence[Sequence[str]], *, cwd: Path, env: Mapping[str, str]) -> Usage:
    """Run commands one after the other and return what they took together.

    Raises:
        CommandFailedError: one of them failed.
    """
    steps = [_run(command, cwd, env) for command in commands]
    return Usage(
        wall_s=sum(step.wall_s for step in steps),
        cpu_s=sum(step.cpu_s for step in steps),
        peak_bytes=max(step.peak_bytes for step in steps),
    )


def middle(usages: Sequence[Usage]) -> Usage:
    """Return the median of each figure."""
    return Usage(
        wall_s=median(usage.wall_s for usage in usages),
        cpu_s=median(usage.cpu_s for usage in usages),
        peak_bytes=round(median(usage.peak_bytes for usage in usages)),
    )


def tree_bytes(pid: int) -> int:
    """Return the resident memory of a process and all its descendants, as /proc has it; 0 where there is none."""
    return sum(resident_bytes(member) for member in _tree(pid))


def resident_bytes(pid: int) -> int:
    """Return the resident memory of one process, 0 when it has ended."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return 0


def cpu_s(pid: int) -> float:
    """Return the user and system time that one process has used so far, as /proc has it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> Iterator[int]:
    yield pid
    # each thread has a list of its own of the children that it started
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _run(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Usage:
    log = cwd / "log.txt"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        with _peak(process.pid) as peak:
            _, status, usage = os.wait4(process.pid, 0)  # with what its own children used, once it has waited for them
        wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        words = log.read_text(errors="replace")[-2000:]
        raise CommandFailedError(f"{' '.join(command)} ended with {process.returncode}: {words}")
    return Usage(wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_bytes=max(peak))


@contextlib.contextmanager
def _peak(pid: int) -> Iterator[list[int]]:
    """Collect the memory of a tree of processes while the block runs, often enough to see its peak."""
    seen = [0]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLED_EVERY_S):
            seen.append(tree_bytes(pid))

    sampler = threading.Thread(target=sample, name="memory", daemon=True)
    sampler.start()
    try:
        yield seen
    finally:
        ended.set()
        sampler.join()
