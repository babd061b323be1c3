"""Passwords: argon2id, a few at a time, as long for a name that does not exist as for one that does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aniworld_dl.errors import RequestInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST: Final = 8
LONGEST: Final = 1024
"""Characters. Longer ones would only keep the processor busy."""
_AT_A_TIME: Final = 2
"""Each takes 64 MiB and some tens of milliseconds."""


class Passwords:
    """Hashes and verifies beside the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()  # the library's parameters are RFC 9106's for little memory
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            RequestInvalidError: it is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            mend = f"choose {SHORTEST} to {LONGEST} characters"
            raise RequestInvalidError(field="password", value="***", mend=mend)
        return await self._in_turn(lambda: self._hasher.hash(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the kept one; `kept` is None for a user who does not exist, and takes as long."""
        if kept is None:
            if self._nobody is None:
                self._nobody = await self._in_turn(lambda: self._hasher.hash("nobody's"))
            await self._in_turn(lambda: self._verified(self._nobody or "", password))
            return False
        return await self._in_turn(lambda: self._verified(kept, password))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        async with self._turns:
            return await asyncio.to_thread(work)

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
