"""The ID token: signed by the provider, for this service, for this very login (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, KeySet

from aniworld_dl.errors import OidcRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc._rfc7515.model import JWSAlgModel
    from joserfc.jwk import Key

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA", "Ed25519")
"""None that anybody but the provider can sign with: neither `none` nor what is keyed with something public."""
LEEWAY_S: Final = 60
"""How far two clocks may be apart."""
_OLDEST_S: Final = 600
_KEY_TYPES: Final = frozenset({"RSA", "EC", "OKP"})
_LEAST_MODULUS_CHARACTERS: Final = 342
"""2048 bits in base64url."""
_MOST_KEYS: Final = 100


class UnknownKeyError(Exception):
    """The token names a key that is not among those of the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say. `now` in seconds since the epoch."""

    issuer: str
    client_id: str
    now: float
    nonce: str = field(repr=False)


class _Registry(jws.JWSRegistry):
    """The library's, with the list above alone, and without its word on how EdDSA is to be called."""

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"Algorithm of {name!r} is not allowed")
        return self.algorithms[name]


def keys_of(document: Any) -> KeySet:
    """Return the public keys of a JWK set that may have signed a token; what else is in it is passed over.

    Raises:
        OidcRefusedError: it is no JWK set, or has no such key.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise OidcRefusedError(reason="its keys are no JWK set")
    keys = [key for item in listed if _is_usable(item) and (key := _key(item)) is not None]
    if not keys:
        raise OidcRefusedError(reason="it has no key that can be used")
    return KeySet(keys)


def claims_of(token: str, keys: KeySet, expected: Expected) -> Mapping[str, Any]:
    """Check a token and return what it says.

    Raises:
        UnknownKeyError: its key is not among `keys`.
        OidcRefusedError: it does not hold.
    """
    try:
        claims = jwt.decode(token, keys, registry=_Registry()).claims
        rules = jwt.JWTClaimsRegistry(
            now=int(expected.now),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": expected.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": expected.client_id},
            exp={"essential": True},
            iat={"essential": True},
        )
        rules.validate(claims)
    except InvalidKeyIdError as error:
        raise UnknownKeyError from error
    except JoseError as error:
        raise OidcRefusedError(reason=f"its ID token is not valid ({error.error})") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:  # what is no token at all
        raise OidcRefusedError(reason="its ID token cannot be read") from error
    _check_login(claims, expected)
    return claims


def _check_login(claims: Mapping[str, Any], expected: Expected) -> None:
    """See that the token is for this service alone, for this login, and new."""
    nonce, azp, aud = claims.get("nonce"), claims.get("azp"), claims["aud"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise OidcRefusedError(reason="its ID token is for another login (nonce)")
    shared = isinstance(aud, list) and len(aud) > 1
    if (azp is not None or shared) and azp != expected.client_id:
        raise OidcRefusedError(reason="its ID token is for another service (azp)")
    if claims["iat"] < expected.now - _OLDEST_S:
        raise OidcRefusedError(reason="its ID token is old (iat)")


def _is_usable(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("kty") not in _KEY_TYPES or item.get("use", "sig") != "sig":
        return False
    modulus = item.get("n")
    return item["kty"] != "RSA" or (isinstance(modulus, str) and len(modulus) >= _LEAST_MODULUS_CHARACTERS)


def _key(item: dict[str, Any]) -> Key | None:
    """Return one key, None where the library knows nothing of its kind."""
    try:
        return JWKRegistry.import_key(item)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
