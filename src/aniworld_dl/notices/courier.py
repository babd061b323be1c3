"""Brings messages to their targets: one after the other to each, again later when that fails, over restarts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.errors import AniworldDlError, HookFailedError, HookTimeoutError, HttpStatusError, NotFoundError
from aniworld_dl.logs import get_logger
from aniworld_dl.notice_settings import AppriseTarget, HookTarget, JellyfinTarget, PlexTarget, WebhookTarget
from aniworld_dl.notices.senders import Hook, Push, Webhook
from aniworld_dl.notices.servers import Jellyfin, Kodi, Plex
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.views import error_view, time_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.notice_settings import Target
    from aniworld_dl.notices.outbox import Delivery, Outbox, Standing
    from aniworld_dl.notices.senders import Means, Sender

PAUSES_S: Final = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""How long after each failed attempt the next one comes, as Standard Webhooks suggests; after the last none does."""
_LONGEST_ASKED_S: Final = 86400.0
"""A receiver may ask for a longer pause, up to this one."""
_GATHERED_S: Final = 0.25
"""What happens within this time is looked at together."""
_CONDITIONS_EVERY_S: Final = 15.0
_LONGEST_WAIT_S: Final = 2 * 86400.0
"""What is due later than that was postponed by a clock that was wrong: it is tried now."""
_LONGEST_REST_S: Final = 60.0
"""How long what is due later is left alone at most: the system's time may be set anew meanwhile."""

_log = get_logger(__name__)


def sender_of(name: str, target: Target, means: Means) -> Sender:
    """Return what brings messages to a target."""
    if isinstance(target, HookTarget):
        return Hook(name, target, means)
    if isinstance(target, WebhookTarget):
        return Webhook(target, means)
    if isinstance(target, AppriseTarget):
        return Push(name, target, means)
    if isinstance(target, JellyfinTarget):
        return Jellyfin(target, means.errands)
    if isinstance(target, PlexTarget):
        return Plex(name, target, means.errands)
    return Kodi(name, target, means.errands)


class Courier:
    """Works beside the downloads and never holds them up. `changed` says that something may have ended."""

    def __init__(self, outbox: Outbox, targets: Mapping[str, Target], means: Means) -> None:
        self._outbox = outbox
        self._targets = targets
        self._clock = means.clock
        self._errands = means.errands
        self._senders = {name: sender_of(name, target, means) for name, target in targets.items()}
        self._changed = asyncio.Event()
        self._pending = {name: asyncio.Event() for name in targets}

    def changed(self) -> None:
        """Look soon whether there is something to tell."""
        self._changed.set()

    async def open(self) -> None:
        """Put into words what ended before the service did."""
        await self._outbox.open()
        await self._outbox.take_in(self._clock.time())

    async def aclose(self) -> None:
        """Close all connections."""
        await self._errands.aclose()

    # -------------------------------------------------------------------------------------------------------- work

    async def run(self) -> None:
        """Bring what is to be told, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_in(), name="notices-intake")
            if self._targets:
                group.create_task(self._watch_conditions(), name="notices-conditions")
            for name in self._targets:
                group.create_task(self._serve(name), name=f"notices-{name}")

    async def _take_in(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if await persist(lambda: self._outbox.take_in(self._clock.time()), self._clock):
                self._wake()
            await self._clock.sleep(_GATHERED_S)

    async def _watch_conditions(self) -> None:
        while True:
            if await persist(lambda: self._outbox.look_at_conditions(self._clock.time()), self._clock):
                self._wake()
            await self._clock.sleep(_CONDITIONS_EVERY_S)

    def _wake(self) -> None:
        for event in self._pending.values():
            event.set()

    async def _serve(self, name: str) -> None:
        while True:
            self._pending[name].clear()
            delivery = await self._outbox.next(name)
            wait_s = None if delivery is None else delivery.due_at - self._clock.time()
            if delivery is None or (wait_s is not None and 0 < wait_s <= _LONGEST_WAIT_S):
                rest_s = None if wait_s is None else min(wait_s, _LONGEST_REST_S)
                await wait_for(self._pending[name], self._clock, rest_s)
            else:
                await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        error = await self._try(delivery.target, delivery.message)
        await persist(lambda: self._settle(delivery, error), self._clock)

    async def _try(self, name: str, message: dict[str, Any]) -> AniworldDlError | None:
        """Send a message once and return why it has not arrived, None when it has."""
        error = await contain(self._senders[name].send(message))
        if error is None:
            _log.info("notice_arrived", target=name, notice=message["id"], kind=message["type"])
        else:
            _log.warning("notice_failed", target=name, notice=message["id"], code=error.code)
        return error

    async def _settle(self, delivery: Delivery, error: AniworldDlError | None) -> None:
        now = self._clock.time()
        if error is None:
            await self._outbox.arrived(delivery, now=now)
        elif not _may_pass(error) or delivery.attempts >= len(PAUSES_S):
            _log.warning("notice_given_up", target=delivery.target, notice=delivery.message["id"], code=error.code)
            await self._outbox.give_up(delivery, error, now=now)
        else:
            due_at = now + self._pause_s(delivery.attempts, error)
            await self._outbox.postpone(delivery, error, now=now, due_at=due_at)

    def _pause_s(self, attempts: int, error: AniworldDlError) -> float:
        pause_s = PAUSES_S[attempts] * (1 + self._clock.random() / 5)
        asked_s = error.retry_after_s if isinstance(error, HttpStatusError) else None
        return max(pause_s, min(asked_s or 0.0, _LONGEST_ASKED_S))

    # ------------------------------------------------------------------------------------------------------- views

    async def test(self, name: str) -> dict[str, Any]:
        """Send a test to a target, once, and return what came of it: `ok`, and `error` when it has not arrived.

        Raises:
            NotFoundError: there is no such target.
        """
        if name not in self._targets:
            raise NotFoundError(what="target", id=name)
        error = await self._try(name, await self._outbox.trial(self._clock.time()))
        await self._outbox.note_trial(name, error, now=self._clock.time())
        return {"ok": error is None, "error": error_view(None if error is None else error.info())["error"]}

    async def targets(self) -> list[dict[str, Any]]:
        """Return every target with how it goes, in its public shape; never its address."""
        return [self._view(standing) for standing in await self._outbox.standings()]

    def _view(self, standing: Standing) -> dict[str, Any]:
        return {
            "name": standing.name,
            "kind": self._targets[standing.name].kind,
            "pending": standing.pending,
            "next_attempt_at": time_view(standing.next_at),
            "given_up": standing.given_up,
            "last_success_at": time_view(standing.succeeded_at),
            "last_failure_at": time_view(standing.failed_at),
            "error": error_view(standing.error)["error"],
        }


def _may_pass(error: AniworldDlError) -> bool:
    """Tell whether to try again: always but where a hook has been run. What a server refuses may be mended there."""
    return error.retryable or not isinstance(error, (HookFailedError, HookTimeoutError))
