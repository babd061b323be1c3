"""The real program as a process of its own: the service, watched over its WebSocket, and single commands."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from websockets.asyncio.client import connect

import aniworld_dl
from tests.commands import LOOPBACK, Ended, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

START_S: Final = 90.0
WAIT_S: Final = 60.0
_LISTENING: Final = "Listening on "
_PROGRAM: Final = ("-m", "aniworld_dl")
_SOURCES: Final = Path(aniworld_dl.__file__).parents[1]


async def run_command(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] = LOOPBACK,
    wait_s: float = WAIT_S,
    program: Sequence[str] = _PROGRAM,
) -> Ended:
    """Run `aniworld-dl` to its end, in an environment of its own. `program` is what Python runs."""
    process = await _spawn(*arguments, cwd=cwd, env=env, program=program)
    try:
        async with asyncio.timeout(wait_s):
            output, complaints = await process.communicate()
    finally:
        await _end_group(process)
    assert process.returncode is not None
    return Ended(status=process.returncode, output=output.decode(), complaints=complaints.decode())


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the WebSocket has told so far, patches merged into the snapshot."""

    jobs: dict[str, Json] = field(default_factory=dict)
    episodes: dict[str, Json] = field(default_factory=dict)
    stats: Json = field(default_factory=dict)

    def merge(self, message: Json) -> None:
        """Take one message in."""
        if message["type"] == "snapshot":
            self.jobs, self.episodes = message["jobs"], message["episodes"]
        else:
            _merge(self.jobs, message.get("jobs", {}))
            _merge(self.episodes, message.get("episodes", {}))
        self.stats |= message.get("stats", {})

    def job(self, job_id: int) -> Json:
        """Return what is known of a job."""
        return self.jobs.get(str(job_id), {})

    def episode(self, episode_id: int) -> Json:
        """Return what is known of an episode."""
        return self.episodes.get(str(episode_id), {})


def _merge(known: dict[str, Json], changes: Mapping[str, Json | None]) -> None:
    for key, change in changes.items():
        if change is None:
            known.pop(key, None)
        else:
            known[key] = known.get(key, {}) | change


class Service:
    """`aniworld-dl serve` on a free port. Ending the block kills what is left of it.

    Started again after `kill` or `stop`, it works on the same folders. `program` is what Python runs.
    """

    def __init__(self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.program: Sequence[str] = _PROGRAM
        self.downloads = folder / "downloads"
        self.data = folder / "data"
        self.base_url = ""
        self._folder = folder
        self._arguments = arguments
        self._env = {**LOOPBACK, **(env or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._drains: list[asyncio.Task[str]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def client(self) -> httpx.AsyncClient:
        """An HTTP client whose base address is the service's."""
        assert self._client is not None, "the service does not run"
        return self._client

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process, leader of its own process group."""
        assert self._process is not None, "the service does not run"
        return self._process

    async def start(self) -> None:
        """Start the program and wait until it says where it listens.

        Raises:
            RuntimeError: it ended instead; the message holds what it wrote.
        """
        folders = ("--download-dir", str(self.downloads), "--data-dir", str(self.data))
        arguments = ("serve", "--port", "0", *folders, *self._arguments)
        self._process = await _spawn(*arguments, cwd=self._folder, env=self._env, program=self.program)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._drains = [asyncio.create_task(_read_all(self._process.stderr), name="service-stderr")]
        self.base_url = await self._address(self._process.stdout)
        self._drains.append(asyncio.create_task(_read_all(self._process.stdout), name="service-stdout"))
        # let go of idle connections before the service closes them, or a request meets one that is just being closed
        limits = httpx.Limits(keepalive_expiry=2.0)
        self._client = httpx.AsyncClient(base_url=self.base_url, timeout=START_S, limits=limits)

    async def _address(self, stdout: asyncio.StreamReader) -> str:
        async with asyncio.timeout(START_S):
            while line := (await stdout.readline()).decode():
                if _LISTENING in line:
                    return line.partition(_LISTENING)[2].strip()
        await self.process.wait()
        raise RuntimeError(f"the service ended with {self.process.returncode}: {await self.complaints()}")

    async def kill(self) -> None:
        """End it as a power cut would (SIGKILL, children too)."""
        if self._process is not None:
            await _end_group(self._process)
        await self._closed()

    async def stop(self, sent: signal.Signals, *, within_s: float) -> int:
        """Send a signal and return the exit status.

        Raises:
            TimeoutError: it did not end within `within_s`.
        """
        self.process.send_signal(sent)
        async with asyncio.timeout(within_s):
            status = await self.process.wait()
        await self._closed()
        return status

    async def complaints(self) -> str:
        """Return everything it wrote after the line that says where it listens, once it has ended."""
        return "".join([await drain for drain in self._drains])

    async def _closed(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        await self.complaints()
        self._client = self._process = None

    # -------------------------------------------------------------------------------------------------- its outside

    async def add(self, title: str, *urls: str | dict[str, object], **fields: Any) -> Json:
        """Queue a job and return it."""
        answer = await self.client.post("/api/jobs", json={"anime_title": title, "episode_urls": urls, **fields})
        assert answer.status_code == 201, answer.text
        job: Json = answer.json()
        return job

    async def get(self, path: str) -> Json:
        """Return what a GET answers."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def episodes(self, job_id: int) -> list[Json]:
        """Return a job's episodes in their order."""
        items: list[Json] = (await self.get(f"/api/jobs/{job_id}/episodes"))["items"]
        return items

    def socket(self) -> connect:
        """Open the WebSocket: an async context manager."""
        return connect(self.base_url.replace("http", "ws", 1) + "/api/ws", max_size=None)

    async def until(self, condition: Callable[[Seen], bool], *, within_s: float = WAIT_S) -> Seen:
        """Follow the WebSocket until `condition` holds.

        Raises:
            TimeoutError: it never did; the message holds what was seen.
        """
        seen = Seen()
        try:
            async with asyncio.timeout(within_s), self.socket() as socket:
                async for text in socket:
                    seen.merge(json.loads(text))
                    if condition(seen):
                        return seen
        except TimeoutError as error:
            raise TimeoutError(f"not within {within_s} s; seen: {seen}") from error
        raise ConnectionError(f"the service closed the WebSocket; seen: {seen}")

    async def ended(self, *job_ids: int) -> list[Json]:
        """Wait until jobs have ended, and return them."""
        over = {"completed", "failed", "cancelled"}
        jobs = [await self.get(f"/api/jobs/{job_id}") for job_id in job_ids]
        waiting = {job["id"] for job in jobs if job["status"] not in over}
        if waiting:
            # the snapshot holds what runs or waits: a job that is not in it has ended in the meantime
            await self.until(
                lambda seen: all(seen.job(job_id).get("status", "completed") in over for job_id in waiting)
            )
        return [await self.get(f"/api/jobs/{job_id}") for job_id in job_ids]


def group_is_empty(group: int) -> bool:
    """Tell whether no process of a group is alive; the id of the program that leads it names it."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return variables with nothing of the tester's own settings or home."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ANIWORLD_DL_", "XDG_"))}
    path = os.pathsep.join(filter(None, [str(_SOURCES), os.environ.get("PYTHONPATH")]))
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {**own, "HOME": str(home), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **more}


async def _spawn(
    *arguments: str, cwd: Path, env: Mapping[str, str], program: Sequence[str] = _PROGRAM
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *program, *arguments),
        cwd=cwd,
        env=environment(cwd, env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def _end_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _read_all(stream: asyncio.StreamReader) -> str:
    return (await stream.read()).decode(errors="replace")
