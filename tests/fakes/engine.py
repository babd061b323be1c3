"""An engine that keeps everything in memory and downloads nothing."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from aniworld_dl.access import Access, Trail
from aniworld_dl.access.passwords import Passwords
from aniworld_dl.config import Settings, changed_settings
from aniworld_dl.engine import Engine
from aniworld_dl.errors import (
    AniworldDlError,
    HttpStatusError,
    InternalError,
    MoveRefusedError,
    NoProviderError,
    NotFoundError,
)
from aniworld_dl.model import Action, Job, JobRequest, Phase, Status
from aniworld_dl.notices.courier import Courier
from aniworld_dl.queue.duplicates import Added
from aniworld_dl.queue.store import UNSET, Unset
from tests.fakes.clock import FakeClock
from tests.fakes.overview import FakeOverview
from tests.fakes.records import MemoryRecords
from tests.fakes.versions import FakeVersions
from tests.fakes.views import episode_view, job_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


_AFTER = dict.fromkeys(Action, Status.QUEUED) | {
    Action.PAUSE: Status.PAUSED,
    Action.CANCEL: Status.CANCELLED,
    Action.START: Status.DOWNLOADING,
}


class FakeHub:
    """Gives a snapshot and whatever is published; knows who listens."""

    def __init__(self) -> None:
        self.seq = 1
        self.since: list[int | None] = []
        self.subscribers: set[asyncio.Queue[str | None]] = set()
        self.changed = asyncio.Event()

    @asynccontextmanager
    async def subscribe(self, since: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.since.append(since)
        self.subscribers.add(queue)
        self._tell()
        queue.put_nowait(self._message("snapshot", jobs={}, episodes={}, settings={}, stats={}))
        try:
            yield _messages(queue)
        finally:
            self.subscribers.discard(queue)
            self._tell()

    def ready(self, since: int | None = None) -> list[str]:
        return [] if since == self.seq else [self._message("snapshot", jobs={}, episodes={}, settings={}, stats={})]

    def publish(self, **patch: Any) -> str:
        self.seq += 1
        message = self._message("patch", **patch)
        for queue in self.subscribers:
            queue.put_nowait(message)
        return message

    def close(self) -> None:
        for queue in self.subscribers:
            queue.put_nowait(None)

    async def until(self, subscribers: int) -> None:
        while len(self.subscribers) != subscribers:
            await self.changed.wait()

    def _message(self, kind: str, **content: Any) -> str:
        return json.dumps({"type": kind, "seq": self.seq, **content})

    def _tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


async def _messages(queue: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    while (message := await queue.get()) is not None:
        yield message


class FakeCourier(Courier):
    """Knows one target, whose last message failed."""

    def __init__(self) -> None:  # the real one's is not called
        pass

    async def targets(self) -> list[dict[str, Any]]:
        times = {"next_attempt_at": None, "last_success_at": None, "last_failure_at": "2026-01-31T18:00:00Z"}
        error = HttpStatusError(host="tv", status=401, url="http://tv", retry_after_s=None).info()
        shown = {"code": error.code, "params": dict(error.params), "text": error.text}
        return [{"name": "tv", "kind": "jellyfin", "pending": 0, "given_up": 0, **times, "error": shown}]

    async def test(self, name: str) -> dict[str, Any]:
        if name != "tv":
            raise NotFoundError(what="target", id=name)
        return {"ok": True, "error": None}


class FakeEngine(Engine):
    """Jobs in a dict; an address that starts with `nobody:` has no provider."""

    hub: FakeHub  # type: ignore[assignment]
    overview: FakeOverview

    def __init__(self, settings: Settings, clock: FakeClock | None = None) -> None:  # the real one's is not called
        self.settings = settings
        self.versions: Any = FakeVersions()
        self.hub = FakeHub()
        self.alive = True
        self.queue_paused = False
        self.requests: list[JobRequest] = []
        self.failure: Exception | None = None
        self.orders: list[bool] = []
        self.overview = FakeOverview(self)
        self.records = MemoryRecords()
        self.access = Access(self.records, clock or FakeClock(), Passwords(PasswordHasher(1, 8, 1)))
        self.trail = Trail(self.records, clock or FakeClock(), lambda: self.settings)
        self.notices = FakeCourier()
        self.telemetry = None
        self._jobs: dict[int, tuple[Job, JobRequest]] = {}
        self._statuses: dict[int, Status] = {}
        self._keys: dict[str, int] = {}

    @property
    def healthy(self) -> bool:
        return self.alive

    @property
    def hindrance(self) -> AniworldDlError | None:
        return None if self.alive else self.death

    @property
    def death(self) -> AniworldDlError:
        return InternalError(reason="a task that must run has ended")

    async def add_job(self, request: JobRequest) -> Added:
        self._fail()
        for ref in request.episodes:
            if ref.url.startswith("nobody:"):
                raise NoProviderError(url=ref.url)
        if request.idempotency_key in self._keys:
            return Added(self._jobs[self._keys[request.idempotency_key]][0], created=False)
        job = Job(
            id=len(self._jobs) + 1,
            anime_title=request.anime_title,
            language=request.language,
            provider=request.provider,
            priority=request.priority,
            bandwidth_limit_bytes_per_s=request.bandwidth_limit_bytes_per_s,
            created_at=0.0,
            requested_episodes=request.total_episodes,
            counts={Status.QUEUED: len(request.episodes)},
            progress_sum=0.0,
        )
        self.requests.append(request)
        self._jobs[job.id] = job, request
        self._statuses[job.id] = Status.PAUSED if request.paused else Status.QUEUED
        if request.idempotency_key:
            self._keys[request.idempotency_key] = job.id
        return Added(job=job, created=True)

    def view_job(self, job: Job) -> dict[str, Any]:
        return job_view(job, self._statuses[job.id])

    async def job(self, job_id: int) -> dict[str, Any]:
        self._fail()
        return job_view(self._known(job_id)[0], self._statuses[job_id])

    async def jobs(
        self,
        *,
        statuses: frozenset[Status] | None,
        q: str | None,
        limit: int,
        cursor: str | None,
        in_queue: bool = False,
    ) -> dict[str, Any]:
        self._fail()
        self.orders.append(in_queue)
        views = [job_view(job, self._statuses[job.id]) for job, _ in self._jobs.values()]
        found = [
            view
            for view in views
            if (statuses is None or view["status"] in statuses) and (q or "").lower() in view["anime_title"].lower()
        ]
        return _page(found, limit, cursor)

    async def job_counts(self, q: str | None) -> dict[str, int]:
        pages = {status: await self.jobs(statuses=frozenset({status}), q=q, limit=1, cursor=None) for status in Status}
        return {status.value: page["total"] for status, page in pages.items()}

    async def episodes(self, job_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
        _, request = self._known(job_id)
        refs, status = enumerate(request.episodes), self._statuses[job_id]
        return _page([episode_view(job_id * 1000 + n, job_id, n, r.url, status) for n, r in refs], limit, cursor)

    async def episode(self, episode_id: int) -> dict[str, Any]:
        job_id, index = divmod(episode_id, 1000)
        if job_id not in self._jobs:
            raise NotFoundError(what="episode", id=episode_id)
        ref = self._jobs[job_id][1].episodes[index]
        return episode_view(episode_id, job_id, index, ref.url, self._statuses[job_id])

    async def act_on_job(self, job_id: int, action: Action) -> dict[str, Any]:
        self._known(job_id)
        if action is Action.RESUME and self._statuses[job_id] is not Status.PAUSED:
            raise MoveRefusedError(what="job", id=job_id, action=action, status=self._statuses[job_id])
        self._statuses[job_id] = _AFTER[action]
        return await self.job(job_id)

    async def act_on_episode(self, episode_id: int, action: Action) -> dict[str, Any]:
        await self.episode(episode_id)
        self._statuses[episode_id // 1000] = _AFTER[action]
        return await self.episode(episode_id)

    async def finish_episode(self, episode_id: int) -> dict[str, Any]:
        episode = await self.episode(episode_id)
        if episode["phase"] != Phase.RECORDING:
            raise MoveRefusedError(what="episode", id=episode_id, action="finish", status=episode["status"])
        return episode

    async def update_job(
        self,
        job_id: int,
        *,
        priority: int | None = None,
        bandwidth_limit_bytes_per_s: int | Unset | None = UNSET,
        anime_title: str | None = None,
    ) -> dict[str, Any]:
        changes = {
            "priority": priority,
            "bandwidth_limit_bytes_per_s": bandwidth_limit_bytes_per_s,
            "anime_title": anime_title,
        }
        unchanged = {"priority": None, "bandwidth_limit_bytes_per_s": UNSET, "anime_title": None}
        given = {name: value for name, value in changes.items() if value is not unchanged[name]}
        return {**await self.job(job_id), **given}

    async def delete_job(self, job_id: int, *, files: bool = False) -> int:
        self._known(job_id)
        del self._jobs[job_id]
        return job_id

    async def set_queue_paused(self, paused: bool) -> None:
        self.queue_paused = paused

    async def change_settings(self, changes: dict[str, Any]) -> Settings:
        self.settings = changed_settings(self.settings, changes)
        return self.settings

    async def queue_status(self, limit: int = 200) -> dict[str, Any]:
        views = [{**job_view(job, self._statuses[job.id]), "episodes": []} for job, _ in self._jobs.values()]
        return {"active": views[:limit], "completed": []}

    def stats(self) -> dict[str, Any]:
        figures: dict[str, Any] = {"running": 0, "speed_bytes_per_s": 0, "queued": len(self._jobs), "slots": 3}
        figures |= {"free_bytes": 10**9, "queue_paused": self.queue_paused, "tuning": None, "hosts": [], "notices": []}
        return {
            **figures,
            "disk": {"free_bytes": 10**9, "total_bytes": 10**10, "reserved_bytes": 0, "reserve_bytes": 0},
        }

    def provider_names(self) -> list[str]:
        return ["demo", "direct"]

    def _known(self, job_id: int) -> tuple[Job, JobRequest]:
        if job_id not in self._jobs:
            raise NotFoundError(what="job", id=job_id)
        return self._jobs[job_id]

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def _page(views: list[dict[str, Any]], limit: int, cursor: str | None) -> dict[str, Any]:
    start = int(cursor or 0)
    more = start + limit < len(views)
    return {
        "items": views[start : start + limit],
        "next_cursor": str(start + limit) if more else None,
        "total": len(views),
    }
