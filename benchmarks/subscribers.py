"""A thousand WebSocket subscribers while 24 episodes run: when each of them hears of a change of status."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Final, Self

from benchmarks.answers import asking, row
from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.measure import cpu_s, resident_bytes
from benchmarks.origin import serve
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service
from tests.commands import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.episode import Episode

READERS: Final = 1000
DEAF: Final = 100
"""More of them, which read nothing."""
_RUNNING: Final = 24
_SLOW_BYTES_PER_S: Final = 20_000
"""Of each connection: slow enough that everything still runs at the end."""
_CHANGES: Final = 20
_BETWEEN_S: Final = 0.5
_QUIET_S: Final = 10.0
_HEARD_MS: Final = 500.0
_START_S: Final = 120.0
_EACH_MB: Final = 0.2


def subscribers(episode: Episode) -> None:
    """Measure once without those that read nothing, once with them."""
    asyncio.run(_measure(episode))


async def _measure(episode: Episode) -> None:
    print(f"\n## {READERS} WebSocket subscribers, {_RUNNING} running episodes, {_CHANGES} changes of status")
    with ram_folder() as folder, serve(episode.folder, rate_bytes_per_s=_SLOW_BYTES_PER_S) as origin:
        env = {**LOOPBACK, "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "1", "ANIWORLD_DL_CONNECTIONS_PER_HOST": "64"}
        async with Service(folder, "-j", str(_RUNNING), env=env) as service:
            urls = [origin.url("http", f"index.m3u8?name=S01E{number:02}") for number in range(1, _RUNNING + 1)]
            job = await service.add("Benchmark", *urls)
            await _all_run(service, job["id"])
            alone = resident_bytes(service.process.pid)
            none = await _quiet(service, "none")
            async with _Crowd(service, READERS, 0) as crowd:
                few = await _quiet(service, f"{READERS}")
                heard = await crowd.change_statuses(service, job["id"])
                present = resident_bytes(service.process.pid)
            async with _Crowd(service, READERS, DEAF) as crowd:
                both = await _quiet(service, f"{READERS}, and {DEAF} that do not read")
                heard_beside = await crowd.change_statuses(service, job["id"])
                crowded = resident_bytes(service.process.pid)
    print_table(["subscribers", "CPU of the service", "/healthz p50 ms", "p99", "longest"], [none, few, both])
    rows = [row("all read", heard), row(f"and {DEAF} do not", heard_beside)]
    print_table(["ms until the last has heard", "changes", "p50", "p99", "longest"], rows)
    sizes = {"none": alone, f"{READERS}": present, f"and {DEAF} that do not read": crowded}
    print_table(["subscribers", "resident"], [[name, megabytes(size)] for name, size in sizes.items()])
    each = (present - alone) / READERS / 1e6
    print_checks(
        [
            Check(what="the last has heard, longest", measured=max(heard) * 1000, limit=_HEARD_MS, unit=" ms"),
            Check(what="beside deaf ones, longest", measured=max(heard_beside) * 1000, limit=_HEARD_MS, unit=" ms"),
            Check(what="beside deaf ones, p50 over p50", measured=median(heard_beside) / median(heard), limit=1.2),
            Check(what="memory of each", measured=each, limit=_EACH_MB, unit=" MB"),
        ]
    )


async def _all_run(service: Service, job_id: int) -> None:
    deadline = time.monotonic() + _START_S
    while sum(each["bytes_downloaded"] > 0 for each in await service.episodes(job_id)) < _RUNNING:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{_RUNNING} episodes did not run within {_START_S:.0f} s")
        await asyncio.sleep(_BETWEEN_S)


async def _quiet(service: Service, name: str) -> list[str]:
    """Return what the service uses, and how late it answers, while nothing but progress is told."""
    used_s, started = cpu_s(service.process.pid), time.perf_counter()
    with asking(service.base_url) as lags_s:
        await asyncio.sleep(_QUIET_S)
    share = (cpu_s(service.process.pid) - used_s) / (time.perf_counter() - started)
    return [name, f"{share * 100:.0f} %", f"{median(lags_s) * 1000:.1f}", *row("", lags_s)[3:]]


class _Crowd:
    """The subscribers, as a process of its own: see benchmarks/crowd.py."""

    def __init__(self, service: Service, readers: int, deaf: int) -> None:
        self._command = (sys.executable, "-m", "benchmarks.crowd", service.base_url, str(readers), str(deaf))
        self._readers = readers
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        await anext(self._lines())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()

    async def _lines(self) -> AsyncIterator[dict[str, float]]:
        """What the process says: one JSON object a line."""
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            yield json.loads(line)

    async def change_statuses(self, service: Service, job_id: int) -> list[float]:
        """Pause and resume an episode and return, for each change, in how many seconds the last subscriber heard."""
        episode = (await service.episodes(job_id))[0]["id"]
        taken_s = []
        for number in range(_CHANGES):
            action = ("pause", "resume")[number % 2]
            asked = time.monotonic()
            answer = await service.client.post(f"/api/episodes/{episode}/{action}")
            answer.raise_for_status()
            async with asyncio.timeout(_START_S):
                async for heard in self._lines():
                    if heard["readers"] == self._readers:
                        taken_s.append(heard["at"] - asked)
                        break
            await asyncio.sleep(_BETWEEN_S)
        return taken_s
