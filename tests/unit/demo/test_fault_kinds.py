"""Faults of the head, of lengths, of validators and of rates, and how the answers that they strike are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.content import Manner
from aniworld_dl.demo.faults import Fault, FaultKind
from tests.unit.demo.raw import RawClient, connected

if TYPE_CHECKING:
    from aniworld_dl.demo.origin import Origin
    from tests.fakes.clock import FakeClock

BODY = b"0123456789" * 1000


@pytest.fixture(autouse=True)
def body(origin: Origin) -> None:
    origin.add_file("show/seg1.ts", BODY)


async def until_reset(client: RawClient) -> bytes:
    received = b""
    try:
        while byte := await client.reader.read(1):
            received += byte
    except ConnectionResetError:
        return received
    raise AssertionError("the connection was closed in order")


async def test_a_length_that_promises_too_much_never_comes(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.WRONG_LENGTH, extra_bytes=7))
    client.ask("/show/seg1.ts")
    status, headers = await client.head()
    assert (status, headers["content-length"]) == (200, str(len(BODY) + 7))
    assert await client.reader.read() == BODY


async def test_a_length_that_promises_too_little_spills_onto_the_connection(origin: Origin, client: RawClient) -> None:
    """What is too much stands where the next answer should begin, as with servers that count wrongly."""
    origin.faults.add(Fault(kind=FaultKind.WRONG_LENGTH, extra_bytes=-7))
    reply = await client.get("/show/seg1.ts")
    assert reply.body == BODY[:-7]
    assert await client.reader.readexactly(7) == BODY[-7:]
    assert (await client.get("/show/seg1.ts")).body == BODY


@pytest.mark.parametrize("after_bytes", [0, 1, 40])
async def test_a_reset_within_the_head(origin: Origin, client: RawClient, after_bytes: int) -> None:
    origin.faults.add(Fault(kind=FaultKind.RESET_HEAD, after_bytes=after_bytes))
    client.ask("/show/seg1.ts")
    assert len(await until_reset(client)) == after_bytes
    async with connected(origin) as other:
        assert (await other.get("/show/seg1.ts")).body == BODY


async def test_a_reset_in_the_middle_of_the_head_by_default(origin: Origin, client: RawClient) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.RESET_HEAD))
    client.ask("/show/seg1.ts")
    head = await until_reset(client)
    assert head.startswith(b"HTTP/1.1 200")
    assert b"\r\n\r\n" not in head
    assert rule.arrived == 1


async def test_a_drip_has_a_rate_of_its_own(origin: Origin, client: RawClient, clock: FakeClock) -> None:
    """Other answers at the same time are as fast as ever."""
    origin.faults.add(Fault(kind=FaultKind.DRIP, bytes_per_s=2000))
    client.ask("/show/seg1.ts")
    await clock.wait_for_sleepers()
    async with connected(origin) as other:
        assert (await other.get("/show/seg1.ts")).body == BODY
    before = origin.log.total_bytes_sent
    await clock.run(1.0)
    assert origin.log.total_bytes_sent - before == pytest.approx(2000, abs=1024)
    await clock.run(5.0)
    assert (await client.reply()).body == BODY


async def test_a_drip_keeps_to_the_rate_of_its_connection(origin: Origin, client: RawClient, clock: FakeClock) -> None:
    origin.rate_bytes_per_s = 2000
    origin.faults.add(Fault(kind=FaultKind.DRIP, bytes_per_s=1_000_000))
    client.ask("/show/seg1.ts")
    await clock.wait_for_sleepers()
    await clock.run(1.0)
    assert origin.log.total_bytes_sent <= 3 * 1024


async def test_other_bytes_in_place_of_the_content(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.OTHER_BODY, body=b"sixteen bytes???"))
    before = await client.get("/show/seg1.ts")
    assert before.body == b"sixteen bytes???"
    after = await client.get("/show/seg1.ts")
    assert (after.body, after.headers["etag"]) == (BODY, before.headers["etag"])


async def test_another_content_type(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.CONTENT_TYPE, content_type="image/png"))
    reply = await client.get("/show/seg1.ts")
    assert (reply.headers["content-type"], reply.body) == ("image/png", BODY)


async def test_validators_that_change_make_if_range_give_everything(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.NEW_ETAG, times=None))
    seen = [(await client.get("/show/seg1.ts")).headers for _ in range(2)]
    assert len({headers["etag"] for headers in seen}) == len({headers["last-modified"] for headers in seen}) == 2
    ranged = await client.get("/show/seg1.ts", Range="bytes=0-9", If_Range=seen[1]["etag"])
    assert (ranged.status, ranged.body) == (200, BODY)
    assert (await client.get("/show/seg1.ts", Range="bytes=0-9")).status == 206


async def test_ranges_that_are_ignored(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.NO_RANGES))
    reply = await client.get("/show/seg1.ts", Range="bytes=0-9")
    assert (reply.status, reply.body, reply.headers["accept-ranges"]) == (200, BODY, "none")
    assert (await client.get("/show/seg1.ts", Range="bytes=0-9")).status == 206


async def test_a_redirect_to_the_same_path_elsewhere(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.REDIRECT, to="http://elsewhere.example{path}"))
    reply = await client.get("/show/a%20b.ts")
    assert reply.headers["location"] == "http://elsewhere.example/show/a%20b.ts"


async def test_a_cut_between_packets(origin: Origin, client: RawClient) -> None:
    """What is left of a transport stream is whole packets; the headers agree, of a range as well."""
    packets = (b"\x47" + bytes(187)) * 20
    origin.add_file("show/whole.ts", packets)
    origin.faults.add(Fault(kind=FaultKind.SHORT_200, times=2, after_bytes=1000, at_boundary=True))
    assert (await client.get("/show/whole.ts")).body == packets[: 5 * 188]
    ranged = await client.get("/show/whole.ts", Range="bytes=188-3759")
    assert (ranged.status, len(ranged.body)) == (206, 5 * 188)


async def test_every_so_many_answers_a_burst(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, every=4, burst=2, times=3))
    asked = [(await client.get("/show/seg1.ts")).status for _ in range(10)]
    assert asked == [503, 503, 200, 200, 503, 200, 200, 200, 200, 200]


async def test_the_first_answers_may_pass(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.STATUS, skip=2, every=2, times=None))
    assert [(await client.get("/show/seg1.ts")).status for _ in range(6)] == [200, 200, 503, 200, 503, 200]


async def test_chance_is_the_same_in_each_run_and_another_for_each_seed(origin: Origin) -> None:
    """It goes by the path and how often that was asked for: in which order the paths come changes nothing."""

    def struck(seed: int, paths: list[str]) -> set[str]:
        rule = origin.faults.add(Fault(kind=FaultKind.STATUS, chance=0.3, seed=seed, times=None))
        return {path for path in paths if rule.strikes(path)}

    paths = [f"/show/{number}.ts" for number in range(1000)]
    first = struck(1, paths)
    assert struck(1, paths[::-1]) == first
    assert struck(2, paths) != first
    assert len(first) == pytest.approx(300, abs=50)


async def test_chance_is_drawn_anew_when_a_path_is_asked_for_again(origin: Origin) -> None:
    rule = origin.faults.add(Fault(kind=FaultKind.STATUS, chance=0.5, times=None))
    assert len({rule.strikes("/show/seg1.ts") for _ in range(20)}) == 2
    assert rule.taken == pytest.approx(10, abs=6)


async def test_a_body_of_unknown_length_has_no_wrong_length(origin: Origin, client: RawClient) -> None:
    origin.add_file("show/seg1.ts", BODY, Manner(chunked=True))
    origin.faults.add(Fault(kind=FaultKind.WRONG_LENGTH, extra_bytes=5))
    client.ask("/show/seg1.ts")
    _, headers = await client.head()
    assert "content-length" not in headers
    assert BODY in (await client.reader.read()).replace(b"\r\n", b"")


async def test_another_range_than_asked_for(origin: Origin, client: RawClient) -> None:
    """The one before it, and its place is told; before the first there is none."""
    origin.faults.add(Fault(kind=FaultKind.OTHER_RANGE, times=None))
    reply = await client.get("/show/seg1.ts", Range="bytes=100-149")
    assert (reply.status, reply.headers["content-range"], reply.body) == (206, "bytes 50-99/10000", BODY[50:100])
    reply = await client.get("/show/seg1.ts", Range="bytes=0-49")
    assert (reply.headers["content-range"], reply.body) == ("bytes 1-49/10000", BODY[1:50])


async def test_a_range_in_two_parts(origin: Origin, client: RawClient) -> None:
    origin.faults.add(Fault(kind=FaultKind.MULTIPART, times=None))
    reply = await client.get("/show/seg1.ts", Range="bytes=100-149")
    assert reply.status == 206
    assert reply.headers["content-type"] == "multipart/byteranges; boundary=a-part-of-many"
    assert "content-range" not in reply.headers
    first, second = reply.body.split(b"--a-part-of-many")[1:3]
    assert b"Content-Range: bytes 125-149/10000" in first
    assert first.endswith(b"\r\n\r\n" + BODY[125:150] + b"\r\n")
    assert b"Content-Range: bytes 100-124/10000" in second
    assert (await client.get("/show/seg1.ts")).body == BODY


ODD = BODY + b"!"


@pytest.mark.parametrize(
    ("kind", "body"), [(FaultKind.SWAPPED, ODD[5000:] + ODD[:5000]), (FaultKind.REPEATED, ODD[:5000] + ODD[:5001])]
)
async def test_halves_in_the_wrong_place(origin: Origin, client: RawClient, kind: FaultKind, body: bytes) -> None:
    origin.add_file("show/odd.ts", ODD)
    origin.faults.add(Fault(kind=kind))
    assert (await client.get("/show/odd.ts")).body == body
    assert (await client.get("/show/odd.ts")).body == ODD
