"""`kill -9` of the service at one change of its files after the other, while it takes and downloads one episode."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.store.ledger import stored_pieces
from aniworld_dl.media.store.work import WORK_PARENT
from tests.acceptance.service import Service
from tests.media_samples import TS, streamhash

if TYPE_CHECKING:
    from aniworld_dl.demo.origin import Origin
    from tests.commands import Json
    from tests.media_samples import Samples

CONNECTIONS: Final = 2
_LAUNCHER: Final = Path(__file__).with_name("dying.py")
_FILE: Final = "Nordlicht/Season 01/Nordlicht S01E01.mkv"
_ENDED_S: Final = 60.0
_KILLED: Final = (-signal.SIGKILL, -signal.SIGXFSZ)


@dataclass(slots=True, kw_only=True)
class Death:
    """What came of a kill. `change` is None when it lived, since there were fewer changes."""

    number: int
    change: str | None
    changes: int
    """How many there were when it lived."""
    refetched_bytes: int
    complaints: list[str]


class WriteKiller:
    """Runs the service anew for each kill, and again without one. Origin and samples are those of the tests."""

    def __init__(self, origin: Origin, samples: Samples, folder: Path) -> None:
        self._origin = origin
        self._samples = samples
        self._folder = folder
        self._sizes = {path: (samples.folder / path[1:]).stat().st_size for path in samples.segments(TS)}
        self.in_flight_bytes = CONNECTIONS * max(self._sizes.values())

    async def kill_at(self, number: int) -> Death:
        """Kill at the change of this number, start again, and look at what there is in between and in the end."""
        run = _Run(self, self._folder / str(number), number)
        try:
            return await run.death()
        finally:
            await run.aclose()

    # what a run needs to know

    @property
    def url(self) -> str:
        """Where the episode is."""
        return self._origin.url(TS)

    def asked(self) -> dict[str, int]:
        """Return how often each segment has been asked for."""
        return {path: self._origin.count(path) for path in self._sizes}

    def sent_bytes(self) -> int:
        """Return how much of segments has been sent."""
        return sum(record.bytes_sent for record in self._origin.requests if record.path in self._sizes)

    async def is_right(self, file: Path) -> bool:
        """Tell whether a file has the episode's streams."""
        return await asyncio.to_thread(streamhash, file) == self._samples.own_streams(TS)

    def size_bytes(self) -> int:
        """Return what all segments have together."""
        return sum(self._sizes.values())

    def path_of(self, index: int) -> str:
        """Return the path of a segment."""
        return list(self._sizes)[index]


class _Run:
    def __init__(self, killer: WriteKiller, folder: Path, number: int) -> None:
        self._killer = killer
        self._number = number
        self._folder = folder
        self._complaints: list[str] = []
        self._left_behind: int | None = None
        self._words = folder / "words"
        stage = folder / "stage"
        stage.mkdir(parents=True)
        self._service = Service(stage, "-j", "1", env={"ANIWORLD_DL_CONNECTIONS_PER_EPISODE": str(CONNECTIONS)})
        self._service.program = (str(_LAUNCHER), str(number), str(stage), str(self._words))

    async def death(self) -> Death:
        sent = self._killer.sent_bytes()
        died = not await self._lived()
        words = self._words.read_text() if self._words.exists() else ""
        if died:
            await self._live_again()
        refetched = self._killer.sent_bytes() - sent - self._killer.size_bytes()
        if refetched > self._killer.in_flight_bytes:
            self._complaints.append(f"{refetched} bytes were fetched again")
        return Death(
            number=self._number,
            change=(words or "in the middle of a commit") if died else None,
            changes=0 if died else int(words.rpartition(" ")[2]),
            refetched_bytes=refetched,
            complaints=self._complaints,
        )

    async def aclose(self) -> None:
        await self._service.kill()
        if self._left_behind is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._left_behind, signal.SIGKILL)
        shutil.rmtree(self._folder)

    async def _lived(self) -> bool:
        """Run until the episode has ended and the service is stopped, or until it is killed."""
        try:
            await self._service.start()
        except RuntimeError:
            if self._service.process.returncode not in _KILLED:
                raise
            return False
        process = self._service.process
        work, death = asyncio.create_task(self._work()), asyncio.create_task(process.wait())
        await asyncio.wait({work, death}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
        job, *_ = await asyncio.gather(work, return_exceptions=True)
        if not death.done() and isinstance(job, dict):
            self._check_job(job)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_ENDED_S):
            status = await death
        if status in _KILLED:
            return False
        if isinstance(job, BaseException):
            raise job
        return True

    async def _work(self) -> Json:
        job = await self._post()
        return (await self._service.ended(job["id"]))[0]

    async def _post(self) -> Json:
        body = {"anime_title": "Nordlicht", "episode_urls": [{"url": self._killer.url, "number": 1}]}
        answer = await self._service.client.post("/api/jobs", json=body, headers={"Idempotency-Key": "one"})
        assert answer.status_code in {200, 201}, answer.text
        job: Json = answer.json()
        return job

    async def _live_again(self) -> None:
        """Start once more without a kill, and look."""
        if self._number % 2:  # the program alone: its ffmpeg is left behind
            self._left_behind = self._service.process.pid
        else:
            await self._service.kill()
        stored = self._stored()
        await self._check_files(must_be_there=False)
        asked = self._killer.asked()
        self._service.program = ("-m", "aniworld_dl")
        try:
            await self._service.start()
        except RuntimeError as error:
            self._complaints.append(str(error))
            return
        self._check_job(await self._work())
        after = self._killer.asked()
        again = [path for path in map(self._killer.path_of, stored) if after[path] > asked[path]]
        self._complaints += [f"{path} was stored and is asked for again" for path in again]
        await self._service.stop(signal.SIGTERM, within_s=_ENDED_S)
        await self._check_files(must_be_there=True)
        self._check_database()

    def _stored(self) -> list[int]:
        """Return the indexes of the segments that the ledger says are stored."""
        folders = [path.parent for path in self._service.downloads.glob(f"{WORK_PARENT}/*/ledger.jsonl")]
        return sorted(index for folder in folders for _, index in stored_pieces(folder))

    def _check_job(self, job: Json) -> None:
        if (job["status"], job["completed_episodes"]) != ("completed", 1):
            self._complaints.append(f"the job is {job}")

    async def _check_files(self, *, must_be_there: bool) -> None:
        there = [path for path in self._service.downloads.rglob("*") if path.is_file()]
        finished = [path for path in there if WORK_PARENT not in path.parts]
        if must_be_there:
            wanted = self._service.downloads / _FILE
            self._complaints += [f"{path} is left over" for path in there if path != wanted]
            self._complaints += [] if wanted in there else ["the file is not there"]
        for path in finished:
            if not await self._killer.is_right(path):
                self._complaints.append(f"{path} is not the episode")

    def _check_database(self) -> None:
        database = self._service.data / "queue.sqlite3"
        with contextlib.closing(sqlite3.connect(database, timeout=20)) as connection:
            (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
            rows = connection.execute("SELECT status FROM episodes").fetchall()
        if (whole, rows) != ("ok", [("completed",)]):
            self._complaints.append(f"the database is {whole}, with {rows}")
        self._complaints += [f"{path.name} was set aside" for path in self._service.data.glob("*.damaged-*")]
