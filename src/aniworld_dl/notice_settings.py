"""Who is told when a job has ended, as the setting `notices` names them: one table for each, by a name of one's own."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

JOB_COMPLETED: Final = "job.completed"
JOB_INCOMPLETE: Final = "job.incomplete"
QUEUE_HELD: Final = "queue.held"
TEST: Final = "test"
"""What a test is; nobody subscribes to it."""

Event: TypeAlias = Literal["job.completed", "job.incomplete", "queue.held"]

_EVERY_EVENT: Final[tuple[Event, ...]] = (JOB_COMPLETED, JOB_INCOMPLETE, QUEUE_HELD)
_KEY_PREFIX: Final = "whsec_"
_LEAST_SECRET_BYTES: Final = 24
_MOST_SECRET_BYTES: Final = 64
_MOST_TARGETS: Final = 20


def _web_address(text: str) -> str:
    """Return an http or https address without a slash at its end. The error does not repeat it: it may hold a token."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s#]", text):
        raise ValueError("give an http or https address")
    return text.rstrip("/")


def _bare_address(text: str) -> str:
    if "?" in text:
        raise ValueError("give an http or https address without a query")
    return _web_address(text)


def _secret_address(value: SecretStr) -> SecretStr:
    _web_address(value.get_secret_value())
    return value


def _signing_secret(value: SecretStr) -> SecretStr:
    if len(signing_key(value)) not in range(_LEAST_SECRET_BYTES, _MOST_SECRET_BYTES + 1):
        raise ValueError(
            f"give {_KEY_PREFIX} and {_LEAST_SECRET_BYTES} to {_MOST_SECRET_BYTES} random bytes in base64, "
            "such as openssl rand -base64 32 prints"
        )
    return value


def signing_key(secret: SecretStr) -> bytes:
    """Return the bytes of a secret as Standard Webhooks writes it; none where it is not one."""
    text = secret.get_secret_value()
    if not text.startswith(_KEY_PREFIX):
        return b""
    try:
        return base64.b64decode(text.removeprefix(_KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


BareAddress = Annotated[str, AfterValidator(_bare_address)]
"""An http or https address without query and fragment."""
_Token = Annotated[SecretStr, Field(min_length=1)]


class _Target(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Told(_Target):
    """Gets whole messages."""

    events: Annotated[tuple[Event, ...], Field(min_length=1)] = _EVERY_EVENT
    """What it is told of."""


class HookTarget(_Told):
    """A program that is run with the message on its standard input."""

    kind: Literal["hook"]
    command: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    """The program and its arguments; no shell reads them."""
    timeout_s: float = Field(default=60.0, gt=0, le=3600)


class WebhookTarget(_Told):
    """An address that the message is sent to, signed."""

    kind: Literal["webhook"]
    url: Annotated[SecretStr, AfterValidator(_secret_address)]
    secret: Annotated[SecretStr, AfterValidator(_signing_secret)]


class AppriseTarget(_Told):
    """A service that Apprise knows: one of its addresses."""

    kind: Literal["apprise"]
    url: Annotated[SecretStr, Field(min_length=4)]


class ServerTarget(_Target):
    """A media server that is to look at a folder."""

    url: BareAddress
    paths: dict[Annotated[str, Field(min_length=1)], Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """What our folders are called where the server runs."""


class JellyfinTarget(ServerTarget):
    """Jellyfin, with one of its API keys."""

    kind: Literal["jellyfin"]
    token: _Token


class PlexTarget(ServerTarget):
    """Plex, with an X-Plex-Token."""

    kind: Literal["plex"]
    token: _Token


class KodiTarget(ServerTarget):
    """Kodi, whose web server is on, with its user name and password."""

    kind: Literal["kodi"]
    username: str | None = None
    password: SecretStr | None = None


Target: TypeAlias = HookTarget | WebhookTarget | AppriseTarget | JellyfinTarget | PlexTarget | KodiTarget
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Targets = Annotated[
    dict[_Name, Annotated[Target, Field(discriminator="kind")]], Field(min_length=1, max_length=_MOST_TARGETS)
]
"""Targets by name: small letters, digits, `-` and `_`."""


def is_shown(key: str) -> bool:
    """Tell whether a bad value of this part of the setting may be repeated in an error: nearly all may be secrets."""
    return key.rpartition(".")[2] in {"kind", "timeout_s", "events", "[key]"} or ".events." in key
