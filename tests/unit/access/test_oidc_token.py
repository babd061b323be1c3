"""What a provider says counts only if it has signed it, for this service, and for this very login."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt

from aniworld_dl.access import Scope
from aniworld_dl.access.oidc.id_token import LEEWAY_S, Expected, UnknownKeyError, claims_of, keys_of
from aniworld_dl.access.oidc.provider import KEPT_S, KEYS_AGAIN_AFTER_S
from aniworld_dl.errors import (
    OidcRefusedError,
)
from tests.fakes.identity import (
    CLIENT,
    Identity,
    ec_key,
    encoded,
    public,
    rsa_key,
)
from tests.unit.access.oidc_parts import logged_in, refusal

if TYPE_CHECKING:
    from aniworld_dl.access.oidc.login import ProviderLogin
    from tests.fakes.clock import FakeClock


# --------------------------------------------------------------------------------------------------------- the token


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"iss": "https://evil.example"}, "invalid_claim"),
        ({"iss": None}, "missing_claim"),
        ({"aud": "another-client"}, "invalid_claim"),
        ({"aud": ["another-client"]}, "invalid_claim"),
        ({"aud": []}, "invalid_claim"),
        ({"aud": None}, "missing_claim"),
        ({"aud": [CLIENT, "another-client"]}, "azp"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"sub": None}, "missing_claim"),
        ({"sub": 7}, "invalid_claim"),
        ({"exp": None}, "missing_claim"),
        ({"exp": "tomorrow"}, "invalid_claim"),
        ({"exp": float("nan")}, "invalid_claim"),
        ({"iat": None}, "missing_claim"),
        ({"iat": 0}, "old"),
    ],
)
async def test_a_token_that_is_not_for_this_login_is_refused(
    claims: dict[str, Any], reason: str, login: ProviderLogin, identity: Identity
) -> None:
    identity.claims = claims
    assert reason in await refusal(login, identity)


async def test_several_audiences_with_this_one_in_charge(login: ProviderLogin, identity: Identity) -> None:
    identity.claims = {"aud": [CLIENT, "another-client"], "azp": CLIENT}
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)


@pytest.mark.parametrize(
    ("claim", "off_s", "passes"),
    [
        ("exp", -LEEWAY_S + 1, True),
        ("exp", -LEEWAY_S - 1, False),
        ("iat", LEEWAY_S - 1, True),
        ("iat", LEEWAY_S + 1, False),
        ("nbf", LEEWAY_S - 1, True),
        ("nbf", LEEWAY_S + 1, False),
    ],
)
async def test_clocks_may_differ_by_a_minute(
    claim: str, off_s: float, passes: bool, login: ProviderLogin, identity: Identity
) -> None:
    identity.claims = {claim: int(identity.now() + off_s)}
    if passes:
        assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    else:
        assert "not valid" in await refusal(login, identity)


def forged_none(claims: dict[str, Any]) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(claims)}."


def forged_by_public_key(claims: dict[str, Any]) -> str:
    """HS256, keyed with what everybody can read: the RSA key as PEM."""
    text = f"{encoded({'alg': 'HS256', 'kid': 'rsa-0'})}.{encoded(claims)}"
    mac = hmac.digest(rsa_key().as_pem(private=False), text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def forged_by_own_key(claims: dict[str, Any]) -> str:
    """With a key that the token itself brings along."""
    key = ec_key("mine")
    return jwt.encode({"alg": "ES256", "kid": "rsa-0", "jwk": public(key)}, claims, key)


def forged_in_part(claims: dict[str, Any]) -> str:
    """What is signed, with another payload."""
    head, _, signature = jwt.encode({"alg": "RS256", "kid": "rsa-0"}, claims, rsa_key()).split(".")
    return f"{head}.{encoded({**claims, 'groups': ['admins']})}.{signature}"


def forged_by_another_algorithm(claims: dict[str, Any]) -> str:
    """Signed well by the right key, but not as the key says that it is used."""
    return jwt.encode({"alg": "PS256", "kid": "rsa-0"}, claims, rsa_key(), algorithms=["PS256"])


@pytest.mark.parametrize(
    "forged",
    [
        forged_none,
        forged_by_public_key,
        forged_by_own_key,
        forged_in_part,
        forged_by_another_algorithm,
        lambda _: "a.b",
        lambda _: "....",
        lambda _: f"{encoded({'alg': ['RS256']})}.e30.e30",
        lambda _: f"{encoded(['alg'])}.e30.e30",
        lambda _: "x" * 500_000,
        lambda _: f"{encoded({'alg': 'RS256', 'kid': 'rsa-0', 'crit': ['exp'], 'exp': 1})}.e30.e30",
    ],
)
async def test_a_token_that_the_provider_has_not_signed_is_refused(
    forged: Any, login: ProviderLogin, identity: Identity
) -> None:
    identity.keys = [{**public(rsa_key()), "alg": "RS256"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-0"}]
    identity.sign = forged
    assert "ID token" in await refusal(login, identity)


@given(st.one_of(st.text(), st.lists(st.binary(max_size=60), min_size=3, max_size=5)))
def test_any_text_is_no_token(given_: str | list[bytes]) -> None:
    parts = given_ if isinstance(given_, list) else []
    text = ".".join(base64.urlsafe_b64encode(part).decode() for part in parts) if parts else str(given_)
    expected = Expected(issuer="https://a.example", client_id=CLIENT, now=0, nonce="n")
    with pytest.raises((OidcRefusedError, UnknownKeyError)):
        claims_of(text, keys_of({"keys": [public(ec_key())]}), expected)


# ---------------------------------------------------------------------------------------------------------- the keys


async def test_new_keys_are_asked_for_once_a_minute(login: ProviderLogin, identity: Identity, clock: FakeClock) -> None:
    """Providers change their keys; whoever sends tokens with unknown ones makes nobody ask all the time."""
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    identity.key, identity.keys = ec_key("next"), [public(ec_key("next"))]
    assert "key" in await refusal(login, identity)
    assert identity.asked("/jwks") == 1
    clock.advance(KEYS_AGAIN_AFTER_S)
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    identity.key = ec_key("unknown")
    assert "key" in await refusal(login, identity)
    identity.key = ec_key("next")
    clock.advance(KEPT_S - 1)
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    assert identity.asked("/jwks") == 2
    identity.keys = [public(ec_key("after"))]
    clock.advance(1)
    assert "key" in await refusal(login, identity)
    assert identity.asked("/jwks") == 3


async def test_a_token_without_the_name_of_its_key(login: ProviderLogin, identity: Identity) -> None:
    """Is checked where there is one key, and refused where nobody can know which."""
    identity.sign = lambda claims: jwt.encode({"alg": "ES256"}, claims, ec_key())
    assert await logged_in(login, identity) == ("ada", Scope.DOWNLOAD)
    with pytest.raises(UnknownKeyError):
        claims_of(
            identity.sign({}),
            keys_of({"keys": [public(ec_key()), public(rsa_key())]}),
            Expected(issuer="", client_id="", now=0, nonce=""),
        )


@pytest.mark.parametrize(
    "document", [[], {}, {"keys": {}}, {"keys": []}, {"keys": [public(rsa_key())] * 101}, {"keys": [{"kty": "oct"}]}]
)
def test_what_is_no_set_of_keys(document: object) -> None:
    with pytest.raises(OidcRefusedError):
        keys_of(document)
