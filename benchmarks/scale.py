"""A hundred thousand queued episodes: adding, asking, moving all of them, starting again, claiming the next."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.engine.assembly import DATABASE_FILE
from aniworld_dl.queue.sqlite import SqliteStore
from benchmarks.answers import ask, asking, connect, p99, row
from benchmarks.checks import Check, print_checks
from benchmarks.measure import resident_bytes
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_AT_ONCE: Final = 50_000
"""Episodes of one request; as many come in the requests after it."""
_REQUESTS: Final = 2_000
_EACH: Final = _AT_ONCE // _REQUESTS
_CLIENTS: Final = 8
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
    print(f"\n## {2 * _AT_ONCE} queued episodes in {_REQUESTS + 1} jobs, nothing downloads")
    checks: list[Check] = []
    async with Service(folder, "-j", "0") as service:
        idle = resident_bytes(service.process.pid)
        await asyncio.to_thread(_add, service.base_url, checks)
        await asyncio.to_thread(_ask_pages, service.base_url, checks)
        await asyncio.to_thread(_move, service.base_url, checks)
        used = resident_bytes(service.process.pid)
        await service.kill()
        started = time.perf_counter()
        await service.start()
        (await service.client.get("/readyz")).raise_for_status()
        ready_s = time.perf_counter() - started
        fresh = resident_bytes(service.process.pid)
    claims_s = await _claim(folder)
    print_table(
        ["memory of the service", "resident"],
        [["idle", megabytes(idle)], ["after all of that", megabytes(used)], ["started again", megabytes(fresh)]],
    )
    print_table(["ms", "times", "p50", "p99", "longest"], [row("claim of the next, with its commit", claims_s)])
    checks += [
        Check(what="claim of the next, p99", measured=p99(claims_s) * 1000, limit=_CLAIM_MS, unit=" ms"),
        Check(what="start after kill -9 until /readyz", measured=ready_s, limit=_READY_S, unit=" s"),
        Check(what="resident", measured=max(used, fresh) / 1e6, limit=_RESIDENT_MB, unit=" MB"),
    ]
    print_checks(checks)


# ----------------------------------------------------------------------------------------------------------- adding


def _add(base_url: str, checks: list[Check]) -> None:
    rows = []
    for name, count, work in (
        (f"one request of {_AT_ONCE}", _AT_ONCE, lambda: _post(base_url, [_body(0, _AT_ONCE)])),
        (f"{_REQUESTS} requests of {_EACH}, {_CLIENTS} clients", _REQUESTS * _EACH, lambda: _post_many(base_url)),
    ):
        wall_s, lags_s = _beside(base_url, work)
        rows.append([name, f"{wall_s:.2f}", f"{count / wall_s:.0f}", f"{p99(lags_s) * 1000:.1f}", _longest(lags_s)])
        checks.append(Check(what=f"{name}, s", measured=wall_s, limit=count / _RATE_PER_S, unit=" s"))
    print_table(["added by", "s", "episodes/s", "/healthz p99 ms", "longest"], rows)


def _beside(base_url: str, work: Callable[[], object]) -> tuple[float, list[float]]:
    """Return how long `work` takes, and how long the service took to answer meanwhile."""
    with asking(base_url) as lags_s:
        started = time.perf_counter()
        work()
        wall_s = time.perf_counter() - started
    return wall_s, lags_s


def _longest(times_s: Sequence[float]) -> str:
    return f"{max(times_s) * 1000:.1f}"


def _body(number: int, episodes: int) -> bytes:
    urls = [f"https://media.example.org/series-{number}/S01E{each:05}/master.m3u8" for each in range(1, episodes + 1)]
    return json.dumps({"anime_title": f"Series number {number}", "episode_urls": urls}).encode()


def _post_many(base_url: str) -> None:
    shares = [[_body(number, _EACH) for number in range(first, _REQUESTS + 1, _CLIENTS)] for first in range(1, 9)]
    with ThreadPoolExecutor(_CLIENTS) as clients:
        list(clients.map(lambda share: _post(base_url, share), shares))


def _post(base_url: str, bodies: Sequence[bytes]) -> None:
    connection = connect(base_url)
    for body in bodies:
        connection.request("POST", "/api/jobs", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"POST /api/jobs answered {answer.status}: {text[:500]!r}")
    connection.close()


# ----------------------------------------------------------------------------------------------------------- asking


def _ask_pages(base_url: str, checks: list[Check]) -> None:
    connection = connect(base_url)
    deep_jobs, deep_episodes = _deep(base_url, "/api/jobs", 1), _deep(base_url, "/api/jobs/1/episodes", _DEEP)
    rows = []
    for path in (
        "/healthz",
        "/api/queue-status",
        "/api/jobs",
        f"/api/jobs?cursor={deep_jobs}",
        "/api/jobs?q=number+77",
        "/api/jobs?q=nowhere",
        "/api/jobs?status=queued&limit=200",
        "/api/jobs/1/episodes",
        f"/api/jobs/1/episodes?cursor={deep_episodes}",
        f"/api/jobs/1/episodes?limit=1000&cursor={deep_episodes}",
    ):
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
        cursor = json.loads(ask(connection, f"{path}?limit=1000{more}")[1])["next_cursor"]
    connection.close()
    return cursor


# ----------------------------------------------------------------------------------------------------------- moving


def _move(base_url: str, checks: list[Check]) -> None:
    """Pause, resume and cancel all there is, each by one call."""
    rows = []
    for action in ("pause", "resume", "cancel", "retry"):
        wall_s, lags_s = _beside(base_url, lambda action=action: _act(base_url, {"action": action, "all": True}))
        rows.append([f"{action} everything", f"{wall_s:.2f}", f"{p99(lags_s) * 1000:.1f}", _longest(lags_s)])
        checks.append(
            Check(what=f"/healthz during {action}, p99", measured=p99(lags_s) * 1000, limit=_LAG_MS, unit=" ms")
        )
    print_table([f"{2 * _AT_ONCE} episodes", "s", "/healthz p99 ms", "longest"], rows)


def _act(base_url: str, body: dict[str, Any]) -> None:
    connection = connect(base_url)
    connection.request("POST", "/api/actions", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200 or json.loads(text)["changed"] < 2 * _AT_ONCE:
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
