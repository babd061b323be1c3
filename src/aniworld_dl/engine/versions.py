"""Which versions of episodes were taken, which better ones they wait for, and how their sources do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aniworld_dl.model import Selection
from aniworld_dl.queue.version_views import health_view, sources_view

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.control import Control
    from aniworld_dl.queue.source_book import SourceBook
    from aniworld_dl.queue.standing import StandingWishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What users ask and want of versions and sources; all in the public shapes of `docs/api.md`."""

    registry: Registry
    control: Control
    announcer: Announcer
    standing: StandingWishes
    book: SourceBook
    clock: Clock

    def providers(self) -> list[dict[str, Any]]:
        """Return the installed providers, each with how its sources do, those that do worst first."""
        known = self.book.all_health(self.clock.time())
        return [
            {"name": name, "sources": health_view([each for each in known if each.provider == name])}
            for name in self.registry.names()
        ]

    async def sources(self, episode_id: int) -> dict[str, Any]:
        """Return which source of an episode was taken, and why others failed.

        Raises:
            NotFoundError: there is no such episode.
        """
        episode = await self.control.episode(episode_id)
        return sources_view(episode, await self.book.failures(episode_id))

    async def waiting(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of the standing wishes, the next to be looked after first.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        return await self.standing.page(limit=limit, cursor=cursor)

    async def wait_for_better(self, episode_id: int) -> dict[str, Any]:
        """Let a completed episode wait for a better language, and look for that at once.

        Raises:
            NotFoundError: there is no such episode, or nothing better that its job wishes for.
        """
        await self.standing.begin(episode_id)
        return self.announcer.view_episode(await self.control.episode(episode_id))

    async def end_waiting(self, episode_id: int) -> dict[str, Any]:
        """Let an episode wait for nothing any more.

        Raises:
            NotFoundError: there is no such episode.
        """
        await self.control.episode(episode_id)
        await self.standing.end(Selection.of(episodes=[episode_id]))
        return self.announcer.view_episode(await self.control.episode(episode_id))
