"""Links that expire in mid-download, and other sources of the same cut."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.errors import ConnectError, HttpStatusError, IncompleteError, NoEpisodesError, SourceChangedError
from aniworld_dl.media.download.resolve import SourceLinks
from aniworld_dl.model import Key
from tests.fakes.clock import FakeClock
from tests.fakes.site import Endless
from tests.media_builders import ORIGIN, hls_track, media_of, ts_bytes
from tests.unit.media.download.test_encrypted import IV, KEY, encrypted
from tests.unit.media.download.test_hedges import finished
from tests.unit.media.downloading import Download, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aniworld_dl.model import Media

OTHER = "http://93.184.216.35"


class Tokens:
    """A site whose segments are to be had with the newest token only, so many requests for each."""

    def __init__(self, run: Download, media: Media, *, uses: int, count: int | None = None) -> None:
        self.media = media
        self.uses = uses
        self.token = 0
        self.left = uses
        self.count = count
        self.error: Exception | None = None
        self._site = run.site
        for segment in media.tracks[0].segments:
            path = segment.uri.removeprefix(ORIGIN)
            run.site.answers[path] = [self._answer(path)] * 50

    def links(self) -> SourceLinks:
        return SourceLinks(self.at(0), {"Cookie": "s"}, resolve=self.resolve, clock=self._site.clock)

    async def resolve(self) -> tuple[Media, Mapping[str, str]]:
        if self.error:
            raise self.error
        self.token += 1
        self.left = self.uses
        return self.at(self.token), {"Cookie": "s"}

    def at(self, token: int) -> Media:
        track = self.media.tracks[0]
        segments = [replace(each, uri=f"{each.uri}?token={token}") for each in track.segments]
        return media_of(replace(track, segments=tuple(segments[: self.count if token else None])))

    def _answer(self, path: str) -> Callable[[httpx.Request], httpx.Response]:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.params["token"] != str(self.token) or not self.left:
                return httpx.Response(403)
            self.left -= 1
            return httpx.Response(200, content=self._site.files[path])

        return answer


async def test_tokens_that_expire_every_twenty_segments_just_work(run: Download) -> None:
    """Eight workers are refused at a time, one asks for new links, and nothing that has come is asked for again."""
    media = run.serve(hls_track(60))
    tokens = Tokens(run, media, uses=20)
    folder = await run(tokens.media, connections=8, sources=[tokens.links()])
    assert len(stored(folder)) == 60
    assert tokens.token in {2, 3}
    assert len(run.site.requests) <= 60 + tokens.token * 8
    assert run.progress.wasted_bytes == 0
    assert run.progress.retries == 0


async def test_who_is_refused_with_new_links_too_is_a_hole(run: Download) -> None:
    """Twice, while no other piece comes: before, the others may have used the new links up."""
    media = run.serve(hls_track(4))
    tokens = Tokens(run, media, uses=100)
    run.site.answers["/2.ts"] = [httpx.Response(403)] * 9
    with pytest.raises(IncompleteError, match="answered 403") as raised:
        await run(media, sources=[tokens.links()])
    assert raised.value.params["missing"] == "00:00:08-00:00:12"
    assert 3 <= run.site.asked["/2.ts"] <= 20
    assert tokens.token == run.site.asked["/2.ts"] - 1


async def test_what_is_not_found_is_looked_for_at_newer_links_once(run: Download) -> None:
    media = run.serve(hls_track(4))
    tokens = Tokens(run, media, uses=100)
    run.site.answers["/2.ts"] = [httpx.Response(404)] * 9
    with pytest.raises(IncompleteError):
        await run(media, sources=[tokens.links()])
    assert (run.site.asked["/2.ts"], tokens.token) == (2, 1)
    run.site.answers["/2.ts"] = []
    run.site.asked.clear()
    await run(media)
    assert run.site.asked == {"/2.ts": 1}


async def test_links_that_cannot_be_renewed_end_it_with_the_reason(run: Download) -> None:
    media = run.serve(hls_track(30))
    tokens = Tokens(run, media, uses=5)
    tokens.error = NoEpisodesError(url="gone")
    with pytest.raises(NoEpisodesError):
        await run(media, sources=[tokens.links()])
    assert len(run.site.requests) <= 5 + 3


async def test_what_is_not_found_stays_a_hole_when_there_are_no_newer_links(run: Download) -> None:
    media = run.serve(hls_track(4))
    tokens = Tokens(run, media, uses=100)
    tokens.error = NoEpisodesError(url="gone")
    run.site.answers["/2.ts"] = [httpx.Response(404)]
    with pytest.raises(IncompleteError, match="answered 404"):
        await run(media, sources=[tokens.links()])


async def test_another_cut_at_the_new_links_ends_it(run: Download) -> None:
    media = run.serve(hls_track(30))
    tokens = Tokens(run, media, uses=5, count=29)
    with pytest.raises(SourceChangedError):
        await run(media, sources=[tokens.links()])


async def test_keys_keep_their_bytes_when_their_address_changes(run: Download) -> None:
    """The key is asked for once although its address carries a token too."""
    track = hls_track(12)
    segments = [replace(each, key=Key(method="AES-128", uri=f"{ORIGIN}/key", iv=IV)) for each in track.segments]
    media = media_of(replace(track, segments=tuple(segments)))
    run.site.files = {"/key": KEY} | {f"/{index}.ts": encrypted(ts_bytes(5, fill=index)) for index in range(12)}
    tokens = Tokens(run, media, uses=5)
    folder = await run(media, sources=[tokens.links()])
    assert len(stored(folder)) == 12
    assert run.site.asked["/key"] == 1


# ---------------------------------------------------------------------------------------------------------- mirrors


def mirror_of(media: Media, run: Download) -> SourceLinks:
    """Return a mirror on another host that has the same files."""

    async def resolve() -> tuple[Media, Mapping[str, str]]:
        run.resolved += 1
        track = media.tracks[0]
        segments = [replace(each, uri=each.uri.replace(ORIGIN, OTHER)) for each in track.segments]
        return media_of(replace(track, segments=tuple(segments))), {}

    return SourceLinks(media, resolve=resolve, clock=run.site.clock, is_read=False)


async def test_a_mirror_takes_over_when_the_host_is_gone(run: Download) -> None:
    media = run.serve(hls_track(9))
    run.site.down.add("93.184.216.34")
    folder = await run(media, sources=[SourceLinks(media), mirror_of(media, run)])
    assert len(stored(folder)) == 9
    assert run.resolved == 1


async def test_without_any_host_it_ends_at_once_with_the_first_error(run: Download) -> None:
    media = run.serve(hls_track(9))
    run.site.down |= {"93.184.216.34", "93.184.216.35"}
    with pytest.raises(ConnectError, match=r"93\.184\.216\.34"):
        await run(media, sources=[SourceLinks(media), mirror_of(media, run)])


async def test_a_mirror_gives_what_the_first_does_not_have(run: Download) -> None:
    media = run.serve(hls_track(4))
    run.site.answers["/2.ts"] = [httpx.Response(404)]
    await run(media, sources=[SourceLinks(media), mirror_of(media, run)])
    assert [str(request.url.host) for request in run.site.requests].count("93.184.216.35") == 1


async def test_a_mirror_that_is_not_needed_is_not_read(run: Download) -> None:
    media = run.serve(hls_track(4))
    await run(media, sources=[SourceLinks(media), mirror_of(media, run)])
    assert run.resolved == 0


async def test_a_mirror_with_another_cut_is_of_no_use(run: Download) -> None:
    media = run.serve(hls_track(4))
    run.site.answers["/2.ts"] = [httpx.Response(404)] * 2
    other = mirror_of(media_of(hls_track(5)), run)
    other.media = media
    with pytest.raises(IncompleteError, match="answered 404"):
        await run(media, sources=[SourceLinks(media), other])


async def test_what_hangs_is_not_asked_of_a_mirror_that_is_none(run: Download) -> None:
    media = run.serve(hls_track(9))
    run.site.clock = FakeClock()
    run.site.answers["/8.ts"] = [httpx.Response(200, stream=Endless(b""))]
    other = mirror_of(media_of(hls_track(5)), run)
    other.media = media
    task = asyncio.create_task(run(media, sources=[SourceLinks(media), other]))
    folder = await finished(run, task)
    assert stored(folder)["000008.ts"] == ts_bytes(5, fill=8)
    assert run.site.asked["/8.ts"] == 2


async def test_three_that_fail_at_the_beginning_are_the_hosts_fault(run: Download) -> None:
    with pytest.raises(HttpStatusError):
        await run(media_of(hls_track(40)), connections=3)
    assert run.site.asked.total() <= 3 + 2
