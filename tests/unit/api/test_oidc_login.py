"""Logging in at a provider by HTTP: cookies, where one ends up, and what the audit trail says."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.access import Scope, Way
from aniworld_dl.access.oidc.login import ProviderLogin
from aniworld_dl.api.app import create_app
from aniworld_dl.api.door import SESSION_COOKIE, require_safe_bind
from aniworld_dl.api.routers.oidc import LOGIN_COOKIE
from tests.fakes.identity import CLIENT, SECRET, Identity, IdentityErrands
from tests.fakes.receiver import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.fakes.clock import FakeClock
    from tests.fakes.engine import FakeEngine

HOME = "https://nas.example/down"
BEGIN, CALLBACK = "/down/api/session/oidc", "/down/api/session/oidc/callback"
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def identity(clock: FakeClock) -> Identity:
    return Identity(clock.time)


@pytest.fixture
def visit(
    identity: Identity, engine: FakeEngine, settings: Settings, clock: FakeClock, page: Path
) -> Callable[..., httpx.AsyncClient]:
    """Open a browser at a service whose provider needs no network."""
    given = {
        "oidc_issuer": identity.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "Home",
        "oidc_groups": ["family=download"],
        "public_url": HOME,
        "base_path": "/down",
        "allowed_hosts": ["nas.example"],
    }

    def make(url: str = "https://nas.example", **changes: object) -> httpx.AsyncClient:
        changed = settings.model_copy(update={**given, **changes})
        app = create_app(engine, changed, clock=clock, frontend=page)
        if app.state.provider_login is not None:
            app.state.provider_login = ProviderLogin(changed, clock, IdentityErrands(identity))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=url)

    return make


async def begin(client: httpx.AsyncClient, page: str = "#/status") -> str:
    return str((await client.post(BEGIN, json={"page": page})).json()["address"])


async def come_back(client: httpx.AsyncClient, query: dict[str, str]) -> httpx.Response:
    return await client.get(CALLBACK, params=query, headers=FROM_ELSEWHERE)


def morsels(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    """What each cookie is, without its value."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(header).items():
            found[name] = {key: value for key, value in morsel.items() if value}
    return found


async def test_there_and_back(visit: Callable[..., httpx.AsyncClient], identity: Identity, engine: FakeEngine) -> None:
    """The provider sends the browser back from another site; what marks the login comes along, the session begins."""
    async with visit() as client:
        nobody = (await client.get("/down/api/session")).json()
        assert nobody == {"caller": None, "ways": {"password": False, "key": False, "oidc": "Home"}}
        assert (await client.get("/down/api/jobs")).status_code == 401
        begun = await client.post(BEGIN, json={"page": "#/status"})
        shape = {"httponly": True, "secure": True}
        lax = {**shape, "path": "/down/api/session/oidc", "max-age": "600", "samesite": "lax"}
        assert morsels(begun) == {LOGIN_COOKIE: lax}
        query = identity.authorize(begun.json()["address"])
        answer = await come_back(client, query)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/#/status")
        strict = {**shape, "path": "/down/", "max-age": "86400", "samesite": "strict"}
        gone = {**lax, "max-age": "0"}
        assert morsels(answer) == {SESSION_COOKIE: strict, LOGIN_COOKIE: gone}
        caller = (await client.get("/down/api/session")).json()["caller"]
        assert caller == {"name": "ada", "way": "oidc", "scope": "download"} | {
            "expires_at": "2027-01-16T08:00:00.000Z"
        }
        unproven = await client.post("/down/api/queue/pause")
        assert (unproven.status_code, unproven.json()["code"]) == (403, "unproven")

        again = await come_back(client, query)
        assert again.headers["location"] == f"{HOME}/?login=oidc_expired"
        assert SESSION_COOKIE not in morsels(again)
        proof = {"X-Requested-With": "aniworld-dl"}
        assert (await client.delete("/down/api/session", headers=proof)).status_code == 204
        assert (await client.get("/down/api/jobs")).status_code == 401
    deeds = (await engine.trail.page(limit=9, cursor=None))["items"]
    assert [(deed["name"], deed["way"], deed["action"], deed["outcome"]) for deed in deeds] == [
        ("ada", "oidc", "DELETE /api/session", "ok"),
        ("?", "oidc", f"GET {CALLBACK.removeprefix('/down')}", "oidc_expired"),
        ("ada", "oidc", "POST /api/queue/pause", "unproven"),
        ("ada", "oidc", f"GET {CALLBACK.removeprefix('/down')}", "ok"),
    ]


async def test_a_login_that_fails_says_why_and_lets_nobody_in(
    visit: Callable[..., httpx.AsyncClient], identity: Identity, engine: FakeEngine
) -> None:
    async with visit() as client:
        for claims, said, outcome in (
            ({"groups": ["others"]}, {}, "oidc_forbidden"),
            ({"nonce": "another"}, {}, "oidc_refused"),
            ({}, {"error": "access_denied"}, "oidc_refused"),
            ({}, {"state": "guessed"}, "oidc_expired"),
        ):
            identity.claims = claims
            answer = await come_back(client, {**identity.authorize(await begin(client)), **said})
            assert answer.headers["location"] == f"{HOME}/?login={outcome}"
            assert set(morsels(answer)) == {LOGIN_COOKIE}
        identity.replies["/token"] = Reply(status=503)
        answer = await come_back(client, identity.authorize(await begin(client)))
        assert answer.headers["location"] == f"{HOME}/?login=oidc_unreachable"
        slowed = await come_back(client, {})
        assert slowed.headers["location"] == f"{HOME}/?login=login_slowed"
    deeds = (await engine.trail.page(limit=9, cursor=None))["items"]
    assert [deed["name"] for deed in deeds] == ["?", "?", "?", "?", "ada"]  # and not who was only told to wait
    assert not engine.records.kept_sessions


