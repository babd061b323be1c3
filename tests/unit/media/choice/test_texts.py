"""Which subtitles are taken, and which are to be shown."""

from __future__ import annotations

from typing import Any

import pytest

from aniworld_dl.media.choice.text import MOST_TEXTS
from tests.unit.media.choosing import CAPTIONS, chosen, defaults, muxed, picture, reasons, sound, taken, text

PICTURE = picture("v", 1080, audio_group="a", subtitles_group="s")
JA, DE = sound("ja", "ja"), sound("de", "de")
TEXTS = (text("t-en", "en", default=True), text("t-de", "de"), text("t-fr", "fr"))


@pytest.mark.parametrize(
    ("language", "wish", "expected", "shown"),
    [
        (None, ("all",), ["t-en", "t-de", "t-fr"], {"t-en"}),
        (None, ("fr", "de"), ["t-de", "t-fr"], set()),
        (None, ("it",), [], set()),
        (None, (), [], set()),
        ("German Sub", ("all",), ["t-de", "t-en", "t-fr"], {"t-de"}),
        ("German Sub", (), ["t-de"], {"t-de"}),
        ("English Sub", ("de",), ["t-en", "t-de"], {"t-en"}),
        ("German Dub", ("all",), ["t-en", "t-de", "t-fr"], set()),
        ("German Dub", ("de",), ["t-de"], set()),
    ],
)
def test_languages(language: str | None, wish: tuple[str, ...], expected: list[str], shown: set[str]) -> None:
    """A dub shows none; a sub shows its own, even when the settings want none."""
    choice = chosen(PICTURE, JA, DE, *TEXTS, language=language, subtitle_languages=wish)
    ids = [candidate.id for candidate in choice.taken if candidate.id.startswith("t-")]
    assert ids == expected
    assert {id_ for id_ in defaults(choice) if id_.startswith("t-")} == shown


def test_all_subtitles_are_judged_in_words() -> None:
    found = reasons(chosen(PICTURE, JA, *TEXTS, language="German Sub", subtitle_languages=("en",)))
    assert [found[candidate.id] for candidate in TEXTS] == [
        "wished for (en)",
        "wished for (de)",
        "their language is not wished for",
    ]
    assert reasons(chosen(PICTURE, *TEXTS))["t-fr"] == "all subtitles are wished for"
    assert reasons(chosen(PICTURE, *TEXTS, subtitle_languages=()))["t-fr"] == "no subtitles are wished for"


def test_each_role_is_taken_once() -> None:
    """Full ones, those for the hard of hearing and forced ones are different subtitles."""
    offered = (
        text("forced", "de", forced=True),
        text("full", "de"),
        text("again", "ger"),
        text("captions", "de", characteristics=(CAPTIONS,)),
        text("easy", "de", characteristics=("public.easy-to-read",)),
    )
    choice = chosen(PICTURE, JA, *offered, language="German Sub")
    assert [candidate.id for candidate in choice.taken[2:]] == ["full", "forced", "captions", "easy"]
    assert defaults(choice) == {"v", "ja", "full"}
    assert reasons(choice)["again"] == "the manifest names equal ones first"


def test_a_sub_shows_what_there_is_in_its_language() -> None:
    """For want of full ones those for the hard of hearing, else the forced ones."""
    forced = text("forced", "de", forced=True)
    captions = text("captions", "de", characteristics=("caption",))
    assert defaults(chosen(PICTURE, forced, captions, language="German Sub")) == {"v", "captions"}
    assert defaults(chosen(PICTURE, forced, language="German Sub")) == {"v", "forced"}


def test_forced_ones_of_the_sound_are_kept_and_shown() -> None:
    """Who hears German must read what is said in other languages, also when other subtitles are wished for."""
    forced = (text("f-de", "de", forced=True), text("f-ja", "ja", forced=True))
    choice = chosen(PICTURE, DE, *TEXTS, *forced, language="German Dub", subtitle_languages=("en",))
    assert [candidate.id for candidate in choice.taken] == ["v", "de", "f-de", "t-en"]
    assert defaults(choice) == {"v", "de", "f-de"}
    assert reasons(choice)["f-de"] == "forced, in the language of the sound"
    assert taken(PICTURE, DE, *forced, subtitle_languages=()) == ["v", "de"]


def test_forced_ones_of_sound_that_is_not_heard_are_not_shown() -> None:
    own = muxed("v", 1080, audio_group="a", subtitles_group="s", language="ja")
    choice = chosen(own, DE, text("f-ja", "ja", forced=True), text("f-de", "de", forced=True), language="German Dub")
    assert defaults(choice) == {"de", "f-de"}


@pytest.mark.parametrize(
    ("worse", "better", "reason"),
    [
        ({"codecs": "stpp.ttml.im1i"}, {"codecs": "stpp.ttml.im1t"}, "they are made of pictures"),
        ({"codecs": "stpp.ttml.im1t"}, {"codecs": "wvtt"}, "the same are there as WebVTT"),
        ({}, {"default": True}, "others of this language are the manifest's default"),
    ],
)
def test_what_decides_among_equal_ones(worse: dict[str, Any], better: dict[str, Any], reason: str) -> None:
    choice = chosen(PICTURE, text("worse", "de", **worse), text("better", "de", **better))
    assert [candidate.id for candidate in choice.taken[1:]] == ["better"]
    assert reasons(choice)["worse"] == reason


def test_subtitles_of_another_group_go_with_another_picture() -> None:
    choice = chosen(PICTURE, text("other", "de", group="other"))
    assert [candidate.id for candidate in choice.taken] == ["v"]
    assert reasons(choice)["other"] == "they go with another variant"
    assert taken(picture("v"), text("other", "de", group="other")) == ["v", "other"]


def test_unknown_languages_are_told_apart_by_name() -> None:
    """Of those without language and name one is taken."""
    offered = (text("1"), text("2"), text("3", name="Signs"), text("4", name="Deutsch"), text("5", "de"))
    choice = chosen(PICTURE, *offered)
    assert [(candidate.id, candidate.language) for candidate in choice.taken[1:]] == [
        ("1", None),
        ("3", None),
        ("4", "de"),
    ]


def test_subtitles_without_end_are_not_all_taken() -> None:
    """A manifest may list thousands. What is to be shown is among those taken."""
    offered = [text(str(number), name=f"Text {number}") for number in range(MOST_TEXTS * 2)]
    choice = chosen(PICTURE, *offered, text("de", "de"), language="German Sub")
    texts = [candidate.id for candidate in choice.taken[1:]]
    assert (texts[0], len(texts)) == ("de", MOST_TEXTS)
    assert reasons(choice)[str(MOST_TEXTS)] == f"there are more than {MOST_TEXTS} subtitles"
