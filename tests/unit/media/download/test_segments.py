"""What a download does when all is well, and when it is run again."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from aniworld_dl.errors import IncompleteError
from aniworld_dl.media.disk import in_thread
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.ledger import Entry
from aniworld_dl.model import ByteRange, Container, InitSection
from tests.fakes.site import Body
from tests.media_builders import INIT_BYTES, ORIGIN, fmp4_bytes, hls_track, media_of, ts_bytes
from tests.unit.media.downloading import Download, stored


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
    with pytest.raises(IncompleteError):
        await run(media, connections=1)
    await run(media)
    assert run.site.asked == {"/0.ts": 1, "/1.ts": 1, "/2.ts": 1, "/3.ts": 2, "/4.ts": 1}
    assert run.progress.segments_reused == 4
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
    """The first segment passes at once and is waited for before the second."""
    run.rate = 94.0
    await run(run.serve(hls_track(2)), connections=1)
    assert run.site.clock.monotonic() == pytest.approx(10.0, abs=0.1)


async def test_large_bodies_are_written_in_pieces(run: Download) -> None:
    data = ts_bytes(40_000, fill=9)
    media = run.serve(hls_track(1))
    pieces = [data[start : start + 65536] for start in range(0, len(data), 65536)]
    run.site.answers["/0.ts"] = [httpx.Response(200, stream=Body(*pieces))]
    folder = await run(media, connections=1)
    assert stored(folder)["000000.ts"] == data


async def test_a_stored_segment_in_which_something_seems_to_be_missing_is_fetched_once_more(run: Download) -> None:
    """The timestamps in the ledger leave a hole of 0.4 s after segment 3; progress goes back and then to the end."""
    track = hls_track(8)
    media = run.serve(replace(track, segments=tuple(replace(each, duration_s=4.001) for each in track.segments)))
    async with run.open(media) as work:
        for index in range(8):
            span = StreamSpan(
                stream=1,
                kind="video",
                start_us=index * 4_000_000,
                end_us=index * 4_000_000 + (3_600_000 if index == 3 else 4_000_000),
            )
            await in_thread(work.ledger.add, 0, index, Entry(size_bytes=940, crc32=0, spans=(span,)))
        await run.into(work)
    assert run.site.asked == {"/3.ts": 1}
    assert run.stored == [(0, 3)]
    assert (run.progress.segments_done, run.progress.bytes_done) == (8, 8 * 940)
    assert run.progress.fraction() == 1.0


async def test_who_listens_is_told_of_every_piece_once_it_is_in_the_ledger(run: Download) -> None:
    init = InitSection(uri=f"{ORIGIN}/init")
    base = hls_track(3, container=Container.FMP4)
    media = media_of(replace(base, segments=tuple(replace(item, init=init) for item in base.segments)))
    run.site.files["/init"] = INIT_BYTES
    run.site.files |= {f"/{index}.ts": fmp4_bytes(index) for index in range(3)}
    await run(media)
    assert run.stored[0] == (0, -1)
    assert sorted(run.stored) == [(0, -1), (0, 0), (0, 1), (0, 2)]


async def test_what_the_playlist_says_is_not_there_is_never_asked_for(run: Download) -> None:
    track = hls_track(4)
    media = run.serve(replace(track, segments=(replace(track.segments[0], gap=True), *track.segments[1:])))
    with pytest.raises(IncompleteError, match="the playlist itself says so") as raised:
        await run(media)
    assert raised.value.params["missing"] == "00:00:00-00:00:04"
    assert run.site.asked == {"/1.ts": 1, "/2.ts": 1, "/3.ts": 1}
