"""Keys of encrypted segments, and what they open. Ciphertexts come from `cryptography`'s other direction."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
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
from aniworld_dl.media.decrypt import Decryptor, KeyStore
from aniworld_dl.model import Key
from aniworld_dl.net.client import HttpClient
from tests.fakes.clock import FakeClock
from tests.fakes.web import Page, Web, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings

KEY: Final = Key(method="AES-128", uri="https://keys.example/1", iv=bytes(16))
OTHER: Final = Key(method="AES-128", uri="https://keys.example/2", iv=bytes(16))
SECRET: Final = bytes(range(16))


@asynccontextmanager
async def key_store(settings: Settings, web: Web) -> AsyncIterator[KeyStore]:
    one_attempt = settings.model_copy(update={"attempts_per_segment": 1})
    clock = FakeClock(auto_advance=True)
    async with HttpClient(one_attempt, clock, transport=web.transport, resolver=resolve) as http:
        headers = {"Referer": "https://site.example/", "Cookie": "session=1"}
        yield KeyStore(http, headers, source_url="https://cdn.example/index.m3u8")


async def test_a_key_is_fetched_once_for_all_who_wait(settings: Settings) -> None:
    web = Web({KEY.uri: Page(body=SECRET)})

    async with key_store(settings, web) as store:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.get(KEY, index=index)) for index in range(8)]
        later = await store.get(KEY, index=9)

    assert {later, *(task.result() for task in tasks)} == {SECRET}
    assert web.urls() == [KEY.uri]
    assert web.requests[0].headers["referer"] == "https://site.example/"
    assert "cookie" not in web.requests[0].headers


async def test_each_address_has_its_own_key(settings: Settings) -> None:
    web = Web({KEY.uri: Page(body=SECRET), OTHER.uri: Page(body=SECRET[::-1])})

    async with key_store(settings, web) as store:
        keys = [await store.get(key, index=0) for key in (KEY, OTHER, KEY)]

    assert keys == [SECRET, SECRET[::-1], SECRET]


@pytest.mark.parametrize("size", [0, 15, 17, 32, 100_000])
async def test_a_key_that_is_not_16_bytes_long_is_none(settings: Settings, size: int) -> None:
    async with key_store(settings, Web({KEY.uri: Page(body=bytes(size))})) as store:
        with pytest.raises(DecryptError, match="instead of 16") as caught:
            await store.get(KEY, index=4)

    assert caught.value.params["index"] == 4


async def test_who_asks_after_a_failure_tries_again(settings: Settings) -> None:
    async with key_store(settings, Web({KEY.uri: Page(body=SECRET, failures=[404])})) as store:
        with pytest.raises(HttpStatusError):
            await store.get(KEY, index=0)

        assert await store.get(KEY, index=0) == SECRET


async def test_a_cancelled_waiter_leaves_the_others_their_key(settings: Settings) -> None:
    """The one who happens to fetch the key is cancelled; the next in line fetches it."""
    web = Web({KEY.uri: Page(body=SECRET)})

    async with key_store(settings, web) as store, asyncio.TaskGroup() as group:
        first = group.create_task(store.get(KEY, index=0))
        second = group.create_task(store.get(KEY, index=1))
        await web.asked.wait()
        first.cancel()

    assert first.cancelled()
    assert second.result() == SECRET
    assert web.urls() == [KEY.uri, KEY.uri]


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
