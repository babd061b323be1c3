from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aniworld_dl.demo import log as log_module
from aniworld_dl.demo.log import RequestLog
from tests.fakes.clock import settle

if TYPE_CHECKING:
    import pytest

    from aniworld_dl.demo.origin import Origin
    from tests.unit.demo.raw import RawClient


async def test_a_record_tells_what_was_asked_and_answered(origin: Origin, client: RawClient) -> None:
    origin.add_file("show/e1/a.ts", b"0123456789")
    await client.get("/show/e1/a.ts?token=secret", Range="bytes=2-5", X_Test="yes")
    await client.get("/show/e1/b.ts")
    first, second = origin.requests
    assert (first.method, first.path, first.range, first.status) == ("GET", "/show/e1/a.ts", "bytes=2-5", 206)
    assert (first.bytes_sent, first.folder, first.headers["x-test"]) == (4, "/show/e1", "yes")
    assert (second.status, second.range) == (404, None)
    assert first.started < (first.ended or 0) < second.started
    assert (origin.count("*"), origin.count("*/b.ts"), origin.count("/show/e2/*")) == (2, 1, 0)


def test_the_most_folders_at_once() -> None:
    """Two requests in one folder are one folder; a folder between two requests still counts for the spans."""
    log = RequestLog()
    first = log.start("GET", "/e1/a", {})
    second = log.start("GET", "/e1/b", {})
    log.end(first)
    log.end(second)
    third = log.start("GET", "/e2/a", {})
    log.end(third)
    fourth = log.start("GET", "/e1/c", {})
    log.end(fourth)
    assert log.most_folders_at_once() == 1
    assert log.most_spans_at_once() == 2
    assert log.most_spans_at_once("/e2/*") == 1


def test_what_still_runs_counts_to_the_end() -> None:
    log = RequestLog()
    keys = [log.start("GET", f"/e{number}/a", {}) for number in range(3)]
    log.end(keys[0])
    assert (log.running(), log.running("/e0/*")) == (2, 0)
    assert log.most_folders_at_once() == log.most_spans_at_once() == 3
    later = log.start("GET", "/e1/b", {})
    log.end(later)
    assert log.most_spans_at_once("/e[12]/*") == 2


def test_an_empty_log_has_no_peak() -> None:
    assert RequestLog().most_folders_at_once() == 0


async def test_until_waits_for_a_change_that_fits() -> None:
    log = RequestLog()
    waiting = asyncio.ensure_future(log.until(lambda: bool(log.records("/b")) and log.records("/b")[0].status == 200))
    log.start("GET", "/a", {})
    key = log.start("GET", "/b", {})
    await settle()
    assert not waiting.done()
    log.answer(key, 200)
    await waiting


def test_the_oldest_records_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_KEPT_RECORDS", 2)
    log = RequestLog()
    first, *_ = (log.start("GET", f"/{number}", {}) for number in range(3))
    log.sent(first, 5)
    log.end(first)
    assert [record.path for record in log.records()] == ["/1", "/2"]
