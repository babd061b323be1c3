"""Each change of the queue as one function, to be run inside a transaction of the writer."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import HoldReason, Status, moves_into
from aniworld_dl.queue.additions import ROWS_A_STATEMENT, Place, add_episodes
from aniworld_dl.queue.attempts import end_attempts, interrupt_attempts
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.keys import keys_of, place_key
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.results import Moved, Moves, Removed
from aniworld_dl.queue.rows import (
    details_columns,
    episode_of,
    error_columns,
    expansion_of,
    job_of,
    json_list,
)
from aniworld_dl.queue.store import LONGEST_HOLD_S, Details

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import aiosqlite

    from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, Selection
    from aniworld_dl.queue.queries import Row

_STARTED_FROM: Final = frozenset({Status.PAUSED, Status.FAILED, Status.CANCELLED})
"""What a user can let start besides what is queued."""


async def claim(connection: aiosqlite.Connection, now: float, *, fair: bool) -> Episode | None:
    """Move the next queued episode to downloading."""
    found = await fetch(connection, "next_fairly" if fair else "next_in_order")
    return await start(connection, found[0]["id"], now) if found else None


async def start(connection: aiosqlite.Connection, episode_id: int, now: float) -> Episode | None:
    """Move this queued episode to downloading."""
    rows = await fetch(connection, "start_episodes", ids=json_list([episode_id]), now=now, by_user=False)
    return episode_of(rows[0]) if rows else None


async def end_holds(connection: aiosqlite.Connection, now: float) -> Sequence[Episode]:
    """End the holds whose time has come, or was put too far away by a clock that was wrong."""
    latest = now + LONGEST_HOLD_S
    rows = await fetch(connection, "end_holds", reasons=json_list(HoldReason), now=now, latest=latest)
    return tuple(map(episode_of, rows))


async def end_holds_of(
    connection: aiosqlite.Connection, reason: HoldReason, episode_ids: Iterable[int]
) -> Sequence[Episode]:
    """End the holds of these episodes that have this reason."""
    rows = await fetch(connection, "end_holds_of", reason=reason, ids=json_list(episode_ids))
    return tuple(map(episode_of, rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is to be done to some episodes: from which statuses, into which, when."""

    after: Status
    before: frozenset[Status]
    now: float


def move(after: Status, before: frozenset[Status] | None, now: float) -> Move:
    """Return a move from those statuses which both the caller and the table of moves allow."""
    allowed = moves_into(after)
    return Move(after=after, before=allowed if before is None else allowed & before, now=now)


async def move_selection(
    connection: aiosqlite.Connection, selection: Selection, wanted: Move, live: Mapping[int, Details]
) -> Moves:
    """Move what is selected and may; the episodes in `live` with their own details."""
    chosen = await _chosen(connection, selection)
    present = await fetch(connection, "movable", before=json_list(wanted.before), **chosen)
    statuses = await asyncio.to_thread(_statuses, present)
    moved: list[Moved] = []
    for episode_id in statuses.keys() & live.keys():
        moved += _moved(await _move(connection, [episode_id], wanted, live[episode_id]), statuses)
    rest = [episode_id for episode_id in statuses if episode_id not in live]
    for start in range(0, len(rest), ROWS_A_STATEMENT):
        rows = await _move(connection, rest[start : start + ROWS_A_STATEMENT], wanted, Details())
        moved += await asyncio.to_thread(_moved, rows, statuses)
    addresses = await _move_expansions(connection, chosen["jobs"], wanted)
    return Moves(episodes=await asyncio.to_thread(_in_order, moved), addresses=addresses)


def _statuses(rows: Iterable[Row]) -> dict[int, Status]:
    return {row["id"]: Status(row["status"]) for row in rows}


def _in_order(moved: Iterable[Moved]) -> tuple[Moved, ...]:
    return tuple(sorted(moved, key=lambda each: (each.episode.job_id, each.episode.rank, each.episode.id)))


async def _chosen(connection: aiosqlite.Connection, selection: Selection) -> dict[str, str]:
    """Return a selection as parameters of a query."""
    return {"jobs": json_list(await jobs_of(connection, selection)), "episodes": json_list(selection.episodes)}


async def jobs_of(connection: aiosqlite.Connection, selection: Selection) -> Iterable[int]:
    """Return the ids of the jobs that are selected as such."""
    if not selection.everything:
        return selection.jobs
    return [row["id"] for row in await fetch(connection, "all_jobs")]


async def start_now(connection: aiosqlite.Connection, selection: Selection, now: float, most: int) -> Moves:
    """Queue what is selected and has not begun, and start the first of it."""
    queued = await move_selection(connection, selection, move(Status.QUEUED, _STARTED_FROM, now), {})
    chosen = await _chosen(connection, selection)
    present = await fetch(connection, "movable", before=json_list([Status.QUEUED]), **chosen)
    waiting = await fetch(connection, "turns", ids=json_list({row["id"] for row in present}))
    first = [row["id"] for row in heapq.nsmallest(most, waiting, key=_turn)]
    started = await fetch(connection, "start_episodes", ids=json_list(first), now=now, by_user=True)
    before = {moved.episode.id: moved.before for moved in queued.episodes}
    statuses = {episode_id: before.get(episode_id, Status.QUEUED) for episode_id in first}
    rest = tuple(moved for moved in queued.episodes if moved.episode.id not in statuses)
    return Moves(episodes=_moved(started, statuses) + rest, addresses=queued.addresses)


def _turn(row: Row) -> tuple[float, ...]:
    return -row["priority"], row["position"], row["job_id"], -row["episode_priority"], row["rank"], row["id"]


