"""`auto` against two servers: one that gives a connection little and all of them more, one that refuses too many."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.table import megabytes, print_table
from tests.acceptance.service import Service
from tests.commands import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from benchmarks.episode import Episode
    from tests.acceptance.service import Seen

_CONNECTIONS: Final = 20
"""So many make up what the first server gives in all."""
_ENOUGH: Final = 0.9
_ENOUGH_WITHIN_S: Final = 30.0
_WATCHED_S: Final = 45.0
_ALL_REFUSED_S: Final = 300.0
_WINDOW_S: Final = 4.0
_MOST_CONNECTIONS: Final = 24
_REFUSES_ABOVE: Final = 4
_EVERY_S: Final = 0.5
_GRACE_S: Final = 30.0
_QUEUED: Final = 60
_REFUSED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What was seen: seconds since the start, bytes sent, answers under way, and what the service says of itself."""

    at_s: float
    sent_bytes: int
    under_way: int
    slots: int
    level: int
    why: str


def auto(episode: Episode, *, rate_bytes_per_s: int) -> None:
    """Measure both, with connections of that rate."""
    asyncio.run(_slow_connections(episode, rate_bytes_per_s, _CONNECTIONS * rate_bytes_per_s))
    asyncio.run(_refusals(episode, rate_bytes_per_s))


async def _slow_connections(episode: Episode, each_bytes_per_s: int, all_bytes_per_s: int) -> None:
    each, everyone = megabytes(each_bytes_per_s), megabytes(all_bytes_per_s)
    print(f"\n## `auto`, {_QUEUED} episodes from a server with {each}/s for a connection and {everyone}/s for all")
    async with _running(Origin(rate_bytes_per_s=each_bytes_per_s, total_bytes_per_s=all_bytes_per_s), episode) as run:
        service, origin = run
        await service.add("Benchmark", *_addresses(origin, _QUEUED))
        moments = await _watch(service, origin, _WATCHED_S)
    _print(moments)
    rates = _rates(moments)
    reached = next((at_s for at_s, rate in rates if rate >= _ENOUGH * all_bytes_per_s), float("inf"))
    late = [rate for at_s, rate in rates if at_s > _ENOUGH_WITHIN_S]
    used = [moment.under_way for moment in moments if moment.at_s > _ENOUGH_WITHIN_S]
    print_checks(
        [
            Check(
                what=f"{_ENOUGH:.0%} of {everyone}/s reached after", measured=reached, limit=_ENOUGH_WITHIN_S, unit=" s"
            ),
            Check(
                what=f"missing of {everyone}/s from then on, mean",
                measured=1 - fmean(late) / all_bytes_per_s,
                limit=0.1,
            ),
            Check(what="connections from then on, mean", measured=fmean(used), limit=_MOST_CONNECTIONS),
        ]
    )


async def _refusals(episode: Episode, each_bytes_per_s: int) -> None:
    print(f"\n## `auto`, {_REFUSED} episodes from a server that answers 429 above {_REFUSES_ABOVE} connections")
    fault = Fault(kind=FaultKind.CROWDED, path="*.ts", most=_REFUSES_ABOVE, status=429, times=None)
    origin = Origin(rate_bytes_per_s=each_bytes_per_s)
    rule = origin.faults.add(fault)
    async with _running(origin, episode) as (service, _):
        job = await service.add("Benchmark", *_addresses(origin, _REFUSED))
        moments = await _watch(service, origin, _ALL_REFUSED_S)
        outcome = await service.get(f"/api/jobs/{job['id']}")
    _print(moments)
    used = [moment.under_way for moment in moments if moment.at_s > _ENOUGH_WITHIN_S and moment.level]
    print(f"{outcome['completed_episodes']} of {_REFUSED} completed; {rule.taken} requests refused.")
    print_checks(
        [
            Check(what="failed episodes", measured=outcome["failed_episodes"], limit=0),
            Check(what="connections after 30 s, mean", measured=fmean(used), limit=_REFUSES_ABOVE),
            Check(
                what="of the possible rate missing",
                measured=_missing(moments, _REFUSES_ABOVE * each_bytes_per_s),
                limit=0.1,
            ),
        ]
    )


def _missing(moments: Sequence[_Moment], possible: float) -> float:
    late = [rate for at_s, rate in _rates(moments) if _ENOUGH_WITHIN_S < at_s < moments[-1].at_s - _WINDOW_S]
    return 1 - fmean(late) / possible


@asynccontextmanager
async def _running(origin: Origin, episode: Episode) -> AsyncIterator[tuple[Service, Origin]]:
    with ram_folder() as folder:
        async with origin:
            origin.add_folder("/", episode.folder)
            async with Service(folder, "-j", "auto", env=LOOPBACK) as service:
                yield service, origin


async def _watch(service: Service, origin: Origin, seconds: float) -> list[_Moment]:
    """Look at every message of the service, for so long or until nothing runs or waits."""
    started, moments = time.monotonic(), list[_Moment]()

    def is_over(seen: Seen) -> bool:
        at_s, tuning, hosts = time.monotonic() - started, seen.stats["tuning"], seen.stats["hosts"]
        if not moments or at_s - moments[-1].at_s >= _EVERY_S:
            moments.append(
                _Moment(
                    at_s=at_s,
                    sent_bytes=origin.log.total_bytes_sent,
                    under_way=origin.log.running("*.ts"),
                    slots=tuning["slots"],
                    level=hosts[0]["level"] if hosts else 0,
                    why=f"{tuning['reason']}; {hosts[0]['reason'] if hosts else '-'}",
                )
            )
        return at_s > seconds or not (seen.stats["running"] or seen.stats["queued"])

    await service.until(is_over, within_s=seconds + _GRACE_S)
    return moments


def _rates(moments: Sequence[_Moment]) -> list[tuple[float, float]]:
    """Return the rate over the last seconds before each moment."""
    rates, first = [], 0
    for last in moments:
        while last.at_s - moments[first].at_s > _WINDOW_S:
            first += 1
        if (seen_s := last.at_s - moments[first].at_s) > _WINDOW_S / 2:
            rates.append((last.at_s, (last.sent_bytes - moments[first].sent_bytes) / seen_s))
    return rates


def _print(moments: Sequence[_Moment]) -> None:
    rates, step = dict(_rates(moments)), max(len(moments) // 20, 1)
    rows = [
        [f"{m.at_s:.0f}", f"{rates.get(m.at_s, 0) / 1e6:.1f}", str(m.under_way), str(m.level), str(m.slots), m.why]
        for m in moments[::step]
    ]
    print_table(["s", "MB/s", "connections", "level", "slots", "why (slots; connections)"], rows)


def _addresses(origin: Origin, count: int) -> list[str]:
    """Return addresses that all lead to the one episode and look like as many."""
    return [f"{origin.url('index.m3u8')}?name=S01E{number:02}" for number in range(1, count + 1)]
