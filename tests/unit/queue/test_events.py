"""What is sent: snapshots and patches, their order and their merging."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aniworld_dl.queue.board import WAITING_SHOWN, Board
from tests.fakes.clock import START
from tests.unit.queue.stream import episode, job, read, read_all

if TYPE_CHECKING:
    from aniworld_dl.queue.events import Hub

# -------------------------------------------------------------------------------------------------- what is sent


async def test_what_is_ready_is_read_without_waiting(hub: Hub) -> None:
    hub.load(jobs=[job(1)])
    reader = hub.subscribe()
    (first,) = map(json.loads, reader.ready())
    assert first["type"] == "snapshot"
    assert reader.ready() == []
    for percentage in (1.5, 2.5):
        hub.publish(jobs={1: {"progress_percentage": percentage}})
        hub.flush()
    messages = [json.loads(text) for text in hub.ready(first["seq"])]
    assert [message["jobs"]["1"]["progress_percentage"] for message in messages] == [1.5, 2.5]
    assert hub.ready(messages[-1]["seq"]) == []


async def test_first_a_snapshot_then_patches_in_order(hub: Hub) -> None:
    hub.load(jobs=[job(1)], stats={"slots": 3}, settings={"port": 8080})
    reader = hub.subscribe()
    first = await read(reader)
    assert first == {
        "type": "snapshot",
        "seq": int(START * 1000),
        "jobs": {"1": job(1)},
        "episodes": {},
        "subscriptions": {},
        "settings": {"port": 8080},
        "stats": {"slots": 3},
    }
    hub.publish(jobs={1: job(1, "downloading")}, episodes={7: episode()}, stats={"slots": 3, "running": 1})
    hub.flush()
    hub.publish(episodes={7: {"progress_percentage": 1.5}})
    hub.flush()
    second, third = await read(reader), await read(reader)
    assert second["type"] == third["type"] == "patch"
    assert [second["seq"], third["seq"]] == [first["seq"] + 1, first["seq"] + 2]
    assert second["jobs"] == {"1": {"status": "downloading"}}
    assert (second["episodes"], second["stats"]) == ({"7": episode()}, {"running": 1})
    assert third["episodes"] == {"7": {"progress_percentage": 1.5}}
    assert (third["jobs"], third["stats"]) == ({}, {})
    assert (reader.seq, hub.seq) == (third["seq"], third["seq"])


async def test_only_what_has_changed_is_sent(hub: Hub) -> None:
    hub.publish(jobs={1: job(1)})
    hub.flush()
    reader = hub.subscribe(hub.seq)
    hub.publish(jobs={1: job(1)}, stats={}, settings={})
    hub.flush()
    assert await read_all(reader) == []
    hub.publish(jobs={1: job(1, progress_percentage=2.0)}, settings={"port": 1})
    hub.flush()
    (message,) = await read_all(reader)
    assert message["jobs"] == {"1": {"progress_percentage": 2.0}}
    assert message["settings"] == {"port": 1}


async def test_progress_is_merged_and_a_status_never(hub: Hub) -> None:
    """Three statuses between two sendings are three messages, each with the progress up to it."""
    hub.publish(episodes={1: episode()})
    hub.flush()
    reader = hub.subscribe(hub.seq)
    hub.publish(episodes={1: episode(progress_percentage=1.0)})
    hub.publish(episodes={1: episode(progress_percentage=2.0)})
    hub.publish(episodes={1: episode("paused", progress_percentage=3.0)})
    hub.publish(episodes={1: episode("queued", progress_percentage=3.0)})
    hub.publish(episodes={1: episode(progress_percentage=3.0)})
    hub.publish(episodes={1: {"progress_percentage": 4.0}})
    hub.flush()
    assert [message["episodes"]["1"] for message in await read_all(reader)] == [
        {"status": "paused", "progress_percentage": 3.0},
        episode("queued", progress_percentage=3.0),
        episode(progress_percentage=4.0),
    ]


async def test_the_same_status_again_is_no_change(hub: Hub) -> None:
    hub.publish(episodes={1: episode()})
    hub.publish(episodes={1: episode()})
    hub.flush()
    assert hub.seq == int(START * 1000) + 1


async def test_a_removal_hides_no_status(hub: Hub) -> None:
    reader = hub.subscribe(hub.seq)
    hub.publish(jobs={1: job(1, "downloading")}, episodes={5: episode()})
    hub.publish(jobs={1: None}, episodes={5: None})
    hub.flush()
    first, second = await read_all(reader)
    assert (first["jobs"], first["episodes"]) == ({"1": job(1, "downloading")}, {"5": episode()})
    assert (second["jobs"], second["episodes"]) == ({"1": None}, {"5": None})
    assert json.loads(hub.snapshot()[1])["jobs"] == {}


async def test_a_removal_replaces_mere_progress(hub: Hub) -> None:
    hub.publish(jobs={1: job(1)})
    hub.flush()
    reader = hub.subscribe(hub.seq)
    hub.publish(jobs={1: {"progress_percentage": 5.0}})
    hub.publish(jobs={1: None})
    hub.flush()
    assert [message["jobs"] for message in await read_all(reader)] == [{"1": None}]


async def test_what_comes_after_a_removal_does_not_undo_it(hub: Hub) -> None:
    reader = hub.subscribe(hub.seq)
    hub.publish(jobs={1: None})
    hub.publish(jobs={1: job(1)})
    hub.flush()
    assert [message["jobs"] for message in await read_all(reader)] == [{"1": None}, {"1": job(1)}]


async def test_many_rows_go_out_in_pieces(hub: Hub) -> None:
    reader = hub.subscribe(hub.seq)
    hub.publish(episodes={n: episode("paused") for n in range(1200)}, stats={"queued": 0})
    hub.flush()
    messages = await read_all(reader)
    assert [len(message["episodes"]) for message in messages] == [500, 500, 200]
    assert [message["stats"] for message in messages] == [{"queued": 0}, {}, {}]
    assert {int(key) for message in messages for key in message["episodes"]} == set(range(1200))


async def test_messages_are_written_once(hub: Hub) -> None:
    """All subscribers get the very same text."""
    readers = [hub.subscribe(hub.seq) for _ in range(3)]
    hub.publish(jobs={1: job(1, anime_title="Märchen")})
    hub.flush()
    texts = [await anext(reader) for reader in readers]
    assert texts[0] is texts[1] is texts[2]
    assert "Märchen" in texts[0]
    assert (await anext(hub.subscribe())) is (await anext(hub.subscribe()))


# ------------------------------------------------------------------------------------------------------- snapshots


async def test_a_snapshot_has_what_runs_and_waits(hub: Hub) -> None:
    hub.publish(
        jobs={1: job(1), 2: job(2, "downloading"), 3: job(3, "paused"), 4: job(4, "completed"), 5: job(5, "failed")},
        episodes={1: episode(), 2: episode("queued"), 3: episode("completed")},
    )
    snapshot = await read(hub.subscribe())
    assert set(snapshot["jobs"]) == {"1", "2", "3"}
    assert set(snapshot["episodes"]) == {"1"}


async def test_what_ends_leaves_the_snapshot(hub: Hub) -> None:
    hub.publish(jobs={1: job(1, "downloading")}, episodes={1: episode()})
    hub.publish(jobs={1: job(1, "completed")}, episodes={1: episode("completed")})
    snapshot = await read(hub.subscribe())
    assert (snapshot["jobs"], snapshot["episodes"]) == ({}, {})


async def test_a_snapshot_and_the_patches_after_it_fit(hub: Hub) -> None:
    """What was published before is in the snapshot, what comes after is not, and nothing is in both."""
    hub.publish(jobs={1: job(1)})
    reader = hub.subscribe()
    snapshot = await read(reader)
    assert snapshot["jobs"] == {"1": job(1)}
    assert await read_all(reader) == []
    hub.publish(jobs={1: job(1, "downloading")})
    hub.flush()
    (patch,) = await read_all(reader)
    assert patch["seq"] == snapshot["seq"] + 1


async def test_a_snapshot_shows_the_first_that_wait(hub: Hub) -> None:
    """Highest priority first, then the order of the queue; what runs is not counted among them."""
    hub.publish(jobs={n: job(n) for n in range(1, WAITING_SHOWN + 2)})
    hub.publish(jobs={1000: job(1000, priority=5), 1001: job(1001), 1002: job(1002, "downloading")})
    shown = {int(key) for key in (await read(hub.subscribe()))["jobs"]}
    assert shown == {*range(1, WAITING_SHOWN), 1000, 1002}


async def test_an_incomplete_row_is_sent_and_not_kept(hub: Hub) -> None:
    reader = hub.subscribe(hub.seq)
    hub.publish(jobs={9: {"progress_percentage": 3.0}}, episodes={9: {"progress_percentage": 3.0}})
    hub.flush()
    (patch,) = await read_all(reader)
    assert patch["jobs"] == patch["episodes"] == {"9": {"progress_percentage": 3.0}}
    assert json.loads(hub.snapshot()[1])["jobs"] == {}


async def test_a_new_snapshot_for_everyone_comes_after_what_was_told(hub: Hub) -> None:
    """Whoever has read everything and whoever lags behind get the same messages, of which none is lost."""
    hub.load(jobs=[job(1), job(2)], stats={"queued": 2})
    early, late = hub.subscribe(), hub.subscribe()
    await read(early)
    await read(late)
    hub.publish(jobs={1: job(1, "paused")}, urgent=True)
    hub.renew(jobs=[job(3)], episodes=[episode()], stats={"queued": 1})
    hub.publish(jobs={3: job(3, "completed")})
    hub.flush()
    for reader in (early, late):
        first, second, third = await read(reader), await read(reader), await read(reader)
        assert first["jobs"] == {"1": {"status": "paused"}}
        assert (second["type"], second["seq"]) == ("snapshot", first["seq"] + 1)
        assert (second["jobs"], second["episodes"]) == ({"3": job(3)}, {"1": episode()})
        assert second["stats"] == {"queued": 1}
        assert third["jobs"] == {"3": {"status": "completed"}}
    assert (await read(hub.subscribe()))["jobs"] == {}


def test_what_was_read_before_a_renewal_is_not_taken_in() -> None:
    board = Board()
    board.begin_refill()
    board.renew([job(1)], [])
    assert not board.refill([job(1), job(2)])
    assert list(board.jobs) == [1]
