"""Where each segment stands while a download goes on, and what is known of it afterwards."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import AniworldDlError, StalledError
from aniworld_dl.media.download.segment_states import SegmentStates
from aniworld_dl.media.store.segment_map import SegmentState, TrackMap, read_stored, scales_of, write_map
from aniworld_dl.media.store.work import begin_map, map_of_folder
from tests.fakes.site import Body
from tests.media_builders import file_track, hls_track, media_of, ts_bytes
from tests.unit.media.downloading import TARGET, Download

if TYPE_CHECKING:
    from aniworld_dl.model import Media

FOUR = media_of(hls_track(4))


def states_for(media: Media = FOUR, earlier: bytes | None = None) -> SegmentStates:
    states = SegmentStates()
    states.begin(media)
    if earlier is not None:
        states.remember([TrackMap(scale=scales_of(media)[0], states=earlier)])
    return states


async def shown(states: SegmentStates) -> list[str]:
    return [track["states"] for track in await states.view()]


def stalled() -> StalledError:
    return StalledError(host="a.example", timeout_s=1)


async def test_at_first_everything_is_missing() -> None:
    assert await shown(states_for()) == ["m4"]


async def test_a_segment_runs_until_it_is_stored() -> None:
    states = states_for()
    with states.asking((0, 1)):
        assert await shown(states) == ["m1r1m2"]
        states.stored((0, 1))
        assert await shown(states) == ["m1d1m2"]
    assert await shown(states) == ["m1d1m2"]


async def test_of_two_at_one_segment_each_counts() -> None:
    states = states_for()
    with states.asking((0, 0)):
        with states.asking((0, 0)):
            pass
        assert await shown(states) == ["r1m3"]
    assert await shown(states) == ["m4"]


async def test_what_failed_and_came_then_is_retried() -> None:
    states = states_for()
    with pytest.raises(StalledError), states.asking((0, 0)):
        raise stalled()
    assert await shown(states) == ["f1m3"]
    with states.asking((0, 0)):
        assert await shown(states) == ["r1m3"]
        states.stored((0, 0))
    assert await shown(states) == ["t1m3"]


async def test_what_is_stopped_has_not_failed() -> None:
    states = states_for()
    with pytest.raises(asyncio.CancelledError), states.asking((0, 0)):
        raise asyncio.CancelledError
    assert await shown(states) == ["m4"]


async def test_a_failure_after_it_was_stored_changes_nothing() -> None:
    states = states_for()
    states.stored((0, 0))
    states.failed((0, 0))
    assert await shown(states) == ["d1m3"]


async def test_init_sections_have_no_state() -> None:
    states = states_for()
    states.asked((0, -1))
    states.failed((0, -1))
    assert await shown(states) == ["m4"]
    states.let_go((0, -1))
    assert await shown(states) == ["m4"]


async def test_what_was_given_up_or_was_not_good_is_repaired() -> None:
    """Given up in an earlier attempt; stored there and not confirmed now; stored now and doubted."""
    done, missing = SegmentState.DONE, SegmentState.MISSING
    states = states_for(earlier=bytes([SegmentState.FAILED, done, missing, done]))
    states.reused((0, 3))
    assert await shown(states) == ["m3d1"]
    for index in range(3):
        states.stored((0, index))
    assert await shown(states) == ["p2d2"]
    states.doubted((0, 2))
    assert await shown(states) == ["p2m1d1"]
    states.stored((0, 2))
    assert await shown(states) == ["p3d1"]


async def test_how_it_came_is_known_in_the_next_attempt() -> None:
    earlier = bytes([SegmentState.RETRIED, SegmentState.REPAIRED, SegmentState.DONE, SegmentState.FAILED])
    states = states_for(earlier=earlier)
    for index in range(4):
        states.reused((0, index))
    assert await shown(states) == ["t1p1d2"]


async def test_a_recording_keeps_its_states_as_it_grows() -> None:
    states = states_for()
    states.failed((0, 0))
    states.stored((0, 0))
    states.stored((0, 1))
    states.begin(media_of(hls_track(6)))
    assert await shown(states) == ["t1d1m4"]
    states.reused((0, 0))
    assert await shown(states) == ["t1d1m4"]
    assert (await states.view())[0]["lengths"] == ((4.0, 6),)


async def test_looking_again_costs_nothing_while_nothing_changes() -> None:
    states = states_for()
    assert await states.view() is await states.view()
    before = await states.view()
    states.stored((0, 0))
    assert await states.view() is not before


# ------------------------------------------------------------------------------------------------- in real downloads


async def downloaded(run: Download, media: Media, *, connections: int = 3) -> list[str]:
    """Download and return what is shown at the end, whatever it is."""
    async with run.open(media) as work:
        with suppress(AniworldDlError):
            await run.into(work, connections=connections)
        return await shown(run.progress.segments)


async def test_a_segment_that_fails_once_is_retried(run: Download) -> None:
    for index in range(4):
        run.site.files[f"/{index}.ts"] = ts_bytes()
    run.site.answers["/2.ts"] = [httpx.Response(503), httpx.Response(200, content=ts_bytes())]
    assert await downloaded(run, FOUR) == ["d2t1d1"]


async def test_a_segment_that_is_not_to_be_had_has_failed(run: Download) -> None:
    for index in (0, 1, 3):
        run.site.files[f"/{index}.ts"] = ts_bytes()
    assert await downloaded(run, FOUR) == ["d2f1d1"]


async def test_the_ranges_of_a_file_have_states(run: Download) -> None:
    data = bytes(range(256)) * 5
    run.site.files["/whole.mp4"] = data
    media = media_of(file_track(len(data), 500))
    fields = {"content-range": f"bytes 0-{len(data) - 1}/{len(data)}"}
    broken = httpx.Response(206, headers=fields, stream=Body(data[:700], httpx.ReadError("reset")))
    run.site.answers["/whole.mp4"] = [broken]
    assert await downloaded(run, media, connections=1) == ["d1t1d1"]


async def test_a_range_that_is_refused_has_failed(run: Download) -> None:
    run.site.answers["/whole.mp4"] = [httpx.Response(403)] * 3
    with pytest.raises(AniworldDlError):
        await run(media_of(file_track(1000, 500)), connections=1)
    assert await shown(run.progress.segments) == ["f2"]


# ---------------------------------------------------------------------------------------------------- between attempts


async def test_a_map_is_begun_with_the_work(run: Download) -> None:
    async with run.open(FOUR) as work:
        assert await asyncio.to_thread(begin_map, work) == ()
        assert [track.states for track in await asyncio.to_thread(read_stored, work.path)] == [bytes([3] * 4)]


async def test_a_map_of_other_segments_is_of_no_use(run: Download) -> None:
    longer = media_of(replace(hls_track(5)))
    async with run.open(FOUR) as work:
        await asyncio.to_thread(begin_map, work)
    async with run.open(longer) as work:
        assert await asyncio.to_thread(begin_map, work) == ()
        (kept,) = await asyncio.to_thread(begin_map, work)
        assert kept.scale.count == 5


async def test_only_its_owner_is_shown_a_folder(run: Download) -> None:
    folder = run.settings.download_dir
    async with run.open(FOUR) as work:
        await asyncio.to_thread(write_map, work.path, [TrackMap(scale=scales_of(FOUR)[0], states=bytes(4))])
        assert len(await asyncio.to_thread(map_of_folder, folder, TARGET, 7)) == 1
        (work.path / "episode").write_text("8")
        assert await asyncio.to_thread(map_of_folder, folder, TARGET, 7) == ()
        assert len(await asyncio.to_thread(map_of_folder, folder, TARGET, 8)) == 1
