"""`aniworld-dl keys`, `password` and `audit`: who may use the service, told by whoever may write its data folder.

They work on the database itself, so that nobody is ever locked out; a running service notices within seconds.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from aniworld_dl.access import Access, Caller, Scope, Trail, Way
from aniworld_dl.access.records import DatabaseRecords
from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.loop import run
from aniworld_dl.clock import SystemClock
from aniworld_dl.errors import FolderInUseError, NotFoundError, RequestInvalidError
from aniworld_dl.folders import prepare_folder, sole_owner
from aniworld_dl.queue.database import Database
from aniworld_dl.queue.examination import DATABASE_FILE
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aniworld_dl.config import Settings

T = TypeVar("T")


class Office:
    """The open books, and who writes in them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        clock, records = SystemClock(), DatabaseRecords(database)
        self.access = Access(records, clock)
        self.trail = Trail(records, clock, lambda: settings)
        self._clerk = Caller(name=_user_name(), way=Way.COMMAND_LINE, scope=Scope.ADMIN)

    async def note(self, action: str, **targets: Any) -> None:
        """Write into the audit trail."""
        self.trail.add(self._clerk, "", action, targets)
        await self.trail.flush()


def add_key(settings: Settings, name: str, scope: Scope, *, as_json: bool) -> None:
    """Make a key and print it.

    Raises:
        RequestInvalidError: the name is taken or unusable.
    """

    async def work(office: Office) -> tuple[int, str]:
        key, secret = await office.access.add_key(name, scope)
        await office.note("keys add", name=name, scope=scope.value)
        return key.id, secret

    key_id, secret = _in_office(settings, work)
    if as_json:
        print_json({"id": key_id, "name": name, "scope": scope.value, "key": secret})
        return
    _say(secret)
    print("Keep it: it is shown this once.", file=sys.stderr)  # noqa: T201 - beside the output


def list_keys(settings: Settings, *, as_json: bool) -> None:
    """Print the keys, one a line."""

    async def work(office: Office) -> None:
        for key in office.access.keys:
            created, used = time_view(key.created_at), time_view(key.last_used_at)
            if as_json:
                times = {"created_at": created, "last_used_at": used}
                print_json({"id": key.id, "name": key.name, "scope": key.scope.value, **times})
            else:
                _say(f"{key.id:>4}  {key.scope.value:<9} {key.name}  (made {created}, used {used or 'never'})")

    _in_office(settings, work)


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke the key of this name or id.

    Raises:
        NotFoundError: there is none.
    """

    async def work(office: Office) -> None:
        keys = office.access.keys
        found = [key for key in keys if key.name == name] or [key for key in keys if str(key.id) == name]
        if not found:
            raise NotFoundError(what="key", id=name)
        await office.access.revoke_key(found[0].id)
        await office.note("keys revoke", key_id=found[0].id, name=found[0].name)

    _in_office(settings, work)
    _say(f"{name}: revoked")


def set_password(settings: Settings, user: str, scope: Scope) -> None:
    """Ask for a password, twice at a terminal and once elsewhere, and let somebody log in with it.

    Raises:
        RequestInvalidError: it is unusable, or both are not the same.
    """
    password = _asked()

    async def work(office: Office) -> None:
        await office.access.set_password(user, scope, password)
        await office.note("password set", name=user, scope=scope.value)

    _in_office(settings, work)
    _say(f"{user}: may log in now ({scope.value}); whoever was logged in under this name is logged out")


def remove_password(settings: Settings, user: str) -> None:
    """Let somebody log in no more.

    Raises:
        NotFoundError: there is none of this name.
    """

    async def work(office: Office) -> None:
        await office.access.remove_user(user)
        await office.note("password remove", name=user)

    _in_office(settings, work)
    _say(f"{user}: may log in no more")


def show_audit(settings: Settings, *, limit: int, as_json: bool) -> None:
    """Print who changed what, the latest first, one change a line."""

    async def work(office: Office) -> None:
        page = await office.trail.page(limit=limit, cursor=None)
        for deed in page["items"]:
            if as_json:
                print_json(deed)
            else:
                about = " ".join(f"{name}={value}" for name, value in deed["targets"].items())
                who = f"{deed['name']} ({', '.join(filter(None, [deed['way'], deed['address']]))})"
                _say(f"{deed['at']}  {deed['outcome']:<10} {who}  {deed['action']}  {about}".rstrip())

    _in_office(settings, work)


def _in_office(settings: Settings, work: Callable[[Office], Awaitable[T]]) -> T:
    async def main() -> T:
        async with _opened(settings) as database:
            office = Office(database, settings)
            await office.access.load()
            return await work(office)

    return run(main())


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """Give the database: as its owner, or beside the service that owns it."""
    path = settings.data_dir / DATABASE_FILE
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(prepare_folder, settings.data_dir)
        try:
            stack.enter_context(sole_owner(settings.data_dir))
        except FolderInUseError:
            database = await Database.join(path)
        else:
            database = await Database.open(path)
        stack.push_async_callback(database.aclose)
        yield database


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise RequestInvalidError(field="password", value="***", mend="the two are not the same: try again")
    return password


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run under an id that has no name
        return "?"


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is the output
