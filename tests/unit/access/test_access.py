"""Who is let in, until when, and who notices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest
from argon2 import PasswordHasher

from aniworld_dl.access import Access, Scope, Way
from aniworld_dl.access.backoff import FREE_TRIES, LONGEST_S, Backoff, network_of
from aniworld_dl.access.book import SESSION_S
from aniworld_dl.access.passwords import Passwords
from aniworld_dl.access.tokens import KEY_PREFIX, digest, new_key
from aniworld_dl.errors import (
    DiskFullError,
    LoginRefusedError,
    LoginSlowedError,
    NotFoundError,
    RequestInvalidError,
)
from tests.fakes.clock import FakeClock, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.records import MemoryRecords

HERE, THERE = "192.0.2.1", "192.0.2.2"
GOOD = "correct horse battery"


@pytest.fixture
async def running(access: Access) -> AsyncIterator[Access]:
    """The access with its own task."""
    await access.load()
    task = asyncio.create_task(access.run())
    yield access
    task.cancel()
    await asyncio.wait([task])


async def test_a_key_is_long_recognisable_and_kept_nowhere(access: Access, memory: MemoryRecords) -> None:
    key, secret = await access.add_key(" tv ", Scope.READ)
    assert secret.startswith(KEY_PREFIX)
    assert len(secret) == len(KEY_PREFIX) + 43  # 32 bytes in base64
    assert new_key() != secret
    assert (key.name, key.digest) == ("tv", digest(secret.encode()))
    assert secret not in repr(vars(memory)) + repr(vars(access))
    caller = access.find(secret.encode())
    assert caller is not None
    assert (caller.name, caller.way, caller.scope, caller.key_id) == ("tv", Way.KEY, Scope.READ, key.id)
    assert access.key(key.id) is caller
    for wrong in (secret[:-1], secret.upper(), "", key.digest.hex()):
        assert access.find(wrong.encode()) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x00"])
async def test_names_are_one_line(name: str, access: Access) -> None:
    with pytest.raises(RequestInvalidError):
        await access.add_key(name, Scope.READ)
    with pytest.raises(RequestInvalidError):
        await access.set_password(name, Scope.READ, GOOD)


async def test_a_revoked_key_ends_what_is_open_with_it_and_nothing_else(access: Access) -> None:
    key, secret = await access.add_key("tv", Scope.READ)
    _, other = await access.add_key("phone", Scope.ADMIN)
    with pytest.raises(RequestInvalidError, match="another"):
        await access.add_key("tv", Scope.READ)
    callers = [access.find(each.encode()) for each in (secret, other)]
    await access.revoke_key(key.id)
    assert [caller.ended.is_set() for caller in callers if caller] == [True, False]
    assert access.find(secret.encode()) is None
    assert access.find(other.encode()) is callers[1]
    with pytest.raises(NotFoundError):
        await access.revoke_key(key.id)


async def test_use_is_kept_to_the_hour_and_seldom(running: Access, memory: MemoryRecords, clock: FakeClock) -> None:
    key, secret = await running.add_key("tv", Scope.READ)
    for _ in range(3):
        running.find(secret.encode())
    await clock.run(4.0)
    assert running.keys[0].last_used_at == clock.time() // 3600 * 3600
    await running.revoke_key(key.id)
    await clock.run(4.0)  # a use of what is there no more is not missed
    assert memory.kept_keys == {}


async def test_what_another_process_changes_is_noticed(
    running: Access, memory: MemoryRecords, clock: FakeClock, passwords: Passwords
) -> None:
    other = Access(memory, clock, passwords)
    await other.load()
    key, secret = await other.add_key("tv", Scope.READ)
    assert running.find(secret.encode()) is None
    await clock.run(2.0)
    caller = running.find(secret.encode())
    assert caller is not None
    await other.revoke_key(key.id)
    await clock.run(2.0)
    assert caller.ended.is_set()


async def test_while_the_database_refuses_who_is_known_stays_known(
    running: Access, memory: MemoryRecords, clock: FakeClock
) -> None:
    _, secret = await running.add_key("tv", Scope.READ)
    memory.failure = DiskFullError(path="/data")
    await clock.run(10.0)
    assert running.find(secret.encode()) is not None
    memory.failure = None
    memory.kept_keys.clear()
    memory.number += 1
    await clock.run(2.0)
    assert running.find(secret.encode()) is None


async def test_the_door_is_open_until_there_is_a_key_or_a_password(access: Access) -> None:
    """Whoever was in without one is out then, and in again when the last one is gone."""
    await access.load()
    first = access.local
    states = [access.configured]
    key, _ = await access.add_key("tv", Scope.ADMIN)
    states.append(access.configured)
    assert first.ended.is_set()
    await access.revoke_key(key.id)
    states.append(access.configured)
    assert access.local is not first
    assert not access.local.ended.is_set()
    await access.set_password("ada", Scope.ADMIN, GOOD)
    assert [*states, access.configured, access.has_passwords] == [False, True, False, True, True]


async def test_a_session_lasts_until_it_expires(running: Access, clock: FakeClock) -> None:
    await running.set_password("ada", Scope.DOWNLOAD, GOOD)
    issued = await running.log_in("ada", GOOD, HERE)
    caller = running.find(issued.secret.encode())
    assert caller is issued.caller
    assert (caller.name, caller.way, caller.scope) == ("ada", Way.PASSWORD, Scope.DOWNLOAD)
    assert caller.expires_at == clock.time() + SESSION_S
    clock.advance(SESSION_S - 1)
    assert running.find(issued.secret.encode()) is caller
    clock.advance(1)
    assert running.find(issued.secret.encode()) is None
    await clock.run(2.0)
    assert caller.ended.is_set()


async def test_sessions_end_by_logging_out_a_new_password_or_no_password(access: Access) -> None:
    await access.set_password("ada", Scope.ADMIN, GOOD)
    one, two, three = [(await access.log_in("ada", GOOD, HERE)).caller for _ in range(3)]
    await access.log_out(one)
    assert [each.ended.is_set() for each in (one, two, three)] == [True, False, False]
    await access.log_out_everywhere(two)
    assert three.ended.is_set()
    four = (await access.log_in("ada", GOOD, HERE)).caller
    await access.set_password("ada", Scope.READ, "another password")
    assert four.ended.is_set()
    with pytest.raises(LoginRefusedError):
        await access.log_in("ada", GOOD, HERE)
    five = (await access.log_in("ada", "another password", HERE)).caller
    assert five.scope is Scope.READ
    await access.remove_user("ada")
    assert five.ended.is_set()
    with pytest.raises(NotFoundError):
        await access.remove_user("ada")


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025])
async def test_a_password_has_a_length(password: str, access: Access) -> None:
    with pytest.raises(RequestInvalidError) as caught:
        await access.set_password("ada", Scope.ADMIN, password)
    assert caught.value.params["value"] == "***"
    assert not access.users


class NotingHasher(PasswordHasher):
    """Notes what it verifies."""

    verified: ClassVar[list[str]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
        self.verified.append(str(hash))
        return super().verify(hash, password)


async def test_a_wrong_name_costs_as_much_as_a_wrong_password(memory: MemoryRecords, clock: FakeClock) -> None:
    """Both verify one hash of the same parameters: time tells nobody which names there are."""
    access = Access(memory, clock, Passwords(NotingHasher(1, 8, 1)))
    await access.set_password("ada", Scope.ADMIN, GOOD)
    for name in ("ada", "nobody"):
        with pytest.raises(LoginRefusedError):
            await access.log_in(name, "wrong password", HERE)
    of_ada, of_nobody = (kept.rsplit("$", 2)[0] for kept in NotingHasher.verified)
    assert of_ada == of_nobody
    assert of_ada.startswith("$argon2id$")


async def test_a_hash_that_is_none_opens_nothing(passwords: Passwords) -> None:
    assert not await passwords.fits("no hash", GOOD)


async def test_guessing_gets_slow_for_who_guesses_and_for_nobody_else(access: Access, clock: FakeClock) -> None:
    await access.set_password("ada", Scope.ADMIN, GOOD)
    for _ in range(FREE_TRIES):
        with pytest.raises(LoginRefusedError):
            await access.log_in("ada", "wrong password", HERE)
    with pytest.raises(LoginSlowedError) as caught:
        await access.log_in("ada", GOOD, HERE)
    assert caught.value.params["wait_s"] == 2
    assert (await access.log_in("ada", GOOD, THERE)).caller.name == "ada"
    clock.advance(1.0)
    assert (await access.log_in("ada", GOOD, HERE)).caller.name == "ada"
    with pytest.raises(LoginRefusedError):  # success wipes the slate
        await access.log_in("ada", "wrong password", HERE)


async def test_tries_at_the_same_time_count_before_they_end(access: Access) -> None:
    await access.set_password("ada", Scope.ADMIN, GOOD)
    tries = [access.log_in("ada", "wrong password", HERE) for _ in range(20)]
    kinds = [type(each) for each in await asyncio.gather(*tries, return_exceptions=True)]
    assert kinds.count(LoginRefusedError) == FREE_TRIES
    assert kinds.count(LoginSlowedError) == 20 - FREE_TRIES


def test_waiting_doubles_up_to_minutes_and_is_forgotten(clock: FakeClock) -> None:
    backoff = Backoff(clock)
    waits = []
    for _ in range(20):
        backoff.try_(HERE, "ada")
        waits.append(backoff.wait_s(HERE, "ada"))
        clock.advance(waits[-1])
    assert waits[:8] == [0, 0, 0, 0, 1, 2, 4, 8]
    assert waits[-1] == LONGEST_S
    clock.advance(3601.0)
    assert backoff.wait_s(HERE, "ada") == 0.0


def test_a_name_that_many_fail_at_is_slow_for_all_of_them_but_never_for_a_new_address(clock: FakeClock) -> None:
    """A crowd of guessers cannot keep the owner out."""
    backoff = Backoff(clock)
    crowd = [f"198.51.100.{number}" for number in range(40)]
    for address in crowd:
        backoff.try_(address, "ada")
    assert all(backoff.wait_s(address, "ada") == 60.0 for address in crowd)
    assert backoff.wait_s(HERE, "ada") == 0.0
    assert backoff.wait_s(crowd[0], "bob") == 0.0
    backoff.try_(HERE, "ada")
    backoff.succeeded(HERE, "ada")
    assert backoff.wait_s(HERE, "ada") == 0.0


def test_what_is_remembered_of_guessers_is_bounded(clock: FakeClock) -> None:
    backoff = Backoff(clock)
    for number in range(5000):
        backoff.try_(f"2001:db8:0:{number:x}::1", "ada")
    assert len(backoff._failures) == 4096
    assert backoff.wait_s("2001:db8:0:1387::9", "ada") == 60.0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_of_ipv6_a_whole_network_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_late_answer_of_the_database_does_not_bring_back_what_was_revoked(
    access: Access, memory: MemoryRecords
) -> None:
    key, secret = await access.add_key("tv", Scope.READ)
    old = await memory.load(0.0)
    await access.revoke_key(key.id)
    load, memory.load = memory.load, lambda _: asyncio.sleep(0, old)  # type: ignore[method-assign, assignment]
    await access.load()
    assert access.find(secret.encode()) is None
    memory.load = load  # type: ignore[method-assign]
    await settle()
