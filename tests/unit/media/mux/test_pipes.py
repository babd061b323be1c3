"""Pipes are read here by threads and by programs: what counts is what arrives, and what is left over."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import DiskFullError, FfmpegStoppedError, FileFailedError
from aniworld_dl.media.mux.pipes import FileOutlet, PipeOutlet, never, open_outlet
from tests.pipe_threads import threads_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY = 3 << 20
"""More than a pipe holds."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes that a child inherits by number")


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(MANY))
    return path


@pytest.fixture(autouse=True)
def leaves_nothing_open() -> Iterator[None]:
    before = descriptors()
    yield
    assert threads_end()
    assert descriptors() == before


def descriptors() -> int:
    """Count what this process has open. The event loop's own are there before and after."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def reading(outlet: PipeOutlet) -> asyncio.Future[bytes]:
    """Read all that comes, in a thread."""
    reader = os.dup(outlet.reader)
    outlet.handed_over()

    def read() -> bytes:
        with os.fdopen(reader, "rb") as file:
            return file.read()

    return asyncio.get_running_loop().run_in_executor(None, read)


async def until_full(outlet: PipeOutlet) -> None:
    """Return when the pipe holds something that nobody reads."""
    while not int.from_bytes(fcntl.ioctl(outlet.reader, termios.FIONREAD, bytes(4)), sys.byteorder):  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(0)


async def test_a_long_file_arrives(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.seek(33 << 20)
        file.write(b"end")
    outlet = PipeOutlet()
    arriving = reading(outlet)
    await outlet.send_file(path)
    await outlet.finish()
    found = await arriving
    assert (len(found), found[-3:]) == ((33 << 20) + 3, b"end")


@pytest.mark.parametrize("sends_files", [True, False])
async def test_everything_arrives_in_order(big: Path, sends_files: bool) -> None:
    outlet = PipeOutlet(sends_files=sends_files and sys.platform == "linux")
    arriving = reading(outlet)
    await outlet.send(b"first")
    await outlet.send_file(big)
    await outlet.send(bytearray(b"middle"))
    await outlet.send_file(big, MANY - 10)
    await outlet.finish()
    data = big.read_bytes()
    assert await arriving == b"first" + data + b"middle" + data[-10:]
    assert outlet.sent_bytes == len(data) + 21


async def test_ffmpeg_is_told_its_number() -> None:
    outlet = PipeOutlet()
    try:
        assert outlet.arguments[-1] == f"pipe:{outlet.reader}"
        assert outlet.arguments[:2] == ("-protocol_whitelist", "pipe")
    finally:
        outlet.close()
    outlet.close()


def a_file(outlet: PipeOutlet, path: Path) -> asyncio.Task[None]:
    return asyncio.create_task(outlet.send_file(path))


def bytes_at_hand(outlet: PipeOutlet, path: Path) -> asyncio.Task[None]:
    return asyncio.create_task(outlet.send(path.read_bytes()))


SENDERS = pytest.mark.parametrize("sender", [a_file, bytes_at_hand])


@SENDERS
async def test_who_reads_slowly_is_waited_for(big: Path, sender: Callable[..., asyncio.Task[None]]) -> None:
    outlet = PipeOutlet(ahead=0)
    task = sender(outlet, big)
    await until_full(outlet)
    assert not task.done()
    arriving = reading(outlet)
    await task
    await outlet.finish()
    assert await arriving == big.read_bytes()


@SENDERS
async def test_the_next_things_are_handed_over_while_one_is_written(
    big: Path, sender: Callable[..., asyncio.Task[None]]
) -> None:
    """Two of them, which may be the last ones; the third waits."""
    outlet = PipeOutlet(ahead=2)
    await sender(outlet, big)
    await sender(outlet, big)
    third = sender(outlet, big)
    await until_full(outlet)
    assert not third.done()
    arriving = reading(outlet)
    await third
    await outlet.finish()
    assert await arriving == 3 * big.read_bytes()
    assert outlet.sent_bytes == 3 * MANY


async def test_what_is_handed_over_is_written_before_it_is_finished(big: Path) -> None:
    outlet = PipeOutlet()
    await outlet.send_file(big)
    for left in (outlet.flush, outlet.finish):
        task = asyncio.create_task(left())
        await until_full(outlet)
        assert not task.done()
        assert not outlet.is_closed
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    outlet.handed_over()
    with pytest.raises(BrokenPipeError):
        await outlet.finish()
    outlet.close()


@SENDERS
async def test_who_has_gone_is_noticed(big: Path, sender: Callable[..., asyncio.Task[None]]) -> None:
    """While it is waited for, and before anything is written."""
    outlet = PipeOutlet(ahead=0)
    task = sender(outlet, big)
    await until_full(outlet)
    outlet.handed_over()
    with pytest.raises(BrokenPipeError):
        await task
    with pytest.raises(BrokenPipeError):
        await sender(outlet, big)
    outlet.close()


@SENDERS
async def test_who_reads_nothing_is_told_to_hang(big: Path, sender: Callable[..., asyncio.Task[None]]) -> None:
    outlet = PipeOutlet(ahead=0, patience_s=0.001)
    with pytest.raises(FfmpegStoppedError, match="it read nothing for 0 s"):
        await sender(outlet, big)
    outlet.close()


async def test_who_reads_a_little_at_a_time_does_not_hang(big: Path) -> None:
    hangs = False
    outlet = PipeOutlet(ahead=0, patience_s=0, stuck=lambda: hangs)
    task = a_file(outlet, big)
    await until_full(outlet)
    for _ in range(100):  # each time something more has been read when patience ends
        outlet.sent_bytes += 1
        hangs = True
        await asyncio.sleep(0)
    assert not task.done()
    with pytest.raises(FfmpegStoppedError):
        await task
    outlet.close()


async def test_who_waits_for_others_is_given_time(big: Path) -> None:
    asked: list[bool] = []

    def stuck() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    outlet = PipeOutlet(ahead=0, stuck=stuck, patience_s=0.001)
    with pytest.raises(FfmpegStoppedError):
        await outlet.send_file(big)
    assert asked == [False, False, True]
    outlet.close()


@SENDERS
async def test_who_is_cancelled_leaves_nothing_open(big: Path, sender: Callable[..., asyncio.Task[None]]) -> None:
    """At the first step, and while the pipe is full."""
    for is_full in (False, True):
        outlet = PipeOutlet(ahead=0)
        task = sender(outlet, big)
        await (until_full(outlet) if is_full else asyncio.sleep(0))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        outlet.close()


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    outlet = PipeOutlet(ahead=0)
    with pytest.raises(FileFailedError, match="gone"):
        await outlet.send_file(tmp_path / "gone")
    with pytest.raises(FileFailedError, match=str(tmp_path)):
        await outlet.send_file(tmp_path)
    outlet.close()


# ---------------------------------------------------------------------------------------------------------- as a file


async def test_a_file_is_written_anew(big: Path, tmp_path: Path) -> None:
    (tmp_path / "joined.part").write_bytes(b"from before")
    outlet = FileOutlet(tmp_path, "joined.part")
    assert outlet.arguments == ("-protocol_whitelist", "file", "-i", "joined.part")
    await outlet.send(b"first")
    await outlet.send_file(big)
    await outlet.send(bytearray(b"middle"))
    await outlet.send_file(big, MANY - 10)
    outlet.close()
    data = big.read_bytes()
    assert (tmp_path / "joined.part").read_bytes() == b"first" + data + b"middle" + data[-10:]
    assert outlet.sent_bytes == len(data) + 21


async def test_a_file_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError, match="gone"):
        await FileOutlet(tmp_path, "joined.part").send_file(tmp_path / "gone")
    if sys.platform == "linux":
        (tmp_path / "full").symlink_to("/dev/full")
        with pytest.raises(DiskFullError):
            await FileOutlet(tmp_path, "full").send(b"x")


async def test_the_system_decides_between_them(tmp_path: Path) -> None:
    assert isinstance(open_outlet(tmp_path, "x", pipes=False), FileOutlet)
    outlet = open_outlet(tmp_path, "x", pipes=True)
    assert isinstance(outlet, PipeOutlet)
    outlet.close()
    assert never()
