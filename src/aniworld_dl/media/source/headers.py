"""Which request headers of a source may go to the other addresses it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.net.address import parse, same_host

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOR_ANY_HOST: Final = frozenset({"accept", "accept-language", "origin", "referer", "user-agent"})


def headers_for(url: str, *, source_url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to ask for `url` with, which a playlist at `source_url` named.

    Another host gets none that may be a secret: no cookies, no authorization, none of an unknown name.

    Raises:
        UrlInvalidError: one of the addresses is none.
    """
    if not headers:
        return {}
    if same_host(parse(source_url), parse(url)):
        return dict(headers)
    return {name: value for name, value in headers.items() if name.lower() in _FOR_ANY_HOST}
