"""Logging out at a provider: where to, by which token, and what keeps nobody from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from aniworld_dl.access import Scope
from aniworld_dl.access.oidc.provider import WELL_KNOWN
from aniworld_dl.access.records import MOST_SESSIONS
from tests.fakes.identity import CLIENT, Identity
from tests.fakes.receiver import Reply
from tests.unit.access.oidc_parts import ADDRESS, HOME, logged_in

if TYPE_CHECKING:
    from aniworld_dl.access.oidc.login import ProviderLogin


async def test_who_logs_out_does_so_at_the_provider_too(login: ProviderLogin, identity: Identity) -> None:
    """By the token that it has signed, and back to the address that it knows; once, and nobody else's."""
    identity.metadata["end_session_endpoint"] = f"{identity.issuer}/end?realm=home"
    for session in (b"first", b"second"):
        sent = await login.begin(ADDRESS, "")
        login.begun(session, await login.finish(identity.authorize(sent.address), sent.browser, ADDRESS))
    address = await login.leave(b"first")
    assert address is not None
    assert address.startswith(f"{identity.issuer}/end?realm=home&")
    asked = dict(parse_qsl(urlsplit(address).query))
    back = {"post_logout_redirect_uri": f"{HOME}/api/session/oidc/callback", "state": "logged-out"}
    assert asked == {"realm": "home", "id_token_hint": identity.signed[0], "client_id": CLIENT, **back}
    assert "id_token_hint" not in str(await login.leave(b"first"))  # as after a restart: the provider asks who it is


async def test_few_and_short_tokens_are_kept(login: ProviderLogin, identity: Identity) -> None:
    identity.metadata["end_session_endpoint"] = f"{identity.issuer}/end"
    sent = await login.begin(ADDRESS, "")
    person = await login.finish(identity.authorize(sent.address), sent.browser, ADDRESS)
    login.begun(b"long", replace(person, id_token="a" * 5000))
    for number in range(MOST_SESSIONS + 1):
        login.begun(bytes([number // 256, number % 256]), person)
    kept = ["id_token_hint" in str(await login.leave(session)) for session in (b"long", b"\0\0", b"\0\1")]
    assert kept == [False, False, True]
    assert person.id_token not in repr(person)


@pytest.mark.parametrize("endpoint", [None, "http://nas.example/end", "javascript:alert(1)", "//evil.example", ["a"]])
async def test_a_provider_without_a_usable_place_is_left_alone(
    endpoint: object, login: ProviderLogin, identity: Identity
) -> None:
    """It keeps nobody from logging in."""
    identity.metadata["end_session_endpoint"] = endpoint
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    assert await login.leave(b"any") is None


async def test_a_provider_that_is_down_keeps_nobody_logged_in(login: ProviderLogin, identity: Identity) -> None:
    identity.replies[WELL_KNOWN] = Reply(status=503)
    assert await login.leave(b"any") is None
