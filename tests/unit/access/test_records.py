"""What is kept, by the database and by the fake alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.access import Deed, Scope, Way
from aniworld_dl.access.records import MOST_SESSIONS, StoredSession, StoredUser
from aniworld_dl.errors import RequestInvalidError

if TYPE_CHECKING:
    from aniworld_dl.access.records import Records

USER = StoredUser(name="ada", scope=Scope.ADMIN, password="$argon2id$", changed_at=1.0)
SESSION = StoredSession(digest=b"1", name="ada", way=Way.PASSWORD, scope=Scope.ADMIN, created_at=10.0, expires_at=100.0)
DEED = Deed(at=5.0, name="ada", way=Way.KEY, address="::1", action="POST /api/jobs", targets={"jobs": [1, 2]})


async def test_keys_come_and_go(records: Records) -> None:
    before = await records.version()
    key = await records.add_key("tv", Scope.READ, b"digest", 7.0)
    assert key is not None
    assert await records.add_key("tv", Scope.ADMIN, b"other", 8.0) is None
    kept = await records.load(0.0)
    assert kept.keys == (key,)
    assert (key.name, key.scope, key.digest, key.created_at, key.last_used_at) == (
        "tv",
        Scope.READ,
        b"digest",
        7.0,
        None,
    )
    assert kept.version == await records.version() != before
    await records.use_key(key.id, 3600.0)
    assert (await records.load(0.0)).keys == (replace(key, last_used_at=3600.0),)
    assert await records.version() == kept.version  # that is no news for other processes
    assert await records.drop_key(key.id)
    assert not await records.drop_key(key.id)
    assert await records.version() != kept.version
    again = await records.add_key("tv", Scope.READ, b"digest", 9.0)
    assert again is not None
    assert again.id > key.id  # nobody who knows the old one by its id meets another


async def test_a_new_password_ends_the_sessions_of_the_old_one(records: Records) -> None:
    await records.put_user(USER)
    kept_on = [
        replace(SESSION, digest=b"2", name="bob"),
        replace(SESSION, digest=b"3", way=Way.PROXY),
    ]
    for session in (SESSION, *kept_on):
        await records.add_session(session)
    changed = replace(USER, password="new", scope=Scope.READ, changed_at=2.0)
    await records.put_user(changed)
    kept = await records.load(20.0)
    assert (kept.users, set(kept.sessions)) == ((changed,), set(kept_on))
    assert await records.drop_user("ada")
    assert not await records.drop_user("ada")
    assert (await records.load(20.0)).users == ()


async def test_sessions_end_one_by_one_all_at_once_or_by_themselves(records: Records) -> None:
    others = [replace(SESSION, digest=bytes([n]), name=name) for n, name in ((2, "ada"), (3, "bob"), (4, "bob"))]
    for session in (SESSION, *others):
        await records.add_session(session)
    version = await records.version()
    await records.drop_session(SESSION.digest)
    assert set((await records.load(20.0)).sessions) == set(others)
    assert await records.version() != version
    await records.drop_sessions_of("bob", Way.PASSWORD)
    assert (await records.load(20.0)).sessions == (others[0],)
    assert (await records.load(100.0)).sessions == ()


async def test_of_too_many_sessions_the_oldest_end(records: Records) -> None:
    for number in range(MOST_SESSIONS + 2):
        await records.add_session(replace(SESSION, digest=number.to_bytes(4, "big"), created_at=10.0 + number / 1e6))
    kept = {session.digest for session in (await records.load(20.0)).sessions}
    assert len(kept) == MOST_SESSIONS
    assert not {(0).to_bytes(4, "big"), (1).to_bytes(4, "big")} & kept


async def test_deeds_are_paged_and_forgotten(records: Records) -> None:
    deeds = [replace(DEED, at=float(number), outcome="ok" if number else "not_found") for number in range(5)]
    await records.add_deeds(deeds[:2])
    await records.add_deeds(deeds[2:])
    page = await records.deeds(limit=2, cursor=None)
    assert [replace(deed, id=0) for deed in page.items] == [deeds[4], deeds[3]]
    assert page.total == 5
    rest = await records.deeds(limit=3, cursor=page.next_cursor)
    assert [replace(deed, id=0) for deed in rest.items] == [deeds[2], deeds[1], deeds[0]]
    assert rest.next_cursor is None
    await records.forget_deeds(3.0)
    assert [deed.at for deed in (await records.deeds(limit=9, cursor=None)).items] == [4.0, 3.0]
    with pytest.raises(RequestInvalidError):
        await records.deeds(limit=1, cursor="nothing")
