"""An episode that waits for a better language, as clients are shown it."""

from __future__ import annotations

from typing import Any

from aniworld_dl.errors import NotFoundError
from aniworld_dl.model import Status
from tests.fakes.views import episode_view

_ERROR = {"code": "http_status", "params": {"host": "a.example", "status": 404}, "text": "a.example answered 404"}
_TAKEN = {
    "language": "German Sub",
    "provider": "VOE",
    "instead_of_language": "German Dub",
    "instead_of_provider": None,
    "text": "German Sub by VOE instead of German Dub",
}
_STANDING = {
    "wanted": "German Dub",
    "since": "2026-01-31T18:00:00Z",
    "until": "2026-04-30T18:00:00Z",
    "next_at": "2026-02-01T00:00:00Z",
    "looks": 0,
    "error": None,
    "text": "waits for German Dub",
}


class FakeVersions:
    """One episode, 1, that waits for a better language."""

    def providers(self) -> list[dict[str, Any]]:
        voe = {"source": "voe", "score": 0.13, "successes": 0, "failures": 3, "worked_at": None}
        return [{"name": "demo", "sources": [{**voe, "failed_at": "2026-01-31T18:00:00Z", "error": _ERROR}]}]

    async def sources(self, episode_id: int) -> dict[str, Any]:
        self._check(episode_id)
        failed = {"attempt": 1, "at": "2026-01-31T18:00:00Z", "provider": "demo", "source": "VOE", "language": None}
        return {"id": 1, "taken": _TAKEN, "standing": _STANDING, "failed": [{**failed, "error": _ERROR}]}

    async def waiting(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        return {"items": [{"anime_title": "A", **self._episode(_STANDING)}], "next_cursor": cursor, "total": limit}

    async def wait_for_better(self, episode_id: int) -> dict[str, Any]:
        self._check(episode_id)
        return self._episode(_STANDING)

    async def end_waiting(self, episode_id: int) -> dict[str, Any]:
        self._check(episode_id)
        return self._episode(None)

    def _episode(self, standing: dict[str, Any] | None) -> dict[str, Any]:
        return {**episode_view(1, 1, 0, "https://a.example/1", Status.COMPLETED), "taken": _TAKEN, "standing": standing}

    def _check(self, episode_id: int) -> None:
        if episode_id not in {1, 1000}:
            raise NotFoundError(what="episode", id=episode_id)
