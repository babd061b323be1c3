"""Puts what is on offer into the order of a wish: `German Dub > German Sub`, `VOE > Vidoza > any`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from aniworld_dl.chains import Chain, chain_of
from aniworld_dl.model import Offer, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.model import Wish

Version = TypeVar("Version", Offer, Source)
"""Both say in which language something is and who hosts it."""

_GOOD_HEALTH: Final = 0.5
"""What has this or more is good enough: who comes first then is not for health to decide."""


def preferred(offers: Iterable[Offer], wish: Wish, *, not_hosters: Iterable[str] = ()) -> list[Offer]:
    """Return what of the offers the wish allows, best first: by language, then by who hosts it, then by health.

    Where none of these tells offers apart their order stays. `not_hosters` are names in `wish.provider` that choose
    a provider, so that they say nothing about who hosts an episode.
    """
    languages, hosters = chain_of(wish.language), chain_of(wish.provider).without(*not_hosters)
    allowed = [
        offer
        for offer in offers
        if languages.place(offer.language) is not None and hosters.place(offer.provider) is not None
    ]
    return _in_order(allowed, languages, hosters, wish)


def in_order(sources: Iterable[Source], wish: Wish, *, not_hosters: Iterable[str] = ()) -> list[Source]:
    """Return all sources, best first in the same sense; what is not wished for comes last."""
    return _in_order(sources, chain_of(wish.language), chain_of(wish.provider).without(*not_hosters), wish)


def _in_order(versions: Iterable[Version], languages: Chain, hosters: Chain, wish: Wish) -> list[Version]:
    def rank(version: Version) -> tuple[int, int, float]:
        health = wish.health.get(host_of(version), 1.0)
        return _rank(languages, version.language), _rank(hosters, version.provider), -min(health, _GOOD_HEALTH)

    return sorted(versions, key=rank)


def host_of(version: Offer | Source) -> str:
    """Return the name by which the health of who hosts something is known: their own, else that of the server."""
    if version.provider:
        return version.provider.casefold()
    try:
        return (urlsplit(version.url).hostname or "") if isinstance(version, Source) else ""
    except ValueError:
        return ""


def _rank(chain: Chain, name: str | None) -> int:
    """Return where a name stands. Of what is not told the provider has put first what is wished for: that stays so."""
    place = chain.place(name)
    return place if place is not None else (len(chain.names) if name else 0)
