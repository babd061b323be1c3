"""What a request's language and the settings ask for."""

from __future__ import annotations

import pytest

from aniworld_dl.config import Settings, load_settings
from aniworld_dl.errors import ConfigError
from aniworld_dl.media.choice.wish import TrackWish, Version, track_wish, version_of


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("German Dub", Version(sound="de")),
        ("english dub", Version(sound="en")),
        ("German Sub", Version(sound="original", subtitles="de")),
        ("English Sub", Version(sound="original", subtitles="en")),
        ("GerSub", Version(sound="original", subtitles="de")),
        ("eng-dubbed", Version(sound="en")),
        ("German Subtitles", Version(sound="original", subtitles="de")),
        ("German", Version(sound="de")),
        ("pt-BR", Version(sound="pt-BR")),
        ("Sub", None),
        ("Dub", None),
        ("Klingon Dub", None),
        ("", None),
        ("x" * 10_000 + " Dub", None),
    ],
)
def test_names_of_versions(name: str, version: Version | None) -> None:
    assert version_of(name) == version


def test_nothing_set_and_nothing_asked_takes_the_default_and_all_subtitles(settings: Settings) -> None:
    assert track_wish(settings, None) == TrackWish()


def test_a_request_comes_before_the_settings() -> None:
    settings = load_settings(languages="German Dub, German Sub", max_height=720, video_codecs="HEVC,h264")
    assert track_wish(settings, "English Sub").versions == (Version(sound="original", subtitles="en"),)
    wish = track_wish(settings, None)
    assert wish.versions == (Version(sound="de"), Version(sound="original", subtitles="de"))
    assert (wish.max_height, wish.video_codecs) == (720, ("hevc", "h264"))


def test_languages_in_settings_become_tags() -> None:
    settings = load_settings(audio_languages="German,jpn,ALL,deu,original", subtitle_languages=["None"])
    assert settings.audio_languages == ["de", "ja", "all", "original"]
    assert track_wish(settings, None).subtitle_languages == ()
    assert track_wish(settings, None).audio_languages == ("de", "ja", "all", "original")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("audio_languages", "Klingonisch"),
        ("audio_languages", "none"),
        ("subtitle_languages", "original"),
        ("video_codecs", "h263"),
        ("max_height", 0),
    ],
)
def test_bad_values_name_the_setting(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(**{name: value})
    assert str(caught.value.params["key"]).startswith(name)
