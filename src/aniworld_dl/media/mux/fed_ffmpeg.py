"""An ffmpeg that reads what is written for it: meanwhile through pipes, or afterwards from files."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aniworld_dl.errors import MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.mux.pipes import PipeOutlet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.mux.pipes import Outlet


async def run_fed(
    ffmpeg: Ffmpeg,
    arguments: Sequence[str],
    outlets: Sequence[Outlet],
    hand_over: Callable[[], Awaitable[None]],
    *,
    timeout_s: float,
    cwd: Path,
    on_complaint: Callable[[str], None] | None = None,
) -> None:
    """Run ffmpeg on what `hand_over` writes to the outlets, and close them, whatever ends it.

    `hand_over` closes an outlet when it has written all of it. Otherwise as `run_ffmpeg`.

    Raises:
        MuxError: ffmpeg ended with an error, or before it had read everything.
        StorageError: it hangs or was killed, or what `hand_over` raises.
    """
    supply = _Supply(outlets, hand_over)
    try:
        await supply.write_files()
        await run_ffmpeg(ffmpeg, arguments, timeout_s=timeout_s, cwd=cwd, on_complaint=on_complaint, feeding=supply)
        if supply.was_cut:
            raise MuxError(reason="ffmpeg ended before it had read everything")
    finally:
        for outlet in outlets:
            outlet.close()


class _Supply:
    """Feeds a running ffmpeg through pipes (`ffmpeg.Feeding`); files it writes before."""

    def __init__(self, outlets: Sequence[Outlet], hand_over: Callable[[], Awaitable[None]]) -> None:
        self._outlets = outlets
        self._pipes = [outlet for outlet in outlets if isinstance(outlet, PipeOutlet)]
        self._hand_over = hand_over

    @property
    def was_cut(self) -> bool:
        """Whether there was more to write when ffmpeg ended: that, or its end of a pipe, comes first by chance."""
        return not all(pipe.is_closed for pipe in self._pipes)

    async def write_files(self) -> None:
        """Write everything now, unless there are pipes to wait for."""
        if not self._pipes:
            await self._hand_over()

    def descriptors(self) -> Sequence[int]:
        """Return the reading ends of the pipes."""
        return [pipe.reader for pipe in self._pipes]

    async def run(self) -> int:
        """Write everything into the pipes."""
        for pipe in self._pipes:
            pipe.handed_over()
        if self._pipes:
            with suppress(BrokenPipeError):  # ffmpeg has ended: its status says why, if it is not 0
                await self._hand_over()
        return sum(outlet.sent_bytes for outlet in self._outlets)
