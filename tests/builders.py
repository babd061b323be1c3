"""Short ways to make the model's objects; a test names only what it is about."""

from __future__ import annotations

from typing import Any

from aniworld_dl.model import (
    Container,
    Episode,
    EpisodeRef,
    ErrorInfo,
    Job,
    JobRequest,
    Media,
    Segment,
    Status,
    Track,
    TrackKind,
)

BROKEN = ErrorInfo(code="http_status", params={"host": "example.org", "status": 404}, text="example.org answered 404")
WALL = ErrorInfo(code="needs_person", params={"url": "https://a.example/", "provider": "p"}, text="a wall")


def refs(*names: str) -> tuple[EpisodeRef, ...]:
    return tuple(EpisodeRef(url=f"https://example.org/{name}.m3u8") for name in names)


def request(*names: str, title: str = "Nordlicht", **fields: Any) -> JobRequest:
    """A request for the episodes of these names; `a`, `b` and `c` when none is named."""
    return JobRequest(anime_title=title, episodes=refs(*(names or ("a", "b", "c"))), **fields)


def episode(**fields: Any) -> Episode:
    ref = fields.pop("ref", EpisodeRef(url="https://example.org/a.m3u8"))
    return Episode(**{"id": 1, "job_id": 1, "position": 1, "ref": ref, "status": Status.QUEUED, **fields})


def job(**fields: Any) -> Job:
    usual = {
        "id": 1,
        "anime_title": "Nordlicht",
        "language": None,
        "provider": None,
        "priority": 0,
        "bandwidth_limit_bytes_per_s": None,
        "created_at": 0.0,
        "requested_episodes": None,
        "counts": {},
        "progress_sum": 0.0,
    }
    return Job(**{**usual, **fields})


def media(segments: int = 4, duration_s: float = 4.0) -> Media:
    """One muxed track of segments that last equally long."""
    track = Track(
        kind=TrackKind.MUXED,
        container=Container.MPEG_TS,
        segments=tuple(
            Segment(index=index, uri=f"https://example.org/{index}.ts", duration_s=duration_s)
            for index in range(segments)
        ),
    )
    return Media(url="https://example.org/a.m3u8", tracks=(track,))
