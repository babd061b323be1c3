"""Encrypted segments are stored plain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import (
    DecryptError,
    SegmentInvalidError,
)
from aniworld_dl.model import Key
from tests.media_builders import ORIGIN, hls_track, media_of, ts_bytes
from tests.unit.media.downloading import Download, stored

if TYPE_CHECKING:
    from aniworld_dl.model import Track
KEY: Final = b"0123456789abcdef"
IV: Final = b"fedcba9876543210"


def encrypted(plain: bytes, key: bytes = KEY) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES128(key), CBC(IV)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def encrypted_track(count: int = 3) -> Track:
    key = Key(method="AES-128", uri=f"{ORIGIN}/key", iv=IV)
    track = hls_track(count)
    return replace(track, segments=tuple(replace(segment, key=key) for segment in track.segments))


async def test_encrypted_segments_are_stored_plain_and_their_key_is_fetched_once(run: Download) -> None:
    run.site.files = {"/key": KEY} | {f"/{index}.ts": encrypted(ts_bytes(7, fill=index)) for index in range(3)}
    media = media_of(encrypted_track())
    folder = await run(media)
    assert stored(folder) == {f"{index:06}.ts": ts_bytes(7, fill=index) for index in range(3)}
    assert run.site.asked["/key"] == 1
    await run(media)
    assert run.progress.segments_reused == 3


async def test_a_wrong_key_is_called_one(run: Download) -> None:
    run.site.files = {"/key": KEY, "/0.ts": encrypted(ts_bytes(7), b"another key 16 b")}
    with pytest.raises(SegmentInvalidError, match="sync byte at offset 0, after decryption"):
        await run(media_of(encrypted_track(1)))


async def test_a_damaged_end_is_fetched_again(run: Download) -> None:
    good = encrypted(ts_bytes(7))
    run.site.files = {"/key": KEY, "/0.ts": good}
    run.site.answers["/0.ts"] = [httpx.Response(200, content=good[:-16]), httpx.Response(200, content=good[:-3])]
    folder = await run(media_of(encrypted_track(1)))
    assert stored(folder) == {"000000.ts": ts_bytes(7)}
    assert run.site.asked["/0.ts"] == 3


@pytest.mark.parametrize("key", [b"short", b"x" * 17])
async def test_a_key_that_is_none_is_final(run: Download, key: bytes) -> None:
    run.site.files = {"/key": key, "/0.ts": encrypted(ts_bytes(7))}
    with pytest.raises(DecryptError):
        await run(media_of(encrypted_track(1)))
    assert run.site.asked["/0.ts"] == 0
