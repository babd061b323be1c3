"""Answers to a player: ranges, places for only so many, nothing left open, and the pass for one file."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.datastructures import Headers

from aniworld_dl.access import Caller, Scope, Way
from aniworld_dl.api.passes import COOKIE, admitted, watch_pass
from aniworld_dl.api.playing import Playing
from aniworld_dl.asked_range import asked_range
from aniworld_dl.errors import PartNotReadyError
from aniworld_dl.queue.watching import MOST_AT_A_TIME, Watching

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, MutableMapping

    from aniworld_dl.config import Settings

KEY = Caller(name="tv", way=Way.KEY, scope=Scope.READ, digest=b"a digest", key_id=3)
FILE = "/api/episodes/7/watch/0f0f/file"


class Roll:
    """Ten bytes that can be watched being read."""

    content_type = "video/mp4"
    size_bytes = 10

    def __init__(self) -> None:
        self.is_closed = False
        self.held = asyncio.Event()

    async def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        for position in range(start, stop):
            yield b"0123456789"[position : position + 1]
            if position == 5:
                self.held.set()
                await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.is_closed = True


class Player:
    """The other end of an answer."""

    def __init__(self, settings: Settings) -> None:
        self.watching = Watching(
            episode=cast("Any", None), shows=cast("Any", None), ffmpeg=cast("Any", None), settings=lambda: settings
        )
        self.roll = Roll()
        self.closing = asyncio.Event()
        self.gone = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_over = False

    async def ask(
        self, headers: Mapping[str, str] | None = None, *, method: str = "GET", failure: Exception | None = None
    ) -> None:
        async def body() -> Roll:
            if failure is not None:
                raise failure
            return self.roll

        playing = Playing(self.watching, body, headers=headers or {}, ends={"closing": self.closing})
        await playing({"type": "http", "method": method}, self._receive, self._send)

    async def _receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            self.is_over = not message["more_body"]


@pytest.fixture
def player(settings: Settings) -> Player:
    return Player(settings)


async def test_a_range_is_sent_as_a_range(player: Player) -> None:
    await player.ask({"range": "bytes=2-4"})
    assert (player.status, player.body, player.is_over) == (206, b"234", True)
    assert player.headers == {
        "content-type": "video/mp4",
        "accept-ranges": "bytes",
        "content-range": "bytes 2-4/10",
        "content-length": "3",
    }
    assert player.roll.is_closed


async def test_what_is_beyond_the_end_is_refused(player: Player) -> None:
    await player.ask({"range": "bytes=10-"})
    assert (player.status, player.headers["content-range"], player.body) == (416, "bytes */10", b"")
    assert player.roll.is_closed


async def test_a_head_has_no_body(player: Player) -> None:
    await player.ask(method="HEAD")
    assert (player.status, player.headers["content-length"], player.body) == (200, "10", b"")


@pytest.mark.parametrize("who", ["player", "service"])
async def test_whoever_goes_ends_it_and_nothing_stays_open(player: Player, who: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(player.ask())
        await player.roll.held.wait()
        (player.gone if who == "player" else player.closing).set()
    assert player.body == b"012345"
    assert not player.is_over
    assert player.roll.is_closed
    with player.watching.seat():  # the place is free again
        pass


async def test_a_failure_is_told_as_itself(player: Player) -> None:
    with pytest.raises(PartNotReadyError, match="slow"):
        await player.ask(failure=PartNotReadyError(reason="slow"))
    assert player.status == 0


async def test_only_so_many_are_answered_at_a_time(player: Player) -> None:

    with ExitStack() as seats:
        for _ in range(MOST_AT_A_TIME):
            seats.enter_context(player.watching.seat())
        with pytest.raises(PartNotReadyError, match="busy"):
            await player.ask({"range": "bytes=0-1"})
    await player.ask({"range": "bytes=0-1"})
    assert player.body == b"01"


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 10)),
        ("bytes=3-5", (3, 6)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("pieces=0-1", None),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_ranges(header: str | None, part: tuple[int, int] | None) -> None:
    assert asked_range(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0"])
def test_ranges_of_which_nothing_exists(header: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        asked_range(header, 10)


def test_a_pass_opens_one_file_to_readers() -> None:
    """And only as long as the key is there that it was given for."""
    keys = {3: KEY}
    cookie = Headers({"cookie": f"other=1; {COOKIE}={watch_pass(KEY, 7)}"})
    assert admitted(keys.get, "GET", FILE, cookie) is KEY
    assert admitted(keys.get, "HEAD", FILE, cookie) is KEY
    assert admitted(keys.get, "POST", FILE, cookie) is None
    assert admitted(keys.get, "GET", FILE.replace("7", "8"), cookie) is None
    assert admitted(keys.get, "GET", FILE.replace("/file", "/index.m3u8"), cookie) is None
    assert admitted({3: replace(KEY, digest=b"another")}.get, "GET", FILE, cookie) is None
    assert admitted({4: KEY}.get, "GET", FILE, cookie) is None
    for value in ("", "\u00e4", "3.", f"3.{'0' * 64}", f"x.{'0' * 64}", watch_pass(KEY, 7).partition(".")[2]):
        assert admitted(keys.get, "GET", FILE, Headers({"cookie": f"{COOKIE}={value}"})) is None
    assert admitted(keys.get, "GET", FILE, Headers({})) is None
