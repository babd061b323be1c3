"""What stands in the trace of an attempt; the integration tests have whole episodes."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aniworld_dl.chains import parse_chain
from aniworld_dl.errors import DiskFullError
from aniworld_dl.limits import Throttle
from aniworld_dl.model import Phase
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.disk import Disk
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.tools import Tools
from aniworld_dl.queue.traced_runner import TracedRunner
from tests import builders
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


class NoSources(FakeProvider):
    """Knows every episode, and no source of any."""

    async def sources(self, episode: object, wish: object) -> list[Any]:
        return []


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def runner(settings: Settings, spans: InMemorySpanExporter) -> TracedRunner:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    nothing = cast("Any", None)  # no source, so no network and no ffmpeg
    tools = Tools(
        http=nothing,
        registry=Registry([NoSources()]),
        clock=FakeClock(),
        bench=nothing,
        disk=Disk(lambda: settings),
        settings=lambda: settings,
        posters=nothing,
    )
    return TracedRunner(tools, provider.get_tracer("test"))


def attempt(runner: TracedRunner, live: LiveEpisode, error: BaseException) -> None:
    """Come as far as the download."""
    with runner._traced("episode", live):
        live.phase = Phase.RESOLVING
        live.phase = Phase.DOWNLOADING
        raise error


class Better:
    """A wish for something better than there is."""

    wanted = parse_chain("German Dub")


async def test_looking_for_a_better_version_is_a_trace_of_its_own(
    runner: TracedRunner, spans: InMemorySpanExporter
) -> None:
    episode = builders.episode(path=PurePosixPath("Series/Series S01E01.mkv"))
    live = LiveEpisode(episode, FakeClock())
    assert not await runner.improve(live, builders.job(), Throttle(FakeClock()), cast("Any", Better()))
    (span,) = spans.get_finished_spans()
    assert (span.name, span.status.is_ok) == ("better version", True)
    assert (span.attributes or {})["aniworld_dl.episode_id"] == episode.id


@pytest.mark.parametrize(
    ("error", "code", "is_ok"),
    [
        (DiskFullError(path="/", needed_bytes=1, free_bytes=0), "disk_full", False),
        (asyncio.CancelledError(), "stopped", True),
        (ZeroDivisionError("with a secret"), "internal", False),
    ],
)
def test_what_ends_an_attempt_ends_its_spans(
    error: BaseException, code: str, is_ok: bool, runner: TracedRunner, spans: InMemorySpanExporter
) -> None:
    """The phases before the last are as they were; no text of an error is told."""
    live = LiveEpisode(builders.episode(), FakeClock())
    with pytest.raises(type(error)):
        attempt(runner, live, error)
    live.phase = Phase.MUXING  # nobody listens any more
    ended = spans.get_finished_spans()
    assert [span.name for span in ended] == ["resolving", "downloading", "episode"]
    assert [(span.attributes or {}).get("error.type") for span in ended] == [None, code, code]
    assert [span.status.is_ok for span in ended] == [True, is_ok, is_ok]
    assert "secret" not in "".join(span.to_json() for span in ended)
