"""What is followed, and what is known of the episodes that it has listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model import ErrorInfo


class Verdict(StrEnum):
    """What becomes of a listed episode. All but the first are also what is kept of it."""

    TAKE = "take"
    """It is new and wanted: it is queued."""
    TAKEN = "taken"
    """The subscription has queued it."""
    QUEUED = "queued"
    """The queue has it, or had it: someone else has queued it."""
    EXISTS = "exists"
    """The library has it."""
    BEFORE = "before"
    """It was listed before the subscription began, which is for new episodes only."""
    WAITING = "waiting"
    """It is not on offer in a wished language yet."""
    FILTERED = "filtered"
    """Season and number are not among the wanted ones."""
    REPEATED = "repeated"
    """Another entry has the same season and number, and stands for it."""


FINAL: Final = frozenset({Verdict.TAKEN, Verdict.QUEUED, Verdict.EXISTS})
"""What is never looked at again, whatever becomes of the job or the file."""
KEPT: Final = frozenset(Verdict) - {Verdict.TAKE}
"""What is kept of an episode that was listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks for."""

    title: str
    url: str
    language: str | None = None
    provider: str | None = None
    episodes: str = ""
    """Seasons and numbers, as `filters` reads them."""
    specials: bool = False
    only_new: bool = False
    interval_s: int
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A row of `subscriptions`. Times are seconds since the epoch; `counts` are of its episodes, by state."""

    id: int
    wanted: Wanted
    revision: int
    tells_languages: bool
    created_at: float
    next_check_at: float
    checked_at: float | None = None
    succeeded_at: float | None = None
    failures: int = 0
    error: ErrorInfo | None = None
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An episode that was listed at some time. `languages` are those on offer, as far as the list said.

    `counted` says that the number is only the order of appearance, because the list had none to be believed.
    """

    key: int
    url: str
    title: str | None
    season: int | None
    number: int | None
    counted: bool
    state: Verdict
    languages: tuple[str, ...]
    job_id: int | None
    first_seen_at: float = 0.0
    changed_at: float = 0.0
    has_job: bool = False
