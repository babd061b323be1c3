"""One service: what a further running episode costs in memory, and how fast it answers while it downloads."""

from __future__ import annotations

import asyncio
import http.client
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.measure import resident_bytes
from benchmarks.origin import serve
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service
from tests.commands import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.episode import Episode
    from benchmarks.origin import Origin

_FEW: Final = 3
_MANY: Final = 30
_SLOW_BYTES_PER_S: Final = 100_000
"""Of each connection: slow enough that every episode still runs when the last sample is taken."""
_STARTED_BYTES: Final = 4_000_000
"""What each running episode has fetched before its memory counts: its buffers have been full by then."""
_FURTHER_MB: Final = 2.0
_SAMPLES: Final = 40
_SAMPLED_EVERY_S: Final = 0.25
_START_S: Final = 120.0

_QUEUED: Final = 12
_ASKED_EVERY_S: Final = 0.01
_PATHS: Final = {"/healthz": 50.0, "/api/queue-status": 100.0}
"""What is asked for, and in how many ms 99 of 100 answers are to be there.

The first does nothing: what it takes is what the event loop is late, plus the way.
"""
_ENDED: Final = frozenset({"completed", "failed", "cancelled"})


def memory_and_lag(short: Episode, episode: Episode) -> None:
    """Measure both, each with a fresh service: the memory with many short episodes at a time."""
    asyncio.run(_memory(short))
    asyncio.run(_lag(episode))


# ----------------------------------------------------------------------------------------------------------- memory


async def _memory(episode: Episode) -> None:
    print(f"\n## Resident memory of one service, {_FEW} against {_MANY} running episodes")
    print(f"https, 8 connections each, {_SLOW_BYTES_PER_S / 1000:.0f} kB/s a connection; median of {_SAMPLES} samples.")
    with ram_folder() as folder, serve(episode.folder, rate_bytes_per_s=_SLOW_BYTES_PER_S) as origin:
        environment = _environment(origin) | {
            "ANIWORLD_DL_CONNECTIONS_PER_HOST": "256",
            "ANIWORLD_DL_CONNECTIONS_PER_EPISODE": "8",
        }
        async with Service(folder, "-j", str(_FEW), env=environment) as service:
            idle = resident_bytes(service.process.pid)
            job = await service.add("Benchmark", *_addresses(origin, _MANY))
            few = await _resident(service, job["id"], _FEW)
            answer = await service.client.patch("/api/settings", json={"max_concurrent_downloads": _MANY})
            answer.raise_for_status()
            many = await _resident(service, job["id"], _MANY)
    rows = [
        ["idle", megabytes(idle)],
        [f"{_FEW} running", megabytes(few)],
        [f"{_MANY} running", megabytes(many)],
        ["each further episode", megabytes((many - few) / (_MANY - _FEW))],
    ]
    print_table(["", "resident"], rows)
    further = (many - few) / (_MANY - _FEW) / 1e6
    print_checks([Check(what="each further running episode", measured=further, limit=_FURTHER_MB, unit=" MB")])


async def _resident(service: Service, job_id: int, running: int) -> float:
    """Return the memory of the service once so many episodes are well under way."""
    deadline = time.monotonic() + _START_S
    while sum(_well_under_way(item) for item in await service.episodes(job_id)) < running:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{running} episodes were not under way within {_START_S:.0f} s")
        await asyncio.sleep(_SAMPLED_EVERY_S)
    samples = []
    for _ in range(_SAMPLES):
        samples.append(resident_bytes(service.process.pid))
        await asyncio.sleep(_SAMPLED_EVERY_S)
    return median(samples)


def _well_under_way(episode: dict[str, Any]) -> bool:
    return episode["phase"] == "downloading" and (episode["bytes_downloaded"] or 0) >= _STARTED_BYTES


# -------------------------------------------------------------------------------------------------------------- lag


async def _lag(episode: Episode) -> None:
    print(f"\n## Answers of one service while it downloads {_QUEUED} episodes at full speed, 3 at a time")
    with ram_folder() as folder, serve(episode.folder) as origin:
        async with Service(folder, "-j", "3", env=_environment(origin)) as service:
            rows = {f"GET {path}, idle": times for path, times in (await _asked(service, 0)).items()}
            job = await service.add("Benchmark", *_addresses(origin, _QUEUED))
            started = time.monotonic()
            rows |= {f"GET {path}, busy": times for path, times in (await _asked(service, job["id"])).items()}
            wall_s = time.monotonic() - started
            outcome = await service.get(f"/api/jobs/{job['id']}")
    print(f"{outcome['completed_episodes']} of {_QUEUED} completed in {wall_s:.1f} s, joining and proof included:")
    print(f"{megabytes(episode.size_bytes * _QUEUED / wall_s)}/s.")
    print_table(["ms", "asked", "p50", "p99", "longest"], [_row(name, times) for name, times in rows.items()])
    print_checks(
        [
            Check(
                what=f"GET {path}, busy, p99", measured=_p99(rows[f"GET {path}, busy"]) * 1000, limit=limit, unit=" ms"
            )
            for path, limit in _PATHS.items()
        ]
    )


async def _asked(service: Service, job_id: int) -> dict[str, list[float]]:
    """Ask again and again until the job has ended (0: two hundred times) and return how long each answer took."""
    return await asyncio.to_thread(_ask, service.base_url, job_id)


def _ask(base_url: str, job_id: int) -> dict[str, list[float]]:
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    taken_s: dict[str, list[float]] = {path: [] for path in _PATHS}
    while True:
        for path in _PATHS:
            started = time.perf_counter()
            connection.request("GET", path)
            body = connection.getresponse().read()
            taken_s[path].append(time.perf_counter() - started)
            time.sleep(_ASKED_EVERY_S)
        if job_id and f'"id":{job_id},' not in body.decode().partition('"completed"')[0]:
            break
        if not job_id and len(taken_s[next(iter(_PATHS))]) >= 200:
            break
    connection.close()
    return taken_s


def _row(name: str, times_s: Sequence[float]) -> list[str]:
    figures = (median(times_s), _p99(times_s), max(times_s))
    return [name, str(len(times_s)), *(f"{seconds * 1000:.1f}" for seconds in figures)]


def _p99(times_s: Sequence[float]) -> float:
    return quantiles(times_s, n=100)[98]


def _addresses(origin: Origin, count: int) -> list[str]:
    """Return addresses that all lead to the one episode and look like as many."""
    return [origin.url("https", f"index.m3u8?name=S01E{number:02}") for number in range(1, count + 1)]


def _environment(origin: Origin) -> dict[str, str]:
    return {**LOOPBACK, "SSL_CERT_FILE": str(origin.ca_file), "PYTHONDONTWRITEBYTECODE": ""}
