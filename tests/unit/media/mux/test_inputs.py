from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.ffmpeg import Ffmpeg
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.inputs import Inputs
from aniworld_dl.media.mux.pipes import PipeOutlet
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import TrackKind
from tests.media_builders import hls_track, media_of
from tests.pipe_threads import open_pipes, threads_end
from tests.stored_media import TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aniworld_dl.media.store.work import WorkFolder

NOBODY = Ffmpeg(path=Path("/nonexistent"), version=(9, 0))


@pytest.fixture(autouse=True)
def leaves_nothing_open() -> Iterator[None]:
    before = open_pipes()
    yield
    assert threads_end()
    assert open_pipes() == before


async def store(work: WorkFolder, feed: Feed, track: int, index: int, body: bytes) -> None:
    await in_thread(work.segment_path(track, index).write_bytes, body)
    await in_thread(work.ledger.add, track, index, Entry(size_bytes=len(body), crc32=0))
    feed.stored(track, index)


def waiting_bytes(inputs: Inputs, number: int) -> int:
    """Return what a pipe holds that nobody has read."""
    outlet = inputs.outlets[number]
    assert isinstance(outlet, PipeOutlet)
    return int.from_bytes(fcntl.ioctl(outlet.reader, termios.FIONREAD, bytes(4)), sys.byteorder)


async def until(holds: Callable[[], bool]) -> None:
    """Let others run until something holds that nobody tells of."""
    while not holds():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)


async def test_who_reads_nothing_hangs_only_while_nothing_is_waited_for(tmp_path: Path) -> None:
    """One line is full, the other has nothing until its segment is stored."""
    tracks = [hls_track(2, kind=kind) for kind in (TrackKind.VIDEO, TrackKind.AUDIO)]
    async with open_work(tmp_path, TARGET, media_of(*tracks)) as work:
        feed = Feed(work)
        inputs = Inputs(NOBODY, work, feed, container="mkv", pipes=True)
        await inputs.prepare()
        for track in (0, 1):
            await store(work, feed, track, 0, bytes(3 << 20) if not track else b"sound")
        task = asyncio.create_task(inputs.hand_over())
        await until(lambda: waiting_bytes(inputs, 0) > 0 and waiting_bytes(inputs, 1) > 0)
        await until(lambda: not inputs._nothing_to_wait_for())
        for track in (0, 1):
            await store(work, feed, track, 1, bytes(3 << 20))
        await until(lambda: waiting_bytes(inputs, 1) > 5)
        await until(inputs._nothing_to_wait_for)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        inputs.close()


async def test_a_line_waits_for_no_segment_before_the_last_one_is_read(tmp_path: Path) -> None:
    """Who reads nothing of it hangs, although the next one is not stored yet."""
    async with open_work(tmp_path, TARGET, media_of(hls_track(2))) as work:
        feed = Feed(work)
        inputs = Inputs(NOBODY, work, feed, container="mkv", pipes=True)
        await inputs.prepare()
        await store(work, feed, 0, 0, bytes(3 << 20))
        task = asyncio.create_task(inputs.hand_over())
        await until(lambda: waiting_bytes(inputs, 0) > 0)
        for _ in range(100):
            assert inputs._nothing_to_wait_for()
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        inputs.close()


async def test_of_what_goes_wrong_our_own_error_is_told(tmp_path: Path) -> None:
    async with open_work(tmp_path, TARGET, media_of(hls_track(1))) as work:
        feed = Feed(work)
        inputs = Inputs(NOBODY, work, feed, container="mkv", pipes=True)
        await inputs.prepare()
        await in_thread(work.ledger.add, 0, 0, Entry(size_bytes=1, crc32=0))
        with pytest.raises(FileFailedError, match="No such file"):
            await inputs.hand_over()
        inputs.close()


async def test_tracks_share_no_timeline_of_their_own_with_nobody(tmp_path: Path) -> None:
    """A single input may be moved to 0; several are moved together."""
    for count, expected in ((1, "-fflags"), (2, "-copyts")):
        async with open_work(tmp_path, TARGET, media_of(*(hls_track(1) for _ in range(count)))) as work:
            inputs = Inputs(NOBODY, work, Feed(work), container="mkv", pipes=True)
            await inputs.prepare()
            assert inputs.options[0] == expected
            inputs.close()
