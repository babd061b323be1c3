"""Jellyfin, Plex and Kodi, imitated as they are documented: what they are asked, and what they would refuse."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import (
    AddressRefusedError,
    HttpStatusError,
    NoticeRefusedError,
    StalledError,
    TooLargeError,
    UrlInvalidError,
)
from aniworld_dl.net.errand import Errands, Request
from aniworld_dl.notices.courier import sender_of
from aniworld_dl.notices.message import message
from aniworld_dl.notices.outbox import wants
from aniworld_dl.notices.servers import path_there
from tests.fakes.clock import FakeClock
from tests.fakes.receiver import Got, Receiver, Reply, open_receiver
from tests.unit.notices.post_office import means_of, targets_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings

FOLDERS = ["/downloads/Nordlicht", "/downloads/Süd & Nord"]
ENDED = message("0" * 32, "job.completed", 1.0, "", {"folders": FOLDERS})
TRIAL = message("0" * 32, "test", 1.0, "", {"link": None})
LIBRARIES = {
    "MediaContainer": {
        "Directory": [
            {"key": "1", "Location": [{"id": 1, "path": "/media/films"}]},
            {"key": "2", "Location": [{"id": 2, "path": "/media/anime/"}]},
        ]
    }
}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def send(settings: Settings, folder: Path, words: dict[str, Any], **table: Any) -> None:
    (target,) = targets_of(mine={"paths": {"/downloads": "/media/anime"}, **table}).values()
    means = means_of(settings, FakeClock(), folder)
    try:
        await sender_of("mine", target, means).send(words)
    finally:
        await means.errands.aclose()


def jellyfin(got: Got) -> Reply:
    if got.headers.get("authorization") != 'MediaBrowser Token="k%2Fey"':
        return Reply(status=401)
    if (got.method, got.path) == ("GET", "/base/System/Info"):
        return Reply(body=b'{"ServerName": "nas"}')
    fits = (got.method, got.path, got.headers.get("content-type"))
    if fits != ("POST", "/base/Library/Media/Updated", "application/json"):
        return Reply(status=404)
    updates = json.loads(got.body)["Updates"]
    return Reply(status=204 if all(set(each) == {"Path", "UpdateType"} for each in updates) else 400, body=b"")


async def test_jellyfin_is_told_of_the_folders_alone(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = jellyfin
    table = {"kind": "jellyfin", "url": f"{receiver.url}/base/", "token": "k/ey"}
    await send(settings, tmp_path, ENDED, **table)
    await send(settings, tmp_path, TRIAL, **table)
    assert json.loads(receiver.got[0].body) == {
        "Updates": [
            {"Path": "/media/anime/Nordlicht", "UpdateType": "Created"},
            {"Path": "/media/anime/Süd & Nord", "UpdateType": "Created"},
        ]
    }
    with pytest.raises(HttpStatusError) as caught:
        await send(settings, tmp_path, TRIAL, **{**table, "token": "another"})
    assert caught.value.params["status"] == 401


def plex(got: Got) -> Reply:
    if got.headers.get("x-plex-token") != "t0ken" or got.headers.get("accept") != "application/json":
        return Reply(status=401)
    if (got.method, got.target) == ("GET", "/library/sections"):
        return Reply(body=json.dumps(LIBRARIES).encode())
    if got.method == "GET" and got.path == "/library/sections/2/refresh" and set(got.query) == {"path"}:
        return Reply(body=b"")
    return Reply(status=404)


async def test_plex_scans_the_folder_in_the_library_that_has_it(
    settings: Settings, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = plex
    table = {"kind": "plex", "url": receiver.url, "token": "t0ken"}
    await send(settings, tmp_path, ENDED, **table)
    scans = [got.query["path"] for got in receiver.got[1:]]
    assert scans == [["/media/anime/Nordlicht"], ["/media/anime/Süd & Nord"]]
    await send(settings, tmp_path, TRIAL, **table)
    assert [got.path for got in receiver.got[3:]] == ["/library/sections"]
    with pytest.raises(NoticeRefusedError, match="none of its libraries has /elsewhere/Nordlicht: set paths"):
        await send(settings, tmp_path, ENDED, **table, paths={"/downloads": "/elsewhere"})
    receiver.answer = lambda _: Reply(body=b"<MediaContainer/>")
    with pytest.raises(NoticeRefusedError, match="no Plex"):
        await send(settings, tmp_path, TRIAL, **table)


def kodi(got: Got) -> Reply:
    if got.headers.get("authorization") != f"Basic {b64encode('köd:pass'.encode()).decode()}":
        return Reply(status=401)
    if (got.method, got.path, got.headers.get("content-type")) != ("POST", "/jsonrpc", "application/json"):
        return Reply(status=404)
    call = json.loads(got.body)
    known = {"JSONRPC.Ping": set(), "VideoLibrary.Scan": {"directory", "showdialogs"}}
    if call["jsonrpc"] != "2.0" or call["params"].keys() != known[call["method"]]:
        return Reply(body=b'{"error": {"code": -32602, "message": "Invalid params."}, "id": 1, "jsonrpc": "2.0"}')
    return Reply(body=b'{"id": 1, "jsonrpc": "2.0", "result": "OK"}')


async def test_kodi_scans_the_folder_of_the_series(settings: Settings, tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = kodi
    table = {"kind": "kodi", "url": receiver.url, "username": "köd", "password": "pass"}
    await send(settings, tmp_path, ENDED, **table)
    calls = [json.loads(got.body) for got in receiver.got]
    assert [call["params"]["directory"] for call in calls] == ["/media/anime/Nordlicht/", "/media/anime/Süd & Nord/"]
    await send(settings, tmp_path, TRIAL, **table)
    assert json.loads(receiver.got[-1].body)["method"] == "JSONRPC.Ping"
    receiver.answer = lambda _: Reply(body=b'{"error": {"code": -32601, "message": "Method not found."}}')
    with pytest.raises(NoticeRefusedError, match="Method not found"):
        await send(settings, tmp_path, TRIAL, kind="kodi", url=receiver.url, username="köd")
    receiver.answer = lambda _: Reply(body=b"<html>")
    with pytest.raises(NoticeRefusedError, match="no Kodi"):
        await send(settings, tmp_path, TRIAL, kind="kodi", url=receiver.url)
    assert "authorization" not in receiver.got[-1].headers


def test_media_servers_are_told_of_new_files_alone() -> None:
    (target,) = targets_of(tv={"kind": "jellyfin", "url": "http://tv:8096", "token": "x"}).values()
    assert wants(target, ENDED)
    assert not wants(target, message("0", "job.completed", 1.0, "", {"folders": []}))
    assert not wants(target, message("0", "queue.held", 1.0, "", {}))


@pytest.mark.parametrize(
    ("path", "paths", "there"),
    [
        ("/downloads/A/Season 01", {"/downloads": "/media"}, "/media/A/Season 01"),
        ("/downloads/A", {"/downloads/": "/media/"}, "/media/A"),
        ("/downloads", {"/downloads": "/media"}, "/media"),
        ("/downloads2/A", {"/downloads": "/media"}, "/downloads2/A"),
        ("/d/anime/A", {"/d": "/x", "/d/anime": "/y"}, "/y/A"),
        ("/d/A/S 1", {"/d": "D:\\media"}, "D:\\media\\A\\S 1"),
        ("/d/A", {"/d": "smb://nas/anime"}, "smb://nas/anime/A"),
        ("D:\\dl\\A\\S 1", {"D:\\dl": "/media"}, "/media/A/S 1"),
        ("/d/A", {}, "/d/A"),
        ("/d/A", {"/": "/mnt"}, "/mnt/d/A"),
    ],
)
def test_paths_are_written_as_the_server_sees_them(path: str, paths: dict[str, str], there: str) -> None:
    assert path_there(path, paths) == there


# ----------------------------------------------------------------------------------------------------- the requests


async def test_requests_are_bounded_guarded_and_not_sent_on(settings: Settings, receiver: Receiver) -> None:
    clock = FakeClock()
    errands, hasty = Errands(settings, clock), Errands(settings, clock, timeout_s=0.2)
    request = Request(url=f"{receiver.url}/path-with-token?key=secret", headers={})
    receiver.replies = [
        Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        Reply(body=b"x" * (2 << 20)),
        Reply(hangs=True),
    ]
    with pytest.raises(HttpStatusError) as refused:
        await errands.send(request)
    assert refused.value.params["status"] == 302
    assert "token" not in str(refused.value) + str(refused.value.params)
    with pytest.raises(TooLargeError):
        await errands.send(request)
    with pytest.raises(StalledError):
        await hasty.send(request)
    strict = Errands(settings.model_copy(update={"allowed_private_networks": []}), clock)
    with pytest.raises(AddressRefusedError):
        await strict.send(request)
    assert len(receiver.got) <= 3
    trusted = [("127.0.0.1", int(receiver.url.rpartition(":")[2]))]
    allowed = Errands(settings.model_copy(update={"allowed_private_networks": []}), clock, trusted_endpoints=trusted)
    assert await allowed.send(request) == b"{}"
    with pytest.raises(UrlInvalidError) as invalid:
        await errands.send(Request(url="http://no..host/path-with-token", headers={}))
    assert "token" not in str(invalid.value)
    for each in (errands, hasty, strict, allowed):
        await each.aclose()
