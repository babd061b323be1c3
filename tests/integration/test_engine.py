"""The whole engine against a real origin: queue, downloads, ffmpeg, files and database, without any face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import SERIES, Catalogue
from aniworld_dl.engine import Engine, open_engine
from aniworld_dl.errors import MoveRefusedError, NotFoundError, UrlInvalidError
from aniworld_dl.model import Action, Status
from tests.integration.engine_work import add, episodes, files, request, until, until_stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.media_samples import Samples

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        yield opened


async def test_series_becomes_files(settings: Settings, tmp_path: Path) -> None:
    """A series page is expanded, its episodes are downloaded, named after it, and nothing else is left."""
    async with (
        Catalogue(tmp_path / "demo", series=SERIES[:1], episodes=2, duration_s=4) as catalogue,
        Origin() as origin,
        open_engine(settings) as engine,
    ):
        origin.add_shelf(catalogue)
        job_id = await add(engine, origin.url(SERIES[0].page), title="whatever", language="German Sub")
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert (job["status"], job["completed_episodes"], job["total_episodes"]) == ("completed", 2, 2)
        assert job["progress_percentage"] == 100.0
        done = await episodes(engine, job_id)
    assert files(settings.download_dir) == [
        "Kupferwald/Season 01/Kupferwald S01E01.mkv",
        "Kupferwald/Season 01/Kupferwald S01E02.mkv",
    ]
    assert [episode["path"] for episode in done] == files(settings.download_dir)
    assert [episode["title"] for episode in done] == ["Der erste Frost", "Unter Buchen"]


async def test_existing_file_is_reported_and_left_alone(engine: Engine, origin: Origin, settings: Settings) -> None:
    """The same episode again is completed at once, as existing, and its file is not touched."""
    url = origin.url("/ts/index.m3u8")
    await until(engine, await add(engine, url), Status.COMPLETED)
    file = settings.download_dir / "Nordlicht/Season 01/Nordlicht S01E01.mkv"
    before, asked = file.stat(), len(origin.requests)
    again = await add(engine, url)
    await until(engine, again, Status.COMPLETED)
    (episode,) = await episodes(engine, again)
    assert episode["existing"] is True
    assert episode["path"] == "Nordlicht/Season 01/Nordlicht S01E01.mkv"
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert len(origin.requests) == asked


async def test_same_file_wanted_twice_at_a_time(engine: Engine, origin: Origin) -> None:
    """Two jobs for one episode at the same time give one file; the second finds it."""
    jobs = [await add(engine, origin.url("/ts/index.m3u8") + query) for query in ("", "?2")]
    existing = []
    for job_id in jobs:
        await until(engine, job_id, Status.COMPLETED)
        existing += [episode["existing"] for episode in await episodes(engine, job_id)]
    assert sorted(existing) == [False, True]
    assert origin.count("/ts/000.ts") == 1


async def test_failed_episode_says_why_and_can_be_retried(engine: Engine, origin: Origin) -> None:
    """A missing segment fails its episode in words; the others complete; a retry fetches only what is missing."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/003.ts"))
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/003.ts", status=404, times=2))
    job_id = await add(engine, origin.url("/ts/index.m3u8"), origin.url("/fmp4/index.m3u8"))
    await gate.reached()
    await until_stored(engine, (await episodes(engine, job_id))[0]["id"], 7)
    gate.open()
    job = await until(engine, job_id, Status.FAILED)
    first, second = await episodes(engine, job_id)
    assert (first["status"], second["status"]) == ("failed", "completed")
    assert first["error"]["code"] == "incomplete"
    assert "answered 404" in first["error"]["params"]["reason"]
    assert first["error"]["params"]["missing"] == "00:00:03-00:00:04"
    assert job["error_message"].startswith("1 of 2 episodes failed")
    await engine.act_on_job(job_id, Action.RETRY)
    await until(engine, job_id, Status.COMPLETED)
    assert origin.count("/ts/000.ts") == 1
    assert origin.count("/ts/003.ts") == 3


async def test_pause_and_resume_fetch_nothing_twice(engine: Engine, origin: Origin) -> None:
    """A paused episode keeps its segments; resumed, it asks for the others only."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    job_id = await add(engine, origin.url("/ts/index.m3u8"))
    await gate.reached()
    (episode,) = await episodes(engine, job_id)
    await until_stored(engine, episode["id"], 7)
    paused = await engine.act_on_episode(episode["id"], Action.PAUSE)
    assert (paused["status"], paused["reason"]) == ("paused", "paused_by_user")
    assert paused["progress_percentage"] > 80
    gate.open()
    await engine.act_on_episode(episode["id"], Action.RESUME)
    await until(engine, job_id, Status.COMPLETED)
    assert [origin.count(f"/ts/{number:03}.ts") for number in range(8)] == [1] * 7 + [2]


async def test_cancel_keeps_only_what_undoing_needs(engine: Engine, origin: Origin, settings: Settings) -> None:
    """Nothing runs any more; what was fetched lies in the work folder until it cannot be undone."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    job_id = await add(engine, origin.url("/ts/index.m3u8"))
    await gate.reached()
    job = await engine.act_on_job(job_id, Action.CANCEL)
    assert job["status"] == "cancelled"
    assert {name.split("/")[0] for name in files(settings.download_dir)} == {".aniworld-dl"}
    gate.open()


