"""What of the access is kept in the database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from aniworld_dl.access.callers import Scope, Way
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.rows import cursor_of, place_of_cursor
from aniworld_dl.queue.store import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiosqlite

    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.queries import Row

_VERSION: Final = "access_version"
_LARGEST_ID: Final = 2**63 - 1
MOST_SESSIONS: Final = 500
MOST_DEEDS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key, without the key."""

    id: int
    name: str
    scope: Scope
    digest: bytes
    created_at: float
    last_used_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUser:
    """Who may log in; `password` is its hash."""

    name: str
    scope: Scope
    password: str
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """Who is logged in, and until when."""

    digest: bytes
    name: str
    way: Way
    scope: Scope
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that opens the door."""

    version: int
    keys: tuple[StoredKey, ...]
    users: tuple[StoredUser, ...]
    sessions: tuple[StoredSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who changed what: `at` in seconds since the epoch, `targets` ids and counts, `outcome` ok or an error's code."""

    at: float
    name: str
    way: Way
    address: str
    action: str
    targets: Mapping[str, Any]
    outcome: str = "ok"
    id: int = 0


class Records(Protocol):
    """Keeps who may use the service, and who changed what. Every method raises `StorageError` when the disk refuses."""

    async def version(self) -> int:
        """Return a number that changes whenever keys, users or sessions do, whoever changes them."""
        ...

    async def load(self, now: float) -> Kept:
        """Return everything that opens the door."""
        ...

    async def add_key(self, name: str, scope: Scope, digest: bytes, now: float) -> StoredKey | None:
        """Keep a key; None when the name is taken."""
        ...

    async def drop_key(self, key_id: int) -> bool:
        """Forget a key; False when there is none."""
        ...

    async def use_key(self, key_id: int, at: float) -> None:
        """Keep when a key was last used."""
        ...

    async def put_user(self, user: StoredUser) -> None:
        """Keep a user with a password and end their sessions."""
        ...

    async def drop_user(self, name: str) -> bool:
        """Forget a user and end their sessions; False when there is none."""
        ...

    async def add_session(self, session: StoredSession) -> None:
        """Keep a session, and forget expired ones and the oldest of too many."""
        ...

    async def drop_session(self, digest: bytes) -> None:
        """End a session."""
        ...

    async def drop_sessions_of(self, name: str, way: Way) -> None:
        """End all sessions of somebody."""
        ...

    async def add_deeds(self, deeds: Sequence[Deed]) -> None:
        """Keep what was done."""
        ...

    async def deeds(self, *, limit: int, cursor: str | None) -> Page[Deed]:
        """Return a page of what was done, the latest first."""
        ...

    async def forget_deeds(self, before: float) -> None:
        """Forget what was done before a time, and the oldest of too much."""
        ...


class DatabaseRecords:
    """In the queue's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """Return the number of the last change."""
        rows = await self._database.read("get_meta", key=_VERSION)
        return int(rows[0]["value"]) if rows else 0

    async def load(self, now: float) -> Kept:
        """Read everything; the version first, so that a change meanwhile is noticed the next time."""
        read = self._database.read
        return Kept(
            version=await self.version(),
            keys=tuple(map(_key_of, await read("access_keys"))),
            users=tuple(map(_user_of, await read("access_users"))),
            sessions=tuple(map(_session_of, await read("access_sessions", now=now))),
        )

    async def add_key(self, name: str, scope: Scope, digest: bytes, now: float) -> StoredKey | None:
        """Keep a key."""
        rows = await self._write("add_api_key", name=name, scope=scope.value, digest=digest, created_at=now)
        return _key_of(rows[0]) if rows else None

    async def drop_key(self, key_id: int) -> bool:
        """Forget a key."""
        return bool(await self._write("drop_api_key", id=key_id))

    async def use_key(self, key_id: int, at: float) -> None:
        """Keep when a key was last used; that changes nothing for others."""
        await self._database.change("use_api_key", id=key_id, at=at)

    async def put_user(self, user: StoredUser) -> None:
        """Keep a user."""

        async def change(connection: aiosqlite.Connection) -> None:
            values = {"scope": user.scope.value, "password": user.password, "changed_at": user.changed_at}
            await fetch(connection, "put_user", name=user.name, **values)
            await fetch(connection, "drop_sessions_of", name=user.name, way=Way.PASSWORD.value)
            await fetch(connection, "access_changed")

        await self._database.write(change)

    async def drop_user(self, name: str) -> bool:
        """Forget a user."""

        async def change(connection: aiosqlite.Connection) -> bool:
            await fetch(connection, "drop_sessions_of", name=name, way=Way.PASSWORD.value)
            await fetch(connection, "access_changed")
            return bool(await fetch(connection, "drop_user", name=name))

        return await self._database.write(change)

    async def add_session(self, session: StoredSession) -> None:
        """Keep a session."""

        async def change(connection: aiosqlite.Connection) -> None:
            await fetch(connection, "add_session", **{**asdict(session), "way": session.way.value})
            await fetch(connection, "drop_old_sessions", now=session.created_at, most=MOST_SESSIONS)
            await fetch(connection, "access_changed")

        await self._database.write(change)

    async def drop_session(self, digest: bytes) -> None:
        """End a session."""
        await self._write("drop_session", digest=digest)

    async def drop_sessions_of(self, name: str, way: Way) -> None:
        """End all sessions of somebody."""
        await self._write("drop_sessions_of", name=name, way=way.value)

    async def add_deeds(self, deeds: Sequence[Deed]) -> None:
        """Keep what was done."""
        entries = [{**asdict(deed), "targets": json.dumps(deed.targets)} for deed in deeds]
        await self._database.change("add_audit", entries=json.dumps(entries))

    async def deeds(self, *, limit: int, cursor: str | None) -> Page[Deed]:
        """Return a page of what was done.

        Raises:
            RequestInvalidError: the cursor is not one that this method gave.
        """
        (before,) = place_of_cursor(cursor, 1) if cursor is not None else (_LARGEST_ID,)
        rows = await self._database.read("audit_page", before=before, limit=limit + 1)
        total = await self._database.read("audit_total")
        items = tuple(map(_deed_of, rows[:limit]))
        more = cursor_of(items[-1].id) if len(rows) > limit else None
        return Page(items=items, next_cursor=more, total=total[0]["total"])

    async def forget_deeds(self, before: float) -> None:
        """Forget what is old."""
        await self._database.change("forget_audit", before=before, most=MOST_DEEDS)

    async def _write(self, query: str, **parameters: Any) -> list[Row]:
        """Run one query, and let others know that something has changed."""

        async def change(connection: aiosqlite.Connection) -> list[Row]:
            await fetch(connection, "access_changed")
            return await fetch(connection, query, **parameters)

        return await self._database.write(change)


def _key_of(row: Row) -> StoredKey:
    return StoredKey(**{**row, "scope": Scope(row["scope"])})


def _user_of(row: Row) -> StoredUser:
    return StoredUser(**{**row, "scope": Scope(row["scope"])})


def _session_of(row: Row) -> StoredSession:
    return StoredSession(**{**row, "scope": Scope(row["scope"]), "way": Way(row["way"])})


def _deed_of(row: Row) -> Deed:
    return Deed(**{**row, "way": Way(row["way"]), "targets": json.loads(row["targets"])})
