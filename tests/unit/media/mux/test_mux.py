"""What ffmpeg is told. That it does what is meant is shown in tests/integration, with the real one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import DEVICES, EVERYTHING
from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import Ffmpeg
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.mux.join import mux
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Container, TrackKind
from tests.media_builders import file_track, hls_track, media_of
from tests.stored_media import TARGET, complete_feed

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import Track

SIGNS = hls_track(1, kind=TrackKind.TEXT, container=Container.WEBVTT, language="de")
VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nTag\n"


class FakeFfmpeg:
    """A program in ffmpeg's place: notes its arguments, reads its pipes, says something, ends as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.says(0, "")

    def says(self, status: int, words: str) -> None:
        (self._folder / "words").write_text(words)
        script = f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{self._folder}/arguments"\ncat "{self._folder}/words" >&2\n'
        read = 'for word in "$@"; do case $word in pipe:*) cat "/proc/self/fd/${word#pipe:}" > /dev/null;; esac; done\n'
        path = self._folder / "ffmpeg"
        path.write_text(f"{script}{read}exit {status}\n")
        path.chmod(0o755)
        own = Reach(reads=EVERYTHING, writes=(*DEVICES, self._folder), network=False)
        self.program = Ffmpeg(path=path, version=(9, 0), own=own)

    @property
    def arguments(self) -> list[str]:
        return (self._folder / "arguments").read_text().splitlines()


@pytest.fixture
def fake(tmp_path: Path) -> FakeFfmpeg:
    return FakeFfmpeg(tmp_path)


def store(work: WorkFolder, sounds: int) -> None:
    """Store something for every segment; the first of each track has so many sounds."""
    spans = tuple(StreamSpan(stream=number, kind="audio", start_us=0, end_us=1) for number in range(sounds))
    for number, track in enumerate(work.media.tracks):
        for segment in track.segments:
            body = VTT if track.kind is TrackKind.TEXT else b"segment"
            work.segment_path(number, segment.index).write_bytes(body)
            entry = Entry(size_bytes=len(body), crc32=0, spans=() if track.kind is TrackKind.TEXT else spans)
            work.ledger.add(number, segment.index, entry)


async def run(
    fake: FakeFfmpeg, tmp_path: Path, *tracks: Track, container: str = "mkv", pipes: bool = True, sounds: int = 1
) -> str:
    """Mux and return the arguments as one line."""
    async with open_work(tmp_path, TARGET, media_of(*tracks)) as work:
        await in_thread(store, work, sounds)
        path = await mux(fake.program, work, complete_feed(work), container=container, pipes=pipes)
        assert path == work.path / f"result.part.{container}"
    return " ".join(fake.arguments)


async def test_ffmpeg_may_read_nothing_but_what_it_is_fed(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track(), SIGNS)
    first, second = line.split("-protocol_whitelist ")[1:]
    assert first.startswith("pipe -blocksize 1048576 -i pipe:")
    assert second.startswith("file -f webvtt -i t1/all.part.vtt")
    assert line.index("-f mpegts") < line.index("-protocol_whitelist")


async def test_without_pipes_it_reads_what_was_joined_before(fake: FakeFfmpeg, tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, media_of(hls_track(3))) as work:
        await in_thread(store, work, 1)
        await mux(fake.program, work, complete_feed(work), container="mkv", pipes=False)
        assert (work.path / "t0" / "joined.part").read_bytes() == b"segment" * 3
    assert "-f mpegts -protocol_whitelist file -i t0/joined.part" in " ".join(fake.arguments)


async def test_a_plain_file_is_opened_where_it_lies(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, file_track(14, 7))
    assert "-protocol_whitelist file" in line
    assert "-i t0/whole.bin -map 0:V? -map 0:a?" in line
    assert "concat" not in line
    assert "-map_metadata" not in line
    assert "-disposition" not in line


async def test_no_path_of_this_machine_is_on_the_command_line(fake: FakeFfmpeg, tmp_path: Path) -> None:
    assert str(tmp_path) not in await run(fake, tmp_path, hls_track(), SIGNS)


async def test_packets_are_copied_and_covers_left_out(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track())
    assert "-map 0:V? -map 0:a?" in line
    assert "-c copy" in line
    assert "-dn -fflags +bitexact -map_metadata:g -1 -write_crc32 0 -f matroska result.part.mkv" in line
    assert "-copyts" not in line
    assert "-c:s" not in line


async def test_mp4_starts_with_its_index(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track(), container="mp4")
    assert "-movflags +faststart -f mp4 result.part.mp4" in line
    assert "crc32" not in line


async def test_sound_beside_picture_keeps_its_place_and_its_language(fake: FakeFfmpeg, tmp_path: Path) -> None:
    video = hls_track(kind=TrackKind.VIDEO, language="ja")
    audio = [hls_track(kind=TrackKind.AUDIO, language=language) for language in (None, "de-DE")]
    line = await run(fake, tmp_path, video, *audio)
    assert "-copyts -fflags" in line
    assert "-avoid_negative_ts make_zero" in line
    assert "-map 0:V:0 -map 1:a:0 -map 2:a:0" in line
    assert "-metadata:s:v:0 language=jpn" in line
    assert "-metadata:s:a:1 language=ger" in line
    assert "-metadata:s:a:0" not in line


