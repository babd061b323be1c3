"""What waits for people: they are told of it once for each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import EpisodeRef, Hold, HoldReason, JobRequest, Selection, Status
from aniworld_dl.notices.outbox import CALM_S, Outbox
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.store import Details
from tests.fakes.clock import FakeClock
from tests.fakes.receiver import Receiver, open_receiver
from tests.unit.notices.post_office import at_work, courier_of, pass_until, targets_of, webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def store() -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(None)
    yield opened
    await opened.aclose()


async def hold(store: SqliteStore, reason: HoldReason, **params: str) -> int:
    refs = (EpisodeRef(url="https://example.org/1"),)
    job, _ = await store.add_job(JobRequest(anime_title=reason.value, episodes=refs), now=1.0)
    await store.claim(now=2.0)
    details = Details(hold=Hold(reason=reason, params=params))
    episode = (await store.episodes(job.id)).items[0]
    await store.move(Selection.of(jobs=[job.id]), Status.QUEUED, now=3.0, live={episode.id: details})
    return episode.id


async def test_what_waits_for_people_is_told_once_for_each_time(settings: Settings, store: SqliteStore) -> None:
    outbox = Outbox(store.database, targets_of(me={"kind": "hook", "command": ["x"]}), settings)

    async def told(now: float) -> list[str]:
        await outbox.look_at_conditions(now)
        rows = await store.database.read("next_delivery", target="me")
        while rows and (delivery := await outbox.next("me")):
            texts.append(delivery.message["text"])
            assert delivery.message["type"] == "queue.held"
            await outbox.arrived(delivery, now=now)
        return texts

    texts: list[str] = []
    assert await told(0.0) == []
    full = await hold(store, HoldReason.DISK_RESERVE)
    assert await told(1.0) == [
        f"1 episode waits: the disk with {settings.download_dir} has too little free space. Make room."
    ]
    other = await hold(store, HoldReason.DISK_RESERVE)
    assert len(await told(2.0)) == 1
    await store.end_holds_of(HoldReason.DISK_RESERVE, [full, other])
    await told(3.0)
    await store.move(Selection.of(episodes=[full, other]), Status.CANCELLED, now=3.0)
    again = await hold(store, HoldReason.DISK_RESERVE)
    assert len(await told(4.0 + CALM_S / 2)) == 1  # it has not been well for long enough
    await store.end_holds_of(HoldReason.DISK_RESERVE, [again])
    await store.move(Selection.of(episodes=[again]), Status.CANCELLED, now=3.0)
    await told(1000.0)
    await told(1001.0 + CALM_S)
    assert not await outbox.look_at_conditions(1002.0 + CALM_S)
    await hold(store, HoldReason.DISK_RESERVE)
    assert len(await told(1003.0 + CALM_S)) == 2


async def test_a_site_that_wants_to_see_a_person_is_told_of_once_with_the_page(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    settings = settings.model_copy(update={"public_url": "https://nas.example"})
    clock = FakeClock()
    for page in ("https://one.example/a", "https://one.example/b", "https://two.example/c"):
        await hold(store, HoldReason.NEEDS_PERSON, url=page, provider="aniworld")
    async with at_work(courier_of(settings, store.database, targets_of(me=webhook(receiver)), clock)) as courier:
        await receiver.until(2)
        await pass_until(clock, courier, pending=0)
    first, second = (json.loads(got.body) for got in receiver.got)
    assert first["text"] == (
        "2 episodes wait: https://one.example/a wants to see a person. Open it in a browser, then retry.\n"
        "https://nas.example/#/job/1"
    )
    assert (first["data"]["reason"], first["data"]["episodes"], len(first["data"]["jobs"])) == ("needs_person", 2, 2)
    assert second["data"]["params"]["url"] == "https://two.example/c"
