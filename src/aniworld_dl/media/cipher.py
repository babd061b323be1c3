"""AES-128-CBC of one segment as its bytes come in, so that nothing encrypted is ever stored."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from aniworld_dl.errors import DecryptError

_BLOCK_BITS: Final = 128


class SegmentCipher:
    """Decrypts a segment in order (RFC 8216 4.3.2.4: AES-128, CBC, PKCS7). `index` is for the message."""

    def __init__(self, key: bytes, iv: bytes, *, index: int) -> None:
        self._decryptor = Cipher(AES128(key), CBC(iv)).decryptor()
        self._unpadder = PKCS7(_BLOCK_BITS).unpadder()
        self._index = index

    def update(self, piece: bytes) -> bytes:
        """Return what the next bytes give, except the last block, which may be padding."""
        return self._unpadder.update(self._decryptor.update(piece))

    def finish(self) -> bytes:
        """Return the rest without its padding.

        Raises:
            DecryptError: the length is no multiple of 16 bytes, or the padding is wrong. It is retryable: bytes that
                were damaged on their way look the same as a key that does not fit.
        """
        try:
            return self._unpadder.update(self._decryptor.finalize()) + self._unpadder.finalize()
        except ValueError as error:
            reason = "the key does not fit, or bytes are damaged"
            failure = DecryptError(index=self._index, reason=reason)
            failure.retryable = True
            raise failure from error
