"""Moving jobs and episodes, and setting what they may take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st

from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.model import Selection, Spot
from aniworld_dl.queue.placement import Placement
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A desk, and who moves things on it. Nothing starts by itself."""

    desk: Desk
    placement: Placement

    @classmethod
    def at(cls, desk: Desk) -> Office:
        desk.supervisor.set_open(False)
        database, transitions, throttles = desk.store.database, desk.transitions, desk.throttles
        return cls(desk=desk, placement=Placement(database=database, transitions=transitions, throttles=throttles))

    async def jobs(self) -> list[int]:
        return [job.id for job in await self.desk.store.waiting_jobs(100)]

    async def episodes(self, job_id: int = 1) -> list[int]:
        """Return a job's episodes in the order of claims."""
        rows = (await self.desk.store.episodes(job_id, limit=1000)).items
        return [row.id for row in sorted(rows, key=lambda row: (-row.priority, row.rank, row.id))]

    async def claims(self) -> list[int]:
        """Claim everything and return it in that order."""
        claimed = []
        while (episode := await self.desk.store.claim(now=1.0, fair=False)) is not None:
            claimed.append(episode.id)
        return claimed


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_desk(settings) as desk:
        yield Office.at(desk)


MOVES: list[tuple[int, Spot, int | None, list[int]]] = [
    (3, Spot.TOP, None, [3, 1, 2, 4]),
    (1, Spot.TOP, None, [1, 2, 3, 4]),
    (2, Spot.BOTTOM, None, [1, 3, 4, 2]),
    (4, Spot.BOTTOM, None, [1, 2, 3, 4]),
    (4, Spot.BEFORE, 2, [1, 4, 2, 3]),
    (4, Spot.BEFORE, 1, [4, 1, 2, 3]),
    (1, Spot.AFTER, 3, [2, 3, 1, 4]),
    (1, Spot.AFTER, 4, [2, 3, 4, 1]),
    (2, Spot.AFTER, 2, [1, 2, 3, 4]),
    (2, Spot.BEFORE, 3, [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("moved", "spot", "other", "order"), MOVES)
async def test_jobs_go_where_they_are_put(
    office: Office, moved: int, spot: Spot, other: int | None, order: list[int]
) -> None:
    """The next claims follow the new order, one job after the other."""
    for title in "ABCD":
        await office.desk.add(1, title)
    await office.placement.move_job(moved, spot, other)
    assert await office.jobs() == order
    assert await office.claims() == order


@pytest.mark.parametrize(("moved", "spot", "other", "order"), MOVES)
async def test_episodes_go_where_they_are_put(
    office: Office, moved: int, spot: Spot, other: int | None, order: list[int]
) -> None:
    """Inside their job, and its pages show the new order."""
    await office.desk.add(4)
    await office.placement.move_episode(moved, spot, other)
    assert [row.id for row in (await office.desk.store.episodes(1)).items] == order
    assert await office.claims() == order


async def test_beside_another_means_with_its_priority(office: Office) -> None:
    """At the top or at the bottom means among those of its own priority."""
    for title, priority in [("A", 5), ("B", 5), ("C", 0), ("D", 0)]:
        await office.desk.add(1, title, priority=priority)
    await office.placement.move_job(4, Spot.TOP)
    assert await office.jobs() == [1, 2, 4, 3]
    await office.placement.move_job(1, Spot.BOTTOM)
    assert await office.jobs() == [2, 1, 4, 3]
    await office.placement.move_job(3, Spot.BEFORE, 1)
    assert await office.jobs() == [2, 3, 1, 4]
    assert (await office.desk.control.job(3)).priority == 5
    await office.placement.move_job(2, Spot.AFTER, 4)
    assert await office.jobs() == [3, 1, 4, 2]
    assert (await office.desk.control.job(2)).priority == 0


async def test_episodes_take_over_priorities_too(office: Office) -> None:
    await office.desk.add(3)
    await office.placement.set(Selection.of(episodes=[3]), priority=7)
    assert await office.episodes() == [3, 1, 2]
    await office.placement.move_episode(2, Spot.AFTER, 3)
    assert await office.episodes() == [3, 2, 1]
    assert (await office.desk.control.episode(2)).priority == 7


async def test_the_only_one_stays(office: Office) -> None:
    await office.desk.add(1)
    for spot in (Spot.TOP, Spot.BOTTOM):
        await office.placement.move_job(1, spot)
        await office.placement.move_episode(1, spot)
    assert (await office.jobs(), await office.episodes()) == ([1], [1])


@pytest.mark.parametrize("spot", [Spot.BEFORE, Spot.AFTER])
async def test_places_never_run_out(office: Office, spot: Spot) -> None:
    """A hundred moves into the same gap: fractions come to an end, and the rows behind are spread anew."""
    count = 80
    await office.desk.add(count)
    for title in range(count - 1):
        await office.desk.add(1, str(title))
    expected = list(range(1, count + 1))
    anchor = 40
    for turn in range(100):
        moved = 41 + turn % 40 if spot is Spot.BEFORE else 1 + turn % 39
        await office.placement.move_episode(moved, spot, anchor)
        await office.placement.move_job(moved, spot, anchor)
        expected.remove(moved)
        expected.insert(expected.index(anchor) + (spot is Spot.AFTER), moved)
    assert await office.episodes() == expected
    assert await office.jobs() == expected


async def test_the_order_of_addresses_still_to_be_listed_is_kept(office: Office) -> None:
    """Spreading episodes anew reaches no further than it must: those of the next address stay where they are."""
    await office.desk.add(4)
    for _ in range(120):
        await office.placement.move_episode(1, Spot.AFTER, 2)
        await office.placement.move_episode(3, Spot.AFTER, 2)
    assert await office.episodes() == [2, 3, 1, 4]


@hypothesis.given(
    moves=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(Spot), st.integers(1, 6)), min_size=1, max_size=30)
)
@hypothesis.settings(max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_any_moves_give_the_order_of_a_list(settings: Settings, moves: list[tuple[int, Spot, int]]) -> None:
    """What a list does when an item is taken out and put in again."""

    async def scenario() -> None:
        async with open_desk(settings) as desk:
            office = Office.at(desk)
            await desk.add(6)
            expected = list(range(1, 7))
            for moved, spot, other in moves:
                await office.placement.move_episode(moved, spot, other)
                put(expected, moved, spot, other)
                assert await office.episodes() == expected

    with asyncio.Runner() as runner:
        runner.run(scenario())


def put(expected: list[int], moved: int, spot: Spot, other: int) -> None:
    if spot in {Spot.BEFORE, Spot.AFTER} and moved == other:
        return
    expected.remove(moved)
    places = {Spot.TOP: 0, Spot.BOTTOM: len(expected)}
    if spot not in places:
        places[spot] = expected.index(other) + (spot is Spot.AFTER)
    expected.insert(places[spot], moved)


@pytest.mark.parametrize(
    ("arguments", "error", "params"),
    [
        ((99, Spot.TOP, None), NotFoundError, {"id": 99}),
        ((1, Spot.BEFORE, 99), NotFoundError, {"id": 99}),
        ((1, Spot.AFTER, None), RequestInvalidError, {"value": "null"}),
    ],
)
async def test_refused_in_words(office: Office, arguments: Any, error: Any, params: dict[str, Any]) -> None:
    await office.desk.add(2)
    for move, what in ((office.placement.move_job, "job"), (office.placement.move_episode, "episode")):
        with pytest.raises(error) as refused:
            await move(*arguments)
        assert refused.value.params | params == refused.value.params
        assert what in str(refused.value)


async def test_an_episode_stays_in_its_job(office: Office) -> None:
    await office.desk.add(1, "A")
    await office.desk.add(1, "B")
    with pytest.raises(RequestInvalidError, match="name an episode of job 1"):
        await office.placement.move_episode(1, Spot.BEFORE, 2)


async def test_moves_are_told(office: Office) -> None:
    """Subscribers see new places and priorities, also of what runs, whose progress does not bring back the old ones."""
    await office.desk.add(2)
    await office.desk.add(1, "B")
    office.desk.supervisor.set_open(True)
    await office.desk.runner.until_started(3)
    await office.desk.clock.run(1)
    await office.placement.move_episode(1, Spot.BOTTOM)
    await office.placement.set(Selection.of(episodes=[1], jobs=[2]), priority=3, bandwidth_limit_bytes_per_s=5000)
    await office.desk.clock.run(1)
    board = office.desk.hub._board
    row = await office.desk.control.episode(1)
    shown = board.episodes[1]
    assert (shown["rank"], shown["priority"], shown["bandwidth_limit_bytes_per_s"]) == (row.rank, 3, 5000)
    assert (board.jobs[2]["priority"], board.jobs[2]["bandwidth_limit_bytes_per_s"]) == (3, 5000)


async def test_limits_act_on_what_runs(office: Office) -> None:
    """Of an episode and of its job, both at once, and no limit ends them."""
    (episode_id,) = await office.desk.add(1)
    office.desk.supervisor.set_open(True)
    await office.desk.runner.until_started(1)
    throttle = office.desk.runner.throttles[1]

    def limits() -> tuple[float | None, bool]:
        return throttle.bytes_per_s, throttle.is_open

    assert limits() == (None, True)
    both = Selection.of(jobs=[1], episodes=[episode_id])
    await office.placement.set(Selection.of(episodes=[episode_id]), bandwidth_limit_bytes_per_s=5000)
    assert limits() == (5000, False)
    await office.placement.set(both, priority=1)
    assert limits() == (5000, False)
    await office.placement.set(Selection.of(jobs=[1]), bandwidth_limit_bytes_per_s=9000)
    await office.placement.set(Selection.of(episodes=[episode_id]), bandwidth_limit_bytes_per_s=None)
    assert limits() == (None, False)
    found = await office.placement.set(both, bandwidth_limit_bytes_per_s=None)
    assert limits() == (None, True)
    assert found.jobs == {1}
    assert [episode.id for episode in found.episodes] == [episode_id]
