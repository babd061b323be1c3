"""`python -m benchmarks.fuzz --minutes 10`: damaged and invented bytes for every parser of what strangers send.

A parser returns or raises the errors it is known for, within seconds, in bounded memory; anything else is printed with
the shortest bytes that show it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.fragments import tfdt_fields, track_fragments
from aniworld_dl.media.formats.matroska import read_matroska
from aniworld_dl.media.formats.mp4_file import read_mp4
from aniworld_dl.media.formats.mpegts import TransportStreamCheck
from aniworld_dl.media.formats.packed_audio import PackedAudioCheck
from aniworld_dl.media.formats.sidx import SidxError, parse_sidx
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.hls.playlist import parse_hls
from aniworld_dl.media.text.ttml import parse_ttml
from aniworld_dl.media.text.webvtt import parse_webvtt
from aniworld_dl.providers.feed import entries_of
from aniworld_dl.providers.pages import media_in
from benchmarks.table import print_table, verdict
from tests.matroska_files import BOTH, info, matroska, seconds
from tests.movie_fragments import Described, init_section, usual_fragment
from tests.transport_streams import Multiplex
from tests.unit.media.audio_builders import aac_frame, id3_tag
from tests.unit.media.dash import test_any_bytes as dash
from tests.unit.media.formats import test_fragments, test_mp4_file
from tests.unit.media.hls import test_any_text as hls
from tests.unit.media.index_builders import sidx
from tests.unit.media.text.test_ttml import document
from tests.unit.providers import test_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MIB: Final = 1024 * 1024
LONGEST_S: Final = 10.0
"""For one input; most take some thousandths."""
MOST_MEMORY_BYTES: Final = 1024 * MIB
"""Address space beside what the program has at the start; more is a `MemoryError`."""
MOST_GROWTH_BYTES: Final = 256 * MIB
AT_A_TIME: Final = 500
URL: Final = "https://a.example/v/list"
PAGE: Final = (
    b'<html><head><base href="/b/"><meta property="og:video" content="x.mp4"><script type="application/ld+json">'
    b'{"@graph":[{"contentUrl":"a.m3u8"}]}</script></head><video src="c.mp4"><source src="d.webm"></video></html>'
)
VTT: Final = (
    b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\nNOTE x\n\n"
    b"1\n00:01.000 --> 00:02.000 line:0\n<i>a</i>\n"
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A parser: what it reads, from which bytes the damaged ones are made, and which errors it may raise."""

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    errors: tuple[type[Exception], ...] = (StructureError,)


def targets(folder: Path) -> dict[str, Target]:
    """Return all of them. `folder` is for what is read from files."""
    file = folder / "film"

    def from_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
        def write_and_read(data: bytes) -> object:
            file.write_bytes(data)
            return read(file)

        return write_and_read

    def text(data: bytes) -> str:
        return data.decode("utf-8", "surrogateescape")

    manifests = (ManifestError, UnsupportedMediaError)
    facts = test_fragments.FACTS
    init = init_section(Described(), Described(number=2), defaults=((1, 2, 3),))
    film = matroska(info(4000.0), BOTH, seconds(4, checksum=True))
    feeds = (test_feed.RSS, test_feed.ATOM, test_feed.JSON)
    audio = id3_tag(bytes(20)) + aac_frame() * 3
    return {
        "HLS": Target(
            read=lambda data: parse_hls(text(data), f"{URL}?token=x", {"c": "y"}),
            seeds=_encoded(hls.VALID),
            errors=manifests,
        ),
        "DASH": Target(read=dash.look, seeds=_encoded(dash.VALID), errors=()),
        "WebVTT": Target(read=lambda data: parse_webvtt(text(data)), seeds=[VTT]),
        "TTML": Target(
            read=parse_ttml,
            seeds=[document('<div><p begin="1s" end="00:00:02.5" region="r">a<br/><span>b</span></p></div>')],
            errors=(StructureError, UnsupportedMediaError),
        ),
        "MPEG-TS": Target(read=lambda data: _feed(TransportStreamCheck(), data), seeds=[Multiplex().segment(0.0)]),
        "packed audio": Target(read=lambda data: _feed(PackedAudioCheck(), data), seeds=[audio]),
        "init boxes": Target(read=track_facts, seeds=[init]),
        "fragments": Target(read=lambda data: track_fragments(data, facts), seeds=[usual_fragment(5)[8:-108]]),
        "fragment times": Target(read=tfdt_fields, seeds=[usual_fragment(5)]),
        "sidx": Target(read=lambda data: parse_sidx(data, 7), seeds=[sidx((9, 9), (7, 5))], errors=(SidxError,)),
        "MP4": Target(read=from_file(read_mp4), seeds=[test_mp4_file.WHOLE], errors=()),
        "Matroska": Target(
            read=from_file(lambda path: asyncio.run(read_matroska(path, checksums=True))), seeds=[film], errors=()
        ),
        "feeds": Target(read=lambda data: entries_of(data, URL), seeds=feeds, errors=()),
        "pages": Target(read=lambda data: media_in(text(data), URL), seeds=[PAGE], errors=()),
    }


