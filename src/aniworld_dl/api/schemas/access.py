"""Who may use the service and who changed what, as clients send and get it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from aniworld_dl.access import Scope, Way
from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.requests import StrictInput

Name = Annotated[str, Field(min_length=1, max_length=100)]


class LoginIn(StrictInput):
    """Who wants to log in."""

    name: Name
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class ProviderLoginIn(StrictInput):
    """Where somebody is who wants to log in at the provider."""

    page: Annotated[str, Field(pattern=r"^(#/[!-~]*)?$", max_length=500, description="The page's fragment.")] = ""


class ProviderLoginOut(Output):
    """Where to go."""

    address: str = Field(description="The provider's page for this login.")


class LogOutOut(Output):
    """Where to go to log out at the login provider too."""

    address: str = Field(description="The provider's page for that.")


class KeyIn(StrictInput):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="What it is for; no other has this name.")]
    scope: Literal["read", "download", "admin"] = Field(
        default="read", description="What it may do; each may do what those before it may."
    )


class CallerOut(Output):
    """Who asks."""

    name: str
    way: Way = Field(description="How that is known.")
    scope: Scope
    expires_at: str | None = Field(description="When one must log in again.")


class WaysOut(Output):
    """How one can say who one is."""

    password: bool
    key: bool
    oidc: str | None = Field(description="What the OpenID Connect provider is called; null: there is none.")


class SessionOut(Output):
    """Who asks, and how one can log in."""

    caller: CallerOut | None = Field(description="null: nobody knows.")
    ways: WaysOut


class KeyOut(Output):
    """A key, without the key."""

    id: int
    name: str
    scope: Scope
    created_at: str
    last_used_at: str | None = Field(description="To the hour; null: never.")


class NewKeyOut(KeyOut):
    """A new key."""

    key: str = Field(description="It is shown this once.", examples=["adl_..."])


class KeyPage(Output):
    """Keys; all of them."""

    items: list[KeyOut]
    next_cursor: None
    total: int


class DeedOut(Output):
    """Who changed what."""

    id: int
    at: str
    name: str
    way: Way
    address: str = Field(description="Where the request came from; empty: from the command line.")
    action: str = Field(examples=["POST /api/jobs/{job_id}/pause"])
    targets: dict[str, Any] = Field(description="Ids, or how many.")
    outcome: str = Field(description="`ok`, or the code of the error.")


class AuditPage(Output):
    """What was done, the latest first."""

    items: list[DeedOut]
    next_cursor: str | None
    total: int
