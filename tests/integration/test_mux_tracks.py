"""Several tracks in one file: each under its language and title, subtitles in time, and the same file each time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.join import mux
from aniworld_dl.model import Container, TrackKind
from tests.integration.mux_stage import PROGRAMS, WAYS, Way, join
from tests.media_samples import ffmpeg
from tests.mux_parts import Cut, Parts, described, frames, sounds
from tests.stored_media import complete_feed, store_one, stored_track, work_of

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.media.store.work import WorkFolder
    from tests.stored_media import StoredTrack

MUXED, VIDEO, AUDIO, TEXT = TrackKind.MUXED, TrackKind.VIDEO, TrackKind.AUDIO, TrackKind.TEXT
TS, FMP4, VTT = Container.MPEG_TS, Container.FMP4, Container.WEBVTT
CUES = (
    b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:129600\n\n00:00.500 --> 00:00.900\nEins\n",
    b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:129600\n\n",
    b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:129600\n\n00:02.250 --> 00:02.750\nZwei\n",
)
"""Their times count from 1.44 s, where the picture of MPEG-TS is 0.04 s old."""


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(tmp_path_factory.mktemp("parts"))


def two_languages(parts: Parts, *, container: Container = TS) -> tuple[StoredTrack, ...]:
    cut = parts.ts if container is TS else parts.fmp4
    return (
        stored_track(VIDEO, container, cut("a", "v")),
        stored_track(AUDIO, container, cut("a", "a"), language="ja", name="Original"),
        stored_track(AUDIO, container, cut("b", "a"), language="de-DE", name="Deutsch", default=True),
    )


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_sounds_have_their_language_title_and_flag(parts: Parts, tmp_path: Path, way: Way) -> None:
    joined = await join(tmp_path, *two_languages(parts), way=way)
    assert joined.frames() == frames(parts.whole("a"))
    assert [joined.sounds("a:0"), joined.sounds("a:1")] == [sounds(parts.whole("a")), sounds(parts.whole("b"))]
    lines = described(joined.path)
    [japanese] = [line for line in lines if "Audio" in line and "(jpn)" in line]
    [german] = [line for line in lines if "Audio" in line and ("(ger)" if way[0] == "mkv" else "(deu)") in line]
    assert "(default)" in german
    assert "(default)" not in japanese
    if way[0] == "mkv":
        assert [line.partition(": ")[2] for line in lines if line.startswith("title")] == ["Original"]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_a_further_sound_beside_one_in_the_picture_has_its_own_label(
    parts: Parts, tmp_path: Path, way: Way
) -> None:
    muxed = stored_track(MUXED, TS, parts.ts("a"), language="ja")
    further = stored_track(AUDIO, TS, parts.ts("b", "a"), language="en")
    lines = described((await join(tmp_path, muxed, further, way=way)).path)
    assert [line.split("(")[1][:3] for line in lines if "Audio" in line] == ["jpn", "eng"]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_subtitles_are_shown_in_their_time(parts: Parts, tmp_path: Path, way: Way) -> None:
    text = stored_track(TEXT, VTT, Cut(segments=CUES), language="de", name="Für Schilder", forced=True)
    joined = await join(tmp_path, stored_track(MUXED, TS, parts.ts("a")), text, way=way)
    [line] = [line for line in described(joined.path) if "Subtitle:" in line]
    assert ("subrip" if way[0] == "mkv" else "mov_text") in line
    assert "(forced)" in line
    # in MP4 the first track of each kind is always enabled
    assert ("(default)" in line) == (way[0] == "mp4")
    # 1.48 s is the first picture's time: it is shown 0.04 s after the cues' zero
    first = min(packet.pts for packet in joined.packets("v:0"))
    shown = [packet for packet in joined.packets("s:0") if packet.duration in {0.4, 0.5}]
    assert [packet.pts - first for packet in shown] == pytest.approx([0.46, 2.21], abs=0.002)


@pytest.mark.parametrize("program", PROGRAMS)
async def test_subtitles_that_begin_late_keep_nothing_waiting(parts: Parts, tmp_path: Path, program: str) -> None:
    late = b"WEBVTT\n\n00:02.900 --> 00:02.950\nSpaet\n"
    nothing = b"WEBVTT\n\n"
    text = stored_track(TEXT, VTT, Cut(segments=(nothing, nothing, late)))
    empty = stored_track(TEXT, VTT, Cut(segments=(nothing, nothing, nothing)))
    joined = await join(tmp_path, stored_track(MUXED, TS, parts.ts("a")), text, empty, way=("mkv", program, True))
    assert joined.frames() == frames(parts.whole("a"))
    assert len(joined.packets("s:0")) == 1


@pytest.mark.parametrize("program", PROGRAMS)
async def test_sound_may_begin_seconds_after_a_picture_of_many_bytes(tmp_path: Path, program: str) -> None:
    """By default ffmpeg gives up to find out what the sound is after 5 MB."""
    sources = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4"]
    sources += ["-itsoffset", "3", "-f", "lavfi", "-i", "sine=duration=1:sample_rate=44100"]
    many = ["-c:v", "mpeg2video", "-b:v", "24M", "-minrate", "24M", "-maxrate", "24M", "-bufsize", "4M", "-c:a", "aac"]
    ffmpeg([*sources, *many, "many.ts"], tmp_path)
    data = (tmp_path / "many.ts").read_bytes()
    track = stored_track(MUXED, TS, Cut(segments=(data,)))
    joined = await join(tmp_path, track, way=("mkv", program, True))
    first, sound = joined.starts("v:0", "a:0")
    assert sound - first == pytest.approx(3.0, abs=0.05)
    assert len(joined.sounds()) == 45


@pytest.mark.parametrize("program", PROGRAMS)
async def test_pictures_without_a_time_of_their_own_get_one(tmp_path: Path, program: str) -> None:
    """MPEG-TS need not have one for each, files must."""
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2", "-c:v", "mpeg2video", "-bf", "2"]
    ffmpeg([*source, "whole.ts"], tmp_path)
    sparse = without_times((tmp_path / "whole.ts").read_bytes())
    track = stored_track(VIDEO, TS, Cut(segments=(sparse,)))
    joined = await join(tmp_path, track, way=("mkv", program, True))
    steps = {round(right.dts - left.dts, 3) for left, right in pairwise(joined.packets("v:0"))}
    assert (len(joined.frames()), steps) == (50, {0.04})


def without_times(data: bytes) -> bytes:
    """Take the timestamps from four of five pictures; stuffing stands in their place."""
    changed = bytearray(data)
    pictures = 0
    for start in range(0, len(data), 188):
        head = data.find(b"\0\0\1\xe0", start, start + 188)
        if data[start + 1] & 0x40 and head > 0:
            pictures += 1
            if pictures % 5 != 1:
                length = data[head + 8]
                changed[head + 7] &= 0x3F
                changed[head + 9 : head + 9 + length] = b"\xff" * length
    return bytes(changed)


# ------------------------------------------------------------------------------------------- early, late, once more


class Courier:
    """Stores segments one by one while they are being joined, and remembers how many were there first."""

    def __init__(self, work: WorkFolder, tracks: tuple[StoredTrack, ...]) -> None:
        self.feed = Feed(work)
        self._work = work
        self._tracks = tracks

    async def deliver(self) -> None:
        """Store from the last to the first, so that nothing can be joined before all is there, bit by bit."""
        for number, track in reversed(list(enumerate(self._tracks))):
            for index in sorted(track.bodies, key=lambda index: (index >= 0, -index)):
                await in_thread(store_one, self._work, number, index, track)
                self.feed.stored(number, index)
        self.feed.complete()


async def joined_early(folder: Path, program: str, *tracks: StoredTrack, pipes: bool = True) -> bytes:
    async with work_of(folder, *tracks, stored=False) as work, asyncio.TaskGroup() as group:
        courier = Courier(work, tracks)
        task = group.create_task(mux(find_ffmpeg(PROGRAMS[program]), work, courier.feed, container="mkv", pipes=pipes))
        await courier.deliver()
        part = await task
        return part.read_bytes()


async def joined_late(folder: Path, program: str, *tracks: StoredTrack, pipes: bool = True) -> bytes:
    async with work_of(folder, *tracks) as work:
        part = await mux(find_ffmpeg(PROGRAMS[program]), work, complete_feed(work), container="mkv", pipes=pipes)
        return part.read_bytes()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("container", [TS, FMP4])
async def test_the_same_segments_give_the_same_file_however_they_came(
    parts: Parts, tmp_path: Path, container: Container, program: str
) -> None:
    cut = parts.ts if container is TS else parts.fmp4
    track = stored_track(MUXED, container, cut("a"), cut("b"))
    late = await joined_late(tmp_path / "late", program, track)
    assert await joined_early(tmp_path / "early", program, track) == late
    assert await joined_late(tmp_path / "file", program, track, pipes=False) == late
    assert await joined_early(tmp_path / "growing", program, track, pipes=False) == late


@pytest.mark.parametrize("program", PROGRAMS)
async def test_several_tracks_have_the_same_packets_however_they_came(
    parts: Parts, tmp_path: Path, program: str
) -> None:
    tracks = two_languages(parts)
    paths = [tmp_path / "early.mkv", tmp_path / "late.mkv"]
    paths[0].write_bytes(await joined_early(tmp_path / "early", program, *tracks))
    paths[1].write_bytes(await joined_late(tmp_path / "late", program, *tracks))
    lists = [
        sorted(ffmpeg(["-copyts", "-i", path.name, "-map", "0", "-c", "copy", "-f", "framecrc", "-"], tmp_path).split())
        for path in paths
    ]
    assert lists[0] == lists[1]


async def test_what_is_not_stored_is_not_waited_for_once_all_is(parts: Parts, tmp_path: Path) -> None:
    track = stored_track(MUXED, TS, parts.ts("a"))
    async with work_of(tmp_path, track) as work:
        await in_thread(work.ledger.forget, 0, [1])
        with pytest.raises(IncompleteError, match="segment 1 of track 0 is not stored"):
            await mux(find_ffmpeg(), work, complete_feed(work), container="mkv")


async def test_codecs_that_cannot_be_rewrapped_are_told(parts: Parts, tmp_path: Path) -> None:
    """FLAC has no place in MPEG-TS, so that its parameters must not change."""
    cuts = [flac(parts, tmp_path, rate) for rate in (44_100, 48_000)]
    with pytest.raises(MuxError, match="could not be joined"):
        await join(tmp_path, stored_track(AUDIO, FMP4, *cuts))


def flac(parts: Parts, folder: Path, rate: int) -> Cut:
    name = f"{rate}.mp4"
    options = ["-map", "0:a", "-c:a", "flac", "-ar", str(rate), "-movflags", "empty_moov+default_base_moof"]
    ffmpeg(["-i", str(parts.whole("a")), *options, "-strict", "-2", "-frag_duration", "9000000", name], folder)
    data = (folder / name).read_bytes()
    start, end = data.index(b"moof") - 4, data.index(b"mfra") - 4
    return Cut(segments=(data[start:end],), init=data[:start])


async def test_a_damaged_init_section_is_told(parts: Parts, tmp_path: Path) -> None:
    cut = parts.fmp4("a")
    assert cut.init is not None
    track = stored_track(MUXED, FMP4, cut, replace(cut))
    async with work_of(tmp_path, track) as work:
        work.segment_path(0, -1).write_bytes(cut.init[:-10])
        with pytest.raises(MuxError, match="does not fit into what holds it"):
            await mux(find_ffmpeg(), work, complete_feed(work), container="mkv")
