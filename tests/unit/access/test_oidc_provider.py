"""A provider that is ill, lies or hangs; and settings that are not enough."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from aniworld_dl.access import Scope
from aniworld_dl.access.oidc import own_name, provider_login
from aniworld_dl.access.oidc.login import ProviderLogin
from aniworld_dl.access.oidc.provider import AGAIN_AFTER_S, KEPT_S, WELL_KNOWN
from aniworld_dl.config import Settings, load_settings
from aniworld_dl.errors import (
    ConfigError,
    OidcUnreachableError,
)
from aniworld_dl.net.errand import TIMEOUT_S, Errands
from tests.fakes.clock import FakeClock
from tests.fakes.identity import (
    CLIENT,
    SECRET,
    Identity,
    open_identity,
    rsa_key,
)
from tests.fakes.receiver import Reply
from tests.unit.access.oidc_parts import ADDRESS, COMPLETE, HOME, logged_in

# ----------------------------------------------------------------------------------------------- the provider is ill


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        (WELL_KNOWN, Reply(status=503), "answers with status 503"),
        (WELL_KNOWN, Reply(body=b"<html>"), "no JSON"),
        (WELL_KNOWN, Reply(body=b"[" * 100_000), "no JSON"),
        (WELL_KNOWN, Reply(body=b"[]"), "something else"),
        ("/jwks", Reply(status=500), "status 500"),
        ("/token", Reply(status=500), "status 500"),
        ("/token", Reply(body=b"{}"), "no id_token"),
        ("/token", Reply(body=b'{"id_token": "a.b.c", "token_type": "mac"}'), "not of the kind"),
    ],
)
async def test_a_provider_that_is_ill_is_named_as_the_cause(
    path: str, reply: Reply, words: str, login: ProviderLogin, identity: Identity
) -> None:
    identity.replies[path] = reply
    with pytest.raises(OidcUnreachableError, match=words):
        await logged_in(login, identity)


async def test_what_the_provider_says_is_kept_for_a_while(
    login: ProviderLogin, identity: Identity, clock: FakeClock
) -> None:
    """That it cannot be reached too, for a moment: whoever asks then is told at once."""
    identity.replies[WELL_KNOWN] = Reply(status=503)
    for _ in range(2):
        with pytest.raises(OidcUnreachableError, match="status 503"):
            await login.begin(ADDRESS, "")
    assert identity.asked(WELL_KNOWN) == 1
    identity.replies.clear()
    clock.advance(AGAIN_AFTER_S)
    for _ in range(2):
        assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    assert identity.asked(WELL_KNOWN) == 2
    clock.advance(KEPT_S)
    await login.begin(ADDRESS, "")
    assert identity.asked(WELL_KNOWN) == 3


async def test_over_a_network_that_harms(settings: Settings, clock: FakeClock) -> None:
    """What is too large, slow, leads on or lies in the network at home; its own host may be anywhere."""
    async with open_identity(clock.time) as identity:
        given = {"oidc_issuer": identity.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        update = {**given, "oidc_groups": ["family=download"], "public_url": HOME}
        errands = Errands(settings, clock, trusted_names=own_name(identity.issuer))
        login = ProviderLogin(settings.model_copy(update=update), clock, errands)
        for reply, words in (  # the hanging one last: only it may take no time
            (Reply(body=b" " * 2_000_000), "larger than"),
            (Reply(status=302, headers={"Location": "https://evil.example"}), "status 302"),
            (Reply(hangs=True), "nothing"),
        ):
            identity.replies[WELL_KNOWN] = reply
            errands._timeout_s = 0.2 if reply.hangs else TIMEOUT_S
            with pytest.raises(OidcUnreachableError, match=words):
                await login.begin(ADDRESS, "")
            clock.advance(AGAIN_AFTER_S)
        errands._timeout_s = TIMEOUT_S
        identity.replies = {"/jwks": Reply(body=b'{"keys": [' + b" " * 2_000_000)}
        with pytest.raises(OidcUnreachableError, match="larger than"):
            await logged_in(login, identity)
        identity.replies.clear()
        assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
        identity.metadata["jwks_uri"] = "https://10.1.2.3/keys"
        clock.advance(KEPT_S)
        identity.key, identity.alg = rsa_key(), "RS256"
        with pytest.raises(OidcUnreachableError, match=r"10\.1\.2\.3"):
            await logged_in(login, identity)
        await login.aclose()


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"issuer": "https://evil.example"}, "calls itself https://evil.example"),
        ({"issuer": None}, "calls itself None"),
        ({"token_endpoint": None}, "no token_endpoint"),
        ({"token_endpoint": "http://nas.example/token"}, "token_endpoint is not encrypted"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri is no address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint is no address"),
        ({"userinfo_endpoint": ["a"]}, "no userinfo_endpoint"),
    ],
)
async def test_a_provider_that_says_strange_things_of_itself(
    metadata: dict[str, Any], words: str, login: ProviderLogin, identity: Identity
) -> None:
    identity.metadata = metadata
    with pytest.raises(OidcUnreachableError, match=words):
        await login.begin(ADDRESS, "")


# ------------------------------------------------------------------------------------------------------ the settings


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"oidc_client_id": None}, "oidc_client_id", "what this service is called"),
        ({"public_url": None}, "public_url", "sends them back"),
        ({"oidc_groups": []}, "oidc_groups", "to have an account at the provider is not enough"),
        ({"oidc_issuer": "http://nas.example"}, "oidc_issuer", "https://"),
        ({"oidc_issuer": "https://a:b@nas.example"}, "oidc_issuer", "without user name"),
        ({"oidc_issuer": "https://nas.example?a=b"}, "oidc_issuer", "without user name"),
        ({"oidc_issuer": "https://nas.example:port"}, "oidc_issuer", "taken apart"),
        ({"oidc_scopes": "profile email"}, "oidc_scopes", "openid among them"),
        ({"oidc_groups": ["family"]}, "oidc_groups.0", "pattern"),
        ({"oidc_client_secret": ""}, "oidc_client_secret", "at least 1"),
    ],
)
def test_settings_that_are_not_enough(changes: dict[str, Any], key: str, words: str) -> None:
    given = {**COMPLETE, **changes}
    with pytest.raises(ConfigError, match=words) as caught:
        provider_login(load_settings(**given), FakeClock())
    assert caught.value.params["key"] == key


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aniworld_dl.access.oidc.login", None)
    settings = load_settings(**COMPLETE)
    with pytest.raises(ConfigError, match=r'pip install "aniworld-dl\[oidc\]"'):
        provider_login(settings, FakeClock())


def test_without_a_provider_there_is_no_such_login() -> None:
    assert provider_login(Settings(), FakeClock()) is None


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIWORLD_DL_OIDC_CLIENT_SECRETS", SECRET)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert SECRET not in str(caught.value)