async def test_queue_status_has_the_original_fields(engine: Engine, origin: Origin) -> None:
    """What runs is active with true values, what has ended is completed, the newest first."""
    done = await add(engine, origin.url("/fmp4/index.m3u8"), title="Fertig")
    await until(engine, done, Status.COMPLETED)
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/00[4-7].ts", times=None))
    job_id = await add(engine, origin.url("/ts/index.m3u8"), title="Läuft")
    await gate.reached(4)
    (episode,) = await episodes(engine, job_id)
    await until_stored(engine, episode["id"], 4)
    status = await engine.queue_status()
    (active,), (completed,) = status["active"], status["completed"]
    assert active["id"] == job_id
    assert active["anime_title"] == "Läuft"
    assert active["status"] == "downloading"
    assert (active["completed_episodes"], active["total_episodes"]) == (0, 1)
    assert 45 < active["current_episode_progress"] < 60
    assert active["progress_percentage"] == active["current_episode_progress"]
    assert active["current_episode"].startswith("Downloading Läuft - Episode 1 (Season 1) - ")
    assert active["error_message"] is None
    assert active["created_at"] is not None
    assert active["completed_at"] is None
    assert [running["id"] for running in active["episodes"]] == [episode["id"]]
    assert (completed["id"], completed["progress_percentage"], completed["episodes"]) == (done, 100.0, [])
    assert completed["completed_at"] is not None
    gate.open()
    await until(engine, job_id, Status.COMPLETED)


async def test_deleted_job_leaves_its_finished_files(engine: Engine, origin: Origin, settings: Settings) -> None:
    """Deleting forgets the job; what is finished stays on disk."""
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/fmp4/index.m3u8"))
    job_id = await add(engine, origin.url("/ts/index.m3u8"), origin.url("/fmp4/index.m3u8"))
    await gate.reached()
    first, _ = await episodes(engine, job_id)
    async for _ in engine.hub.subscribe():
        if (await engine.episode(first["id"]))["status"] == "completed":
            break
    await engine.delete_job(job_id)
    with pytest.raises(NotFoundError):
        await engine.job(job_id)
    assert files(settings.download_dir) == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]
    gate.open()


async def test_job_can_be_changed(engine: Engine) -> None:
    """Title, priority and limit of a job can be changed; nothing else is."""
    await engine.stop_processing()
    job_id = await add(engine, "https://example.org/1.m3u8")
    changed = await engine.update_job(job_id, priority=5, bandwidth_limit_bytes_per_s=4096, anime_title="Anders")
    assert (changed["priority"], changed["bandwidth_limit_bytes_per_s"], changed["anime_title"]) == (5, 4096, "Anders")
    assert (await engine.update_job(job_id, priority=1))["bandwidth_limit_bytes_per_s"] == 4096
    page = await engine.jobs(statuses=frozenset({Status.QUEUED}), q="and", limit=10, cursor=None)
    assert [job["id"] for job in page["items"]] == [job_id]
    with pytest.raises(NotFoundError):
        await engine.update_job(99, priority=1)


async def test_unusable_address_queues_nothing(engine: Engine) -> None:
    """One bad address refuses the whole request before anything is stored."""
    with pytest.raises(UrlInvalidError):
        await engine.add_job(request("https://example.org/1.m3u8", "not an address"))
    assert (await engine.jobs(statuses=None, q=None, limit=10, cursor=None))["total"] == 0


async def test_only_what_is_recorded_can_be_finished(engine: Engine, origin: Origin) -> None:
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))
    job_id = await add(engine, origin.url("/ts/index.m3u8"))
    await gate.reached()
    (episode,) = await episodes(engine, job_id)
    with pytest.raises(MoveRefusedError):
        await engine.finish_episode(episode["id"])
    assert engine.finish_recordings() == 0
    gate.open()
    await until(engine, job_id, Status.COMPLETED)


async def test_a_recording_is_finished_by_hand(engine: Engine, origin: Origin, samples: Samples) -> None:
    text = (samples.folder / "ts/index.m3u8").read_text().replace("#EXT-X-ENDLIST\n", "")
    job_id = await add(engine, origin.add_file("/ts/live.m3u8", text.replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")))
    (episode,) = await episodes(engine, job_id)
    await until_stored(engine, episode["id"], 8)
    view = await engine.finish_episode(episode["id"])
    assert view["phase"] == "recording"
    await until(engine, job_id, Status.COMPLETED)
