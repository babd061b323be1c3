"""AES-128 of HLS segments (RFC 8216 4.3.2.4): keys fetched once, blocks decrypted off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import DecryptError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aniworld_dl.model import Key
    from aniworld_dl.net.client import HttpClient

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


class Decryptor:
    """Takes the bytes of one encrypted segment piece by piece and gives the plain ones. Blocking: for threads."""

    def __init__(self, key: bytes, iv: bytes, *, index: int) -> None:
        self._cipher = Cipher(AES128(key), CBC(iv)).decryptor()
        self._padding = PKCS7(_BLOCK_BYTES * 8).unpadder()
        self._index = index
        self._size_bytes = 0

    def update(self, piece: bytes) -> bytes:
        """Return what can be told of the plain bytes by now: up to 32 bytes behind what came in."""
        self._size_bytes += len(piece)
        return self._padding.update(self._cipher.update(piece))

    def finish(self) -> bytes:
        """Return the last plain bytes.

        Raises:
            DecryptError: the length is no multiple of 16, or the padding is wrong.
        """
        if not self._size_bytes or self._size_bytes % _BLOCK_BYTES:
            reason = f"{self._size_bytes} bytes are no whole number of {_BLOCK_BYTES}-byte blocks"
            raise DecryptError(index=self._index, reason=reason)
        try:
            return self._padding.update(self._cipher.finalize()) + self._padding.finalize()
        except ValueError as error:
            reason = "its padding is wrong: the key does not fit or bytes are damaged"
            raise DecryptError(index=self._index, reason=reason) from error


async def decrypt_bytes(data: bytes, key: bytes, iv: bytes, *, index: int) -> bytes:
    """Return the plain bytes of a whole encrypted segment (AES-128-CBC, PKCS7), worked out in a thread.

    Raises:
        DecryptError: the length is no multiple of 16, or the padding is wrong.
    """
    decryptor = Decryptor(key, iv, index=index)
    return await asyncio.to_thread(lambda: decryptor.update(data) + decryptor.finish())


async def decrypt_file(source: Path, target: Path, key: bytes, iv: bytes, *, index: int) -> int:
    """Decrypt a whole encrypted segment into `target`, 1 MiB at a time. Returns the size of `target` in bytes.

    When it fails or is cancelled there is no `target`, and nothing writes to it any more.

    Raises:
        DecryptError: the length is no multiple of 16, or the padding is wrong.
        OSError: reading or writing failed.
    """
    decryptor = Decryptor(key, iv, index=index)
    stop = threading.Event()
    running = asyncio.get_running_loop().run_in_executor(None, _decrypt_file, source, target, decryptor, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await _ended(running)
        raise


class _StoppedError(Exception):
    """The one who waited for the thread was cancelled."""


def _decrypt_file(source: Path, target: Path, decryptor: Decryptor, stop: threading.Event) -> int:
    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            for piece in _pieces(reader, stop):
                writer.write(decryptor.update(piece))
            writer.write(decryptor.finish())
            return writer.tell()
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _pieces(reader: BinaryIO, stop: threading.Event) -> Iterator[bytes]:
    while piece := reader.read(_PIECE_BYTES):
        if stop.is_set():
            raise _StoppedError
        yield piece


async def _ended(running: asyncio.Future[int]) -> None:
    """Wait for the end of the thread, at most one piece away, even when the waiting is cancelled again."""
    while not running.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([running])
    if not running.cancelled():
        running.exception()  # taken: the cancellation is what the caller reports
