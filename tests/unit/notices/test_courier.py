"""Messages arrive once, again later when they did not, over restarts, and never in the way of anything."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import DiskFullError, NotFoundError
from aniworld_dl.model import EpisodeRef, JobRequest, Selection, Status
from aniworld_dl.notices import outbox as outbox_module
from aniworld_dl.notices.courier import PAUSES_S
from aniworld_dl.notices.outbox import Outbox
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.store import Details
from tests.fakes.clock import START, FakeClock
from tests.fakes.databases import new_store
from tests.fakes.receiver import Receiver, Reply, open_receiver
from tests.unit.notices.post_office import SECRET, at_work, courier_of, pass_until, targets_of, webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def store() -> AsyncIterator[SqliteStore]:
    opened = await new_store()
    yield opened
    await opened.aclose()


async def end_job(store: SqliteStore, title: str = "A", error: bool = False) -> int:
    """Queue a job of one episode and let it end."""
    refs = (EpisodeRef(url="https://example.org/1"),)
    job, _ = await store.add_job(JobRequest(anime_title=title, episodes=refs), now=1.0)
    for after in (Status.DOWNLOADING, Status.FAILED if error else Status.COMPLETED):
        if after is Status.DOWNLOADING:
            await store.claim(now=2.0)
        else:
            await store.move(Selection.of(jobs=[job.id]), after, now=3.0)
    return job.id


async def test_what_is_refused_comes_again_with_the_same_id_and_a_new_signature(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    clock = FakeClock()
    receiver.replies = [Reply(status=500), Reply(status=429, headers={"Retry-After": "1000"})]
    await end_job(store)
    async with at_work(courier_of(settings, store.database, targets_of(me=webhook(receiver)), clock)) as courier:
        await receiver.until(1)
        while (view := (await courier.targets())[0])["error"] is None:
            await clock.run(0.0)
        assert (view["error"]["code"], view["error"]["params"]["status"]) == ("http_status", 500)
        while len(receiver.got) < 2:  # when it begins to wait nobody sees
            await clock.run(PAUSES_S[0] / 10)
        while (view := (await courier.targets())[0])["error"]["params"]["status"] != 429:
            await clock.run(0.0)
        clock.advance(900.0)
        assert len(receiver.got) == 2
        while len(receiver.got) < 3:
            await clock.run(100.0)
        view = await pass_until(clock, courier, pending=0)
    assert (view["error"], view["given_up"]) == (None, 0)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.headers["webhook-signature"] for got in receiver.got}) == 3
    assert await store.database.read("next_delivery", target="me") == []


async def test_a_message_does_not_wait_for_a_clock_that_is_set_back(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    clock = FakeClock()
    receiver.replies = [Reply(status=500)]
    await end_job(store)
    async with at_work(courier_of(settings, store.database, targets_of(me=webhook(receiver)), clock)) as courier:
        await receiver.until(1)
        while (await courier.targets())[0]["error"] is None:
            await clock.run(0.0)
        clock.set_anew(-365 * 86_400)
        while len(receiver.got) < 2:  # a year of such steps would take too long
            await clock.run(1.0)
        await pass_until(clock, courier, pending=0)


async def test_one_that_never_answers_is_given_up_in_the_end_and_holds_nobody_up(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    clock = FakeClock()
    dead = {"kind": "webhook", "url": "http://127.0.0.1:1/", "secret": SECRET}
    await end_job(store)
    targets = targets_of(dead=dead, me=webhook(receiver))
    async with at_work(courier_of(settings, store.database, targets, clock)) as courier:
        await receiver.until(1)
        while (view := (await courier.targets())[0])["pending"]:
            clock.advance(3600.0)
    assert clock.time() - START > sum(PAUSES_S)
    assert (view["given_up"], view["error"]["code"]) == (1, "connect_failed")
    assert len(receiver.got) == 1


async def test_killed_between_the_end_and_the_message_it_is_told_once_after_the_start(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    path, clock = tmp_path / "queue.db", FakeClock()
    first = await SqliteStore.open(path)
    await end_job(first)
    await first.aclose()  # and nobody has put it into words
    targets = targets_of(me=webhook(receiver))
    second = await SqliteStore.open(path)
    courier = courier_of(settings, second.database, targets, clock)
    await courier.open()  # it is in words, and nobody has sent it
    await second.aclose()
    for _ in range(2):
        store = await SqliteStore.open(path)
        async with at_work(courier_of(settings, store.database, targets, clock)) as courier:
            await receiver.until(1)
            await pass_until(clock, courier, pending=0)
        await store.aclose()
    assert len(receiver.got) == 1


async def test_killed_before_it_is_noted_it_comes_again_with_the_same_id(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    clock, targets = FakeClock(), targets_of(me=webhook(receiver))
    await end_job(store)
    outbox = Outbox(store.database, targets, settings)
    await outbox.take_in(clock.time())
    delivery = await outbox.next("me")
    assert delivery is not None
    courier = courier_of(settings, store.database, targets, clock)
    assert await courier._try("me", delivery.message) is None
    async with at_work(courier):
        await receiver.until(2)
    assert {got.headers["webhook-id"] for got in receiver.got} == {delivery.message["id"]}


async def test_events_choose_and_nobody_means_that_nothing_is_kept(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    clock = FakeClock()
    await end_job(store)
    await courier_of(settings, store.database, {}, clock).open()
    assert await store.database.read("notices_without_words", limit=1) == []
    await end_job(store, "good")
    await end_job(store, "bad", error=True)
    targets = targets_of(me=webhook(receiver, events=["job.incomplete"]))
    async with at_work(courier_of(settings, store.database, targets, clock)) as courier:
        await pass_until(clock, courier, pending=0)
        await receiver.until(1)
    assert [json.loads(got.body)["data"]["job"]["title"] for got in receiver.got] == ["bad"]


async def test_what_waits_for_a_target_is_bounded_and_goes_with_it(
    settings: Settings, store: SqliteStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_PENDING", 2)
    targets = targets_of(me=webhook(receiver))
    outbox = Outbox(store.database, targets, settings)
    for title in ("A", "B", "C"):
        await end_job(store, title)
        await outbox.take_in(1.0)
    (standing,) = await outbox.standings()
    assert (standing.pending, standing.given_up) == (2, 1)
    delivery = await outbox.next("me")
    assert delivery is not None
    assert delivery.message["data"]["job"]["title"] == "B"
    await Outbox(store.database, targets_of(other=webhook(receiver)), settings).open()
    assert await outbox.next("me") is None


async def test_a_full_disk_keeps_a_note_waiting_and_nothing_else(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    class Full(Outbox):
        failures = 1

        async def arrived(self, delivery: Any, *, now: float) -> None:
            if Full.failures:
                Full.failures -= 1
                raise DiskFullError(path="/data")
            await super().arrived(delivery, now=now)

    clock, targets = FakeClock(), targets_of(me=webhook(receiver))
    await end_job(store)
    courier = courier_of(settings, store.database, targets, clock)
    courier._outbox = Full(store.database, targets, settings)
    async with at_work(courier):
        await receiver.until(1)
        await pass_until(clock, courier, pending=0)
    assert len(receiver.got) == 1


async def test_folders_are_those_of_the_series_that_have_new_files(settings: Settings, store: SqliteStore) -> None:
    """Whatever is in them; of a film its own; and none of what was there before."""
    paths = {
        "A/Season 01/A S01E01.mkv": False,
        "A/Season 01/A S01E02.mkv": False,
        "A/Season 02/A S02E01.mkv": False,
        "Films/A - Film 01/A - Film 01.mkv": False,
        "elsewhere/A S03E01.mkv": True,
    }
    addresses = ("S01E01", "S01E02", "S02E01", "film-1", "S03E01")
    refs = tuple(EpisodeRef(url=f"https://example.org/a/{name}") for name in addresses)
    job, _ = await store.add_job(JobRequest(anime_title="A", episodes=refs), now=1.0)
    ids = [episode.id for episode in (await store.episodes(job.id)).items]
    live = {
        episode_id: Details(path=PurePosixPath(path), existing=existing)
        for episode_id, (path, existing) in zip(ids, paths.items(), strict=True)
    }
    await store.start_now(Selection.of(jobs=[job.id]), now=2.0, most=5)
    await store.move(Selection.of(jobs=[job.id]), Status.COMPLETED, now=3.0, live=live)
    outbox = Outbox(store.database, targets_of(me={"kind": "jellyfin", "url": "http://tv", "token": "x"}), settings)
    await outbox.take_in(4.0)
    delivery = await outbox.next("me")
    assert delivery is not None
    films = settings.download_dir / "Films" / "A - Film 01"
    assert delivery.message["data"]["folders"] == [str(settings.download_dir / "A"), str(films)]


# ----------------------------------------------------------------------------------------------------------- trials


async def test_a_test_is_sent_at_once_and_its_outcome_shown(
    settings: Settings, store: SqliteStore, receiver: Receiver
) -> None:
    receiver.replies = [Reply(status=401)]
    courier = courier_of(settings, store.database, targets_of(me=webhook(receiver)), FakeClock())
    refused = await courier.test("me")
    assert (refused["ok"], refused["error"]["code"]) == (False, "http_status")
    assert (await courier.targets())[0]["error"]["params"]["status"] == 401
    assert await courier.test("me") == {"ok": True, "error": None}
    assert (await courier.targets())[0]["error"] is None
    assert json.loads(receiver.got[1].body)["type"] == "test"
    with pytest.raises(NotFoundError):
        await courier.test("you")
    await courier.aclose()
