"""The dry run over HTTP: what would be queued, against the demo origin; and that nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from aniworld_dl.api.schemas import plan as schemas
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, Catalogue
from tests.acceptance.test_api_engine import check, opened, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings

pytestmark = pytest.mark.timeout(180)

NOWHERE: Final = KUPFERWALD.page.replace("kupferwald", "nowhere")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Origin]:
    """Two series of two episodes: playlists and plain files."""
    async with (
        Catalogue(tmp_path / "demo", series=(KUPFERWALD, NACHTZUG), episodes=2, duration_s=4) as catalogue,
        Origin() as origin,
    ):
        origin.add_shelf(catalogue)
        yield origin


async def plan(client: httpx.AsyncClient, *urls: Any, **fields: Any) -> Any:
    """Ask for a plan and find no field in it that is not declared."""
    answer = await client.post("/api/plan", json={"episode_urls": list(urls), **fields}, timeout=60)
    assert answer.status_code == 200, answer.text
    body = check(schemas.PlanOut, answer.json())
    for address in body["addresses"]:
        check(schemas.PlannedAddress, address)
    for episode in body["episodes"]:
        check(schemas.PlannedEpisode, episode)
        if episode["duplicate"]:
            check(schemas.PlannedDuplicate, episode["duplicate"])
    check(schemas.PlanTotals, body["totals"])
    return body


async def test_a_series_and_a_file_are_looked_at_and_not_queued(settings: Settings, demo: Origin) -> None:
    """Episodes with their places and titles, what would be taken of each, and what it takes on the disk."""
    async with opened(settings, demo) as (client, _):
        named = {"url": demo.url(NACHTZUG.media(1)), "series": "Nachtzug"}
        urls = [demo.url(KUPFERWALD.page), named, "ftp://example.org/a", demo.url(NOWHERE)]
        found = await plan(client, *urls, language="German Sub")
        first, second, film = found["episodes"]
        assert [(each["season"], each["number"], each["title"]) for each in (first, second)] == [
            (1, 1, "Der erste Frost"),
            (1, 2, "Unter Buchen"),
        ]
        assert (first["series"], first["provider"], first["verdict"]) == ("Kupferwald", "demo", "new")
        assert first["path"] == "Kupferwald/Season 01/Kupferwald S01E01.mkv"
        assert first["height"] > 0
        assert 3 < first["duration_s"] < 5
        assert first["estimated_bytes"] > 0
        async with httpx.AsyncClient() as direct:
            size = int((await direct.head(demo.url(NACHTZUG.media(1)))).headers["content-length"])
        assert (film["provider"], film["address"], film["estimated_bytes"]) == ("direct", 1, size)
        totals = found["totals"]
        assert (totals["episodes"], totals["new"], totals["looked_at"], totals["sized"]) == (3, 3, 3, 3)
        assert totals["estimated_bytes"] == sum(each["estimated_bytes"] for each in found["episodes"])
        assert totals["estimated_bytes"] < totals["needed_bytes"] <= 2 * totals["estimated_bytes"]
        assert totals["free_bytes"] > 0
        assert totals["fits"] is True
        errors = [(each["address"], each["series"], (each["error"] or {}).get("code")) for each in found["addresses"]]
        assert errors == [(0, True, None), (2, False, "url_invalid"), (3, True, "no_episodes")]
        assert totals["unusable_addresses"] == 2
        assert (await client.get("/api/jobs")).json()["total"] == 0


async def test_what_is_queued_or_finished_is_recognised(settings: Settings, demo: Origin) -> None:
    """One episode's file is there, one waits in the queue, one is named twice."""
    done, waits, twice = (demo.url(NACHTZUG.media(1)), demo.url(NACHTZUG.media(2)), demo.url(KUPFERWALD.media(2)))
    async with opened(settings, demo) as (client, engine):
        await client.post("/api/jobs", json={"anime_title": "Mine", "episode_urls": [done]})
        await until(engine, "jobs", "completed")
        body = {"anime_title": "Mine", "episode_urls": [waits], "paused": True}
        job = (await client.post("/api/jobs", json=body)).json()
        found = await plan(client, done, waits, twice, twice + "#again", anime_title="Mine")
        assert [each["verdict"] for each in found["episodes"]] == ["existing", "duplicate", "new", "repeated"]
        assert (settings.download_dir / found["episodes"][0]["path"]).is_file()
        assert found["episodes"][1]["duplicate"]["job_id"] == job["id"]
        assert found["episodes"][1]["duplicate"]["status"] == "paused"
        totals = found["totals"]
        assert (totals["new"], totals["existing"], totals["duplicates"], totals["looked_at"]) == (1, 1, 2, 1)
        assert totals["sized"] == 1


async def test_an_episode_that_cannot_be_read_says_why(settings: Settings, demo: Origin) -> None:
    demo.faults.add(Fault(kind=FaultKind.STATUS, path="*/nachtzug/*", status=404, times=None))
    async with opened(settings, demo) as (client, _):
        found = await plan(client, demo.url(NACHTZUG.media(1)))
        (episode,) = found["episodes"]
        assert (episode["looked_at"], episode["verdict"], episode["error"]["code"]) == (True, "new", "http_status")
        assert (found["anime_title"], found["totals"]["estimated_bytes"], found["totals"]["fits"]) == (
            "Nachtzug",
            None,
            None,
        )


async def test_a_bad_request_names_its_fields(settings: Settings, demo: Origin) -> None:
    async with opened(settings, demo) as (client, _):
        answer = await client.post("/api/plan", json={"episode_urls": [], "pause": True})
        assert answer.status_code == 422
        assert {each["field"] for each in answer.json()["errors"]} == {"episode_urls", "pause"}


async def test_the_series_that_a_plan_names_can_be_asked_for(settings: Settings, demo: Origin) -> None:
    """What is chosen of a plan goes into the folder of its series, whatever the title of the job."""
    async with opened(settings, demo) as (client, engine):
        second = (await plan(client, demo.url(KUPFERWALD.page)))["episodes"][1]
        chosen = {name: second[name] for name in ("url", "series", "season", "number", "title")}
        await client.post("/api/jobs", json={"anime_title": "Mine", "episode_urls": [chosen]})
        await until(engine, "jobs", "completed")
        assert (settings.download_dir / second["path"]).is_file()
