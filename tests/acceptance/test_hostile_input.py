"""Manifests made to hurt: `inspect` refuses them with a reason, in little time and little memory."""

from __future__ import annotations

import asyncio
import gzip
import sys
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.content import Manner
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from tests.acceptance.service import environment
from tests.commands import LOOPBACK, Ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

MEMORY_BYTES: Final = 2 << 30
"""Of addresses, of which Python with its threads takes 1.2 GiB before it has done anything."""
RESIDENT_BYTES: Final = 512 << 20
CPU_S: Final = 20
"""More than this and the kernel ends the program."""

_BOUNDED: Final = rf"""
import pathlib, re, resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_S}, {CPU_S}))
try:
    runpy.run_module("aniworld_dl", run_name="__main__")
finally:
    peak_kib = re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text())[1]
    print("peak", int(peak_kib) * 1024, file=sys.stderr)
"""


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    """An origin with nothing on it."""
    async with Origin() as origin:
        yield origin


async def inspect(url: str, folder: Path, env: Mapping[str, str] = LOOPBACK) -> Ended:
    """Run `aniworld-dl inspect` where it can take no more than so much memory and time of the processor."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _BOUNDED, "inspect", url),
        cwd=folder,
        env=environment(folder, env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await process.communicate()
    assert process.returncode is not None
    return Ended(status=process.returncode, output=output.decode(), complaints=complaints.decode())


async def assert_refused(url: str, folder: Path, *words: str) -> None:
    """It ends with status 1, one line that holds one of the words, and no great peak of memory."""
    ended = await inspect(url, folder)
    reason, _, peak = ended.complaints.partition("peak ")
    assert (ended.status, ended.output) == (1, ""), ended
    assert len(reason.splitlines()) == 1, reason
    assert any(word in reason for word in words), reason
    assert int(peak) < RESIDENT_BYTES


_HEAD: Final = "#EXTM3U\n#EXT-X-VERSION:8\n#EXT-X-TARGETDURATION:1\n"
_PIECE: Final = "#EXTINF:1,\na.ts\n"
_END: Final = "#EXT-X-ENDLIST\n"


def doubling_variables() -> str:
    """Each variable is the one before, twice: forty lines make a terabyte."""
    lines = ['#EXT-X-DEFINE:NAME="v0",VALUE="0123456789"']
    lines += [f'#EXT-X-DEFINE:NAME="v{n}",VALUE="{{$v{n - 1}}}{{$v{n - 1}}}"' for n in range(1, 40)]
    return _HEAD + "\n".join(lines) + "\n#EXTINF:1,\n{$v39}.ts\n" + _END


PLAYLISTS: Final = {
    "50 MB of comments": (_HEAD + "# padding padding padding padding\n" * 1_500_000, ("larger", "more than")),
    "50 MB in one line": (_HEAD + "#EXTINF:1," + "x" * 50_000_000, ("larger", "longer", "more than")),
    "a million segments": (_HEAD + _PIECE * 1_000_000 + _END, ("larger", "more than")),
    "a number of a million digits": (_HEAD + f"#EXTINF:{'9' * 1_000_000},\na.ts\n" + _END, ("line",)),
    "a duration that never ends": (_HEAD + "#EXTINF:1e400,\na.ts\n" + _END, ("line",)),
    "a range beyond everything": (
        _HEAD + f"#EXTINF:1,\n#EXT-X-BYTERANGE:{'9' * 5000}@0\na.ts\n" + _END,
        ("line",),
    ),
    "a million variants": (
        "#EXTM3U\n" + "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" * 1_000_000,
        ("larger", "more than"),
    ),
}


@pytest.mark.parametrize("name", PLAYLISTS)
async def test_playlist(name: str, origin: Origin, tmp_path: Path) -> None:
    text, words = PLAYLISTS[name]
    await assert_refused(origin.add_file("index.m3u8", text), tmp_path, *words)


async def test_variables_that_double(origin: Origin, tmp_path: Path) -> None:
    await assert_refused(origin.add_file("index.m3u8", doubling_variables()), tmp_path, "variable", "line", "larger")


_MPD: Final = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1000000S">'
_SET: Final = '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.64001f">'
_CLOSE: Final = "</Representation></AdaptationSet></Period></MPD>"


def entity_bomb() -> str:
    """Every entity is ten of the one before: a billion words."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY e0 "lol">{entities}]><MPD>&e9;</MPD>'


def manifest(inside: str) -> str:
    return f'<?xml version="1.0"?>{_MPD}{_SET}{inside}{_CLOSE}'


def timeline(entry: str) -> str:
    media = '<SegmentTemplate timescale="1000" media="$Time$.m4s" initialization="i.mp4">'
    return manifest(f"{media}<SegmentTimeline>{entry}</SegmentTimeline></SegmentTemplate>")


MANIFESTS: Final = {
    "an entity bomb": entity_bomb(),
    "an entity of a file": '<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY e SYSTEM "file:///etc/passwd">]><MPD>&e;</MPD>',
    "a list of types elsewhere": '<?xml version="1.0"?><!DOCTYPE MPD SYSTEM "http://192.0.2.1/x.dtd"><MPD/>',
    "two billion repeats": timeline('<S t="0" d="1" r="2000000000"/>'),
    "a repeat to the end of eleven days": timeline('<S t="0" d="1" r="-1"/>'),
    "a million nested elements": f'<?xml version="1.0"?>{_MPD}{"<Period>" * 1_000_000}',
    "numbers that are none": manifest('<SegmentTemplate duration="0" timescale="0" media="$Number$"/>'),
    "a number as wide as a book": manifest('<SegmentTemplate duration="1" media="$Number%0999999999d$"/>'),
    "50 MB": f'<?xml version="1.0"?>{_MPD}{"<!-- padding -->" * 3_500_000}</MPD>',
}


@pytest.mark.parametrize("name", MANIFESTS)
async def test_manifest(name: str, origin: Origin, tmp_path: Path) -> None:
    """Whatever the reason, it is one line; nothing of this machine is read and nothing else is asked for."""
    url = origin.add_file("index.mpd", MANIFESTS[name])
    await assert_refused(url, tmp_path, "cannot be downloaded", "not valid", "larger", "no playlist")
    assert {record.path for record in origin.requests} == {"/index.mpd"}


async def test_a_body_that_unpacks_to_a_thousand_times_its_size(origin: Origin, tmp_path: Path) -> None:
    """Nobody asked for compression; a server may send it all the same."""
    packed = gzip.compress(_HEAD.encode() + b"#" * 64_000_000)
    url = origin.add_file("index.m3u8", packed, Manner(headers={"Content-Encoding": "gzip"}))
    await assert_refused(url, tmp_path, "larger", "no playlist", "compress", "encod")


async def test_a_redirect_to_itself(origin: Origin, tmp_path: Path) -> None:
    origin.faults.add(Fault(kind=FaultKind.REDIRECT, to="{path}", times=None))
    await assert_refused(origin.url("/index.m3u8"), tmp_path, "redirected")
    assert origin.count("*") < 50


async def test_playlists_that_lead_in_a_circle(origin: Origin, tmp_path: Path) -> None:
    """A variant that is itself a multivariant playlist is none, however often."""
    url = origin.add_file("index.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n")
    await assert_refused(url, tmp_path, "variant", "playlist")
    assert origin.count("*") < 10
