"""Settings that say who may use the service, and how it is reached."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from aniworld_dl.setting_values import Groups, StrList

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
