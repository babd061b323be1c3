"""yt-dlp for real, against pages on this machine: it resolves, we download."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import add, episodes, files, until

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(90)

EMBEDDED = """<html><head><title>Nordlicht</title></head><body>
<script>jwplayer("player").setup({{"file": "{url}", "type": "hls"}});</script></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Waldgeister</title>{items}</channel></rss>"""
ITEM = "<item><title>Folge {n}</title><link>{url}</link></item>"


def page(origin: Origin, path: str, text: str) -> str:
    return origin.add_file(path, text)


async def test_a_page_with_an_embedded_playlist_becomes_a_file(
    settings: Settings, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process of the service itself does without the library."""
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    url = page(origin, "/watch/nordlicht.html", EMBEDDED.format(url=origin.url("/ts/index.m3u8")))
    async with open_engine(settings) as engine:
        job_id = await add(engine, url, provider="ytdlp")
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert job["status"] == "completed", job
    assert files(settings.download_dir) == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]


async def test_a_playlist_of_twelve_becomes_twelve_named_files(settings: Settings, origin: Origin) -> None:
    embedded = EMBEDDED.format(url=origin.url("/ts/index.m3u8"))
    items = "".join(ITEM.format(n=n, url=page(origin, f"/watch/{n}.html", embedded)) for n in range(1, 13))
    url = page(origin, "/waldgeister/list.xml", FEED.format(items=items))
    async with open_engine(settings) as engine:
        job_id = await add(engine, url, provider="ytdlp", title="x")
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert (job["status"], job["total_episodes"]) == ("completed", 12), job
        assert [each["title"] for each in await episodes(engine, job_id)] == [f"Folge {n}" for n in range(1, 13)]
    assert files(settings.download_dir) == [
        f"Waldgeister/Season 01/Waldgeister S01E{number:02}.mkv" for number in range(1, 13)
    ]


async def test_several_on_one_page_become_as_many_files(settings: Settings, origin: Origin) -> None:
    videos = "".join(f'<video src="/ts/index.m3u8?{number}"></video>' for number in range(1, 4))
    url = page(origin, "/three.html", f"<html><title>Drei</title><body>{videos}</body></html>")
    async with open_engine(settings) as engine:
        job_id = await add(engine, url, provider="ytdlp")
        job = await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        assert (job["status"], job["total_episodes"]) == ("completed", 3), await episodes(engine, job_id)
    assert len(files(settings.download_dir)) == 3


async def test_a_page_that_names_nothing_in_plain_sight_is_shown_to_it(settings: Settings, origin: Origin) -> None:
    """Without a provider being named, the page of a player is resolved too."""
    url = page(origin, "/watch/nordlicht.html", EMBEDDED.format(url=origin.url("/ts/index.m3u8")))
    async with open_engine(settings) as engine:
        job = await until(engine, await add(engine, url), Status.COMPLETED, Status.FAILED)
        assert job["status"] == "completed", job


@pytest.mark.parametrize(
    ("body", "fault", "code", "words"),
    [
        ("<html><title>Nichts</title></html>", None, "provider_refused", "Unsupported URL"),
        ("<html></html>", 404, "http_status", "answered 404"),
        ("<html><title>Just a moment...</title></html>", 403, "http_status", "answered 403"),
    ],
)
async def test_its_errors_come_through_in_words(  # noqa: PLR0917 - a row of the table above
    settings: Settings, origin: Origin, body: str, fault: int | None, code: str, words: str
) -> None:
    url = page(origin, "/nothing.html", body)
    if fault:
        origin.faults.add(Fault(kind=FaultKind.STATUS, path="/nothing.html", status=fault, times=9))
    async with open_engine(settings) as engine:
        job_id = await add(engine, url, provider="ytdlp")
        job = await until(engine, job_id, Status.FAILED)
    assert words in job["error_message"]
    assert code in str(job)


async def test_its_home_is_below_the_data_folder(settings: Settings, origin: Origin, tmp_path: Path) -> None:
    url = page(origin, "/nothing.html", "<html></html>")
    async with open_engine(settings) as engine:
        await until(engine, await add(engine, url, provider="ytdlp"), Status.FAILED)
    assert (settings.data_dir / "providers" / "ytdlp" / "child.log").exists()
