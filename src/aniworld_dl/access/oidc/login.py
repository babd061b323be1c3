"""The way there and back: sends somebody to the provider, and says who has come back and what they may do."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from aniworld_dl.access.backoff import Backoff
from aniworld_dl.access.callers import Scope, scopes_of, widest_of_groups
from aniworld_dl.access.oidc.id_token import Expected
from aniworld_dl.access.oidc.provider import Client, Provider
from aniworld_dl.access.oidc.waiting import LOGGED_OUT, WaitingLogins
from aniworld_dl.access.records import MOST_SESSIONS
from aniworld_dl.errors import (
    LoginSlowedError,
    OidcExpiredError,
    OidcForbiddenError,
    OidcRefusedError,
    OidcUnreachableError,
)
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.access.oidc.provider import Messenger
    from aniworld_dl.access.oidc.waiting import Waiting
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings

CALLBACK: Final = "/api/session/oidc/callback"
"""Below `public_url`: where the provider sends people back to."""
_LONGEST_HINT: Final = 4096
"""A longer ID token is not shown to the provider again: it would have to stand in an address."""
_HOUR_S: Final = 3600.0
_LONGEST_NAME: Final = 100
_MOST_GROUPS: Final = 1000
_SHOWN_GROUPS: Final = 20
_EMAIL: Final = "email"
_OTHER: Final = "other"
_REFUSALS: Final = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
"""RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6; what else a provider may say is not repeated."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A login on its way: the provider's `address`, and what the `browser` that goes there must bring back."""

    address: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who has logged in, what they may do and for how long, and the fragment of the page they came from."""

    name: str
    scope: Scope
    session_s: float
    page: str
    id_token: str = field(repr=False)
    """What the provider has signed; it knows them again by that."""


class ProviderLogin:
    """Logins at one provider."""

    def __init__(self, settings: Settings, clock: Clock, messenger: Messenger) -> None:
        self.name = settings.oidc_name or str(urlsplit(settings.oidc_issuer).hostname)
        """What people know the provider by."""
        self.home = str(settings.public_url)
        """Where the page is, without a slash at its end."""
        self._issuer = str(settings.oidc_issuer)
        self._settings = settings
        self._clock = clock
        self._client = Client(
            client_id=str(settings.oidc_client_id),
            secret=settings.oidc_client_secret,
            redirect_uri=f"{self.home}{CALLBACK}",
        )
        self._provider = Provider(self._issuer, self._client, clock, messenger)
        self._waiting = WaitingLogins(clock)
        self._backoff = Backoff(clock)
        self._id_tokens: dict[bytes, str] = {}

    async def begin(self, address: str, page: str) -> Sent:
        """Begin a login from a network address; `page` is the fragment of the page to come back to.

        Raises:
            OidcUnreachableError: the provider cannot be reached.
        """
        endpoint = (await self._provider.metadata()).authorization_endpoint
        waiting = self._waiting.begin(address, page)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(waiting.verifier.encode()).digest()).rstrip(b"=")
        fields = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": self._settings.oidc_scopes,
            "state": waiting.state,
            "nonce": waiting.nonce,
            "code_challenge": challenge.decode("ascii"),
            "code_challenge_method": "S256",
        }
        return Sent(address=_with_query(endpoint, fields), browser=waiting.browser)

    async def finish(self, query: Mapping[str, str], browser: str, address: str) -> Person:
        """Tell who has come back: with what the provider has put into the query, and with the browser's cookie.

        Raises:
            LoginSlowedError: too many logins from there have failed.
            OidcExpiredError: the login was not begun in this browser, is used, or took too long.
            OidcRefusedError: the provider has not let them in, or what it says does not hold.
            OidcForbiddenError: they have logged in, but may not use this service.
            OidcUnreachableError: the provider cannot be asked who it was.
        """
        if wait_s := self._backoff.wait_s(address, address):
            raise LoginSlowedError(wait_s=int(wait_s) + 1)
        self._backoff.try_(address, address)
        waiting = self._waiting.take(query.get("state", ""), browser)
        if waiting is None:
            raise OidcExpiredError(address=self.home)
        person = await self._person(query, waiting)
        self._backoff.succeeded(address, address)
        return person

    def begun(self, session: bytes, person: Person) -> None:
        """Remember by whose ID token a session has begun, so that the provider knows whom to log out. In memory alone.

        `session` is the digest of its secret.
        """
        if len(person.id_token) <= _LONGEST_HINT:
            self._id_tokens[session] = person.id_token
        if len(self._id_tokens) > MOST_SESSIONS:
            del self._id_tokens[next(iter(self._id_tokens))]

    async def leave(self, session: bytes) -> str | None:
        """Return where at the provider somebody logs out whose session has ended, None where it has no such place.

        OpenID Connect RP-Initiated Logout 1.0, 2. It sends them back to where it does after a login: that address is
        the one that it knows.
        """
        id_token = self._id_tokens.pop(session, None)
        try:
            endpoint = (await self._provider.metadata()).end_session_endpoint
        except OidcUnreachableError as error:
            _log.warning("provider_logout_left_out", reason=str(error))
            return None
        if endpoint is None:
            return None
        hint = {} if id_token is None else {"id_token_hint": id_token}
        back = {"post_logout_redirect_uri": self._client.redirect_uri, "state": LOGGED_OUT}
        return _with_query(endpoint, {**hint, "client_id": self._client.client_id, **back})

    async def aclose(self) -> None:
        """Close all connections."""
        await self._provider.aclose()

    async def _person(self, query: Mapping[str, str], waiting: Waiting) -> Person:
        await self._check_sender(query)
        code = query.get("code")
        if "error" in query or not code:
            said = query.get("error", "")
            raise OidcRefusedError(reason=said if said in _REFUSALS else _OTHER)
        tokens = await self._provider.redeem(code, waiting.verifier)
        expected = Expected(
            issuer=self._issuer, client_id=self._client.client_id, now=self._clock.time(), nonce=waiting.nonce
        )
        claims = dict(await self._provider.claims(tokens.id_token, expected))
        wanted = {self._settings.oidc_username_claim, self._settings.oidc_groups_claim}
        if not wanted <= claims.keys():  # some providers tell these only when asked for them
            told = await self._provider.userinfo(tokens.access_token, claims["sub"])
            claims = {**told, **claims}
        return self._admitted(claims, waiting.page, tokens.id_token)

    async def _check_sender(self, query: Mapping[str, str]) -> None:
        """See that the provider that was asked is the one that answers (RFC 9207): no other may mix in its codes."""
        named = query.get("iss")
        if named is None and not (await self._provider.metadata()).names_itself:
            return
        if named != self._issuer:
            raise OidcRefusedError(reason="another provider has sent it (iss)")

    def _admitted(self, claims: Mapping[str, Any], page: str, id_token: str) -> Person:
        settings = self._settings
        name, groups = _name(claims, settings.oidc_username_claim), _groups(claims.get(settings.oidc_groups_claim))
        own = scopes_of(settings.oidc_users).get(name)
        by_group = widest_of_groups(scopes_of(settings.oidc_groups), groups)
        found = [scope for scope in (own, by_group) if scope is not None]
        if not found:
            _log.warning("login_forbidden", name=name, groups=sorted(groups)[:_SHOWN_GROUPS])
            raise OidcForbiddenError(name=name)
        scope = found[0] if all(found[0].covers(other) for other in found) else found[-1]
        session_s = settings.oidc_session_hours * _HOUR_S
        return Person(name=name, scope=scope, session_s=session_s, page=page, id_token=id_token)


def _with_query(endpoint: str, fields: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(fields)}"


def _name(claims: Mapping[str, Any], claim: str) -> str:
    """Return who it is.

    Raises:
        OidcRefusedError: the claim is missing, no name, or an address that nobody has verified.
    """
    name = claims.get(claim)
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise OidcRefusedError(reason=f"it tells no name ({claim}): see oidc_username_claim and oidc_scopes")
    if claim == _EMAIL and claims.get("email_verified") is not True:
        raise OidcRefusedError(reason="it has not verified the e-mail address (email_verified)")
    return name


def _groups(told: object) -> frozenset[str]:
    listed = told if isinstance(told, list) else [told]
    return frozenset(group for group in listed[:_MOST_GROUPS] if isinstance(group, str))
