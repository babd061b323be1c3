"""The provider: where it is asked (OpenID Connect Discovery 1.0), its keys, and what it gives for a code."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

from aniworld_dl.access.oidc.id_token import UnknownKeyError, claims_of, keys_of
from aniworld_dl.errors import HttpStatusError, NetError, OidcRefusedError, OidcUnreachableError
from aniworld_dl.net.address import is_loopback, parse
from aniworld_dl.net.errand import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import KeySet

    from aniworld_dl.access.oidc.id_token import Expected
    from aniworld_dl.clock import Clock

KEPT_S: Final = 3600.0
"""How long what the provider says of itself is believed, and its keys: one that it has withdrawn counts no longer."""
AGAIN_AFTER_S: Final = 5.0
"""It is not asked again sooner when it could not be reached."""
KEYS_AGAIN_AFTER_S: Final = 60.0
"""Nor for its keys, when a token names one that is not known."""
WELL_KNOWN: Final = "/.well-known/openid-configuration"
_NO_CODE: Final = "it does not take the code: see oidc_client_id, oidc_client_secret and the address to send back to"
_REFUSALS: Final = frozenset({400, 401, 403})
_LONGEST: Final = 200


class Messenger(Protocol):
    """What brings requests to the provider: `Errands`."""

    async def send(self, request: Request) -> bytes:
        """Send a request and return the body of its answer; raises `NetError`."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    """Where people log out there (OpenID Connect RP-Initiated Logout 1.0)."""
    names_itself: bool
    """Whether it says who it is when it sends somebody back (RFC 9207)."""
    secret_in_body: bool
    """Whether it takes the secret in the body alone, not as `Authorization: Basic`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What this service is to the provider."""

    client_id: str
    secret: str | None
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a code was worth."""

    id_token: str
    access_token: str


