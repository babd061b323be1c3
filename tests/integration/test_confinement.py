"""What keeps ffmpeg in its place, seen by a program in ffmpeg's place that tries to get out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import uvloop

from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import DEVICES, PROGRAMS, confinement
from aniworld_dl.errors import FfmpegStoppedError, MuxError
from aniworld_dl.ffmpeg import Ffmpeg, find_ffmpeg, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such walls")

Report = dict[str, dict[str, Any]]

ATTEMPTS = Path(__file__).parents[1] / "confined_attempts.py"
PYTHON = tuple(Path(each) for each in (sys.prefix, sys.base_prefix, ATTEMPTS))
POSSIBLE = confinement()
SIGNALS_SINCE = 6


def python(path: Path, *lines: str) -> Ffmpeg:
    """Make a program in ffmpeg's place that runs Python, which needs what Python is made of."""
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    own = Reach(reads=(*PROGRAMS, *PYTHON, path), writes=DEVICES, network=False)
    return Ffmpeg(path=path, version=(9, 0), own=own)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "secret").write_text("hidden")
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, foreign: Path) -> Report:
    """One run of the program that tries everything, while the service has a secret and something listens."""
    folder = tmp_path_factory.mktemp("work")
    ffmpeg = python(folder.with_name("ffmpeg"), f'exec "{sys.executable}" -I "{ATTEMPTS}" "$@"')
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as server:
        patch.setenv("ANIWORLD_DL_API_KEY", "hidden")
        patch.setenv("FFREPORT", f"file={foreign}/report")
        with socket.socket(socket.AF_UNIX) as daemon:
            daemon.bind(str(foreign / "daemon"))
            daemon.listen()
            where = [str(folder), str(foreign), str(server.getsockname()[1])]
            asyncio.run(run_ffmpeg(ffmpeg, where, timeout_s=60, cwd=folder, on_line=lines.append))
    found: Report = json.loads(lines[0])
    return found


def outcomes(report: Report, *names: str) -> dict[str, str]:
    return {name: report["outcomes"][name] for name in names}


def test_it_works_in_its_folder(report: Report) -> None:
    names = ("write in its folder", "make a folder there", "rename there", "remove there", "make a link")
    assert set(outcomes(report, *names).values()) == {"done"}


@pytest.mark.skipif(not POSSIBLE.landlock_version, reason="this kernel has no Landlock")
def test_it_reaches_no_other_folder(report: Report, foreign: Path) -> None:
    names = [name for name in report["outcomes"] if "elsewhere" in name or "by a link" in name]
    assert len(names) == 8
    # a hard link or a name from there is refused as one across file systems is
    assert set(outcomes(report, *names).values()) <= {"PermissionError", "OSError"}
    assert (foreign / "secret").read_text() == "hidden"
    assert sorted(path.name for path in foreign.iterdir()) == ["daemon", "secret"]


@pytest.mark.skipif(not POSSIBLE.network, reason="this kernel has no filters")
def test_it_has_no_network(report: Report) -> None:
    """Nor what could stand in for it: datagrams, sockets of daemons, io_uring."""
    names = ("connect", "send a datagram", "listen", "ask a daemon", "go round by io_uring")
    assert set(outcomes(report, *names).values()) == {"PermissionError"}


@pytest.mark.skipif(not POSSIBLE.network, reason="this kernel has no filters")
def test_it_reaches_no_other_process(report: Report) -> None:
    names = ["read its memory", "ask for its memory"]
    names += ["read the environment of the service"] if POSSIBLE.landlock_version else []
    names += ["signal it"] if POSSIBLE.landlock_version >= SIGNALS_SINCE else []
    assert set(outcomes(report, *names).values()) == {"PermissionError"}


def test_it_sees_no_secret_of_the_environment(report: Report) -> None:
    left = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PWD", "SHLVL", "_", "OLDPWD"}
    assert set(report["facts"]["environment"]) <= left