@pytest.mark.parametrize("path", ["/down/api/session", "/down/api/sessions"])
async def test_logging_out_leads_to_the_provider(
    path: str, visit: Callable[..., httpx.AsyncClient], identity: Identity, engine: FakeEngine
) -> None:
    """The session has ended before; without proof that the page asks it does not; the way back is no login."""
    identity.metadata["end_session_endpoint"] = f"{identity.issuer}/end"
    async with visit() as client:
        await come_back(client, identity.authorize(await begin(client)))
        unproven = await client.delete(path)
        assert (unproven.status_code, len(engine.records.kept_sessions)) == (403, 1)
        answer = await client.delete(path, headers={"X-Requested-With": "aniworld-dl"})
        assert (answer.status_code, engine.records.kept_sessions) == (200, {})
        assert morsels(answer)[SESSION_COOKIE]["max-age"] == "0"
        end = httpx.URL(answer.json()["address"])
        assert (end.host, end.path, end.params["id_token_hint"]) == ("login.example", "/end", identity.signed[0])
        back = await come_back(client, {"state": end.params["state"]})
        assert (back.status_code, back.headers["location"], morsels(back)) == (303, f"{HOME}/", {})
        await engine.access.set_password("bob", Scope.READ, "a long password")
        await client.post("/down/api/session", json={"name": "bob", "password": "a long password"})
        assert (await client.delete(path, headers={"X-Requested-With": "aniworld-dl"})).status_code == 204
    deeds = (await engine.trail.page(limit=9, cursor=None))["items"]
    assert {deed["outcome"] for deed in deeds} == {"ok"}


async def test_a_provider_that_is_down_is_told_where_one_begins(
    visit: Callable[..., httpx.AsyncClient], identity: Identity
) -> None:
    identity.replies["/.well-known/openid-configuration"] = Reply(status=503)
    async with visit() as client:
        answer = await client.post(BEGIN, json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "oidc_unreachable")
    assert answer.json()["params"] == {"reason": "login.example answers with status 503"}


ELSEWHERE = ["https://evil.example", "//evil.example", "/\\evil.example", "@evil.example", ".evil.example", "#", "#x"]
STRANGE = ["#/\r\nSet-Cookie: a=b", "#/ä", "#/a b", "javascript:alert(1)", "#/" + "a" * 500, 7]


@pytest.mark.parametrize("fragment", [*ELSEWHERE, *STRANGE])
async def test_nobody_is_sent_to_another_page(fragment: object, visit: Callable[..., httpx.AsyncClient]) -> None:
    async with visit() as client:
        assert (await client.post(BEGIN, json={"page": fragment})).status_code == 422


@pytest.mark.parametrize(("fragment", "end"), [("#/job/12?q=a&b=//evil", "#/job/12?q=a&b=//evil"), ("", "")])
async def test_one_ends_where_one_was(
    fragment: str, end: str, visit: Callable[..., httpx.AsyncClient], identity: Identity
) -> None:
    async with visit() as client:
        answer = await come_back(client, identity.authorize(await begin(client, fragment)))
    assert answer.headers["location"] == f"{HOME}/{end}"


async def test_other_pages_cannot_begin_a_login(visit: Callable[..., httpx.AsyncClient]) -> None:
    async with visit() as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await client.post(BEGIN, json={}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_without_a_provider_there_is_nothing(
    visit: Callable[..., httpx.AsyncClient], engine: FakeEngine, settings: Settings
) -> None:
    """A session that began there is worth nothing any more."""
    token = (await engine.access.open_session("ada", Way.OIDC, Scope.ADMIN)).secret
    await engine.access.add_key("tv", Scope.READ)
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    async with visit() as client:
        assert (await client.get("/down/api/jobs", headers=cookie)).status_code == 200
    async with visit(oidc_issuer=None) as client:
        assert (await client.get("/down/api/jobs", headers=cookie)).status_code == 401
        assert (await client.post(BEGIN, json={})).status_code == 404
        assert (await come_back(client, {"code": "a", "state": "b"})).status_code == 404
        assert (await client.get("/down/api/session")).json()["ways"]["oidc"] is None


async def test_with_a_provider_the_door_is_closed(
    visit: Callable[..., httpx.AsyncClient], engine: FakeEngine, settings: Settings
) -> None:
    async with visit() as client:
        assert (await client.get("/down/api/jobs")).status_code == 401
    require_safe_bind(
        settings.model_copy(update={"host": "0.0.0.0", "oidc_issuer": "https://a.example"}), engine.access
    )


async def test_no_secret_of_a_login_is_logged_or_told(
    visit: Callable[..., httpx.AsyncClient], identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    identity.sign = lambda _: "header.payload.signature"
    async with visit() as client:
        address = await begin(client)
        query = identity.authorize(address)
        answer = await come_back(client, query)
        secrets = [SECRET, *query.values(), "header.payload", "for-userinfo", "code_verifier"]
        text = caplog.text + answer.text + answer.headers["location"] + (await client.get("/down/api/session")).text
    assert re.search("login_failed", caplog.text)
    assert [secret for secret in secrets if secret in text] == []
