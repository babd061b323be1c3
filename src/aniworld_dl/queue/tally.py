"""What has happened since the start, in numbers that only grow: for who draws curves of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.model import Status


@dataclass(slots=True, kw_only=True)
class Tally:
    """Ended attempts: where their episodes went and why, and the bytes that they fetched and threw away."""

    attempts: Counter[tuple[Status, str]] = field(default_factory=Counter)
    """Those that ended by themselves, by the episode's status afterwards (`queued`: it will be tried again) and the
    error's code, empty for none."""
    fetched_bytes: int = 0
    wasted_bytes: int = 0
    """Bytes of all of them, also of those that were stopped."""

    def copy(self) -> Tally:
        """Return it as it is now."""
        return replace(self, attempts=self.attempts.copy())
