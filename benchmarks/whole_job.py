"""The same job by every contender in turn, A B C A B C ..., so that the moods of the machine meet all of them."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import measure
from benchmarks.contenders import CONNECTIONS, Contender, Task, file_contenders, playlist_contenders
from benchmarks.episode import packets_of
from benchmarks.origin import serve
from benchmarks.table import megabytes, print_table, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.episode import Episode
    from benchmarks.measure import Usage
    from benchmarks.origin import Origin

_RAM_DISK: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What a contender took each time, and whether its last result holds every packet of the episode."""

    contender: Contender
    usages: Sequence[Usage]
    verdict: str


def whole_job(episode: Episode, *, runs: int, scheme: str) -> None:
    """From the address of a playlist to a playable .mkv, from a server as fast as this machine is."""
    print(f"\n## Playlist to .mkv, {scheme}, fast server: {_size(episode)}, median of {runs}")
    with serve(episode.folder) as origin:
        _print(_compete(_present(playlist_contenders()), episode, origin, scheme=scheme, runs=runs))


def limited_job(episode: Episode, *, runs: int, rate_bytes_per_s: int) -> None:
    """The same from a server that gives every connection so many bytes a second. Who uses one only is left out."""
    count = len(episode.segments)
    ideal_s = episode.size_bytes / (CONNECTIONS * rate_bytes_per_s)
    rounds_s = ceil(count / CONNECTIONS) * episode.size_bytes / count / rate_bytes_per_s
    print(f"\n## Playlist to .mkv, https, {megabytes(rate_bytes_per_s)}/s a connection, median of {runs}")
    print(f"{_size(episode)} over {CONNECTIONS} connections of that rate take {ideal_s:.2f} s at least,")
    print(f"{rounds_s:.2f} s where none of the last segments is shared between connections.")
    with serve(episode.folder, rate_bytes_per_s=rate_bytes_per_s) as origin:
        many = [contender for contender in playlist_contenders() if contender.many_connections]
        _print(_compete(_present(many), episode, origin, scheme="https", runs=runs))


def file_job(episode: Episode, *, runs: int) -> None:
    """One plain file over several connections. We also join it anew and prove it, the others only fetch it."""
    print(f"\n## Plain file, https, fast server: {megabytes(episode.file_bytes)}, median of {runs}")
    with serve(episode.folder) as origin:
        _print(_compete(_present(file_contenders()), episode, origin, scheme="https", runs=runs))


@contextlib.contextmanager
def ram_folder() -> Iterator[Path]:
    """Give an empty folder on a RAM disk where there is one, so that no disk is measured."""
    with tempfile.TemporaryDirectory(prefix="aniworld-dl-", dir=_RAM_DISK if _RAM_DISK.is_dir() else None) as folder:
        yield Path(folder)


def _size(episode: Episode) -> str:
    return f"{megabytes(episode.size_bytes)} in {len(episode.segments)} segments"


def _present(contenders: Sequence[Contender]) -> list[Contender]:
    for contender in contenders:
        if contender.needs:
            print(f"MISSING: {', '.join(contender.needs)} is not installed; `{contender.name}` does not take part.")
    return [contender for contender in contenders if not contender.needs]


def _compete(
    contenders: Sequence[Contender], episode: Episode, origin: Origin, *, scheme: str, runs: int
) -> list[Runs]:
    usages: dict[str, list[Usage]] = {contender.name: [] for contender in contenders}
    verdicts: dict[str, str] = {}
    for number in range(runs + 1):
        for contender in contenders:
            with ram_folder() as folder:
                task = Task(episode=episode, origin=origin, scheme=scheme, folder=folder)
                commands = contender.commands(task)
                usage = measure.run(commands, cwd=folder, env=task.environment())
                verdicts[contender.name] = _verdict(contender, task)
                if number:
                    usages[contender.name].append(usage)
                else:  # the first time files are read from the disk and Python keeps its bytecode: not counted
                    print("\n".join(f"$ {_shown(command, task)}" for command in commands), flush=True)
    return [Runs(contender=each, usages=usages[each.name], verdict=verdicts[each.name]) for each in contenders]


def _shown(command: Sequence[str], task: Task) -> str:
    short = {task.ca_file: "authority.pem", sys.executable: "python"}
    return " ".join(short.get(word, word).replace(task.ca_file, "authority.pem") for word in command)


def _verdict(contender: Contender, task: Task) -> str:
    if not contender.result:
        return "-"
    results = list(task.folder.glob(contender.result))
    if len(results) != 1:
        return f"{len(results)} files"
    return "every packet" if packets_of(results[0]) == task.episode.packets else "DIFFERS"


def _print(all_runs: Sequence[Runs]) -> None:
    ours = measure.middle(all_runs[0].usages)
    rows = []
    for runs in all_runs:
        usage = measure.middle(runs.usages)
        spread = f"{min(each.wall_s for each in runs.usages):.2f}-{max(each.wall_s for each in runs.usages):.2f}"
        figures = [f"{usage.wall_s:.2f}", spread, f"{usage.cpu_s:.2f}", megabytes(usage.peak_bytes)]
        ratios = [ratio(ours.wall_s, usage.wall_s), ratio(ours.cpu_s, usage.cpu_s)]
        rows.append([runs.contender.name, *figures, *ratios, runs.verdict])
    head = ["", "wall s", "from-to", "CPU s", "peak memory", "our wall / its", "our CPU / its", "result has"]
    print_table(head, rows)
