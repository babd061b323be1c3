"""What clients get. These models describe and are checked by tests; at run time ready data is sent as it is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from aniworld_dl.model import Phase, Status


class _Output(BaseModel):
    model_config = ConfigDict(extra="allow")


class ErrorOut(_Output):
    """A recorded failure: a stable code, its parameters and the sentence for people."""

    code: str = Field(examples=["http_status"])
    params: dict[str, str | int | float | None] = Field(examples=[{"host": "media.example.org", "status": 404}])
    text: str


class _Progress(_Output):
    status: Status
    progress_percentage: float = Field(ge=0, le=100)
    speed_bytes_per_s: float = Field(ge=0)
    eta_seconds: float | None
    error_message: str | None
    created_at: str = Field(examples=["2026-01-31T18:00:00Z"])
    completed_at: str | None


class JobOut(_Progress):
    """One request and how far it is."""

    id: int = Field(description="The queue_id.")
    anime_title: str
    language: str | None
    provider: str | None
    priority: int
    bandwidth_limit_bytes_per_s: int | None
    total_episodes: int
    completed_episodes: int
    failed_episodes: int
    current_episode_progress: float = Field(ge=0, le=100)
    current_episode: str | None = Field(examples=["Downloading Anime A - Episode 4 (Season 1) - 50.0%"])
    error: ErrorOut | None
    reason: str | None = Field(description="Why it waits, as a code.", examples=["slot"])
    reason_text: str | None


class EpisodeOut(_Progress):
    """One episode and how far it is."""

    id: int
    job_id: int
    position: int
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
    reason: str | None = Field(description="Why it waits, as a code.", examples=["slot"])
    reason_text: str | None
    path: str | None = Field(description="Relative to the download folder.")
    existing: bool = Field(description="The file was there before.")
    started_at: str | None


class JobPage(_Output):
    """A page of jobs."""

    items: list[JobOut]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: this was the last.")
    total: int


class EpisodePage(_Output):
    """A page of episodes."""

    items: list[EpisodeOut]
    next_cursor: str | None
    total: int


class QueueEntry(_Output):
    """A job in the shape of the queue status."""

    id: int
    anime_title: str
    status: Status
    completed_episodes: int
    total_episodes: int
    progress_percentage: float = Field(ge=0, le=100)
    current_episode_progress: float = Field(ge=0, le=100)
    current_episode: str | None
    error_message: str | None
    created_at: str
    completed_at: str | None
    speed_bytes_per_s: float
    eta_seconds: float | None
    episodes: list[EpisodeOut] = Field(description="Those running now.")


class Queue(_Output):
    """What is not ended, running ones first, and the newest ended ones."""

    active: list[QueueEntry]
    completed: list[QueueEntry]


class QueueStatus(_Output):
    """The queue at a glance."""

    success: bool
    queue: Queue


class Stats(_Output):
    """Numbers of the whole queue."""

    running: int
    queued: int
    slots: int
    speed_bytes_per_s: float
    free_bytes: int | None
    queue_paused: bool


class ProviderOut(_Output):
    """Something that knows a kind of address."""

    name: str = Field(examples=["direct"])


class ProviderPage(_Output):
    """A page of providers."""

    items: list[ProviderOut]
    next_cursor: str | None
    total: int


class Health(_Output):
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
