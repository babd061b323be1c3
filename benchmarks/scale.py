"""A hundred thousand queued episodes: adding, asking, moving all of them, starting again, claiming the next."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.queue.examination import DATABASE_FILE
from aniworld_dl.queue.sqlite import SqliteStore
from benchmarks.answers import ask, asking, connect, p99, row
from benchmarks.checks import Check, print_checks
from benchmarks.measure import cpu_s, resident_bytes
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_AT_ONCE: Final = 50_000
"""Episodes of one request."""
_JOBS: Final = 2_000
_EACH: Final = 50
_EPISODES: Final = _JOBS * _EACH
_CLIENTS: Final = 24
_ASKED: Final = 150
_CLAIMS: Final = 100
_DEEP: Final = 40
"""Pages of a thousand before the deep one."""

_RATE_PER_S: Final = 10_000
_PAGE_MS: Final = 50.0
_LAG_MS: Final = 50.0
_CLAIM_MS: Final = 5.0
_READY_S: Final = 3.0
_RESIDENT_MB: Final = 250.0


def scale() -> None:
    """Measure all of it with one service on a disk; nothing is downloaded."""
    with tempfile.TemporaryDirectory(prefix="benchmark-scale-") as folder:
        asyncio.run(_scale(Path(folder)))


async def _scale(folder: Path) -> None:
    checks: list[Check] = []
    print(f"\n## One request of {_AT_ONCE} episodes; nothing downloads")
    async with _service(folder / "one") as service:
        work = _Work(service)
        await asyncio.to_thread(_add_at_once, work, checks)
    print(f"\n## {_EPISODES} queued episodes in {_JOBS} jobs; nothing downloads")
    empty = _service(folder / "empty")
    empty_s = await _start_s(empty)
    await empty.kill()
    async with _service(folder / "many") as service:
        work = _Work(service)
        idle = work.resident_bytes
        await asyncio.to_thread(_add_many, work, checks)
        await asyncio.to_thread(_ask_pages, work.url, _PAGES, checks)
        added = work.resident_bytes
        await asyncio.to_thread(_move, work, checks)
        moved = work.resident_bytes
        await service.kill()
        ready_s = await _start_s(service)
        fresh = resident_bytes(service.process.pid)
    claims_s = await _claim(folder / "many")
    memory = {"idle": idle, "all added, pages read": added, "all moved": moved, "started again": fresh}
    print_table(["memory of the service", "resident"], [[name, megabytes(size)] for name, size in memory.items()])
    print_table(["ms", "times", "p50", "p99", "longest"], [row("claim of the next, with its commit", claims_s)])
    print(f"From the start to /readyz: {ready_s:.2f} s after kill -9; {empty_s:.2f} s with an empty queue.")
    checks += [
        Check(what="claim of the next, p50", measured=median(claims_s) * 1000, limit=_CLAIM_MS, unit=" ms"),
        Check(what="start after kill -9 until /readyz", measured=ready_s, limit=_READY_S, unit=" s"),
        Check(what="resident", measured=max(memory.values()) / 1e6, limit=_RESIDENT_MB, unit=" MB"),
    ]
    print_checks(checks)


class _Work:
    """A service that is put to work."""

    def __init__(self, service: Service) -> None:
        self.url = service.base_url
        self._pid = service.process.pid

    @property
    def resident_bytes(self) -> int:
        """Its memory now."""
        return resident_bytes(self._pid)

    @property
    def cpu_s(self) -> float:
        """The processor time it has used."""
        return cpu_s(self._pid)


def _service(folder: Path) -> Service:
    folder.mkdir()
    return Service(folder, "-j", "0")


async def _start_s(service: Service) -> float:
    """Return how long a service takes to be ready; it is left running."""
    started = time.perf_counter()
    await service.start()
    (await service.client.get("/readyz")).raise_for_status()
    return time.perf_counter() - started


# ----------------------------------------------------------------------------------------------------------- adding


def _add_at_once(work: _Work, checks: list[Check]) -> None:
    _time_adding(work, f"one request of {_AT_ONCE}", _AT_ONCE, lambda: _post(work.url, [_body(0, _AT_ONCE)]), checks)
    cursor = _deep(work.url, "/api/jobs/1/episodes", _DEEP)
    path = "/api/jobs/1/episodes"
    _ask_pages(work.url, (path, f"{path}?cursor={cursor}", f"{path}?limit=500&cursor={cursor}"), checks)


def _add_many(work: _Work, checks: list[Check]) -> None:
    name = f"{_JOBS} requests of {_EACH}, {_CLIENTS} clients"
    _time_adding(work, name, _EPISODES, lambda: _post_many(work.url), checks)


def _time_adding(work: _Work, name: str, count: int, add: Callable[[], object], checks: list[Check]) -> None:
    cpu_before_s = work.cpu_s
    wall_s, lags_s = _beside(work.url, add)
    used_s = work.cpu_s - cpu_before_s
    figures = [f"{wall_s:.2f}", f"{used_s:.2f}", f"{count / wall_s:.0f}", *row("", lags_s)[3:]]
    head = ["added by", "s", "CPU s of the service", "episodes/s", "/healthz p99 ms", "longest"]
    print_table(head, [[name, *figures]])
    checks.append(Check(what=name, measured=wall_s, limit=count / _RATE_PER_S, unit=" s"))


def _beside(base_url: str, work: Callable[[], object]) -> tuple[float, list[float]]:
    """Return how long `work` takes, and how long the service took to answer meanwhile."""
    with asking(base_url) as lags_s:
        started = time.perf_counter()
        work()
        wall_s = time.perf_counter() - started
    return wall_s, lags_s


def _body(number: int, episodes: int) -> bytes:
    urls = [f"https://media.example.org/series-{number}/S01E{each:05}/master.m3u8" for each in range(1, episodes + 1)]
    return json.dumps({"anime_title": f"Series number {number}", "episode_urls": urls}).encode()


def _post_many(base_url: str) -> None:
    numbers = [range(first, _JOBS + 1, _CLIENTS) for first in range(1, _CLIENTS + 1)]
    with ThreadPoolExecutor(_CLIENTS) as clients:
        list(clients.map(lambda share: _post(base_url, (_body(number, _EACH) for number in share)), numbers))


def _post(base_url: str, bodies: Iterable[bytes]) -> None:
    connection = connect(base_url)
    for body in bodies:
        connection.request("POST", "/api/jobs", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"POST /api/jobs answered {answer.status}: {text[:500]!r}")
    connection.close()


# ----------------------------------------------------------------------------------------------------------- asking


_PAGES: Final = (
    "/healthz",
    "/api/queue-status",
    "/api/jobs",
    "/api/jobs?cursor=",
    "/api/jobs?q=number+77",
    "/api/jobs?q=nowhere",
    "/api/jobs?status=queued&limit=200",
    "/api/jobs?limit=500",
    "/api/jobs/77/episodes",
)


def _ask_pages(base_url: str, pages: Iterable[str], checks: list[Check]) -> None:
    connection = connect(base_url)
    rows = []
    for page in pages:
        path = f"{page}{_deep(base_url, '/api/jobs', 1)}" if page.endswith("cursor=") else page
        times_s = [ask(connection, path)[0] for _ in range(_ASKED)]
        rows.append(row(f"GET {path.partition('cursor=')[0]}{'cursor=(deep)' * ('cursor=' in path)}", times_s))
        checks.append(Check(what=f"{rows[-1][0]}, p99", measured=p99(times_s) * 1000, limit=_PAGE_MS, unit=" ms"))
    connection.close()
    print_table(["ms", "asked", "p50", "p99", "longest"], rows)


def _deep(base_url: str, path: str, pages: int) -> str:
    """Return the cursor behind so many pages of a thousand."""
    connection = connect(base_url)
    cursor = ""
    for _ in range(pages):
        more = f"&cursor={cursor}" if cursor else ""
        cursor = json.loads(ask(connection, f"{path}?limit=500{more}")[1])["next_cursor"]
    connection.close()
    return cursor


# ----------------------------------------------------------------------------------------------------------- moving


def _move(work: _Work, checks: list[Check]) -> None:
    """Pause, resume, cancel and retry all there is, each by one call."""
    rows = []
    for action in ("pause", "resume", "cancel", "retry"):
        cpu_before_s = work.cpu_s
        wall_s, lags_s = _beside(work.url, partial(_act, work.url, {"action": action, "all": True}))
        used_s = work.cpu_s - cpu_before_s
        rows.append([f"{action} everything", f"{wall_s:.2f}", f"{used_s:.2f}", *row("", lags_s)[3:]])
        checks.append(
            Check(what=f"/healthz during {action}, p99", measured=p99(lags_s) * 1000, limit=_LAG_MS, unit=" ms")
        )
    print_table([f"{_EPISODES} episodes", "s", "CPU s of the service", "/healthz p99 ms", "longest"], rows)


def _act(base_url: str, body: dict[str, Any]) -> None:
    connection = connect(base_url)
    connection.request("POST", "/api/actions", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200 or json.loads(text)["changed"] < _EPISODES:
        raise RuntimeError(f"POST /api/actions answered {answer.status}: {text[:500]!r}")


# --------------------------------------------------------------------------------------------------------- claiming


async def _claim(folder: Path) -> list[float]:
    """Claim some episodes in what the service has left behind."""
    store = await SqliteStore.open(folder / "data" / DATABASE_FILE)
    times_s = []
    for _ in range(_CLAIMS):
        started = time.perf_counter()
        episode = await store.claim(now=time.time())
        times_s.append(time.perf_counter() - started)
        assert episode is not None, "nothing is queued"
    await store.aclose()
    return times_s
