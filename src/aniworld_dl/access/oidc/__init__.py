"""Login at a provider of OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

What is signed is checked by joserfc, which is an extra: nothing here imports it unless the settings name a provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import parse
from aniworld_dl.net.errand import Errands

if TYPE_CHECKING:
    from aniworld_dl.access.oidc.login import ProviderLogin
    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings

EXTRA: Final = "oidc"


def provider_login(settings: Settings, clock: Clock) -> ProviderLogin | None:
    """Return how people log in at the provider that the settings name, None where they name none.

    Raises:
        ConfigError: a setting that belongs to it is missing, or the library is.
    """
    if settings.oidc_issuer is None:
        return None
    _require_complete(settings)
    try:
        from aniworld_dl.access.oidc.login import ProviderLogin  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        mend = f'this needs a library that is not installed: pip install "aniworld-dl[{EXTRA}]"'
        raise ConfigError(key="oidc_issuer", value=settings.oidc_issuer, mend=mend) from error
    return ProviderLogin(settings, clock, Errands(settings, clock, trusted_names=own_name(settings.oidc_issuer)))


def own_name(issuer: str) -> list[tuple[str, int]]:
    """Return host and port of the provider: the user has named it, so it may be in the network at home."""
    address = parse(issuer)
    return [(address.host, address.port)]


def _require_complete(settings: Settings) -> None:
    if settings.oidc_client_id is None:
        mend = "oidc_issuer needs it: what this service is called at the provider"
        raise ConfigError(key="oidc_client_id", value="", mend=mend)
    if settings.public_url is None:
        mend = "oidc_issuer needs it: where people open the page, which is where the provider sends them back to"
        raise ConfigError(key="public_url", value="", mend=mend)
    if not settings.oidc_groups and not settings.oidc_users:
        mend = (
            "say who may come in, such as oidc_groups = ['family=download'] or oidc_users = ['ada=admin']: "
            "to have an account at the provider is not enough ('*=read' would make it so)"
        )
        raise ConfigError(key="oidc_groups", value="", mend=mend)
