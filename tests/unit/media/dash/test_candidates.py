"""What a manifest has on offer: kinds, languages, roles, sizes; and what it has that is not offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.model import Container, Track, TrackKind
from tests.unit.media.dash_builders import (
    AUDIO,
    ROLE,
    VIDEO,
    audio,
    base,
    element,
    period,
    read,
    template,
    video,
)

if TYPE_CHECKING:
    from aniworld_dl.media.dash.manifest import Mpd

CICP: Final = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
MPEG: Final = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
DOLBY: Final = "tag:dolby.com,2014:dash:audio_channel_configuration:2011"
PICTURES: Final = video(template(duration=2))
SOUND: Final = audio(template(duration=2))


def only(mpd: Mpd) -> Candidate:
    (candidate,) = mpd.candidates()
    return candidate


def essential(scheme: str, **attributes: str) -> str:
    return element("EssentialProperty", schemeIdUri=scheme, **attributes)


def test_a_picture_with_all_that_is_said_of_it() -> None:
    one = element("Representation", template(duration=2), id="v", bandwidth=800000, width=1280, height=720)
    owner = element(
        "AdaptationSet",
        element("Label", " Kamera "),
        element("Role", schemeIdUri=ROLE, value="main"),
        one,
        mimeType="video/mp4",
        codecs="avc1.64001f",
        frameRate="30000/1001",
        lang="de-AT",
        id="7",
    )

    candidate = only(read(period(owner)))

    assert candidate == Candidate(
        id="v",
        kind=TrackKind.VIDEO,
        track=Track(
            kind=TrackKind.VIDEO,
            container=Container.FMP4,
            segments=(),
            language="de-AT",
            name="Kamera",
            default=True,
            codecs="avc1.64001f",
            bandwidth_bps=800000,
            width=1280,
            height=720,
            frame_rate=30000 / 1001,
        ),
        language="de-AT",
        name="Kamera",
        codecs="avc1.64001f",
        bandwidth_bps=800000,
        width=1280,
        height=720,
        frame_rate=30000 / 1001,
        default=True,
        group="0",
        characteristics=("main",),
    )


@pytest.mark.parametrize(
    ("scheme", "value", "channels"),
    [
        (MPEG, "1", 1),
        (MPEG, "6", 6),
        (CICP, "2", 2),
        (CICP, "7", 8),
        (CICP, "12", 8),
        (DOLBY, "F801", 6),
        (DOLBY, "FA01", 8),
        (DOLBY, "8000", 1),
        (DOLBY, "xyz", None),
        ("urn:unknown", "3", 3),
        (MPEG, "many", None),
        (MPEG, "0", None),
    ],
)
def test_channels(scheme: str, value: str, channels: int | None) -> None:
    said = element("AudioChannelConfiguration", schemeIdUri=scheme, value=value)

    assert only(read(period(audio(said, template(duration=2))))).channels == channels


def test_channels_are_said_by_the_set_too() -> None:
    said = element("AudioChannelConfiguration", schemeIdUri=MPEG, value="2")
    owner = element("AdaptationSet", said, element("Representation", template(duration=2), id="a", **AUDIO))

    assert only(read(period(owner))).channels == 2


@pytest.mark.parametrize(
    ("attributes", "kind", "container"),
    [
        ({"mimeType": "video/mp4", "codecs": "hvc1.1.6"}, TrackKind.VIDEO, Container.FMP4),
        ({"mimeType": "video/mp4", "codecs": "avc1.64001f, mp4a.40.2"}, TrackKind.MUXED, Container.FMP4),
        ({"mimeType": "video/mp4"}, TrackKind.MUXED, Container.FMP4),
        ({"mimeType": "video/mp2t", "codecs": "avc1.64001f"}, TrackKind.VIDEO, Container.MPEG_TS),
        ({"mimeType": "Audio/MP4", "codecs": "opus"}, TrackKind.AUDIO, Container.FMP4),
        ({"mimeType": "audio/mp4"}, TrackKind.AUDIO, Container.FMP4),
    ],
)
def test_kinds_by_media_type_and_codecs(attributes: dict[str, str], kind: TrackKind, container: Container) -> None:
    found = only(read(period(element("AdaptationSet", element("Representation", template(duration=2), **attributes)))))

    assert found.track is not None
    assert (found.kind, found.track.container) == (kind, container)


@pytest.mark.parametrize(
    ("attributes", "container"),
    [
        ({"mimeType": "application/mp4", "codecs": "wvtt"}, Container.FMP4),
        ({"mimeType": "application/mp4", "codecs": "stpp.ttml.im1t"}, Container.FMP4),
        ({"mimeType": "application/mp4", "contentType": "text"}, Container.FMP4),
        ({"mimeType": "text/vtt"}, Container.WEBVTT),
        ({"mimeType": "application/ttml+xml"}, Container.TTML),
    ],
)
def test_kinds_of_text(attributes: dict[str, str], container: Container) -> None:
    texts = element("AdaptationSet", element("Representation", template(duration=2), id="t"), **attributes)
    found = read(period(PICTURES, texts)).candidates()[1]

    assert found.track is not None
    assert (found.kind, found.track.container) == (TrackKind.TEXT, container)


def test_components_of_a_set_say_what_is_in_it() -> None:
    parts = [element("ContentComponent", contentType=kind) for kind in ("video", "audio")]
    owner = element("AdaptationSet", *parts, element("Representation", template(duration=2)), mimeType="video/mp4")

    assert only(read(period(owner))).kind is TrackKind.MUXED


def test_a_picture_that_names_no_codecs_beside_a_sound_is_a_picture() -> None:
    pictures = element("AdaptationSet", element("Representation", template(duration=2)), mimeType="video/mp4")

    assert [candidate.kind for candidate in read(period(pictures, SOUND)).candidates()] == [
        TrackKind.VIDEO,
        TrackKind.AUDIO,
    ]


def test_roles_say_what_is_the_default_and_what_is_forced() -> None:
    def texts(*roles: str) -> str:
        said = [element("Role", schemeIdUri=ROLE, value=role) for role in roles]
        other = element("Role", schemeIdUri="urn:other", value="main")
        return element("AdaptationSet", *said, other, element("Representation", base("x.vtt"), mimeType="text/vtt"))

    sets = [texts("main", "caption"), texts("forced-subtitle"), texts("Forced_Subtitle"), texts("alternate")]
    found = read(period(PICTURES, *sets)).candidates()[1:]

    assert [(text.default, text.forced) for text in found] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert found[0].characteristics == ("caption", "main")
    assert len({text.group for text in found}) == 4


def test_ids_are_unique_even_where_the_manifest_s_are_not() -> None:
    found = read(period(PICTURES, PICTURES, element("AdaptationSet", element("Representation", **VIDEO)))).candidates()

    assert [candidate.id for candidate in found] == ["v", "v#1", "#2"]


def test_a_language_that_is_undetermined_is_none() -> None:
    owner = element("AdaptationSet", element("Representation", template(duration=2), **AUDIO), lang="und")

    assert only(read(period(owner))).language is None


def test_numbers_that_only_describe_may_be_nonsense() -> None:
    found = only(read(period(video(template(duration=2), width="x", height="-1", frameRate="1/0", bandwidth="1.5"))))

    assert (found.width, found.height, found.frame_rate, found.bandwidth_bps) == (None, None, None, None)


def test_pictures_that_stand_still_and_unknown_things_are_ignored() -> None:
    thumbnails = element("AdaptationSet", element("Representation", mimeType="image/jpeg"), contentType="image")
    unknown = element("AdaptationSet", element("Representation", mimeType="application/x-rainevents"))
    foreign = element("x:AdaptationSet", xmlns_x="urn:other")

    assert only(read(period(PICTURES, thumbnails, unknown, foreign))).id == "v"


def test_pictures_for_winding_are_not_offered() -> None:
    trick = essential("http://dashif.org/guidelines/trickmode", value="1")
    owner = element("AdaptationSet", trick, element("Representation", template(duration=2), id="trick", **VIDEO))

    assert only(read(period(owner, PICTURES))).id == "v"
