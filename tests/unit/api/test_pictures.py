"""What the pictures ask for: the throughput, and the segments of an episode, sent only when they have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.api.schemas.pictures import SegmentsOut, ThroughputOut
from aniworld_dl.errors import NotFoundError
from aniworld_dl.media.store.segment_map import TrackMap, scales_of, track_view
from aniworld_dl.queue.throughput import Throughput
from tests.builders import media

if TYPE_CHECKING:
    import httpx

    from tests.fakes.clock import FakeClock
    from tests.fakes.engine import FakeEngine


class FakeSegments:
    """Knows one episode."""

    def __init__(self) -> None:
        self.states = bytes([3, 3, 5, 0])

    async def view(self, episode_id: int) -> dict[str, Any]:
        if episode_id != 7:
            raise NotFoundError(what="episode", id=episode_id)
        track = TrackMap(scale=scales_of(media())[0], states=self.states)
        return {"id": 7, "source": "download", "tracks": [track_view(track)]}


@pytest.fixture
def segments(engine: FakeEngine) -> FakeSegments:
    engine.segments = FakeSegments()  # type: ignore[assignment]
    return engine.segments  # type: ignore[return-value]


async def test_segments_have_the_declared_shape(client: httpx.AsyncClient, segments: FakeSegments) -> None:
    answer = await client.get("/api/episodes/7/segments")
    assert answer.headers["content-type"] == "application/json"
    found = SegmentsOut.model_validate(answer.json())
    assert answer.json().keys() == SegmentsOut.model_fields.keys()
    assert answer.json()["tracks"][0].keys() == found.tracks[0].__class__.model_fields.keys()
    assert found.tracks[0].states == "m2r1d1"
    assert segments.states


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient, segments: FakeSegments) -> None:
    first = await client.get("/api/episodes/7/segments")
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get("/api/episodes/7/segments", headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    segments.states = bytes(4)
    changed = await client.get("/api/episodes/7/segments", headers=known)
    assert (changed.status_code, changed.json()["tracks"][0]["states"]) == (200, "d4")
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.usefixtures("segments")
async def test_no_episode_no_segments(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/episodes/8/segments")).json()["code"] == "not_found"


async def test_throughput_has_the_declared_shape(
    client: httpx.AsyncClient, engine: FakeEngine, clock: FakeClock
) -> None:
    nothing: Any = None
    engine.throughput = Throughput(database=nothing, clock=clock, fetched_bytes=lambda: 0, running=lambda: 0)
    body = (await client.get("/api/throughput")).json()
    ThroughputOut.model_validate(body)
    assert body["recent"] == {"step_s": 1, "from": "2027-01-15T08:00:00.000Z", "bytes_per_s": []}
    assert body["day"].keys() == {"step_s", "from", "mean_bytes_per_s", "peak_bytes_per_s", "running"}
