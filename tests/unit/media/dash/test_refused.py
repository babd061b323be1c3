"""What a manifest has that is not offered, and manifests that are not taken: conditions, encryption, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.periods import REPRESENTATIONS_LIMIT
from aniworld_dl.model import TrackKind
from tests.unit.media.dash_builders import (
    VIDEO,
    audio,
    base,
    element,
    manifest,
    period,
    read,
    segments,
    template,
    video,
)

if TYPE_CHECKING:
    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.dash.manifest import Mpd

WIDEVINE: Final = "urn:uuid:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED"
PLAYREADY: Final = "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95"
COMMON: Final = "urn:mpeg:dash:mp4protection:2011"
PICTURES: Final = video(template(duration=2))
SOUND: Final = audio(template(duration=2))


def only(mpd: Mpd) -> Candidate:
    (candidate,) = mpd.candidates()
    return candidate


def protection(scheme: str, **attributes: str) -> str:
    return element("ContentProtection", schemeIdUri=scheme, **attributes)


def essential(scheme: str, **attributes: str) -> str:
    return element("EssentialProperty", schemeIdUri=scheme, **attributes)


@pytest.mark.parametrize(
    ("properties", "offered"),
    [
        ([essential("urn:mpeg:mpegB:cicp:ColourPrimaries", value="9")], True),
        ([essential("urn:unknown", id="1"), essential("urn:mpeg:mpegB:cicp:TransferCharacteristics", id="1")], True),
        ([essential("urn:unknown", id="1"), essential("urn:mpeg:mpegB:cicp:TransferCharacteristics", id="2")], False),
        ([essential("urn:unknown")], False),
    ],
)
def test_conditions_of_a_representation(properties: list[str], *, offered: bool) -> None:
    found = read(period(PICTURES, video(*properties, template(duration=2), id="other"))).candidates()

    assert [candidate.id for candidate in found] == (["v", "other"] if offered else ["v"])


@pytest.mark.parametrize(
    "text",
    [
        manifest(essential("urn:x"), period(PICTURES)),
        manifest(period(essential("urn:x"), PICTURES)),
        manifest(period(video(essential("urn:x"), template(duration=2)))),
    ],
)
def test_conditions_of_everything_are_not_supported(text: str) -> None:
    with pytest.raises(UnsupportedMediaError, match="a condition 'urn:x'"):
        parse_mpd(text, "https://cdn.example/")


@pytest.mark.parametrize(
    ("protections", "words"),
    [
        ([protection(COMMON, value="cbcs")], r"Common Encryption \(cbcs\)"),
        ([protection(COMMON)], r"Common Encryption \(cenc\)"),
        ([protection(COMMON), protection(WIDEVINE), protection(PLAYREADY)], "Widevine and PlayReady"),
        ([protection("urn:uuid:94ce86fb-07ff-4f43-adb8-93d2fa968ca2")], "FairPlay"),
        ([protection("urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e")], "ClearKey"),
        ([protection("urn:mpeg:dash:sea:2012")], "segment encryption"),
        ([protection("urn:uuid:0")], "the system 'urn:uuid:0'"),
    ],
)
def test_encrypted_pictures_are_not_supported(protections: list[str], words: str) -> None:
    owner = element("AdaptationSet", *protections, element("Representation", template(duration=2), **VIDEO))

    with pytest.raises(UnsupportedMediaError, match=f"whose picture is encrypted with .*{words}"):
        read(period(owner, SOUND))


def test_a_representation_may_be_encrypted_alone() -> None:
    locked = video(protection(WIDEVINE), template(duration=2), id="uhd")

    assert only(read(period(locked, PICTURES))).id == "v"


@pytest.mark.parametrize(
    "sets",
    [
        [PICTURES, audio(protection(WIDEVINE), template(duration=2))],
        [video(template(duration=2), mimeType="video/webm", codecs="vp9"), SOUND],
        [PICTURES, audio(template(duration=2), mimeType="audio/webm", codecs="opus")],
    ],
)
def test_a_picture_without_its_sound_is_not_offered(sets: list[str]) -> None:
    with pytest.raises(UnsupportedMediaError, match=r"whose (picture|sound) is (encrypted|of the media type)"):
        read(period(*sets))


def test_an_encrypted_period_behind_a_clear_advertisement() -> None:
    locked = video(protection(WIDEVINE), template(duration=2))

    with pytest.raises(UnsupportedMediaError, match="Widevine"):
        read(period(PICTURES, duration="PT2S"), period(locked))


def test_encrypted_subtitles_are_left_out() -> None:
    texts = element(
        "AdaptationSet", protection(WIDEVINE), element("Representation", base("x.vtt"), mimeType="text/vtt")
    )

    assert only(read(period(PICTURES, texts))).kind is TrackKind.VIDEO


def test_text_alone_is_no_episode() -> None:
    with pytest.raises(UnsupportedMediaError, match="neither picture nor sound"):
        read(period(element("AdaptationSet", element("Representation", base("x.vtt"), mimeType="text/vtt"))))


def test_sound_alone_is_one() -> None:
    assert only(read(period(SOUND))).kind is TrackKind.AUDIO


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"minimumUpdatePeriod": "PT2S"}, "no end yet"),
        ({"mediaPresentationDuration": ""}, "no end yet"),
        ({"timeShiftBufferDepth": "PT11S"}, "beginning is gone"),
    ],
)
def test_live_manifests_are_not_supported(attributes: dict[str, str], words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=words):
        read(period(PICTURES), **{"type": "dynamic", **attributes})


@pytest.mark.parametrize("attributes", [{}, {"timeShiftBufferDepth": "PT12S"}])
def test_a_dynamic_manifest_that_is_final_is_as_good_as_a_static_one(attributes: dict[str, str]) -> None:
    live = {"type": "dynamic", "mediaPresentationDuration": "PT15S", **attributes}

    final, static = read(period(PICTURES, start="PT3S"), **live), read(period(PICTURES), type="static")

    assert final.candidates() == static.candidates()
    assert segments(final) == segments(static)


def test_a_manifest_of_another_type() -> None:
    with pytest.raises(ManifestError, match="neither static nor dynamic"):
        read(period(PICTURES), type="interactive")


def test_representations_are_bounded() -> None:
    many = element("AdaptationSet", *(element("Representation", **VIDEO) for _ in range(REPRESENTATIONS_LIMIT + 1)))

    with pytest.raises(ManifestError, match="more than"):
        read(period(many))
