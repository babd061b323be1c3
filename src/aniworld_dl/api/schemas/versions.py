"""What clients get of versions and sources. These models describe; at run time ready data is sent as it is."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.responses import EpisodeOut, ErrorOut, StandingOut, TakenOut


class FailedSourceOut(Output):
    """A source that failed, and why."""

    attempt: int
    at: str = Field(examples=["2026-01-31T18:00:00Z"])
    provider: str = Field(description="The provider that named it.", examples=["aniworld"])
    source: str = Field(description="Who hosts it, where that is known, else the server.", examples=["VOE"])
    language: str | None = Field(examples=["German Dub"])
    error: ErrorOut


class SourcesOut(Output):
    """What became of the sources of an episode."""

    id: int
    taken: TakenOut | None
    standing: StandingOut | None
    failed: list[FailedSourceOut] = Field(description="The latest first, at most 100.")


class SourceHealthOut(Output):
    """How a source does, over all episodes."""

    source: str = Field(description="Who hosts it, or the server, in lower case.", examples=["voe"])
    score: float = Field(
        ge=0, le=1, description="A failure halves it, a success halves what it lacks, and time heals it: half in a day."
    )
    successes: int
    failures: int
    worked_at: str | None
    failed_at: str | None
    error: ErrorOut | None = Field(description="Why it failed last.")


class ProviderOut(Output):
    """Something that knows a kind of address."""

    name: str = Field(examples=["direct"])
    sources: list[SourceHealthOut] = Field(description="Those that were tried, the worst first.")


class ProviderPage(Output):
    """A page of providers."""

    items: list[ProviderOut]
    next_cursor: str | None
    total: int


class StandingEpisodeOut(EpisodeOut):
    """An episode that waits for a better language, with the title of its job."""

    model_config = ConfigDict(json_schema_extra={})

    anime_title: str


class StandingPage(Output):
    """A page of standing wishes, the next to be looked after first."""

    items: list[StandingEpisodeOut]
    next_cursor: str | None
    total: int
