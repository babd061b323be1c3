"""Who may use the service, held in memory: a request costs one look-up, and the database is asked only for changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.access.backoff import Backoff
from aniworld_dl.access.callers import LOCAL, Caller, Scope, Way
from aniworld_dl.access.passwords import Passwords
from aniworld_dl.access.records import Kept, StoredKey, StoredSession, StoredUser
from aniworld_dl.access.tokens import digest, new_key, new_token
from aniworld_dl.errors import LoginRefusedError, LoginSlowedError, NotFoundError, RequestInvalidError, StorageError
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.access.records import Records
    from aniworld_dl.clock import Clock

SESSION_S: Final = 30 * 86_400.0
"""How long one stays logged in."""
_LOOKED_EVERY_S: Final = 2.0
"""Changes by another process, such as the command line, are noticed within this time."""
_HOUR_S: Final = 3600.0
_LONGEST_NAME: Final = 100

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A key or a session, and the secret, which is kept nowhere."""

    caller: Caller
    secret: str


class Access:
    """Keys, users and sessions. `load` it before use; `run` keeps it up to date."""

    def __init__(self, records: Records, clock: Clock, passwords: Passwords | None = None) -> None:
        self.local = _local()
        """Whoever uses a service that is open; ended when it is so no more."""
        self._records = records
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._backoff = Backoff(clock)
        self._kept = Kept(version=-1, keys=(), users=(), sessions=())
        self._callers: dict[bytes, Caller] = {}
        self._used: dict[int, float] = {}

    # ---------------------------------------------------------------------------------------------------- who it is

    @property
    def configured(self) -> bool:
        """Whether there is a key, or a user who can log in."""
        return bool(self._kept.keys or self._kept.users)

    @property
    def has_passwords(self) -> bool:
        """Whether anybody can log in with a password."""
        return bool(self._kept.users)

    def find(self, secret: bytes) -> Caller | None:
        """Return whose key or token this is, None when nobody's."""
        caller = self._callers.get(digest(secret))
        if caller is None or self._has_expired(caller):
            return None
        self._note_use(caller)
        return caller

    def key(self, key_id: int) -> Caller | None:
        """Return the caller of a stored key."""
        return next((caller for caller in self._callers.values() if caller.key_id == key_id), None)

    def _has_expired(self, caller: Caller) -> bool:
        return caller.expires_at is not None and caller.expires_at <= self._clock.time()

    def _note_use(self, caller: Caller) -> None:
        if caller.key_id is not None:
            self._used[caller.key_id] = self._clock.time() // _HOUR_S * _HOUR_S

    # -------------------------------------------------------------------------------------------------- keys, users

    @property
    def keys(self) -> Sequence[StoredKey]:
        """The keys there are."""
        return self._kept.keys

    @property
    def users(self) -> Sequence[StoredUser]:
        """Who can log in."""
        return self._kept.users

    async def add_key(self, name: str, scope: Scope) -> tuple[StoredKey, str]:
        """Make a key and return it; it is never shown again.

        Raises:
            RequestInvalidError: the name is taken or unusable.
        """
        secret = new_key()
        stored = await self._records.add_key(_name(name), scope, digest(secret.encode()), self._clock.time())
        if stored is None:
            raise RequestInvalidError(field="name", value=name, mend="there is a key of this name: choose another")
        await self.load()
        _log.info("access_granted", name=name, scope=scope.value)
        return stored, secret

    async def revoke_key(self, key_id: int) -> None:
        """Forget a key; what is open with it is closed.

        Raises:
            NotFoundError: there is none.
        """
        if not await self._records.drop_key(key_id):
            raise NotFoundError(what="key", id=key_id)
        await self.load()

    async def set_password(self, name: str, scope: Scope, password: str) -> None:
        """Let somebody log in; whoever is logged in under this name is logged out.

        Raises:
            RequestInvalidError: the name or the password is unusable.
        """
        kept = await self._passwords.hashed(password)
        user = StoredUser(name=_name(name), scope=scope, password=kept, changed_at=self._clock.time())
        await self._records.put_user(user)
        await self.load()

    async def remove_user(self, name: str) -> None:
        """Let somebody log in no more.

        Raises:
            NotFoundError: there is none of this name.
        """
        if not await self._records.drop_user(name):
            raise NotFoundError(what="user", id=name)
        await self.load()

    # ----------------------------------------------------------------------------------------------------- sessions

    async def log_in(self, name: str, password: str, address: str) -> Issued:
        """Begin a session; the same time passes for a name that there is not.

        Raises:
            LoginSlowedError: there were too many failures.
            LoginRefusedError: the name or the password is wrong.
        """
        if wait_s := self._backoff.wait_s(address, name):
            raise LoginSlowedError(wait_s=int(wait_s) + 1)
        self._backoff.try_(address, name)
        user = next((user for user in self._kept.users if user.name == name), None)
        if not await self._passwords.fits(user.password if user else None, password) or user is None:
            raise LoginRefusedError
        self._backoff.succeeded(address, name)
        return await self.open_session(user.name, Way.PASSWORD, user.scope)

    async def open_session(self, name: str, way: Way, scope: Scope, *, length_s: float = SESSION_S) -> Issued:
        """Begin a session of somebody who has proven who they are."""
        token, now = new_token(), self._clock.time()
        session = StoredSession(
            digest=digest(token.encode()),
            name=name,
            way=way,
            scope=scope,
            created_at=now,
            expires_at=now + length_s,
        )
        await self._records.add_session(session)
        await self.load()
        return Issued(caller=self._callers[session.digest], secret=token)

    async def log_out(self, caller: Caller) -> None:
        """End a session; what is open with it is closed."""
        await self._records.drop_session(caller.digest)
        await self.load()

    async def log_out_everywhere(self, caller: Caller) -> None:
        """End all sessions of somebody."""
        await self._records.drop_sessions_of(caller.name, caller.way)
        await self.load()

    # -------------------------------------------------------------------------------------------------- up to date

    async def load(self) -> None:
        """Read everything anew; whoever is in no more is told."""
        kept = await self._records.load(self._clock.time())
        if kept.version < self._kept.version:
            return  # a later answer was here first
        self._kept = kept
        before, now = self._callers, {caller.digest: caller for caller in _callers(kept)}
        self._callers = {key: before[key] if before.get(key) == caller else caller for key, caller in now.items()}
        for key, caller in before.items():
            if self._callers.get(key) is not caller:
                caller.ended.set()
        if self.configured:
            self.local.ended.set()
        elif self.local.ended.is_set():
            self.local = _local()

    async def run(self) -> None:
        """Notice what other processes change and what expires, and keep when keys were used, until cancelled."""
        while True:
            try:
                if await self._records.version() != self._kept.version or any(
                    map(self._has_expired, self._callers.values())
                ):
                    await self.load()
                await self.keep_uses()
            except StorageError as error:  # who is known stays known; damage is watched for elsewhere
                _log.warning("access_not_read", code=error.code)
            await self._clock.sleep(_LOOKED_EVERY_S)

    async def keep_uses(self) -> None:
        """Write down the hour in which keys were last used."""
        known = {key.id: key.last_used_at for key in self._kept.keys}
        news = {key_id: at for key_id, at in self._used.items() if key_id in known and known[key_id] != at}
        self._used = {}
        for key_id, at in news.items():
            await self._records.use_key(key_id, at)
        if news:
            await self.load()


def _callers(kept: Kept) -> list[Caller]:
    keys = [Caller(name=key.name, way=Way.KEY, scope=key.scope, digest=key.digest, key_id=key.id) for key in kept.keys]
    sessions = [
        Caller(name=each.name, way=each.way, scope=each.scope, digest=each.digest, expires_at=each.expires_at)
        for each in kept.sessions
    ]
    return keys + sessions


def _local() -> Caller:
    return Caller(name=LOCAL, way=Way.OPEN, scope=Scope.ADMIN)


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise RequestInvalidError(field="name", value=text[:80], mend=f"choose 1 to {_LONGEST_NAME} characters")
    return name
