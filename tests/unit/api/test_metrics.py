"""What Prometheus reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

from aniworld_dl.climbing import Verdict
from aniworld_dl.model import Status
from aniworld_dl.net.host import HostFigures

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.fakes.engine import FakeEngine

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples_of(text: str) -> Samples:
    return {
        (sample.name.removeprefix("aniworld_dl_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples_of(answer.text)


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


async def test_attempts_are_told_apart_by_their_cause(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    tally = engine.overview.tally
    tally.attempts.update({(Status.COMPLETED, ""): 1, (Status.QUEUED, "stalled"): 2})
    tally.fetched_bytes, tally.wasted_bytes = 120, 27
    seen = await scraped(client)
    assert seen["attempts_total", labels(status="completed", code="")] == 1
    assert seen["attempts_total", labels(status="queued", code="stalled")] == 2
    assert (seen["fetched_bytes_total", ()], seen["wasted_bytes_total", ()]) == (120, 27)
    assert seen["request_failures_total", labels(code="stalled")] == 2


async def test_requests_are_counted_by_route_and_never_by_address(client: httpx.AsyncClient) -> None:
    for path in ("/api/jobs/7", "/api/jobs/8", "/nothing/of/this", "/app/main.js"):
        await client.get(path)
    seen = await scraped(client)
    requests = {key: value for (name, key), value in seen.items() if name == "http_requests_total"}
    assert requests == {
        labels(method="GET", route="/api/jobs/{job_id}", status="404"): 2,
        labels(method="GET", route="(page)", status="404"): 1,
        labels(method="GET", route="(page)", status="200"): 1,
    }
    assert seen["http_answer_seconds_count", labels(route="/api/jobs/{job_id}")] == 2


async def test_hosts_and_disks(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    engine.overview.hosts = [
        HostFigures(host="a:1", connections=2, level=5, cooling_until=None, reason=Verdict.STARTED, params={}),
        HostFigures(host="b:1", connections=0, level=1, cooling_until=9.0, reason=Verdict.STARTED, params={}),
    ]
    seen = await scraped(client)
    assert seen["host_connections", labels(host="a:1")] == 2
    assert seen["host_connections_allowed", labels(host="a:1")] == 5
    assert [seen["host_cooling", labels(host=name)] for name in ("a:1", "b:1")] == [0, 1]
    assert seen["disk_total_bytes", labels(use="data")] == 5
    assert ("disk_free_bytes", labels(use="data")) not in seen  # it is not known now, and 0 would raise an alarm


async def test_it_can_be_read_as_openmetrics(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in open_families(answer.text)}  # type: ignore[no-untyped-call]
    assert families["aniworld_dl_slots"].type == "gauge"
    assert families["aniworld_dl_requests"].type == "counter"


async def test_it_needs_the_key(with_settings: Callable[..., httpx.AsyncClient]) -> None:
    async with with_settings(api_key="12345678") as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"X-API-Key": "12345678"})).status_code == 200


async def test_it_says_when_nothing_can_run(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    assert (await scraped(client))["healthy", ()] == 1
    engine.alive = False
    assert (await scraped(client))["healthy", ()] == 0
