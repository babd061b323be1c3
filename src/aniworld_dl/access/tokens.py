"""Keys and tokens: 256 random bits, of which only SHA-256 is kept.

A slow hash protects what people can think of. Nobody finds 256 random bits by trying, however fast the hash is, so a
fast one does, and a request with a key costs microseconds.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

KEY_PREFIX: Final = "adl_"
"""So that people, and programs which look for leaked secrets, recognise a key of this service."""
_BYTES: Final = 32


def new_key() -> str:
    """Return a new API key."""
    return f"{KEY_PREFIX}{secrets.token_urlsafe(_BYTES)}"


def new_token() -> str:
    """Return what stands in a cookie."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: bytes) -> bytes:
    """Return what is kept of a key or token, and looked up."""
    return hashlib.sha256(secret).digest()
