"""What has ended: attempts, pages over all jobs, and what is forgotten."""

from __future__ import annotations

import asyncio
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import Figures, Hold, HoldReason, Status
from aniworld_dl.queue.history import History
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, request
from tests.unit.queue.desk import open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode
    from aniworld_dl.queue.sqlite import SqliteStore
    from tests.unit.queue.desk import Desk

FIGURES = Figures(
    provider="direct",
    host="a.example",
    bytes_by_host={"a.example": 900, "b.example": 100},
    fetched_bytes=1000,
    wasted_bytes=200,
    segments_retried=3,
    fetching_s=4.0,
)


class Shelf:
    """A history, and the settings that it looks at."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.settings = settings
        self.history = History(
            database=desk.store.database,
            transitions=desk.transitions,
            clock=desk.clock,
            settings=lambda: self.settings,
        )

    def change(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


@pytest.fixture
def shelf(desk: Desk, settings: Settings) -> Shelf:
    return Shelf(desk, settings)


async def run_one(store: SqliteStore, after: Status, now: float = 10.0, **details: Any) -> Episode:
    """Let the next episode run for five seconds and move on."""
    claimed = await store.claim(now=now - 5)
    assert claimed is not None
    moved = await store.move_episode(claimed.id, after, now=now, details=Details(**details))
    assert moved is not None
    return moved.episode


async def timeline(shelf: Shelf, episode_id: int, **page: Any) -> list[dict[str, Any]]:
    answer = await shelf.history.timeline(episode_id, **{"limit": 100, "cursor": None, **page})
    return answer["items"]  # type: ignore[no-any-return]


async def page(shelf: Shelf, **query: Any) -> dict[str, Any]:
    return await shelf.history.page(**{"statuses": None, "q": None, "limit": 100, "cursor": None, **query})


# --------------------------------------------------------------------------------------------------------- attempts


@pytest.mark.parametrize(
    ("after", "details", "outcome"),
    [
        (Status.COMPLETED, {}, "completed"),
        (Status.FAILED, {"error": BROKEN}, "failed"),
        (Status.PAUSED, {}, "paused"),
        (Status.CANCELLED, {}, "cancelled"),
        (Status.QUEUED, {}, "requeued"),
        (Status.QUEUED, {"hold": Hold(reason=HoldReason.RETRY_BACKOFF, until=99.0), "error": BROKEN}, "held"),
    ],
)
async def test_an_attempt_is_written_down_as_it_ends(
    desk: Desk, shelf: Shelf, after: Status, details: dict[str, Any], outcome: str
) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    episode = await run_one(desk.store, after, figures=FIGURES, **details)
    (attempt,) = await timeline(shelf, episode.id)
    is_held, is_broken = outcome == "held", "error" in details
    assert attempt == {
        "attempt": 1,
        "outcome": outcome,
        "reason": "retry_backoff" if is_held else None,
        "reason_text": "its last attempt failed; it is tried again later" if is_held else None,
        "started_at": "1970-01-01T00:00:05.000Z",
        "ended_at": "1970-01-01T00:00:10.000Z",
        "duration_s": 5.0,
        "provider": "direct",
        "host": "a.example",
        "bytes_by_host": {"a.example": 900, "b.example": 100},
        "fetched_bytes": 1000,
        "wasted_bytes": 200,
        "segments_retried": 3,
        "average_speed_bytes_per_s": 250,
        "error": {"code": BROKEN.code, "params": dict(BROKEN.params), "text": BROKEN.text} if is_broken else None,
        "error_message": BROKEN.text if is_broken else None,
    }


async def test_moves_that_end_no_attempt_write_none(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a", "b"), now=1.0)
    await desk.store.move_job(1, Status.PAUSED, now=2.0)
    await desk.store.move_job(1, Status.QUEUED, now=3.0)
    episode = await run_one(desk.store, Status.FAILED)
    await desk.store.move_job(1, Status.CANCELLED, now=11.0)
    assert [len(await timeline(shelf, episode_id)) for episode_id in (1, 2)] == [1, 0]
    assert await desk.store.move_episode(episode.id, Status.COMPLETED, now=12.0) is None
    assert len(await timeline(shelf, episode.id)) == 1


async def test_a_job_that_is_moved_ends_the_attempts_of_what_runs(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a", "b", "c"), now=1.0)
    claimed = [await desk.store.claim(now=2.0), await desk.store.claim(now=3.0)]
    assert all(claimed)
    await desk.store.move_job(1, Status.PAUSED, now=4.0, live={1: Details(figures=FIGURES)})
    assert [attempt["fetched_bytes"] for attempt in await timeline(shelf, 1)] == [1000]
    assert [attempt["fetched_bytes"] for attempt in await timeline(shelf, 2)] == [None]
    assert await timeline(shelf, 3) == []


async def test_recovery_closes_what_was_open(desk: Desk, shelf: Shelf) -> None:
    """When it ended and what it had fetched nobody knows; what ended before stays as it is."""
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.QUEUED, figures=FIGURES)
    await desk.store.claim(now=20.0)
    await desk.store.requeue_interrupted(now=5000.0)
    before, open_one = await timeline(shelf, 1)
    assert (before["outcome"], before["fetched_bytes"]) == ("requeued", 1000)
    assert (open_one["outcome"], open_one["attempt"]) == ("interrupted", 2)
    assert (open_one["started_at"], open_one["ended_at"]) == ("1970-01-01T00:00:20.000Z", None)
    assert (open_one["duration_s"], open_one["fetched_bytes"], open_one["host"]) == (None, None, None)
    await desk.store.requeue_interrupted(now=5001.0)
    assert len(await timeline(shelf, 1)) == 2


async def test_a_long_timeline_is_paged(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    for number in range(5):
        await run_one(desk.store, Status.QUEUED, now=10.0 * (number + 1))
    first = await shelf.history.timeline(1, limit=3, cursor=None)
    rest = await shelf.history.timeline(1, limit=3, cursor=first["next_cursor"])
    assert [attempt["attempt"] for attempt in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert (first["total"], rest["next_cursor"]) == (5, None)
    with pytest.raises(RequestInvalidError):
        await shelf.history.timeline(1, limit=3, cursor="x")


async def test_no_episode_no_timeline(shelf: Shelf) -> None:
    with pytest.raises(NotFoundError):
        await shelf.history.timeline(7, limit=3, cursor=None)


async def test_an_attempt_that_fetched_nothing_has_no_speed(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.FAILED, error=BROKEN, figures=Figures())
    (attempt,) = await timeline(shelf, 1)
    assert (attempt["fetched_bytes"], attempt["average_speed_bytes_per_s"]) == (0, None)


# ------------------------------------------------------------------------------------------------------------ pages


async def fill(desk: Desk) -> None:
    """Six ended episodes of two jobs, by turns completed, failed and cancelled; one more waits."""
    await desk.store.add_job(request("a", "b", "c", title="Nordlicht"), now=1.0)
    await desk.store.add_job(request("d", "e", "f", "g", title="ÖFEN", language="German"), now=1.0)
    for number, after in enumerate([Status.COMPLETED, Status.FAILED, Status.CANCELLED] * 2):
        path = PurePosixPath(f"Straße/{number}.mkv") if after is Status.COMPLETED else None
        await run_one(desk.store, after, now=100.0 + number, path=path)


def ids(answer: dict[str, Any]) -> list[int]:
    return [item["id"] for item in answer["items"]]


async def test_the_latest_come_first_over_all_jobs(desk: Desk, shelf: Shelf) -> None:
    await fill(desk)
    whole = await page(shelf)
    assert [item["completed_at"] for item in whole["items"]] == [
        f"1970-01-01T00:01:4{number}.000Z" for number in (5, 4, 3, 2, 1, 0)
    ]
    assert (whole["total"], whole["next_cursor"]) == (6, None)
    assert {item["anime_title"] for item in whole["items"]} == {"Nordlicht", "ÖFEN"}
    assert {(item["anime_title"], item["language"]) for item in whole["items"]} == {
        ("Nordlicht", None),
        ("ÖFEN", "German"),
    }
    assert [item["last_attempt"]["outcome"] for item in whole["items"]] == [item["status"] for item in whole["items"]]


@pytest.mark.parametrize("limit", [1, 2, 4, 6])
async def test_pages_join_without_a_gap(desk: Desk, shelf: Shelf, limit: int) -> None:
    await fill(desk)
    seen: list[int] = []
    cursor = None
    while True:
        part = await page(shelf, limit=limit, cursor=cursor)
        seen += ids(part)
        cursor = part["next_cursor"]
        if cursor is None:
            break
        assert len(part["items"]) == limit
    assert seen == ids(await page(shelf))


async def test_what_ended_at_the_same_moment_is_not_lost_between_pages(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request(*"abcdef"), now=1.0)
    await desk.store.move_job(1, Status.CANCELLED, now=7.0)
    first = await page(shelf, limit=4)
    rest = await page(shelf, limit=4, cursor=first["next_cursor"])
    assert ids(first) + ids(rest) == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"statuses": frozenset({Status.FAILED})}, 2),
        ({"statuses": frozenset({Status.FAILED, Status.COMPLETED})}, 4),
        ({"statuses": frozenset({Status.QUEUED})}, 0),
        ({"q": "öfen"}, 3),
        ({"q": "STRASSE/"}, 2),
        ({"q": "STRASSE/", "statuses": frozenset({Status.FAILED})}, 0),
        ({"q": "%"}, 0),
        ({"q": "nordlicht", "statuses": frozenset({Status.COMPLETED})}, 1),
    ],
)
async def test_search(desk: Desk, shelf: Shelf, query: dict[str, Any], count: int) -> None:
    """In titles and paths, whatever the case; what has not ended is never found."""
    await fill(desk)
    found = await page(shelf, **query)
    assert (len(found["items"]), found["total"]) == (count, count)


async def test_what_is_retried_comes_back_when_it_has_ended_again(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a", "b"), now=1.0)
    await run_one(desk.store, Status.FAILED, now=10.0, error=BROKEN)
    await run_one(desk.store, Status.COMPLETED, now=20.0)
    await desk.store.move_episode(1, Status.QUEUED, now=30.0)
    assert ids(await page(shelf)) == [2]
    await run_one(desk.store, Status.COMPLETED, now=40.0, figures=FIGURES)
    again = await page(shelf)
    assert ids(again) == [1, 2]
    assert again["items"][0]["last_attempt"]["attempt"] == 2
    assert [attempt["outcome"] for attempt in await timeline(shelf, 1)] == ["failed", "completed"]


async def test_what_never_ran_has_no_last_attempt(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await desk.store.move_job(1, Status.CANCELLED, now=2.0)
    (item,) = (await page(shelf))["items"]
    assert item["last_attempt"] is None


async def test_a_bad_cursor_is_refused(shelf: Shelf) -> None:
    with pytest.raises(RequestInvalidError):
        await page(shelf, cursor="nonsense")


# ------------------------------------------------------------------------------------------------------- forgetting


async def end_job(desk: Desk, title: str, episodes: int, now: float) -> int:
    job, _ = await desk.store.add_job(request(*(f"{title}{n}" for n in range(episodes)), title=title), now=1.0)
    await desk.store.move_job(job.id, Status.CANCELLED, now=now)
    return job.id


async def titles(desk: Desk) -> list[str]:
    return [job.anime_title for job in reversed((await desk.store.jobs(limit=1000)).items)]


async def test_nothing_is_forgotten_by_default(desk: Desk, shelf: Shelf) -> None:
    await end_job(desk, "old", 3, now=1.0)
    assert await shelf.history.sweep() == 0


async def test_the_oldest_go_first_until_enough_is_left(desk: Desk, shelf: Shelf) -> None:
    """Whole jobs only, and never below what is to be kept; what has not ended does not count."""
    for number, title in enumerate(["a", "b", "c", "d"]):
        await end_job(desk, title, 3, now=10.0 + number)
    await desk.store.add_job(request("w", title="waiting"), now=1.0)
    shelf.change(history_count=7)
    assert await shelf.history.sweep() == 1
    assert await titles(desk) == ["b", "c", "d", "waiting"]
    shelf.change(history_count=0)
    assert await shelf.history.sweep() == 3
    assert await titles(desk) == ["waiting"]
    shelf.change(history_count=None)
    assert await shelf.history.sweep() == 0


async def test_what_ended_long_ago_goes(desk: Desk, shelf: Shelf) -> None:
    now, day = desk.clock.time(), 86_400.0
    for title, age in [("older", 2.1), ("newer", 1.9), ("now", 0.0)]:
        await end_job(desk, title, 1, now=now - age * day)
    shelf.change(history_days=2)
    assert await shelf.history.sweep() == 1
    assert await titles(desk) == ["newer", "now"]


async def test_attempts_go_with_their_job(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await run_one(desk.store, Status.COMPLETED)
    shelf.change(history_count=0)
    await shelf.history.sweep()
    assert (await desk.store.database.read("timeline_total", episode_id=1))[0]["total"] == 0


async def test_many_jobs_go_in_small_transactions(desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some at a time; one that is large by itself."""
    sizes: list[int] = []
    change = desk.store.database.change

    async def counted(query: str, **parameters: Any) -> list[Any]:
        sizes.append(len(json.loads(parameters["ids"])))
        return await change(query, **parameters)

    for number in range(130):
        await end_job(desk, f"{number}", 1, now=10.0 + number)
    await end_job(desk, "large", 1500, now=5.0)
    await end_job(desk, "last", 1, now=500.0)
    monkeypatch.setattr(desk.store.database, "change", counted)
    shelf.change(history_count=1)
    assert await shelf.history.sweep() == 131
    assert sizes == [1, 100, 30]
    assert await titles(desk) == ["last"]


