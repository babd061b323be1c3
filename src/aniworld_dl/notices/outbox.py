"""What is still to be told and to whom, in the queue's database: written before it is sent, gone when it arrived."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from aniworld_dl.model import HoldReason, Status
from aniworld_dl.notice_settings import ServerTarget
from aniworld_dl.notices.message import (
    MOST_LISTED,
    Condition,
    Ended,
    ended_message,
    held_message,
    told_of,
    trial_message,
)
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.rows import episode_of, error_columns, error_of_columns, job_of, json_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiosqlite

    from aniworld_dl.config import Settings
    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.model import ErrorInfo
    from aniworld_dl.notice_settings import Target
    from aniworld_dl.notices.message import Message
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.queries import Row

MOST_PENDING: Final = 1000
"""Messages that wait for one target; of more the oldest are given up."""
CALM_S: Final = 600.0
"""What keeps episodes waiting counts as over when nothing has waited for it for so long."""
_AT_A_TIME: Final = 20
_MOST_HELD: Final = 5000
_ENDS: Final = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
_FOR_PEOPLE: Final = (HoldReason.DISK_RESERVE, HoldReason.NEEDS_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message that is to go to a target. `due_at` is when it is to be tried, in seconds since the epoch."""

    target: str
    notice_id: int
    attempts: int
    due_at: float
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it goes with a target. Times are in seconds since the epoch."""

    name: str
    pending: int
    next_at: float | None
    given_up: int
    succeeded_at: float | None
    failed_at: float | None
    error: ErrorInfo | None


class Outbox:
    """Each call is one transaction. Every method raises `StorageError` when the disk or the database refuses."""

    def __init__(self, database: Database, targets: Mapping[str, Target], settings: Settings) -> None:
        self._database = database
        self._targets = targets
        self._settings = settings

    async def open(self) -> None:
        """Drop what was meant for targets that are not set any more."""
        await self._database.change("drop_foreign_deliveries", targets=json_list(self._targets))

    # ----------------------------------------------------------------------------------------------------- what for

    async def take_in(self, now: float) -> bool:
        """Put into words what has happened; tell whether there was anything."""
        found = False
        while await self._database.read("notices_without_words", limit=1):
            await self._database.write(lambda connection: self._word(connection, now))
            found = True
        return found

    async def _word(self, connection: aiosqlite.Connection, now: float) -> None:
        for row in await fetch(connection, "notices_without_words", limit=_AT_A_TIME):
            jobs = await fetch(connection, "job", id=row["job_id"])
            kind = told_of(job_of(jobs[0])) if jobs and self._targets else None
            if kind is None:  # it is gone, nothing came of it, or nobody wants to know
                await fetch(connection, "forget_notice", id=row["id"])
                continue
            ended = await _ended(connection, jobs[0])
            words = ended_message(row["uid"], kind, ended.job.completed_at or now, ended, self._settings)
            await self._put(connection, row["id"], words, now)

    async def _put(self, connection: aiosqlite.Connection, notice_id: int, words: Message, now: float) -> None:
        """Store a message for those who want it; without any it is forgotten."""
        wanting = [name for name, target in self._targets.items() if wants(target, words)]
        if not wanting:
            await fetch(connection, "forget_notice", id=notice_id)
            return
        await fetch(connection, "put_notice", id=notice_id, body=json.dumps(words, ensure_ascii=False))
        await fetch(connection, "add_deliveries", notice_id=notice_id, targets=json_list(wanting), now=now)
        for name in wanting:
            dropped = await fetch(connection, "drop_oldest_deliveries", target=name, most=MOST_PENDING)
            if dropped:
                await fetch(connection, "note_given_up", target=name, count=len(dropped))

    # -------------------------------------------------------------------------------------------------- conditions

    async def look_at_conditions(self, now: float) -> bool:
        """Put into words what episodes have begun to wait for; tell whether anything has changed."""
        if not await self._conditions_changed(now):
            return False
        await self._database.write(lambda connection: self._note_conditions(connection, now))
        return True

    async def _conditions_changed(self, now: float) -> bool:
        rows = await self._database.read("held_for_people", reasons=json_list(_FOR_PEOPLE), limit=_MOST_HELD)
        told = {row["name"]: row["over_at"] for row in await self._database.read("conditions")}
        standing = {each.name for each in _conditions(rows)}
        over = any(over_at is not None and over_at <= now for over_at in told.values())
        return over or standing != {name for name, over_at in told.items() if over_at is None}

    async def _note_conditions(self, connection: aiosqlite.Connection, now: float) -> None:
        await fetch(connection, "forget_conditions", now=now)
        rows = await fetch(connection, "held_for_people", reasons=json_list(_FOR_PEOPLE), limit=_MOST_HELD)
        told = {row["name"]: row["over_at"] for row in await fetch(connection, "conditions")}
        standing = {each.name: each for each in _conditions(rows)}
        for name, condition in standing.items():
            if name not in told:
                (row,) = await fetch(connection, "add_notice")
                await self._put(connection, row["id"], held_message(row["uid"], now, condition, self._settings), now)
            if told.get(name, now) is not None:
                await fetch(connection, "set_condition", name=name, over_at=None)
        for name, over_at in told.items():
            if name not in standing and over_at is None:
                await fetch(connection, "set_condition", name=name, over_at=now + CALM_S)

    # -------------------------------------------------------------------------------------------------- deliveries

    async def next(self, target: str) -> Delivery | None:
        """Return what is to go to a target first, now or later."""
        for row in await self._database.read("next_delivery", target=target):
            return Delivery(
                target=target,
                notice_id=row["notice_id"],
                attempts=row["attempts"],
                due_at=row["due_at"],
                message=json.loads(row["body"]),
            )
        return None

    async def arrived(self, delivery: Delivery, *, now: float) -> None:
        """Note that a message has arrived."""
        await self._end(delivery, "note_success", now=now)

    async def postpone(self, delivery: Delivery, error: AniworldDlError, *, now: float, due_at: float) -> None:
        """Note why a message has not arrived, and when it is tried again."""

        async def change(connection: aiosqlite.Connection) -> None:
            await fetch(connection, "note_failure", target=delivery.target, now=now, **error_columns(error.info()))
            place = {"target": delivery.target, "notice_id": delivery.notice_id}
            await fetch(connection, "postpone_delivery", due_at=due_at, **place)

        await self._database.write(change)

    async def give_up(self, delivery: Delivery, error: AniworldDlError, *, now: float) -> None:
        """Note why a message has not arrived and will not be sent any more."""
        await self._end(delivery, "note_failure", given_up=True, now=now, **error_columns(error.info()))

    async def _end(self, delivery: Delivery, note: str, *, given_up: bool = False, **columns: Any) -> None:
        async def change(connection: aiosqlite.Connection) -> None:
            await fetch(connection, "end_delivery", target=delivery.target, notice_id=delivery.notice_id)
            await fetch(connection, note, target=delivery.target, **columns)
            if given_up:
                await fetch(connection, "note_given_up", target=delivery.target, count=1)

        await self._database.write(change)

    # ------------------------------------------------------------------------------------------------------- trials

    async def trial(self, now: float) -> Message:
        """Return a message that only says that messages arrive; it is not kept."""
        (row,) = await self._database.read("new_notice_uid")
        return trial_message(row["uid"], now, self._settings)

    async def note_trial(self, target: str, error: AniworldDlError | None, *, now: float) -> None:
        """Note what came of it."""
        if error is None:
            await self._database.change("note_success", target=target, now=now)
        else:
            await self._database.change("note_failure", target=target, now=now, **error_columns(error.info()))

    async def standings(self) -> Sequence[Standing]:
        """Return how it goes with each target."""
        rows = await self._database.read("notice_targets", targets=json_list(self._targets))
        columns = ("name", "pending", "next_at", "given_up", "succeeded_at", "failed_at")
        return [Standing(**{name: row[name] for name in columns}, error=error_of_columns(row)) for row in rows]


def wants(target: Target, words: Message) -> bool:
    """Tell whether a target is to get a message: media servers get those with new files."""
    if isinstance(target, ServerTarget):
        return bool(words["data"].get("folders"))
    return words["type"] in target.events


async def _ended(connection: aiosqlite.Connection, row: Row) -> Ended:
    place = {"job_id": row["id"], "limit": MOST_LISTED}
    episodes = {status: await fetch(connection, "episodes_of_status", status=status, **place) for status in _ENDS}
    return Ended(
        job=job_of(row),
        episodes={status: [episode_of(each) for each in rows] for status, rows in episodes.items()},
        addresses=await fetch(connection, "failed_addresses", **place),
        new_files=[episode_of(each) for each in await fetch(connection, "new_files_of_job", **place)],
    )


def _conditions(rows: Sequence[Row]) -> list[Condition]:
    """Return what is to be told of: a full disk once, pages that want to see a person once for each site."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        site = urlsplit(json.loads(row["hold_params"]).get("url", "")).netloc
        grouped.setdefault(f"{row['hold_reason']} {site}".strip(), []).append(row)
    return [
        Condition(
            name=name,
            reason=HoldReason(members[0]["hold_reason"]),
            params=json.loads(members[0]["hold_params"]),
            episodes=len(members),
            jobs={row["job_id"]: row["anime_title"] for row in members},
        )
        for name, members in grouped.items()
    ]
