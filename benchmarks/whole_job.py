"""Whole jobs, from an address to a playable file, with the targets that they are held to."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from benchmarks.checks import Check, print_checks
from benchmarks.contenders import (
    ARIA2C_FFMPEG,
    ARIA2C_FILE,
    CONNECTIONS,
    FFMPEG_ALONE,
    OURS,
    YT_DLP_8,
    file_contenders,
    playlist_contenders,
)
from benchmarks.contest import Entry, compete, present, print_results
from benchmarks.origin import serve
from benchmarks.relay import relay
from benchmarks.table import megabytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contenders import Contender
    from benchmarks.contest import Result
    from benchmarks.episode import Episode
    from benchmarks.origin import Origin

_WALL: Final = {FFMPEG_ALONE: 1.0, ARIA2C_FFMPEG: 0.6, YT_DLP_8: 0.4}
"""What our time may be of theirs, from a fast server over TLS."""
_CPU: Final = {FFMPEG_ALONE: 1.4}
_LIMITED: Final = {YT_DLP_8: 0.97}
_OF_IDEAL: Final = 1.05
_FILE: Final = {ARIA2C_FILE: 1.1}
_ONE_HELD: Final = 1.15
_HELD_BYTES_PER_S: Final = 50_000


def whole_job(episode: Episode, *, runs: int, scheme: str) -> None:
    """From the address of a playlist to a playable .mkv, from a server as fast as this machine is."""
    print(f"\n## Playlist to .mkv, {scheme}, fast server: {_size(episode)}, median of {runs}")
    with serve(episode.folder) as origin:
        results = compete(_entries(playlist_contenders(), origin), episode, scheme=scheme, runs=runs)
    print_results(results)
    print_checks([*_wall_checks(results, _WALL), *_cpu_checks(results, _CPU)])


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
        results = compete(_entries(many, origin), episode, scheme="https", runs=runs)
    print_results(results)
    wall_s = results[OURS].middle.wall_s
    of_ideal = Check(what="wall / bytes over 8 times the rate", measured=wall_s / ideal_s, limit=_OF_IDEAL)
    print_checks([*_wall_checks(results, _LIMITED), of_ideal])


def file_job(episode: Episode, *, runs: int, name: str) -> None:
    """One plain file over several connections. We also join it anew and prove it, the others only fetch it."""
    size = (episode.folder / name).stat().st_size
    print(f"\n## Plain {name.rpartition('.')[2]} file, https, fast server: {megabytes(size)}, median of {runs}")
    with serve(episode.folder) as origin:
        results = compete(_entries(file_contenders(name), origin), episode, scheme="https", runs=runs)
    print_results(results)
    print_checks(_wall_checks(results, _FILE))


def held_job(episode: Episode, *, runs: int, name: str) -> None:
    """The plain file through a relay that holds one connection back, and through one that does not."""
    rate = f"{_HELD_BYTES_PER_S / 1000:.0f} kB/s"
    print(f"\n## Plain file, https, one connection held to {rate} after its first MiB, median of {runs}")
    contenders = [each for each in present(file_contenders(name)) if each.many_connections]
    with (
        serve(episode.folder) as origin,
        relay(origin.https_port) as free,
        relay(origin.https_port, held_bytes_per_s=_HELD_BYTES_PER_S) as held,
    ):
        entries = {}
        for contender in contenders:
            entries[f"{contender.name}, all free"] = Entry(contender=contender, origin=origin.behind(free))
            entries[f"{contender.name}, one held"] = Entry(contender=contender, origin=origin.behind(held))
        results = compete(entries, episode, scheme="https", runs=runs)
    print_results(results)
    walls = {entry: result.middle.wall_s for entry, result in results.items()}
    ours = walls[f"{OURS}, one held"] / walls[f"{OURS}, all free"]
    print_checks([Check(what="wall / without the held connection", measured=ours, limit=_ONE_HELD)])


def _entries(contenders: Sequence[Contender], origin: Origin) -> dict[str, Entry]:
    return {each.name: Entry(contender=each, origin=origin) for each in present(contenders)}


def _wall_checks(results: dict[str, Result], limits: dict[str, float]) -> list[Check]:
    ours = results[OURS].middle.wall_s
    return [
        Check(what=f"wall / {name}", measured=ours / results[name].middle.wall_s, limit=limit)
        for name, limit in limits.items()
        if name in results
    ]


def _cpu_checks(results: dict[str, Result], limits: dict[str, float]) -> list[Check]:
    ours = results[OURS].middle.cpu_s
    return [
        Check(what=f"CPU / {name}", measured=ours / results[name].middle.cpu_s, limit=limit)
        for name, limit in limits.items()
        if name in results
    ]


def _size(episode: Episode) -> str:
    return f"{megabytes(episode.size_bytes)} in {len(episode.segments)} segments"
