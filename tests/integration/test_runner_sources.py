"""Episodes of which some sources are dead, busy or without room: what still completes, and what is told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.chains import chain_of
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import ConnectError, DiskReserveError, HostCoolingError, HttpStatusError, NeedsPersonError
from aniworld_dl.limits import Throttle
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.runner import _hope
from tests import builders
from tests.integration.test_runner import NAME, Stage, asked, stage_of
from tests.media_samples import LATE, SEGMENTS, TS, Samples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aniworld_dl.chains import Chain
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.queue.shelving import Finished


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with stage_of(settings) as stage:
        yield stage


async def test_a_dead_mirror_does_not_keep_a_good_one_from_completing(stage: Stage, origin: Origin) -> None:
    """The first source cannot be connected to, the second wants to be left alone: the third completes it."""
    busy = origin.faults.add(Fault(kind=FaultKind.STATUS, path="/none.m3u8", status=503, times=None))
    await stage.run("http://127.0.0.1:9/index.m3u8", origin.url("/none.m3u8"), origin.url(TS))
    assert busy.taken
    assert stage.files() == [NAME]


async def test_a_mirror_whose_server_is_gone_in_mid_download_does_not_matter(
    stage: Stage, origin: Origin, samples: Samples
) -> None:
    """The playlist can be read, its segments lie on a server that is dead; the mirror has them all."""
    text = (samples.folder / TS).read_text()
    dead = "".join(f"http://127.0.0.1:9/{line}" if line.endswith(".ts\n") else line for line in text.splitlines(True))
    assert "127.0.0.1:9" in dead
    await stage.run(origin.add_file("/dead/index.m3u8", dead), origin.url(TS))
    assert stage.files() == [NAME]
    assert asked(origin) == [1] * SEGMENTS


async def test_of_several_sources_the_one_with_most_hope_says_what_comes_next(stage: Stage, origin: Origin) -> None:
    """What may pass is told before what does not; of two that may pass the last; a disk that is full at once."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/busy.m3u8", status=500, times=None))
    with pytest.raises(HttpStatusError) as caught:
        await stage.run(origin.url("/busy.m3u8"), origin.url("/gone.m3u8"))
    assert caught.value.status == 500
    with pytest.raises(ConnectError):
        await stage.run(origin.url("/busy.m3u8"), "http://127.0.0.1:9/x", origin.url("/gone.m3u8"))
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/cool.m3u8", status=429, retry_after_s=3600, times=None))
    with pytest.raises(HostCoolingError):
        await stage.run(origin.url("/cool.m3u8"), "http://127.0.0.1:9/x", "http://127.0.0.1:9/gone.m3u8")


async def test_a_server_that_cools_down_in_mid_download_ends_the_attempt_for_a_hold(
    stage: Stage, origin: Origin
) -> None:
    """What has come stays, and is not asked for again."""
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=429, retry_after_s=600, times=None))
    with pytest.raises(HostCoolingError) as caught:
        await stage.run(origin.url(TS))
    assert caught.value.wait_s > 60
    origin.faults.clear()
    before = asked(origin)
    stage.clock.advance(601)
    await stage.run(origin.url(TS))
    assert [after - count for after, count in zip(asked(origin), before, strict=True)][5] == 1
    assert max(asked(origin)[:5]) == 1


async def test_what_one_server_of_a_playlist_lacks_the_other_has(
    stage: Stage, origin: Origin, samples: Samples
) -> None:
    """The same variant is listed twice; nothing is fetched twice for it."""
    origin.add_folder("/copy/ts", samples.folder / "ts")
    variant = "#EXT-X-STREAM-INF:BANDWIDTH=400000"
    url = origin.add_file("/two.m3u8", f"#EXTM3U\n{variant}\n{TS}\n{variant}\ncopy/{TS}\n")
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/ts/005.ts", status=404, times=None))
    finished = await stage.run(url)
    assert (str(finished.path), stage.files()) == (NAME, [NAME])
    assert [origin.count(f"/copy/ts/{index:03}.ts") for index in range(SEGMENTS)] == [0, 0, 0, 0, 0, 1, 0, 0]


