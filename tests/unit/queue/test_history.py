"""Pages of what has ended, over all jobs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import Status
from tests.builders import BROKEN, request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.lookups import move_episode, move_job
from tests.unit.queue.shelf import FIGURES, Shelf, page, run_one, timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


@pytest.fixture
def shelf(desk: Desk, settings: Settings) -> Shelf:
    return Shelf(desk, settings)


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
    await move_job(desk.store, 1, Status.CANCELLED, now=7.0)
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
    await move_episode(desk.store, 1, Status.QUEUED, now=30.0)
    assert ids(await page(shelf)) == [2]
    await run_one(desk.store, Status.COMPLETED, now=40.0, figures=FIGURES)
    again = await page(shelf)
    assert ids(again) == [1, 2]
    assert again["items"][0]["last_attempt"]["attempt"] == 2
    assert [attempt["outcome"] for attempt in await timeline(shelf, 1)] == ["failed", "completed"]


async def test_what_never_ran_has_no_last_attempt(desk: Desk, shelf: Shelf) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    await move_job(desk.store, 1, Status.CANCELLED, now=2.0)
    (item,) = (await page(shelf))["items"]
    assert item["last_attempt"] is None


async def test_a_bad_cursor_is_refused(shelf: Shelf) -> None:
    with pytest.raises(RequestInvalidError):
        await page(shelf, cursor="nonsense")
