"""What is on offer comes in the order of the wish, and what is not wished for does not come."""

from __future__ import annotations

import pytest

from aniworld_dl.model import Offer, Wish
from aniworld_dl.providers.preference import preferred

OFFERS = [
    Offer(language=language, provider=provider)
    for language in ("German Dub", "German Sub")
    for provider in ("VOE", "Vidoza")
]
DUB_VOE, DUB_VIDOZA, SUB_VOE, SUB_VIDOZA = OFFERS


@pytest.mark.parametrize(
    ("language", "provider", "expected"),
    [
        (None, None, OFFERS),
        ("german sub", "voe", [SUB_VOE]),
        ("German Sub", None, [SUB_VOE, SUB_VIDOZA]),
        ("German Sub > German Dub", "Vidoza > any", [SUB_VIDOZA, SUB_VOE, DUB_VIDOZA, DUB_VOE]),
        ("English Dub>any", "VOE", [DUB_VOE, SUB_VOE]),
        ("English Dub", None, []),
        (None, "Filemoon", []),
        (" > ", "aniworld", OFFERS),
        (None, "aniworld > VOE", [DUB_VOE, SUB_VOE]),
    ],
)
def test_offers_are_ranked(language: str | None, provider: str | None, expected: list[Offer]) -> None:
    assert preferred(OFFERS, Wish(language=language, provider=provider), not_hosters=["AniWorld"]) == expected


def test_what_has_no_name_is_taken_by_any() -> None:
    unknown = Offer()
    assert preferred([unknown], Wish()) == [unknown]
    assert preferred([unknown], Wish(language="German Dub")) == []
