"""`kill -9` of the service at every change of its files, one after the other: what came out, and what it cost."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections import Counter
from pathlib import Path

from aniworld_dl.demo.origin import Origin
from benchmarks.table import megabytes, print_table, verdict
from tests.acceptance.write_kills import CONNECTIONS, WriteKiller
from tests.media_samples import SEGMENTS, make_samples


def kill_at_every_write() -> None:
    """Kill at the first change, at the second, and so on, until a run comes to its end before its kill."""
    with tempfile.TemporaryDirectory(prefix="benchmark-write-kills-") as folder:
        asyncio.run(_kill(Path(folder)))


async def _kill(folder: Path) -> None:
    samples = make_samples(folder / "samples")
    print(f"\n## `kill -9` at every change on disk: one episode of {SEGMENTS} segments, {CONNECTIONS} connections")
    deaths = []
    async with Origin() as origin:
        origin.add_folder("/", samples.folder)
        killer = WriteKiller(origin, samples, folder)
        for number in itertools.count(1):
            death = await killer.kill_at(number)
            if death.change is None:
                break
            deaths.append(death)
    kinds = Counter((death.change or "").partition(" ")[0] for death in deaths)
    print_table(["killed instead of", "kills"], [[what, str(count)] for what, count in kinds.most_common()])
    complaints = [f"{death.number}, {death.change}: {each}" for death in deaths for each in death.complaints]
    most = max(death.refetched_bytes for death in deaths)
    total, in_flight = sum(death.refetched_bytes for death in deaths), killer.in_flight_bytes
    rows = [
        ["kills", str(len(deaths)), "every change", ""],
        ["lost, wrong, half, left over, not the same", str(len(complaints)), "0", verdict(met=not complaints)],
        ["fetched again, in all", megabytes(total), f"<= {megabytes(len(deaths) * in_flight)} in flight", ""],
        ["at most at a time", megabytes(most), f"<= {megabytes(in_flight)} in flight", verdict(met=most <= in_flight)],
    ]
    print_table(["", "found", "target", ""], rows)
    for complaint in complaints[:20]:
        print(f"- {complaint}")
