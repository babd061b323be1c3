"""A small provider of OpenID Connect on this machine, with real signatures. A test makes it lie as it wants."""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from aniworld_dl.errors import HttpStatusError
from tests.fakes.receiver import Got, Reply, open_receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from joserfc.jwk import Key

    from aniworld_dl.net.errand import Request

CLIENT: Final = "aniworld"
SECRET: Final = "a secret / of the client"

_FORM: Final = """<!doctype html><title>Provider</title><form method="post" action="?{query}">
<label>Account <input name="account"></label><button>Let me in</button></form>"""


@cache
def rsa_key(number: int = 0) -> RSAKey:
    """Made once: it takes a moment."""
    return RSAKey.import_key(rsa.generate_private_key(65537, 2048), {"kid": f"rsa-{number}"})


@cache
def ec_key(kid: str = "ec") -> ECKey:
    return ECKey.import_key(ec.generate_private_key(ec.SECP256R1()), {"kid": kid})


@cache
def ed_key() -> OKPKey:
    return OKPKey.import_key(ed25519.Ed25519PrivateKey.generate(), {"kid": "ed"})


def public(key: Key) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Identity:
    """What the provider says can be changed: `metadata`, `claims`, `keys`, and `sign`, which makes the ID token."""

    def __init__(self, now: Callable[[], float], issuer: str = "https://login.example") -> None:
        self.issuer = issuer
        self.got: list[Got] = []
        self.now = now
        self.key: Key = ec_key()
        self.alg = "ES256"
        self.keys: list[dict[str, Any]] = [public(self.key)]
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.secret: str | None = SECRET
        self.replies: dict[str, Reply] = {}
        self.sign: Callable[[dict[str, Any]], str] = self._sign
        self.codes: dict[str, dict[str, str]] = {}
        self.signed: list[str] = []

    def authorize(self, address: str, **changes: str) -> dict[str, str]:
        """Log somebody in who was sent here: what stands in the query when they are sent back."""
        asked = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT, "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], **changes}

    def asked(self, path: str) -> int:
        return sum(got.path == path for got in self.got)

    def answer(self, got: Got) -> Reply:
        """Answer a request to any of its addresses."""
        self.got.append(got)
        if got.path in self.replies:
            return self.replies[got.path]
        if got.path == "/authorize":
            return self._page(got)
        if got.path == "/end":
            return self._end(got)
        answers = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": lambda _: {"keys": self.keys},
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        answer = answers[got.path](got)
        return Reply(status=400 if "error" in answer else 200, body=json.dumps(answer).encode())

    def _metadata(self, _got: Got) -> dict[str, Any]:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        own = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        return {"issuer": self.issuer, **own, **self.metadata}

    def _token(self, got: Got) -> dict[str, Any]:
        asked = {name: values[0] for name, values in parse_qs(got.body.decode()).items()}
        login = self.codes.pop(asked["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest())
        if (
            login is None
            or login["code_challenge"] != challenge.rstrip(b"=").decode()
            or login["redirect_uri"] != asked["redirect_uri"]
            or not self._knows(got, asked)
        ):
            return {"error": "invalid_grant"}
        now = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 300}
        claims |= {"nonce": login["nonce"], "preferred_username": "ada", "groups": ["family"], **self.claims}
        told = {name: value for name, value in claims.items() if value is not None}
        self.signed.append(self.sign(told))
        return {"access_token": "for-userinfo", "token_type": "Bearer", "id_token": self.signed[-1]}

    def _knows(self, got: Got, asked: dict[str, str]) -> bool:
        if self.secret is None:
            return asked["client_id"] == CLIENT
        if "client_secret" in asked:
            return asked["client_secret"] == self.secret
        expected = f"{CLIENT}:{urlencode({'': self.secret})[1:]}"
        return got.headers.get("authorization") == f"Basic {base64.b64encode(expected.encode()).decode()}"

    def _userinfo(self, got: Got) -> dict[str, Any]:
        assert got.headers["authorization"] == "Bearer for-userinfo"
        return {"sub": "subject-1", **self.told}

    def _sign(self, claims: dict[str, Any]) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of the older name of a good algorithm
            return jwt.encode({"alg": self.alg, "kid": self.key.kid}, claims, self.key, algorithms=[self.alg])

    def _page(self, got: Got) -> Reply:
        """The provider's own login, whose form the browser posts, and which sends it back then."""
        query = urlsplit(got.target).query
        if got.method == "GET":
            page = _FORM.format(query=query.replace("&", "&amp;"))
            return Reply(body=page.encode(), headers={"Content-Type": "text/html"})
        asked = dict(parse_qsl(query))
        self.claims["preferred_username"] = dict(parse_qsl(got.body.decode()))["account"]
        back = f"{asked['redirect_uri']}?{urlencode(self.authorize(f'?{query}'))}"
        return Reply(status=302, headers={"Location": back})

    def _end(self, got: Got) -> Reply:
        """Log out whom it knows by the hint, and send them back (OpenID Connect RP-Initiated Logout 1.0)."""
        asked = dict(parse_qsl(urlsplit(got.target).query))
        assert asked["client_id"] == CLIENT
        assert asked["id_token_hint"] in self.signed
        return Reply(status=302, headers={"Location": f"{asked['post_logout_redirect_uri']}?state={asked['state']}"})


class IdentityErrands:
    """Brings requests to it without a network."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def send(self, request: Request) -> bytes:
        headers = {name.lower(): value for name, value in request.headers.items()}
        got = Got(method=request.method, target=request.url, headers=headers, body=request.body)
        reply = self._identity.answer(got)
        if reply.status != HTTPStatus.OK:
            raise HttpStatusError(host="login.example", status=reply.status, url=request.url, retry_after_s=None)
        return reply.body

    async def aclose(self) -> None:
        pass


@asynccontextmanager
async def open_identity(now: Callable[[], float]) -> AsyncIterator[Identity]:
    """Open one that listens on this machine."""
    async with open_receiver() as receiver:
        identity = Identity(now, receiver.url)
        receiver.answer = identity.answer
        yield identity
