"""Which version of an episode was taken, for which one it waits, and how its sources have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aniworld_dl.model.queue import ErrorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The version that an episode's file is, as far as it is known, and what was wished for in its place."""

    language: str | None = None
    provider: str | None = None
    """Who hosts it."""
    instead_of_language: str | None = None
    """The best language that was wished for, where another one was taken."""
    instead_of_provider: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A standing wish: what a completed episode still waits for. Times are seconds since the epoch."""

    wanted: str
    """The languages that are better than the one taken, as a chain; empty when it is fulfilled and about to end."""
    since: float
    until: float
    """After that it ends by itself."""
    next_at: float
    """When it is looked for next."""
    looks: int = 0
    """How often it was looked for in vain."""
    error: ErrorInfo | None = None
    """Why the last look told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSource:
    """A source that failed, with its own reason. `at` is in seconds since the epoch."""

    attempt: int
    at: float
    provider: str
    """The provider that named it."""
    source: str
    """Who hosts it, where the provider says so, else the server."""
    language: str | None
    error: ErrorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a source has done. Times are seconds since the epoch."""

    provider: str
    source: str
    """In lower case."""
    score: float = 1.0
    """0 to 1, as of `at`; it comes back to 1 by itself."""
    at: float = 0.0
    successes: int = 0
    failures: int = 0
    worked_at: float | None = None
    failed_at: float | None = None
    error: ErrorInfo | None = None
    """Why it failed last."""
