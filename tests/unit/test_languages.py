"""Languages, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.languages import alpha3, is_same_or_narrower, language_of_name, language_tag, ranges

SAME = ["de", "DE", "ger", "deu", "German", "german", " Deutsch ", "GERMAN"]


@pytest.mark.parametrize("text", SAME)
def test_one_language_has_one_tag(text: str) -> None:
    assert language_tag(text) == "de"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de_at", "de-AT"),
        ("pt-br", "pt-BR"),
        ("zh-cmn-Hans", "zh-Hans"),
        ("cmn-hant-tw", "zh-Hant-TW"),
        ("zh-yue", "yue"),
        ("es-419", "es-419"),
        ("iw", "he"),
        ("mo", "ro"),
        ("日本語", "ja"),
        ("jp", "ja"),
        ("Español (Latinoamérica)", "es-419"),
        ("mul", "mul"),
    ],
)
def test_tags_and_names(text: str, tag: str) -> None:
    """Retired codes, extended languages, countries for languages, and names in the language itself."""
    assert language_tag(text) == tag


@pytest.mark.parametrize(
    "text", [None, "", "  ", "und", "zxx", "xx", "Klingonisch", "de-", "-", "x" * 1000, "i-klingon"]
)
def test_what_is_no_language(text: str | None) -> None:
    assert language_tag(text) is None


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("German (Stereo)", "de"),
        ("English - Commentary", "en"),
        ("Deutsch [Forced]", "de"),
        ("English 5.1", "en"),
        ("Japanese Dub", "ja"),
        ("GER", "de"),
        ("Spanish (Latin America)", "es-419"),
        ("Track 1", None),
        ("Original", None),
        ("Sub", None),
        ("Dub", None),
        ("", None),
        (None, None),
    ],
)
def test_names_of_tracks(name: str | None, tag: str | None) -> None:
    """Free text: what begins with a language is in it; rare codes that are words of the trade are not meant."""
    assert language_of_name(name) == tag


@pytest.mark.parametrize(
    ("text", "library", "terminology"),
    [
        ("de-CH", "ger", "deu"),
        ("Chinese", "chi", "zho"),
        ("ja", "jpn", "jpn"),
        ("cmn", "chi", "zho"),
        ("arb", "ara", "ara"),
        ("nb", "nob", "nob"),
        ("xx", None, None),
        (None, None, None),
    ],
)
def test_codes_of_three_letters(text: str | None, library: str | None, terminology: str | None) -> None:
    assert (alpha3(text, bibliographic=True), alpha3(text, bibliographic=False)) == (library, terminology)


def test_a_wish_is_shortened_part_by_part() -> None:
    """RFC 4647 3.4: a part of one character goes with the one before it."""
    assert list(ranges("zh-Hant-TW")) == ["zh-Hant-TW", "zh-Hant", "zh"]
    assert list(ranges("de-x-private")) == ["de-x-private", "de"]


@pytest.mark.parametrize(
    ("tag", "wanted", "falls"),
    [("de-AT", "de", True), ("de", "DE", True), ("de", "de-AT", False), ("den", "de", False), ("en", "de", False)],
)
def test_ranges(tag: str, wanted: str, falls: bool) -> None:
    assert is_same_or_narrower(tag, wanted) is falls


@given(st.text() | st.from_regex(r"[A-Za-z]{1,9}([-_][A-Za-z0-9]{1,9}){0,4}", fullmatch=True))
def test_any_text_is_a_language_or_none(text: str) -> None:
    """A tag stays what it is when it is read again, and has at most one code."""
    tag = language_tag(text)
    language_of_name(text)
    assert tag is None or (language_tag(tag) == tag and len(alpha3(tag, bibliographic=True) or "xxx") == 3)
