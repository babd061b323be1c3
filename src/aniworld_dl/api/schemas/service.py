"""What the service says about itself, as clients get it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from aniworld_dl.api.schemas.figures import HostOut, Notice, Tuning
from aniworld_dl.api.schemas.outputs import Output


class Versions(Output):
    """What runs."""

    aniworld_dl: str
    python: str
    ffmpeg: str = Field(examples=["7.1"])
    sqlite: str
    platform: str = Field(examples=["Linux 6.1.0 (x86_64)"])


class ConnectionsOut(Output):
    """Connections over all servers."""

    in_use: int
    most: int = Field(description="All servers together get so many.")
    most_per_host: int


class DiskSpace(Output):
    """A folder and its file system."""

    use: Literal["downloads", "data"]
    path: str
    total_bytes: int | None
    free_bytes: int | None
    reserved_bytes: int = Field(description="What the running episodes will still write.")
    reserve_bytes: int = Field(description="What stays free.")


class DatabaseOut(Output):
    """The queue's database, with what it has not written into its file yet."""

    path: str
    size_bytes: int


class ProvidersOut(Output):
    """Providers by name."""

    names: list[str]
    broken: list[str] = Field(description="Those that could not be loaded; the doctor says why.")


class StatusOut(Output):
    """The state of the service."""

    versions: Versions
    ffmpeg_path: str
    now: str
    time_zone_offset_s: int = Field(description="Of the machine's local time, in which the schedule is written.")
    started_at: str
    uptime_s: int
    connections: ConnectionsOut
    hosts: list[HostOut]
    disks: list[DiskSpace]
    database: DatabaseOut
    providers: ProvidersOut
    notices: list[Notice]
    tuning: Tuning | None


class SummaryOut(Output):
    """Flat numbers for dashboards."""

    episodes_queued: int
    episodes_downloading: int
    episodes_paused: int
    episodes_completed: int
    episodes_failed: int
    episodes_cancelled: int
    running: int
    waiting: int
    slots: int
    queue_paused: int = Field(description="1 while the whole queue is paused, else 0.")
    speed_bytes_per_s: int
    speed_mbit_per_s: float
    free_bytes: int | None
    connections: int
    hosts_cooling: int
    notices: int
    uptime_s: int


class FindingOut(Output):
    """What one check found."""

    name: str = Field(examples=["ffmpeg"])
    outcome: Literal["ok", "warn", "fail"]
    code: str = Field(examples=["ffmpeg_ok"])
    params: dict[str, Any]
    text: str


class FindingsOut(Output):
    """What all checks found, and the worst of it."""

    outcome: Literal["ok", "warn", "fail"]
    items: list[FindingOut]


class LogLineOut(Output):
    """A line of the log."""

    seq: int = Field(description="Its number since the service started.")
    at: str
    level: str = Field(examples=["info"])
    logger: str
    event: str = Field(examples=["episode_completed"])
    fields: dict[str, str | int | float | bool | None]


class LogOut(Output):
    """Lines of the log, the oldest first."""

    items: list[LogLineOut]
    last: int = Field(description="The number of the newest line: give it as `after`.")


class SettingOut(Output):
    """A setting. What is secret is never shown, only whether it is set."""

    name: str = Field(examples=["retries_per_episode"])
    value: Any
    is_set: bool
    configured: Any = Field(description="What holds without a change while the service ran.")
    default: Any
    source: Literal["default", "environment", "file", "runtime", "command_line"]
    live: bool = Field(description="Whether `PATCH /api/settings` changes it.")
    secret: bool
    variable: str = Field(examples=["ANIWORLD_DL_RETRIES_PER_EPISODE"])
    option: str | None = Field(description="Of `aniworld-dl serve`.", examples=["--port"])
    kind: Literal["string", "integer", "number", "boolean", "array", "object"]
    nullable: bool
    minimum: float | None
    maximum: float | None
    choices: list[Any]


class SettingPage(Output):
    """Every setting."""

    items: list[SettingOut]
    next_cursor: None
    total: int
