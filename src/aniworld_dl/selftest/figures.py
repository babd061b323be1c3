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


async def take_figures() -> Figures:
    """Return what this process holds now."""
    tasks = len(asyncio.all_tasks())
    handles, memory_bytes = await asyncio.to_thread(_of_process)
    return Figures(tasks=tasks, handles=handles, memory_bytes=memory_bytes)


def _of_process() -> tuple[int, int]:
    process = psutil.Process()
    count = getattr(process, "num_handles" if sys.platform == "win32" else "num_fds")
    return count(), process.memory_info().rss
