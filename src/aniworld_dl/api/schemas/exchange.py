"""The queue as a file, as it comes in. Validated job by job."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from aniworld_dl.api.schemas.requests import STORABLE, Number, Priority, Rate, StandingDays
from aniworld_dl.model import Episode, EpisodeRef, ErrorInfo, Hold, HoldReason, Standing, Status, Taken
from aniworld_dl.model.exchange import AddressRecord, AddressState, EpisodeRecord, JobRecord

_LARGEST: Final = 2**53 - 1
_EXAMPLE_TIME: Final = "2026-01-31T18:00:00.000Z"


def _seconds(value: object) -> object:
    """Read RFC 3339 as seconds since the epoch."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"give a time such as {_EXAMPLE_TIME}")
    return time.timestamp()


def _below(text: str) -> str:
    """Refuse what leads out of the download folder, on any system."""
    path = PureWindowsPath(text)
    if path.anchor or ".." in path.parts or "\\" in text or not path.parts:
        raise ValueError("give a path below the download folder, with slashes")
    return text


Time = Annotated[float, BeforeValidator(_seconds), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[str, Field(min_length=1, max_length=20_000, pattern=STORABLE)]
"""Longer than anything a request or a provider gives: what was exported can be imported."""
Count = Annotated[int, Field(ge=0, le=_LARGEST)]
Param = str | int | float | None


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ErrorIn(_Input):
    """A recorded failure."""

    code: Text
    params: dict[str, Param] = Field(default_factory=dict)
    text: Text

    def to_model(self) -> ErrorInfo:
        """Return it as the queue has it."""
        return ErrorInfo(code=self.code, params=self.params, text=self.text)


class HoldIn(_Input):
    """Why a queued episode waits."""

    reason: HoldReason = Field(strict=False)
    until: Time | None = None
    params: dict[str, Param] = Field(default_factory=dict)

    def to_model(self) -> Hold:
        """Return it as the queue has it."""
        return Hold(reason=self.reason, until=self.until, params=self.params)


class TakenIn(_Input):
    """Which version a file is, and what was wished for in its place."""

    language: Text | None = None
    provider: Text | None = None
    instead_of_language: Text | None = None
    instead_of_provider: Text | None = None

    def to_model(self) -> Taken:
        """Return it as the queue has it."""
        return Taken(**self.model_dump())


class StandingIn(_Input):
    """For which better version a completed episode waits."""

    wanted: Annotated[str, Field(max_length=20_000)]
    since: Time
    until: Time
    next_at: Time
    looks: Count = 0
    error: ErrorIn | None = None

    def to_model(self) -> Standing:
        """Return it as the queue has it."""
        return Standing(
            wanted=self.wanted,
            since=self.since,
            until=self.until,
            next_at=self.next_at,
            looks=self.looks,
            error=self.error.to_model() if self.error else None,
        )


class PlaceIn(_Input):
    """Where an episode stands in its job."""

    position: int = Field(ge=1, le=_LARGEST, description="Its number in the order of arrival.")
    address: Count = Field(description="Which address of the request it comes from, from 0.")
    ordinal: Count = Field(description="Its place among the episodes of that address, from 0.")
    rank: float = Field(description="Lower goes first.")


class _Addressed(_Input):
    url: Text
    series: Text | None = None
    season: Number | None = None
    number: Number | None = None
    title: Text | None = None

    def ref(self) -> EpisodeRef:
        """Return the address with what is known about its place in a series."""
        return EpisodeRef(url=self.url, series=self.series, season=self.season, number=self.number, title=self.title)


class EpisodeRecordIn(_Addressed):
    """An episode of an exported job."""

    place: PlaceIn | None = Field(default=None, description="By default the place in the list.")
    status: Status = Field(default=Status.QUEUED, strict=False)
    priority: Priority = 0
    bandwidth_limit_bytes_per_s: Rate | None = None
    attempt: Count = 0
    retries: Count = 0
    progress_percentage: float = Field(default=0.0, ge=0, le=100)
    bytes_downloaded: Count = 0
    total_bytes: Count | None = None
    hold: HoldIn | None = None
    error: ErrorIn | None = None
    path: Annotated[str, Field(max_length=4096), AfterValidator(_below)] | None = None
    existing: bool = False
    created_at: Time | None = None
    started_at: Time | None = None
    completed_at: Time | None = None
    poster: Text | None = None
    taken: TakenIn | None = None
    standing: StandingIn | None = Field(default=None, description="Kept of what is completed.")

    def to_record(self, index: int, created_at: float) -> EpisodeRecord:
        """Return it as the queue wants it; `index` is its place in the list."""
        place = self.place or PlaceIn(position=index + 1, address=index, ordinal=0, rank=index * 1e6)
        episode = Episode(
            id=0,
            job_id=0,
            position=place.position,
            ref=replace(self.ref(), poster=self.poster),
            status=self.status,
            priority=self.priority,
            rank=place.rank,
            bandwidth_limit_bytes_per_s=self.bandwidth_limit_bytes_per_s,
            attempt=self.attempt,
            retries=self.retries,
            hold=self.hold.to_model() if self.hold else None,
            progress_percentage=self.progress_percentage,
            bytes_downloaded=self.bytes_downloaded,
            total_bytes=self.total_bytes,
            error=self.error.to_model() if self.error else None,
            path=None if self.path is None else PurePosixPath(self.path),
            existing=self.existing,
            created_at=created_at if self.created_at is None else self.created_at,
            started_at=self.started_at,
            completed_at=self.completed_at,
            taken=self.taken.to_model() if self.taken else None,
            standing=self.standing.to_model() if self.standing else None,
        )
        return EpisodeRecord(episode=episode, address=place.address, ordinal=place.ordinal)


class AddressRecordIn(_Addressed):
    """An address of an exported job that is not expanded into episodes."""

    address: Count = Field(description="Which address of the request it is, from 0.")
    state: AddressState = Field(default=AddressState.PENDING, strict=False)
    paused: bool = False
    error: ErrorIn | None = None
    created_at: Time | None = None
    ended_at: Time | None = None

    def to_record(self, created_at: float) -> AddressRecord:
        """Return it as the queue wants it."""
        return AddressRecord(
            ref=self.ref(),
            address=self.address,
            state=self.state,
            paused=self.paused,
            error=self.error.to_model() if self.error else None,
            created_at=created_at if self.created_at is None else self.created_at,
            ended_at=self.ended_at,
        )


class JobRecordIn(_Input):
    """An exported job."""

    anime_title: Text
    language: Text | None = None
    provider: Text | None = None
    priority: Priority = 0
    bandwidth_limit_bytes_per_s: Rate | None = None
    total_episodes: Number | None = None
    standing: StandingDays | None = None
    created_at: Time
    addresses: list[AddressRecordIn] = Field(default_factory=list)
    episodes: list[EpisodeRecordIn] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_at_its_place(self) -> Self:
        places = [each.place for each in self.episodes if each.place]
        if places and len(places) < len(self.episodes):
            raise ValueError("give a place to every episode of a job, or to none")
        if len({place.position for place in places}) < len(places):
            raise ValueError("two episodes have the same position")
        if len({(place.address, place.ordinal) for place in places}) < len(places):
            raise ValueError("two episodes have the same address and ordinal")
        return self

    def to_record(self) -> JobRecord:
        """Return it as the queue wants it."""
        return JobRecord(
            anime_title=self.anime_title,
            language=self.language,
            provider=self.provider,
            priority=self.priority,
            bandwidth_limit_bytes_per_s=self.bandwidth_limit_bytes_per_s,
            requested_episodes=self.total_episodes,
            standing=self.standing,
            created_at=self.created_at,
            episodes=tuple(each.to_record(index, self.created_at) for index, each in enumerate(self.episodes)),
            addresses=tuple(each.to_record(self.created_at) for each in self.addresses),
        )


class QueueFile(_Input):
    """The queue as a file. `format` and `version` stand before `jobs`."""

    format: Literal["aniworld-dl-queue"]
    version: Literal[1]
    exported_at: Time | None = None
    jobs: list[JobRecordIn] = Field(description="In the order of the queue.")


def record_of(item: Any) -> JobRecord:
    """Return a job of the file.

    Raises:
        pydantic.ValidationError: it is not what it should be.
    """
    return JobRecordIn.model_validate(item).to_record()
