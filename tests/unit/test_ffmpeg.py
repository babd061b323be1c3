from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

from aniworld_dl import ffmpeg
from aniworld_dl.errors import DiskFullError, FfmpegMissingError, FfmpegStoppedError, MuxError
from aniworld_dl.ffmpeg import Ffmpeg, find_ffmpeg, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def forget_what_was_found() -> None:
    ffmpeg._find.cache_clear()


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Make programs out of shell lines."""

    def make(lines: str, name: str = "ffmpeg") -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
        return path

    return make


def only_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, bundled: Path | None = None) -> None:
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def program() -> str:
        if bundled is None:
            raise RuntimeError("No ffmpeg exe could be found.")
        return str(bundled)

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", program)


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright", (5, 1)),
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", (9, 0)),
        ("ffmpeg version 7.0-static https://x Copyright", (7, 0)),
        ("ffmpeg version N-118193-g5f38c82536-20261001 Copyright", (999,)),
        ("ffmpeg version git-2026-01-01-abc Copyright", (999,)),
    ],
)
def test_versions_are_read(script: Callable[[str], Path], banner: str, version: tuple[int, ...]) -> None:
    path = script(f'echo "{banner}"')
    assert find_ffmpeg(path) == Ffmpeg(path=path, version=version)


@pytest.mark.parametrize("lines", ['echo "ffmpeg version 4.4.2 Copyright"', 'echo "avconv version 12.3"', "exit 1"])
def test_what_was_named_must_do(script: Callable[[str], Path], lines: str) -> None:
    path = script(lines)
    with pytest.raises(FfmpegMissingError, match=str(path)):
        find_ffmpeg(path)


def test_the_systems_comes_first(script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = script('echo "ffmpeg version 6.0 Copyright"')
    only_on_path(monkeypatch, path.parent, Path("/nowhere"))
    assert find_ffmpeg().path == path


def test_the_one_that_was_installed_along_steps_in(
    script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = script('echo "ffmpeg version 4.4 Copyright"')
    new = script('echo "ffmpeg version 9.0 Copyright"', "bundled")
    only_on_path(monkeypatch, old.parent, new)
    assert find_ffmpeg().path == new


def test_none_at_all_says_what_to_do(script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    only_on_path(monkeypatch, script("exit 1").parent)
    with pytest.raises(FfmpegMissingError, match="install ffmpeg 5"):
        find_ffmpeg()


def test_no_program_on_path_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg().path == Path(imageio_ffmpeg.get_ffmpeg_exe())


def program(path: Path) -> Ffmpeg:
    return Ffmpeg(path=path, version=(9, 0))


async def test_lines_arrive_and_complaints_are_returned(script: Callable[[str], Path], tmp_path: Path) -> None:
    path = script('echo one; printf "two\\r\\nthree"; echo "oh" >&2; pwd >&2')
    lines: list[str] = []
    complaints: list[str] = []
    said = await run_ffmpeg(
        program(path), [], timeout_s=20, cwd=tmp_path, on_line=lines.append, on_complaint=complaints.append
    )
    assert lines == ["one", "two", "three"]
    assert complaints == ["oh", str(tmp_path)]
    assert said == f"oh\n{tmp_path}"


async def test_arguments_are_passed_as_they_are(script: Callable[[str], Path]) -> None:
    lines: list[str] = []
    await run_ffmpeg(program(script('printf "%s\\n" "$@"')), ["-i", "a b;$HOME"], timeout_s=20, on_line=lines.append)
    assert lines == ["-hide_banner", "-nostdin", "-i", "a b;$HOME"]


async def test_a_line_of_any_length_ends_nothing(script: Callable[[str], Path]) -> None:
    path = script("head -c 300000 /dev/zero | tr '\\0' x; echo; echo end")
    lines: list[str] = []
    await run_ffmpeg(program(path), [], timeout_s=20, on_line=lines.append)
    assert lines[-1] == "end"
    assert 0 < len(lines[0]) <= 300_000


@pytest.mark.parametrize(
    ("lines", "reason"),
    [('echo "no such file" >&2; exit 1', "no such file"), ("exit 3", "ffmpeg ended with status 3")],
)
async def test_a_failure_is_told_in_its_words(script: Callable[[str], Path], lines: str, reason: str) -> None:
    with pytest.raises(MuxError) as raised:
        await run_ffmpeg(program(script(lines)), [], timeout_s=20)
    assert raised.value.params == {"reason": reason}


async def test_only_the_last_words_are_kept(script: Callable[[str], Path]) -> None:
    path = script("i=0; while [ $i -lt 50 ]; do echo line $i >&2; i=$((i+1)); done")
    said = await run_ffmpeg(program(path), [], timeout_s=20)
    assert said.splitlines() == [f"line {number}" for number in range(38, 50)]


async def test_what_hangs_is_ended(script: Callable[[str], Path], tmp_path: Path) -> None:
    path = script(f'echo $$ > "{tmp_path}/pid"; exec sleep 600')
    with pytest.raises(FfmpegStoppedError, match="did not end within"):
        await run_ffmpeg(program(path), [], timeout_s=0.5, cwd=tmp_path)
    assert not _runs(int((tmp_path / "pid").read_text()))


async def test_what_is_killed_says_nothing_about_its_input(script: Callable[[str], Path]) -> None:
    with pytest.raises(FfmpegStoppedError, match="signal 9 ended it"):
        await run_ffmpeg(program(script("kill -9 $$")), [], timeout_s=20)


async def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    arguments = ["-y", "-f", "lavfi", "-i", "testsrc2=d=1", "-f", "matroska", "/dev/full"]
    with pytest.raises(DiskFullError) as raised:
        await run_ffmpeg(await asyncio.to_thread(find_ffmpeg), arguments, timeout_s=20, cwd=tmp_path)
    assert raised.value.params == {"path": str(tmp_path)}


async def test_a_cancelled_caller_leaves_no_process(script: Callable[[str], Path]) -> None:
    path = script("echo $$; exec sleep 600")
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_ffmpeg(program(path), [], timeout_s=600, on_line=started.set_result))
    pid = int(await started)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _runs(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
async def test_its_memory_is_bounded(script: Callable[[str], Path]) -> None:
    lines: list[str] = []
    path = script("until grep -q 4294967296 /proc/$$/limits; do :; done; cat /proc/$$/limits")
    await run_ffmpeg(program(path), [], timeout_s=20, on_line=lines.append)
    [data] = [line for line in lines if line.startswith("Max data size")]
    assert data.split()[3:5] == [str(4 * 1024**3)] * 2


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
