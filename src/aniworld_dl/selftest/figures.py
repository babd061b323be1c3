"""What this process holds: tasks, handles, memory."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the process holds now. `handles` are open files and sockets (on Windows: handles)."""

    tasks: int
    handles: int
    memory_bytes: int


def take_figures() -> Figures:
    """Return what this process holds now; takes well under a millisecond."""
    process = psutil.Process()
    count = getattr(process, "num_handles" if sys.platform == "win32" else "num_fds")
    return Figures(tasks=len(asyncio.all_tasks()), handles=count(), memory_bytes=process.memory_info().rss)
