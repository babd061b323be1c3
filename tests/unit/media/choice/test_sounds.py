"""Which sounds are taken, and which is to be heard."""

from __future__ import annotations

from typing import Any

import pytest

from aniworld_dl.media.choice.choose import choose
from aniworld_dl.media.choice.sound import MOST_SOUNDS
from aniworld_dl.media.choice.wish import TrackWish, Version
from tests.unit.media.choosing import DESCRIBES, chosen, defaults, muxed, picture, reasons, sound, taken, text

PICTURE = picture("v", 1080, audio_group="a")
JA, EN, DE = sound("ja", "ja"), sound("en", "en", default=True), sound("de", "de")


@pytest.mark.parametrize(
    ("language", "wish", "expected"),
    [
        (None, (), ["en"]),
        ("German Dub", (), ["de"]),
        ("English Dub", (), ["en"]),
        ("German Sub", (), ["ja"]),
        ("English Sub", (), ["ja"]),
        ("French Dub", (), ["en"]),
        (None, ("de", "ja"), ["de", "ja"]),
        (None, ("all",), ["en", "ja", "de"]),
        (None, ("original",), ["ja"]),
        ("German Dub", ("ja",), ["de", "ja"]),
        ("German Sub", ("de",), ["ja", "de"]),
        ("German Dub", ("all",), ["de", "en", "ja"]),
        (None, ("fr",), ["en"]),
        (None, ("fr", "de"), ["de"]),
    ],
)
def test_languages(language: str | None, wish: tuple[str, ...], expected: list[str]) -> None:
    """The request's language first, then the settings'; the first is heard. Nothing of it there: the default."""
    choice = chosen(PICTURE, JA, EN, DE, language=language, audio_languages=wish)
    assert [candidate.id for candidate in choice.taken] == ["v", *expected]
    assert defaults(choice) == {"v", expected[0]}


def test_every_sound_is_judged_in_words() -> None:
    assert reasons(chosen(PICTURE, JA, EN, DE, language="German Sub", audio_languages=("en",))) == {
        "v": "the only picture",
        "ja": "the original sound",
        "en": "wished for (en)",
        "de": "its language is not wished for",
    }
    assert reasons(chosen(PICTURE, JA, EN))["en"] == "the manifest's default"
    lacking = "the manifest's default, no wished language is on offer"
    assert reasons(chosen(PICTURE, JA, EN, language="German Dub"))["en"] == lacking
    assert reasons(chosen(PICTURE, JA))["ja"] == "the only sound"
    assert reasons(chosen(PICTURE, JA, audio_languages=("all",)))["ja"] == "all sound is wished for"


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (["de", "en", "ko"], "en"),
        (["ko", "de"], "ko"),
        (["de-AT"], "de-AT"),
        (["de", "ja-JP"], "ja-JP"),
        (["de", None], None),
    ],
)
def test_the_original_is_japanese_else_what_is_no_translation(offered: list[str | None], expected: str | None) -> None:
    sounds = [sound(str(language), language) for language in offered]
    assert taken(PICTURE, *sounds, language="German Sub") == ["v", str(expected)]


def test_what_the_manifest_calls_original_is_it() -> None:
    marked = sound("fr", "fr", characteristics=("public.original-content",))
    assert taken(PICTURE, JA, EN, marked, language="German Sub") == ["v", "fr"]
    dubbed = sound("dub", "en", default=False, characteristics=("dub",))
    assert taken(PICTURE, dubbed, sound("ko", "ko"), audio_languages=("original",)) == ["v", "ko"]


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [
        ("de", ["de-CH", "de-AT"], "de-CH"),
        ("de", ["de-AT", "de"], "de"),
        ("de-AT", ["de-CH", "de"], "de"),
        ("de-AT", ["de-CH", "en"], "de-CH"),
        ("de", ["ger"], "ger"),
        ("de", ["German"], "German"),
        ("zh-Hant", ["zh-Hans", "cmn-Hant"], "cmn-Hant"),
    ],
)
def test_languages_are_matched_by_look_up(wanted: str, offered: list[str], expected: str) -> None:
    """RFC 4647 3.4, and what is narrower than the wish falls into it."""
    sounds = [sound(language, language) for language in offered]
    assert taken(PICTURE, sound("x", "it"), *sounds, audio_languages=(wanted,)) == ["v", expected]


def test_a_name_tells_the_language_where_nothing_else_does() -> None:
    choice = chosen(PICTURE, sound("1", name="Japanisch"), sound("2", name="Deutsch (Stereo)"), language="German Dub")
    assert [(candidate.id, candidate.language) for candidate in choice.taken[1:]] == [("2", "de")]


