"""Who may use the service, kept in dicts. It passes the same suite as the real one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.access.records import MOST_DEEDS, MOST_SESSIONS, Deed, Kept, StoredKey, StoredSession, StoredUser
from aniworld_dl.queue.rows import cursor_of, place_of_cursor
from aniworld_dl.queue.store import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.access.callers import Scope, Way


class MemoryRecords:
    """Implements `Records`. `failure` is raised by whatever is asked for next."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.number = 0
        self.kept_keys: dict[int, StoredKey] = {}
        self.kept_users: dict[str, StoredUser] = {}
        self.kept_sessions: dict[bytes, StoredSession] = {}
        self.kept_deeds: list[Deed] = []
        self._last_key = 0
        self._last_deed = 0

    async def version(self) -> int:
        self._fail()
        return self.number

    async def load(self, now: float) -> Kept:
        self._fail()
        return Kept(
            version=self.number,
            keys=tuple(self.kept_keys.values()),
            users=tuple(self.kept_users[name] for name in sorted(self.kept_users)),
            sessions=tuple(each for each in self.kept_sessions.values() if each.expires_at > now),
        )

    async def add_key(self, name: str, scope: Scope, digest: bytes, now: float) -> StoredKey | None:
        self._change()
        if any(key.name == name for key in self.kept_keys.values()):
            return None
        self._last_key += 1
        key = StoredKey(id=self._last_key, name=name, scope=scope, digest=digest, created_at=now, last_used_at=None)
        self.kept_keys[key.id] = key
        return key

    async def drop_key(self, key_id: int) -> bool:
        self._change()
        return self.kept_keys.pop(key_id, None) is not None

    async def use_key(self, key_id: int, at: float) -> None:
        self._fail()
        self.kept_keys[key_id] = replace(self.kept_keys[key_id], last_used_at=at)

    async def put_user(self, user: StoredUser) -> None:
        self._change()
        self.kept_users[user.name] = user
        self._drop(user.name, "password")

    async def drop_user(self, name: str) -> bool:
        self._change()
        self._drop(name, "password")
        return self.kept_users.pop(name, None) is not None

    async def add_session(self, session: StoredSession) -> None:
        self._change()
        self.kept_sessions[session.digest] = session
        valid = [each for each in self.kept_sessions.values() if each.expires_at > session.created_at]
        valid.sort(key=lambda each: each.created_at)
        self.kept_sessions = {each.digest: each for each in valid[-MOST_SESSIONS:]}

    async def drop_session(self, digest: bytes) -> None:
        self._change()
        self.kept_sessions.pop(digest, None)

    async def drop_sessions_of(self, name: str, way: Way) -> None:
        self._change()
        self._drop(name, way.value)

    async def add_deeds(self, deeds: Sequence[Deed]) -> None:
        self._fail()
        for deed in deeds:
            self._last_deed += 1
            self.kept_deeds.append(replace(deed, id=self._last_deed))

    async def deeds(self, *, limit: int, cursor: str | None) -> Page[Deed]:
        self._fail()
        before = place_of_cursor(cursor, 1)[0] if cursor is not None else float("inf")
        found = [deed for deed in reversed(self.kept_deeds) if deed.id < before]
        more = cursor_of(found[limit - 1].id) if len(found) > limit else None
        return Page(items=tuple(found[:limit]), next_cursor=more, total=len(self.kept_deeds))

    async def forget_deeds(self, before: float) -> None:
        self._fail()
        self.kept_deeds = [
            deed for deed in self.kept_deeds if deed.at >= before and deed.id > self._last_deed - MOST_DEEDS
        ]

    def _change(self) -> None:
        self._fail()
        self.number += 1

    def _drop(self, name: str, way: str) -> None:
        kept = self.kept_sessions.items()
        self.kept_sessions = {key: each for key, each in kept if (each.name, each.way) != (name, way)}

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
