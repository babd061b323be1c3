"""What a client of the queue asked for and was told, for those that the service is killed under."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What a client knows of a job that it asked for."""

    key: str
    titles: tuple[str, ...]
    id: int | None = None
    """None while no answer has come: it may be there or not."""
    deleted: bool | None = False
    """None while a removal has not been answered."""
    last: str | None = None
    """The last action, if it was answered and nothing was asked for meanwhile or since."""
    asked: int = 0
    """How often something was asked for."""

    def touch(self) -> int:
        """Note that something is being asked for, and return how often by now."""
        self.last = None
        self.asked += 1
        return self.asked
