"""What of a multivariant playlist can be chosen."""

from __future__ import annotations

import pytest

from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.model import TrackKind
from tests.unit.media.hls_builders import BASE, multivariant, variant

GROUPS = 'AUDIO="a",SUBTITLES="s"'


def audio(name: str, more: str = "") -> str:
    return f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{name}"{more}'


def candidates(*lines: str) -> list[Candidate]:
    return list(multivariant(*lines).candidates())


def test_picture_sounds_and_subtitles_apart() -> None:
    assert candidates(
        audio("Deutsch", ',LANGUAGE="de",DEFAULT=YES,CHANNELS="6",URI="de"'),
        audio("Beschrieben", ',LANGUAGE="de",CHARACTERISTICS="public.accessibility.describes-video",URI="ad"'),
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",FORCED=YES,URI="en"',
        '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="CC",INSTREAM-ID="CC1"',
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="v",NAME="Angle",URI="angle"',
        *variant(
            "v",
            f'BANDWIDTH=5,AVERAGE-BANDWIDTH=4,CODECS="avc1.640028, mp4a.40.2,wvtt",RESOLUTION=1920x1080,'
            f"FRAME-RATE=25,{GROUPS}",
        ),
    ) == [
        Candidate(
            id="v0",
            kind=TrackKind.VIDEO,
            uri=BASE + "v",
            codecs="avc1.640028",
            bandwidth_bps=5,
            average_bandwidth_bps=4,
            width=1920,
            height=1080,
            frame_rate=25.0,
            audio_group="a",
            subtitles_group="s",
        ),
        Candidate(
            id="audio:a:Deutsch",
            kind=TrackKind.AUDIO,
            uri=BASE + "de",
            language="de",
            name="Deutsch",
            codecs="mp4a.40.2",
            channels=6,
            default=True,
            group="a",
        ),
        Candidate(
            id="audio:a:Beschrieben",
            kind=TrackKind.AUDIO,
            uri=BASE + "ad",
            language="de",
            name="Beschrieben",
            codecs="mp4a.40.2",
            characteristics=("public.accessibility.describes-video",),
            group="a",
        ),
        Candidate(
            id="subtitles:s:English",
            kind=TrackKind.TEXT,
            uri=BASE + "en",
            language="en",
            name="English",
            codecs="wvtt",
            forced=True,
            group="s",
        ),
    ]


def test_a_variant_with_a_sound_inside_is_whole_and_its_sound_is_described() -> None:
    """RFC 8216 4.3.4.2.1: a rendition without an address is in the variant's own segments."""
    found = candidates(
        audio("English", ',LANGUAGE="en",CHANNELS="2"'),
        audio("Deutsch", ',LANGUAGE="de",DEFAULT=YES,CHANNELS="6"'),
        audio("Extra"),
        audio("Italiano", ',LANGUAGE="it",URI="it"'),
        *variant("v", f'BANDWIDTH=5,CODECS="avc1.640028,mp4a.40.2",{GROUPS}'),
        *variant("w", 'BANDWIDTH=5,CODECS="avc1.640028,mp4a.40.2"'),
    )

    assert [(item.id, item.kind) for item in found] == [
        ("v0", TrackKind.MUXED),
        ("v1", TrackKind.MUXED),
        ("audio:a:Italiano", TrackKind.AUDIO),
    ]
    with_group, without_group, _ = found
    assert (with_group.language, with_group.name, with_group.channels, with_group.default) == ("de", "Deutsch", 6, True)
    assert with_group.codecs == "avc1.640028,mp4a.40.2"
    assert (without_group.language, without_group.name, without_group.channels) == (None, None, None)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ("BANDWIDTH=1", TrackKind.MUXED),
        ('BANDWIDTH=1,CODECS="mp4a.40.2"', TrackKind.AUDIO),
        ('BANDWIDTH=1,CODECS="EC-3,wvtt"', TrackKind.AUDIO),
        ('BANDWIDTH=1,CODECS="mp4a.40.2",RESOLUTION=640x360', TrackKind.MUXED),
        ('BANDWIDTH=1,CODECS=" , "', TrackKind.MUXED),
        ('BANDWIDTH=1,CODECS="mp4a.40.2",AUDIO="a"', TrackKind.AUDIO),
        ('BANDWIDTH=1,AUDIO="a"', TrackKind.VIDEO),
        ('BANDWIDTH=1,AUDIO="unknown"', TrackKind.MUXED),
    ],
)
def test_what_a_variant_carries(attributes: str, kind: TrackKind) -> None:
    assert candidates(*variant("v", attributes), audio("x", ',URI="x"'))[0].kind is kind


def test_what_is_not_known_is_none() -> None:
    first, second, third = candidates(
        audio("", ',URI="x"'), *variant("v", "PROGRAM-ID=1"), *variant("w", 'AVERAGE-BANDWIDTH=3,AUDIO="a"')
    )

    assert first == Candidate(id="v0", kind=TrackKind.MUXED, uri=BASE + "v")
    assert second == Candidate(
        id="v1",
        kind=TrackKind.VIDEO,
        uri=BASE + "w",
        bandwidth_bps=3,
        average_bandwidth_bps=3,
        audio_group="a",
    )
    assert third == Candidate(id="audio:a:", kind=TrackKind.AUDIO, uri=BASE + "x", group="a")


def test_ids_are_unique_also_where_names_are_not() -> None:
    found = candidates(
        *(audio("x", f',LANGUAGE="{language}",URI="{language}"') for language in ("de", "en", "fr")),
        audio("x:2", ',URI="y"'),
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="a",NAME="x",URI="s"',
        *variant("v", "BANDWIDTH=1"),
    )

    assert [item.id for item in found] == [
        *("v0", "audio:a:x", "audio:a:x:2", "audio:a:x:3", "audio:a:x:2:2", "subtitles:a:x")
    ]


def test_addresses_of_the_same_come_along() -> None:
    found = candidates(
        audio("x", ',URI="x1"'), audio("x", ',URI="x2"'), *variant("v1", "BANDWIDTH=1"), *variant("v2", "BANDWIDTH=1")
    )

    assert [(item.uri, item.alternatives) for item in found] == [
        (BASE + "v1", (BASE + "v2",)),
        (BASE + "x1", (BASE + "x2",)),
    ]


def test_subtitles_inside_the_segments_cannot_be_chosen() -> None:
    found = candidates('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="x"', *variant("v", 'BANDWIDTH=1,SUBTITLES="s"'))

    assert [item.id for item in found] == ["v0"]
