"""The Python API, for asyncio programs and for scripts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl import BlockingDownloadQueueManager, DownloadQueueManager, get_download_manager
from aniworld_dl.errors import ConfigError, NotFoundError, RequestInvalidError

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Any]:
    return {
        "download_dir": tmp_path / "downloads",
        "data_dir": tmp_path / "data",
        "allowed_private_networks": ["127.0.0.0/8"],
    }


async def test_downloads_and_events(origin: Origin, folders: dict[str, Any]) -> None:
    """A program adds a download, follows its events and waits for its end."""
    seen: list[str] = []
    async with DownloadQueueManager(max_concurrent_downloads=5, **folders) as manager:
        queue_id = await manager.add_download(
            anime_title="Nordlicht",
            episode_urls=[origin.url("/ts/index.m3u8"), origin.url("/fmp4/index.m3u8")],
            language="German Sub",
            provider="VOE",
            total_episodes=2,
        )

        async def watch() -> None:
            seen.extend([event["type"] async for event in manager.events()])

        watching = asyncio.create_task(watch())
        job = await manager.wait(queue_id)
        assert (job["status"], job["language"], job["provider"]) == ("completed", "German Sub", "VOE")
        status = await manager.get_queue_status()
        assert [entry["id"] for entry in status["completed"]] == [queue_id]
        assert status["active"] == []
    await watching  # the stream ends with the manager
    assert seen[0] == "snapshot"
    assert set(seen[1:]) == {"patch"}
    names = sorted(path.name for path in folders["download_dir"].rglob("*.mkv"))
    assert names == ["Nordlicht S01E01.mkv", "Nordlicht S01E02.mkv"]


async def test_control(folders: dict[str, Any]) -> None:
    """Everything the service can do to a job, a program can."""
    async with DownloadQueueManager(**folders) as manager:
        await manager.stop_queue_processor()
        queue_id = await manager.add_download(anime_title="A", episode_urls=["https://example.org/1.m3u8"])
        await manager.set_max_concurrent_downloads(0)
        await manager.pause(queue_id)
        assert (await manager.get_queue_status())["active"][0]["status"] == "paused"
        await manager.resume(queue_id)
        assert (await manager.get_queue_status())["active"][0]["status"] == "queued"
        await manager.cancel(queue_id)
        assert (await manager.wait(queue_id))["status"] == "cancelled"
        await manager.retry(queue_id)
        await manager.start_queue_processor()
        assert (await manager.get_queue_status())["active"][0]["reason"] == "slot"
        with pytest.raises(NotFoundError):
            await manager.wait(99)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"anime_title": " ", "episode_urls": ["https://example.org/1.m3u8"]}, "anime_title"),
        ({"anime_title": "A", "episode_urls": []}, "episode_urls"),
        ({"anime_title": "A", "episode_urls": [...]}, "episode_urls[0]"),
        ({"anime_title": "A", "episode_urls": ["https://a.example/1.m3u8"], "standing": 0}, "standing"),
        (
            {"anime_title": "A", "episode_urls": ["https://a.example/1.m3u8"], "bandwidth_limit_bytes_per_s": 1},
            "bandwidth_limit_bytes_per_s",
        ),
    ],
)
async def test_bad_requests_name_the_field(folders: dict[str, Any], fields: dict[str, Any], field: str) -> None:
    """A request that cannot be queued says which of its fields is wrong."""
    async with DownloadQueueManager(**folders) as manager:
        with pytest.raises(RequestInvalidError) as refused:
            await manager.add_download(**fields)
        assert refused.value.params["field"] == field


async def test_unopened_manager_says_how_to_open_it() -> None:
    """Calling before entering is a mistake that is explained."""
    with pytest.raises(RuntimeError, match="async with"):
        await DownloadQueueManager().get_queue_status()


def test_bad_setting_is_refused_on_creation() -> None:
    """Settings are checked before anything is opened."""
    with pytest.raises(ConfigError):
        DownloadQueueManager(max_concurrent_downloads=-1)
    with pytest.raises(ConfigError):
        BlockingDownloadQueueManager(max_concurrent_downloads=-1)


def test_blocking_twin(folders: dict[str, Any]) -> None:
    """A script has the same methods without asyncio; after `close` they are refused."""
    with BlockingDownloadQueueManager(max_concurrent_downloads=0, **folders) as manager:
        queue_id = manager.add_download(
            anime_title="A",
            episode_urls=["https://example.org/1.m3u8"],
            language="German Sub",
            provider="VOE",
            bandwidth_limit_bytes_per_s=4096,
            standing=True,
        )
        manager.start_queue_processor()
        assert len(manager.get_queue_status()["active"]) == 1
        manager.pause(queue_id)
        manager.resume(queue_id)
        manager.set_max_concurrent_downloads(0)
        with pytest.raises(TimeoutError):
            manager.wait(queue_id, timeout_s=0)
        manager.cancel(queue_id)
        assert manager.wait(queue_id)["status"] == "cancelled"
        manager.retry(queue_id)
        manager.stop_queue_processor()
    manager.close()
    with pytest.raises(RuntimeError, match="closed"):
        manager.get_queue_status()


def test_one_manager_a_program(folders: dict[str, Any]) -> None:
    """`get_download_manager` returns the same one; a number given later is applied to it; after `close` a new one."""
    manager = get_download_manager(**folders)
    try:
        assert get_download_manager(max_concurrent_downloads=5) is manager
    finally:
        manager.close()
    again = get_download_manager(**folders)
    assert again is not manager
    again.close()


def test_queue_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    """When opening fails, the error reaches the caller."""
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="cannot be written"):
        BlockingDownloadQueueManager(download_dir=tmp_path / "file" / "x", data_dir=tmp_path / "data")
