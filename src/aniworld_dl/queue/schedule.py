"""Applies the weekly schedule: sets the limit over everything, and closes the queue for a full stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.clock import wait_for
from aniworld_dl.queue.closures import Closure
from aniworld_dl.schedule import Spell, machine_wall, parse_rule, spell_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.limits import Throttle
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.closures import Closures
    from aniworld_dl.schedule import Wall

_LONGEST_REST_S: Final = 30.0
"""How long the time is not looked at: it may be set anew meanwhile, or the machine sleep."""


class Schedule:
    """Sleeps until another rule holds. `changed` says that the settings are others."""

    def __init__(
        self,
        *,
        clock: Clock,
        whole: Throttle,
        closures: Closures,
        announcer: Announcer,
        settings: Callable[[], Settings],
        wall: Wall = machine_wall,
    ) -> None:
        self._clock = clock
        self._whole = whole
        self._closures = closures
        self._announcer = announcer
        self._settings = settings
        self._wall = wall
        self._spell = Spell()
        self._stopped = False
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Take over changed settings: they are in force when this returns, the limit in its first step."""
        self._changed.set()
        await self.apply()

    async def apply(self) -> None:
        """Make true what holds now."""
        self._look()
        if self._spell.stopped != self._stopped:
            self._stopped = self._spell.stopped
            if self._stopped:
                await self._closures.close(Closure.OUTSIDE_SCHEDULE)
            else:
                self._closures.open(Closure.OUTSIDE_SCHEDULE)
            await self._announcer.tell_waiting()

    async def run(self) -> None:
        """Apply each rule in time, until cancelled."""
        while True:
            self._changed.clear()
            await self.apply()
            until = self._spell.until
            rest_s = _LONGEST_REST_S if until is None else min(until - self._clock.time(), _LONGEST_REST_S)
            await wait_for(self._changed, self._clock, max(rest_s, 0.0))

    def _look(self) -> None:
        settings = self._settings()
        rules = [parse_rule(rule) for rule in settings.bandwidth_schedule]
        spell = self._spell = spell_at(rules, self._clock.time(), self._wall)
        limit = settings.bandwidth_limit_bytes_per_s
        if spell.rule is not None and not spell.stopped:
            limit = spell.rule.effect.limit_bytes_per_s
        if limit != self._whole.bytes_per_s:
            self._whole.set_rate(limit)
        self._announcer.tell_spell(spell if rules else None, limit)
