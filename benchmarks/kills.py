"""A hundred `kill -9` at random moments over one episode: what comes out, and what it cost."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from aniworld_dl.demo.origin import Origin
from benchmarks.table import megabytes, print_table, verdict
from tests.acceptance.kills import CONNECTIONS, PLAYLIST, Killer, make_long_episode
from tests.media_samples import own_remux, streamhash

_SEGMENTS = 240


def kill_at_random(kills: int, seed: int) -> None:
    """Kill one download over and over, let it end, and print what became of it."""
    with tempfile.TemporaryDirectory(prefix="benchmark-kills-") as folder:
        asyncio.run(_kill(Path(folder), kills, seed))


async def _kill(folder: Path, kills: int, seed: int) -> None:
    episode = folder / "served"
    segments = make_long_episode(episode, _SEGMENTS)
    print(
        f"\n## {kills} times `kill -9` over one episode of {_SEGMENTS} segments, {CONNECTIONS} connections, seed {seed}"
    )
    async with Origin() as origin:
        origin.add_folder("/", episode)
        killer = Killer(origin, segments, folder, seed=seed)
        done = await killer.kill(kills)
        status = await killer.finish()
    files = [path for path in killer.out.rglob("*") if path.is_file()]
    rest = [path.name for path in killer.out.rglob(".aniworld-dl*")]
    own = streamhash(own_remux(episode / PLAYLIST, folder / "own.mkv"))
    right = status == 0 and len(files) == 1 and streamhash(files[0]) == own
    in_flight = done.under_way * CONNECTIONS * max(segments.values())
    print_table(["struck while", "kills"], [[where, str(count)] for where, count in done.moments.most_common()])
    rows = [
        ["files, streams as ffmpeg's own", f"{len(files)}", "1", verdict(met=right)],
        ["left of the work", str(len(rest)), "0", verdict(met=not rest)],
        [
            "fetched again",
            megabytes(done.refetched_bytes),
            f"<= {megabytes(in_flight)} in flight",
            verdict(met=done.refetched_bytes <= in_flight),
        ],
        [
            "segments asked for again",
            str(done.refetched_segments),
            f"<= {done.under_way * CONNECTIONS}",
            verdict(met=done.refetched_segments <= done.under_way * CONNECTIONS),
        ],
    ]
    print_table(["", "found", "target", ""], rows)
