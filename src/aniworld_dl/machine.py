"""How much of this machine is in use: processors, memory, disk."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The machine since the last look. Shares are parts of the whole machine, from 0 to 1."""

    busy: float
    """Of all processors."""
    by_others: float
    """Of all processors, by programs that are not ours."""
    disk_wait: float
    """Processors that only wait for disks; 0 where the system does not say."""
    free_memory_bytes: int
    free_memory: float
    free_disk_bytes: int | None
    """Where downloads go; None when it cannot be read."""


class Machine:
    """Reads the load since the last time it was read. Its method blocks for some milliseconds."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._process = psutil.Process()
        self._own_s = self._own_time_s()
        self._at = clock.monotonic()
        psutil.cpu_times_percent(interval=None)

    def load(self) -> Load:
        """Return the load since the last call, or since it was made."""
        times = psutil.cpu_times_percent(interval=None)
        disk_wait = getattr(times, "iowait", 0.0) / 100
        busy = max(1 - times.idle / 100 - disk_wait, 0.0)
        memory = psutil.virtual_memory()
        return Load(
            busy=busy,
            by_others=max(busy - self._own_share(), 0.0),
            disk_wait=disk_wait,
            free_memory_bytes=memory.available,
            free_memory=memory.available / memory.total,
            free_disk_bytes=self._free_disk_bytes(),
        )

    def _own_share(self) -> float:
        own_s, at = self._own_time_s(), self._clock.monotonic()
        used_s, seen_s = own_s - self._own_s, at - self._at
        self._own_s, self._at = own_s, at
        # an ffmpeg that has ended takes its time along
        return max(used_s, 0.0) / max(seen_s, 1e-3) / (psutil.cpu_count() or 1)

    def _own_time_s(self) -> float:
        total_s = 0.0
        for process in [self._process, *self._process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # it has ended meanwhile
                times = process.cpu_times()
                total_s += times.user + times.system
        return total_s

    def _free_disk_bytes(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None
