"""What clients get of the history. These models describe; at run time ready data is sent as it is."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.responses import EpisodeOut, ErrorOut
from aniworld_dl.model import Outcome, Status


class AttemptOut(Output):
    """An attempt at an episode that has ended; what nobody has noted is null."""

    attempt: int
    outcome: Outcome
    reason: str | None = Field(description="Why it was held, as a code.", examples=["retry_backoff"])
    reason_text: str | None
    started_at: str = Field(examples=["2026-01-31T18:00:00Z"])
    ended_at: str | None
    duration_s: float | None
    provider: str | None = Field(examples=["direct"])
    host: str | None = Field(description="The server that most bytes came from.", examples=["media.example.org"])
    bytes_by_host: dict[str, int] | None
    fetched_bytes: int | None = Field(description="Bytes of the media that came over the network.")
    wasted_bytes: int | None = Field(description="Those of them that were thrown away.")
    segments_retried: int | None = Field(description="How often a segment was asked for again after a failure.")
    average_speed_bytes_per_s: int | None = Field(description="While it fetched.")
    error: ErrorOut | None
    error_message: str | None


class AttemptPage(Output):
    """A page of attempts, the first one first."""

    items: list[AttemptOut]
    next_cursor: str | None
    total: int


class EndedEpisodeOut(EpisodeOut):
    """An episode that has ended, with its job's wishes."""

    model_config = ConfigDict(json_schema_extra={})

    anime_title: str
    language: str | None
    provider: str | None
    last_attempt: AttemptOut | None


class HistoryPage(Output):
    """A page of ended episodes, the latest first."""

    items: list[EndedEpisodeOut]
    next_cursor: str | None
    total: int


class DuplicateEpisodeOut(Output):
    """An episode that was left out, and the one in the queue that stands for it."""

    url: str
    job_id: int
    episode_id: int
    status: Status


class ImportReport(Output):
    """What became of an import."""

    jobs: int = Field(description="Jobs that were added.")
    episodes: int = Field(description="Episodes that were added.")
    skipped: int = Field(description="Episodes that were left out.")
    duplicates: list[DuplicateEpisodeOut] = Field(description="Why, for the first 1000 of those.")