async def remove(connection: aiosqlite.Connection, selection: Selection) -> Removed:
    """Delete what is selected, and jobs that have nothing left."""
    wanted = list(await jobs_of(connection, selection))
    rows = await fetch(connection, "selected_episodes", jobs=json_list(wanted), episodes=json_list(selection.episodes))
    episodes = {row["id"]: episode_of(row) for row in rows}
    owner_ids = {episode.job_id for episode in episodes.values()}
    owners = [job_of(row) for row in await fetch(connection, "jobs_by_id", ids=json_list(owner_ids))]
    await fetch(connection, "remove_episodes", ids=json_list(selection.episodes))
    gone = await fetch(connection, "remove_jobs", ids=json_list(wanted))
    empty = await fetch(connection, "empty_jobs", ids=json_list(owner_ids))
    gone += await fetch(connection, "remove_jobs", ids=json_list(row["id"] for row in empty))
    return Removed(
        jobs=frozenset(row["id"] for row in gone),
        episodes=tuple(episodes.values()),
        owners={job.id: job for job in owners},
    )


def _moved(rows: Iterable[Row], statuses: Mapping[int, Status]) -> tuple[Moved, ...]:
    return _in_order(Moved(before=statuses[row["id"]], episode=episode_of(row)) for row in rows)


async def _move(connection: aiosqlite.Connection, ids: Iterable[int], wanted: Move, details: Details) -> list[Row]:
    if Status.DOWNLOADING in wanted.before:
        await end_attempts(connection, (ids := list(ids)), wanted.after, details, wanted.now)
    return await fetch(
        connection,
        "move_episodes",
        ids=json_list(ids),
        before=json_list(wanted.before),
        after=wanted.after,
        completed_at=wanted.now if wanted.after.ended else None,
        **details_columns(details),
    )


async def _move_expansions(connection: aiosqlite.Connection, jobs: str, wanted: Move) -> tuple[int, ...]:
    rows: list[Row] = []
    if wanted.after is Status.PAUSED and Status.QUEUED in wanted.before:
        rows += await fetch(connection, "hold_expansions", jobs=jobs, paused=1)
    if wanted.after is Status.QUEUED and Status.PAUSED in wanted.before:
        rows += await fetch(connection, "hold_expansions", jobs=jobs, paused=0)
    if wanted.after is Status.QUEUED and Status.CANCELLED in wanted.before:
        rows += await fetch(connection, "retry_expansions", jobs=jobs)
    if wanted.after is Status.CANCELLED and Status.QUEUED in wanted.before:
        rows += await fetch(connection, "cancel_expansions", jobs=jobs, now=wanted.now)
    return tuple(sorted(row["job_id"] for row in rows))


async def requeue_interrupted(connection: aiosqlite.Connection, now: float) -> Sequence[Episode]:
    """Move what was downloading back to queued."""
    running = await fetch(connection, "running_episodes")
    wanted = move(Status.QUEUED, frozenset({Status.DOWNLOADING}), now)
    ids = [row["id"] for row in running]
    await interrupt_attempts(connection, ids)
    rows = await _move(connection, ids, wanted, Details())
    return tuple(sorted(map(episode_of, rows), key=lambda episode: episode.id))


async def update_job(connection: aiosqlite.Connection, job_id: int, changes: Mapping[str, Any]) -> None:
    """Change columns of a job. By its title go the places of its episodes that name no series."""
    await fetch(connection, "update_job", id=job_id, **changes)
    if changes["anime_title"] is None:
        return
    jobs = await fetch(connection, "job", id=job_id)
    places = await fetch(connection, "places_of_job", job_id=job_id)
    await connection.executemany(
        SQL["set_place_key"],
        (
            {"id": row["id"], "place_key": place_key(job["language"], job["anime_title"], row["season"], row["number"])}
            for job in jobs
            for row in places
        ),
    )


async def expand(
    connection: aiosqlite.Connection, expansion_id: int, refs: Sequence[EpisodeRef], *, duplicates: int, now: float
) -> Sequence[Episode]:
    """Put episodes in the place of the address they were listed from, if it still waits."""
    if duplicates and not refs:
        await fetch(connection, "end_expansion", id=expansion_id, duplicates=duplicates, now=now)
        return ()
    taken = await fetch(connection, "take_expansion", id=expansion_id)
    if not taken:
        return ()
    expansion, status = expansion_of(taken[0]), Status.PAUSED if taken[0]["paused"] else Status.QUEUED
    place = {"job_id": expansion.job_id, "request_index": expansion.request_index}
    first = (await fetch(connection, "next_position", job_id=expansion.job_id))[0]["position"]
    job = (await fetch(connection, "job", id=expansion.job_id))[0]
    keys = keys_of(refs, job["language"], job["anime_title"])
    episodes = [
        (Place(expansion.job_id, first + ordinal, expansion.request_index, ordinal), ref, key)
        for ordinal, (ref, key) in enumerate(zip(refs, keys, strict=True))
    ]
    await add_episodes(connection, episodes, count=len(episodes), status=status, created_at=now)
    await fetch(connection, "add_duplicates", job_id=expansion.job_id, duplicates=duplicates)
    return tuple(map(episode_of, await fetch(connection, "episodes_of_address", **place)))


async def fail_expansion(
    connection: aiosqlite.Connection, expansion_id: int, error: ErrorInfo, now: float, *, held: bool
) -> bool:
    """Record why an address cannot be expanded."""
    columns = error_columns(error)
    return bool(await fetch(connection, "fail_expansion", id=expansion_id, now=now, held=int(held), **columns))
