"""Following a playlist that is still growing, against a server in memory and a clock that tests own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from aniworld_dl.errors import HttpStatusError, ManifestError, StalledError, UnsupportedMediaError
from aniworld_dl.media.hls.follow import Follower
from aniworld_dl.media.hls.playlist import MediaPlaylist, parse_hls
from tests.fakes.site import FakeSite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aniworld_dl.config import Settings

PATH: Final = "/live/index.m3u8"
URL: Final = f"http://93.184.216.34{PATH}?token=1"
FOLDER: Final = "http://93.184.216.34/live/"


def live(first: int, stop: int, *more: str, target_s: int = 4) -> str:
    """The text of a playlist with these media sequence numbers, which are the names of the segments as well."""
    lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{target_s}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, stop):
        lines += ["#EXTINF:4,", f"{number}.ts"]
    return "\n".join([*lines, *more, ""])


class Broadcast:
    """A follower, what it will read, in turn, and when it reads. What is left over at the end was never read."""

    def __init__(self, site: FakeSite, follower: Follower, asked_s: list[float]) -> None:
        self.site = site
        self.follower = follower
        self.asked_s = asked_s

    async def more(self) -> list[str]:
        return [segment.uri.removeprefix(FOLDER) for segment in await self.follower.more()]


@asynccontextmanager
async def broadcast(
    settings: Settings, first: str, *texts: str | httpx.Response, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Broadcast]:
    site, asked_s = FakeSite(), list[float]()

    def answer(what: str | httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
        def answered(_request: httpx.Request) -> httpx.Response:
            asked_s.append(site.clock.monotonic())
            return httpx.Response(200, text=what) if isinstance(what, str) else what

        return answered

    site.answers[PATH].extend(answer(what) for what in texts)
    playlist = parse_hls(first, URL, variables, may_be_empty=True)
    assert isinstance(playlist, MediaPlaylist)
    async with site.client(settings) as http:
        follower = Follower(http, site.clock, URL, {"Referer": "https://a.example"}, playlist, variables=variables)
        yield Broadcast(site, follower, asked_s)
    assert not site.answers[PATH]


async def test_new_segments_come_until_the_end(settings: Settings) -> None:
    async with broadcast(settings, live(7, 9), live(7, 10), live(8, 12), live(8, 12, "#EXT-X-ENDLIST")) as run:
        steps = [(await run.more(), run.follower.ended) for _ in range(4)]

    assert steps == [(["9.ts"], False), (["10.ts", "11.ts"], False), ([], True), ([], True)]
    assert {str(request.url) for request in run.site.requests} == {URL}
    assert {request.headers["referer"] for request in run.site.requests} == {"https://a.example"}


async def test_indexes_go_on_from_those_of_the_playlist(settings: Settings) -> None:
    async with broadcast(settings, live(7, 9), live(8, 10)) as run:
        (segment,) = await run.follower.more()

    assert segment.index == 2


async def test_the_last_segments_may_come_with_the_end(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), live(0, 2, "#EXT-X-ENDLIST")) as run:
        assert await run.more() == ["1.ts"]
        assert run.follower.ended


async def test_a_playlist_that_has_ended_is_not_read_again(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1, "#EXT-X-ENDLIST")) as run:
        assert run.follower.ended
        assert await run.more() == []

    assert run.asked_s == []


async def test_waits_a_target_duration_after_a_change_and_half_of_it_after_none(settings: Settings) -> None:
    """RFC 8216 6.3.4, measured from when the last reading was begun; the newest target duration counts."""
    same = live(0, 2, target_s=6)
    async with broadcast(settings, live(0, 1), same, same, same, live(0, 3)) as run:
        await run.more()
        await run.more()
    assert run.asked_s == [4.0, 10.0, 13.0, 16.0]


async def test_time_spent_elsewhere_counts_as_waited(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), live(0, 2), live(0, 3), live(0, 4)) as run:
        run.site.clock.advance(3)
        await run.more()
        run.site.clock.advance(60)
        await run.more()
        await run.more()

    assert run.asked_s == [4.0, 64.0, 68.0]


async def test_a_playlist_without_target_duration_worth_the_name_is_not_hammered(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1, target_s=0), *[live(0, 1, target_s=0)] * 2, live(0, 2)) as run:
        await run.more()

    assert run.asked_s == [1.0, 1.5, 2.0]


async def test_a_playlist_without_news_is_dead(settings: Settings) -> None:
    """Three target durations, and at least 30 s."""
    async with broadcast(settings, live(0, 1), *[live(0, 1)] * 14) as run:
        with pytest.raises(StalledError, match=r"93\.184\.216\.34 sent nothing for 30\.0 s"):
            await run.more()
    assert run.asked_s[-1] == 30.0

    async with broadcast(settings, live(0, 1, target_s=20), *[live(0, 1, target_s=20)] * 5) as run:
        with pytest.raises(StalledError):
            await run.more()
    assert run.asked_s[-1] == 60.0


async def test_what_is_no_playlist_is_no_news(settings: Settings) -> None:
    """A file that is being written is cut off somewhere; the next reading has it whole."""
    cut_off = live(0, 2)[:-5]
    variants = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n"
    async with broadcast(settings, live(0, 1), cut_off, "<html>", "", variants, live(0, 2)) as run:
        assert await run.more() == ["1.ts"]


async def test_what_stays_no_playlist_is_an_error(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), *["<html>"] * 14) as run:
        with pytest.raises(ManifestError, match="does not begin with #EXTM3U"):
            await run.more()


async def test_an_error_of_the_playlist_is_forgotten_when_it_is_one_again(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), "<html>", *[live(0, 1)] * 13) as run:
        with pytest.raises(StalledError):
            await run.more()


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_playlist_that_is_gone_is_an_error_at_once(settings: Settings, status: int) -> None:
    async with broadcast(settings, live(0, 1), httpx.Response(status)) as run:
        with pytest.raises(HttpStatusError) as caught:
            await run.more()

    assert caught.value.status == status


async def test_a_server_in_trouble_is_asked_again(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), httpx.Response(503), live(0, 2)) as run:
        assert await run.more() == ["1.ts"]


async def test_new_segments_that_are_protected_are_an_error(settings: Settings) -> None:
    key = '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.apple.streamingkeydelivery"'
    async with broadcast(settings, live(0, 1), live(0, 1, key, "#EXTINF:4,", "1.ts")) as run:
        with pytest.raises(UnsupportedMediaError, match="FairPlay"):
            await run.more()


async def test_a_broadcast_may_be_followed_before_it_begins(settings: Settings) -> None:
    async with broadcast(settings, live(0, 0), live(0, 0), live(3, 5)) as run:
        assert await run.more() == ["3.ts", "4.ts"]


async def test_a_playlist_of_the_type_vod_ends_when_it_reads_the_same_twice(settings: Settings) -> None:
    """RFC 8216 4.3.3.5: it must not change; the second reading shows that the first was not cut off."""
    vod = "#EXT-X-PLAYLIST-TYPE:VOD"
    async with broadcast(settings, live(0, 1, vod), live(0, 2, vod), live(0, 2, vod)) as run:
        steps = [(await run.more(), run.follower.ended) for _ in range(2)]

    assert steps == [(["1.ts"], False), ([], True)]


async def test_the_end_of_another_playlist_is_not_the_end(settings: Settings) -> None:
    """An old copy, or another server: it is believed when it stays."""
    other = live(0, 1, "#EXT-X-ENDLIST")
    async with broadcast(settings, live(50, 51), other, live(50, 52), *[other] * 5) as run:
        assert await run.more() == ["51.ts"]
        (segment,) = await run.follower.more()

    assert (segment.uri, segment.discontinuity) == (FOLDER + "0.ts", True)
    assert run.follower.ended


async def test_a_hole_is_known(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), live(3, 4)) as run:
        new = await run.follower.more()

    assert [(segment.index, segment.gap, segment.duration_s) for segment in new] == [
        (1, True, 4.0),
        (2, True, 4.0),
        (3, False, 4.0),
    ]


async def test_variables_are_those_of_the_multivariant_playlist(settings: Settings) -> None:
    define = '#EXT-X-DEFINE:IMPORT="a"'
    second = live(0, 1, define, "#EXTINF:4,", "{$a}.ts")
    async with broadcast(settings, live(0, 1, define), second, variables={"a": "x"}) as run:
        assert await run.more() == ["x.ts"]


async def test_nothing_is_lost_when_waiting_is_cancelled(settings: Settings) -> None:
    async with broadcast(settings, live(0, 1), live(0, 2)) as run:
        run.site.clock.auto_advance = False
        waiting = asyncio.create_task(run.follower.more())
        await run.site.clock.wait_for_sleepers()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        run.site.clock.auto_advance = True
        assert await run.more() == ["1.ts"]