@pytest.mark.parametrize(
    ("worse", "better", "reason"),
    [
        ({"characteristics": (DESCRIBES,)}, {}, "it is a description or a commentary"),
        ({"characteristics": ("commentary",), "channels": 6}, {}, "it is a description or a commentary"),
        ({"codecs": "dtsc", "channels": 8}, {"codecs": "mp4a.40.2"}, "another one's codec fits into every container"),
        ({"channels": 2, "bandwidth_bps": 9}, {"channels": 6}, "another one has more channels"),
        ({"bandwidth_bps": 1}, {"bandwidth_bps": 2}, "another one has more bits per second"),
        ({}, {"default": True}, "another one is the manifest's default"),
    ],
)
def test_one_sound_of_each_language(worse: dict[str, Any], better: dict[str, Any], reason: str) -> None:
    choice = chosen(PICTURE, sound("worse", "de", **worse), sound("better", "ger", **better), language="German Dub")
    assert [candidate.id for candidate in choice.taken] == ["v", "better"]
    assert reasons(choice)["worse"] == reason


def test_of_equal_ones_the_first() -> None:
    choice = chosen(PICTURE, sound("1", "de"), sound("2", "de"))
    assert [candidate.id for candidate in choice.taken] == ["v", "1"]
    assert reasons(choice)["2"] == "the manifest names an equal one of its language first"


def test_a_description_is_taken_where_there_is_nothing_else_in_the_language() -> None:
    described = sound("de", "de", characteristics=("description",))
    assert taken(PICTURE, EN, described, language="German Dub") == ["v", "de"]
    assert taken(PICTURE, described, sound("it", "it")) == ["v", "it"], "but not for want of a default"


def test_sounds_without_end_are_not_all_taken() -> None:
    offered = [sound(str(number), name=f"Sound {number}") for number in range(MOST_SOUNDS * 2)]
    choice = chosen(PICTURE, *offered, DE, language="German Dub", audio_languages=("all",))
    assert [candidate.id for candidate in choice.taken[1:3]] == ["de", "0"]
    assert len(choice.taken) == 1 + MOST_SOUNDS


# ------------------------------------------------------------------------------------------ sound inside the picture


def test_sound_inside_the_picture_is_not_taken_twice() -> None:
    own = muxed("v", 1080, audio_group="a", language="ja")
    choice = chosen(own, sound("ja", "jpn", channels=6), DE, language="German Sub")
    assert [candidate.id for candidate in choice.taken] == ["v"]
    assert defaults(choice) == {"v"}
    assert reasons(choice)["ja"] == "the picture has sound in its language"


def test_another_language_is_heard_instead_of_the_sound_inside() -> None:
    own = muxed("v", 1080, audio_group="a", language="ja", default=True)
    choice = chosen(own, DE, language="German Dub")
    assert [candidate.id for candidate in choice.taken] == ["v", "de"]
    assert defaults(choice) == {"de"}


def test_without_a_wish_the_sound_inside_is_heard() -> None:
    own = muxed("v", 1080, audio_group="a")
    assert defaults(chosen(own, DE)) == {"v"}
    assert taken(own, EN) == ["v", "en"], "unless the manifest's default is another one"


def test_a_variant_of_sound_alone_is_no_rendition_of_a_picture_with_sound() -> None:
    alone = sound("alone", group=None)
    assert taken(muxed("v", 1080), alone) == ["v"]
    assert taken(picture("v", 1080), alone) == ["v", "alone"]


# ------------------------------------------------------------------------------------------------ without a picture


def test_sound_alone() -> None:
    """Of variants in no known language the one with the most bits."""
    choice = chosen(*(sound(str(bits), group=None, bandwidth_bps=bits) for bits in (1, 3, 2)))
    assert [candidate.id for candidate in choice.taken] == ["3"]
    assert defaults(choice) == {"3"}


def test_variants_of_sound_alone_with_renditions() -> None:
    """The best variant's group is where the languages are."""
    low = sound("low", group=None, audio_group="lo", bandwidth_bps=1)
    high = sound("high", group=None, audio_group="hi", bandwidth_bps=2)
    renditions = [sound(f"{group}-{tag}", tag, group=group) for group in ("lo", "hi") for tag in ("en", "de")]
    choice = chosen(low, high, *renditions, language="German Dub")
    assert [candidate.id for candidate in choice.taken] == ["hi-de"]
    assert reasons(choice) == {
        "low": "another has more bits per second",
        "high": "its sound is among the renditions",
        "lo-en": "it goes with another variant",
        "lo-de": "it goes with another variant",
        "hi-en": "its language is not wished for",
        "hi-de": "wished for (de)",
    }


def test_renditions_alone() -> None:
    assert taken(sound("en", "en"), sound("de", "de"), language="German Dub") == ["de"]


# ---------------------------------------------------------------------------------------------------------- versions


def test_the_first_version_on_offer_is_taken() -> None:
    """As in the setting `languages`, when a request names none."""
    wish = TrackWish(versions=(Version(sound="de"), Version(sound="original", subtitles="de")))
    subtitles = text("s", "de")

    def ids(*candidates: Any) -> list[str]:
        return [candidate.id for candidate in choose(candidates, wish).taken]

    assert ids(PICTURE, JA, DE, subtitles) == ["v", "de", "s"]
    assert ids(PICTURE, EN, JA, subtitles) == ["v", "ja", "s"]
    assert ids(PICTURE, EN, JA) == ["v", "en"]
