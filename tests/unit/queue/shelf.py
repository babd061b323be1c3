"""A history over the queue of a desk: what its tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.model import Figures
from aniworld_dl.queue.history import History
from aniworld_dl.queue.store import Details
from tests.unit.queue.lookups import move_episode

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, Status
    from aniworld_dl.queue.sqlite import SqliteStore
    from tests.unit.queue.desk import Desk

FIGURES = Figures(
    provider="direct",
    host="a.example",
    bytes_by_host={"a.example": 900, "b.example": 100},
    fetched_bytes=1000,
    wasted_bytes=200,
    segments_retried=3,
    fetching_s=4.0,
)


class Shelf:
    """A history, and the settings that it looks at."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.settings = settings
        self.history = History(
            database=desk.store.database,
            transitions=desk.transitions,
            clock=desk.clock,
            settings=lambda: self.settings,
        )

    def change(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)


async def run_one(store: SqliteStore, after: Status, now: float = 10.0, **details: Any) -> Episode:
    """Let the next episode run for five seconds and move on."""
    claimed = await store.claim(now=now - 5)
    assert claimed is not None
    moved = await move_episode(store, claimed.id, after, now=now, details=Details(**details))
    assert moved is not None
    return moved.episode


async def timeline(shelf: Shelf, episode_id: int, **page: Any) -> list[dict[str, Any]]:
    answer = await shelf.history.timeline(episode_id, **{"limit": 100, "cursor": None, **page})
    return answer["items"]  # type: ignore[no-any-return]


async def page(shelf: Shelf, **query: Any) -> dict[str, Any]:
    return await shelf.history.page(**{"statuses": None, "q": None, "limit": 100, "cursor": None, **query})
