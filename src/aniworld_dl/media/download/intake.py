"""From the network to the disk: counted, throttled, collected in memory, and written in a thread in large pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.disk import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.limits import Shares, Throttle
    from aniworld_dl.media.download.progress import Attempt


class Intake:
    """Takes the chunks of one body. `write` gets them in a thread, never two at a time."""

    def __init__(
        self, write: Callable[[list[bytes]], None], attempt: Attempt, *, throttle: Throttle, buffers: Shares
    ) -> None:
        self._write = write
        self._attempt = attempt
        self._throttle = throttle
        self._buffers = buffers
        self._held_bytes = 0
        self.held: list[bytes] = []
        """What has not been written yet."""

    async def take(self, chunk: bytes) -> None:
        """Take the next bytes; waits for the throttle and, when enough have come together, for the disk.

        Bytes count when the throttle lets them pass: they come in larger pieces than a low limit has room for.
        """
        await self._throttle.take(len(chunk), self._attempt.add)
        self.held.append(chunk)
        self._held_bytes += len(chunk)
        if self._held_bytes >= self._buffers.each():
            held, self.held, self._held_bytes = self.held, [], 0
            await in_thread(self._write, held)
