"""What subscribers are told has the order of what was written."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.model import Action, EpisodeRef, JobRequest, Status
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        yield opened


def messages_since(desk: Desk, seq: int) -> list[dict[str, Any]]:
    """Return every message after number `seq`."""
    desk.hub.flush()
    messages = []
    while (text := desk.hub.after(seq)) is not None:
        messages.append(json.loads(text))
        seq += 1
    return messages


def told(messages: list[dict[str, Any]], kind: str, row_id: int, field: str) -> list[Any]:
    """Return the values of a field in the order they were told."""
    rows = [message.get(kind, {}).get(str(row_id)) or {} for message in messages]
    return [row[field] for row in rows if field in row]


async def test_every_status_of_an_episode_is_told_in_order(desk: Desk) -> None:
    """Each change of status arrives, also those that follow one another at once."""
    start = desk.hub.seq
    (episode_id,) = await desk.add(1)
    await desk.runner.until_started(1)
    for _ in range(5):
        await desk.control.act_on_episode(episode_id, Action.PAUSE)
        await desk.control.act_on_episode(episode_id, Action.RESUME)
        await desk.until(episode_id, Status.DOWNLOADING)
    desk.supervisor.set_open(False)
    await desk.control.act_on_episode(episode_id, Action.CANCEL)
    statuses = told(messages_since(desk, start), "episodes", episode_id, "status")
    assert statuses == ["downloading", *["paused", "queued", "downloading"] * 5, "cancelled"]


async def test_job_percentage_only_rises_while_episodes_end_together(desk: Desk) -> None:
    """A job's figures never mix the state before a move with the state after it."""
    desk.slots.resize(8)
    desk.supervisor.set_open(False)
    start = desk.hub.seq
    episodes = await desk.add(8)
    desk.supervisor.set_open(True)
    await desk.runner.until_started(8)
    for episode_id in episodes:
        desk.runner.end(episode_id)
        await desk.clock.run(0.3)
    for episode_id in episodes:
        await desk.until(episode_id, Status.COMPLETED)
    while desk.announcer.stats()["running"]:
        await desk.clock.run(0.05)
    messages = messages_since(desk, start)
    percentages = told(messages, "jobs", 1, "progress_percentage")
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100.0
    completed = told(messages, "jobs", 1, "completed_episodes")
    assert completed == sorted(completed)
    assert completed[-1] == 8


async def test_moves_wait_for_one_another(desk: Desk) -> None:
    """Whatever comes at the same time, rows, running tasks and figures agree afterwards."""
    episodes = await desk.add(12)
    await desk.runner.until_started(3)
    actions = [Action.PAUSE, Action.RESUME, Action.CANCEL, Action.RETRY]

    async def churn(episode_id: int) -> None:
        for turn in range(8):
            action = actions[(turn + episode_id) % 4]
            await asyncio.gather(desk.control.act_on_episode(episode_id, action), return_exceptions=True)

    async with asyncio.TaskGroup() as group:
        for episode_id in episodes:
            group.create_task(churn(episode_id))
    desk.supervisor.set_open(False)
    await desk.control.act_on_job(1, Action.PAUSE)
    await desk.clock.run(1)
    counts = await desk.store.counts()
    assert counts[Status.DOWNLOADING] == 0
    assert not desk.runner.running
    assert desk.slots.held == 0 or desk.slots.waiting == 0
    assert desk.announcer.stats()["running"] == 0
    assert desk.runner.most_running <= 3


async def test_paused_queue_says_why_everything_waits(desk: Desk) -> None:
    """The reason of what waits changes with the queue's own state."""
    desk.supervisor.set_open(False)
    job = await desk.add_job(1)
    await desk.announcer.tell([job.id])
    desk.hub.flush()
    start = desk.hub.seq
    await desk.announcer.tell_queue_paused(True)
    desk.hub.flush()
    await desk.announcer.tell_queue_paused(False)
    assert told(messages_since(desk, start), "jobs", job.id, "reason") == ["queue_paused", "slot"]


async def test_free_space_is_looked_up_again(desk: Desk, settings: Settings) -> None:
    """The figure follows the disk; a folder that is not there gives none, not an error."""
    assert desk.announcer.stats()["free_bytes"] is None
    settings.download_dir.mkdir()
    while desk.announcer.stats()["free_bytes"] is None:
        await desk.clock.run(5.1)
    assert desk.announcer.stats()["free_bytes"] > 0


async def test_known_request_is_told_only_once(desk: Desk) -> None:
    """A request whose key is known changes nothing, and nobody is told of anything."""
    desk.supervisor.set_open(False)
    request = JobRequest(
        anime_title="A", episodes=(EpisodeRef(url="https://example.org/1"),), idempotency_key="the same"
    )
    job, created, _ = await desk.transitions.add_job(request, frozenset())
    desk.hub.flush()
    start = desk.hub.seq
    again, created_again, _ = await desk.transitions.add_job(request, frozenset())
    assert (created, created_again) == (True, False)
    assert job.id == again.id
    assert messages_since(desk, start) == []
