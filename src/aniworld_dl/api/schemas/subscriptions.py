"""What clients send and get of subscriptions. What they get only describes; ready data is sent as it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.requests import Address, StrictInput, Title, Wished, drop_default
from aniworld_dl.api.schemas.responses import ErrorOut
from aniworld_dl.media.shelf.place import series_of
from aniworld_dl.subscriptions.filters import LONGEST_TEXT
from aniworld_dl.subscriptions.subscription import Verdict, Wanted
from aniworld_dl.subscriptions.timing import DEFAULT_INTERVAL_S, LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S

EpisodesText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Interval = Annotated[int, Field(ge=SHORTEST_INTERVAL_S, le=LONGEST_INTERVAL_S)]
_EPISODES = "Seasons and numbers, such as 'S02', 'S03-', '5-12', 'S01E05-E12', comma-separated; empty: all."
_SPECIALS = "Specials and films (season 0) too."
_ONLY_NEW = "Only what appears after the first check, not all that is missing."
_INTERVAL = "How often it is checked; up to a fifth is added by chance."


class SubscriptionIn(StrictInput):
    """An address to follow."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://media.example.org/feed.xml",
                    "anime_title": "Anime A",
                    "language": "German Dub > German Sub",
                    "episodes": "S02, S03-",
                    "only_new": True,
                    "interval_s": 21600,
                }
            ]
        }
    )

    url: Address = Field(description="Page of a series or a season, or a feed.")
    anime_title: Title = Field(
        default="", json_schema_extra=drop_default, description="Title of the series; else read from the address."
    )
    language: Wished | None = Field(default=None, description="Wanted language; an episode waits until it is there.")
    provider: Wished | None = Field(default=None, description="Wanted provider, such as 'VOE' or 'feed'.")
    episodes: EpisodesText = Field(default="", description=_EPISODES)
    specials: bool = Field(default=False, description=_SPECIALS)
    only_new: bool = Field(default=False, description=_ONLY_NEW)
    interval_s: Interval = Field(default=DEFAULT_INTERVAL_S, description=_INTERVAL)
    paused: bool = Field(default=False, description="Do not check it yet.")

    def to_wanted(self) -> Wanted:
        """Return it as the engine wants it."""
        rest = {name: value for name, value in self if name != "anime_title"}
        return Wanted(title=self.anime_title or series_of(self.url), **rest)


class SubscriptionPatch(StrictInput):
    """What can be changed about a subscription; fields that are left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"episodes": "S02", "interval_s": 3600}]})

    anime_title: Title = Field(default="", json_schema_extra=drop_default)
    language: Wished | None = Field(default=None, json_schema_extra=drop_default, description="null: any.")
    provider: Wished | None = Field(default=None, json_schema_extra=drop_default, description="null: any.")
    episodes: EpisodesText = Field(default="", json_schema_extra=drop_default, description=_EPISODES)
    specials: bool = Field(default=False, json_schema_extra=drop_default, description=_SPECIALS)
    only_new: bool = Field(default=False, json_schema_extra=drop_default, description=_ONLY_NEW)
    interval_s: Interval = Field(default=DEFAULT_INTERVAL_S, json_schema_extra=drop_default, description=_INTERVAL)

    def to_changes(self) -> dict[str, Any]:
        """Return what was given, by the names of `Wanted`."""
        given = self.model_dump(exclude_unset=True)
        return {"title" if name == "anime_title" else name: value for name, value in given.items()}


class SubscriptionStatus(StrEnum):
    """How a subscription is: between two checks, in one, paused, or failing for several checks in a row."""

    ACTIVE = "active"
    CHECKING = "checking"
    PAUSED = "paused"
    FAILING = "failing"


class WantedOut(Output):
    """What a subscription is for."""

    anime_title: str
    url: str
    language: str | None = Field(examples=["German Dub > German Sub"])
    provider: str | None
    episodes: str = Field(description=_EPISODES)
    specials: bool
    only_new: bool
    interval_s: int
    paused: bool


class SubscriptionOut(WantedOut):
    """An address that is followed."""

    id: int
    status: SubscriptionStatus
    counts: dict[str, int] = Field(description="What it has listed so far, by verdict.")
    created_at: str = Field(examples=["2026-01-31T18:00:00Z"])
    checked_at: str | None = Field(description="The last check, however it ended.")
    succeeded_at: str | None = Field(description="The last check that did not fail.")
    next_check_at: str | None
    failures: int = Field(description="Checks that failed since then.")
    error: ErrorOut | None = Field(description="Why the last check failed.")
    error_message: str | None


class SubscriptionPage(Output):
    """All subscriptions, the oldest first."""

    items: list[SubscriptionOut]
    next_cursor: str | None
    total: int


class FollowedEpisode(Output):
    """An episode that was listed, and what becomes of it."""

    url: str
    title: str | None
    season: int | None
    number: int | None
    verdict: Verdict
    languages: list[str] = Field(description="Those on offer, as far as the list says.")
    job_id: int | None = Field(description="The job that has it, or had it.")


class SeenEpisode(FollowedEpisode):
    """The same, as the last check has left it."""

    first_seen_at: str
    changed_at: str


class SeenEpisodePage(Output):
    """A page of what was listed, in the order of the series."""

    items: list[SeenEpisode]
    next_cursor: str | None
    total: int


class SubscriptionPlan(WantedOut):
    """What a check would queue now, and why not more. Episodes: the first 2,000."""

    totals: dict[str, int] = Field(description="How many are `listed`, and how many have each verdict.")
    items: list[FollowedEpisode]
    error: ErrorOut | None = Field(description="Why the address could not be listed.")
    error_message: str | None
