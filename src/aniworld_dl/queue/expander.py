"""Turns the series addresses of jobs into episodes, beside the downloads, so that adding a job waits for no site."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError, NeedsPersonError, NoEpisodesError, StalledError
from aniworld_dl.limits import Limiter
from aniworld_dl.net.address import without_query
from aniworld_dl.queue.containment import contain
from aniworld_dl.queue.persistence import persist
from aniworld_dl.queue.versions import wish_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.model import EpisodeRef
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.store import Expansion, Store
    from aniworld_dl.queue.supervisor import Supervisor
    from aniworld_dl.queue.transitions import Transitions

_AT_A_TIME: Final = 4
TIMEOUT_S: Final = 120.0


class Expander:
    """Lists the episodes behind each waiting series address, a few addresses at a time.

    What goes wrong is recorded with the job, which can be retried. A page that wants to see a person holds the job.
    """

    def __init__(
        self,
        *,
        store: Store,
        transitions: Transitions,
        registry: Registry,
        supervisor: Supervisor,
        clock: Clock,
        settings: Callable[[], Settings],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._store = store
        self._transitions = transitions
        self._registry = registry
        self._supervisor = supervisor
        self._clock = clock
        self._settings = settings
        self._timeout_s = timeout_s
        self._wake = asyncio.Event()
        self._slots = Limiter(_AT_A_TIME)
        self._busy: set[int] = set()

    def wake(self) -> None:
        """Look for work: an address waits."""
        self._wake.set()

    async def run(self) -> None:
        """Expand what waits until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                for expansion in await self._store.pending_expansions():
                    if expansion.id not in self._busy:
                        self._busy.add(expansion.id)
                        group.create_task(self._expand(expansion), name=f"expansion-{expansion.id}")
                await self._wake.wait()

    async def _expand(self, expansion: Expansion) -> None:
        async with self._slots.slot():
            refs = await contain(self._list(expansion), job_id=expansion.job_id)
        await persist(lambda: self._note(expansion, refs), self._clock)
        self._busy.discard(expansion.id)
        self._wake.set()
        self._supervisor.wake()

    async def _note(self, expansion: Expansion, found: Sequence[EpisodeRef] | AniworldDlError) -> None:
        if isinstance(found, AniworldDlError):
            held = isinstance(found, NeedsPersonError)
            await self._transitions.fail_expansion(expansion, found.info(), held=held)
        else:
            await self._transitions.expand(expansion, found)

    async def _list(self, expansion: Expansion) -> Sequence[EpisodeRef]:
        job = await self._store.job(expansion.job_id)
        if job is None:
            return ()
        wish = wish_of(self._settings(), job.language, job.provider)
        url = expansion.ref.url
        try:
            async with asyncio.timeout(self._timeout_s):
                refs = await self._registry.for_url(url, wish.provider).episodes(url, wish)
        except TimeoutError as error:
            raise StalledError(host=without_query(url), timeout_s=self._timeout_s) from error
        if not refs:
            raise NoEpisodesError(url=without_query(url))
        return refs
