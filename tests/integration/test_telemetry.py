"""Traces as a collector on this machine gets them; and nothing at all without one."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from aniworld_dl._version import __version__
from aniworld_dl.api.app import create_app
from aniworld_dl.config import Settings
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import ConfigError
from aniworld_dl.model import Action, Status
from aniworld_dl.telemetry import open_telemetry
from aniworld_dl.telemetry.traces import Telemetry, Watched
from tests.fakes.receiver import open_receiver
from tests.integration.engine_work import add, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.demo.origin import Origin
    from tests.fakes.receiver import Receiver

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def values(attributes: Any) -> dict[str, Any]:
    """Return attributes as plain values."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def spans_of(receiver: Receiver) -> tuple[dict[str, Any], list[Any]]:
    """Return what the collector was told of the service, and all spans in the order of their begin."""
    requests = [ExportTraceServiceRequest.FromString(got.body) for got in receiver.got]
    resources = [resource for request in requests for resource in request.resource_spans]
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    return values(resources[0].resource.attributes), sorted(spans, key=lambda span: span.start_time_unix_nano)


@pytest.mark.timeout(60)
async def test_episodes_and_requests_become_traces(
    settings: Settings, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that completes, one that fails, one that is stopped; with the standard variables, and without secrets."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=ada")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=home")
    async with open_receiver() as receiver:
        changed = settings.model_copy(update={"otel_endpoint": receiver.url, "retries_per_episode": 0})
        async with open_engine(changed) as engine:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=create_app(engine, changed)), base_url="http://127.0.0.1:8080"
            )
            async with client:
                headers = {"X-Request-ID": "mine", "traceparent": f"00-{TRACE}-{PARENT}-01"}
                assert (await client.get("/api/jobs/7?q=secret", headers=headers)).status_code == 404
                assert (await client.get("/")).status_code == 200
            await until(engine, await add(engine, origin.url("/ts/index.m3u8") + "?token=secret"), Status.COMPLETED)
            gone = await add(engine, origin.url("/gone/index.m3u8"), title="Gone")
            await until(engine, gone, Status.FAILED)
            gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/fmp4/index.m3u8"))
            stopped = await add(engine, origin.url("/fmp4/index.m3u8"), title="Stopped")
            await gate.reached()
            await engine.act_on_job(stopped, Action.PAUSE)
            gate.open()
        resource, spans = spans_of(receiver)
        sent = {got.path for got in receiver.got}, {got.headers.get("x-tenant") for got in receiver.got}
        assert sent == ({"/v1/traces"}, {"ada"})
        assert b"secret" not in b"".join(got.body for got in receiver.got)
        assert b"Nordlicht" not in b"".join(got.body for got in receiver.got)
    expected = {"service.name": "aniworld-dl", "service.version": __version__, "deployment.environment.name": "home"}
    assert expected.items() <= resource.items()

    request, *rest = spans
    assert (request.name, request.trace_id.hex(), request.parent_span_id.hex()) == (
        "GET /api/jobs/{job_id}",
        TRACE,
        PARENT,
    )
    assert values(request.attributes) == {
        "http.request.method": "GET",
        "http.route": "/api/jobs/{job_id}",
        "http.response.status_code": 404,
        "http.response.header.x-request-id": "mine",
        "error.type": "not_found",
    }
    attempts = [span for span in rest if span.name == "episode"]
    assert [values(span.attributes).get("error.type") for span in attempts] == [None, "http_status", "stopped"]
    assert [span.status.code for span in attempts] == [0, 2, 0]
    first = attempts[0]
    phases = [span for span in rest if span.parent_span_id == first.span_id]
    assert [span.name for span in phases] == ["resolving", "downloading", "muxing", "verifying"]
    assert all(span.end_time_unix_nano <= first.end_time_unix_nano for span in phases)
    reached = values(first.attributes)
    assert reached["aniworld_dl.segments_done"] == reached["aniworld_dl.segments_total"] > 0
    assert (reached["aniworld_dl.episode_id"], reached["aniworld_dl.host"]) == (1, "127.0.0.1")


class Refusing(SpanExporter):
    """Takes what it is told to take."""

    def __init__(self, *results: bool) -> None:
        self.results = list(results)

    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        return SpanExportResult.SUCCESS if self.results.pop(0) else SpanExportResult.FAILURE


def test_a_collector_that_is_down_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched(Refusing(True, False, False, False, True, True, False))
    while watched._exporter.results:  # type: ignore[attr-defined]
        watched.export([])
    events = [record.getMessage().split(" ")[0] for record in caplog.records]
    assert events == ["event=traces_not_sent", "event=traces_sent_again", "event=traces_not_sent"]


async def test_a_collector_that_is_down_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Neither memory nor time at the end, nor lines in the log: more spans than are kept, and nobody to take them."""
    telemetry = Telemetry("http://127.0.0.1:9", flush_s=0.01)
    for _ in range(5000):
        telemetry.tracer.start_span("episode").end()
    await telemetry.aclose()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


async def test_without_the_libraries_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aniworld_dl.telemetry.traces", None)
    wanted = Settings.model_construct(otel_endpoint="http://collector:4318")
    with pytest.raises(ConfigError, match=r'pip install "aniworld-dl\[otel\]"') as caught:
        await open_telemetry(wanted).__aenter__()
    assert caught.value.params["key"] == "otel_endpoint"


def test_what_is_off_is_not_imported() -> None:
    """Neither the libraries of traces nor those of logins, with the whole service loaded."""
    code = (
        "import sys\n"
        "import aniworld_dl.cli.serve, aniworld_dl.queue.runner\n"
        "extras = {'opentelemetry.sdk', 'opentelemetry.exporter', 'joserfc', 'requests', 'google.protobuf'}\n"
        "assert not extras & set(sys.modules), extras & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
