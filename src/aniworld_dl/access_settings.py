"""Settings that say who may use the service, and how it is reached."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from aniworld_dl.setting_values import Groups, Issuer, Scopes, StrList

_HEADER: Final = r"^[A-Za-z][A-Za-z0-9-]*$"


class AccessSettings(BaseSettings):
    """A part of the settings."""

    api_key: str | None = Field(default=None, min_length=8)
    """A key that may do everything, besides those that the service keeps itself."""
    allowed_hosts: StrList = Field(default_factory=list)
    """Further host names under which browsers may open the service, for example behind a proxy."""
    trusted_proxies: StrList = Field(default_factory=list)
    """Addresses or networks (CIDR) of proxies whose word counts about who is behind them."""
    proxy_user_header: str | None = Field(default=None, pattern=_HEADER)
    """Header in which such a proxy names who has logged in there, such as `Remote-User`."""
    proxy_groups_header: str = Field(default="Remote-Groups", pattern=_HEADER)
    """Header in which it names their groups, comma-separated."""
    proxy_groups: Groups = Field(default_factory=lambda: ["*=admin"])
    """What these may do: `group=scope`; `*` stands for everybody whom the proxy lets through."""
    oidc_issuer: Issuer | None = None
    """Address of the OpenID Connect provider that people log in at, exactly as it names itself."""
    oidc_client_id: str | None = Field(default=None, min_length=1)
    """What this service is called there."""
    oidc_client_secret: str | None = Field(default=None, min_length=1)
    """Its secret there; none where the provider holds it for a public client."""
    oidc_name: str | None = Field(default=None, min_length=1, max_length=60)
    """What the page calls the provider; none means its host name."""
    oidc_scopes: Scopes = "openid profile email"
    """What the provider is asked for; some tell groups only when asked for `groups`."""
    oidc_username_claim: str = Field(default="preferred_username", min_length=1)
    """Claim with the name of who logs in; with `email` only one that the provider calls verified counts."""
    oidc_groups_claim: str = Field(default="groups", min_length=1)
    """Claim with their groups."""
    oidc_groups: Groups = Field(default_factory=list)
    """What these may do: `group=scope`; `*` stands for everybody who can log in at the provider."""
    oidc_users: Groups = Field(default_factory=list)
    """What single people may do: `name=scope`."""
    oidc_session_hours: int = Field(default=24, ge=1, le=720)
    """After how many hours somebody must log in there again: until then they may do what they could when they did."""
    audit_days: int = Field(default=90, ge=1)
    """How many days it is kept who changed what."""
    tls_cert: Path | None = None
    """A PEM file with a certificate and those above it: the service then speaks HTTPS alone."""
    tls_key: Path | None = None
    """The PEM file of its private key, where that is not in the same file."""

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: list[str]) -> list[str]:
        return [str(ipaddress.ip_network(item, strict=False)) for item in value]

    @field_validator("tls_cert", "tls_key")
    @classmethod
    def _absolute_file(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()