def test_it_gets_no_more_rights_and_has_bounds(report: Report) -> None:
    facts = report["facts"]
    assert facts["no new privileges"] == 1
    assert facts["leads its session"]
    assert facts["bounds"] == {
        "CORE": [0, 0],
        "DATA": [4 * 1024**3] * 2,
        "FSIZE": [1024**4] * 2,
        "NOFILE": [256, 256],
    }


async def test_what_it_has_left_running_ends_with_it(tmp_path: Path) -> None:
    ffmpeg = python(tmp_path / "ffmpeg", "sleep 600 &", "echo $!")
    lines: list[str] = []
    await run_ffmpeg(ffmpeg, [], timeout_s=60, cwd=tmp_path, on_line=lines.append)
    while _runs(int(lines[0])):  # noqa: ASYNC110 - it is killed by now, and the kernel tells nobody when it is gone
        await asyncio.sleep(0)


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_nothing_of_it_stays_open(tmp_path: Path, factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A service starts some for each episode, for months."""
    ffmpeg = python(tmp_path / "ffmpeg", "echo line", "echo complaint >&2")

    async def start() -> list[str]:
        lines: list[str] = []
        await run_ffmpeg(ffmpeg, [], timeout_s=60, cwd=tmp_path, on_line=lines.append)
        before = psutil.Process().num_fds()
        await run_ffmpeg(ffmpeg, [], timeout_s=60, cwd=tmp_path, on_line=lines.append)
        assert psutil.Process().num_fds() == before
        return lines

    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(start()) == ["line"] * 2


async def test_one_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(FfmpegStoppedError, match="it cannot be started: No such file"):
        await run_ffmpeg(Ffmpeg(path=tmp_path / "none", version=(9, 0)), [], timeout_s=20)


async def test_who_is_cancelled_while_it_starts_leaves_none(tmp_path: Path) -> None:
    ffmpeg = python(tmp_path / "ffmpeg", "exec sleep 600")
    task = asyncio.create_task(run_ffmpeg(ffmpeg, [], timeout_s=60, cwd=tmp_path))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while any(thread.name == "child" for thread in threading.enumerate()):  # noqa: ASYNC110 - it waits for its end
        await asyncio.sleep(0)


async def test_a_service_that_is_killed_leaves_none(tmp_path: Path) -> None:
    """Nor does one of which nothing is left that could end it."""
    python(tmp_path / "ffmpeg", "sleep 600 &", "echo $! $$", "wait")
    code = f"""
import asyncio, pathlib
from aniworld_dl.ffmpeg import Ffmpeg, run_ffmpeg
ffmpeg = Ffmpeg(path=pathlib.Path({str(tmp_path / "ffmpeg")!r}), version=(9, 0))
asyncio.run(run_ffmpeg(ffmpeg, [], timeout_s=60, on_line=lambda line: print(line, flush=True)))
"""
    service = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    assert service.stdout is not None
    pids = [int(word) for word in (await service.stdout.readline()).split()]
    os.kill(service.pid, signal.SIGKILL)
    await service.wait()
    while any(_runs(pid) for pid in pids):  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0)


async def test_the_real_one_reads_what_it_is_shown_alone(tmp_path: Path) -> None:
    ffmpeg = await asyncio.to_thread(find_ffmpeg)
    work, other = tmp_path / "work", tmp_path / "other.wav"
    await asyncio.to_thread(work.mkdir)
    made = ["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.1"]
    await run_ffmpeg(ffmpeg, [*made, "own.wav"], timeout_s=60, cwd=work)
    await asyncio.to_thread((work / "own.wav").rename, other)
    read = ["-v", "error", "-i", f"file:{other}", "-f", "null", "-"]
    await run_ffmpeg(ffmpeg.reading(other), read, timeout_s=60, cwd=work)
    if POSSIBLE.landlock_version:
        with pytest.raises(MuxError, match="Permission denied"):
            await run_ffmpeg(ffmpeg, read, timeout_s=60, cwd=work)
        with pytest.raises(MuxError, match="Permission denied"):
            await run_ffmpeg(ffmpeg, [*made, str(tmp_path / "out.wav")], timeout_s=60, cwd=work)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
