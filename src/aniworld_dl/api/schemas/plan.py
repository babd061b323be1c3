"""What clients get of a dry run. These models describe; at run time ready data is sent as it is."""

from __future__ import annotations

from pydantic import Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.responses import ErrorOut, TakenOut
from aniworld_dl.engine.plan import Verdict
from aniworld_dl.model import Status


class PlannedAddress(Output):
    """An address of a series, or one that cannot be used."""

    address: int = Field(description="Its place in the request, from 0.")
    url: str
    provider: str | None
    series: bool
    listed: bool = Field(description="Of a series: whether its episodes were listed.")
    episodes: int
    error: ErrorOut | None
    error_message: str | None


class PlannedDuplicate(Output):
    """The episode in the queue that stands for it."""

    job_id: int
    episode_id: int
    status: Status


class PlannedEpisode(Output):
    """An episode, what would become of it, and what would be taken."""

    address: int = Field(description="Which of the request's addresses it comes from, from 0.")
    url: str
    series: str | None
    season: int | None
    number: int | None
    title: str | None
    provider: str | None = Field(examples=["direct"])
    verdict: Verdict
    duplicate: PlannedDuplicate | None
    path: str | None = Field(description="Where its file would go, relative to the download folder.")
    looked_at: bool = Field(description="Whether its manifest was asked for; the rest is null or empty otherwise.")
    height: int | None = Field(description="Lines of the picture.")
    audio_languages: list[str]
    subtitle_languages: list[str]
    duration_s: float | None
    estimated_bytes: int | None
    live: bool
    taken: TakenOut | None = Field(description="Which version would be taken.")
    error: ErrorOut | None = Field(description="Why its manifest could not be read.")
    error_message: str | None


class PlanTotals(Output):
    """All of it in figures."""

    addresses: int
    unusable_addresses: int
    unlisted_addresses: int = Field(description="Series that were too many to list.")
    episodes: int
    new: int
    existing: int
    duplicates: int
    clashes: int = Field(description="Episodes whose file would have the name of another new one's.")
    looked_at: int
    sized: int = Field(description="Episodes whose size is known; the others are taken to be like them.")
    estimated_bytes: int | None = Field(description="Of the new ones, finished.")
    needed_bytes: int | None = Field(description="The most they need at a time: what runs is on the disk twice.")
    free_bytes: int | None
    total_bytes: int | None = Field(description="Of the disk.")
    reserved_bytes: int = Field(description="What the running episodes will still write.")
    reserve_bytes: int = Field(description="What is to stay free.")
    fits: bool | None


class PlanOut(Output):
    """What a request would queue. Addresses and episodes: the first 2,000 of each."""

    anime_title: str
    language: str | None
    provider: str | None
    addresses: list[PlannedAddress]
    episodes: list[PlannedEpisode]
    totals: PlanTotals
