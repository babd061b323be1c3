"""The audit trail: written beside what it is about, which waits for none of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.access.records import Deed
from aniworld_dl.clock import Steadiness, wait_for
from aniworld_dl.errors import StorageError
from aniworld_dl.logs import get_logger
from aniworld_dl.queue.views import page_view, time_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.access.callers import Caller
    from aniworld_dl.access.records import Records
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings

_WAITING: Final = 10_000
"""More than so many that could not be written yet are dropped, the oldest first."""
_GATHERED_S: Final = 0.25
"""Deeds of so long are written together: a commit for each would hold up what they are about."""
_SWEPT_EVERY_S: Final = 3600.0
_AGAIN_AFTER_S: Final = 10.0
_DAY_S: Final = 86_400.0
_LONGEST: Final = 200

_log = get_logger(__name__)


class Trail:
    """Keeps who changed what, for as long as `audit_days` says."""

    def __init__(self, records: Records, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._records = records
        self._clock = clock
        self._steadiness = Steadiness(clock)
        self._settings = settings
        self._waiting: deque[Deed] = deque(maxlen=_WAITING)
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def add(
        self, caller: Caller, address: str, action: str, targets: Mapping[str, Any] | None = None, outcome: str = "ok"
    ) -> None:
        """Note what somebody did; it is written soon."""
        deed = Deed(
            at=self._clock.time(),
            name=caller.name[:_LONGEST],
            way=caller.way,
            address=address[:_LONGEST],
            action=action[:_LONGEST],
            targets=dict(targets or {}),
            outcome=outcome,
        )
        self._waiting.append(deed)
        self._wake.set()

    async def run(self) -> None:
        """Write what is noted, and forget what is old, until cancelled."""
        swept = -_SWEPT_EVERY_S
        pause_s = _SWEPT_EVERY_S
        while True:
            pause_before_s, pause_s = pause_s, _SWEPT_EVERY_S
            try:
                await self.flush()
                if self._clock.monotonic() - swept >= _SWEPT_EVERY_S and self._steadiness.holds():
                    await self._records.forget_deeds(self._clock.time() - self._settings().audit_days * _DAY_S)
                    swept = self._clock.monotonic()
            except StorageError as error:  # a full disk stops no download by this; damage is watched for elsewhere
                if pause_before_s != _AGAIN_AFTER_S:
                    _log.warning("audit_postponed", code=error.code, waiting=len(self._waiting))
                pause_s = _AGAIN_AFTER_S
                self._wake.clear()
            await wait_for(self._wake, self._clock, pause_s)
            if self._waiting:
                await self._clock.sleep(_GATHERED_S)

    async def flush(self) -> None:
        """Write what is noted.

        Raises:
            StorageError: the disk refuses; nothing noted is lost.
        """
        async with self._one_at_a_time:
            self._wake.clear()
            deeds = list(self._waiting)
            if deeds:
                await self._records.add_deeds(deeds)
            for _ in deeds:
                self._waiting.popleft()

    async def aclose(self) -> None:
        """Write what is noted; what the disk refuses now is lost."""
        with contextlib.suppress(StorageError):
            await self.flush()

    async def page(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of what was done, the latest first; what was just done too.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
            StorageError: the database cannot be read.
        """
        await self.flush()
        return page_view(await self._records.deeds(limit=limit, cursor=cursor), deed_view)


def deed_view(deed: Deed) -> dict[str, Any]:
    """Return the public shape."""
    return {
        "id": deed.id,
        "at": time_view(deed.at),
        "name": deed.name,
        "way": deed.way.value,
        "address": deed.address,
        "action": deed.action,
        "targets": dict(deed.targets),
        "outcome": deed.outcome,
    }
