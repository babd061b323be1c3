"""What the database keeps of subscriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aniworld_dl.errors import NotFoundError
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.queries import SQL
from aniworld_dl.queue.rows import cursor_of, error_columns, error_of_columns, json_list, place_of_cursor
from aniworld_dl.queue.store import Page
from aniworld_dl.subscriptions.subscription import Seen, Subscription, Verdict, Wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import aiosqlite

    from aniworld_dl.model import ErrorInfo
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.keys import Keys
    from aniworld_dl.queue.queries import Row


class SubscriptionStore:
    """Subscriptions and what they have listed. Every method raises `StorageError` when the database refuses."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def all(self) -> Sequence[Subscription]:
        """Return every subscription, the oldest first."""
        return tuple(map(_subscription, await self.database.read("subscriptions", id=None)))

    async def due(self) -> Sequence[Subscription]:
        """Return every subscription, the one that is checked next first; their episodes are not counted."""
        return tuple(map(_subscription, await self.database.read("subscriptions_due", id=None)))

    async def get(self, subscription_id: int) -> Subscription:
        """Return a subscription.

        Raises:
            NotFoundError: there is none of this id.
        """
        rows = await self.database.read("subscriptions", id=subscription_id)
        if not rows:
            raise NotFoundError(what="subscription", id=subscription_id)
        return _subscription(rows[0])

    async def add(self, wanted: Wanted, *, now: float, most: int) -> int | None:
        """Store a subscription, to be checked now, and return its id; None when there are `most` already."""

        async def change(connection: aiosqlite.Connection) -> int | None:
            if (await fetch(connection, "subscriptions_total"))[0]["total"] >= most:
                return None
            rows = await fetch(connection, "add_subscription", now=now, url=wanted.url, **_columns(wanted))
            return int(rows[0]["id"])

        return await self.database.write(change)

    async def change(self, subscription_id: int, wanted: Wanted, *, next_check_at: float) -> None:
        """Store what is wanted from now on; the address stays."""
        await self.database.change(
            "change_subscription", id=subscription_id, next_check_at=next_check_at, **_columns(wanted)
        )

    async def put_off(self, subscription_id: int, next_check_at: float) -> None:
        """Set when it is checked next."""
        await self.database.change("put_off_subscription", id=subscription_id, next_check_at=next_check_at)

    async def remove(self, subscription_id: int) -> None:
        """Forget a subscription and what it has listed; its jobs stay.

        Raises:
            NotFoundError: there is none of this id.
        """
        if not await self.database.change("remove_subscription", id=subscription_id):
            raise NotFoundError(what="subscription", id=subscription_id)

    async def fail(self, of: Subscription, error: ErrorInfo, *, now: float, next_check_at: float) -> None:
        """Record that a check failed, unless the user has changed the subscription meanwhile."""
        await self.database.change(
            "subscription_failed",
            id=of.id,
            revision=of.revision,
            now=now,
            next_check_at=next_check_at,
            **error_columns(error),
        )

    async def seen(self, subscription_id: int) -> Mapping[int, Seen]:
        """Return what it has listed, by the keys of the addresses."""
        rows = await self.database.read("subscription_episodes", id=subscription_id)
        return {row["key"]: _seen(row) for row in rows}

    async def page(
        self, subscription_id: int, states: Collection[Verdict], *, limit: int, cursor: str | None
    ) -> Page[Seen]:
        """Return what it has listed and what has one of these states, in the order of the series.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        season, number, key = (-2, 0, 0) if cursor is None else place_of_cursor(cursor, 3)
        chosen = {"id": subscription_id, "states": json_list(states)}
        place = {"season": season, "number": number, "key": key}
        rows = await self.database.read("subscription_episodes_page", limit=limit + 1, **chosen, **place)
        total = await self.database.read("subscription_episodes_total", **chosen)
        items = tuple(map(_seen, rows[:limit]))
        more = cursor_of(*_place(items[-1])) if len(rows) > limit else None
        return Page(items=items, next_cursor=more, total=total[0]["total"])

    async def handled(self, keys: Sequence[Keys]) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Return the jobs that have, or had, episodes with these keys: by the address, and by the place."""
        rows = await self.database.read(
            "handled_episodes",
            addresses=json_list(each.address for each in keys),
            places=json_list(each.place for each in keys if each.place is not None),
        )
        by_address = {row["address_key"]: row["job_id"] for row in rows}
        return by_address, {row["place_key"]: row["job_id"] for row in rows if row["place_key"] is not None}


async def checked(
    connection: aiosqlite.Connection,
    of: Subscription,
    news: Iterable[Seen],
    *,
    tells_languages: bool,
    now: float,
    next_check_at: float,
) -> None:
    """Record a check that went well, and what has changed by it; inside a transaction of the writer."""
    await connection.executemany(SQL["put_subscription_episode"], [_seen_columns(of, each, now) for each in news])
    await fetch(
        connection,
        "subscription_checked",
        id=of.id,
        now=now,
        next_check_at=next_check_at,
        tells_languages=tells_languages,
    )


async def is_current(connection: aiosqlite.Connection, of: Subscription) -> bool:
    """Tell whether a subscription is still there and has not been changed by the user since it was read."""
    rows = await fetch(connection, "subscriptions_due", id=of.id)
    return bool(rows) and rows[0]["revision"] == of.revision


def _columns(wanted: Wanted) -> dict[str, Any]:
    return {
        "title": wanted.title,
        "language": wanted.language,
        "provider": wanted.provider,
        "episodes": wanted.episodes,
        "specials": int(wanted.specials),
        "only_new": int(wanted.only_new),
        "interval_s": wanted.interval_s,
        "paused": int(wanted.paused),
    }


def _seen_columns(of: Subscription, seen: Seen, now: float) -> dict[str, Any]:
    return {
        "subscription_id": of.id,
        "key": seen.key,
        "url": seen.url,
        "title": seen.title,
        "season": seen.season,
        "number": seen.number,
        "counted": int(seen.counted),
        "state": seen.state,
        "languages": json.dumps(seen.languages),
        "job_id": seen.job_id,
        "now": now,
    }


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["id"],
        wanted=Wanted(
            title=row["title"],
            url=row["url"],
            language=row["language"],
            provider=row["provider"],
            episodes=row["episodes"],
            specials=bool(row["specials"]),
            only_new=bool(row["only_new"]),
            interval_s=row["interval_s"],
            paused=bool(row["paused"]),
        ),
        revision=row["revision"],
        tells_languages=bool(row["tells_languages"]),
        created_at=row["created_at"],
        next_check_at=row["next_check_at"],
        checked_at=row["checked_at"],
        succeeded_at=row["succeeded_at"],
        failures=row["failures"],
        error=error_of_columns(row),
        counts=json.loads(row["counts"]),
    )


def _seen(row: Row) -> Seen:
    return Seen(
        key=row["key"],
        url=row["url"],
        title=row["title"],
        season=row["season"],
        number=row["number"],
        counted=bool(row["counted"]),
        state=Verdict(row["state"]),
        languages=tuple(json.loads(row["languages"])),
        job_id=row["job_id"],
        first_seen_at=row["first_seen_at"],
        changed_at=row["changed_at"],
        has_job="has_job" in row.keys() and bool(row["has_job"]),  # noqa: SIM118 - a row iterates over values
    )


def _place(seen: Seen) -> tuple[int, int, int]:
    return (
        -1 if seen.season is None else seen.season,
        -1 if seen.number is None else seen.number,
        seen.key,
    )