async def test_a_disk_without_room_ends_it_before_a_segment_is_asked_for(settings: Settings, origin: Origin) -> None:
    """No other source is tried: it would meet the same disk."""
    greedy = settings.model_copy(update={"disk_reserve_bytes": 1 << 60})
    async with stage_of(greedy) as stage:
        with pytest.raises(DiskReserveError):
            await stage.run(origin.url(LATE), origin.url(TS))
    assert origin.count(f"/{LATE}") <= 1
    assert asked(origin) == [0] * SEGMENTS


async def test_an_address_that_has_expired_is_not_asked_but_found_again(stage: Stage, origin: Origin) -> None:
    """The second source is known to work no longer when its turn comes: the provider is asked anew."""
    late = Source(url=origin.url("/late.m3u8"), expires_at=stage.clock.time() - 1)
    stage.finder.found = [Source(url=origin.url("/gone.m3u8")), late]
    found = iter([stage.finder.found, [Source(url=origin.url("/gone.m3u8")), Source(url=origin.url(TS))]])

    async def sources(episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        return next(found)

    stage.finder.sources = sources  # type: ignore[method-assign]
    stage.live = LiveEpisode(builders.episode(), stage.clock)
    await stage.runner.run(stage.live, builders.job(), Throttle(stage.clock))
    assert stage.files() == [NAME]
    assert origin.count("/late.m3u8") == 0


async def test_sources_that_are_gone_when_they_are_found_again_are_not_waited_for(stage: Stage, origin: Origin) -> None:
    expired = Source(url=origin.url("/late.m3u8"), expires_at=stage.clock.time() - 1)
    found = iter([[Source(url=origin.url("/gone.m3u8")), expired], [Source(url=origin.url(TS))]])

    async def sources(episode: EpisodeRef, wish: Wish) -> Sequence[Source]:
        return next(found)

    stage.finder.sources = sources  # type: ignore[method-assign]
    stage.live = LiveEpisode(builders.episode(), stage.clock)
    with pytest.raises(HttpStatusError):
        await stage.runner.run(stage.live, builders.job(), Throttle(stage.clock))
    assert origin.count("/late.m3u8") == 0


def test_a_wall_has_more_hope_than_what_is_gone_and_less_than_what_may_pass() -> None:
    wall = NeedsPersonError(url="u", provider="p")
    gone, busy = (HttpStatusError(host="a", status=status, url="u") for status in (404, 500))
    assert _hope(gone) < _hope(wall) < _hope(busy) < _hope(HostCoolingError(host="a", wait_s=1.0))


@dataclass(kw_only=True)
class NeverSwap:
    """What waits for a better language; nothing may come of it."""

    wanted: Chain

    async def begin(self) -> int:
        raise AssertionError("nothing was better")

    async def done(self, finished: Finished) -> None:
        raise AssertionError("nothing was better")


async def test_what_turns_out_to_be_no_better_is_not_fetched(stage: Stage, origin: Origin) -> None:
    """A source that does not say in which language it is has to be read before anyone can tell."""
    await stage.run(origin.url(TS))
    before = asked(origin)
    live = LiveEpisode(builders.episode(path=PurePosixPath(NAME)), stage.clock)
    swap = NeverSwap(wanted=chain_of("German Dub"))
    assert not await stage.runner.improve(live, builders.job(), Throttle(stage.clock), swap)
    assert asked(origin) == before
    assert stage.files() == [NAME]


async def test_of_an_episode_without_a_file_nothing_better_is_deleted(stage: Stage, origin: Origin) -> None:
    await stage.run(origin.url(TS))
    await stage.runner.discard_better(builders.episode(path=None))
    assert stage.files() == [NAME]
