"""Proxies that log people in, WebSockets, and who changed what."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.access import Scope
from aniworld_dl.api.app import create_app
from aniworld_dl.api.door import SESSION_COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from fastapi import FastAPI

    from aniworld_dl.config import Settings
    from tests.fakes.engine import FakeEngine

PASSWORD = "correct horse battery"
LOGIN = {"name": "ada", "password": PASSWORD}
PAGE = {"X-Requested-With": "aniworld-dl"}
PROXY, CLIENT = "10.0.0.1", "10.0.0.9"
BEHIND_PROXY = {
    "proxy_user_header": "Remote-User",
    "proxy_groups": ["admins=admin", "family=download", "*=read"],
    "trusted_proxies": ["10.0.0.0/29"],
}


def code(answer: httpx.Response) -> str:
    return "ok" if answer.is_success else str(answer.json()["code"])


# ---------------------------------------------------------------------------------------------------- login proxies


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (PROXY, {"Remote-User": "ada", "Remote-Groups": "admins"}, ("ada", "admin")),
        (PROXY, {"remote-user": "ada", "remote-groups": "users, family"}, ("ada", "download")),
        (PROXY, {"Remote-User": "ada", "Remote-Groups": "family,admins"}, ("ada", "admin")),
        (PROXY, {"Remote-User": "ada"}, ("ada", "read")),
        (f"::ffff:{PROXY}", {"Remote-User": "ada"}, ("ada", "read")),
        (PROXY, {"Remote-User": "ada", "X-Forwarded-For": CLIENT}, ("ada", "read")),
        (PROXY, {}, None),
        (PROXY, {"Remote-User": " "}, None),
        (CLIENT, {"Remote-User": "ada"}, None),
        (CLIENT, {"Remote-User": "ada", "X-Forwarded-For": PROXY}, None),
        ("127.0.0.1", {"Remote-User": "ada"}, None),
        ("somewhere", {"Remote-User": "ada"}, None),
    ],
)
async def test_only_who_is_really_connected_makes_a_proxy_trusted(
    peer: str,
    headers: dict[str, str],
    expected: tuple[str, str] | None,
    connect: Callable[..., httpx.AsyncClient],
) -> None:
    async with connect(peer, **BEHIND_PROXY) as client:
        caller = (await client.get("/api/session", headers=headers)).json()["caller"]
        assert (caller and (caller["name"], caller["scope"])) == expected
        assert code(await client.get("/api/jobs", headers=headers)) == ("ok" if expected else "unauthorized")


async def test_a_proxy_that_passes_on_what_the_client_says_is_not_believed(
    connect: Callable[..., httpx.AsyncClient],
) -> None:
    async with connect(PROXY, **BEHIND_PROXY) as client:
        twice = [("Remote-User", "root"), ("Remote-User", "ada")]
        assert code(await client.get("/api/jobs", headers=twice)) == "unauthorized"


async def test_whoever_has_no_group_that_counts_stays_out(connect: Callable[..., httpx.AsyncClient]) -> None:
    async with connect(PROXY, **{**BEHIND_PROXY, "proxy_groups": ["admins=admin"]}) as client:
        user = {"Remote-User": "ada", "Remote-Groups": "admin,admins2"}
        assert code(await client.get("/api/jobs", headers=user)) == "unauthorized"


async def test_behind_a_login_proxy_changes_need_proof_too(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    """The proxy's own cookie is sent by the browser for any page."""
    user = {b"Remote-User": "J\u00f6rg".encode(), b"Remote-Groups": b"admins"}
    async with connect(PROXY, **BEHIND_PROXY) as client:
        assert code(await client.post("/api/queue/pause", headers=user)) == "unproven"
        answer = await client.post("/api/queue/pause", headers={**user, b"X-Requested-With": b"aniworld-dl"})
        assert code(answer) == "ok"
    await engine.trail.flush()
    assert [(deed.name, deed.way, deed.outcome) for deed in engine.records.kept_deeds] == [
        ("J\u00f6rg", "proxy", "unproven"),
        ("J\u00f6rg", "proxy", "ok"),
    ]


# ---------------------------------------------------------------------------------------------------------- WebSocket


