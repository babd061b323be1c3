"""The queue is given away and taken in again."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.api.queue_file import read_jobs
from aniworld_dl.errors import RequestInvalidError, StorageError
from aniworld_dl.model import Episode, EpisodeRef, Hold, HoldReason, Selection, Standing, Status, Taken
from aniworld_dl.model.exchange import EpisodeRecord, JobRecord
from aniworld_dl.queue import export
from aniworld_dl.queue.duplicates import Sieve
from aniworld_dl.queue.exchange import Exchange
from aniworld_dl.queue.store import Details
from tests.builders import BROKEN, refs, request
from tests.unit.queue.desk import open_desk
from tests.unit.queue.lookups import move_episode, move_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aniworld_dl.config import Settings
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


@pytest.fixture
async def other(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


def exchange_of(desk: Desk, woken: list[str] | None = None) -> Exchange:
    return Exchange(
        database=desk.store.database,
        sieve=Sieve(desk.store.database),
        transitions=desk.transitions,
        clock=desk.clock,
        woken=[lambda: None if woken is None else woken.append("woken")],
    )


async def exported(desk: Desk, *, ended: bool = True) -> Any:
    async with aclosing(exchange_of(desk).export(ended=ended)) as pieces:
        return json.loads(b"".join([piece async for piece in pieces]))


async def imported(desk: Desk, file: Any, woken: list[str] | None = None) -> Any:
    text = BytesIO(json.dumps(file).encode())
    return await exchange_of(desk, woken).take(lambda: read_jobs(text))


COVER = "https://example.org/cover.jpg"
TAKEN = Taken(language="German Sub", provider="VOE", instead_of_language="German Dub")
STANDING = Standing(wanted="German Dub", since=3.0, until=9003.125, next_at=603.5, looks=2, error=BROKEN)
DONE = Details(path=PurePosixPath("Nordlicht/1.mkv"), existing=True, total_bytes=900, taken=TAKEN, standing=STANDING)


async def fill(desk: Desk) -> None:
    """Every status, a hold, an error, limits, places that were changed, addresses in every state."""
    store = desk.store
    named = EpisodeRef(url="https://example.org/n", series="Öfen", season=2, number=7, title='Das "Ende"', poster=COVER)
    first = request("a", "b", "c", "d", "e", title="Nordlicht", language="German", priority=3, standing=7)
    await store.add_job(replace(first, episodes=(*first.episodes, named)), now=1.5)
    for after, details in [
        (Status.COMPLETED, DONE),
        (Status.FAILED, Details(error=BROKEN, percentage=12.34, bytes_downloaded=77)),
        (Status.PAUSED, Details(percentage=50.0)),
        (
            Status.QUEUED,
            Details(hold=Hold(reason=HoldReason.RETRY_BACKOFF, until=99.125, params={"n": 1}), retries=2),
        ),
    ]:
        claimed = await store.claim(now=2.0)
        assert claimed is not None
        await move_episode(store, claimed.id, after, now=3.0, details=details)
    second = request("s", "t", "u", title="Series", paused=True, bandwidth_limit_bytes_per_s=4096, total_episodes=30)
    await store.add_job(second, series_indexes=frozenset({0, 2}), now=4.0)
    expansions = await store.pending_expansions()
    await store.fail_expansion(expansions[0].id, BROKEN, now=5.0)
    ended, _ = await store.add_job(request("x", "y", title="Ended", provider="VOE"), now=6.0)
    await move_job(store, ended.id, Status.CANCELLED, now=7.0)


def without_time(file: Any) -> Any:
    return {name: value for name, value in file.items() if name != "exported_at"}


# ------------------------------------------------------------------------------------------------------- round trip


async def test_what_was_exported_and_imported_is_exported_again(desk: Desk, other: Desk) -> None:
    await fill(desk)
    file = await exported(desk)
    taken = await imported(other, file)
    assert without_time(await exported(other)) == without_time(file)
    assert (len(taken.jobs), taken.count, taken.skipped, taken.duplicates) == (3, 9, 0, ())
    assert [job["anime_title"] for job in file["jobs"]] == ["Nordlicht", "Series", "Ended"]
    statuses = {episode["status"] for job in file["jobs"] for episode in job["episodes"]}
    assert statuses == {"completed", "failed", "paused", "queued", "cancelled"}


async def test_an_imported_queue_is_a_whole_one(desk: Desk, other: Desk) -> None:
    """Derived figures too: statuses, counters, the time of the end, the next one in line, pages of the history."""
    await fill(desk)
    await imported(other, await exported(desk))
    pairs = zip((await desk.store.jobs()).items, (await other.store.jobs()).items, strict=True)
    for job, copy in pairs:
        assert replace(copy, duplicates=0) == replace(job, duplicates=0)
    mine, theirs = await desk.store.claim(now=50.0), await other.store.claim(now=50.0)
    assert mine is not None
    assert theirs is not None
    assert theirs.ref == mine.ref
    done = await other.store.episode(1)
    assert done and (done.taken, done.standing) == (TAKEN, STANDING)  # noqa: PT018 - one thing
    assert (await other.store.next_hold_end()) == 99.125
    assert [row["path_key"] for row in await other.store.database.read("history_page", **_ALL)] == ["nordlicht/1.mkv"]


_ALL = {"status": "completed", "completed_at": float("inf"), "id": 0, "q": "", "limit": 9}


async def test_without_the_ended_jobs(desk: Desk) -> None:
    await fill(desk)
    assert [job["anime_title"] for job in (await exported(desk, ended=False))["jobs"]] == ["Nordlicht", "Series"]


async def test_an_empty_queue(desk: Desk, other: Desk) -> None:
    file = await exported(desk)
    assert (file["format"], file["version"], file["jobs"]) == ("aniworld-dl-queue", 1, [])
    assert (await imported(other, file)).jobs == frozenset()


async def test_what_was_downloading_is_queued(desk: Desk, other: Desk) -> None:
    await desk.store.add_job(request("a", "b"), now=1.0)
    await desk.store.claim(now=2.0)
    await imported(other, await exported(desk))
    rows = (await other.store.episodes(1)).items
    assert [(row.status, row.attempt) for row in rows] == [(Status.QUEUED, 1), (Status.QUEUED, 0)]


async def test_the_order_is_kept_and_comes_behind_what_is_there(desk: Desk, other: Desk) -> None:
    await other.store.add_job(request("z", title="first"), now=1.0)
    for title in ("a", "b", "c"):
        await desk.store.add_job(request(title, title=title), now=1.0)
    await imported(other, await exported(desk))
    assert [job.anime_title for job in await other.store.active_jobs(9)] == ["first", "a", "b", "c"]


async def test_an_export_is_one_state_in_pieces(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written meanwhile is not in it."""
    monkeypatch.setattr(export, "_PIECE_CHARACTERS", 1000)
    await fill(desk)
    before = await exported(desk)
    held: list[bytes] = []
    async with aclosing(exchange_of(desk).export(ended=True)) as pieces:
        held.append(await anext(pieces))
        await desk.store.remove(Selection.of(jobs=[2]))
        await desk.store.add_job(request("new"), now=9.0)
        held += [piece async for piece in pieces]
    assert len(held) > 3
    assert without_time(json.loads(b"".join(held))) == without_time(before)


