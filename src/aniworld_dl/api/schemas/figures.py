"""The figures of the whole queue, as clients get them."""

from __future__ import annotations

from pydantic import Field

from aniworld_dl.api.schemas.outputs import Output


class Notice(Output):
    """Something about the whole queue that people must know."""

    code: str = Field(examples=["database_rescued"])
    params: dict[str, str | int | float | None]
    text: str


class ScheduleOut(Output):
    """What the schedule wants now."""

    rule: str | None = Field(description="The rule that holds.", examples=["mon-fri 08:00-18:00 2M"])
    stopped: bool = Field(description="Nothing runs but what is started by hand.")
    limit_bytes_per_s: int | None = Field(description="The limit over everything that is in force.")
    until: str | None = Field(description="When something else holds; null: never.")


class _Reasoned(Output):
    reason: str = Field(description="Why it is so, as a code.", examples=["pays"])
    reason_text: str
    reason_params: dict[str, int]


class TuningSample(Output):
    """What was seen at one moment."""

    at: str = Field(examples=["2026-01-31T18:00:00Z"])
    slots: int
    running: int
    waiting: int
    speed_bytes_per_s: int
    busy_percent: int = Field(description="Of all processors.")
    others_percent: int = Field(description="Of all processors, by other programs.")
    disk_wait_percent: int
    free_memory_bytes: int
    free_disk_bytes: int | None


class Tuning(_Reasoned):
    """How many slots `auto` gives, and why."""

    slots: int
    samples: list[TuningSample] = Field(description="The last ones, 10 at most.")


class HostOut(_Reasoned):
    """A server and what it gets."""

    host: str = Field(examples=["media.example.org"])
    connections: int = Field(description="In use now.")
    level: int = Field(description="How many it gets at most for now.")
    cooling_until: str | None = Field(description="Until when it is left alone.")


class DiskOut(Output):
    """The file system of the download folder."""

    free_bytes: int | None
    total_bytes: int | None = Field(description="Of the file system in all.")
    reserved_bytes: int = Field(description="What the running episodes will still write.")
    reserve_bytes: int = Field(description="What stays free.")


class Stats(Output):
    """Numbers of the whole queue."""

    running: int
    queued: int
    slots: int
    speed_bytes_per_s: float
    free_bytes: int | None
    queue_paused: bool
    notices: list[Notice]
    schedule: ScheduleOut | None = Field(default=None, description="Null where there is none.")
    tuning: Tuning | None = Field(description="The reasoning of `auto`; null when the number of slots is set.")
    hosts: list[HostOut] = Field(description="Servers in use or cooling down, those last asked first; 16 at most.")
    disk: DiskOut
