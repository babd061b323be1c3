"""Whatever comes in, the answer is a clear error with a code, and nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.acceptance.nginx import Nginx, serve_folder
from tests.acceptance.service import Service, run_command
from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

pytestmark = [pytest.mark.process, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A server of things that are no media."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "page.m3u8").write_text(HTML)
    (folder / "page.html").write_text(HTML)
    (folder / "notes.txt").write_text("Nothing to see here.\n" * 100)
    (folder / "empty.m3u8").write_text("")
    (folder / "broken.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:soon,\n000.ts\n#EXT-X-ENDLIST\n")
    (folder / "gone.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nnone.ts\n#EXT-X-ENDLIST\n")
    (folder / "fake.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfake.ts\n#EXT-X-ENDLIST\n")
    (folder / "fake.ts").write_text(HTML)
    (folder / "pages.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\npage.html\n#EXT-X-ENDLIST\n")
    with serve_folder(folder) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One service for all of them: what one does must not disturb the next."""
    folder = tmp_path_factory.mktemp("service")
    async with Service(folder, env={"ANIWORLD_DL_ATTEMPTS_PER_SEGMENT": "1"}) as service:
        yield service


async def _job_count(service: Service) -> int:
    total: int = (await service.get("/api/jobs"))["total"]
    return total


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("page.m3u8", "not_media"),
        ("page.html", "not_media"),
        ("notes.txt", "not_media"),
        ("empty.m3u8", "not_media"),
        ("broken.m3u8", "manifest_invalid"),
        ("no-such-file.m3u8", "http_status"),
        ("gone.m3u8", "http_status"),
        ("fake.m3u8", "segment_invalid"),
        ("pages.m3u8", "media_unsupported"),
    ],
)
async def test_no_media(path: str, code: str, bad: Nginx, nginx: Nginx, service: Service) -> None:
    """The episode fails with a code and a sentence; the one beside it is downloaded."""
    job = await service.add(f"Nordlicht {path}", bad.url(path), nginx.url(TS))
    (job,) = await service.ended(job["id"])
    failed, whole = await service.episodes(job["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", code), failed
    assert failed["error_message"] == failed["error"]["text"]
    assert (whole["status"], whole["existing"]) == ("completed", False)
    assert (job["status"], job["failed_episodes"], job["completed_episodes"]) == ("failed", 1, 1)
    assert "1" in job["error_message"]


async def test_refused_address(nginx: Nginx, tmp_path: Path) -> None:
    """An address on this machine is refused unless a setting allows it, and not one request reaches it."""
    asked_before = len(nginx.requests())
    async with Service(tmp_path, env={"ANIWORLD_DL_ALLOWED_PRIVATE_NETWORKS": ""}) as service:
        job = await service.add("Nordlicht", nginx.url(TS))
        await service.ended(job["id"])
        (episode,) = await service.episodes(job["id"])
    assert (episode["status"], episode["error"]["code"]) == ("failed", "address_refused")
    assert len(nginx.requests()) == asked_before


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "C:\\Windows\\x", "nul", "\x00"]
)
async def test_title_that_wants_out(title: str, nginx: Nginx, service: Service) -> None:
    """A title is a name and never a path: everything stays in the download folder, or the title is refused."""
    answer = await service.client.post("/api/jobs", json={"anime_title": title, "episode_urls": [nginx.url(TS)]})
    if answer.status_code == 201:
        (job,) = await service.ended(answer.json()["id"])
        (episode,) = await service.episodes(job["id"])
        assert episode["status"] == "completed", episode
        assert (service.downloads / episode["path"]).resolve().is_relative_to(service.downloads)
    else:
        _assert_problem(answer, "request_invalid")
    assert {path.name for path in service.downloads.parent.iterdir()} == {"downloads", "data", "home"}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"anime_title": 5, "episode_urls": ["https://media.example/1.m3u8"]},
        {"anime_title": "A", "episode_urls": "https://media.example/1.m3u8"},
        {"anime_title": "A", "episode_urls": []},
        {"anime_title": "A", "episode_urls": [5]},
        {"anime_title": "A", "episode_urls": [{"url": "https://media.example/1.m3u8", "season": "one"}]},
        {"anime_title": "A", "episode_urls": ["https://media.example/1.m3u8"], "priority": "high"},
        {"anime_title": "A", "episode_urls": ["https://media.example/1.m3u8"], "bandwidth_limit_bytes_per_s": -1},
    ],
)
async def test_json_of_wrong_types(body: Any, service: Service) -> None:
    """The answer names the field; nothing is queued."""
    before = await _job_count(service)
    answer = await service.client.post("/api/jobs", json=body)
    _assert_problem(answer, "request_invalid")
    assert await _job_count(service) == before


async def test_text_that_is_no_json(service: Service) -> None:
    headers = {"content-type": "application/json"}
    _assert_problem(await service.client.post("/api/jobs", content=b'{"anime', headers=headers), "json_invalid")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://media.example/1", "javascript:alert(1)", "//x", "http://"]
)
async def test_no_web_address(url: str, service: Service) -> None:
    """Only http and https addresses are taken."""
    before = await _job_count(service)
    answer = await service.client.post("/api/jobs", json={"anime_title": "A", "episode_urls": [url]})
    _assert_problem(answer, "url_invalid")
    assert await _job_count(service) == before


async def test_unknown_setting_over_rest(service: Service) -> None:
    """A setting that does not exist is named, and what came with it is not applied."""
    before = await service.get("/api/settings")
    answer = await service.client.patch("/api/settings", json={"max_concurrent_downloads": 5, "max_downloads": 4})
    _assert_problem(answer, "setting_invalid")
    assert answer.json()["params"]["key"] == "max_downloads"
    assert await service.get("/api/settings") == before


async def test_unknown_setting_at_start(tmp_path: Path) -> None:
    """The program does not start, and says which name is wrong and which are known."""
    ended = await run_command("serve", "--port", "0", cwd=tmp_path, env={"ANIWORLD_DL_MAX_DOWNLOADS": "4"})
    assert ended.status == 2
    assert "ANIWORLD_DL_MAX_DOWNLOADS" in ended.complaints
    assert "max_concurrent_downloads" in ended.complaints
    assert "Traceback" not in ended.complaints


async def test_unknown_setting_in_the_file(tmp_path: Path) -> None:
    """The same for a name in `aniworld-dl.toml`."""
    (tmp_path / "aniworld-dl.toml").write_text("max_downloads = 4\n")
    ended = await run_command("serve", "--port", "0", cwd=tmp_path)
    assert ended.status == 2
    assert "max_downloads" in ended.complaints
    assert "Traceback" not in ended.complaints


def _assert_problem(answer: httpx.Response, code: str) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, answer.status_code), problem
    assert problem["title"]
