"""Actions on many items, start now, moving: the routes around the real engine, which downloads nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.api.app import create_app
from aniworld_dl.api.schemas.actions import ActionsOut
from aniworld_dl.api.schemas.responses import EpisodeOut, JobOut
from aniworld_dl.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

NOBODY_THERE = "http://127.0.0.1:9"


class Client:
    """A client of a service without slots: two jobs, A with episodes 1 to 3 and B with 4 and 5."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def add(self, title: str, episodes: int) -> None:
        urls = [f"{NOBODY_THERE}/{title}/{number}.m3u8" for number in range(1, episodes + 1)]
        answer = await self.http.post("/api/jobs", json={"anime_title": title, "episode_urls": urls})
        assert answer.status_code == 201, answer.text

    async def act(self, **body: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/actions", json=body)
        assert answer.status_code == 200, answer.text
        ActionsOut.model_validate(answer.json())
        assert answer.json().keys() == ActionsOut.model_fields.keys()
        return answer.json()  # type: ignore[no-any-return]

    async def statuses(self) -> list[str | None]:
        """Return where each of the five episodes stands, None where it is gone."""
        answers = [await self.http.get(f"/api/episodes/{number}") for number in range(1, 6)]
        return [answer.json().get("status") if answer.status_code == 200 else None for answer in answers]

    async def jobs(self) -> list[int]:
        """Return the jobs in the order of the queue."""
        active = (await self.http.get("/api/queue-status")).json()["queue"]["active"]
        return [job["id"] for job in active]

    async def episodes(self) -> list[int]:
        """Return the episodes of job A in their order."""
        return [episode["id"] for episode in (await self.http.get("/api/jobs/1/episodes")).json()["items"]]


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    settings = settings.model_copy(update={"max_concurrent_downloads": 0})
    async with open_engine(settings, keep_queue=False) as engine:
        transport = httpx.ASGITransport(app=create_app(engine, engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
            client = Client(http)
            await client.add("A", 3)
            await client.add("B", 2)
            yield client


async def test_jobs_and_episodes_at_once(client: Client) -> None:
    found = await client.act(action="pause", jobs=[2], episodes=[1, 4])
    assert found == {"changed": 3, "refused": [], "undo": None}
    assert await client.statuses() == ["paused", "queued", "queued", "paused", "paused"]
    assert (await client.act(action="cancel", all=True))["changed"] == 5
    assert (await client.act(action="retry", episodes=[5]))["changed"] == 1
    assert (await client.act(action="resume", jobs=[2], episodes=[5]))["refused"] == []
    assert await client.statuses() == ["cancelled"] * 4 + ["queued"]


async def test_what_is_refused_is_listed(client: Client) -> None:
    await client.act(action="cancel", episodes=[2])
    found = await client.act(action="pause", jobs=[8], episodes=[1, 2, 9])
    assert found["changed"] == 1
    assert [(each["kind"], each["id"], each["code"]) for each in found["refused"]] == [
        ("job", 8, "not_found"),
        ("episode", 2, "move_refused"),
        ("episode", 9, "not_found"),
    ]
    assert found["refused"][1]["text"] == "episode 2 is cancelled: pause is not possible"
    assert (await client.http.post("/api/episodes/2/pause")).json()["detail"] == found["refused"][1]["text"]


async def test_setting(client: Client) -> None:
    found = await client.act(action="set", jobs=[2, 7], episodes=[3], priority=4, bandwidth_limit_bytes_per_s=4096)
    assert (found["changed"], [each["id"] for each in found["refused"]]) == (2, [7])
    assert await client.jobs() == [2, 1]
    episode = (await client.http.get("/api/episodes/3")).json()
    assert (episode["priority"], episode["bandwidth_limit_bytes_per_s"]) == (4, 4096)
    await client.act(action="set", all=True, bandwidth_limit_bytes_per_s=None)
    job = (await client.http.get("/api/jobs/2")).json()
    assert (job["priority"], job["bandwidth_limit_bytes_per_s"]) == (4, None)


async def test_removing_and_clearing(client: Client) -> None:
    await client.act(action="cancel", jobs=[2])
    assert (await client.act(action="remove", episodes=[1, 1, 8]))["changed"] == 1
    assert (await client.act(action="clear", statuses=["completed"]))["changed"] == 0
    assert (await client.act(action="clear"))["changed"] == 1
    assert await client.statuses() == [None, "queued", "queued", None, None]
    assert (await client.act(action="remove", all=True))["changed"] == 1
    assert await client.jobs() == []


async def test_starting(client: Client) -> None:
    """There are no slots, and it runs all the same; also what has failed since, there being nobody at its address."""
    for kind, model in (("episodes", EpisodeOut), ("jobs", JobOut)):
        answer = await client.http.post(f"/api/{kind}/1/start")
        assert answer.status_code == 200
        model.model_validate(answer.json())
        assert answer.json()["status"] == "downloading"
    assert (await client.act(action="start", episodes=[5]))["changed"] == 1


async def test_moving_jobs(client: Client) -> None:
    for body, order in [
        ({"to": "top"}, [2, 1]),
        ({"to": "bottom"}, [1, 2]),
        ({"to": "before", "job_id": 1}, [2, 1]),
        ({"to": "after", "job_id": 1}, [1, 2]),
    ]:
        answer = await client.http.post("/api/jobs/2/move", json=body)
        JobOut.model_validate(answer.json())
        assert (answer.status_code, await client.jobs()) == (200, order)


async def test_moving_episodes(client: Client) -> None:
    for body, order in [
        ({"to": "top"}, [3, 1, 2]),
        ({"to": "bottom"}, [1, 2, 3]),
        ({"to": "before", "episode_id": 2}, [1, 3, 2]),
        ({"to": "after", "episode_id": 2}, [1, 2, 3]),
    ]:
        answer = await client.http.post("/api/episodes/3/move", json=body)
        EpisodeOut.model_validate(answer.json())
        assert (answer.status_code, await client.episodes()) == (200, order)


async def test_changing_and_deleting_an_episode(client: Client) -> None:
    changes = {"priority": 2, "bandwidth_limit_bytes_per_s": 2048}
    changed = (await client.http.patch("/api/episodes/1", json=changes)).json()
    assert changed | changes == changed
    cleared = (await client.http.patch("/api/episodes/1", json={"bandwidth_limit_bytes_per_s": None})).json()
    assert (cleared["priority"], cleared["bandwidth_limit_bytes_per_s"]) == (2, None)
    assert (await client.http.delete("/api/episodes/1")).status_code == 204
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"priority": 1})):
        answer = await client.http.request(method, "/api/episodes/1", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "body", "status", "mend"),
    [
        ("actions", {"action": "pause"}, 422, "give ids of 'jobs' or 'episodes', or 'all', and not both"),
        ("actions", {"action": "pause", "jobs": []}, 422, "give ids"),
        ("actions", {"action": "pause", "jobs": [1], "all": True}, 422, "give ids"),
        ("actions", {"action": "pause", "jobs": [0]}, 422, "greater than or equal to 1"),
        ("actions", {"action": "fly", "jobs": [1]}, 422, "'pause'"),
        ("actions", {"action": "pause", "jobs": [1], "priority": 1}, 422, "'priority' belongs to the action 'set'"),
        ("actions", {"action": "set", "jobs": [1]}, 422, "give 'priority' or"),
        ("actions", {"action": "set", "jobs": [1], "bandwidth_limit_bytes_per_s": 1}, 422, "1024"),
        ("actions", {"action": "remove", "jobs": [1], "statuses": ["failed"]}, 422, "'clear'"),
        ("actions", {"action": "clear", "jobs": [1]}, 422, "no ids"),
        ("actions", {"action": "clear", "all": True}, 422, "no ids"),
        ("actions", {"action": "clear", "statuses": ["queued"]}, 422, "'completed'"),
        ("jobs/1/move", {"to": "left"}, 422, "'top'"),
        ("jobs/1/move", {"to": "before"}, 422, "say before which job"),
        ("jobs/1/move", {"to": "after", "job_id": 9}, 404, ""),
        ("episodes/1/move", {"to": "after", "episode_id": 4}, 422, "name an episode of job 1"),
        ("episodes/9/move", {"to": "top"}, 404, ""),
    ],
)
async def test_refused_as_a_whole(client: Client, path: str, body: dict[str, Any], status: int, mend: str) -> None:
    """What makes no sense changes nothing, and says what would."""
    answer = await client.http.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert mend in answer.text
    assert await client.statuses() == ["queued"] * 5
