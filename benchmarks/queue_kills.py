"""Two hundred `kill -9` at random moments while clients work on the queue: what held after each start."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from aniworld_dl.demo.origin import Origin
from benchmarks.table import megabytes, print_table, verdict
from tests.acceptance.queue_kills import CLIENTS, QueueKiller
from tests.media_samples import make_samples

_RATE_BYTES_PER_S = 300_000


def kill_queue_at_random(kills: int, seed: int) -> None:
    """Kill the service over and over, let its queue end, and print what did not hold."""
    with tempfile.TemporaryDirectory(prefix="benchmark-queue-kills-") as folder:
        asyncio.run(_kill(Path(folder), kills, seed))


async def _kill(folder: Path, kills: int, seed: int) -> None:
    samples = make_samples(folder / "samples")
    print(f"\n## {kills} times `kill -9` of the service while {CLIENTS} clients work on its queue, seed {seed}")
    async with Origin(rate_bytes_per_s=_RATE_BYTES_PER_S) as origin:
        killer = QueueKiller(origin, samples, folder, seed=seed)
        await killer.kill(kills)
        origin.rate_bytes_per_s = None
        await killer.finish()
    done = killer.done
    print_table(["struck while", "kills"], [[where, str(count)] for where, count in done.moments.most_common()])
    print_table(["requests", "count"], [[kind, str(count)] for kind, count in done.requests.most_common()])
    complaints, cost = len(done.complaints), killer.cost
    again = cost.refetched_bytes()
    rows = [
        ["lost, double, stuck, miscounted, left over", str(complaints), "0", verdict(met=not complaints)],
        [
            "fetched again",
            megabytes(again),
            f"<= {megabytes(cost.in_flight_bytes)} in flight, {megabytes(cost.stopped_bytes)} stopped by clients",
            verdict(met=again <= cost.in_flight_bytes + cost.stopped_bytes),
        ],
        ["episodes completed in the end, streams as ffmpeg's own", str(done.episodes), "", ""],
    ]
    print_table(["", "found", "target", ""], rows)
    for complaint in done.complaints[:20]:
        print(f"- {complaint}")
