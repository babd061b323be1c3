"""What the tests of logging in at a provider share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import (
    OidcRefusedError,
)
from tests.fakes.identity import (
    CLIENT,
    Identity,
)

if TYPE_CHECKING:
    from aniworld_dl.access import Scope
    from aniworld_dl.access.oidc.login import ProviderLogin

HOME = "http://127.0.0.1:8080/down"
ADDRESS = "203.0.113.5"
COMPLETE: dict[str, Any] = {
    "oidc_issuer": "https://login.example/",
    "oidc_client_id": CLIENT,
    "oidc_groups": ["family=read"],
    "public_url": HOME,
}


async def logged_in(login: ProviderLogin, identity: Identity, **changes: str) -> tuple[str, Scope]:
    """Go there and back as a browser does."""
    sent = await login.begin(ADDRESS, "#/status")
    person = await login.finish(identity.authorize(sent.address, **changes), sent.browser, ADDRESS)
    assert person.page == "#/status"
    return person.name, person.scope


async def refusal(login: ProviderLogin, identity: Identity, **changes: str) -> str:
    with pytest.raises(OidcRefusedError) as caught:
        await logged_in(login, identity, **changes)
    return str(caught.value.params["reason"])
