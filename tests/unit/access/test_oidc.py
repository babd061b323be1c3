"""Logging in at a provider: there and back, who comes in, and who brings what back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from aniworld_dl.access import Scope
from aniworld_dl.access.backoff import FREE_TRIES
from aniworld_dl.access.oidc.provider import WELL_KNOWN
from aniworld_dl.access.oidc.waiting import WAIT_S, WaitingLogins
from aniworld_dl.errors import (
    LoginSlowedError,
    OidcExpiredError,
    OidcForbiddenError,
    OidcRefusedError,
)
from tests.fakes.clock import FakeClock
from tests.fakes.identity import (
    SECRET,
    Identity,
    ec_key,
    ed_key,
    public,
    rsa_key,
)
from tests.unit.access.oidc_parts import ADDRESS, HOME, logged_in, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import Key

    from aniworld_dl.access.oidc.login import ProviderLogin


# ---------------------------------------------------------------------------------------------------- there and back


async def test_somebody_logs_in(login: ProviderLogin, identity: Identity) -> None:
    """The provider is sent all it needs, and nothing that it must not know."""
    sent = await login.begin(ADDRESS, "")
    asked = parse_qs(urlsplit(sent.address).query)
    assert asked["scope"] == ["openid profile email"]
    assert asked["redirect_uri"] == [f"{HOME}/api/session/oidc/callback"]
    assert not {sent.browser, SECRET} & {values[0] for values in asked.values()}
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    assert [identity.asked(path) for path in (WELL_KNOWN, "/jwks", "/token")] == [1, 1, 2]
    assert login.name == "login.example"


@pytest.mark.parametrize(
    ("key", "alg"), [(rsa_key(), "RS256"), (ec_key(), "ES256"), (ed_key(), "EdDSA"), (ed_key(), "Ed25519")]
)
async def test_every_usual_signature(key: Key, alg: str, login: ProviderLogin, identity: Identity) -> None:
    """Among keys of kinds that nobody knows yet, and of kinds that are none of the signature's."""
    identity.key, identity.alg = key, alg
    strange: list[Any] = [
        {"kty": "AKP", "kid": "new"},
        {"kty": "RSA", "kid": "broken", "n": 5},
        {"kty": "RSA", "n": "AQAB"},
        7,
    ]
    identity.keys = [*strange, {"kty": "EC", "kid": "half"}, {**public(key), "use": "enc", "kid": "other"}, public(key)]
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)


@pytest.mark.parametrize("methods", [None, ["client_secret_basic"], ["client_secret_post"], []])
async def test_the_secret_is_given_as_the_provider_takes_it(
    methods: list[str] | None, login: ProviderLogin, identity: Identity
) -> None:
    identity.metadata["token_endpoint_auth_methods_supported"] = methods
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    sent = identity.got[-2].body.decode()
    assert ("client_secret" in sent) is (methods == ["client_secret_post"])


async def test_a_public_client_has_no_secret(identity: Identity, login_with: Callable[..., ProviderLogin]) -> None:
    identity.secret = None
    login = login_with(oidc_client_secret=None)
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)


@pytest.mark.parametrize(
    ("claims", "changes", "expected"),
    [
        ({"groups": ["family", "admins"]}, {}, Scope.ADMIN),
        ({"groups": "family"}, {}, Scope.DOWNLOAD),
        ({"groups": [7, None, "others"]}, {}, None),
        ({"groups": {"family": True}}, {}, None),
        ({"groups": None}, {}, None),
        ({"groups": ["*"]}, {}, None),
        ({"groups": None}, {"oidc_groups": ["*=read"]}, Scope.READ),
        ({"groups": None}, {"oidc_users": ["ada=admin"]}, Scope.ADMIN),
        ({"groups": ["admins"]}, {"oidc_users": ["ada=read"]}, Scope.ADMIN),
        ({"groups": ["family"]}, {"oidc_users": ["ada=admin", "bob=read"]}, Scope.ADMIN),
        ({"groups": None}, {"oidc_users": ["Ada=admin"], "oidc_groups": []}, None),
        ({"teams": ["family"], "groups": None}, {"oidc_groups_claim": "teams"}, Scope.DOWNLOAD),
    ],
)
async def test_only_who_is_on_a_list_comes_in(
    claims: dict[str, Any],
    changes: dict[str, Any],
    expected: Scope | None,
    identity: Identity,
    login_with: Callable[..., ProviderLogin],
) -> None:
    """To have an account at the provider is not enough."""
    identity.claims = claims
    login = login_with(**changes)
    if expected is None:
        with pytest.raises(OidcForbiddenError, match="ada may not use this service"):
            await logged_in(login, identity)
    else:
        assert await logged_in(login, identity) == ("ada", expected)


async def test_what_the_token_lacks_is_asked_for(login: ProviderLogin, identity: Identity) -> None:
    """Some providers tell names and groups only there; it may not tell of somebody else, nor change what is signed."""
    identity.metadata["userinfo_endpoint"] = f"{identity.issuer}/userinfo"
    identity.claims = {"preferred_username": None, "groups": ["others"]}
    identity.told = {"preferred_username": "eve", "groups": ["admins"]}
    with pytest.raises(OidcForbiddenError, match="eve"):
        await logged_in(login, identity)
    identity.claims = {"preferred_username": None, "groups": None}
    assert await logged_in(login, identity) == ("eve", Scope.ADMIN)
    identity.told["sub"] = "subject-2"
    assert "somebody else" in await refusal(login, identity)


