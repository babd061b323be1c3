"""A queue around a fake runner whose ends are told, to targets of the test's own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from aniworld_dl.net.errand import Errands
from aniworld_dl.notice_settings import Targets
from aniworld_dl.notices.courier import Courier
from aniworld_dl.notices.outbox import Outbox
from aniworld_dl.notices.senders import Means
from aniworld_dl.providers.child.rules import Rules
from tests.unit.queue.desk import open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.notice_settings import Target
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.sqlite import SqliteStore
    from tests.fakes.clock import FakeClock
    from tests.fakes.receiver import Receiver
    from tests.unit.queue.desk import Desk

SECRET = "whsec_" + "c2VjcmV0" * 6


def targets_of(**tables: dict[str, Any]) -> dict[str, Target]:
    """Return targets as the setting has them."""
    found: dict[str, Target] = TypeAdapter(Targets).validate_python(tables) if tables else {}
    return found


def means_of(settings: Settings, clock: FakeClock, folder: Path, *, timeout_s: float = 15.0) -> Means:
    """Return what senders work with."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = Rules(allowed_networks=tuple(settings.allowed_private_networks))
    return Means(errands=Errands(settings, clock, timeout_s=timeout_s), clock=clock, folder=folder, rules=rules)


def courier_of(settings: Settings, database: Database, targets: dict[str, Target], clock: FakeClock) -> Courier:
    """Return a courier that is not at work yet."""
    return Courier(Outbox(database, targets, settings), targets, means_of(settings, clock, settings.data_dir))


@asynccontextmanager
async def at_work(courier: Courier) -> AsyncIterator[Courier]:
    """Let a courier work."""
    await courier.open()
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()
        await asyncio.wait([task])
        await courier.aclose()
        if not task.cancelled() and (error := task.exception()):
            raise error


@asynccontextmanager
async def open_post_office(
    settings: Settings, targets: dict[str, Target], *, store: SqliteStore | None = None, clock: FakeClock | None = None
) -> AsyncIterator[tuple[Desk, Courier]]:
    """Open a queue and a courier that is at work."""
    async with open_desk(settings, store=store, clock=clock) as desk:
        courier = courier_of(settings, desk.store.database, targets, desk.clock)
        desk.announcer.told.append(courier.changed)
        async with at_work(courier):
            yield desk, courier


def webhook(receiver: Receiver, **fields: Any) -> dict[str, Any]:
    return {"kind": "webhook", "url": receiver.url, "secret": SECRET, **fields}


async def pass_until(clock: FakeClock, courier: Courier, **wanted: Any) -> dict[str, Any]:
    """Let time pass, a little at a time, until the first target is as wanted."""
    while True:
        view = (await courier.targets())[0]
        if all(view[name] == value for name, value in wanted.items()):
            return view
        await clock.run(0.05)
