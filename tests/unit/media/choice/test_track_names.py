"""What a finished file calls its tracks."""

from __future__ import annotations

import pytest

from aniworld_dl.media.choice.track_names import language_code, track_title


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "ger"), ("de-AT", "ger"), ("en_US", "eng"), ("JA", "jpn"), ("ger", "ger"), ("xx", None), ("", None)],
)
def test_language_tags_become_codes(tag: str, expected: str | None) -> None:
    assert language_code(tag) == expected
    assert language_code(None) is None


def test_mp4_wants_the_other_codes() -> None:
    assert [language_code(tag, bibliographic=False) for tag in ("de", "fr", "ja")] == ["deu", "fra", "jpn"]


@pytest.mark.parametrize(
    ("name", "language", "title"),
    [
        ("Deutsch", "de", None),
        ("German", "ger", None),
        ("de", None, None),
        ("Português (Brasil)", "pt", None),
        ("German (Forced)", "de", "German (Forced)"),
        ("Director's\n commentary ", "en", "Director's commentary"),
        ("English", "de", "English"),
        ("  ", "de", None),
        (None, "de", None),
    ],
)
def test_titles_say_more_than_the_language(name: str | None, language: str | None, title: str | None) -> None:
    assert track_title(name, language) == title
