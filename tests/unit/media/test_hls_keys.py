"""Keys of a playlist: which segment has which, and which are not taken."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.model import Key
from tests.unit.media.hls_builders import BASE, media, segments


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


def test_an_iv_of_zeros_is_an_iv() -> None:
    zeros = "0x" + "0" * 32
    playlist = media("#EXT-X-MEDIA-SEQUENCE:5", f'#EXT-X-KEY:METHOD=AES-128,URI="k",IV={zeros}', *segments(1))

    key = playlist.segments[0].key
    assert key is not None
    assert key.iv == bytes(16)


@pytest.mark.parametrize(
    "tags",
    [
        ['METHOD=SAMPLE-AES,URI="k"'],
        ['METHOD=AES-256,URI="k"'],
        ['METHOD=AES-128,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"'],
        ['METHOD=AES-128,URI="k"', 'METHOD=SAMPLE-AES,URI="data:,x",KEYFORMAT="urn:uuid:edef8ba9"'],
    ],
)
def test_other_encryption_is_not_supported(tags: list[str]) -> None:
    with pytest.raises(UnsupportedMediaError, match="encrypted with"):
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
