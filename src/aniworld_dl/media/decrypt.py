"""AES-128 of HLS segments (RFC 8216 4.3.2.4): keys fetched once, segments decrypted while their bytes come in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import DecryptError, TooLargeError
from aniworld_dl.media.source_headers import headers_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model import Key
    from aniworld_dl.net.client import HttpClient

_BLOCK_BYTES: Final = 16
_KEY_BYTES: Final = 16
_KEY_LIMIT_BYTES: Final = 4096


class KeyStore:
    """The keys of one episode. Each is fetched once, however many segments wait for it.

    `headers` are those of the source at `source_url`; what may be a secret stays with its host.
    """

    def __init__(self, http: HttpClient, headers: Mapping[str, str], *, source_url: str) -> None:
        self._http = http
        self._headers = headers
        self._source_url = source_url
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
        headers = headers_for(uri, source_url=self._source_url, headers=self._headers)
        try:
            fetched = await self._http.get_bytes(uri, headers=headers, limit_bytes=_KEY_LIMIT_BYTES)
        except TooLargeError as error:
            reason = f"its key has more than {_KEY_LIMIT_BYTES} bytes instead of {_KEY_BYTES}"
            raise DecryptError(index=index, reason=reason) from error
        if len(fetched.body) != _KEY_BYTES:
            reason = f"its key has {len(fetched.body)} bytes instead of {_KEY_BYTES}"
            raise DecryptError(index=index, reason=reason)
        return fetched.body


class Decryptor:
    """Takes the bytes of one encrypted segment in order and gives the plain ones (AES-128-CBC, PKCS7).

    Blocking work for threads; memory is bounded by the pieces it is fed. `index` is for the message.
    """

    def __init__(self, key: bytes, iv: bytes, *, index: int) -> None:
        self._cipher = Cipher(AES128(key), CBC(iv)).decryptor()
        self._padding = PKCS7(_BLOCK_BYTES * 8).unpadder()
        self._index = index
        self._size_bytes = 0

    def update(self, piece: bytes) -> bytes:
        """Return what can be told of the plain bytes by now, which is up to 31 bytes behind what came in."""
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
