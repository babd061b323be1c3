"""Ten thousand connections, most of them garbage, half or idle, while episodes download: does anybody notice?

`python -m benchmarks.connects PORT waves|hold` are the clients, a process of their own: it prints what became of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.answers import asking, p99, row
from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.origin import serve
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service
from tests.commands import LOOPBACK
from tests.integration.test_api_any_bytes import attacks, handshake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.episode import Episode

    _Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CONNECTS: Final = 10_000
_AT_A_TIME: Final = 100
_LARGEST_BYTES: Final = 64 * 1024
_READ_WITHIN_S: Final = 0.2
_EPISODES: Final = 4
_RATE_BYTES_PER_S: Final = 1_000_000
"""Of each connection to the origin: slow enough that downloads run all the while."""
_QUIET_S: Final = 5.0
_BACK_WITHIN_S: Final = 90.0
_BACK_S: Final = 45.0
"""Idle connections are ended after 20 s, those that answer no ping after 25."""
_WORST_MS: Final = 500.0
_GROWTH_MB: Final = 100.0
"""Python gives back to the system what it had for thousands of clients only in part; it uses that again."""
_AGAIN_MB: Final = 16.0
_SPARE_HANDLES: Final = 16.0


def connects(episode: Episode) -> None:
    """Measure while they come and go in waves, while they all stay, and afterwards."""
    asyncio.run(_measure(episode))


async def _measure(episode: Episode) -> None:
    print(f"\n## {_CONNECTS} connections in waves, then {_CONNECTS} that stay, while {_EPISODES} episodes download")
    with ram_folder() as folder, serve(episode.folder, rate_bytes_per_s=_RATE_BYTES_PER_S) as origin:
        env = {**LOOPBACK, "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "1"}
        service = Service(folder, "-j", str(_EPISODES), env=env)
        async with service:
            process, port = psutil.Process(service.process.pid), service.base_url.rpartition(":")[2]
            urls = [origin.url("http", f"index.m3u8?name=S01E{each:02}") for each in range(1, _EPISODES + 1)]
            job = await service.add("Benchmark", *urls)
            with asking(service.base_url) as quiet_s:
                await asyncio.sleep(_QUIET_S)
            before = _Figures(process)
            with asking(service.base_url) as waves_s:
                waves, clients = await _clients(port, "waves")
                await clients.wait()
            came_and_went = _Figures(process)
            with asking(service.base_url) as held_s:
                held, clients = await _clients(port, "hold")
                full = _Figures(process)
                running = sum(each["status"] == "downloading" for each in await service.episodes(job["id"]))
                back_s = await _back(process, before)
                await clients.wait()
            once = _Figures(process)
            _, clients = await _clients(port, "hold")
            await _back(process, before)
            await clients.wait()
            twice = _Figures(process)
            [ended] = await service.ended(job["id"])
        log = await service.complaints()
    phases = {"downloads alone": quiet_s, "in waves": waves_s, "all at once, until they are gone": held_s}
    print_table(["/healthz, ms", "answers", "p50", "p99", "longest"], [row(*phase) for phase in phases.items()])
    shown = {"before": before, "after the waves": came_and_went, "while they stay": full, "afterwards": once}
    shown["and a second time"] = twice
    print_table(["", "handles", "resident"], [figures.row(name) for name, figures in shown.items()])
    for name, outcomes in (("waves", waves), ("stay", held)):
        print(f"{name}: {', '.join(f'{count} {what}' for what, count in sorted(outcomes.items()))}")
    print_checks(
        [
            Check(what="/healthz in waves, p99", measured=p99(waves_s) * 1000, limit=_WORST_MS, unit=" ms"),
            Check(what="/healthz while they stay, p99", measured=p99(held_s) * 1000, limit=_WORST_MS, unit=" ms"),
            Check(what="handles are back after", measured=back_s, limit=_BACK_S, unit=" s"),
            Check(what="handles more", measured=twice.handles - before.handles, limit=_SPARE_HANDLES),
            Check(what="memory more", measured=once.megabytes - before.megabytes, limit=_GROWTH_MB, unit=" MB"),
            Check(what="the second time", measured=twice.megabytes - once.megabytes, limit=_AGAIN_MB, unit=" MB"),
            Check(what="episodes that do not run meanwhile", measured=_EPISODES - running, limit=0),
            Check(what="episodes that are not completed", measured=_EPISODES - ended["completed_episodes"], limit=0),
            Check(what="faults in the log", measured=log.count("Traceback") + log.count(" ERROR "), limit=0),
        ]
    )


class _Figures:
    """What the service holds."""

    def __init__(self, process: psutil.Process) -> None:
        self.handles = process.num_fds()
        self.resident = process.memory_info().rss
        self.megabytes = self.resident / 1e6

    def row(self, name: str) -> list[str]:
        """Return a line of a table."""
        return [name, str(self.handles), megabytes(self.resident)]


async def _clients(port: str, manner: str) -> tuple[dict[str, int], asyncio.subprocess.Process]:
    """Run the clients until they have said what became of them, and return that; those that stay end by themselves."""
    command = (sys.executable, "-m", "benchmarks.connects", port, manner)
    clients = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert clients.stdout is not None
    return json.loads(await clients.stdout.readline()), clients


async def _back(process: psutil.Process, before: _Figures) -> float:
    """Return after how many seconds the service holds no more handles than before."""
    started = time.monotonic()
    while process.num_fds() > before.handles + _SPARE_HANDLES:
        if time.monotonic() - started > _BACK_WITHIN_S:
            return _BACK_WITHIN_S
        await asyncio.sleep(0.1)
    return time.monotonic() - started


async def _waves(port: int) -> Counter[str]:
    """Connect, send what is cut anywhere, and go."""
    chance = random.Random(7)
    chosen = [data for _, data in attacks(port, chance) if len(data) < _LARGEST_BYTES]
    outcomes: Counter[str] = Counter()

    async def once(data: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            outcomes[await _said(reader, writer, data)] += 1
        finally:
            writer.transport.abort()

    for _ in range(0, _CONNECTS, _AT_A_TIME):
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_A_TIME):
                data = chance.choice(chosen)
                group.create_task(once(data[: chance.randrange(len(data) + 1)]))
    return outcomes


async def _hold(port: int, staying: list[_Connection]) -> Counter[str]:
    """Connect and stay: a third says nothing, a third half of a request, a third opens a WebSocket."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    whole = handshake(port)
    beginnings = (b"", whole[: len(whole) // 2], whole)
    outcomes: Counter[str] = Counter()

    async def once(beginning: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        staying.append((reader, writer))
        with contextlib.suppress(OSError):
            writer.write(beginning)

    for _ in range(0, _CONNECTS, _AT_A_TIME):
        async with asyncio.TaskGroup() as group:
            for number in range(_AT_A_TIME):
                group.create_task(once(beginnings[number % 3]))
    outcomes.update(await asyncio.gather(*(_said(*each, b"", within_s=2.0) for each in staying)))
    return outcomes


async def _said(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, within_s: float = _READ_WITHIN_S
) -> str:
    """Send and return the status of the answer, or that there was none."""
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(within_s):
            answer = await reader.read(12)
    except TimeoutError:
        return "not answered"
    except OSError:
        return "cut off"
    return answer[9:12].decode("latin-1") or "closed"


async def _be_clients(port: int, manner: str) -> None:
    staying: list[_Connection] = []
    outcomes = await (_waves(port) if manner == "waves" else _hold(port, staying))
    print(json.dumps(outcomes), flush=True)
    if manner == "hold":
        await asyncio.sleep(_BACK_S)


def main(arguments: Sequence[str]) -> None:
    """Be the clients."""
    asyncio.run(_be_clients(int(arguments[0]), arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
