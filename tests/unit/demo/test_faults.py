from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.rules import Rule
from tests.fakes.clock import FakeClock, settle
from tests.unit.demo.raw import RawClient, connected

BODY = b"0123456789" * 20_000


@pytest.fixture(autouse=True)
def body(origin: Origin) -> None:
    origin.add_file("show/e1/seg1.ts", BODY)
    origin.add_file("show/e2/seg1.ts", BODY)


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
async def test_status(origin: Origin, client: RawClient, status: int) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=status))
    reply = await client.get("/show/e1/seg1.ts")
    assert reply.status == status
    assert "retry-after" not in reply.headers
    assert (await client.get("/show/e1/seg1.ts")).body == BODY, "the connection goes on, the fault was for once"


async def test_status_with_retry_after(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=429, retry_after_s=7))
    assert (await client.get("/show/e1/seg1.ts")).headers["retry-after"] == "7"


async def test_truncate_promises_everything_and_closes(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.TRUNCATE, after_bytes=1234))
    client.ask("/show/e1/seg1.ts")
    status, headers = await client.head()
    assert (status, headers["content-length"]) == (200, str(len(BODY)))
    assert await client.reader.read() == BODY[:1234]


async def test_short_200_agrees_with_itself(origin: Origin, client: RawClient) -> None:
    """Half of the body by default; the connection goes on as if nothing were wrong."""
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, times=2))
    reply = await client.get("/show/e1/seg1.ts")
    assert (reply.status, reply.body) == (200, BODY[: len(BODY) // 2])
    ranged = await client.get("/show/e1/seg1.ts", Range="bytes=100-199")
    assert (ranged.status, ranged.body) == (206, BODY[100:150])
    assert ranged.headers["content-range"] == f"bytes 100-149/{len(BODY)}"


async def test_reset(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.RESET, after_bytes=1000))
    client.ask("/show/e1/seg1.ts")
    _, headers = await client.head()
    assert headers["content-length"] == str(len(BODY))
    with pytest.raises(ConnectionResetError):
        await client.reader.readexactly(len(BODY))


async def test_stall_sends_nothing_more_until_it_is_opened(origin: Origin, client: RawClient) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.STALL, after_bytes=1000))
    client.ask("/show/e1/seg1.ts")
    await rule.reached()
    await client.head()
    assert await client.reader.readexactly(1000) == BODY[:1000]
    rest = asyncio.ensure_future(client.reader.read(1))
    await settle()
    assert not rest.done()
    rule.open()
    assert await rest == BODY[1000:1001]
    assert await client.reader.readexactly(len(BODY) - 1001) == BODY[1001:]


async def test_a_stall_ends_when_the_client_has_gone(origin: Origin, client: RawClient) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.STALL, after_bytes=1000))
    client.ask("/show/e1/seg1.ts")
    await rule.reached()
    await client.close()
    await origin.log.until(lambda: origin.log.running() == 0)
    assert origin.requests[0].bytes_sent == 1000


async def test_html(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.HTML))
    reply = await client.get("/show/e1/seg1.ts")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!DOCTYPE html>")


async def test_redirect(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.REDIRECT, to="http://elsewhere.example/a"))
    reply = await client.get("/show/e1/seg1.ts")
    assert (reply.status, reply.headers["location"]) == (302, "http://elsewhere.example/a")


async def test_a_gate_holds_answers_until_they_are_let_go_one_by_one(origin: Origin, client: RawClient) -> None:
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="*/seg1.ts", times=None))
    async with connected(origin) as other:
        client.ask("/show/e1/seg1.ts")
        await gate.reached()
        other.ask("/show/e2/seg1.ts")
        await gate.reached(2)
        assert [record.status for record in origin.requests] == [None, None]
        gate.step()
        assert (await client.reply()).body == BODY
        assert origin.requests[1].status is None
        gate.open()
        assert (await other.reply()).body == BODY
        assert (await other.get("/show/e2/seg1.ts")).body == BODY
    assert gate.arrived == 3


async def test_behind_a_gate_another_fault_may_wait(origin: Origin, client: RawClient) -> None:
    gate = origin.faults.add(Fault(kind=FaultKind.GATE))
    client.ask("/show/e1/seg1.ts")
    await gate.reached()
    origin.faults.add(Fault(kind=FaultKind.STATUS, status=403))
    gate.open()
    assert (await client.reply()).status == 403


async def test_a_fault_strikes_only_the_paths_that_fit_and_only_so_often(origin: Origin, client: RawClient) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.STATUS, path="/show/e2/*", times=2))
    asked = ["/show/e1/seg1.ts", "/show/e2/seg1.ts", "/show/e2/seg1.ts", "/show/e2/seg1.ts"]
    assert [(await client.get(path)).status for path in asked] == [200, 503, 503, 200]
    await rule.reached(2)
    assert rule.arrived == 2


async def test_whoever_waits_for_a_fault_is_woken_by_its_number() -> None:
    rule = Rule(Fault(kind=FaultKind.STATUS, times=None))
    first, second = (asyncio.ensure_future(rule.reached(count)) for count in (1, 2))
    await settle()
    rule.arrive()
    await settle()
    assert (first.done(), second.done()) == (True, False)
    rule.arrive()
    await second


async def test_clear_ends_all_faults_and_lets_go_what_they_hold(origin: Origin, client: RawClient) -> None:
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, times=None))
    origin.faults.add(Fault(kind=FaultKind.STATUS, times=None))
    client.ask("/show/e1/seg1.ts")
    await gate.reached()
    origin.faults.clear()
    assert (await client.reply()).status == 200
    assert (await client.get("/show/e1/seg1.ts")).status == 200


async def test_a_head_request_is_struck_in_its_head_only(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.SHORT_200))
    client.ask("/show/e1/seg1.ts", method="HEAD")
    assert (await client.reply(body=False)).headers["content-length"] == str(len(BODY) // 2)
    assert (await client.get("/show/e1/seg1.ts")).body == BODY


async def test_crowded_refuses_only_above_so_many_at_a_time(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.CROWDED, path="/show/*", most=1, status=429, retry_after_s=2, times=None))
    assert [(await client.get("/show/e1/seg1.ts")).status for _ in range(3)] == [200, 200, 200]
    held = origin.faults.add(Fault(kind=FaultKind.STALL, path="/show/e2/*"))
    async with connected(origin) as other:
        other.ask("/show/e2/seg1.ts")
        await held.reached()
        refused = await client.get("/show/e1/seg1.ts")
        assert (refused.status, refused.headers["retry-after"]) == (429, "2")
        held.open()
        status, headers = await other.head()
        assert status == 200
        await other.reader.readexactly(int(headers["content-length"]))
        await origin.log.until(lambda: not origin.log.running())
    assert (await client.get("/show/e1/seg1.ts")).status == 200


async def test_all_connections_share_the_rate_of_all() -> None:
    clock = FakeClock(auto_advance=True)
    async with Origin(clock=clock, total_bytes_per_s=50_000) as origin:
        origin.add_file("a.ts", BODY)
        async with connected(origin) as first, connected(origin) as second:
            assert (await first.get("/a.ts")).body == BODY
            assert (await second.get("/a.ts")).body == BODY
    assert clock.monotonic() == pytest.approx(2 * len(BODY) / 50_000, rel=0.05)
