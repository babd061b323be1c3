"""Which seasons and numbers a filter lets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.subscriptions.filters import normal_text, parse_filter

CASES: list[tuple[str, bool, set[tuple[int | None, int | None]]]] = [
    ("", False, {(1, 1), (1, 5), (2, 5), (3, 12), (None, 7), (1, None)}),
    ("", True, {(0, 5), (0, None), (1, 1), (1, 5), (2, 5), (3, 12), (None, 7), (1, None)}),
    ("S02", False, {(2, 5)}),
    ("s02", True, {(0, 5), (0, None), (2, 5)}),
    ("S00, 12", False, {(0, 5), (0, None), (3, 12)}),
    ("S02-", False, {(2, 5), (3, 12)}),
    ("S01-S02", False, {(1, 1), (1, 5), (2, 5), (None, 7), (1, None)}),
    ("5-12", False, {(1, 5), (2, 5), (3, 12), (None, 7)}),
    ("E7-", False, {(3, 12), (None, 7)}),
    ("S01E05-E12 S03E12", False, {(1, 5), (None, 7), (3, 12)}),
    ("S01E1;S02E5-9", False, {(1, 1), (2, 5)}),
]
PLACES: list[tuple[int | None, int | None]] = [
    (0, 5),
    (0, None),
    (1, 1),
    (1, 5),
    (2, 5),
    (3, 12),
    (None, 7),
    (1, None),
]


@pytest.mark.parametrize(("text", "specials", "wanted"), CASES)
def test_wants(text: str, specials: bool, wanted: set[tuple[int | None, int | None]]) -> None:
    found = parse_filter(text, specials=specials)
    assert {place for place in PLACES if found.wants(*place)} == wanted


@pytest.mark.parametrize("text", ["all", "S", "-5", "5-3", "S02-5", "S03-S01", "S01E", "1.5", "S02E5-S03E1"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    """The word at fault is named, also among others."""
    with pytest.raises(RequestInvalidError) as caught:
        normal_text(f"S01, {text}")
    assert caught.value.params["value"] == text.upper()


@given(st.text("sSeE0123456789- ,", max_size=12))
def test_a_filter_is_kept_as_it_is_read(text: str) -> None:
    """Whatever is typed is refused in words, or means the same when it is read again."""
    try:
        kept = normal_text(text)
    except RequestInvalidError:
        return
    assert normal_text(kept) == kept
    assert parse_filter(kept, specials=False) == parse_filter(text, specials=False)
