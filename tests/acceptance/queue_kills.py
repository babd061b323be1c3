"""`kill -9`, again and again, of a service with several clients at its queue, and what must hold afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import httpx

from tests.acceptance.refetches import ManyTitles, Refetches, stored_in
from tests.acceptance.service import Service
from tests.acceptance.wanted import Wanted
from tests.media_samples import TS, Samples, streamhash

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin
    from tests.acceptance.refetches import Piece
    from tests.commands import Json

CLIENTS: Final = 3
_MOST_REQUESTS: Final = 40
"""After at most so many requests it is killed, in the middle of others."""
_LONGEST_REST_S: Final = 0.3
_MOST_OPEN: Final = 15
"""With more episodes open nothing is added, so that the run can end."""
_ACTIONS: Final = ("pause", "resume", "cancel", "retry", "repair")
_AFTER: Final = {"pause": {"queued", "downloading"}, "cancel": {"queued", "downloading", "paused", "failed"}}
"""The statuses that no episode of a job has after an action that was answered."""


@dataclass(slots=True, kw_only=True)
class Killings:
    """What the kills came to: how many struck when, what was asked for, what did not hold."""

    moments: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    episodes: int = 0


class QueueKiller:
    """Runs the service on an origin of `Samples`, lets clients do what they like, and ends it by SIGKILL at random."""

    def __init__(self, origin: Origin, samples: Samples, folder: Path, *, seed: int) -> None:
        self.done = Killings()
        names = [path[1:] for path in samples.segments(TS)]
        self.cost = Refetches(origin=origin, sizes={name: (samples.folder / name).stat().st_size for name in names})
        origin.add_shelf(ManyTitles(samples.folder))
        self.service = Service(folder, "-j", "3", env={"ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "2"})
        self._origin = origin
        self._samples = samples
        self._folder = folder
        self._random = random.Random(seed)
        self._jobs: list[Wanted] = []
        self._left = 0
        self._enough = asyncio.Event()

    async def kill(self, times: int) -> None:
        """Kill so often; after each start look at everything."""
        try:
            for _ in range(times):
                if self._random.random() < 0.15:
                    await self._kill_starting()
                else:
                    await self._kill_at_work()
        finally:
            await self.service.kill()

    async def _kill_starting(self) -> None:
        """Kill while it starts, which is when it recovers."""
        starting = asyncio.create_task(self.service.start())
        await asyncio.wait({starting}, timeout=self._random.uniform(0.2, 1.5))
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        await self._strike()
        self.done.moments["starting"] += 1

    async def _kill_at_work(self) -> None:
        await self.service.start()
        await self.check()
        self._left = self._random.randint(0, _MOST_REQUESTS)
        self._enough.clear()
        clients = [asyncio.create_task(self._work()) for _ in range(CLIENTS)]
        await self._enough.wait()
        await asyncio.wait(clients, timeout=self._random.uniform(0, _LONGEST_REST_S))
        await self._strike()
        await asyncio.gather(*clients)
        self.done.moments["at work"] += 1

    async def _strike(self) -> None:
        self.cost.about_to_kill()
        await self.service.kill()
        await self._origin.log.until(lambda: not self._origin.log.running())
        self.cost.killed(await asyncio.to_thread(self._stored))

    def _stored(self) -> frozenset[Piece]:
        targets = {
            title: PurePosixPath(f"Series {job.key}/Season 01/Series {job.key} S01E{number:02}.mkv")
            for job in self._jobs
            for number, title in enumerate(job.titles, 1)
        }
        return stored_in(self.service.downloads, targets, list(self.cost.sizes))

    # ------------------------------------------------------------------------------------------------------ the clients

    async def _work(self) -> None:
        """Ask for one thing after the other until the service is gone."""
        with contextlib.suppress(httpx.TransportError):
            async with httpx.AsyncClient(base_url=self.service.base_url, timeout=20.0) as client:
                while True:
                    self._left -= 1
                    if self._left < 0:
                        self._enough.set()
                    await self._ask(client)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        known = [job for job in self._jobs if job.id is not None and job.deleted is False]
        kinds = ["add"] * 3 + ["job"] * 4 * bool(known) + ["episode"] * 4 * bool(known)
        kinds += ["delete"] * bool(known) + ["queue", "slots"]
        kind = self._random.choice(kinds)
        self.done.requests[kind] += 1
        match kind:
            case "add":
                await self._add(client)
            case "job":
                await self._act(client, self._random.choice(known))
            case "episode":
                await self._act_on_episode(client, self._random.choice(known))
            case "delete":
                await self._delete(client, self._random.choice(known))
            case "queue":
                await client.post(f"/api/queue/{self._random.choice(['pause', 'resume', 'resume', 'resume'])}")
            case "slots":
                await client.patch("/api/settings", json={"max_concurrent_downloads": self._random.randint(0, 6)})

    async def _add(self, client: httpx.AsyncClient) -> None:
        if self.done.episodes >= _MOST_OPEN and self._random.random() < 0.97:
            return
        number = len(self._jobs) + 1
        titles = tuple(f"{number}-{n}" for n in range(1, self._random.randint(1, 3) + 1))
        job = Wanted(key=f"key-{number}", titles=titles)
        self._jobs.append(job)
        self.done.episodes += len(titles)
        await self._post(client, job)

    async def _post(self, client: httpx.AsyncClient, job: Wanted) -> httpx.Response:
        body = {
            "anime_title": f"Series {job.key}",
            "episode_urls": [
                {"url": self._origin.url(f"{title}/{TS}"), "number": n} for n, title in enumerate(job.titles, 1)
            ],
        }
        answer = await client.post("/api/jobs", json=body, headers={"Idempotency-Key": job.key})
        assert answer.status_code in {200, 201}, answer.text
        job.id = answer.json()["id"]
        return answer

    async def _act(self, client: httpx.AsyncClient, job: Wanted) -> None:
        action, asked = self._random.choice(_ACTIONS), job.touch()
        answer = await client.post(f"/api/jobs/{job.id}/{action}")
        assert answer.status_code in {200, 404, 409}, answer.text
        if answer.status_code == 200 and asked == job.asked:
            job.last = action

    async def _act_on_episode(self, client: httpx.AsyncClient, job: Wanted) -> None:
        answer = await client.get(f"/api/jobs/{job.id}/episodes")
        items = answer.json().get("items")
        if items:
            job.touch()
            action = self._random.choice(_ACTIONS)
            answer = await client.post(f"/api/episodes/{self._random.choice(items)['id']}/{action}")
            assert answer.status_code in {200, 404, 409}, answer.text

    async def _delete(self, client: httpx.AsyncClient, job: Wanted) -> None:
        job.deleted = None
        job.touch()
        answer = await client.delete(f"/api/jobs/{job.id}")
        assert answer.status_code in {204, 404}, answer.text
        job.deleted = True

    # ------------------------------------------------------------------------------------------------------- what holds

    async def check(self) -> None:
        """Look at the queue by REST and in the file; what does not hold is noted in `done.complaints`."""
        await self._ask_again()
        found = await self._all_jobs()
        for job in self._jobs:
            if job.deleted is None:
                job.deleted = job.id not in found
            if job.deleted == (job.id in found):
                self.done.complaints.append(f"{job} {'is there' if job.deleted else 'is lost'}")
            elif not job.deleted:
                await self._check_job(job)
        extra = found.keys() - {job.id for job in self._jobs}
        self.done.complaints += [f"job {number} was never asked for" for number in extra]
        self.done.complaints += await asyncio.to_thread(self._check_file)
        self.done.episodes = sum(job["total_episodes"] - job["completed_episodes"] for job in found.values())

    async def _ask_again(self) -> None:
        """Ask once more for the jobs whose answer did not come: the key says that it is the same request."""
        for job in self._jobs:
            if job.id is None:
                await self._post(self.service.client, job)

    async def _all_jobs(self) -> dict[int, Json]:
        found: dict[int, Json] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = await self.service.get(f"/api/jobs?limit=50{cursor and f'&cursor={cursor}'}")
            found |= {job["id"]: job for job in page["items"]}
            cursor = page["next_cursor"]
        return found

    async def _check_job(self, job: Wanted) -> None:
        assert job.id is not None
        episodes = await self.service.episodes(job.id)
        titles = tuple(episode["url"].removesuffix(f"/{TS}").rpartition("/")[2] for episode in episodes)
        if titles != job.titles:
            self.done.complaints.append(f"{job} has {titles}")
        wrong = [e["id"] for e in episodes if e["status"] in _AFTER.get(job.last or "", ())]
        if wrong:
            self.done.complaints.append(f"{job} was answered, and has {wrong} as before")
        for episode in episodes:
            if (episode["status"] in {"queued", "paused"}) != (episode["reason"] is not None):
                self.done.complaints.append(f"{episode} waits for no reason")

    def _check_file(self) -> list[str]:
        """Read the database itself: it is whole, and what is counted is what is there."""
        with contextlib.closing(sqlite3.connect(self.service.data / "queue.sqlite3", timeout=20)) as connection:
            (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
            counted = connection.execute(
                "SELECT id FROM jobs WHERE queued + downloading + paused + completed + failed + cancelled"
                " <> (SELECT count(*) FROM episodes WHERE job_id = jobs.id) OR queued <>"
                " (SELECT count(*) FROM episodes WHERE job_id = jobs.id AND status = 'queued')"
            ).fetchall()
        asides = list(self.service.data.glob("*.damaged-*"))
        return [f"{what}" for what in ([] if whole == "ok" else [whole]) + counted + asides]

    # ------------------------------------------------------------------------------------------------------------- end

    async def finish(self) -> None:
        """Start once more, let everything run to its end, and compare every file with the origin's."""
        await self.service.start()
        await self.check()
        await self.service.client.post("/api/queue/resume")
        await self.service.client.patch("/api/settings", json={"max_concurrent_downloads": 4})
        jobs = [job for job in self._jobs if not job.deleted]
        for job in jobs:
            for action in ("resume", "retry"):
                await self.service.client.post(f"/api/jobs/{job.id}/{action}")
        for job in jobs:
            assert job.id is not None
            (ended,) = await self.service.ended(job.id)
            if ended["status"] != "completed":
                self.done.complaints.append(f"{ended} did not complete")
        await self._check_files([await self.service.episodes(job.id) for job in jobs if job.id is not None])
        await self._strike()
        self.done.complaints += self.cost.complaints

    async def _check_files(self, episodes: list[list[Json]]) -> None:
        paths = [episode["path"] for those in episodes for episode in those]
        there = {
            file.relative_to(self.service.downloads).as_posix()
            for file in self.service.downloads.rglob("*.mkv")
            if ".aniworld-dl" not in file.parts
        }
        self.done.complaints += [f"{path} is not there" for path in paths if path not in there]
        self.done.complaints += [f"{path} is there twice" for path, n in Counter(paths).items() if n > 1]
        own = self._samples.own_streams(TS)
        for path in sorted(there):
            if await asyncio.to_thread(streamhash, self.service.downloads / path) != own:
                self.done.complaints.append(f"{path} is another film")
        self.done.episodes = len(paths)
        work = self.service.downloads / ".aniworld-dl"
        undoable = tuple(f"Series-{job.key}-" for job in self._jobs if job.deleted)
        left = [folder.name for folder in work.iterdir()] if work.exists() else []
        left = [name for name in left if name.startswith("Series-") and not name.startswith(undoable)]
        self.done.complaints += [f"{name} is left over" for name in left]
