"""What a player gets of an episode. These models describe; at run time ready data is sent as it is."""

from __future__ import annotations

from pydantic import Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.model import Status, TrackKind


class WatchTrackOut(Output):
    """A track that can be played or chosen."""

    kind: TrackKind
    language: str | None = Field(examples=["de"])
    name: str | None
    default: bool
    codecs: str | None = Field(
        description="As RFC 6381 has them, null when unknown.", examples=["avc1.64001f,mp4a.40.2"]
    )


class WatchOut(Output):
    """What there is to play of an episode, or why there is nothing."""

    status: Status
    kind: str | None = Field(description="`hls`: playlists; `file`: one file; null: nothing, see `reason`.")
    reason: str | None = Field(description="Why there is nothing to play, as a code.", examples=["not_begun"])
    address: str | None = Field(
        description="Of the playlist or the file, relative to this one.", examples=["watch/1f0c…/index.m3u8"]
    )
    duration_s: float | None
    growing: bool = Field(description="It is still being recorded.")
    stored: list[list[float]] = Field(
        description="Which parts are here, as shares of the whole from 0 to 1.", examples=[[[0.0, 0.25]]]
    )
    tracks: list[WatchTrackOut]
