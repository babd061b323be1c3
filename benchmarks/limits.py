"""Bandwidth limits of a service that really downloads: how exact, how fair, how soon they act, what none costs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.clock import SystemClock
from aniworld_dl.limits import Throttle
from benchmarks.checks import Check, print_checks
from benchmarks.contest import ram_folder
from benchmarks.episode import EPISODE_PLAYLIST
from benchmarks.origin import serve
from benchmarks.table import print_table
from tests.acceptance.service import Service
from tests.commands import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.episode import Episode
    from benchmarks.origin import Origin

_MB: Final = 1_000_000
_RATES: Final = (1 * _MB, 10 * _MB, 50 * _MB)
_STREAMS: Final = (1, 24)
_PLAYLIST: Final = "limits.m3u8"
_REPEATED: Final = 8
"""How often the playlist of a single stream goes through the episode, so that the highest rate does not end it."""
_WINDOW_S: Final = 10.0
_SETTLED_S: Final = 2.0
_STARTED_S: Final = 60.0
_WATCHED_S: Final = 1.5
_ASKED_EVERY_S: Final = 0.01
_OFF: Final = 0.1
_JUDGED_S: Final = 0.3
"""Over how long a rate is taken when the question is since when it holds."""

_ERROR: Final = 0.03
_FASTEST: Final = 1 / 0.9
_REACTION_MS: Final = 300.0
_NO_LIMIT: Final = 0.01
_CPU_S_PER_MB: Final = 0.006
"""What all of a download takes (subject `tls`)."""
_TAKES: Final = 200_000
_CHUNK_BYTES: Final = 1 << 18


def limits(episode: Episode) -> None:
    """Measure all of it with one service after another."""
    playlist = episode.folder / _PLAYLIST
    _repeat(episode.playlist, playlist)
    try:
        asyncio.run(_measure(episode))
    finally:
        playlist.unlink()
    _cost_of_none()


async def _measure(episode: Episode) -> None:
    with ram_folder() as folder, serve(episode.folder) as origin:
        environment = {**LOOPBACK, "SSL_CERT_FILE": str(origin.ca_file), "PYTHONDONTWRITEBYTECODE": ""}
        environment["ANIWORLD_DL_CONNECTIONS_PER_HOST"] = "256"  # each of 24 streams needs one at least
        async with Service(folder, "-j", str(max(_STREAMS)), env=environment) as service:
            bench = _Bench(service, origin)
            checks = [*await _exactness(bench), *await _combined(bench), *await _reaction(bench)]
    print_checks(checks)


def _repeat(source: Path, target: Path) -> None:
    """Write a playlist that goes through another one again and again."""
    lines = source.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("#EXTINF"))
    body = [line for line in lines[first:] if line != "#EXT-X-ENDLIST"]
    again = ["#EXT-X-DISCONTINUITY", *body]
    target.write_text("\n".join([*lines[:first], *body, *again * (_REPEATED - 1), "#EXT-X-ENDLIST", ""]))


@dataclass(slots=True)
class _Bench:
    """A service and what it downloads from."""

    service: Service
    origin: Origin
    _number: int = field(default=0)

    async def limit(self, bytes_per_s: int | None) -> None:
        """Set the limit over everything."""
        await self._patch("/api/settings", {"bandwidth_limit_bytes_per_s": bytes_per_s})

    async def limit_job(self, job_id: int, bytes_per_s: int | None) -> None:
        """Set the limit of a job."""
        await self._patch(f"/api/jobs/{job_id}", {"bandwidth_limit_bytes_per_s": bytes_per_s})

    async def start(self, streams: int) -> int:
        """Start so many episodes as one job; return its id when bytes of each have come."""
        self._number += 1
        playlist = _PLAYLIST if streams == 1 else EPISODE_PLAYLIST  # space is reserved for what each will become
        names = [f"{playlist}?name=S{self._number:02}E{number:02}" for number in range(1, streams + 1)]
        job = await self.service.add(f"Limits {self._number}", *(self.origin.url("https", name) for name in names))
        job_id: int = job["id"]
        deadline = time.monotonic() + _STARTED_S
        while not all((await self.bytes_of(job_id)).values()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{streams} episodes were not under way within {_STARTED_S:.0f} s")
            await asyncio.sleep(0.1)
        await asyncio.sleep(_SETTLED_S)
        return job_id

    async def end(self, *job_ids: int) -> None:
        """Stop and forget jobs."""
        for job_id in job_ids:
            (await self.service.client.delete(f"/api/jobs/{job_id}")).raise_for_status()

    async def bytes_of(self, *job_ids: int) -> dict[int, int]:
        """Return what has come of each episode."""
        episodes = [episode for job_id in job_ids for episode in await self.service.episodes(job_id)]
        return {episode["id"]: episode["bytes_downloaded"] or 0 for episode in episodes}

    async def rates(self, *job_ids: int) -> list[float]:
        """Return how fast each episode is, in bytes a second over the window."""
        before, since = await self.bytes_of(*job_ids), time.monotonic()
        await asyncio.sleep(_WINDOW_S)
        after, seconds = await self.bytes_of(*job_ids), time.monotonic() - since
        return [(after[episode_id] - before[episode_id]) / seconds for episode_id in before]

    async def _patch(self, path: str, body: Mapping[str, Any]) -> None:
        (await self.service.client.patch(path, json=body)).raise_for_status()


async def _exactness(bench: _Bench) -> list[Check]:
    print(f"\n## Bandwidth limits, https, rates over {_WINDOW_S:.0f} s")
    rows, errors, spreads = [], [], []
    for streams in _STREAMS:
        for rate in _RATES:
            await bench.limit(rate)
            job_id = await bench.start(streams)
            rates = await bench.rates(job_id)
            await bench.end(job_id)
            errors.append(sum(rates) / rate - 1)
            spreads.append(max(rates) / max(min(rates), 1.0))
            rows.append(
                [f"{streams} x", _shown(rate), _shown(sum(rates)), f"{errors[-1]:+.2%}", f"{1 / spreads[-1]:.2f}"]
            )
    print_table(["streams", "limit", "measured", "error", "slowest / fastest"], rows)
    return [
        Check(what="rate, error over 10 s", measured=max(map(abs, errors)) * 100, limit=_ERROR * 100, unit=" %"),
        Check(what="fastest / slowest stream", measured=max(spreads), limit=_FASTEST),
    ]


async def _combined(bench: _Bench) -> list[Check]:
    """Three episodes of a job that has a limit of its own, and three of one that has not, under one over everything."""
    whole, own, streams = 10 * _MB, 2 * _MB, 3
    await bench.limit(whole)
    held, free = await bench.start(streams), await bench.start(streams)
    await bench.limit_job(held, own)
    await asyncio.sleep(_SETTLED_S)
    rates = await bench.rates(held, free)
    await bench.end(held, free)
    parts = {"of the job with 2 MB/s": (rates[:streams], own), "of the other job": (rates[streams:], whole - own)}
    rows = [[what, _shown(sum(part)), _shown(target)] for what, (part, target) in parts.items()]
    print_table([f"{streams} + {streams} streams, 10 MB/s in all", "measured", "fair"], rows)
    off = max(abs(sum(part) / target - 1) for part, target in parts.values())
    apart = max(max(part) / min(part) for part, _ in parts.values())
    return [
        Check(what="two limits, error over 10 s", measured=off * 100, limit=_ERROR * 100, unit=" %"),
        Check(what="two limits, fastest / slowest of a job", measured=apart, limit=_FASTEST),
    ]


async def _reaction(bench: _Bench) -> list[Check]:
    """A limit that is changed while one stream runs: since when the new one holds."""
    rows, slowest = [], 0.0
    await bench.limit(50 * _MB)
    job_id = await bench.start(1)
    steps = [(50 * _MB, 1 * _MB), (1 * _MB, 50 * _MB), (50 * _MB, None), (None, 10 * _MB)]
    for before, after in steps:
        changed = time.monotonic()
        await bench.limit(after)
        seen = await _watch(bench, job_id)
        # without a limit it is to become clearly faster; how fast it can be is another matter
        since = _faster_since(seen, 1.2 * (before or 0)) if after is None else _holds_since(seen, after)
        took_ms = max(since - changed, 0.0) * 1000
        slowest = max(slowest, took_ms)
        rows.append([f"{_shown(before)} -> {_shown(after)}", f"{took_ms:.0f} ms"])
    await bench.end(job_id)
    print_table(["one stream, limit changed", "new rate holds after"], rows)
    return [Check(what="a changed limit acts after", measured=slowest, limit=_REACTION_MS, unit=" ms")]


async def _watch(bench: _Bench, job_id: int) -> list[tuple[float, int]]:
    seen = []
    end = time.monotonic() + _WATCHED_S
    while (now := time.monotonic()) < end:
        seen.append((now, sum((await bench.bytes_of(job_id)).values())))
        await asyncio.sleep(_ASKED_EVERY_S)
    return seen


def _holds_since(seen: Sequence[tuple[float, int]], rate: float) -> float:
    """Return from when on a stretch has this rate to a tenth, and all that follows too; the end when none does."""
    last_at, last = seen[-1]
    counts = dict(seen)
    for start, measured in _stretches(seen):
        following = (last - counts[start]) / (last_at - start)
        if abs(measured / rate - 1) <= _OFF and abs(following / rate - 1) <= _OFF:
            return start
    return last_at


def _faster_since(seen: Sequence[tuple[float, int]], rate: float) -> float:
    return next((start for start, measured in _stretches(seen) if measured > rate), seen[-1][0])


def _stretches(seen: Sequence[tuple[float, int]]) -> list[tuple[float, float]]:
    """Return when each stretch begins and the rate in it."""
    stretches, right = [], 0
    for start, count in seen:
        while right < len(seen) and seen[right][0] < start + _JUDGED_S:
            right += 1
        if right == len(seen):
            break
        stretches.append((start, (seen[right][1] - count) / (seen[right][0] - start)))
    return stretches


def _cost_of_none() -> None:
    """What asking three open throttles takes, against counting alone, and against all that a download takes."""
    clock = SystemClock()
    chain = Throttle(clock, parent=Throttle(clock, parent=Throttle(clock)))
    counted: list[int] = [0]

    def count(size: int) -> None:
        counted[0] += size

    async def through() -> float:
        started = time.process_time()
        for _ in range(_TAKES):
            await chain.take(_CHUNK_BYTES, count)
        return time.process_time() - started

    def past() -> float:
        started = time.process_time()
        for _ in range(_TAKES):
            count(_CHUNK_BYTES)
        return time.process_time() - started

    extra_s = asyncio.run(through()) - past()
    per_mb_s = extra_s / (_TAKES * _CHUNK_BYTES / _MB)
    print(f"\n## No limit set: {per_mb_s * 1e6:.1f} us of processor time for a MB in chunks of 256 KiB")
    share = per_mb_s / _CPU_S_PER_MB
    print_checks([Check(what="of what a download takes", measured=share * 100, limit=_NO_LIMIT * 100, unit=" %")])


def _shown(rate: float | None) -> str:
    return "none" if rate is None else f"{rate / _MB:.2f} MB/s"