async def handshake(app: FastAPI, *headers: tuple[str, str], subprotocols: tuple[str, ...] = ()) -> str:
    """Begin a WebSocket and return `accepted`, or the code of the refusal."""
    sent: list[dict[str, Any]] = []
    raw = [(b"host", b"127.0.0.1:8080"), *((name.encode(), value.encode()) for name, value in headers)]
    scope = {
        "type": "websocket",
        "path": "/api/ws",
        "raw_path": b"/api/ws",
        "query_string": b"",
        "headers": raw,
        "subprotocols": list(subprotocols),
        "client": ("127.0.0.1", 1),
        "scheme": "ws",
        "extensions": {"websocket.http.response": {}},
    }
    connected: dict[str, Any] = {"type": "websocket.connect"}
    incoming = iter([connected, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> dict[str, Any]:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["type"] == "websocket.accept":
        return "accepted"
    return str(json.loads(b"".join(message.get("body", b"") for message in sent))["code"])


async def test_a_websocket_by_cookie_needs_the_own_pages_origin(
    engine: FakeEngine, settings: Settings, page: Path
) -> None:
    await engine.access.set_password("ada", Scope.READ, PASSWORD)
    issued = await engine.access.log_in("ada", PASSWORD, "")
    app = create_app(engine, settings, frontend=page)
    cookie = ("cookie", f"{SESSION_COOKIE}={issued.secret}")
    assert await handshake(app, cookie, ("origin", "http://127.0.0.1:8080")) == "accepted"
    assert await handshake(app, cookie, ("origin", "http://127.0.0.1:8081")) == "origin_refused"
    assert await handshake(app, cookie) == "origin_refused"
    assert await handshake(app, ("origin", "http://127.0.0.1:8080")) == "unauthorized"


async def test_a_websocket_by_key_needs_no_origin(engine: FakeEngine, settings: Settings, page: Path) -> None:
    _, key = await engine.access.add_key("tv", Scope.READ)
    app = create_app(engine, settings, frontend=page)
    written = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    assert await handshake(app, subprotocols=("aniworld-dl", f"aniworld-dl.key.{written}")) == "accepted"
    assert await handshake(app, subprotocols=("aniworld-dl", "aniworld-dl.key.!")) == "unauthorized"
    assert await handshake(app, ("x-api-key", key)) == "accepted"


# --------------------------------------------------------------------------------------------------------- the audit


async def test_the_audit_says_who_changed_what_from_where(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    _, key = await engine.access.add_key("phone", Scope.DOWNLOAD)
    await engine.access.set_password("ada", Scope.ADMIN, PASSWORD)
    job = {"anime_title": "A", "episode_urls": ["https://media.example/1.m3u8", "https://media.example/2.m3u8"]}
    async with connect(PROXY) as client:
        phone = {"X-Api-Key": key}
        await client.post("/api/jobs", json=job, headers=phone)
        await client.get("/api/jobs", headers=phone)  # to look is nobody's business
        await client.post("/api/plan", json=job, headers={"X-Api-Key": "wrong"})  # neither who is not let in
        await client.post("/api/jobs/9/pause", headers=phone)
        await client.patch("/api/settings", json={"history_days": 3}, headers=phone)
        await client.post("/api/session", json={"name": PASSWORD, "password": "ada"})
        await client.post("/api/session", json={**LOGIN, "password": "wrong password"})
        await client.post("/api/session", json=LOGIN)
        await client.patch("/api/settings", json={"history_days": 3, PASSWORD: 1}, headers=PAGE)
        await client.patch("/api/settings", json={"history_days": 3}, headers=PAGE)
        found = await client.get("/api/audit?limit=99")
        await client.delete("/api/session", headers=PAGE)
    assert PASSWORD not in found.text
    deeds = [[each[name] for name in ("name", "way", "action", "targets", "outcome")] for each in found.json()["items"]]
    assert {each["address"] for each in found.json()["items"]} == {PROXY}
    assert deeds[::-1] == [
        ["phone", "key", "POST /api/jobs", {"job_id": 1, "episodes": 2}, "ok"],
        ["phone", "key", "POST /api/jobs/{job_id}/pause", {"job_id": "9"}, "not_found"],
        ["phone", "key", "PATCH /api/settings", {}, "forbidden"],
        ["?", "password", "POST /api/session", {}, "login_refused"],
        ["ada", "password", "POST /api/session", {}, "login_refused"],
        ["ada", "password", "POST /api/session", {}, "ok"],
        ["ada", "password", "PATCH /api/settings", {"names": ["history_days"]}, "setting_invalid"],
        ["ada", "password", "PATCH /api/settings", {"names": ["history_days"]}, "ok"],
    ]
    await engine.trail.flush()
    assert engine.records.kept_deeds[-1].action == "DELETE /api/session"


async def test_what_goes_wrong_by_our_own_fault_is_audited_too(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    engine.failure = ZeroDivisionError()
    async with connect() as client:
        job = {"anime_title": "A", "episode_urls": ["https://media.example/1.m3u8"]}
        assert (await client.post("/api/jobs", json=job)).status_code == 500
    await engine.trail.flush()
    assert [(deed.name, deed.outcome) for deed in engine.records.kept_deeds] == [("local", "internal")]
