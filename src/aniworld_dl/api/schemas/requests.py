"""What clients may send. Validated strictly: no guessing, no unknown field."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from aniworld_dl.asking import LARGEST_NUMBER, LARGEST_PRIORITY, LARGEST_RATE, LEAST_RATE, MOST_DAYS
from aniworld_dl.chains import parse_chain
from aniworld_dl.media.shelf.place import series_of
from aniworld_dl.model import EpisodeRef, JobRequest

MOST_EPISODES: Final = 100_000
LARGEST_ID: Final = 2**63 - 1
STORABLE: Final = r"^[^\x00]*$"
"""The database ends a text at its first NUL."""

_EXAMPLE_URL: Final = "https://media.example.org/anime-a/S01E01/master.m3u8"

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=STORABLE)]
Wished = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(lambda text: parse_chain(text).text),
]
"""A name, or a chain of them."""
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
StandingDays = bool | Annotated[int, Field(ge=1, le=MOST_DAYS)]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY)]
Rate = Annotated[int, Field(ge=LEAST_RATE, le=LARGEST_RATE)]


def drop_default(schema: dict[str, Any]) -> None:
    """Leave the default out of the schema of a field that changes nothing when it is left out."""
    schema.pop("default", None)


class StrictInput(BaseModel):
    """What a client sends: no guessing, no unknown field."""

    model_config = ConfigDict(extra="forbid", strict=True)


class EpisodeIn(StrictInput):
    """One address with what is known about its place in the series."""

    url: Address = Field(description="Address of a playlist, a media file or a series page.")
    season: Number | None = Field(default=None, description="Season; else read from the address, else 1.")
    number: Number | None = Field(default=None, description="Number in the season; else from the address or the order.")
    title: Title | None = Field(default=None, description="Title of the episode.")
    series: Title | None = Field(default=None, description="Title of its series, if it is not that of the job.")


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


class JobIn(StrictInput):
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
    language: Wished | None = Field(
        default=None, description="Wanted language, such as 'German Sub', or several: 'German Dub > German Sub > any'."
    )
    provider: Wished | None = Field(
        default=None, description="Wanted provider, such as 'VOE', or 'VOE > Vidoza > any'."
    )
    total_episodes: Number | None = Field(default=None, description="Expected number, shown until it is known.")
    priority: Priority = Field(default=0, description="Higher goes first.")
    bandwidth_limit_bytes_per_s: Rate | None = Field(default=None, description="Limit for this job; null: none.")
    paused: bool = Field(default=False, description="Queue it without starting it.")
    standing: StandingDays | None = Field(
        default=None,
        description="Whether what comes in another language than the best waits for that, or for how many days; "
        "null: as the settings say.",
    )

    def to_request(self, idempotency_key: str | None) -> JobRequest:
        """Return the request as the engine wants it."""
        refs = (
            EpisodeRef(url=item.url, season=item.season, number=item.number, title=item.title, series=item.series)
            for item in self.episode_urls
        )
        rest = {name: value for name, value in self if name != "episode_urls"}
        return JobRequest(episodes=tuple(refs), idempotency_key=idempotency_key, **rest)


class PlanIn(JobIn):
    """A request that is only to be looked at: as for a job, and its title may be left out."""

    anime_title: Title = Field(
        default="", json_schema_extra=drop_default, description="Title of the series; else read from an address."
    )

    def to_plan(self) -> JobRequest:
        """Return the request as the engine wants it."""
        title = self.anime_title or series_of(self.episode_urls[0].url)
        return self.model_copy(update={"anime_title": title}).to_request(None)


class JobPatch(StrictInput):
    """What can be changed about a job; fields that are left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": 10, "bandwidth_limit_bytes_per_s": None}]})

    anime_title: Title = Field(default="", json_schema_extra=drop_default)
    priority: Priority = Field(default=0, json_schema_extra=drop_default)
    bandwidth_limit_bytes_per_s: Rate | None = Field(
        default=None, json_schema_extra=drop_default, description="null: no limit."
    )


class EpisodePatch(StrictInput):
    """What can be changed about an episode; fields that are left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"priority": 1, "bandwidth_limit_bytes_per_s": 500_000}]})

    priority: Priority = Field(default=0, json_schema_extra=drop_default, description="Among those of its job.")
    bandwidth_limit_bytes_per_s: Rate | None = Field(
        default=None, json_schema_extra=drop_default, description="null: no limit of its own."
    )
