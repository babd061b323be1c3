"""What clients get. These models describe and are checked by tests; at run time ready data is sent as it is."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.model import Phase, Status

_JOB_EXAMPLE: Final[dict[str, Any]] = {
    "id": 1,
    "anime_title": "Anime A",
    "language": "German Sub",
    "provider": "VOE",
    "status": "downloading",
    "priority": 0,
    "position": 1.0,
    "bandwidth_limit_bytes_per_s": None,
    "total_episodes": 12,
    "completed_episodes": 3,
    "failed_episodes": 0,
    "episode_counts": {"queued": 7, "downloading": 2, "paused": 0, "completed": 3, "failed": 0, "cancelled": 0},
    "duplicate_episodes": 0,
    "progress_percentage": 27.5,
    "current_episode_progress": 50.0,
    "current_episode": "Downloading Anime A - Episode 4 (Season 1) - 50.0%",
    "speed_bytes_per_s": 4_200_000,
    "eta_seconds": 612,
    "error_message": None,
    "error": None,
    "reason": None,
    "reason_text": None,
    "reason_until": None,
    "reason_params": {},
    "created_at": "2026-01-31T18:00:00Z",
    "completed_at": None,
}

_EPISODE_EXAMPLE: Final[dict[str, Any]] = {
    "id": 4,
    "job_id": 1,
    "position": 3,
    "priority": 0,
    "rank": 2_000_000.0,
    "bandwidth_limit_bytes_per_s": None,
    "url": "https://media.example.org/anime-a/S01E04/master.m3u8",
    "season": 1,
    "number": 4,
    "title": None,
    "status": "downloading",
    "phase": "downloading",
    "progress_percentage": 50.0,
    "bytes_downloaded": 96_468_992,
    "total_bytes": 192_937_984,
    "speed_bytes_per_s": 4_200_000,
    "eta_seconds": 23,
    "segments_done": 120,
    "segments_total": 240,
    "attempt": 1,
    "reason": None,
    "reason_text": None,
    "reason_until": None,
    "reason_params": {},
    "error": None,
    "error_message": None,
    "path": "Anime A/Season 01/Anime A S01E04.mkv",
    "existing": False,
    "created_at": "2026-01-31T18:00:00Z",
    "started_at": "2026-01-31T18:04:10Z",
    "completed_at": None,
}


class ErrorOut(Output):
    """A recorded failure: a stable code, its parameters and the sentence for people."""

    code: str = Field(examples=["http_status"])
    params: dict[str, str | int | float | None] = Field(examples=[{"host": "media.example.org", "status": 404}])
    text: str


class _Progress(Output):
    status: Status
    progress_percentage: float = Field(ge=0, le=100)
    speed_bytes_per_s: float = Field(ge=0)
    eta_seconds: float | None
    error_message: str | None
    created_at: str = Field(examples=["2026-01-31T18:00:00Z"])
    completed_at: str | None


class _Waiting(_Progress):
    reason: str | None = Field(description="Why it waits, as a code.", examples=["slot"])
    reason_text: str | None
    reason_until: str | None = Field(description="Until when, where that is known.")
    reason_params: dict[str, str | int | float | None] = Field(description="What else is known of the reason.")


class JobOut(_Waiting):
    """One request and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB_EXAMPLE]})

    id: int = Field(description="The queue_id.")
    anime_title: str
    language: str | None
    provider: str | None
    priority: int
    position: float = Field(description="Place among the jobs of one priority; lower goes first.")
    bandwidth_limit_bytes_per_s: int | None
    total_episodes: int
    completed_episodes: int
    failed_episodes: int
    episode_counts: dict[Status, int] = Field(description="How many episodes there are of each status.")
    duplicate_episodes: int = Field(description="Episodes left out because they were queued already.")
    current_episode_progress: float = Field(ge=0, le=100)
    current_episode: str | None = Field(examples=["Downloading Anime A - Episode 4 (Season 1) - 50.0%"])
    error: ErrorOut | None


class DuplicateOut(Output):
    """An address that was not queued, and the episode that stands for it."""

    url: str = Field(examples=["https://media.example.org/anime-a/S01E04/master.m3u8"])
    job_id: int
    episode_id: int
    status: Status


class AddedJobOut(JobOut):
    """The job of a request, and what of the request is not in it because it was queued already."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_JOB_EXAMPLE, "duplicates": []}]})

    duplicates: list[DuplicateOut]


class EpisodeOut(_Waiting):
    """One episode and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EPISODE_EXAMPLE]})

    id: int
    job_id: int
    position: int
    priority: int = Field(description="Among the episodes of its job; higher goes first.")
    rank: float = Field(description="Place among the episodes of one priority; lower goes first.")
    bandwidth_limit_bytes_per_s: int | None
    url: str
    season: int | None
    number: int | None
    title: str | None
    phase: Phase | None = Field(description="What is being done; null unless it runs.")
    bytes_downloaded: int
    total_bytes: int | None
    segments_done: int | None
    segments_total: int | None
    attempt: int
    error: ErrorOut | None
    path: str | None = Field(description="Relative to the download folder.")
    existing: bool = Field(description="The file was there before.")
    started_at: str | None


class JobPage(Output):
    """A page of jobs."""

    items: list[JobOut]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: this was the last.")
    total: int


class JobCountsOut(Output):
    """How many jobs have each status."""

    queued: int
    downloading: int
    paused: int
    completed: int
    failed: int
    cancelled: int


class EpisodePage(Output):
    """A page of episodes."""

    items: list[EpisodeOut]
    next_cursor: str | None
    total: int


class QueueEntry(JobOut):
    """A job in the shape of the queue status."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_JOB_EXAMPLE, "episodes": [_EPISODE_EXAMPLE]}]})

    episodes: list[EpisodeOut] = Field(description="Those running now.")


class Queue(Output):
    """What is not ended, running ones first, and the newest ended ones."""

    active: list[QueueEntry]
    completed: list[QueueEntry]


class QueueStatus(Output):
    """The queue at a glance."""

    success: bool
    queue: Queue


class ProviderOut(Output):
    """Something that knows a kind of address."""

    name: str = Field(examples=["direct"])


class ProviderPage(Output):
    """A page of providers."""

    items: list[ProviderOut]
    next_cursor: str | None
    total: int


class Health(Output):
    """A sign of life."""

    status: str = Field(examples=["ok"])


class FieldError(BaseModel):
    """One bad field of a request."""

    field: str = Field(examples=["episode_urls.3.season"])
    value: str = Field(examples=["one"])
    mend: str = Field(examples=["Input should be a valid integer"])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:aniworld-dl:problem:not_found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no job 7"])
    code: str = Field(examples=["not_found"], description="Stable and machine-readable.")
    params: dict[str, str | int | float | None] = Field(examples=[{"what": "job", "id": 7}])
    errors: list[FieldError] | None = Field(default=None, description="Every bad field, when fields are bad.")
