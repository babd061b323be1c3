"""Jobs are followed to their ends, and every episode's end is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from aniworld_dl.cli.follow import all_episodes, follow
from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.engine import Engine


class ScriptedEngine:
    """Tells what the test wrote down; its episodes are read three to a page."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.hub = self
        self.messages: list[dict[str, Any]] = []
        self.statuses: dict[int, str] = {}
        self.rows: dict[int, list[dict[str, Any]]] = {}

    def say(
        self, kind: str = "patch", *, jobs: dict[int, str] | None = None, episodes: dict[int, Any] | None = None
    ) -> None:
        self.messages.append(
            {
                "type": kind,
                "jobs": {str(key): {"status": status} for key, status in (jobs or {}).items()},
                "episodes": {str(key): fields for key, fields in (episodes or {}).items()},
            }
        )

    async def subscribe(self, since: int) -> AsyncIterator[str]:
        assert since == 7
        for message in self.messages:
            yield json.dumps(message)

    async def job(self, job_id: int) -> dict[str, Any]:
        return {"id": job_id, "status": self.statuses[job_id]}

    async def episodes(self, job_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
        start = int(cursor or 0)
        rows = self.rows.get(job_id, [])
        return {"items": rows[start : start + 3], "next_cursor": str(start + 3) if len(rows) > start + 3 else None}


class Shown(list[tuple[int, str]]):
    """A display that remembers."""

    def show(self, episode: dict[str, Any]) -> None:
        self.append((episode["id"], episode["status"]))


@pytest.fixture
def engine(settings: Settings) -> ScriptedEngine:
    return ScriptedEngine(settings)


async def shown(engine: ScriptedEngine, *job_ids: int) -> Shown:
    display = Shown()
    await follow(cast("Engine", engine), 7, job_ids, display)
    return display


def episode(episode_id: int, status: str) -> dict[str, Any]:
    return {"id": episode_id, "status": status}


async def test_every_change_is_shown_until_all_jobs_have_ended(engine: ScriptedEngine) -> None:
    engine.statuses = {1: "completed", 2: "failed"}
    engine.rows = {1: [episode(10, "completed")], 2: [episode(20, "failed")]}
    engine.say(jobs={1: "completed"}, episodes={10: episode(10, "downloading")})
    engine.say(episodes={10: {"status": "completed"}, 11: None})
    engine.say(jobs={2: "failed"}, episodes={20: episode(20, "failed")})
    engine.say(episodes={30: episode(30, "downloading")})
    assert await shown(engine, 1, 2) == [(10, "downloading"), (10, "completed"), (20, "failed")]


async def test_an_end_whose_message_is_still_on_its_way_is_shown(engine: ScriptedEngine) -> None:
    """The row says it has failed, the last message said it runs, and a third one nobody has told of."""
    engine.statuses = {1: "failed"}
    engine.rows = {1: [episode(10, "failed"), episode(11, "cancelled")]}
    engine.say(jobs={1: "downloading"}, episodes={10: episode(10, "downloading")})
    assert await shown(engine, 1) == [(10, "downloading"), (10, "failed"), (11, "cancelled")]


async def test_what_ended_before_a_snapshot_is_noticed(engine: ScriptedEngine) -> None:
    """It is in no message any more."""
    engine.statuses = {1: "completed"}
    engine.rows = {1: [episode(10, "completed")]}
    engine.say("snapshot")
    assert await shown(engine, 1) == [(10, "completed")]


async def test_other_jobs_are_no_reason_to_ask(engine: ScriptedEngine) -> None:
    engine.statuses = {1: "completed"}
    engine.say(jobs={2: "completed"})
    engine.say(jobs={1: "completed"})
    assert await shown(engine, 1) == []


async def test_no_slot_at_all_would_be_waiting_for_ever(engine: ScriptedEngine) -> None:
    engine.settings = engine.settings.model_copy(update={"max_concurrent_downloads": 0})
    with pytest.raises(ConfigError):
        await shown(engine, 1)


async def test_episodes_are_read_page_by_page(engine: ScriptedEngine) -> None:
    engine.rows = {1: [episode(number, "queued") for number in range(8)]}
    assert [row["id"] for row in await all_episodes(cast("Engine", engine), 1)] == list(range(8))
