"""AES-128 of HLS segments (RFC 8216 4.3.2.4): keys fetched once, blocks decrypted off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import DecryptError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from aniworld_dl.model import Key
    from aniworld_dl.net.client import HttpClient

_Result = TypeVar("_Result")
_BLOCK_BYTES: Final = 16
_KEY_BYTES: Final = 16
_KEY_LIMIT_BYTES: Final = 4096
_PIECE_BYTES: Final = 1024 * 1024


class KeyStore:
    """The keys of one episode. Each is fetched once, however many segments wait for it."""

    def __init__(self, http: HttpClient, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = headers
        self._keys: dict[str, bytes] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: Key, *, index: int) -> bytes:
        """Return the 16 bytes of the key. `index` is the segment that asks, for the message.

        Raises:
            DecryptError: what is at its address is not 16 bytes long.
            NetError: it could not be fetched; the next one who asks tries again.
        """
        async with self._locks[key.uri]:
            if key.uri not in self._keys:
                self._keys[key.uri] = await self._fetch(key.uri, index)
            return self._keys[key.uri]

    async def _fetch(self, uri: str, index: int) -> bytes:
        try:
            fetched = await self._http.get_bytes(uri, headers=self._headers, limit_bytes=_KEY_LIMIT_BYTES)
        except TooLargeError as error:
            reason = f"its key has more than {_KEY_LIMIT_BYTES} bytes instead of {_KEY_BYTES}"
            raise DecryptError(index=index, reason=reason) from error
        if len(fetched.body) != _KEY_BYTES:
            reason = f"its key has {len(fetched.body)} bytes instead of {_KEY_BYTES}"
            raise DecryptError(index=index, reason=reason)
        return fetched.body


async def decrypt_bytes(data: bytes, key: bytes, iv: bytes, *, index: int) -> bytes:
    """Return the plain bytes of a whole encrypted segment (AES-128-CBC, PKCS7).

    Raises:
        DecryptError: the length is no multiple of 16, or the padding is wrong.
    """

    def work(stop: threading.Event) -> bytes:
        _check_length(len(data), index)
        pieces = (data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES))
        return b"".join(_plain(_until(stop, pieces), key, iv, index))

    return await _off_the_loop(work)


async def decrypt_file(source: Path, target: Path, key: bytes, iv: bytes, *, index: int) -> int:
    """Decrypt a whole encrypted segment into `target`, 1 MiB at a time. Returns the size of `target` in bytes.

    When it fails or is cancelled there is no `target`, and nothing writes to it any more.

    Raises:
        DecryptError: the length is no multiple of 16, or the padding is wrong.
        OSError: reading or writing failed.
    """

    def work(stop: threading.Event) -> int:
        _check_length(source.stat().st_size, index)
        try:
            with source.open("rb") as reader, target.open("wb") as writer:
                return sum(writer.write(piece) for piece in _plain(_until(stop, _pieces(reader)), key, iv, index))
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    return await _off_the_loop(work)


class _StoppedError(Exception):
    """The one who waited for the thread was cancelled."""


def _pieces(reader: BinaryIO) -> Iterator[bytes]:
    while piece := reader.read(_PIECE_BYTES):
        yield piece


def _until(stop: threading.Event, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if stop.is_set():
            raise _StoppedError
        yield piece


def _check_length(size_bytes: int, index: int) -> None:
    if not size_bytes or size_bytes % _BLOCK_BYTES:
        raise DecryptError(index=index, reason=f"{size_bytes} bytes are no whole number of {_BLOCK_BYTES}-byte blocks")


def _plain(pieces: Iterable[bytes], key: bytes, iv: bytes, index: int) -> Iterator[bytes]:
    decryptor = Cipher(AES128(key), CBC(iv)).decryptor()
    unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
    for piece in pieces:
        yield unpadder.update(decryptor.update(piece))
    try:
        yield unpadder.update(decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise DecryptError(
            index=index, reason="its padding is wrong: the key does not fit or bytes are damaged"
        ) from error


async def _off_the_loop(work: Callable[[threading.Event], _Result]) -> _Result:
    """Run `work` in a thread. A cancellation stops the thread at its next piece and waits for that."""
    stop = threading.Event()
    running = asyncio.get_running_loop().run_in_executor(None, work, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        running.cancelled() or running.exception()  # taken, so that nobody complains that it was not
        raise
