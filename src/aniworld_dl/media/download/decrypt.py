"""AES-128 of HLS segments (RFC 8216 4.3.2.4): keys fetched once, segments decrypted while their bytes come in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError, DecryptError, TooLargeError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext
    from cryptography.hazmat.primitives.padding import PaddingContext

    from aniworld_dl.media.download.resolve import SourceLinks, Whereabouts
    from aniworld_dl.net.client import HttpClient

_BLOCK_BYTES: Final = 16
_KEY_BYTES: Final = 16
_KEY_LIMIT_BYTES: Final = 4096


class KeyStore:
    """The keys of one source. Each is fetched once, however many segments wait for it and wherever it moves to.

    A key that cannot be had is not asked for again under the same addresses: whoever needs it gets the same error.
    """

    def __init__(self, http: HttpClient, links: SourceLinks) -> None:
        self._http = http
        self._links = links
        self._keys: dict[str, _Fetched] = {}
        self._failures: dict[tuple[str, int], AniworldDlError] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, where: Whereabouts, *, index: int) -> bytes | None:
        """Return the 16 bytes of the key, None for what is not encrypted. `index` is the segment, for the message.

        Raises:
            DecryptError: what is at its address is not 16 bytes long, also when it is asked for again.
            NetError: it could not be fetched.
        """
        if where.key is None or where.first_key is None:
            return None
        name = where.first_key.uri
        async with self._locks[name]:
            if failure := self._failures.get((name, where.generation)):
                raise failure
            if name not in self._keys:
                try:
                    data = await self._http.retry.run(partial(self._fetch, where.key.uri, index))
                except AniworldDlError as error:
                    error.retryable = False  # it has been tried often enough
                    self._failures[name, where.generation] = error
                    raise
                self._keys[name] = _Fetched(data, where.generation)
            return self._keys[name].data

    def fits(self, where: Whereabouts) -> None:
        """Say that a segment was decrypted with its key."""
        known = self._keys.get(where.first_key.uri) if where.first_key else None
        if known is not None:
            known.fits = True

    def doubt(self, where: Whereabouts) -> None:
        """Say that what a key gave is no segment: one that never fitted, or has newer addresses, is fetched again."""
        known = self._keys.get(where.first_key.uri) if where.first_key else None
        if where.first_key and known and (not known.fits or known.generation < where.generation):
            del self._keys[where.first_key.uri]

    async def _fetch(self, uri: str, index: int) -> bytes:
        headers = self._links.headers_for(uri)
        try:
            fetched = await self._http.get_once(uri, headers=headers, limit_bytes=_KEY_LIMIT_BYTES)
        except TooLargeError as error:
            raise _not_a_key(index, f"more than {_KEY_LIMIT_BYTES}") from error
        if len(fetched.body) != _KEY_BYTES:
            raise _not_a_key(index, str(len(fetched.body)))
        return fetched.body


@dataclass(slots=True)
class _Fetched:
    data: bytes
    generation: int
    fits: bool = False


def _not_a_key(index: int, size: str) -> DecryptError:
    error = DecryptError(index=index, reason=f"its key has {size} bytes instead of {_KEY_BYTES}")
    error.retryable = True  # a page that says "later" passes
    return error


class Decryptor:
    """Takes the bytes of one encrypted segment in order and gives the plain ones (AES-128-CBC, PKCS7).

    Blocking work for threads; memory is bounded by the pieces it is fed. `index` is for the message.
    """

    def __init__(self, key: bytes, iv: bytes, *, index: int) -> None:
        self._key = key
        self._iv = iv
        self._index = index
        self._size_bytes = 0

    def update(self, piece: bytes) -> bytes:
        """Return what can be told of the plain bytes by now, which is up to 31 bytes behind what came in."""
        self._size_bytes += len(piece)
        cipher, padding = self._steps
        return padding.update(cipher.update(piece))

    def finish(self) -> bytes:
        """Return the last plain bytes.

        Raises:
            DecryptError: the length is no multiple of 16, or the padding is wrong.
        """
        if not self._size_bytes or self._size_bytes % _BLOCK_BYTES:
            reason = f"{self._size_bytes} bytes are no whole number of {_BLOCK_BYTES}-byte blocks"
            raise DecryptError(index=self._index, reason=reason)
        cipher, padding = self._steps
        try:
            return padding.update(cipher.finalize()) + padding.finalize()
        except ValueError as error:
            reason = "its padding is wrong: the key does not fit or bytes are damaged"
            raise DecryptError(index=self._index, reason=reason) from error

    @cached_property
    def _steps(self) -> tuple[CipherContext, PaddingContext]:
        # imported by the thread that needs it: most segments are not encrypted
        from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.algorithms import AES128  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.modes import CBC  # noqa: PLC0415
        from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415

        return Cipher(AES128(self._key), CBC(self._iv)).decryptor(), PKCS7(_BLOCK_BYTES * 8).unpadder()
