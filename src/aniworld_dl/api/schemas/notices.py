"""Who is told when a job has ended, as clients get it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.api.schemas.responses import ErrorOut


class TargetOut(Output):
    """A target and how it goes with it; its address is a secret."""

    name: str = Field(examples=["living-room"])
    kind: Literal["hook", "webhook", "apprise", "jellyfin", "plex", "kodi"]
    pending: int = Field(description="Messages that are still to arrive.")
    next_attempt_at: str | None = Field(description="When the next of them is tried; null: there is none.")
    given_up: int = Field(description="Messages that never arrived.")
    last_success_at: str | None
    last_failure_at: str | None = Field(description="Null unless the last message failed.")
    error: ErrorOut | None = Field(description="Why the last message failed; null: it arrived, or there was none.")


class TargetPage(Output):
    """Every target."""

    items: list[TargetOut]
    next_cursor: None
    total: int


class TrialOut(Output):
    """What came of a test."""

    ok: bool
    error: ErrorOut | None
