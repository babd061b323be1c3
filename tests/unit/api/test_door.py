"""Who is let in, by what, and what a browser can be made to do by others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.access import Scope
from aniworld_dl.access.backoff import FREE_TRIES
from aniworld_dl.api.door import SESSION_COOKIE, require_safe_bind
from aniworld_dl.api.passes import COOKIE, watch_pass
from aniworld_dl.config import Settings
from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.engine import FakeEngine

PASSWORD = "correct horse battery"
LOGIN = {"name": "ada", "password": PASSWORD}
PAGE = {"X-Requested-With": "aniworld-dl"}


def code(answer: httpx.Response) -> str:
    return "ok" if answer.is_success else str(answer.json()["code"])


# -------------------------------------------------------------------------------------------------------- logging in


async def test_logging_in_and_out(engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]) -> None:
    await engine.access.set_password("ada", Scope.DOWNLOAD, PASSWORD)
    async with connect() as client:
        assert code(await client.get("/api/jobs")) == "unauthorized"
        nobody = (await client.get("/api/session")).json()
        assert nobody == {"caller": None, "ways": {"password": True, "key": False, "oidc": None}}
        refused = await client.post("/api/session", json={**LOGIN, "password": "wrong password"})
        assert (refused.status_code, code(refused), refused.cookies) == (401, "login_refused", httpx.Cookies())

        answer = await client.post("/api/session", json=LOGIN)
        assert answer.json()["caller"] == {"name": "ada", "way": "password", "scope": "download"} | {
            "expires_at": "2027-02-14T08:00:00.000Z"
        }
        cookie = answer.headers["set-cookie"]
        token = client.cookies[SESSION_COOKIE]
        assert re.fullmatch(rf"{SESSION_COOKIE}={token}; HttpOnly; Max-Age=2592000; Path=/; SameSite=strict", cookie)
        assert token not in answer.text + repr(engine.records.__dict__)
        assert code(await client.get("/api/jobs")) == "ok"
        assert code(await client.get("/api/log")) == "forbidden"

        gone = await client.delete("/api/session", headers=PAGE)
        assert (gone.status_code, SESSION_COOKIE in client.cookies) == (204, False)
        again = await client.get("/api/jobs", headers={"Cookie": f"{SESSION_COOKIE}={token}"})
        assert code(again) == "unauthorized"
        assert (await client.delete("/api/session")).status_code == 204  # who is out already may say so


async def test_logging_out_everywhere(engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]) -> None:
    await engine.access.set_password("ada", Scope.READ, PASSWORD)
    async with connect() as one, connect() as two:
        for client in (one, two):
            await client.post("/api/session", json=LOGIN)
        assert (await one.delete("/api/sessions", headers=PAGE)).status_code == 204
        assert code(await two.get("/api/jobs")) == "unauthorized"


@pytest.mark.parametrize(
    ("url", "changes", "headers", "path", "secure"),
    [
        ("http://127.0.0.1:8080/downloads/", {"base_path": "/downloads"}, {}, "/downloads/", False),
        ("https://127.0.0.1:8080/", {}, {}, "/", True),
        ("http://127.0.0.1:8080/", {}, {"X-Forwarded-Proto": "https"}, "/", False),
        ("http://127.0.0.1:8080/", {"trusted_proxies": ["127.0.0.1/32"]}, {"X-Forwarded-Proto": "https"}, "/", True),
    ],
)
async def test_the_cookie_is_for_this_service_alone_and_by_tls_where_there_is_tls(  # noqa: PLR0917 - a table
    url: str,
    changes: dict[str, object],
    headers: dict[str, str],
    path: str,
    secure: bool,
    engine: FakeEngine,
    connect: Callable[..., httpx.AsyncClient],
) -> None:
    await engine.access.set_password("ada", Scope.READ, PASSWORD)
    async with connect(url=url, **changes) as client:
        cookie = (await client.post("api/session", json=LOGIN, headers=headers)).headers["set-cookie"]
    assert f"Path={path};" in cookie
    assert ("; Secure" in cookie) is secure


async def test_guessing_is_slowed_by_the_address_that_a_proxy_names(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    await engine.access.set_password("ada", Scope.READ, PASSWORD)
    wrong = {**LOGIN, "password": "wrong password"}
    guesser, owner = {"X-Forwarded-For": "203.0.113.5"}, {"X-Forwarded-For": "203.0.113.6"}
    async with connect(trusted_proxies=["127.0.0.1/32"]) as client:
        for _ in range(FREE_TRIES):
            await client.post("/api/session", json=wrong, headers=guesser)
        slowed = await client.post("/api/session", json=LOGIN, headers=guesser)
        assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "2")
        assert code(slowed) == "login_slowed"
        assert code(await client.post("/api/session", json=LOGIN, headers=owner)) == "ok"


# -------------------------------------------------------------------------------------------- what others make it do


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "unproven"),
        ({"X-Requested-With": "XMLHttpRequest"}, "unproven"),
        (PAGE, "ok"),
        ({**PAGE, "Origin": "http://127.0.0.1:8080"}, "ok"),
        ({**PAGE, "Origin": "http://127.0.0.1:3000"}, "origin_refused"),
        ({**PAGE, "Origin": "null"}, "origin_refused"),
        ({"Content-Type": "text/plain", "Sec-Fetch-Site": "same-site"}, "origin_refused"),
    ],
)
async def test_a_session_changes_nothing_without_proof_that_the_page_asks(
    headers: dict[str, str], expected: str, engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    """A page of another site or port can send the cookie, where the browser lets it, but not the header."""
    await engine.access.set_password("ada", Scope.ADMIN, PASSWORD)
    async with connect() as client:
        await client.post("/api/session", json=LOGIN)
        assert code(await client.post("/api/queue/pause", headers=headers)) == expected
        assert engine.queue_paused is (expected == "ok")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, "origin_refused"),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, "origin_refused"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, "origin_refused"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, "ok"),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, "ok"),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, "ok"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://listed.example"}, "ok"),
    ],
)
async def test_other_pages_cannot_even_ask(
    headers: dict[str, str], expected: str, connect: Callable[..., httpx.AsyncClient]
) -> None:
    """Nor where nobody needs to say who they are: looking has its costs too."""
    async with connect(allowed_hosts=["listed.example"]) as client:
        assert code(await client.get("/api/doctor", headers=headers)) == expected
        assert (await client.get("/", headers=headers)).status_code == 200  # the page itself may be linked to


# ------------------------------------------------------------------------------------------------------------- keys


async def test_keys_are_made_listed_and_revoked(engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]) -> None:
    async with connect() as client:
        first = await client.post("/api/keys", json={"name": "tv"})
        assert (code(first), first.json()["params"]["field"]) == ("request_invalid", "scope")
        made = (await client.post("/api/keys", json={"name": "me", "scope": "admin"})).json()
        assert code(await client.get("/api/keys")) == "unauthorized"
        client.headers["X-Api-Key"] = made["key"]
        tv = (await client.post("/api/keys", json={"name": "tv"})).json()
        assert (tv["scope"], tv["last_used_at"]) == ("read", None)
        assert code(await client.post("/api/keys", json={"name": "tv"})) == "request_invalid"
        listed = await client.get("/api/keys")
        assert [item["name"] for item in listed.json()["items"]] == ["me", "tv"]
        assert made["key"] not in listed.text
        assert tv["key"] not in listed.text
        for headers in ({"X-Api-Key": tv["key"]}, {"Authorization": f"Bearer {tv['key']}", "X-Api-Key": "wrong"}):
            assert code(await client.get("/api/jobs", headers=headers)) == "ok"
            assert code(await client.post("/api/queue/pause", headers=headers)) == "forbidden"
        assert (await client.delete(f"/api/keys/{tv['id']}")).status_code == 204
        assert code(await client.get("/api/jobs", headers={"X-Api-Key": tv["key"]})) == "unauthorized"


async def test_a_session_is_no_key_and_a_key_no_session(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    """A key in a cookie would be sent by the browser for any page."""
    await engine.access.set_password("ada", Scope.ADMIN, PASSWORD)
    _, key = await engine.access.add_key("me", Scope.ADMIN)
    async with connect() as client:
        assert code(await client.get("/api/jobs", headers={"Cookie": f"{SESSION_COOKIE}={key}"})) == "unauthorized"
        token = (await client.post("/api/session", json=LOGIN)).cookies[SESSION_COOKIE]
        client.cookies.clear()
        assert code(await client.get("/api/jobs", headers={"X-Api-Key": token})) == "unauthorized"


async def test_the_key_of_the_settings_stays(connect: Callable[..., httpx.AsyncClient]) -> None:
    async with connect(api_key=PASSWORD) as client:
        assert (await client.get("/api/session")).json()["ways"] == {"password": False, "key": True, "oidc": None}
        client.headers["X-Api-Key"] = PASSWORD
        assert (await client.get("/api/session")).json()["caller"]["name"] == "api_key"
        assert code(await client.get("/api/audit")) == "ok"


async def test_a_pass_lets_the_player_in(engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]) -> None:
    """As far as the file itself: the fake engine has none."""
    key, _ = await engine.access.add_key("tv", Scope.READ)
    caller = engine.access.key(key.id)
    assert caller is not None
    path = f"/api/episodes/7/watch/{'0' * 8}/file"
    async with connect() as client:
        cookie = {"Cookie": f"{COOKIE}={watch_pass(caller, 7)}"}
        assert code(await client.get(path, headers=cookie)) == "internal"
        assert code(await client.get(path.replace("7", "8"), headers=cookie)) == "unauthorized"
        await engine.access.revoke_key(key.id)
        await engine.access.add_key("other", Scope.READ)
        assert code(await client.get(path, headers=cookie)) == "unauthorized"


# ------------------------------------------------------------------------------------------------------ open or not


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "nas.lan"])
async def test_listening_on_more_than_this_machine_needs_somebody_who_is_asked(host: str, engine: FakeEngine) -> None:
    with pytest.raises(ConfigError, match="password set") as caught:
        require_safe_bind(Settings(host=host), engine.access)
    assert caught.value.params["key"] == "api_key"
    require_safe_bind(Settings(), engine.access)
    require_safe_bind(Settings(host=host, api_key=PASSWORD), engine.access)
    require_safe_bind(Settings(host=host, proxy_user_header="Remote-User"), engine.access)
    await engine.access.add_key("me", Scope.ADMIN)
    require_safe_bind(Settings(host=host), engine.access)


async def test_the_last_key_gone_opens_the_door_to_this_machine_alone(
    engine: FakeEngine, connect: Callable[..., httpx.AsyncClient]
) -> None:
    key, _ = await engine.access.add_key("me", Scope.ADMIN)
    async with connect() as here, connect(host="0.0.0.0") as there:
        assert [code(await each.get("/api/jobs")) for each in (here, there)] == ["unauthorized"] * 2
        await engine.access.revoke_key(key.id)
        assert [code(await each.get("/api/jobs")) for each in (here, there)] == ["ok", "unauthorized"]
