"""What ffmpeg is told. That it does what is meant is shown in tests/integration, with the real one."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.ffmpeg import Ffmpeg
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.mux import language_code, mux
from aniworld_dl.media.work import open_work
from aniworld_dl.model import Container, TrackKind
from tests.media_builders import hls_track, media_of

if TYPE_CHECKING:
    from aniworld_dl.model import Track

TARGET = PurePosixPath("Series/Season 01/Series S01E01.mkv")


class FakeFfmpeg:
    """A program in ffmpeg's place: notes its arguments, says something, writes a file, ends as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.says(0, "")

    def says(self, status: int, words: str) -> None:
        (self._folder / "words").write_text(words)
        script = f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{self._folder}/arguments"\ncat "{self._folder}/words" >&2\n'
        path = self._folder / "ffmpeg"
        path.write_text(f"{script}exit {status}\n")
        path.chmod(0o755)
        self.program = Ffmpeg(path=path, version=(9, 0))

    @property
    def arguments(self) -> list[str]:
        return (self._folder / "arguments").read_text().splitlines()


@pytest.fixture
def fake(tmp_path: Path) -> FakeFfmpeg:
    return FakeFfmpeg(tmp_path)


async def run(fake: FakeFfmpeg, tmp_path: Path, *tracks: Track, container: str = "mkv") -> str:
    """Mux and return the arguments as one line."""
    media = media_of(*tracks)
    async with open_work(tmp_path, TARGET, media) as work:
        path = await mux(fake.program, media, work, container=container)
        assert path == work.path / f"result.part.{container}"
    return " ".join(fake.arguments)


async def test_ffmpeg_may_open_nothing_but_files(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track())
    assert "-protocol_whitelist file " in line
    assert line.index("-protocol_whitelist") < line.index("-i t0.m3u8")
    assert "concat" not in line


async def test_no_path_of_this_machine_is_on_the_command_line(fake: FakeFfmpeg, tmp_path: Path) -> None:
    assert str(tmp_path) not in await run(fake, tmp_path, hls_track())


async def test_packets_are_copied_and_covers_left_out(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track())
    assert "-map 0:V? -map 0:a?" in line
    assert "-c copy" in line
    assert "-f matroska result.part.mkv" in line
    assert "-shortest" not in line


async def test_mp4_starts_with_its_index(fake: FakeFfmpeg, tmp_path: Path) -> None:
    line = await run(fake, tmp_path, hls_track(), container="mp4")
    assert "-movflags +faststart -f mp4 result.part.mp4" in line


async def test_sound_beside_picture_keeps_its_place_and_its_language(fake: FakeFfmpeg, tmp_path: Path) -> None:
    video = hls_track(kind=TrackKind.VIDEO, language="ja")
    audio = [hls_track(kind=TrackKind.AUDIO, language=language) for language in (None, "de-DE")]
    line = await run(fake, tmp_path, video, *audio)
    assert line.startswith("-hide_banner -nostdin -copyts")
    assert "-i t0.m3u8" in line
    assert "-i t2.m3u8 -map 0:V? -map 0:a? -map 1:V? -map 1:a? -map 2:V? -map 2:a?" in line
    assert "-metadata:s:a:1 language=ger" in line
    assert "s:a:0" not in line


async def test_the_language_of_sound_in_the_picture_is_kept(fake: FakeFfmpeg, tmp_path: Path) -> None:
    assert "-metadata:s:a:0 language=jpn" in await run(fake, tmp_path, hls_track(language="ja"))


@pytest.mark.parametrize(
    ("container", "expected"),
    [("mkv", "-map 0:s:0 -map 0:s:1 -map 0:s:2"), ("mp4", "-map 0:s:0 -map 0:s:1 -c copy")],
)
async def test_subtitles_go_where_the_container_holds_them(
    fake: FakeFfmpeg, tmp_path: Path, container: str, expected: str
) -> None:
    lines = [f"  Stream #0:{place}: Subtitle: {codec}" for place, codec in enumerate(("subrip", "ass"), start=2)]
    lines += ["  Stream #0:4: Subtitle: hdmv_pgs_subtitle", "  Stream #0:5: Subtitle: dvb_teletext"]
    fake.says(0, "\n".join(lines) + "\n")
    line = await run(fake, tmp_path, hls_track(1, container=Container.FILE), container=container)
    assert expected in line
    assert "0:s:3" not in line
    assert ("-c:s mov_text" in line) == (container == "mp4")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[hls @ 0x55d] Failed to open segment 5 of playlist 0", "[hls] Failed to open segment 5 of playlist 0"),
        ("[matroska,webm @ 0x5] File ended prematurely at pos. 7", "File ended prematurely"),
        ("[mov,mp4,m4a @ 0x5] stream 0, offset 0x30: partial file", "partial file"),
    ],
)
async def test_what_was_left_out_is_no_success(fake: FakeFfmpeg, tmp_path: Path, words: str, expected: str) -> None:
    """The status is 0 although ffmpeg went on without a segment."""
    fake.says(0, f"{words}\nand more\n")
    with pytest.raises(IncompleteError) as raised:
        await run(fake, tmp_path, hls_track())
    assert expected in str(raised.value)


async def test_warnings_about_packets_are_no_failure(fake: FakeFfmpeg, tmp_path: Path) -> None:
    fake.says(0, "[mpegts @ 0x5] Packet corrupt (stream = 1, dts = 5)\n")
    await run(fake, tmp_path, hls_track())


async def test_the_reason_is_ffmpegs_without_paths(fake: FakeFfmpeg, tmp_path: Path) -> None:
    media = media_of(hls_track())
    async with open_work(tmp_path, TARGET, media) as work:
        await in_thread(fake.says, 1, f"[mov @ 0x7f] {work.path}/t0.m3u8: Invalid data found\n")
        with pytest.raises(MuxError) as raised:
            await mux(fake.program, media, work, container="mkv")
    assert raised.value.params == {"reason": "[mov] t0.m3u8: Invalid data found"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "ger"), ("de-AT", "ger"), ("en_US", "eng"), ("JA", "jpn"), ("ger", "ger"), ("xx", None), ("", None)],
)
def test_language_tags_become_codes(tag: str, expected: str | None) -> None:
    assert language_code(tag) == expected
    assert language_code(None) is None
