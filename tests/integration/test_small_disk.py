"""A download folder of 64 MB: what does not fit waits, a full disk loses nothing, and all complete by themselves."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import DiskFullError
from aniworld_dl.media.store.ledger import Entry, Ledger
from aniworld_dl.model import Status
from tests import builders
from tests.integration.engine_work import add, episodes, files, until, until_stored
from tests.media_samples import ffmpeg, own_remux, package, streamhash
from tests.small_disk import fill, small_disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.engine import Engine

pytestmark = pytest.mark.timeout(60)

SECONDS: Final = 12
NAMES: Final = "ab"
GATED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What is downloaded: 12 segments of a second each."""

    folder: Path
    size_bytes: int
    streams: list[str]


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Episode:
    """Make an episode of some 12 MB: noise, since that is what makes many bytes of few pictures."""
    folder = tmp_path_factory.mktemp("large")
    picture = ["-f", "lavfi", "-i", f"color=gray:s=640x360:r=25:d={SECONDS},noise=alls=100:allf=t"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8M", "-maxrate", "8M", "-bufsize", "4M"]
    video += ["-pix_fmt", "yuv420p", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-c:a", "aac"]
    ffmpeg([*picture, *sound, *video, "whole.mp4"], folder)
    package("index.m3u8", ["-hls_segment_filename", "%03d.ts"], folder, source="whole.mp4")
    size = sum(path.stat().st_size for path in folder.glob("*.ts"))
    bandwidth = size * 8 // SECONDS
    (folder / "main.m3u8").write_text(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH={bandwidth}\nindex.m3u8\n")
    own = own_remux(folder / "index.m3u8", folder.with_suffix(".mkv"))
    return Episode(folder=folder, size_bytes=size, streams=streamhash(own))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small") as folder:
        yield folder


@pytest.fixture
def served(origin: Origin, episode: Episode) -> Origin:
    """Serve the episode at several addresses."""
    for name in NAMES:
        origin.add_folder(f"/{name}", episode.folder)
    return origin


@asynccontextmanager
async def opened(settings: Settings, disk: Path, **changes: Any) -> AsyncIterator[Engine]:
    async with open_engine(settings.model_copy(update={"download_dir": disk, **changes})) as engine:
        yield engine


async def until_reasons(engine: Engine, job_id: int, *reasons: str | None) -> list[dict[str, Any]]:
    """Wait until the episodes of a job wait for these reasons."""
    async for _ in engine.hub.subscribe():
        found = await episodes(engine, job_id)
        if tuple(each["reason"] for each in found) == reasons:
            return found
    raise AssertionError("the stream ended")


async def until_status(engine: Engine, episode_id: int, status: Status) -> None:
    """Wait until an episode has this status."""
    async for _ in engine.hub.subscribe():
        if (await engine.episode(episode_id))["status"] == status:
            return


async def until_idle(engine: Engine) -> None:
    """Wait until what was stopped has cleaned up, which is a moment after its new status is stored."""
    async for _ in engine.hub.subscribe():
        if not engine.stats()["running"]:
            return


@contextmanager
def hearing(word: str) -> Iterator[asyncio.Event]:
    """Give an event that is set when the queue logs this word."""
    event, handler, logger = asyncio.Event(), logging.Handler(), logging.getLogger("aniworld_dl.queue")
    handler.emit = lambda record: event.set() if word in record.getMessage() else None  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        yield event
    finally:
        logger.removeHandler(handler)


def assert_whole(disk: Path, episode: Episode, count: int) -> None:
    """The finished files, nothing else, and each of them whole."""
    found = [name for name in files(disk) if name != "ballast"]
    assert found == [f"Nordlicht/Season 01/Nordlicht S01E{number + 1:02}.mkv" for number in range(count)]
    assert all(streamhash(disk / name) == episode.streams for name in found)


async def test_a_disk_that_fills_while_downloading_loses_nothing(
    settings: Settings, disk: Path, served: Origin, episode: Episode
) -> None:
    """Another program takes all there is in mid-download, and gives it back."""
    gates = [served.faults.add(Fault(kind=FaultKind.GATE, path=f"/{name}/{GATED:03}.ts")) for name in NAMES]
    async with opened(settings, disk, disk_reserve_bytes=0, connections_per_episode=1) as engine:
        job_id = await add(engine, *(served.url(f"/{name}/index.m3u8") for name in NAMES))
        for gate, each in zip(gates, await episodes(engine, job_id), strict=True):
            await gate.reached()
            await until_stored(engine, each["id"], GATED)
        await asyncio.to_thread(fill, disk / "ballast")
        for gate in gates:
            gate.open()
        held = await until_reasons(engine, job_id, "disk_reserve", "disk_reserve")
        for each in held:
            assert each["status"] == "queued"
            assert each["reason_params"]["missing_bytes"] > 0
            assert each["error"]["code"] == "disk_reserve"
        await until_idle(engine)
        assert not [name for name in files(disk) if ".part" in name or name.endswith(".mkv")]
        assert engine.healthy
        await asyncio.to_thread((disk / "ballast").unlink)
        await until(engine, job_id, Status.COMPLETED)
        assert [each["attempt"] for each in await episodes(engine, job_id)] >= [2, 2]
    assert_whole(disk, episode, 2)
    for name in NAMES:
        assert [served.count(f"/{name}/{index:03}.ts") for index in range(GATED)] == [1] * GATED


async def test_a_disk_that_fills_while_joining_loses_nothing(
    settings: Settings, disk: Path, served: Origin, episode: Episode
) -> None:
    """There is room for the segments and not for the file that they make: no segment is asked for again."""
    last = f"/a/{SECONDS - 1:03}.ts"
    gate = served.faults.add(Fault(kind=FaultKind.GATE, path=last))
    async with opened(settings, disk, disk_reserve_bytes=0, connections_per_episode=1) as engine:
        job_id = await add(engine, served.url("/a/index.m3u8"))
        await gate.reached()
        (running,) = await episodes(engine, job_id)
        await until_stored(engine, running["id"], SECONDS - 1)
        await asyncio.to_thread(fill, disk / "ballast", leave_bytes=episode.size_bytes // 4)
        gate.open()
        await until_reasons(engine, job_id, "disk_reserve")
        await until_idle(engine)
        assert not [name for name in files(disk) if ".part" in name or name.endswith(".mkv")]
        await asyncio.to_thread((disk / "ballast").unlink)
        await until(engine, job_id, Status.COMPLETED)
    assert_whole(disk, episode, 1)
    stored_at_once = [served.count(f"/a/{index:03}.ts") for index in range(SECONDS - 1)]
    assert stored_at_once == [1] * (SECONDS - 1)
    assert served.count(last) <= 2


async def test_what_does_not_fit_waits_and_what_fits_goes_first(
    settings: Settings, disk: Path, served: Origin, episode: Episode
) -> None:
    """Of two episodes that need twice their size one runs; a small one passes the other; then that goes on."""
    gate = served.faults.add(Fault(kind=FaultKind.GATE, path="/a/006.ts"))
    await asyncio.to_thread(fill, disk / "ballast", leave_bytes=episode.size_bytes * 18 // 5)
    async with opened(settings, disk, connections_per_episode=1) as engine:
        first = await add(engine, served.url("/a/main.m3u8"))
        await gate.reached()
        second = await add(engine, served.url("/b/main.m3u8"), served.url("/ts/index.m3u8"), title="Sturm")
        large, small = await until_reasons(engine, second, "disk_reserve", None)
        assert large["reason_params"]["needed_bytes"] == pytest.approx(2 * episode.size_bytes, rel=0.01)
        await until_status(engine, small["id"], Status.COMPLETED)
        assert served.count("/b/001.ts") == 0
        figures = engine.stats()["disk"]
        assert figures["reserve_bytes"] == int((64 << 20) * 0.05)
        assert figures["reserved_bytes"] > 0
        gate.open()
        await until(engine, first, Status.COMPLETED)
        await until(engine, second, Status.COMPLETED)
    for name in ("Nordlicht", "Sturm"):
        file = disk / f"{name}/Season 01/{name} S01E01.mkv"
        assert await asyncio.to_thread(streamhash, file) == episode.streams
    assert max(served.count(f"/{name}/{index:03}.ts") for name in NAMES for index in range(1, SECONDS)) == 1


async def fill_until_refused(engine: Engine, disk: Path) -> None:
    """Fill the disk until the queue can write nothing more: what fails meanwhile gives its own space back."""
    for number in itertools.count():
        await asyncio.to_thread(fill, disk / f"ballast-{number}")
        try:
            await engine.store.set_meta("more", "x" * 5_000_000)
        except DiskFullError:
            return


async def test_a_full_disk_under_the_queue_itself_stops_nothing(
    settings: Settings, disk: Path, served: Origin, episode: Episode
) -> None:
    """The database lies on the disk that is full: what is decided is written when there is room."""
    gate = served.faults.add(Fault(kind=FaultKind.GATE, path="/a/006.ts"))
    changes = {"data_dir": disk / "data", "disk_reserve_bytes": 0, "connections_per_episode": 1}
    async with opened(settings, disk, **changes) as engine:
        job_id = await add(engine, served.url("/a/index.m3u8"))
        await gate.reached()
        (running,) = await episodes(engine, job_id)
        await until_stored(engine, running["id"], 6)
        with hearing("contained") as heard, hearing("data_folder_refused") as told:
            await fill_until_refused(engine, disk)
            gate.open()
            await heard.wait()
            await told.wait()
        assert engine.healthy
        for ballast in disk.glob("ballast*"):
            await asyncio.to_thread(ballast.unlink)
        await until(engine, job_id, Status.COMPLETED)
        assert engine.healthy
    name = "Nordlicht/Season 01/Nordlicht S01E01.mkv"
    assert await asyncio.to_thread(streamhash, disk / name) == episode.streams


def test_a_line_of_the_ledger_for_which_there_is_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    """Behind half a line no further line would count."""
    media, entry = builders.media(2000), Entry(size_bytes=0, crc32=0)
    with small_disk(tmp_path / "tiny", 1) as disk:
        ledger = Ledger(disk, media)
        ledger.open()
        fill(disk / "ballast")
        written = 0
        with pytest.raises(OSError, match="No space"):  # noqa: PT012 - which line it is depends on the system
            for index in range(2000):
                ledger.add(0, index, entry)
                written += 1
        assert 1 < written < 2000
        assert not ledger.has(0, written)
        lines = (disk / "ledger.jsonl").read_bytes().split(b"\n")
        assert (len(lines), lines[-1]) == (written + 2, b"")
        with pytest.raises(DiskFullError):
            ledger.forget(0, [0])
        (disk / "ballast").unlink()
        ledger.add(0, written, entry)
        assert (disk / "ledger.jsonl").read_bytes().count(b"\n") == written + 2
        ledger.close()
