"""DASH as ffmpeg packages it, read over HTTP and put together: the packets of the episode, each once and in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.clock import SystemClock
from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.tracks import dash_track
from aniworld_dl.media.formats.sidx import file_boxes
from aniworld_dl.model import Container, TrackKind
from aniworld_dl.net.client import HttpClient
from tests.media_samples import LATE, SECONDS, ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.model import InitSection, Segment, Track
    from tests.media_samples import Samples

NUMBERS: Final = ["-use_template", "1", "-use_timeline", "0"]
TIMELINE: Final = ["-use_template", "1", "-use_timeline", "1"]
TIMES: Final = [*TIMELINE, "-media_seg_name", "t$RepresentationID$-$Time$.m4s"]
LIST: Final = ["-use_template", "0", "-use_timeline", "0"]
ONE_FILE: Final = ["-single_file", "1"]
INDEXED: Final = ["-single_file", "1", "-global_sidx", "1"]
_LIST: Final = re.compile(r"<SegmentList.*?</SegmentList>", re.DOTALL)
_FILE: Final = re.compile(r"<BaseURL>(.*?)</BaseURL>\s*")


def packaged(samples: Samples, folder: Path, options: list[str]) -> Path:
    """Package the episode and return the manifest."""
    folder.mkdir()
    source = str(samples.folder / LATE)
    ffmpeg(["-i", source, "-map", "0", "-c", "copy", "-f", "dash", "-seg_duration", "1", *options, "m.mpd"], folder)
    return folder / "m.mpd"


def as_listed(text: str, folder: Path) -> str:
    return text


def by_time(text: str, folder: Path) -> str:
    """Mend a name: ffmpeg counts the samples before the first one in it, and not in the manifest."""
    (folder / "t1--1024.m4s").rename(folder / "t1-0.m4s")
    return text


def by_index(text: str, folder: Path) -> str:
    """Say where the index is in place of what it says."""
    names = iter(_FILE.findall(text))

    def base(_match: re.Match[str]) -> str:
        found = {box.name: box for box in file_boxes((folder / next(names)).read_bytes())}["sidx"]
        return f'<SegmentBase indexRange="{found.start}-{(found.stop or 0) - 1}"/>'

    return _LIST.sub(base, text)


def without_word(text: str, folder: Path) -> str:
    """Say nothing but the name of the file."""
    return _LIST.sub("", text)


async def tracks_of(settings: Settings, url: str) -> list[Track]:
    async with HttpClient(settings, SystemClock()) as http:
        fetched = await http.get_bytes(url, limit_bytes=10**6)
        mpd = parse_mpd(fetched.body, fetched.url)
        return [await dash_track(http, mpd, candidate, {}) for candidate in mpd.candidates()]


def piece(served: Path, origin: Origin, part: Segment | InitSection) -> bytes:
    """Return what an address stands for, without the detour over the network."""
    data = (served / part.uri.removeprefix(origin.url("/"))).read_bytes()
    return data if part.byte_range is None else data[part.byte_range.start : part.byte_range.stop]


def joined(served: Path, origin: Origin, track: Track) -> bytes:
    first = track.segments[0].init
    head = b"" if first is None else piece(served, origin, first)
    return head + b"".join(piece(served, origin, segment) for segment in track.segments)


def packets(path: Path, stream: str) -> str:
    return ffmpeg(["-i", path.name, "-map", f"0:{stream}", "-c", "copy", "-f", "md5", "-"], path.parent)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("options", "change"),
    [
        pytest.param(NUMBERS, as_listed, id="numbers"),
        pytest.param(TIMELINE, as_listed, id="timeline"),
        pytest.param(TIMES, by_time, id="times"),
        pytest.param(LIST, as_listed, id="list"),
        pytest.param(ONE_FILE, as_listed, id="list-of-ranges"),
        pytest.param(INDEXED, by_index, id="index"),
        pytest.param(INDEXED, without_word, id="index-to-be-looked-for"),
        pytest.param(ONE_FILE, without_word, id="index-of-one-fragment"),
    ],
)
async def test_packets_are_those_of_the_episode(  # noqa: PLR0917 - fixtures
    settings: Settings,
    samples: Samples,
    origin: Origin,
    tmp_path: Path,
    options: list[str],
    change: Callable[[str, Path], str],
) -> None:
    served = tmp_path / "served"
    manifest = packaged(samples, served, options)
    manifest.write_text(change(manifest.read_text(), served))
    origin.add_folder("/", served)

    tracks = await tracks_of(settings, origin.url("/m.mpd"))

    assert [(track.kind, track.container) for track in tracks] == [
        (TrackKind.VIDEO, Container.FMP4),
        (TrackKind.AUDIO, Container.FMP4),
    ]
    for track, stream in zip(tracks, ("v", "a"), strict=True):
        result = tmp_path / f"{stream}.mp4"
        result.write_bytes(joined(served, origin, track))
        assert packets(result, stream) == packets(samples.folder / LATE, stream)
        assert track.duration_s == pytest.approx(SECONDS, abs=0.1)
        assert len(track.segments) >= (1 if options == ONE_FILE and change is without_word else SECONDS)