async def test_what_was_started_again_meanwhile_stays(
    desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job is retried between the look and the deed."""
    job_id = await end_job(desk, "a", 1, now=1.0)
    change = desk.store.database.change

    async def late(query: str, **parameters: Any) -> list[Any]:
        await desk.store.move_job(job_id, Status.QUEUED, now=2.0)
        return await change(query, **parameters)

    monkeypatch.setattr(desk.store.database, "change", late)
    shelf.change(history_count=0)
    assert await shelf.history.sweep() == 0
    assert await titles(desk) == ["a"]


async def test_subscribers_are_told(desk: Desk, shelf: Shelf) -> None:
    job_id = await end_job(desk, "a", 1, now=1.0)
    messages = aiter(desk.hub.subscribe())
    await anext(messages)
    shelf.change(history_count=0)
    await shelf.history.sweep()
    desk.hub.flush()
    assert json.loads(await anext(messages))["jobs"] == {str(job_id): None}


async def test_it_looks_from_time_to_time_and_when_told_to(desk: Desk, shelf: Shelf) -> None:
    task = asyncio.create_task(shelf.history.run())
    await desk.clock.run(1)
    await end_job(desk, "a", 1, now=1.0)
    shelf.change(history_count=0)
    await desk.clock.run(1)
    assert await titles(desk) == ["a"]
    shelf.history.changed()
    while await titles(desk):
        await desk.clock.run(0.1)
    await end_job(desk, "b", 1, now=1.0)
    await desk.clock.run(61)
    while await titles(desk):
        await desk.clock.run(0.1)
    task.cancel()
    await asyncio.wait([task])
