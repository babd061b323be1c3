"""Puts what is on offer into the order of a wish: `German Dub > German Sub`, `VOE > Vidoza > any`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.model import Offer, Wish

ANY: Final = "any"
"""Stands for everything that was not named before it."""


def chain(text: str | None) -> list[str]:
    """Return the names of a chain, best first, without regard to case; nothing said means anything."""
    return [name for part in (text or "").casefold().split(">") if (name := part.strip())] or [ANY]


def preferred(offers: Iterable[Offer], wish: Wish, *, not_hosters: Iterable[str] = ()) -> list[Offer]:
    """Return what of the offers the wish allows, best first: by language, then by who hosts it.

    Where the wish does not tell offers apart their order stays. `not_hosters` are names in `wish.provider` that choose
    a provider, so that they say nothing about who hosts an episode.
    """
    languages = chain(wish.language)
    skipped = {name.casefold() for name in not_hosters}
    hosters = [name for name in chain(wish.provider) if name not in skipped] or [ANY]
    ranked = []
    for offer in offers:
        place = (_place(languages, offer.language), _place(hosters, offer.provider))
        if None not in place:
            ranked.append((place, offer))
    return [offer for _, offer in sorted(ranked, key=lambda each: each[0])]


def _place(names: list[str], name: str | None) -> int | None:
    """Return where a name stands in a chain, None where it is not wished for."""
    lower = (name or "").strip().casefold()
    if lower in names:
        return names.index(lower)
    return names.index(ANY) if ANY in names else None
