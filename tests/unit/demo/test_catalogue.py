from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl import ffmpeg
from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import EVERYTHING
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, SERIES, STERNENHAFEN, Catalogue
from aniworld_dl.demo.studio import LOW
from aniworld_dl.errors import FfmpegMissingError, FileFailedError, MuxError
from aniworld_dl.ffmpeg import Ffmpeg
from tests.fakes.clock import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.demo.content import Content

_ACTOR = """#!{python} -SE
import socket, sys
with socket.create_connection(("127.0.0.1", {port})) as director:
    director.sendall(sys.argv[-1].encode() + b"\\n")
    word = director.recv(100)
if word != b"done":
    sys.exit("no such encoder")
for name in (sys.argv[-1], "high-000.ts"):
    open(name, "w").write("made")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of the actor, held until the test lets it end."""

    entry: str
    writer: asyncio.StreamWriter

    async def end(self, word: bytes = b"done") -> None:
        self.writer.write(word)
        await self.writer.drain()
        self.writer.close()


class Director:
    """Stands where ffmpeg would: a program that asks the test what to do."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[Call] = asyncio.Queue()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls.put_nowait(Call(entry=(await reader.readline()).decode().strip(), writer=writer))
        await reader.read()
        writer.close()


@pytest.fixture
def director() -> Director:
    return Director()


@pytest.fixture
async def actor(director: Director, tmp_path: Path) -> AsyncIterator[Ffmpeg]:
    async with await asyncio.start_server(director.take, "127.0.0.1", 0) as server:
        program = tmp_path / "actor"
        program.write_text(_ACTOR.format(python=sys.executable, port=server.sockets[0].getsockname()[1]))
        program.chmod(0o755)
        own = Reach(reads=EVERYTHING, writes=EVERYTHING, network=True)
        yield Ffmpeg(path=program, version=(5, 1), own=own)


@pytest.fixture
async def catalogue(actor: Ffmpeg, tmp_path: Path) -> AsyncIterator[Catalogue]:
    async with Catalogue(tmp_path / "cache", ffmpeg=actor) as catalogue:
        yield catalogue


@asynccontextmanager
async def asking(catalogue: Catalogue, *paths: str) -> AsyncIterator[list[asyncio.Task[Content | None]]]:
    async with asyncio.TaskGroup() as group:
        yield [group.create_task(catalogue.find(path)) for path in paths]


async def page(catalogue: Catalogue, path: str) -> Any:
    content = await catalogue.find(path)
    assert content is not None
    assert content.content_type == "application/json"
    assert isinstance(content.body, bytes)
    return json.loads(content.body)


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache").glob("*/.making*"))


def test_there_are_two_series_of_twelve_and_one_of_six() -> None:
    assert [len(series.titles) for series in SERIES] == [12, 12, 6]
    assert len({series.packaging for series in SERIES}) == 3


async def test_a_series_page_lists_its_episodes(catalogue: Catalogue) -> None:
    found = await page(catalogue, "/aniworld-dl-demo/series/kupferwald/")
    assert found["series"] == "Kupferwald"
    assert [entry["number"] for entry in found["episodes"]] == list(range(1, 13))
    assert found["episodes"][2] == {
        "series": "Kupferwald",
        "season": 1,
        "number": 3,
        "title": "Das Moor schweigt",
        "url": "/aniworld-dl-demo/series/kupferwald/episode-3",
    }


async def test_an_episode_page_leads_to_its_media(catalogue: Catalogue) -> None:
    found = await page(catalogue, "/aniworld-dl-demo/series/nachtzug/episode-2")
    assert (found["title"], found["media"]) == (
        "Abteil 7",
        ["/aniworld-dl-demo/media/nachtzug/episode-02/nachtzug-s01e02.mp4"],
    )
    found = await page(catalogue, "/aniworld-dl-demo/series/sternenhafen/episode-12")
    assert found["media"] == ["/aniworld-dl-demo/media/sternenhafen/episode-12/index.mpd"]


@pytest.mark.parametrize(
    "path",
    [
        "/aniworld-dl-demo/series/unknown/",
        "/aniworld-dl-demo/series/unknown/episode-1",
        "/aniworld-dl-demo/series/nachtzug/episode-0",
        "/aniworld-dl-demo/series/nachtzug/episode-7",
        "/aniworld-dl-demo/series/nachtzug/episode-7/",
        "/aniworld-dl-demo/media/nachtzug/episode-07/nachtzug-s01e07.mp4",
        "/aniworld-dl-demo/media/kupferwald/episode-01/../../high.m3u8",
        "/somewhere/else",
    ],
)
async def test_what_there_is_not_is_not_found(catalogue: Catalogue, path: str) -> None:
    assert await catalogue.find(path) is None


async def test_the_number_of_episodes_can_be_bounded(actor: Ffmpeg, tmp_path: Path) -> None:
    async with Catalogue(tmp_path, series=[NACHTZUG], episodes=2, ffmpeg=actor) as catalogue:
        assert len((await page(catalogue, NACHTZUG.page))["episodes"]) == 2
        assert await catalogue.find(NACHTZUG.media(3)) is None
        assert await catalogue.find(KUPFERWALD.page) is None


async def test_the_multivariant_playlist_needs_no_ffmpeg(catalogue: Catalogue, director: Director) -> None:
    content = await catalogue.find(KUPFERWALD.media(1))
    assert content is not None
    assert isinstance(content.body, bytes)
    assert content.content_type == "application/vnd.apple.mpegurl"
    assert [line for line in content.body.decode().splitlines() if line[0] != "#"] == ["low.m3u8", "high.m3u8"]
    assert director.calls.empty()


async def test_an_episode_is_made_once_however_many_ask(catalogue: Catalogue, director: Director) -> None:
    """A playlist and a segment of it are one take; asked for later, it is there."""
    folder = KUPFERWALD.media(3).removesuffix("index.m3u8")
    async with asking(catalogue, folder + "high.m3u8", folder + "high-000.ts", folder + "high.m3u8") as asked:
        call = await director.calls.get()
        assert call.entry == "high.m3u8"
        await call.end()
    found = [task.result() for task in asked]
    assert all(content and content.size_bytes == 4 for content in found)
    assert await catalogue.find(folder + "high.m3u8") == found[0]
    assert await catalogue.find(folder + "high-999.ts") is None
    assert director.calls.empty()


async def test_the_low_variant_is_a_take_of_its_own(catalogue: Catalogue, director: Director) -> None:
    folder = KUPFERWALD.media(3).removesuffix("index.m3u8")
    async with asking(catalogue, folder + "low.m3u8"):
        call = await director.calls.get()
        assert call.entry == KUPFERWALD.take(3, LOW).entry == "low.m3u8"
        await call.end()


async def test_a_manifest_and_all_that_it_lists_are_one_take(catalogue: Catalogue, director: Director) -> None:
    folder = STERNENHAFEN.media(3).removesuffix("index.mpd")
    async with asking(catalogue, folder + "index.mpd", folder + "subtitles-de.vtt") as asked:
        call = await director.calls.get()
        assert call.entry == "index.mpd"
        await call.end()
    manifest, subtitles = (task.result() for task in asked)
    assert manifest is not None
    assert manifest.content_type == "application/dash+xml"
    assert subtitles is not None
    assert isinstance(subtitles.body, Path)
    assert subtitles.body.read_text().splitlines()[:4] == [
        *("WEBVTT", "", "00:00:00.000 --> 00:00:04.000", "Sternenhafen, Folge 3, Sekunde 0"),
    ]
    assert director.calls.empty()


async def test_two_takes_at_a_time(catalogue: Catalogue, director: Director) -> None:
    async with asking(catalogue, *(NACHTZUG.media(number) for number in (1, 2, 3))):
        first, second = await director.calls.get(), await director.calls.get()
        await settle()
        assert director.calls.empty()
        await first.end()
        third = await director.calls.get()
        assert {first.entry, second.entry, third.entry} == {f"nachtzug-s01e0{number}.mp4" for number in (1, 2, 3)}
        await second.end()
        await third.end()


async def test_a_failure_is_told_leaves_nothing_and_can_be_tried_again(
    catalogue: Catalogue, director: Director, tmp_path: Path
) -> None:
    path = NACHTZUG.media(1)
    failing = asyncio.ensure_future(catalogue.find(path))
    await (await director.calls.get()).end(b"fail")
    with pytest.raises(MuxError, match="no such encoder"):
        await failing
    assert not leftovers(tmp_path)
    async with asking(catalogue, path) as asked:
        await (await director.calls.get()).end()
    assert asked[0].result() is not None


async def test_a_caller_that_goes_away_stops_nothing(catalogue: Catalogue, director: Director) -> None:
    path = NACHTZUG.media(1)
    leaving = asyncio.ensure_future(catalogue.find(path))
    call = await director.calls.get()
    leaving.cancel()
    async with asking(catalogue, path) as asked:
        await settle()
        await call.end()
    assert leaving.cancelled()
    assert asked[0].result() is not None
    assert director.calls.empty()


async def test_closing_ends_what_is_being_made(actor: Ffmpeg, director: Director, tmp_path: Path) -> None:
    async with Catalogue(tmp_path / "cache", ffmpeg=actor) as catalogue:
        asked = asyncio.ensure_future(catalogue.find(NACHTZUG.media(1)))
        await director.calls.get()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not leftovers(tmp_path)


async def test_what_another_process_has_made_meanwhile_is_taken(
    catalogue: Catalogue, director: Director, tmp_path: Path
) -> None:
    async with asking(catalogue, NACHTZUG.media(1)) as asked:
        call = await director.calls.get()
        other = tmp_path / "cache" / "2-24s" / "nachtzug-s01e01-high"
        other.mkdir()
        (other / "nachtzug-s01e01.mp4").write_text("made elsewhere")
        await call.end()
    found = asked[0].result()
    assert found is not None
    assert isinstance(found.body, Path)
    assert found.body.read_text() == "made elsewhere"
    assert not leftovers(tmp_path)


async def test_a_folder_that_cannot_be_written_is_an_error(actor: Ffmpeg, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with Catalogue(tmp_path / "file", ffmpeg=actor) as catalogue:
        with pytest.raises(FileFailedError):
            await catalogue.find(NACHTZUG.media(1))


async def test_a_folder_in_the_way_of_the_finished_take_is_an_error(
    catalogue: Catalogue, director: Director, tmp_path: Path
) -> None:
    asked = asyncio.ensure_future(catalogue.find(NACHTZUG.media(1)))
    call = await director.calls.get()
    (tmp_path / "cache" / "2-24s" / "nachtzug-s01e01-high").write_text("in the way")
    await call.end()
    with pytest.raises(FileFailedError):
        await asked


async def test_without_ffmpeg_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    ffmpeg._find.cache_clear()
    try:
        async with Catalogue(tmp_path) as catalogue:
            with pytest.raises(FfmpegMissingError):
                await catalogue.find(NACHTZUG.media(1))
    finally:
        ffmpeg._find.cache_clear()
