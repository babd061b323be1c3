"""What is known of the episodes that run, and what is told to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import Phase, Status
from aniworld_dl.queue.live import LiveEpisode
from tests.builders import episode, media
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=2) as opened:
        yield opened


def running(desk: Desk, number: int, phase: Phase) -> LiveEpisode:
    live = LiveEpisode(episode(id=number, status=Status.DOWNLOADING), desk.clock)
    desk.announcer.start(live)
    live.enter(phase)
    return live


def test_only_recordings_are_ended_by_those_who_have_enough(desk: Desk) -> None:
    """One of them by its id, or all; a download is none."""
    first, second = (running(desk, number, Phase.RECORDING) for number in (1, 2))
    download = running(desk, 3, Phase.DOWNLOADING)
    assert desk.announcer.finish_recordings(3) == 0
    assert desk.announcer.finish_recordings(2) == 1
    assert (first.enough.is_set(), second.enough.is_set()) == (False, True)
    assert desk.announcer.finish_recordings() == 2
    assert first.enough.is_set()
    assert not download.enough.is_set()


def test_a_recording_has_no_percentage(desk: Desk) -> None:
    """Of what has no end there is no share."""
    live = running(desk, 1, Phase.RECORDING)
    live.start_download(media(segments=4), desk.clock).reuse(0, 0, 100)
    live.enter(Phase.RECORDING)
    assert live.percentage() == 0.0
    live.enter(Phase.DOWNLOADING)
    assert live.percentage() == 25.0
