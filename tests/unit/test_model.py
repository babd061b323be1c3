from __future__ import annotations

from typing import Final

import pytest

from aniworld_dl.model import (
    ALLOWED_MOVES,
    ENDED,
    ByteRange,
    Container,
    ErrorInfo,
    Job,
    Media,
    Segment,
    Status,
    Track,
    TrackKind,
    may_move,
    moves_into,
)

Q, D, P, C, F, X = (
    Status.QUEUED,
    Status.DOWNLOADING,
    Status.PAUSED,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELLED,
)
ALLOWED: Final = {
    (Q, D), (Q, P), (Q, X),
    (D, Q), (D, P), (D, C), (D, F), (D, X),
    (P, Q), (P, X),
    (F, Q), (F, X),
    (X, Q),
}  # fmt: skip


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_every_pair_of_statuses(before: Status, after: Status) -> None:
    """The moves are written down twice, here as pairs, so that none changes by accident."""
    allowed = (before, after) in ALLOWED
    assert may_move(before, after) is allowed
    assert (before in moves_into(after)) is allowed


def test_moves_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ALLOWED_MOVES[Status.COMPLETED] = frozenset({Status.QUEUED})  # type: ignore[index]


def test_ended() -> None:
    """Only what a user does moves something that has ended."""
    assert {status for status in Status if status.ended} == ENDED == {C, F, X}
    assert all(may_move(status, Status.QUEUED) or status is Status.COMPLETED for status in ENDED)


def _job(
    counts: dict[Status, int],
    *,
    pending: int = 0,
    paused: int = 0,
    requested: int | None = None,
    error: bool = False,
) -> Job:
    return Job(
        id=1,
        anime_title="Nordlicht",
        language=None,
        provider=None,
        priority=0,
        bandwidth_limit_bytes_per_s=None,
        created_at=0.0,
        requested_episodes=requested,
        counts=counts,
        progress_sum=0.0,
        pending_expansions=pending,
        paused_expansions=paused,
        expansion_error=ErrorInfo(code="no_episodes", params={}, text="none") if error else None,
    )


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({D: 1, Q: 1, P: 1, C: 1, F: 1, X: 1}, D),
        ({D: 1}, D),
        ({Q: 1, P: 1, C: 1, F: 1, X: 1}, Q),
        ({P: 1, C: 1, F: 1, X: 1}, P),
        ({C: 1, F: 1, X: 1}, F),
        ({C: 1, X: 1}, C),
        ({C: 1}, C),
        ({X: 1}, X),
        ({X: 1, C: 0, F: 0, P: 0, Q: 0, D: 0}, X),
        ({}, X),
    ],
)
def test_job_status(counts: dict[Status, int], status: Status) -> None:
    """What runs outweighs what waits, which outweighs what has ended; a failure outweighs success."""
    assert _job(counts).status is status


@pytest.mark.parametrize(
    ("counts", "pending", "paused", "status"),
    [
        ({}, 1, 0, Q),
        ({C: 1}, 1, 0, Q),
        ({P: 1}, 1, 0, Q),
        ({F: 1}, 1, 0, Q),
        ({X: 1}, 1, 0, Q),
        ({D: 1}, 1, 0, D),
        ({}, 2, 1, Q),
        ({}, 2, 2, P),
        ({C: 1}, 1, 1, P),
        ({F: 1, X: 1}, 1, 1, P),
        ({Q: 1}, 1, 1, Q),
        ({D: 1}, 1, 1, D),
    ],
)
def test_job_status_while_addresses_are_expanded(
    counts: dict[Status, int], pending: int, paused: int, status: Status
) -> None:
    """A job waits as long as a series address may still bring episodes, unless all of these are paused."""
    assert _job(counts, pending=pending, paused=paused).status is status


@pytest.mark.parametrize(
    ("counts", "status"), [({}, F), ({C: 3}, F), ({X: 3}, F), ({P: 1}, P), ({Q: 1}, Q), ({D: 1}, D)]
)
def test_job_status_after_a_failed_expansion(counts: dict[Status, int], status: Status) -> None:
    """An address that brought nothing fails the job, once the episodes of the others have ended."""
    assert _job(counts, error=True).status is status


@pytest.mark.parametrize(
    ("counts", "pending", "requested", "total"),
    [
        ({}, 0, None, 0),
        ({C: 2, Q: 1}, 0, None, 3),
        ({C: 2, Q: 1}, 0, 12, 3),
        ({}, 1, None, 1),
        ({}, 1, 12, 12),
        ({C: 2, Q: 1}, 1, None, 4),
        ({C: 2, Q: 1}, 1, 12, 12),
        ({Q: 30}, 1, 12, 31),
    ],
)
def test_total_episodes(counts: dict[Status, int], pending: int, requested: int | None, total: int) -> None:
    """The request's own figure counts only while an address is still to be expanded."""
    assert _job(counts, pending=pending, requested=requested).total_episodes == total


def _track(*durations: float | None) -> Track:
    segments = tuple(
        Segment(index=index, uri=f"https://media.example/{index}.ts", duration_s=duration)
        for index, duration in enumerate(durations)
    )
    return Track(kind=TrackKind.MUXED, container=Container.MPEG_TS, segments=segments)


@pytest.mark.parametrize(
    ("durations", "total"), [((4.0, 4.0, 1.5), 9.5), ((4.0, None), None), ((None,), None), ((), 0.0)]
)
def test_track_duration(durations: tuple[float | None, ...], total: float | None) -> None:
    """A track is as long as its segments together, and of unknown length when one segment's is unknown."""
    assert _track(*durations).duration_s == total


def test_media_is_as_long_as_its_longest_track() -> None:
    media = Media(url="https://media.example/", tracks=(_track(4.0, 4.0), _track(4.0, 4.5), _track(None)))
    assert media.duration_s == 8.5
    assert media.segment_count == 5


def test_media_of_unknown_length() -> None:
    assert Media(url="https://media.example/", tracks=(_track(None),)).duration_s is None


def test_byte_range_is_half_open() -> None:
    assert ByteRange(start=10, stop=15).length == 5
