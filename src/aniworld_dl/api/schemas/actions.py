"""What clients may send to act on jobs and episodes, and what came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aniworld_dl.api.schemas.requests import LARGEST_ID, Priority, Rate, StrictInput, drop_default
from aniworld_dl.model import EVERYTHING, Action, Selection, Spot, Status

MOST_IDS: Final = 100_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Ids = Annotated[list[Id], Field(max_length=MOST_IDS)]
Ended = Literal["completed", "failed", "cancelled"]
Where = Literal["top", "bottom", "before", "after"]


class Management(StrEnum):
    """What can be done to a selection besides the actions on a single item."""

    REMOVE = "remove"
    SET = "set"
    CLEAR = "clear"


_OWN_FIELDS: Final = {
    "priority": Management.SET,
    "bandwidth_limit_bytes_per_s": Management.SET,
    "statuses": Management.CLEAR,
}
"""Fields that only one action knows."""
_CHOICES: Final = (*(each.value for each in Action), *(each.value for each in Management))


class ActionsIn(StrictInput):
    """One action for many items, as one transaction."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "pause", "jobs": [1, 2], "episodes": [17]},
                {"action": "set", "jobs": [3], "priority": 10},
                {"action": "clear", "statuses": ["completed"]},
            ]
        }
    )

    action: Annotated[Literal[_CHOICES], Field(description="What is to be done.")]  # type: ignore[valid-type]
    jobs: Ids = Field(default=[], description="Ids of jobs: all that belongs to them.")
    episodes: Ids = Field(default=[], description="Ids of episodes.")
    all: bool = Field(default=False, description="Everything, instead of ids.")
    files: bool = Field(default=False, description="For `remove` and `clear`: move finished files to the trash too.")
    priority: Priority = Field(default=0, json_schema_extra=drop_default, description="For `set`.")
    bandwidth_limit_bytes_per_s: Rate | None = Field(
        default=None, json_schema_extra=drop_default, description="For `set`; null: no limit."
    )
    statuses: list[Ended] = Field(
        default=[*get_args(Ended)], description="For `clear`: jobs that have ended so; all ended ones when left out."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, action in _OWN_FIELDS.items():
            if name in self.model_fields_set and self.action != action:
                raise ValueError(f"{name!r} belongs to the action {action.value!r}")
        if self.files and self.action not in {Management.REMOVE, Management.CLEAR}:
            raise ValueError("'files' belongs to the actions 'remove' and 'clear'")
        ids = bool(self.jobs or self.episodes)
        if self.action == Management.CLEAR:
            if ids or self.all:
                raise ValueError("'clear' takes 'statuses' and no ids")
        elif ids is self.all:
            raise ValueError("give ids of 'jobs' or 'episodes', or 'all', and not both")
        if self.action == Management.SET and not self.changes():
            raise ValueError("give 'priority' or 'bandwidth_limit_bytes_per_s' to set")
        return self

    def selection(self) -> Selection:
        """Return what it is meant for."""
        return EVERYTHING if self.all else Selection.of(jobs=self.jobs, episodes=self.episodes)

    def changes(self) -> dict[str, Any]:
        """Return what is to be set."""
        return self.model_dump(include={"priority", "bandwidth_limit_bytes_per_s"}, exclude_unset=True)

    def ended(self) -> frozenset[Status]:
        """Return which jobs are to be cleared."""
        return frozenset(map(Status, self.statuses))


class _MoveIn(StrictInput):
    to: Where = Field(description="`top` and `bottom` within its priority; `before` and `after` take over the other's.")

    @property
    def spot(self) -> Spot:
        """Where it is to go."""
        return Spot(self.to)


class JobMoveIn(_MoveIn):
    """Where a job is to go in the queue."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "top"}, {"to": "before", "job_id": 3}]})

    job_id: Id | None = Field(default=None, description="Before or after which job.")


class EpisodeMoveIn(_MoveIn):
    """Where an episode is to go in its job."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "bottom"}, {"to": "after", "episode_id": 17}]})

    episode_id: Id | None = Field(default=None, description="Before or after which episode of the same job.")


class Refusal(BaseModel):
    """Why nothing was done to one of the items."""

    kind: Literal["job", "episode"]
    id: int = Field(examples=[7])
    code: str = Field(examples=["move_refused"])
    text: str = Field(examples=["episode 7 is completed: pause is not possible"])


class UndoOut(BaseModel):
    """Something that can be undone, or was."""

    id: int
    action: Literal["cancel", "remove", "clear"]
    jobs: int = Field(description="How many were removed.")
    episodes: int = Field(description="How many were cancelled or removed.")
    files: bool = Field(description="Whether finished files are moved too.")
    created_at: str = Field(examples=["2026-01-31T18:00:00Z"])
    until: str = Field(description="So long it can be undone.", examples=["2026-01-31T18:10:00Z"])


class UndoPage(BaseModel):
    """A page of what can be undone."""

    items: list[UndoOut]
    next_cursor: str | None
    total: int


class RestoredOut(UndoOut):
    """What has come back: `episodes` counts those, `refused` says which files could not be put back and why."""

    refused: list[Refusal]


class ActionsOut(BaseModel):
    """What came of an action."""

    changed: int = Field(
        description="Episodes, and addresses still to be listed; what is set or removed: jobs and single episodes."
    )
    refused: list[Refusal]
    undo: UndoOut | None
