"""What users ask for, what providers hand over, and what the queue keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.model.status import HoldReason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from aniworld_dl.model.versions import Standing, Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which version of an episode the user wants; None takes whatever comes first."""

    language: str | None = None
    """A name, or several with `>` between them, best first; `aniworld_dl.chains` reads it."""
    provider: str | None = None
    """The same of who hosts it."""
    health: Mapping[str, float] = field(default_factory=dict, hash=False)
    """How those who host episodes have done lately, 0 to 1, by name in lower case; who is not in it has done well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of an episode that a site has, by the names that a `Wish` would use."""

    language: str | None = None
    """As users write it, such as `German Sub`."""
    provider: str | None = None
    """Who hosts it, such as `VOE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRef:
    """One episode as an address and what is known about its place in a series."""

    url: str
    series: str | None = None
    season: int | None = None
    """0 for specials and films."""
    number: int | None = None
    title: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Its titles by language tag (BCP 47), as far as the site has them. Known while it is listed, not kept."""
    offers: tuple[Offer, ...] = ()
    """What the site has of it, as far as its list says so. Known while it is listed, not kept."""
    poster: str | None = None
    """Where the picture of its series is, as far as its list says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An address that gives the media itself, with the request headers it wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """For the address's own host; others never see them."""
    language: str | None = None
    """The language in which it gives the episode, as users write it, where the provider knows."""
    provider: str | None = None
    """Who hosts it, where the provider knows."""
    expires_at: float | None = None
    """When the address stops working, in seconds since the epoch, where that is known."""
    fault: str | None = None
    """Why the provider could not get it, in words: that is noted, and another is taken. `url` is what led to it."""
    poster: str | None = None
    """Where the picture of its series, or of itself, is, where the provider knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """A recorded failure: a stable code, its parameters, and the sentence for people (English)."""

    code: str
    params: Mapping[str, str | int | float | None]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a queued episode is passed over although a slot may be free: until a time, or until whoever set it ends it.

    `until` is in seconds since the epoch, None where no time is known.
    """

    reason: HoldReason
    until: float | None = None
    params: Mapping[str, str | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a user asks for at once: a title and the addresses of episodes or series."""

    anime_title: str
    episodes: tuple[EpisodeRef, ...]
    language: str | None = None
    provider: str | None = None
    total_episodes: int | None = None
    priority: int = 0
    bandwidth_limit_bytes_per_s: int | None = None
    paused: bool = False
    idempotency_key: str | None = None
    standing: bool | int | None = None
    """Whether what comes in another language than the best waits for that, or for how many days; None: as is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One row of the queue. Times are seconds since the epoch; `path` is relative to the download folder."""

    id: int
    job_id: int
    position: int
    ref: EpisodeRef
    status: Status
    priority: int = 0
    """Among the episodes of its job; higher goes first."""
    rank: float = 0.0
    """Place among the episodes of one priority in its job; lower goes first."""
    bandwidth_limit_bytes_per_s: int | None = None
    attempt: int = 0
    retries: int = 0
    """Attempts that began by themselves since a user last had a hand in it."""
    hold: Hold | None = None
    """Set only while it is queued."""
    progress_percentage: float = 0.0
    bytes_downloaded: int = 0
    total_bytes: int | None = None
    error: ErrorInfo | None = None
    path: PurePosixPath | None = None
    existing: bool = False
    created_at: float = 0.0
    started_at: float | None = None
    completed_at: float | None = None
    taken: Taken | None = None
    """Which version its file is; None before it is completed, and where nobody has noted it."""
    standing: Standing | None = None
    """For which better version it waits. Set only when it is completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request and what can be derived from its episodes; `status` is never stored."""

    id: int
    anime_title: str
    language: str | None
    provider: str | None
    priority: int
    bandwidth_limit_bytes_per_s: int | None
    created_at: float
    requested_episodes: int | None
    counts: Mapping[Status, int]
    progress_sum: float
    position: float = 0.0
    """Place among the jobs of one priority; lower goes first."""
    standing: bool | int | None = None
    """As in its request."""
    duplicates: int = 0
    """Episodes of the request that were queued already, so that this job does without them."""
    pending_expansions: int = 0
    """Addresses whose episodes are still to be listed; `paused_expansions` of them belong to what was paused."""
    paused_expansions: int = 0
    expansion_error: ErrorInfo | None = None
    """Why an address could not be expanded (the first one)."""
    hold: Hold | None = None
    """Why none of its queued episodes may start (that of the first in line), or none of its addresses be listed; None
    while one may."""
    episode_error: ErrorInfo | None = None
    """Why an episode failed (the first one that is failed)."""
    completed_at: float | None = None

    @property
    def total_episodes(self) -> int:
        """Number of episodes, with the request's own figure while an address is still to be expanded."""
        known = sum(self.counts.values())
        if self.pending_expansions:
            return max(known + self.pending_expansions, self.requested_episodes or 0)
        return known

    @property
    def status(self) -> Status:
        """Derived: runs if one runs, waits if one waits, ended only when all that could end has ended."""
        counts = self.counts
        if counts.get(Status.DOWNLOADING):
            return Status.DOWNLOADING
        if counts.get(Status.QUEUED) or self.pending_expansions > self.paused_expansions:
            return Status.QUEUED
        if counts.get(Status.PAUSED) or self.paused_expansions:
            return Status.PAUSED
        if counts.get(Status.FAILED) or self.expansion_error:
            return Status.FAILED
        return Status.COMPLETED if counts.get(Status.COMPLETED) else Status.CANCELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What an action is meant for: some jobs with all that belongs to them, some episodes; or everything there is."""

    jobs: frozenset[int] = frozenset()
    episodes: frozenset[int] = frozenset()
    everything: bool = False

    @classmethod
    def of(cls, *, jobs: Iterable[int] = (), episodes: Iterable[int] = ()) -> Selection:
        """Return the selection of these ids."""
        return cls(jobs=frozenset(jobs), episodes=frozenset(episodes))


EVERYTHING: Final = Selection(everything=True)
