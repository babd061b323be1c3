"""What the HTTP face needs from below. The engine fits; tests may bring something smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Action, Job, JobRequest, Status
    from aniworld_dl.queue.store import Unset


class Hub(Protocol):
    """Where the live messages come from."""

    def subscribe(self, since: int | None = None) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Give ready JSON messages: those after `since` where still known, else a snapshot, then what follows."""
        ...


class Engine(Protocol):
    """The engine as the HTTP face sees it. Dicts are public JSON; errors are `aniworld_dl.errors` leaves."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def hub(self) -> Hub:
        """Live messages."""
        ...

    @property
    def healthy(self) -> bool:
        """False when a task that must run has died."""
        ...

    async def add_job(self, request: JobRequest) -> tuple[Job, bool]:
        """Queue a request; the boolean tells whether it is new (False: its idempotency key was known)."""
        ...

    async def job(self, job_id: int) -> dict[str, Any]:
        """Return one job."""
        ...

    async def episode(self, episode_id: int) -> dict[str, Any]:
        """Return one episode."""
        ...

    async def jobs(
        self, *, statuses: frozenset[Status] | None, q: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Return a page of jobs."""
        ...

    async def episodes(self, job_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return a page of a job's episodes."""
        ...

    async def act_on_job(self, job_id: int, action: Action) -> dict[str, Any]:
        """Pause, resume, cancel, retry or repair a job and return it."""
        ...

    async def act_on_episode(self, episode_id: int, action: Action) -> dict[str, Any]:
        """Pause, resume, cancel, retry or repair an episode and return it."""
        ...

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = ...,
        anime_title: str | None = None,
    ) -> dict[str, Any]:
        """Change what is given and return the job."""
        ...

    async def delete_job(self, job_id: int) -> None:
        """Cancel what runs and forget the job; files stay."""
        ...

    async def set_queue_paused(self, paused: bool) -> None:
        """Pause or resume everything."""
        ...

    async def change_settings(self, changes: dict[str, Any]) -> Settings:
        """Change settings while running."""
        ...

    async def queue_status(self, limit: int = 200) -> dict[str, Any]:
        """Return `active` and `completed` in the original shape."""
        ...

    def stats(self) -> dict[str, Any]:
        """Return the numbers of the whole queue."""
        ...

    def provider_names(self) -> list[str]:
        """Return the installed providers."""
        ...
