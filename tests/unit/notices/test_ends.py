"""What is told when a job has ended: once for each end, with what is there, what is missing and why."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import IncompleteError, NotMediaError
from aniworld_dl.model import Action, EpisodeRef, JobRequest, Selection, Status
from tests.fakes.receiver import Receiver, open_receiver
from tests.unit.notices.post_office import SECRET, open_post_office, targets_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.notices.courier import Courier
    from tests.unit.queue.desk import Desk


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def office(settings: Settings, receiver: Receiver) -> AsyncIterator[tuple[Desk, Courier]]:
    targets = targets_of(me={"kind": "webhook", "url": f"{receiver.url}/in?token=t0ken", "secret": SECRET})
    changes: dict[str, Any] = {"public_url": "https://nas.example/dl", "retries_per_episode": 0}
    async with open_post_office(settings.model_copy(update=changes), targets) as opened:
        yield opened


async def end(desk: Desk, episode_id: int, error: Exception | None = None) -> None:
    while episode_id not in desk.runner.running:
        await desk.clock.run(0.05)
    desk.runner.end(episode_id, error)
    await desk.until(episode_id, Status.FAILED if error else Status.COMPLETED)
    await desk.until_over(episode_id)


async def told(desk: Desk, receiver: Receiver, count: int) -> list[dict[str, Any]]:
    """Wait until so many messages have come, and a while longer for those that must not."""
    while len(receiver.got) < count:
        await desk.clock.run(0.05)
    for _ in range(5):
        await desk.clock.run(0.1)
        await desk.store.counts()
    assert len(receiver.got) == count
    return [json.loads(got.body) for got in receiver.got]


async def test_one_message_for_a_job_signed_as_the_standard_has_it(
    office: tuple[Desk, Courier], receiver: Receiver, settings: Settings
) -> None:
    desk, courier = office
    first, second = await desk.add(2, "Nordlicht", language="German Sub")
    await end(desk, first)
    await end(desk, second)
    (message,) = await told(desk, receiver, 1)
    assert (message["schema"], message["type"]) == (1, "job.completed")
    assert message["text"] == "Nordlicht: all 2 episodes are there.\nDetails: https://nas.example/dl/#/job/1"
    data = message["data"]
    assert data["job"] | {"created_at": 0, "ended_at": 0} == {
        "id": 1,
        "title": "Nordlicht",
        "language": "German Sub",
        "status": "completed",
        "created_at": 0,
        "ended_at": 0,
        "total_episodes": 2,
        "completed_episodes": 2,
        "failed_episodes": 0,
        "cancelled_episodes": 0,
    }
    assert data["completed"][0]["path"] == str(settings.download_dir / f"{first}.mkv")
    assert data["folders"] == [str(settings.download_dir)]
    got = receiver.got[0]
    assert (got.method, got.target, got.headers["content-type"]) == ("POST", "/in?token=t0ken", "application/json")
    key = b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{message['id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    assert (
        got.headers["webhook-signature"] == f"v1,{b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
    )
    assert got.headers["webhook-id"] == message["id"]
    assert abs(int(got.headers["webhook-timestamp"]) - desk.clock.time()) < 60
    while (view := (await courier.targets())[0])["pending"]:
        await desk.clock.run(0.05)
    assert (view["name"], view["kind"], view["error"]) == ("me", "webhook", None)
    assert view["last_success_at"] is not None
    assert "t0ken" not in json.dumps(view)


async def test_what_is_missing_is_named_and_a_retry_gives_one_more(
    office: tuple[Desk, Courier], receiver: Receiver
) -> None:
    desk, _ = office
    first, second = await desk.add(2, "Nordlicht")
    await end(desk, first)
    await end(desk, second, NotMediaError(url="https://example.org/2", found="a web page"))
    message = (await told(desk, receiver, 1))[0]
    assert message["type"] == "job.incomplete"
    (missing,) = message["data"]["missing"]
    assert (missing["episode_id"], missing["name"], missing["reason"]) == (second, "S01E02", "not_media")
    assert "a web page" in missing["reason_text"]
    assert message["text"].splitlines()[0] == "Nordlicht: 1 of 2 episodes are there."
    assert message["text"].endswith("Repair: https://nas.example/dl/#/job/1")
    await desk.control.act(Selection.of(jobs=[1]), Action.RETRY)
    await end(desk, second)
    again = (await told(desk, receiver, 2))[1]
    assert (again["type"], again["data"]["missing"]) == ("job.completed", [])
    assert again["id"] != message["id"]


async def test_nothing_is_told_before_all_has_ended_nor_of_what_was_cancelled(
    office: tuple[Desk, Courier], receiver: Receiver
) -> None:
    desk, _ = office
    first, _second = await desk.add(2)
    await end(desk, first)
    await told(desk, receiver, 0)
    await desk.add(2, "B")
    await desk.control.act(Selection.of(jobs=[2]), Action.CANCEL)
    await told(desk, receiver, 0)
    await desk.control.act(Selection.of(jobs=[1]), Action.CANCEL)
    (message,) = await told(desk, receiver, 1)
    assert [(each["status"], each["reason"]) for each in message["data"]["missing"]] == [("cancelled", "cancelled")]


async def test_an_address_that_becomes_episodes_is_no_end_and_one_that_fails_is(
    office: tuple[Desk, Courier], receiver: Receiver
) -> None:
    desk, _ = office
    refs = (EpisodeRef(url="https://example.org/list?key=secret"),)
    for title in ("A", "B"):
        request = JobRequest(anime_title=title, episodes=refs)
        await desk.store.add_job(request, series_indexes=frozenset({0}), now=1.0)
    listed, broken = await desk.store.pending_expansions()
    await desk.transitions.expand(listed, [EpisodeRef(url="https://example.org/1")])
    desk.supervisor.wake()
    await told(desk, receiver, 0)
    await desk.transitions.fail_expansion(broken, IncompleteError(reason="nothing came", missing="").info(), held=False)
    (message,) = await told(desk, receiver, 1)
    assert (message["type"], message["data"]["job"]["title"]) == ("job.incomplete", "B")
    assert [each["name"] for each in message["data"]["missing"]] == ["https://example.org/list"]


async def test_a_removed_job_is_not_told_of(office: tuple[Desk, Courier], receiver: Receiver) -> None:
    desk, courier = office
    (only,) = await desk.add(1)
    desk.announcer.told.clear()
    await end(desk, only)
    await desk.control.remove(Selection.of(jobs=[1]))
    courier.changed()
    while await desk.store.database.read("notices_without_words", limit=5):
        await desk.clock.run(0.05)
    await told(desk, receiver, 0)
