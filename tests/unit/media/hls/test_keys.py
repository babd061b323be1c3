"""Keys of a playlist: which segment has which, and which are not taken."""

from __future__ import annotations

import re
from typing import Final

import pytest

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.model import Key
from tests.unit.media.hls_builders import BASE, media, multivariant, segments, variant

FAIRPLAY: Final = "com.apple.streamingkeydelivery"
WIDEVINE: Final = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"


def test_a_key_without_iv_takes_the_media_sequence_number() -> None:
    playlist = media("#EXT-X-MEDIA-SEQUENCE:258", '#EXT-X-KEY:METHOD=AES-128,URI="k?x=1"', *segments(2))

    assert [segment.key for segment in playlist.segments] == [
        Key(method="AES-128", uri=BASE + "k?x=1", iv=bytes(14) + b"\x01\x02"),
        Key(method="AES-128", uri=BASE + "k?x=1", iv=bytes(14) + b"\x01\x03"),
    ]


def test_keys_apply_until_the_next_one_and_none_ends_them() -> None:
    playlist = media(
        *("#EXTINF:4,", "0.ts"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0X1', "#EXTINF:4,", "1.ts", "#EXTINF:4,", "2.ts"),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k2",IV=0xfF,KEYFORMAT="identity"', "#EXTINF:4,", "3.ts"),
        *("#EXT-X-KEY:METHOD=NONE", "#EXTINF:4,", "4.ts"),
    )

    keys = [segment.key for segment in playlist.segments]
    assert [key and (key.uri.removeprefix(BASE), key.iv[-1]) for key in keys] == [
        None,
        ("k1", 1),
        ("k1", 1),
        ("k2", 255),
        None,
    ]


def test_the_method_none_ends_the_keys_of_all_formats() -> None:
    playlist = media(
        *('#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-KEY:METHOD=AES-128,URI="x:y",KEYFORMAT="other"'),
        *("#EXT-X-KEY:METHOD=NONE", *segments(1)),
    )

    assert playlist.segments[0].key is None


def test_an_iv_of_zeros_is_an_iv() -> None:
    zeros = "0x" + "0" * 32
    playlist = media("#EXT-X-MEDIA-SEQUENCE:5", f'#EXT-X-KEY:METHOD=AES-128,URI="k",IV={zeros}', *segments(1))

    key = playlist.segments[0].key
    assert key is not None
    assert key.iv == bytes(16)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (['METHOD=SAMPLE-AES,URI="k"'], "it is encrypted with 'SAMPLE-AES'"),
        (['METHOD=SAMPLE-AES-CTR,URI="k",KEYFORMAT="identity"'], "it is encrypted with 'SAMPLE-AES-CTR'"),
        (['METHOD=AES-256,URI="k"'], "it is encrypted with 'AES-256'"),
        ([f'METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="{FAIRPLAY}"'], "DRM: FairPlay (encrypted with 'SAMPLE-AES')"),
        ([f'METHOD=AES-128,URI="skd://k",KEYFORMAT="{FAIRPLAY}"'], "DRM: FairPlay (encrypted with 'AES-128')"),
        ([f'METHOD=SAMPLE-AES-CTR,URI="data:,x",KEYFORMAT="{WIDEVINE}"'], "DRM: Widevine"),
        ([f'METHOD=SAMPLE-AES-CTR,URI="data:,x",KEYFORMAT="{WIDEVINE.upper()}"'], "DRM: Widevine"),
        (['METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="com.microsoft.playready"'], "DRM: PlayReady"),
        (
            [
                f'METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="{WIDEVINE}"',
                'METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="com.widevine"',
                'METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="org.w3.clearkey"',
            ],
            "DRM: Widevine, key format 'org.w3.clearkey' (encrypted with 'SAMPLE-AES')",
        ),
        (['METHOD=AES-128,URI="k"', f'METHOD=SAMPLE-AES,KEYFORMAT="{WIDEVINE}"'], "DRM: Widevine"),
    ],
)
def test_other_encryption_is_named_and_not_opened(tags: list[str], words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=re.escape(words)):
        media(*(f"#EXT-X-KEY:{tag}" for tag in tags), *segments(1))


def test_a_plain_key_beside_another_key_format_is_enough() -> None:
    playlist = media(
        '#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-KEY:METHOD=AES-128,URI="x:y",KEYFORMAT="other"', *segments(1)
    )

    key = playlist.segments[0].key
    assert key is not None
    assert key.uri == BASE + "k"


def test_encryption_that_no_segment_has_is_no_matter() -> None:
    playlist = media('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', "#EXT-X-KEY:METHOD=NONE", *segments(1))

    assert playlist.segments[0].key is None


def test_a_session_key_says_nothing_about_the_segments() -> None:
    """RFC 8216 4.3.4.5: it only allows to load keys early."""
    key = f'#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="{FAIRPLAY}"'

    assert len(multivariant(key, *variant("a", "BANDWIDTH=1")).variants) == 1


# ------------------------------------------------------------------------------------------------- init sections


def test_an_init_section_has_the_key_before_it_whatever_comes_later() -> None:
    """RFC 8216 4.3.2.5: the segments' keys change, the init section's does not."""
    playlist = media(
        *('#EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0x1', '#EXT-X-MAP:URI="a.mp4"'),
        *('#EXT-X-KEY:METHOD=AES-128,URI="k2"', "#EXTINF:4,", "0.m4s"),
        *("#EXT-X-KEY:METHOD=NONE", '#EXT-X-MAP:URI="b.mp4"', '#EXT-X-KEY:METHOD=AES-128,URI="k3"'),
        *("#EXTINF:4,", "1.m4s"),
    )

    first, second = playlist.segments
    assert first.init is not None
    assert first.init.key == Key(method="AES-128", uri=BASE + "k1", iv=bytes(15) + b"\x01")
    assert first.key is not None
    assert first.key.uri == BASE + "k2"
    assert second.init is not None
    assert second.init.key is None


def test_an_encrypted_init_section_needs_an_iv() -> None:
    """RFC 8216 4.3.2.5: it has no media sequence number to take one from."""
    with pytest.raises(ManifestError, match="no IV"):
        media('#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-MAP:URI="a.mp4"', *segments(1))


def test_an_init_section_that_is_protected_is_not_opened() -> None:
    with pytest.raises(UnsupportedMediaError, match="FairPlay"):
        media(f'#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="{FAIRPLAY}"', '#EXT-X-MAP:URI="a"', *segments(1))