async def test_an_export_that_is_given_up_holds_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PIECE_CHARACTERS", 1)
    await fill(desk)
    async with aclosing(exchange_of(desk).export()) as pieces:
        await anext(pieces)
    await desk.store.remove(Selection.of(jobs=[1]))
    assert len((await exported(desk))["jobs"]) == 2


async def test_a_database_that_is_gone(desk: Desk, tmp_path: Any) -> None:
    with pytest.raises(StorageError):
        list(export.export_pieces(tmp_path / "none.db", ended=True, now=0.0))


# ------------------------------------------------------------------------------------------------------- taking in


async def test_what_is_queued_already_is_left_out(desk: Desk, other: Desk) -> None:
    await desk.store.add_job(request("a", "b", "c"), now=1.0)
    there, _ = await other.store.add_job(request("b"), now=1.0)
    taken = await imported(other, await exported(desk))
    assert (taken.count, taken.skipped, len(taken.jobs)) == (2, 1, 1)
    (known,) = taken.duplicates
    assert (known.url, known.job_id, known.status) == ("https://example.org/b.m3u8", there.id, Status.QUEUED)
    rows = (await other.store.episodes(next(iter(taken.jobs)))).items
    assert [(row.ref.url[-6], row.position) for row in rows] == [("a", 1), ("c", 3)]


