"""What is live is followed to its end, or to where the user has enough, and becomes one proven file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.model import Phase
from tests.integration.test_runner import NAME, Stage, stage_of
from tests.media_samples import SEGMENTS, TS, Samples, streamhash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

END = "#EXT-X-ENDLIST\n"


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with stage_of(settings) as stage:
        yield stage


class Broadcast:
    """A playlist that shows so many segments, and holds whoever asks for it again until it is let go on."""

    def __init__(self, origin: Origin, samples: Samples) -> None:
        self._origin = origin
        self._text = (samples.folder / TS).read_text().replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")
        self.url = self.show(4)
        self.again = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/live.m3u8", times=None))

    def show(self, segments: int, *, ended: bool = False) -> str:
        """Put so many segments on air."""
        head, *entries = self._text.replace(END, "").split("#EXTINF")
        shown = "#EXTINF".join([head, *entries[:segments]])
        return self._origin.add_file("/ts/live.m3u8", shown + (END if ended else ""))


async def recording(stage: Stage, broadcast: Broadcast) -> asyncio.Task[object]:
    """Start to record, and return when the playlist is asked for again."""
    task = asyncio.create_task(stage.run(broadcast.url))
    broadcast.again.step()
    await broadcast.again.reached(2)
    assert stage.live.phase is Phase.RECORDING
    return task


async def test_a_broadcast_is_followed_to_its_end(stage: Stage, origin: Origin, samples: Samples) -> None:
    """The file is the same that the whole playlist gives, and every segment was asked for once."""
    broadcast = Broadcast(origin, samples)
    task = await recording(stage, broadcast)
    assert stage.live.percentage() == 0.0
    broadcast.show(SEGMENTS, ended=True)
    broadcast.again.open()
    await task
    assert streamhash(stage.settings.download_dir / NAME) == samples.own_streams(TS)
    assert [origin.count(path) for path in samples.segments(TS)] == [1] * SEGMENTS
    assert stage.files() == [NAME]


async def test_the_user_has_enough(stage: Stage, origin: Origin, samples: Samples) -> None:
    """What was on air by then is the file."""
    task = await recording(stage, Broadcast(origin, samples))
    stage.live.enough.set()
    await task
    assert [origin.count(path) for path in samples.segments(TS)] == [1] * 4 + [0] * 4
    assert stage.files() == [NAME]
