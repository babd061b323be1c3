"""A completed episode waits for a better language: on a schedule, over restarts, until it is there or time is over."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import FileGoneError, FolderInUseError, NotFoundError, ProviderRefusedError
from aniworld_dl.model import Selection, Status, Taken
from aniworld_dl.queue.archive import State
from aniworld_dl.queue.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.unit.queue.desk import Desk, open_desk
from tests.unit.queue.waiting import complete, now, swaps, until_looked, until_settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.tools import Swap

HOUR_S = 3600.0
DAY_S = 86_400.0
SUB = Taken(language="German Sub", provider="VOE", instead_of_language="German Dub")
ENGLISH = Taken(language="English Dub", provider="VOE", instead_of_language="German Dub")
DUB = Taken(language="German Dub", provider="VOE")


@asynccontextmanager
async def opened(settings: Settings, **fields: Any) -> AsyncIterator[Desk]:
    async with open_desk(settings, **fields) as desk:
        desk.runner.taken = SUB
        desk.standing.set_open(True)
        yield desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with opened(settings) as desk:
        yield desk


async def test_what_was_taken_instead_is_kept_and_waited_for(desk: Desk) -> None:
    episode = await complete(desk)
    assert episode.taken == SUB
    assert episode.standing is not None
    standing = episode.standing
    assert (standing.wanted, standing.looks, standing.error) == ("German Dub > English Dub", 0, None)
    assert standing.until - standing.since == 90 * DAY_S
    assert 0.75 * 6 * HOUR_S <= standing.next_at - standing.since <= 6 * HOUR_S


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"standing": False}, SUB),
        ({"standing": None}, SUB),
        ({}, DUB),
        ({}, Taken()),
        ({}, None),
    ],
    ids=["not asked for", "not set", "the best came", "not known", "existing"],
)
async def test_nothing_is_waited_for(desk: Desk, fields: dict[str, Any], taken: Taken | None) -> None:
    desk.runner.taken = taken
    assert (await complete(desk, **fields)).standing is None


async def test_the_settings_decide_where_the_job_does_not(settings: Settings) -> None:
    async with opened(settings.model_copy(update={"standing_wishes": True, "standing_days": 2})) as desk:
        first = await complete(desk, standing=None)
        second = await complete(desk, standing=5, title="Other")
    days = [each.standing and (each.standing.until - each.standing.since) / DAY_S for each in (first, second)]
    assert days == [2, 5]


async def test_looks_in_vain_come_later_each_time_and_end(desk: Desk) -> None:
    """The pauses double up to a week, and when the time is over one last look is taken."""
    episode = await complete(desk, standing=20)
    pauses = []
    while episode.standing is not None:
        due, looks = episode.standing.next_at, len(desk.runner.looked)
        desk.clock.advance(due - desk.clock.time())
        await until_looked(desk, looks + 1)
        episode = await until_settled(desk, episode)
        pauses.append((due if episode.standing is None else episode.standing.next_at) - due)
    hours = [round(pause / HOUR_S / 0.875, 1) for pause in pauses]
    assert hours[:5] == [12, 24, 48, 96, 168]
    assert hours[-1] == 0
    assert desk.runner.discarded_better == [episode.id]
    assert episode.status is Status.COMPLETED


async def test_a_better_version_is_noted_and_the_best_ends_it(desk: Desk) -> None:
    """A lesser one of the better ones is taken too, and what is better still is waited for."""
    episode = await complete(desk)
    desk.runner.better = swaps(ENGLISH)
    await desk.standing.begin(episode.id)
    await until_looked(desk, 1)
    while (episode := await now(desk, episode.id)).taken != ENGLISH:
        await desk.clock.run(0.05)
    assert episode.standing is not None
    assert (episode.standing.wanted, episode.standing.looks) == ("German Dub", 1)
    desk.runner.better = swaps(DUB)
    await desk.standing.begin(episode.id)
    while (episode := await now(desk, episode.id)).standing is not None:
        await desk.clock.run(0.05)
    assert episode.taken == DUB
    assert desk.runner.discarded_better == [episode.id]
    assert len(await desk.archive.in_state(State.RESTORED)) == 2


async def test_a_failed_look_says_why_and_is_repeated(desk: Desk) -> None:
    episode = await complete(desk)

    async def fail(live: LiveEpisode, swap: Swap) -> bool:
        raise ProviderRefusedError(provider="p", url="u", reason="not today")

    desk.runner.better = fail
    await desk.standing.begin(episode.id)
    await until_looked(desk, 1)
    while (episode := await now(desk, episode.id)).standing is None or not episode.standing.looks:
        await desk.clock.run(0.05)
    assert episode.standing.error is not None
    assert episode.standing.error.code == "provider_refused"


async def test_a_file_that_is_gone_ends_it(desk: Desk) -> None:
    """Also where what was fetched cannot be deleted."""
    episode = await complete(desk)
    desk.runner.undeletable = FolderInUseError(path="x")

    async def gone(live: LiveEpisode, swap: Swap) -> bool:
        raise FileGoneError(path="x")

    desk.runner.better = gone
    await desk.standing.begin(episode.id)
    while (await now(desk, episode.id)).standing is not None:
        await desk.clock.run(0.05)


async def test_a_wish_that_is_ended_stops_what_is_under_way(desk: Desk) -> None:
    """Nothing is swapped any more, and what was fetched is thrown away."""
    episode = await complete(desk)
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(live: LiveEpisode, swap: Swap) -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return True

    desk.runner.better = wait
    await desk.standing.begin(episode.id)
    await begun.wait()
    assert desk.slots.held >= 1
    assert await desk.standing.end(Selection.of(episodes=[episode.id])) == 1
    assert cancelled.is_set()
    assert (await now(desk, episode.id)).standing is None
    assert desk.runner.discarded_better == [episode.id]
    assert await desk.standing.end(Selection.of(jobs=[episode.job_id])) == 0


async def test_another_wish_ends_without_a_stop(desk: Desk) -> None:
    first, second = await complete(desk), await complete(desk, title="Other")
    begun = asyncio.Event()

    async def wait(live: LiveEpisode, swap: Swap) -> bool:
        begun.set()
        await asyncio.Event().wait()
        return True

    desk.runner.better = wait
    await desk.standing.begin(first.id)
    await begun.wait()
    assert await desk.standing.end(Selection.of(episodes=[second.id])) == 1
    assert (desk.runner.looked, desk.runner.discarded_better) == ([first.id], [second.id])


async def test_an_episode_that_was_removed_a_moment_ago_is_not_looked_for(desk: Desk) -> None:
    episode = await complete(desk)
    await desk.control.remove(Selection.of(jobs=[episode.job_id]))
    await desk.standing._look(episode)
    assert desk.runner.looked == []


async def test_what_is_removed_or_moved_meanwhile_is_not_swapped(desk: Desk) -> None:
    episode = await complete(desk)
    asked: list[Any] = []

    async def late(live: LiveEpisode, swap: Swap) -> bool:
        await desk.standing.end(Selection.of(episodes=[-1]))
        await desk.store.database.change("end_standing", episodes=f"[{episode.id}]", jobs="[]")
        with pytest.raises(NotFoundError):
            await swap.begin()
        asked.append(True)
        return False

    desk.runner.better = late
    await desk.standing.begin(episode.id)
    while not asked:
        await desk.clock.run(0.05)


async def test_while_the_queue_is_closed_nothing_is_looked_for(desk: Desk) -> None:
    """What was under way stops, stays due, and goes on when the queue is open again."""
    episode = await complete(desk)
    begun = asyncio.Event()

    async def wait(live: LiveEpisode, swap: Swap) -> bool:
        begun.set()
        await asyncio.Event().wait()
        return True

    desk.runner.better = wait
    await desk.standing.begin(episode.id)
    await begun.wait()
    desk.standing.set_open(False)
    await desk.clock.run(DAY_S)
    assert desk.runner.looked == [episode.id]
    desk.runner.better = swaps(DUB)
    desk.standing.set_open(True)
    await until_looked(desk, 2)
    while (await now(desk, episode.id)).standing is not None:
        await desk.clock.run(0.05)


async def test_it_outlives_a_restart_and_is_listed(settings: Settings, tmp_path: Path) -> None:
    clock = FakeClock()
    path = tmp_path / "queue.db"
    async with opened(settings, store=await SqliteStore.open(path), clock=clock) as desk:
        first = await complete(desk)
        await complete(desk, title="Other")
        page = await desk.standing.page(limit=1, cursor=None)
        assert (page["total"], page["items"][0]["anime_title"]) == (2, "Series")
        rest = await desk.standing.page(limit=1, cursor=page["next_cursor"])
        assert ([each["anime_title"] for each in rest["items"]], rest["next_cursor"]) == (["Other"], None)
    clock.advance(DAY_S)
    async with opened(settings, store=await SqliteStore.open(path), clock=clock) as desk:
        await until_looked(desk, 2)
        assert desk.runner.looked[0] == first.id


async def test_only_what_came_in_a_lesser_language_can_wait(desk: Desk) -> None:
    """One that does not wait begins to; the path and the title of what waits for nothing are as they were."""
    desk.runner.taken = DUB
    best = await complete(desk)
    with pytest.raises(NotFoundError):
        await desk.standing.begin(best.id)
    with pytest.raises(NotFoundError):
        await desk.standing.begin(99)
    desk.runner.taken = SUB
    other = await complete(desk, standing=False, title="Other")
    await desk.standing.begin(other.id)
    standing = (await now(desk, other.id)).standing
    assert standing is not None
    assert standing.until - standing.since == 90 * DAY_S
    assert other.path == PurePosixPath(f"{other.id}.mkv")


async def test_it_comes_back_with_its_episode(desk: Desk) -> None:
    """Removed, an episode is not looked for; undone, it waits as before."""
    episode = await complete(desk)
    removed = await desk.control.remove(Selection.of(jobs=[episode.job_id]))
    await desk.clock.run(HOUR_S / 10)
    assert removed.undo is not None
    await desk.undo.restore(removed.undo.id)
    assert (await now(desk, episode.id)).standing == episode.standing
    assert (await now(desk, episode.id)).taken == episode.taken


@pytest.mark.parametrize("years", [-1, 1])
async def test_a_clock_that_is_set_anew_makes_nothing_wait_for_long(desk: Desk, years: int) -> None:
    """Set forward the time of the wish is over, too; set back it is looked for at once."""
    episode = await complete(desk)
    desk.clock.set_anew(years * 365 * DAY_S)
    while not desk.runner.looked:
        await desk.clock.run(60)
    assert desk.runner.looked == [episode.id]
    assert desk.clock.monotonic() < DAY_S
