"""Keys of encrypted segments, and what they open. Ciphertexts come from `cryptography`'s other direction."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import DecryptError, HttpStatusError
from aniworld_dl.media.download.decrypt import Decryptor, KeyStore
from aniworld_dl.media.download.resolve import SourceLinks, Whereabouts
from aniworld_dl.model import Key, Media
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.fakes.web import Page, Web, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

KEY: Final = "https://keys.example/1"
OTHER: Final = "https://keys.example/2"
SECRET: Final = bytes(range(16))


def where(uri: str = KEY, *, now_at: str | None = None, generation: int = 0) -> Whereabouts:
    """Return where a segment with this key is; the key itself may have moved since it was first heard of."""
    first = Key(method="AES-128", uri=uri, iv=bytes(16))
    now = Key(method="AES-128", uri=now_at or uri, iv=bytes(16))
    return Whereabouts(
        uri="https://cdn.example/0.ts", headers={}, byte_range=None, key=now, first_key=first, generation=generation
    )


@asynccontextmanager
async def key_store(settings: Settings, web: Web, attempts: int = 1) -> AsyncIterator[KeyStore]:
    few_attempts = settings.model_copy(update={"attempts_per_segment": attempts})
    clock = FakeClock(auto_advance=True)
    async with HttpClient(few_attempts, clock, transport=web.transport, resolver=resolve) as http:
        headers = {"Referer": "https://site.example/", "Cookie": "session=1"}
        yield KeyStore(http, SourceLinks(Media(url="https://cdn.example/index.m3u8", tracks=()), headers))


async def test_what_is_not_encrypted_has_no_key(settings: Settings) -> None:
    async with key_store(settings, Web({})) as store:
        assert await store.get(replace(where(), key=None, first_key=None), index=0) is None


async def test_a_key_is_fetched_once_for_all_who_wait(settings: Settings) -> None:
    web = Web({KEY: Page(body=SECRET)})

    async with key_store(settings, web) as store:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.get(where(), index=index)) for index in range(8)]
        later = await store.get(where(), index=9)

    assert {later, *(task.result() for task in tasks)} == {SECRET}
    assert web.urls() == [KEY]
    assert web.requests[0].headers["referer"] == "https://site.example/"
    assert "cookie" not in web.requests[0].headers


async def test_each_address_has_its_own_key(settings: Settings) -> None:
    web = Web({KEY: Page(body=SECRET), OTHER: Page(body=SECRET[::-1])})

    async with key_store(settings, web) as store:
        keys = [await store.get(where(key), index=0) for key in (KEY, OTHER, KEY)]

    assert keys == [SECRET, SECRET[::-1], SECRET]


@pytest.mark.parametrize("size", [0, 15, 17, 32, 100_000])
async def test_a_key_that_is_not_16_bytes_long_is_none(settings: Settings, size: int) -> None:
    async with key_store(settings, Web({KEY: Page(body=bytes(size))})) as store:
        with pytest.raises(DecryptError, match="instead of 16") as caught:
            await store.get(where(), index=4)

    assert caught.value.params["index"] == 4


async def test_a_page_in_place_of_a_key_is_asked_for_again(settings: Settings) -> None:
    web = Web({KEY: Page(body=b"later")})
    async with key_store(settings, web, attempts=3) as store:
        with pytest.raises(DecryptError):
            await store.get(where(), index=0)
        assert web.urls() == [KEY] * 3


async def test_a_key_that_cannot_be_had_is_not_asked_for_by_every_segment(settings: Settings) -> None:
    """Under newer addresses it is."""
    web = Web({KEY: Page(body=SECRET, failures=[404])})
    async with key_store(settings, web) as store:
        for _ in range(3):
            with pytest.raises(HttpStatusError) as caught:
                await store.get(where(), index=0)
            assert not caught.value.retryable
        assert web.urls() == [KEY]
        assert await store.get(where(generation=1), index=0) == SECRET


async def test_a_key_that_moves_is_not_fetched_again(settings: Settings) -> None:
    web = Web({KEY: Page(body=SECRET)})
    async with key_store(settings, web) as store:
        await store.get(where(), index=0)
        assert await store.get(where(now_at=OTHER, generation=1), index=1) == SECRET
    assert web.urls() == [KEY]


async def test_a_key_that_never_fitted_is_fetched_again(settings: Settings) -> None:
    web = Web({KEY: Page(body=SECRET)})
    async with key_store(settings, web) as store:
        await store.get(where(), index=0)
        store.doubt(where())
        await store.get(where(), index=0)
        store.fits(where())
        store.doubt(where())
        await store.get(where(), index=0)
        assert web.urls() == [KEY, KEY]
        store.doubt(where(generation=1))
        await store.get(where(generation=1), index=0)
        assert web.urls() == [KEY, KEY, KEY]


async def test_a_cancelled_waiter_leaves_the_others_their_key(settings: Settings) -> None:
    """The one who happens to fetch the key is cancelled; the next in line fetches it."""
    web = Web({KEY: Page(body=SECRET)})

    async with key_store(settings, web) as store, asyncio.TaskGroup() as group:
        first = group.create_task(store.get(where(), index=0))
        second = group.create_task(store.get(where(), index=1))
        await web.asked.wait()
        first.cancel()

    assert first.cancelled()
    assert second.result() == SECRET
    assert web.urls() == [KEY, KEY]


# ------------------------------------------------------------------------------------------------------- decryption

IV: Final = bytes(range(100, 116))


def encrypted(plain: bytes) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES128(SECRET), CBC(IV)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def decrypted(*pieces: bytes, key: bytes = SECRET) -> bytes:
    decryptor = Decryptor(key, IV, index=3)
    return b"".join([decryptor.update(piece) for piece in pieces]) + decryptor.finish()


def test_a_known_answer() -> None:
    """Made by `openssl enc -aes-128-cbc`: nothing of ours or of the library's other direction is in it."""
    ciphertext = bytes.fromhex("3f95f41689e5811b2a0265a49345c784")

    assert decrypted(ciphertext) == b"segment one"


@given(plain=st.binary(max_size=200), cuts=st.lists(st.integers(0, 220), max_size=5))
def test_pieces_of_any_size_give_the_plain_bytes(plain: bytes, cuts: list[int]) -> None:
    ciphertext = encrypted(plain)
    edges = [0, *sorted(cuts), len(ciphertext)]

    assert decrypted(*(ciphertext[start:stop] for start, stop in pairwise(edges))) == plain


@pytest.mark.parametrize("missing", [1, 15, 17])
def test_a_length_that_is_no_multiple_of_16_is_damage(missing: int) -> None:
    with pytest.raises(DecryptError, match="no whole number of 16-byte blocks") as caught:
        decrypted(encrypted(bytes(64))[:-missing])

    assert caught.value.params["index"] == 3


def test_nothing_at_all_is_damage() -> None:
    with pytest.raises(DecryptError, match="0 bytes"):
        decrypted()


def test_a_key_that_does_not_fit_shows_in_the_padding() -> None:
    with pytest.raises(DecryptError, match="padding is wrong"):
        decrypted(encrypted(bytes(64)), key=bytes(16))


def test_a_missing_block_shows_in_the_padding() -> None:
    with pytest.raises(DecryptError, match="padding is wrong"):
        decrypted(encrypted(bytes(64))[:-16])