class Provider:
    """Asks the provider. What it answers is kept for a while, and asked for once however many wait for it."""

    def __init__(self, issuer: str, client: Client, clock: Clock, messenger: Messenger) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._messenger = messenger
        self._asking = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._metadata_until = 0.0
        self._failure: OidcUnreachableError | None = None
        self._failed_until = 0.0
        self._keys: KeySet | None = None
        self._keys_asked_at = 0.0

    async def metadata(self) -> Metadata:
        """Return what the provider says of itself.

        Raises:
            OidcUnreachableError: it cannot be reached, or says nothing that can be used.
        """
        async with self._asking:
            now = self._clock.monotonic()
            if self._metadata is not None and now < self._metadata_until:
                return self._metadata
            if self._failure is not None and now < self._failed_until:
                raise OidcUnreachableError(**self._failure.params)
            try:
                address = self._issuer.removesuffix("/") + WELL_KNOWN
                self._metadata = self._read_metadata(await self._json(Request(url=address, method="GET", headers={})))
            except OidcUnreachableError as error:
                self._failure, self._failed_until = error, self._clock.monotonic() + AGAIN_AFTER_S
                raise
            self._metadata_until = self._clock.monotonic() + KEPT_S
            return self._metadata

    async def redeem(self, code: str, verifier: str) -> Tokens:
        """Give a code back and return what it is worth (RFC 6749 4.1.3).

        Raises:
            OidcRefusedError: the provider does not take it.
            OidcUnreachableError: it cannot be reached, or answers nothing that can be used.
        """
        metadata, client = await self.metadata(), self._client
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
            "client_id": client.client_id,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if client.secret is not None and metadata.secret_in_body:
            fields["client_secret"] = client.secret
        elif client.secret is not None:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"  # RFC 6749 2.3.1
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        body = urlencode(fields).encode()
        answer = await self._json(Request(url=metadata.token_endpoint, headers=headers, body=body), refusal=_NO_CODE)
        found = Tokens(id_token=_text(answer, "id_token"), access_token=_text(answer, "access_token", needed=False))
        if str(answer.get("token_type", "")).lower() != "bearer":
            raise OidcUnreachableError(reason="its token is not of the kind that was asked for")
        return found

    async def claims(self, token: str, expected: Expected) -> Mapping[str, Any]:
        """Check an ID token, with new keys where it names one that is not known yet, and return what it says.

        Raises:
            OidcRefusedError: it does not hold.
            OidcUnreachableError: the keys cannot be had.
        """
        try:
            return claims_of(token, await self._known_keys(), expected)
        except UnknownKeyError:
            pass
        try:
            return claims_of(token, await self._known_keys(newer=True), expected)
        except UnknownKeyError as error:
            raise OidcRefusedError(reason="its ID token is signed with a key that it does not tell") from error

    async def userinfo(self, access_token: str, subject: str) -> Mapping[str, Any]:
        """Return what the provider tells of somebody beside the ID token; nothing where it has no place for it.

        Raises:
            OidcRefusedError: it tells of somebody else.
            OidcUnreachableError: it cannot be reached.
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None or not access_token:
            return {}
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        told = await self._json(Request(url=endpoint, method="GET", headers=headers))
        if told.get("sub") != subject:
            raise OidcRefusedError(reason="it tells of somebody else than the ID token does")
        return told

    async def aclose(self) -> None:
        """Close all connections."""
        await self._messenger.aclose()

    async def _known_keys(self, *, newer: bool = False) -> KeySet:
        """Return the keys; `newer` than those there are, unless these are new already: a token may name any key."""
        address = (await self.metadata()).jwks_uri
        async with self._asking:
            now = self._clock.monotonic()
            age_s = now - self._keys_asked_at
            if self._keys is None or age_s >= (KEYS_AGAIN_AFTER_S if newer else KEPT_S):
                self._keys_asked_at = now
                self._keys = keys_of(await self._json(Request(url=address, method="GET", headers={})))
            return self._keys

    async def _json(self, request: Request, *, refusal: str | None = None) -> dict[str, Any]:
        """Send a request and return the JSON object that answers it; `refusal` is what a 400 or 401 to it means."""
        host = parse(request.url).host
        try:
            answer = json.loads(await self._messenger.send(request))
        except HttpStatusError as error:
            status = error.params["status"]
            if refusal is not None and status in _REFUSALS:
                raise OidcRefusedError(reason=refusal) from error
            raise OidcUnreachableError(reason=f"{host} answers with status {status}") from error
        except NetError as error:
            raise OidcUnreachableError(reason=str(error)) from error
        except (ValueError, RecursionError) as error:
            raise OidcUnreachableError(reason=f"{host} answers with something that is no JSON") from error
        if not isinstance(answer, dict):
            raise OidcUnreachableError(reason=f"{host} answers with something else than was asked for")
        return answer

    def _read_metadata(self, told: Mapping[str, Any]) -> Metadata:
        if told.get("issuer") != self._issuer:
            raise OidcUnreachableError(reason=f"it calls itself {_shown(told.get('issuer'))}, not {self._issuer}")
        methods = told.get("token_endpoint_auth_methods_supported")
        known = methods if isinstance(methods, list) else []
        userinfo = told.get("userinfo_endpoint")
        return Metadata(
            authorization_endpoint=self._endpoint(told, "authorization_endpoint"),
            token_endpoint=self._endpoint(told, "token_endpoint"),
            jwks_uri=self._endpoint(told, "jwks_uri"),
            userinfo_endpoint=self._endpoint(told, "userinfo_endpoint") if userinfo is not None else None,
            end_session_endpoint=self._end_session_endpoint(told),
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
            secret_in_body="client_secret_post" in known and "client_secret_basic" not in known,
        )

    def _end_session_endpoint(self, told: Mapping[str, Any]) -> str | None:
        """Return where people log out there: one that cannot be used keeps nobody from logging in."""
        try:
            return self._endpoint(told, "end_session_endpoint")
        except OidcUnreachableError:
            return None

    def _endpoint(self, told: Mapping[str, Any], name: str) -> str:
        """Return an address that the provider names: by TLS, except on this machine by a provider on this machine."""
        try:
            address = parse(_text(told, name))
        except NetError as error:
            raise OidcUnreachableError(reason=f"its {name} is no address") from error
        local = is_loopback(address.host) and self._issuer.startswith("http://")
        if address.scheme != "https" and not local:
            raise OidcUnreachableError(reason=f"its {name} is not encrypted")
        return address.url


def _text(told: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        if needed:
            raise OidcUnreachableError(reason=f"it tells no {name}")
        return ""
    return value


def _shown(value: object) -> str:
    return str(value)[:_LONGEST]
