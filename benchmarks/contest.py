"""The same job by every contender in turn, A B C A B C ..., so that the moods of the machine meet all of them."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import measure
from benchmarks.contenders import Contender, Task
from benchmarks.episode import packets_of
from benchmarks.table import megabytes, print_table, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.episode import Episode
    from benchmarks.measure import Usage
    from benchmarks.origin import Origin

_RAM_DISK: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A contender and the origin it has to use."""

    contender: Contender
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a contender took each time, and whether its last result holds every packet of the episode."""

    usages: Sequence[Usage]
    verdict: str

    @property
    def middle(self) -> Usage:
        """The median of each figure."""
        return measure.middle(self.usages)


def present(contenders: Sequence[Contender]) -> list[Contender]:
    """Return those whose programs are here, and print who is missing."""
    for contender in contenders:
        if contender.needs:
            print(f"MISSING: {', '.join(contender.needs)} is not installed; `{contender.name}` does not take part.")
    return [contender for contender in contenders if not contender.needs]


def compete(entries: Mapping[str, Entry], episode: Episode, *, scheme: str, runs: int) -> dict[str, Result]:
    """Let each entry do the job `runs` times in turn, and once before that, which is not counted.

    The first time files are read from the disk and Python keeps its bytecode, as it does at a user's first start.
    """
    usages: dict[str, list[Usage]] = {name: [] for name in entries}
    verdicts: dict[str, str] = {}
    for number in range(runs + 1):
        for name, entry in entries.items():
            with ram_folder() as folder:
                task = Task(episode=episode, origin=entry.origin, scheme=scheme, folder=folder)
                commands = entry.contender.commands(task)
                usage = measure.run(commands, cwd=folder, env=task.environment())
                verdicts[name] = _verdict(entry.contender, task)
                if number:
                    usages[name].append(usage)
                else:
                    print("\n".join(f"$ {_shown(command, task)}" for command in commands), flush=True)
    return {name: Result(usages=usages[name], verdict=verdicts[name]) for name in entries}


def print_results(results: Mapping[str, Result]) -> None:
    """Print a line for each; the ratios are those of the first to each."""
    ours = next(iter(results.values())).middle
    rows = []
    for name, result in results.items():
        usage = result.middle
        spread = f"{min(each.wall_s for each in result.usages):.2f}-{max(each.wall_s for each in result.usages):.2f}"
        figures = [f"{usage.wall_s:.2f}", spread, f"{usage.cpu_s:.2f}", megabytes(usage.peak_bytes)]
        ratios = [ratio(ours.wall_s, usage.wall_s), ratio(ours.cpu_s, usage.cpu_s)]
        rows.append([name, *figures, *ratios, result.verdict])
    head = ["", "wall s", "from-to", "CPU s", "peak memory", "our wall / its", "our CPU / its", "result has"]
    print_table(head, rows)


@contextlib.contextmanager
def ram_folder() -> Iterator[Path]:
    """Give an empty folder on a RAM disk where there is one, so that no disk is measured."""
    with tempfile.TemporaryDirectory(prefix="aniworld-dl-", dir=_RAM_DISK if _RAM_DISK.is_dir() else None) as folder:
        yield Path(folder)


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