@pytest.mark.parametrize(
    ("claim", "claims", "expected"),
    [
        ("email", {"email": "ada@example.org", "email_verified": True}, "ada@example.org"),
        ("email", {"email": "ada@example.org", "email_verified": False}, None),
        ("email", {"email": "ada@example.org"}, None),
        ("sub", {}, "subject-1"),
        ("name", {}, None),
        ("name", {"name": ""}, None),
        ("name", {"name": "a" * 101}, None),
        ("name", {"name": "ada\nadmin"}, None),
        ("name", {"name": ["ada"]}, None),
    ],
)
async def test_a_name_is_a_name(
    claim: str,
    claims: dict[str, Any],
    expected: str | None,
    identity: Identity,
    login_with: Callable[..., ProviderLogin],
) -> None:
    """And an address of mail only one that belongs to them."""
    identity.claims = claims
    login = login_with(oidc_username_claim=claim)
    if expected is None:
        await refusal(login, identity)
    else:
        assert (await logged_in(login, identity))[0] == expected


# ---------------------------------------------------------------------------------------------- who brings what back


async def test_only_the_browser_that_began_comes_in(login: ProviderLogin, identity: Identity) -> None:
    """A link with somebody else's code logs nobody in (login CSRF), and what was used is used up."""
    sent, other = await login.begin(ADDRESS, ""), await login.begin(ADDRESS, "")
    back = identity.authorize(sent.address)
    for query, browser in [
        (back, ""),
        (back, "guessed"),
        (back, other.browser),
        (back, "ä"),
        ({**back, "state": "wrong"}, sent.browser),
        ({"code": back["code"]}, sent.browser),
    ]:
        with pytest.raises(OidcExpiredError, match=HOME):
            await login.finish(query, browser, f"{ADDRESS}{len(browser)}{len(query['code'])}{len(query)}")
    assert identity.asked("/token") == 0
    assert (await login.finish(back, sent.browser, "198.51.100.1")).name == "ada"
    with pytest.raises(OidcExpiredError):
        await login.finish(back, sent.browser, "198.51.100.1")


async def test_a_code_is_worth_nothing_twice_nor_in_another_login(login: ProviderLogin, identity: Identity) -> None:
    """A stolen code is bound to the login that it was made for (PKCE)."""
    sent, other = await login.begin(ADDRESS, ""), await login.begin(ADDRESS, "")
    stolen = identity.authorize(sent.address)["code"]
    mixed = {**identity.authorize(other.address), "code": stolen}
    with pytest.raises(OidcRefusedError, match="does not take the code"):
        await login.finish(mixed, other.browser, ADDRESS)


async def test_a_login_waits_ten_minutes(login: ProviderLogin, identity: Identity, clock: FakeClock) -> None:
    for pause_s, passes in ((WAIT_S - 1, True), (WAIT_S, False)):
        sent = await login.begin(ADDRESS, "")
        clock.advance(pause_s)
        back = identity.authorize(sent.address)
        if passes:
            assert (await login.finish(back, sent.browser, ADDRESS)).name == "ada"
        else:
            with pytest.raises(OidcExpiredError):
                await login.finish(back, sent.browser, ADDRESS)


def test_who_begins_a_thousand_logins_ends_nobody_elses() -> None:
    clock = FakeClock()
    logins = WaitingLogins(clock)
    mine = logins.begin("198.51.100.7", "")
    theirs = [logins.begin(f"2001:db8::{number:x}", "") for number in range(1500)]
    assert logins.take(mine.state, mine.browser) is mine
    kept = [logins.take(each.state, each.browser) for each in theirs]
    assert [each is not None for each in kept] == [False] * 1480 + [True] * 20


def test_logins_of_many_addresses_are_bounded() -> None:
    logins = WaitingLogins(FakeClock())
    begun = [logins.begin(f"198.51.{number // 250}.{number % 250}", "") for number in range(1001)]
    assert [logins.take(each.state, each.browser) is None for each in begun[:2]] == [True, False]


async def test_who_fails_often_must_wait(login: ProviderLogin, identity: Identity, clock: FakeClock) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(OidcExpiredError):
            await login.finish({"state": "guessed", "code": "guessed"}, "guessed", ADDRESS)
    with pytest.raises(LoginSlowedError) as caught:
        await logged_in(login, identity)
    assert identity.asked("/token") == 0
    clock.advance(float(str(caught.value.params["wait_s"])))
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)


@pytest.mark.parametrize(
    ("said", "told"),
    [("access_denied", "access_denied"), ("<script>", "other"), ("", "other")],
)
async def test_the_provider_says_no(said: str, told: str, login: ProviderLogin, identity: Identity) -> None:
    assert await refusal(login, identity, error=said) == told
    assert await refusal(login, identity, code="") == "other"


@pytest.mark.parametrize(
    ("names_itself", "named", "passes"),
    [(False, None, True), (False, "own", True), (True, "own", True), (True, None, False), (False, "other", False)],
)
async def test_no_other_provider_mixes_its_code_in(
    names_itself: bool, named: str | None, passes: bool, login: ProviderLogin, identity: Identity
) -> None:
    """RFC 9207: the code of another provider would else be given to this one, or this one's to another."""
    identity.metadata["authorization_response_iss_parameter_supported"] = names_itself
    changes = {} if named is None else {"iss": identity.issuer if named == "own" else "https://evil.example"}
    if passes:
        assert await logged_in(login, identity, **changes) == ("ada", Scope.DOWNLOAD)
    else:
        assert "another provider" in await refusal(login, identity, **changes)
        assert identity.asked("/token") == 0
