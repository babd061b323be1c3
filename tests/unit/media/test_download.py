from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import (
    AniworldDlError,
    BodyTruncatedError,
    DecryptError,
    DiskFullError,
    FileFailedError,
    HttpStatusError,
    SegmentInvalidError,
    SourceChangedError,
)
from aniworld_dl.limits import Throttle
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.download import DownloadProgress, download
from aniworld_dl.media.work import open_work
from aniworld_dl.model import ByteRange, Container, InitSection, Key
from aniworld_dl.progress import Meter
from tests.fakes.site import Body, FakeSite, whole_or_range
from tests.media_builders import INIT_BYTES, ORIGIN, file_track, fmp4_bytes, hls_track, media_of, ts_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import Media, Track

TARGET = PurePosixPath("Series/Season 01/Series S01E01.mkv")
KEY = b"0123456789abcdef"
IV = b"fedcba9876543210"


class Download:
    """Runs downloads against a fake site, each in the work folder that the one before has left."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.site = FakeSite()
        self.rate: float | None = None

    async def __call__(self, media: Media, *, connections: int = 3, headers: dict[str, str] | None = None) -> Path:
        self.progress = DownloadProgress(media, Meter(self.site.clock))
        async with self.open(media) as work, self.site.client(self.settings) as http:
            await download(
                http,
                media,
                work,
                headers=headers or {},
                connections=connections,
                throttle=Throttle(self.site.clock, self.rate),
                progress=self.progress,
            )
        return work.path

    @asynccontextmanager
    async def open(self, media: Media) -> AsyncIterator[WorkFolder]:
        async with open_work(self.settings.download_dir, TARGET, media) as work:
            yield work

    def serve(self, *tracks: Track) -> Media:
        """Give every segment of the tracks a body of its own."""
        for track in tracks:
            for segment in track.segments:
                self.site.files[segment.uri.removeprefix(ORIGIN)] = ts_bytes(5, fill=segment.index)
        return media_of(*tracks)


@pytest.fixture
def run(settings: Settings) -> Download:
    return Download(settings)


def stored(folder: Path, track: int = 0) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / f"t{track}").iterdir())}


# ------------------------------------------------------------------------------------------------- what it must do


async def test_every_segment_is_fetched_once_and_stored(run: Download) -> None:
    media = run.serve(hls_track(5))
    folder = await run(media)
    assert stored(folder) == {f"{index:06}.ts": ts_bytes(5, fill=index) for index in range(5)}
    assert run.site.asked == {f"/{index}.ts": 1 for index in range(5)}
    assert (run.progress.segments_done, run.progress.segments_total, run.progress.segments_reused) == (5, 5, 0)
    assert run.progress.bytes_done == run.progress.total_bytes() == run.progress.meter.total_bytes == 25 * 188
    assert run.progress.fraction() == 1.0


@pytest.mark.parametrize(("connections", "expected"), [(1, 1), (3, 3), (64, 6)])
async def test_as_many_requests_at_a_time_as_allowed(run: Download, connections: int, expected: int) -> None:
    await run(run.serve(hls_track(6)), connections=connections)
    assert run.site.most_at_once == expected


async def test_what_is_stored_is_not_asked_for_again(run: Download) -> None:
    media = run.serve(hls_track(5))
    run.site.answers["/3.ts"] = [httpx.Response(404)]
    with pytest.raises(HttpStatusError):
        await run(media, connections=1)
    await run(media)
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 1, "/2.ts": 1, "/3.ts": 2, "/4.ts": 1}
    assert run.progress.segments_reused == 3
    assert run.progress.segments_done == 5
    assert run.progress.bytes_done == 25 * 188


async def test_damage_on_disk_is_found_and_only_that_fetched_again(run: Download) -> None:
    media = run.serve(hls_track(4))
    folder = await run(media)
    (folder / "t0/000002.ts").write_bytes(bytes(5 * 188))
    await run(media)
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 1, "/2.ts": 2, "/3.ts": 1}
    assert stored(folder)["000002.ts"] == ts_bytes(5, fill=2)


async def test_another_cut_starts_anew(run: Download) -> None:
    await run(run.serve(hls_track(4)))
    folder = await run(run.serve(hls_track(3)))
    assert run.progress.segments_reused == 0
    assert list(stored(folder)) == ["000000.ts", "000001.ts", "000002.ts"]


async def test_other_addresses_of_the_same_cut_go_on(run: Download) -> None:
    track = hls_track(4)
    await run(run.serve(track))
    moved = replace(track, segments=tuple(replace(item, uri=f"{ORIGIN}/new/{item.index}") for item in track.segments))
    await run(media_of(moved))
    assert run.progress.segments_reused == 4


async def test_several_tracks_are_one_list(run: Download) -> None:
    first = hls_track(2)
    second = replace(first, segments=tuple(replace(item, uri=f"{ORIGIN}/a{item.index}.ts") for item in first.segments))
    folder = await run(run.serve(first, second))
    assert list(stored(folder, 0)) == list(stored(folder, 1)) == ["000000.ts", "000001.ts"]


async def test_init_sections_are_stored_once_each(run: Download) -> None:
    """Two init sections in one resource, told apart by their ranges; each serves several segments."""
    inits = [
        InitSection(uri=f"{ORIGIN}/init", byte_range=ByteRange(start=start, stop=start + len(INIT_BYTES)))
        for start in (0, len(INIT_BYTES))
    ]
    base = hls_track(4, container=Container.FMP4)
    segments = tuple(replace(item, init=inits[item.index // 2]) for item in base.segments)
    media = media_of(replace(base, segments=segments))
    run.site.files["/init"] = INIT_BYTES * 2
    run.site.files |= {f"/{index}.ts": fmp4_bytes(index) for index in range(4)}
    folder = await run(media)
    await run(media)
    assert run.site.asked == {"/init": 2, "/0.ts": 1, "/1.ts": 1, "/2.ts": 1, "/3.ts": 1}
    assert stored(folder)["init0.mp4"] == stored(folder)["init1.mp4"] == INIT_BYTES
    assert stored(folder)["000003.m4s"] == fmp4_bytes(3)
    assert run.progress.segments_total == 4


async def test_nothing_to_do_is_done(run: Download) -> None:
    await run(media_of(hls_track(0)))
    assert run.progress.fraction() == 1.0


async def test_headers_go_along_and_secrets_stay_with_their_host(run: Download) -> None:
    track = hls_track(2)
    elsewhere = replace(track.segments[1], uri="http://93.184.216.35/1.ts")
    media = run.serve(replace(track, segments=(track.segments[0], elsewhere)))
    run.site.files["/1.ts"] = ts_bytes()
    await run(media, headers={"Referer": "https://site.example/", "Cookie": "secret"}, connections=1)
    home, other = run.site.requests
    assert (home.headers["referer"], home.headers["cookie"]) == ("https://site.example/", "secret")
    assert other.headers["referer"] == "https://site.example/"
    assert "cookie" not in other.headers


async def test_the_throttle_is_asked_for_every_byte(run: Download) -> None:
    run.rate = 188.0
    await run(run.serve(hls_track(2)), connections=1)
    assert run.site.clock.monotonic() == pytest.approx(10.0, abs=0.1)


async def test_large_bodies_are_written_in_pieces(run: Download) -> None:
    data = ts_bytes(40_000, fill=9)
    media = run.serve(hls_track(1))
    pieces = [data[start : start + 65536] for start in range(0, len(data), 65536)]
    run.site.answers["/0.ts"] = [httpx.Response(200, stream=Body(*pieces))]
    folder = await run(media, connections=1)
    assert stored(folder)["000000.ts"] == data


# ----------------------------------------------------------------------------------------------------- plain files


@pytest.mark.parametrize("validator", ['"v1"', None])
async def test_ranges_of_a_file_land_in_their_places(run: Download, validator: str | None) -> None:
    data = bytes(range(256)) * 5
    run.site.files["/whole.mp4"] = data
    folder = await run(media_of(file_track(len(data), 500, validator=validator)))
    assert stored(folder) == {"whole.bin": data}
    assert {request.headers["range"] for request in run.site.requests} == {
        "bytes=0-499",
        "bytes=500-999",
        "bytes=1000-1279",
    }
    assert {request.headers.get("if-range") for request in run.site.requests} == {validator}


async def test_a_file_goes_on_where_it_stopped(run: Download) -> None:
    data = bytes(range(256)) * 5
    run.site.files["/whole.mp4"] = data
    media = media_of(file_track(len(data), 500))
    run.site.answers["/whole.mp4"] = [lambda request: whole_or_range(request, data), httpx.Response(403)]
    with pytest.raises(HttpStatusError):
        await run(media, connections=1)
    folder = await run(media)
    assert run.site.asked["/whole.mp4"] == 4
    assert run.progress.segments_reused == 1
    assert stored(folder) == {"whole.bin": data}


@pytest.mark.parametrize("size", [None, 1000])
async def test_a_file_of_a_server_without_ranges_is_one_piece(run: Download, size: int | None) -> None:
    data = b"x" * 1000
    run.site.answers["/0.ts"] = [httpx.Response(200, stream=Body(data[:400], data[400:]))]
    folder = await run(media_of(hls_track(1, container=Container.FILE, size_bytes=size)))
    assert stored(folder) == {"whole.bin": data}
    assert run.progress.bytes_done == run.progress.total_bytes() == 1000


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"y" * 1280),
        httpx.Response(206, content=b"y" * 500, headers={"content-range": "bytes 0-499/1281"}),
        httpx.Response(200, content=b"y" * 1281),
    ],
    ids=["whole, as If-Range asks", "other total", "other size"],
)
async def test_a_file_that_became_another_is_noticed_at_once(run: Download, answer: httpx.Response) -> None:
    run.site.answers["/whole.mp4"] = [answer]
    with pytest.raises(SourceChangedError):
        await run(media_of(file_track(1280, 500)), connections=1)
    assert run.site.asked["/whole.mp4"] == 1


async def test_a_server_that_sends_all_of_a_small_file_is_right(run: Download) -> None:
    run.site.answers["/whole.mp4"] = [httpx.Response(200, content=b"y" * 300)]
    folder = await run(media_of(file_track(300, 500)))
    assert stored(folder) == {"whole.bin": b"y" * 300}


# ---------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(200, stream=Body(ts_bytes(2), httpx.ReadError("reset"))),
        httpx.Response(200, stream=Body(ts_bytes(2)), headers={"content-length": str(5 * 188)}),
        httpx.Response(200, content=ts_bytes(5)[:-1]),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>Please wait</html>"),
        httpx.Response(200, content=ts_bytes(2) + b"<html>"),
        httpx.Response(503, headers={"retry-after": "7"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
    ],
    ids=["reset", "short", "cut packet", "empty", "page", "page inside", "busy", "refused", "stalled"],
)
async def test_a_fault_that_passes_costs_one_more_request(run: Download, fault: httpx.Response | Exception) -> None:
    media = run.serve(hls_track(3))
    run.site.answers["/1.ts"] = [fault]
    folder = await run(media)
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 2, "/2.ts": 1}
    assert stored(folder)["000001.ts"] == ts_bytes(5, fill=1)
    assert run.progress.bytes_done == 15 * 188
    assert run.progress.retries == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(404), HttpStatusError),
        (httpx.Response(403), HttpStatusError),
    ],
)
async def test_a_final_answer_is_not_argued_with(
    run: Download, answer: httpx.Response, expected: type[AniworldDlError]
) -> None:
    run.site.answers["/1.ts"] = [answer]
    with pytest.raises(expected):
        await run(run.serve(hls_track(3)))
    assert run.site.asked["/1.ts"] == 1


async def test_a_lasting_fault_ends_with_its_own_error(run: Download, settings: Settings) -> None:
    media = run.serve(hls_track(3))
    run.site.files["/1.ts"] = b"<!doctype html>"
    with pytest.raises(SegmentInvalidError) as raised:
        await run(media)
    assert raised.value.params == {"index": 1, "url": f"{ORIGIN}/1.ts", "reason": "a page of text came in its place"}
    assert run.site.asked["/1.ts"] == settings.attempts_per_segment


async def test_a_fatal_error_ends_the_others(run: Download) -> None:
    """The one that fails does not wait for those that never answer."""
    media = run.serve(hls_track(3))
    run.site.gate.clear()

    async def fail_first() -> None:
        await run.site.waiting.wait()
        run.site.answers["/0.ts"] = [httpx.Response(410)]
        run.site.gate.set()

    run.site.answers["/1.ts"] = [httpx.Response(200, stream=_Endless())]
    async with asyncio.TaskGroup() as group:
        group.create_task(fail_first())
        with pytest.raises(HttpStatusError):
            await run(media)


class _Endless(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield ts_bytes(1)
        await asyncio.Event().wait()


async def test_a_body_without_end_stops_at_what_was_announced(run: Download) -> None:
    class Flood(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"y" * 300

    def flood(_: httpx.Request) -> httpx.Response:
        return httpx.Response(206, stream=Flood(), headers={"content-range": "bytes 0-499/1280"})

    run.site.answers["/whole.mp4"] = [flood] * 6
    with pytest.raises(BodyTruncatedError, match="announced 500 bytes and sent 600"):
        await run(media_of(file_track(1280, 500)), connections=1)


async def test_a_playlist_of_ranges_needs_a_server_that_knows_them(run: Download) -> None:
    track = hls_track(1)
    segment = replace(track.segments[0], byte_range=ByteRange(start=188, stop=376))
    run.site.answers["/0.ts"] = [httpx.Response(200, content=ts_bytes(5))] * 6
    with pytest.raises(SegmentInvalidError, match="ignored the byte range"):
        await run(media_of(replace(track, segments=(segment,))))


async def test_cancelled_in_the_middle_it_goes_on_later(run: Download) -> None:
    media = run.serve(hls_track(6))
    run.site.answers["/2.ts"] = [httpx.Response(200, stream=_Endless())]
    task = asyncio.create_task(run(media, connections=2))
    while run.site.asked.total() < 6 or run.progress.segments_done < 5:  # noqa: ASYNC110 - progress wakes nobody
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run(media)
    assert run.site.asked == {**{f"/{index}.ts": 1 for index in range(6)}, "/2.ts": 2}
    assert run.progress.segments_reused == 5


async def test_a_full_disk_ends_the_download_at_once(run: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    media = run.serve(hls_track(3))
    async with run.open(media) as work, run.site.client(run.settings) as http:
        # every write to this device says that there is no space
        for index in range(3):
            await in_thread(_full_device, work.path / "t0", index)
        with pytest.raises(DiskFullError):
            await download(
                http,
                media,
                work,
                headers={},
                connections=1,
                throttle=Throttle(run.site.clock),
                progress=DownloadProgress(media, Meter(run.site.clock)),
            )
    assert run.site.asked.total() == 1


def _full_device(folder: Path, index: int) -> None:
    (folder / f"{index:06}.ts.part").symlink_to("/dev/full")


async def test_a_folder_that_goes_away_is_our_error(run: Download) -> None:
    media = run.serve(hls_track(1))
    async with run.open(media) as work, run.site.client(run.settings) as http:
        (work.path / "t0").rmdir()
        with pytest.raises(FileFailedError):
            await download(
                http,
                media,
                work,
                headers={},
                connections=1,
                throttle=Throttle(run.site.clock),
                progress=DownloadProgress(media, Meter(run.site.clock)),
            )


async def test_a_defect_of_ours_is_not_dressed_up(run: Download) -> None:
    run.site.answers["/0.ts"] = [ZeroDivisionError("a defect")]
    with pytest.raises(ZeroDivisionError):
        await run(run.serve(hls_track(2)))


# -------------------------------------------------------------------------------------------------------- encryption


def encrypted(plain: bytes, key: bytes = KEY) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES128(key), CBC(IV)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def encrypted_track(count: int = 3) -> Track:
    key = Key(method="AES-128", uri=f"{ORIGIN}/key", iv=IV)
    track = hls_track(count)
    return replace(track, segments=tuple(replace(segment, key=key) for segment in track.segments))


async def test_encrypted_segments_are_stored_plain_and_their_key_is_fetched_once(run: Download) -> None:
    run.site.files = {"/key": KEY} | {f"/{index}.ts": encrypted(ts_bytes(7, fill=index)) for index in range(3)}
    media = media_of(encrypted_track())
    folder = await run(media)
    assert stored(folder) == {f"{index:06}.ts": ts_bytes(7, fill=index) for index in range(3)}
    assert run.site.asked["/key"] == 1
    await run(media)
    assert run.progress.segments_reused == 3


async def test_a_wrong_key_is_called_one(run: Download) -> None:
    run.site.files = {"/key": KEY, "/0.ts": encrypted(ts_bytes(7), b"another key 16 b")}
    with pytest.raises(SegmentInvalidError, match="sync byte at offset 0, after decryption"):
        await run(media_of(encrypted_track(1)))


async def test_a_damaged_end_is_fetched_again(run: Download) -> None:
    good = encrypted(ts_bytes(7))
    run.site.files = {"/key": KEY, "/0.ts": good}
    run.site.answers["/0.ts"] = [httpx.Response(200, content=good[:-16]), httpx.Response(200, content=good[:-3])]
    folder = await run(media_of(encrypted_track(1)))
    assert stored(folder) == {"000000.ts": ts_bytes(7)}
    assert run.site.asked["/0.ts"] == 3


@pytest.mark.parametrize("key", [b"short", b"x" * 17])
async def test_a_key_that_is_none_is_final(run: Download, key: bytes) -> None:
    run.site.files = {"/key": key, "/0.ts": encrypted(ts_bytes(7))}
    with pytest.raises(DecryptError):
        await run(media_of(encrypted_track(1)))
    assert run.site.asked["/0.ts"] == 0