def fuzz(target: Target, *, until: float, at_a_time: int = AT_A_TIME) -> int:
    """Feed a parser until the clock (`time.monotonic`) says `until`, at least once; return how many inputs it read.

    Raises:
        Exception: the parser has raised what it may not; hypothesis has added the shortest input that shows it.
        TimeoutError: an input took too long.
    """
    count = 0

    @settings(
        max_examples=at_a_time,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants(target.seeds))
    def feed(data: bytes) -> None:
        nonlocal count
        count += 1
        with _time_limit():
            try:
                target.read(data)
            except target.errors:
                return

    while not count or time.monotonic() < until:
        feed()
    return count


@st.composite
def mutants(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Something valid in which pieces were cut out, put in, doubled or replaced; now and then mere noise."""
    data = draw(st.sampled_from(seeds) | st.binary(max_size=200))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(start + 24, len(data))))
        piece = data[start:stop]
        middle = draw(
            st.binary(max_size=8)
            | st.sampled_from([b"", piece * 2, piece[::-1], piece * 200, b"\xff" * 8, bytes(8), b"9" * 400])
            | st.binary(min_size=len(piece), max_size=len(piece))
        )
        data = data[:start] + middle + data[stop:]
    return data


def main() -> int:
    """Feed all parsers and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for all of them together (default %(default)s)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="only these, as they are called in the table")
    options = parser.parse_args()
    most = psutil.Process().memory_info().vms + MOST_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    rows, failed = [], False
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        chosen = {name: each for name, each in targets(Path(folder)).items() if name in (options.targets or [name])}
        for name, target in chosen.items():
            before, until = _peak_bytes(), time.monotonic() + options.minutes * 60 / len(chosen)
            outcome, count = "", 0
            try:
                count = fuzz(target, until=until)
            except Exception as error:  # noqa: BLE001 - to find any at all is the purpose
                outcome = f"{type(error).__name__}: {error} {' '.join(getattr(error, '__notes__', []))}"
            growth = _peak_bytes() - before
            is_met = not outcome and growth <= MOST_GROWTH_BYTES
            failed = failed or not is_met
            rows.append([name, f"{count:,}", f"{growth / MIB:.0f} MiB", outcome[:400], verdict(met=is_met)])
    print_table(["parser", "inputs", "more memory at most", "what it raised", ""], rows)
    return int(failed)


def _encoded(texts: Sequence[str]) -> list[bytes]:
    return [each.encode() for each in texts]


def _feed(check: TransportStreamCheck | PackedAudioCheck, data: bytes) -> None:
    for start in range(0, len(data), 1000):
        check.feed(data[start : start + 1000])
    check.finish()


@contextmanager
def _time_limit() -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        raise TimeoutError(f"it took more than {LONGEST_S:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