async def test_the_same_file_twice_adds_what_has_ended_only(desk: Desk, other: Desk) -> None:
    """A job of which nothing else was to be done is left out with what it had completed."""
    await desk.store.add_job(request("a", "b"), now=1.0)
    claimed = await desk.store.claim(now=2.0)
    assert claimed is not None
    await move_episode(desk.store, claimed.id, Status.COMPLETED, now=3.0)
    file = await exported(desk)
    await imported(other, file)
    again = await imported(other, file)
    assert (len(again.jobs), again.count, again.skipped, len(again.duplicates)) == (0, 0, 2, 1)
    assert (await other.store.jobs()).total == 1


async def test_a_job_with_an_address_to_expand_is_taken_all_the_same(desk: Desk, other: Desk) -> None:
    await desk.store.add_job(request("a", "s"), series_indexes=frozenset({1}), now=1.0)
    await other.store.add_job(request("a"), now=1.0)
    taken = await imported(other, await exported(desk))
    assert (len(taken.jobs), taken.count, taken.skipped) == (1, 0, 1)
    assert len(await other.store.pending_expansions()) == 1


async def test_what_cannot_be_stored_lets_nothing_in(other: Desk) -> None:
    with pytest.raises(RequestInvalidError, match="cannot be stored"):
        await exchange_of(other).take(lambda: iter([_record("a"), _record("half \ud800")]))
    assert (await other.store.jobs()).total == 0


def _record(name: str, episodes: int = 1, **fields: Any) -> JobRecord:
    rows = tuple(
        EpisodeRecord(
            episode=Episode(id=0, job_id=0, position=index + 1, ref=ref, status=Status.QUEUED, **fields),
            address=index,
            ordinal=0,
        )
        for index, ref in enumerate(refs(*(f"{name}{number}" for number in range(episodes))))
    )
    return JobRecord(
        anime_title=name,
        language=None,
        provider=None,
        priority=0,
        bandwidth_limit_bytes_per_s=None,
        requested_episodes=None,
        created_at=1.0,
        episodes=rows,
        addresses=(),
    )


async def test_large_queues_are_read_part_by_part(other: Desk) -> None:
    """No more than a thousand episodes and one job are in memory."""
    taken_at: list[int] = []

    def records() -> Iterator[JobRecord]:
        for number in range(8):
            taken_at.append(number)
            yield _record(f"{number}-", 400)

    taken = await exchange_of(other).take(records)
    assert (len(taken.jobs), taken.count) == (8, 3200)
    assert taken_at == [*range(8), *range(8)]


async def test_an_ended_episode_without_a_time_ended_now(other: Desk) -> None:
    record = _record("a")
    done = replace(record.episodes[0], episode=replace(record.episodes[0].episode, status=Status.COMPLETED))
    await exchange_of(other).take(lambda: iter([replace(record, episodes=(done,))]))
    row = await other.store.episode(1)
    assert row is not None
    assert row.completed_at == other.clock.time()


async def test_a_hold_of_what_is_not_queued_is_left_out(other: Desk) -> None:
    record = _record("a", hold=Hold(reason=HoldReason.DISK_RESERVE))
    paused = replace(record.episodes[0], episode=replace(record.episodes[0].episode, status=Status.PAUSED))
    await exchange_of(other).take(lambda: iter([replace(record, episodes=(paused,))]))
    row = await other.store.episode(1)
    assert row is not None
    assert row.hold is None


async def test_everyone_is_told_and_woken(desk: Desk, other: Desk) -> None:
    await desk.store.add_job(request("a"), now=1.0)
    woken: list[str] = []
    messages = aiter(other.hub.subscribe())
    await anext(messages)
    await imported(other, await exported(desk), woken)
    other.hub.flush()
    assert json.loads(await anext(messages))["jobs"]["1"]["status"] == "queued"
    assert woken == ["woken"]


async def test_files_that_come_in_have_a_place_beside_the_database(desk: Desk) -> None:
    assert exchange_of(desk).folder == desk.store.database.path.parent
