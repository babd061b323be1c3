"""The shapes on the wire. Input is validated strictly; output models describe and are checked by tests, not at run time."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, create_model

from aniworld_dl.config import RUNTIME_SETTINGS, Settings
from aniworld_dl.model import EpisodeRef, JobRequest, Phase, Status

MOST_EPISODES: Final = 10_000
LARGEST_ID: Final = 2**63 - 1
_LARGEST_NUMBER: Final = 100_000
_LARGEST_PRIORITY: Final = 1_000_000
_LARGEST_RATE: Final = 2**50

_EXAMPLE_URL: Final = "https://media.example.org/anime-a/S01E01/master.m3u8"

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
Number = Annotated[int, Field(ge=0, le=_LARGEST_NUMBER)]
Priority = Annotated[int, Field(ge=-_LARGEST_PRIORITY, le=_LARGEST_PRIORITY)]
Rate = Annotated[int, Field(ge=1024, le=_LARGEST_RATE)]


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EpisodeIn(_Input):
    """One address with what is known about its place in the series."""

    url: Address = Field(description="Address of a playlist, a media file or a series page.")
    season: Number | None = Field(default=None, description="Season; else read from the address, else 1.")
    number: Number | None = Field(default=None, description="Number in the season; else from the address or the order.")
    title: Title | None = Field(default=None, description="Title of the episode.")


def _from_text(value: object) -> object:
    if isinstance(value, str):
        return {"url": value}
    if isinstance(value, dict | EpisodeIn):
        return value
    raise ValueError("give an address, or an object with 'url'")


EpisodeItem = Annotated[
    EpisodeIn,
    BeforeValidator(_from_text),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "uri"}, {"$ref": "#/components/schemas/EpisodeIn"}]}, mode="validation"
    ),
]


class JobIn(_Input):
    """A request for several episodes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "anime_title": "Anime A",
                    "episode_urls": [
                        _EXAMPLE_URL,
                        {"url": _EXAMPLE_URL.replace("E01", "E02"), "season": 1, "number": 2, "title": "The Second"},
                    ],
                    "language": "German Sub",
                    "provider": "direct",
                }
            ]
        }
    )

    anime_title: Title = Field(description="Title of the series, and of its folder.")
    episode_urls: list[EpisodeItem] = Field(
        min_length=1, max_length=MOST_EPISODES, description="Addresses of episodes or series, in order."
    )
    language: Name | None = Field(default=None, description="Wanted language, such as 'German Sub'.")
    provider: Name | None = Field(default=None, description="Wanted provider, such as 'VOE'.")
    total_episodes: Number | None = Field(default=None, description="Expected number, shown until it is known.")
    priority: Priority = Field(default=0, description="Higher goes first.")
    bandwidth_limit_bytes_per_s: Rate | None = Field(default=None, description="Limit for this job; null: none.")
    paused: bool = Field(default=False, description="Queue it without starting it.")

    def to_request(self, idempotency_key: str | None) -> JobRequest:
        """Return the request as the engine wants it."""
        refs = (EpisodeRef(url=i.url, season=i.season, number=i.number, title=i.title) for i in self.episode_urls)
        rest = self.model_dump(exclude={"episode_urls"})
        return JobRequest(episodes=tuple(refs), idempotency_key=idempotency_key, **rest)


class JobPatch(_Input):
    """What can be changed about a job; fields that are left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": 10, "bandwidth_limit_bytes_per_s": None}]})

    anime_title: Title = Field(default="", json_schema_extra=_drop_default)
    priority: Priority = Field(default=0, json_schema_extra=_drop_default)
    bandwidth_limit_bytes_per_s: Rate | None = Field(
        default=None, json_schema_extra=_drop_default, description="null: no limit."
    )


# ------------------------------------------------------------------------------------------------------------ output


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


_SECRET: Final = frozenset({"api_key"})

SettingsOut: type[BaseModel] = create_model(
    "SettingsOut",
    __config__=ConfigDict(extra="forbid"),
    __doc__="The settings in force, under the same names as everywhere; the API key only as whether there is one.",
    api_key_set=(bool, ...),
    **{
        name: (field.annotation, Field(description=field.description))
        for name, field in Settings.model_fields.items()
        if name not in _SECRET
    },
)


def settings_patch_schema() -> dict[str, Any]:
    """Return the JSON schema of what can be changed while the service runs, taken from the settings themselves."""
    properties = Settings.model_json_schema()["properties"]
    chosen = {name: {k: v for k, v in properties[name].items() if k != "default"} for name in RUNTIME_SETTINGS}
    return {"title": "SettingsPatch", "type": "object", "properties": chosen, "additionalProperties": False}


def settings_view(settings: Settings) -> dict[str, Any]:
    """Return the settings as public JSON."""
    return {**settings.model_dump(mode="json", exclude=set(_SECRET)), "api_key_set": settings.api_key is not None}
