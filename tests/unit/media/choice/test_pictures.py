"""Which picture is taken."""

from __future__ import annotations

import pytest

from aniworld_dl.media.choice.picture import video_family
from tests.unit.media.choosing import chosen, muxed, picture, reasons, sound, taken

LADDER = (muxed("360", 360), muxed("1080", 1080), muxed("720", 720))


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, "1080"), (4320, "1080"), (1080, "1080"), (1079, "720"), (360, "360"), (144, "360")]
)
def test_the_best_picture_up_to_a_height(limit: int | None, expected: str) -> None:
    """Where all are higher, the lowest."""
    assert taken(*LADDER, max_height=limit) == [expected]


def test_every_picture_is_judged_in_words() -> None:
    assert reasons(chosen(*LADDER, max_height=720)) == {
        "360": "another picture is higher",
        "1080": "it is higher than 720p",
        "720": "the best picture up to 720p",
    }
    assert reasons(chosen(*LADDER, max_height=144)) == {
        "360": "the lowest picture, all are higher than 144p",
        "1080": "another picture is closer to 144p",
        "720": "another picture is closer to 144p",
    }
    assert reasons(chosen(*LADDER))["1080"] == "the best picture"
    assert reasons(chosen(LADDER[0])) == {"360": "the only picture"}


def test_a_picture_of_unknown_height_is_taken_only_where_none_is_known_to_fit() -> None:
    unknown = muxed("unknown", bandwidth_bps=9_000_000)
    assert taken(*LADDER, unknown, max_height=480) == ["360"]
    assert taken(*LADDER, unknown, max_height=144) == ["unknown"]


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [((), "hevc"), (("av1", "h264"), "av1"), (("h264", "av1"), "h264"), (("vp9",), "hevc"), (("vp9", "hevc"), "hevc")],
)
def test_codecs_are_preferred_at_the_same_height(preferred: tuple[str, ...], expected: str) -> None:
    """Without a preference, or when it is not on offer, bits decide."""
    offered = (
        muxed("h264", 1080, codecs="avc1.640028,mp4a.40.2", bandwidth_bps=5),
        muxed("hevc", 1080, codecs="mp4a.40.2, hvc1.2.4.L123", bandwidth_bps=6),
        muxed("av1", 1080, codecs="av01.0.08M.08", bandwidth_bps=4),
        muxed("low", 720, codecs="vp09.00.10.08", bandwidth_bps=3),
    )
    assert taken(*offered, video_codecs=preferred) == [expected]


def test_a_preferred_codec_is_no_reason_to_take_less() -> None:
    choice = chosen(muxed("a", 1080, codecs="avc1"), muxed("b", 720, codecs="av01"), video_codecs=("av1",))
    assert choice.taken[0].id == "a"
    assert reasons(choice)["b"] == "another picture is higher"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"width": 2560}, "another has more pixels"),
        ({"frame_rate": 50.0}, "another has more frames per second"),
        ({"bandwidth_bps": 2}, "another has more bits per second"),
        ({"codecs": "av01"}, "another codec is preferred"),
        ({}, "the manifest names an equal one first"),
    ],
)
def test_what_decides_among_equal_heights(more: dict[str, object], reason: str) -> None:
    base = {"width": 1920, "frame_rate": 25.0, "bandwidth_bps": 1}
    offered = [muxed("b", 1080, **{**base, **more}), muxed("a", 1080, **base)]
    choice = chosen(*(offered if not more else reversed(offered)), video_codecs=("av1",))
    assert choice.taken[0].id == "b"
    assert reasons(choice)["a"] == reason


def test_the_wished_sound_comes_before_the_height() -> None:
    offered = (
        picture("high", 1080, audio_group="en"),
        picture("low", 720, audio_group="both"),
        sound("e", "en", group="en"),
        sound("e2", "en", group="both"),
        sound("d2", "de", group="both"),
    )
    assert taken(*offered, language="German Dub") == ["low", "d2"]
    assert taken(*offered) == ["high", "e"]
    assert taken(*offered, audio_languages=("all",)) == ["low", "e2", "d2"]
    choice = chosen(*offered, language="German Dub")
    assert reasons(choice)["high"] == "a wished sound does not go with it"
    assert reasons(choice)["e"] == "it goes with another variant"


def test_the_limit_comes_before_the_wished_sound() -> None:
    offered = (
        picture("high", 1080, audio_group="both"),
        picture("low", 480, audio_group="en"),
        sound("e", "en", group="en"),
        sound("d", "de", group="both"),
    )
    assert taken(*offered, language="German Dub", max_height=720) == ["low", "e"]


def test_a_picture_without_sound_is_taken_last() -> None:
    choice = chosen(picture("mute", 2160, audio_group="none"), muxed("heard", 360))
    assert [candidate.id for candidate in choice.taken] == ["heard"]
    assert reasons(choice)["mute"] == "no sound goes with it"
    assert taken(picture("mute", 2160)) == ["mute"]


def test_the_sound_inside_counts_for_the_wish() -> None:
    offered = (muxed("en", 1080, language="en"), muxed("de", 720, language="de"))
    assert taken(*offered, language="German Dub") == ["de"]
    assert taken(*offered, audio_languages=("all",)) == ["en"]


def test_when_all_sound_is_wished_for_more_languages_come_before_height() -> None:
    offered = (
        muxed("high", 1080, language="en", audio_group="a"),
        muxed("low", 720, language="ja", audio_group="a"),
        sound("e", "en"),
        sound("d", "de"),
    )
    assert taken(*offered, audio_languages=("all",)) == ["low", "e", "d"]


@pytest.mark.parametrize(
    ("codecs", "family"),
    [
        ("avc1.640028,mp4a.40.2", "h264"),
        ("AVC3.1", "h264"),
        ("mp4a.40.2, dvh1.05.06", "hevc"),
        ("av01.0.08M.08", "av1"),
        ("vp9", "vp9"),
        ("mp4v.20.9", None),
        (None, None),
    ],
)
def test_families_of_codecs(codecs: str | None, family: str | None) -> None:
    assert video_family(codecs) == family


def test_nothing_on_offer_is_nothing_taken() -> None:
    assert chosen() == chosen(max_height=1, language="German Dub")
    assert taken() == []