@pytest.mark.parametrize(("container", "code"), [("mkv", "ger"), ("mp4", "deu")])
async def test_a_language_is_written_as_the_container_wants_it(
    fake: FakeFfmpeg, tmp_path: Path, container: str, code: str
) -> None:
    line = await run(fake, tmp_path, hls_track(language="de"), container=container)
    assert f"-metadata:s:a:0 language={code}" in line


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [((False, False), "default 0"), ((False, True), "0 default"), ((True, True), "default default")],
)
async def test_one_sound_at_least_is_the_default(
    fake: FakeFfmpeg, tmp_path: Path, defaults: tuple[bool, bool], expected: str
) -> None:
    audio = [hls_track(kind=TrackKind.AUDIO, default=default) for default in defaults]
    line = await run(fake, tmp_path, hls_track(kind=TrackKind.VIDEO, default=True), *audio)
    first, second = expected.split()
    assert f"-disposition:a:0 {first} -disposition:a:1 {second}" in line


async def test_subtitles_are_shown_by_default_only_where_the_manifest_says(fake: FakeFfmpeg, tmp_path: Path) -> None:
    texts = [replace(SIGNS, forced=True), replace(SIGNS, default=True, forced=True, name="Schilder"), SIGNS]
    line = await run(fake, tmp_path, hls_track(), *texts)
    for order, flags in enumerate(("forced", "default+forced", "0")):
        assert f"-disposition:s:{order} {flags} -c:s:{order} subrip" in line
    assert "-metadata:s:s:1 title=Schilder" in line


async def test_several_sounds_in_the_picture_are_counted(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track(language="ja"), hls_track(kind=TrackKind.AUDIO, language="en"), sounds=2)
    assert "-metadata:s:a:0 language=jpn" in line
    assert "-metadata:s:a:2 language=eng" in line


@pytest.mark.parametrize(
    ("container", "maps", "conversions"),
    [
        ("mkv", "-map 0:s:0 -map 0:s:1 -map 0:s:2 -map 0:s:4", "-c:s:3 subrip"),
        ("mp4", "-map 0:s:0 -map 0:s:1 -map 0:s:4", "-c:s:0 mov_text -c:s:1 mov_text -c:s:2 mov_text"),
    ],
)
async def test_subtitles_of_a_file_go_where_the_container_holds_them(
    fake: FakeFfmpeg, tmp_path: Path, container: str, maps: str, conversions: str
) -> None:
    """Those that are pictures are never made text."""
    codecs = ("subrip", "ass", "hdmv_pgs_subtitle", "dvb_teletext", "mov_text")
    lines = [f"  Stream #0:{place}: Subtitle: {codec}" for place, codec in enumerate(codecs, start=2)]
    fake.says(0, "\n".join(lines) + "\n")
    line = await run(fake, tmp_path, file_track(7, 7), container=container)
    assert f"{maps} -c copy {conversions} -dn" in line


async def test_a_file_beside_subtitles_keeps_its_own(fake: FakeFfmpeg, tmp_path: Path) -> None:
    fake.says(0, "  Stream #0:2: Subtitle: dvd_subtitle\n")
    line = await run(fake, tmp_path, file_track(7, 7), SIGNS)
    assert "-map 0:s:0 -map 1:s:0" in line
    assert "-c:s:1 subrip" in line
    assert "-c:s:0" not in line


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[matroska,webm @ 0x5] File ended prematurely at pos. 7", "File ended prematurely"),
        ("[mov,mp4,m4a @ 0x5] stream 0, offset 0x30: partial file", "partial file"),
    ],
)
async def test_what_was_left_out_is_no_success(fake: FakeFfmpeg, tmp_path: Path, words: str, expected: str) -> None:
    """The status is 0 although ffmpeg went on without a part of a file."""
    fake.says(0, f"{words}\nand more\n")
    with pytest.raises(IncompleteError) as raised:
        await run(fake, tmp_path, file_track(7, 7))
    assert expected in str(raised.value)


async def test_warnings_about_packets_are_no_failure(fake: FakeFfmpeg, tmp_path: Path) -> None:
    fake.says(0, "[mpegts @ 0x5] Packet corrupt (stream = 1, dts = 5)\n")
    await run(fake, tmp_path, hls_track())


async def test_the_reason_is_ffmpegs_without_paths(fake: FakeFfmpeg, tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, media_of(file_track(7, 7))) as work:
        await in_thread(store, work, 1)
        await in_thread(fake.says, 1, f"[mov @ 0x7f] {work.path}/t0/whole.bin: Invalid data found\n")
        with pytest.raises(MuxError) as raised:
            await mux(fake.program, work, complete_feed(work), container="mkv")
    assert raised.value.params == {"reason": "[mov] t0/whole.bin: Invalid data found"}
