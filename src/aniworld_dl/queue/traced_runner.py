"""Runs episodes as `EpisodeRunner` does, and makes a trace of each attempt."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import Status, StatusCode, set_span_in_context

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.queue.runner import EpisodeRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span, Tracer

    from aniworld_dl.limits import Throttle
    from aniworld_dl.model import Job, Phase
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.shelving import Finished
    from aniworld_dl.queue.tools import Swap, Tools

_PREFIX: Final = "aniworld_dl"
STOPPED: Final = "stopped"
"""In place of an error's code: paused, cancelled, or the service ended."""
_INTERNAL: Final = "internal"


class TracedRunner(EpisodeRunner):
    """One span an attempt, below it one a phase. They name ids, hosts, counts, codes, no titles, no addresses."""

    def __init__(self, tools: Tools, tracer: Tracer) -> None:
        super().__init__(tools)
        self._tracer = tracer

    async def run(self, live: LiveEpisode, job: Job, throttle: Throttle) -> Finished:
        """Run an episode.

        Raises:
            AniworldDlError: why it cannot be completed now.
        """
        with self._traced("episode", live):
            return await super().run(live, job, throttle)

    async def improve(self, live: LiveEpisode, job: Job, throttle: Throttle, swap: Swap) -> bool:
        """Look for a better version of an episode.

        Raises:
            AniworldDlError: why it cannot be told, or not be had now.
        """
        with self._traced("better version", live):
            return await super().improve(live, job, throttle, swap)

    @contextmanager
    def _traced(self, name: str, live: LiveEpisode) -> Iterator[None]:
        episode = live.episode
        given = {"job_id": episode.job_id, "episode_id": episode.id, "attempt": episode.attempt}
        span = self._tracer.start_span(name, attributes={f"{_PREFIX}.{key}": value for key, value in given.items()})
        phases = _Phases(self._tracer, span, live)
        live.on_phase = phases.enter
        code = _INTERNAL
        try:
            yield
            code = ""
        except AniworldDlError as error:
            code = error.code
            raise
        except asyncio.CancelledError:
            code = STOPPED
            raise
        finally:
            live.on_phase = None
            phases.end(code)
            _end(span, live, code)


class _Phases:
    """The spans below an attempt's: one after the other, as the page shows them."""

    def __init__(self, tracer: Tracer, attempt: Span, live: LiveEpisode) -> None:
        self._tracer = tracer
        self._context = set_span_in_context(attempt)
        self._live = live
        self._span: Span | None = None

    def enter(self, phase: Phase) -> None:
        self.end("")
        self._span = self._tracer.start_span(phase.value, self._context)

    def end(self, code: str) -> None:
        if self._span is not None:
            _end(self._span, self._live, code)


def _end(span: Span, live: LiveEpisode, code: str) -> None:
    """End a span with what has been reached by then. A segment has none: there are thousands, so they are counted."""
    figures = live.figures()
    reached: dict[str, str | int | None] = {
        "provider": figures.provider,
        "host": figures.host,
        "fetched_bytes": figures.fetched_bytes,
        "wasted_bytes": figures.wasted_bytes,
        "segments_done": live.segments_done,
        "segments_total": live.segments_total,
        "segments_retried": figures.segments_retried,
    }
    span.set_attributes({f"{_PREFIX}.{key}": value for key, value in reached.items() if value is not None})
    if code:
        span.set_attribute("error.type", code)
    if code and code != STOPPED:
        span.set_status(Status(StatusCode.ERROR))
    span.end()
