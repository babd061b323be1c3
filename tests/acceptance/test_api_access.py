"""Access through the real server: what is open ends with the right to it, and HTTPS by a certificate of one's own."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from aniworld_dl.access import Scope
from aniworld_dl.api.door import SESSION_COOKIE
from tests.acceptance.serving import serving
from tests.certificates import certificate_pem, key_pem, new_key

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

PASSWORD = "correct horse battery"


async def test_what_is_open_ends_with_the_right_to_it(settings: Settings) -> None:
    """A key's WebSocket and event stream when it is revoked, a session's when it ends, and what was open to all."""
    async with serving(settings) as running, running.socket() as before:
        await before.recv()
        access = running.engine.access
        key, secret = await access.add_key("tv", Scope.READ)
        with pytest.raises(ConnectionClosed) as caught:
            await before.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 4401

        await access.set_password("ada", Scope.READ, PASSWORD)
        login = await access.log_in("ada", PASSWORD, "")
        session = {"Cookie": f"{SESSION_COOKIE}={login.secret}", "Origin": running.url}
        headers = {"X-Api-Key": secret}
        async with (
            running.socket(additional_headers=headers) as by_key,
            running.socket(additional_headers=session) as by_session,
            httpx.AsyncClient(base_url=running.url) as client,
            client.stream("GET", "/api/events", headers=headers) as events,
        ):
            lines = events.aiter_lines()
            assert (await anext(lines)).startswith("id: ")
            assert json.loads(await by_key.recv())["type"] == "snapshot"
            await by_session.recv()
            await access.revoke_key(key.id)
            with pytest.raises(ConnectionClosed, match="4401"):
                await by_key.recv()
            assert [line async for line in lines][-1] == ""  # it ends in order
            sent = running.engine.hub.publish(jobs={})
            assert await by_session.recv() == sent  # nobody else's does
            await access.log_out(login.caller)
            with pytest.raises(ConnectionClosed, match="4401"):
                await by_session.recv()


async def test_https_by_a_certificate_of_ones_own(settings: Settings, tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "cert.pem").write_bytes(certificate_pem(key))
    (tmp_path / "key.pem").write_bytes(key_pem(key))
    files = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    trust = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    async with serving(settings.model_copy(update=files)) as running:
        await running.engine.access.set_password("ada", Scope.READ, PASSWORD)
        async with httpx.AsyncClient(base_url=running.url, verify=trust) as client:
            assert running.url == f"https://127.0.0.1:{running.port}"
            answer = await client.post("/api/session", json={"name": "ada", "password": PASSWORD})
            assert "; Secure" in answer.headers["set-cookie"]
            token = client.cookies[SESSION_COOKIE]
        headers = {"Cookie": f"{SESSION_COOKIE}={token}", "Origin": running.url}
        async with running.socket(scheme="wss", additional_headers=headers, ssl=trust) as live:
            assert json.loads(await live.recv())["type"] == "snapshot"
