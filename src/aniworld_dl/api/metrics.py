"""What Prometheus reads: the engine's measures, requests by route, and how late the event loop runs."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from aniworld_dl._version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aniworld_dl.clock import Clock
    from aniworld_dl.engine.measures import Measures

_PREFIX: Final = "aniworld_dl"
_LATE_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_NO_ROUTE: Final = "(page)"
"""Under this name all files of the page are counted, and what does not exist."""


class Metrics:
    """Counts what the HTTP face does, and puts it beside what the engine has measured."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            f"{_PREFIX}_http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._answers = Histogram(
            f"{_PREFIX}_http_answer_seconds",
            "From a request to the head of its answer.",
            ["route"],
            buckets=_LATE_S,
            registry=self._registry,
        )
        self._lag = Histogram(
            f"{_PREFIX}_event_loop_lag_seconds",
            "How late what was due ten times a second was.",
            buckets=_LATE_S,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request whose answer has begun."""
        name = route or _NO_ROUTE
        self._requests.labels(method, name, str(status)).inc()
        self._answers.labels(name).observe(seconds)

    def lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._lag.observe(max(seconds, 0.0))

    def render(self, measures: Measures, accept: str) -> tuple[bytes, str]:
        """Return everything in the text format that `accept` asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(_Everything(self._registry, measures)), content_type


class Counted:
    """ASGI middleware that counts answers by the route that gave them, never by address: those are without number."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", None)
                self._metrics.answered(scope["method"], route, message["status"], self._clock.monotonic() - began)
            await send(message)

        await self._app(scope, receive, counted)


class _Everything(CollectorRegistry):
    """A moment's measures together with what is counted here."""

    def __init__(self, registry: CollectorRegistry, measures: Measures) -> None:
        super().__init__()
        self._counted = registry
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        yield from _families(self._measures)
        yield from self._counted.collect()


def _families(measures: Measures) -> Iterator[Metric]:
    versions = {"version": __version__, "python": platform.python_version(), "ffmpeg": measures.ffmpeg}
    yield InfoMetricFamily(_PREFIX, "Versions.", versions)
    yield _gauge("healthy", "1 while downloads can run.", measures.healthy)
    yield _gauge("running_episodes", "Episodes that download, are joined or proven now.", measures.running)
    yield _gauge("slots", "Episodes that may run at a time.", measures.slots)
    yield _gauge("queue_paused", "1 while the whole queue is paused.", measures.queue_paused)
    yield _gauge("speed_bytes_per_second", "Smoothed rate of all downloads.", measures.speed_bytes_per_s)
    yield _gauge("database_bytes", "Size of the queue's database.", measures.database_bytes)
    yield _gauge("notices", "What people should be told of, such as a rescued database.", measures.notices)
    yield _gauge("providers_broken", "Installed providers that cannot be used.", measures.providers_broken)
    episodes = GaugeMetricFamily(f"{_PREFIX}_episodes", "Episodes in queue and history.", labels=["status"])
    for status, count in measures.episodes.items():
        episodes.add_metric([status.value], count)
    yield episodes
    yield from _of_attempts(measures)
    yield from _of_requests(measures)
    yield from _of_disks(measures)


def _of_attempts(measures: Measures) -> Iterator[Metric]:
    tally = measures.tally
    what = "Ended attempts, by the status of their episode afterwards (queued: tried again) and the error's code."
    attempts = CounterMetricFamily(f"{_PREFIX}_attempts", what, labels=["status", "code"])
    for (status, code), count in sorted(tally.attempts.items()):
        attempts.add_metric([status.value, code], count)
    yield attempts
    yield _counter("fetched_bytes", "Bytes of media that ended attempts have fetched.", tally.fetched_bytes)
    yield _counter("wasted_bytes", "Those of them that were thrown away.", tally.wasted_bytes)


def _of_requests(measures: Measures) -> Iterator[Metric]:
    traffic = measures.traffic
    yield _counter("received_bytes", "Bytes of all bodies, manifests and keys included.", traffic.received_bytes)
    yield _counter("requests", "Requests to servers of media.", traffic.requests)
    failures = CounterMetricFamily(f"{_PREFIX}_request_failures", "Those that failed, by code.", labels=["code"])
    for code, count in sorted(measures.failures.items()):
        failures.add_metric([code], count)
    yield failures
    connections = GaugeMetricFamily(f"{_PREFIX}_host_connections", "Connections in use.", labels=["host"])
    allowed = GaugeMetricFamily(f"{_PREFIX}_host_connections_allowed", "As many as pay.", labels=["host"])
    cooling = GaugeMetricFamily(f"{_PREFIX}_host_cooling", "1 while the host is left alone.", labels=["host"])
    for host in measures.hosts:
        connections.add_metric([host.host], host.connections)
        allowed.add_metric([host.host], host.level)
        cooling.add_metric([host.host], host.cooling_until is not None)
    yield from (connections, allowed, cooling)


def _of_disks(measures: Measures) -> Iterator[Metric]:
    words = {
        "total_bytes": "Size of the file system.",
        "free_bytes": "Free bytes of it.",
        "reserved_bytes": "Bytes that running and waiting episodes will need.",
        "reserve_bytes": "Bytes that are to stay free.",
    }
    for name, what in words.items():
        family = GaugeMetricFamily(f"{_PREFIX}_disk_{name}", what, labels=["use"])
        for disk in measures.disks:
            if (value := disk[name]) is not None:  # None: the folder is not there at the moment
                family.add_metric([str(disk["use"])], float(value))
        yield family


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", what, value=value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"{_PREFIX}_{name}", what, value=value)
