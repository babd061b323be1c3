"""Sends traces by OTLP over HTTP, from a thread of its own: nobody waits for the collector, also when it is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from aniworld_dl._version import __version__
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

NAME: Final = "aniworld-dl"
FLUSH_S: Final = 2.0
"""How long the end of the service may wait for what is not sent yet."""
_PATH: Final = "/v1/traces"

_log = get_logger(__name__)


class Telemetry:
    """Traces to one collector. What the standard variables `OTEL_*` say beside its address holds."""

    def __init__(self, endpoint: str, *, flush_s: float = FLUSH_S) -> None:
        _keep_quiet()
        exporter = OTLPSpanExporter(f"{endpoint}{_PATH}")
        self._flush_s = flush_s
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(Watched(exporter)))
        self.tracer = self._provider.get_tracer(NAME, __version__)
        """Makes spans."""

    async def aclose(self) -> None:
        """Send what is not sent yet, for a moment; what the collector does not take then is lost."""
        end = threading.Thread(target=self._provider.shutdown, name="telemetry-end", daemon=True)
        end.start()
        await asyncio.to_thread(end.join, self._flush_s)


class Watched(SpanExporter):
    """An exporter whose failures are logged when they begin and when they end, not each of them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; what the collector does not take is lost."""
        result = self._exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            _log.warning("traces_not_sent", mend="see otel_endpoint; the service goes on without")
        elif self._fails and not fails:
            _log.info("traces_sent_again")
        self._fails = fails
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()


def _resource() -> Resource:
    """Return what every trace says of the service; a name that the variables give holds."""
    given = os.environ.get(OTEL_SERVICE_NAME) or f"{SERVICE_NAME}=" in os.environ.get(OTEL_RESOURCE_ATTRIBUTES, "")
    own = {SERVICE_VERSION: __version__}
    return Resource.create(own if given else {**own, SERVICE_NAME: NAME})


def _keep_quiet() -> None:
    """Let the libraries' own lines go nowhere: they repeat themselves with each failure, and `Watched` tells once."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
