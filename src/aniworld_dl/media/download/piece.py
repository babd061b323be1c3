"""One request for one segment or init section, from its address to its line in the ledger."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import BodyTruncatedError, DecryptError, SegmentInvalidError, SourceChangedError
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.download.decrypt import Decryptor
from aniworld_dl.media.download.intake import Intake
from aniworld_dl.media.store.init_facts import InitFacts
from aniworld_dl.media.store.segment_file import SegmentFile
from aniworld_dl.media.store.structure import StructureError, check_for
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.download.progress import DownloadProgress
    from aniworld_dl.media.download.resolve import Whereabouts
    from aniworld_dl.media.download.sources import Source
    from aniworld_dl.media.download.tail import Flight, Tail
    from aniworld_dl.media.download.wishes import Wishes
    from aniworld_dl.media.proof.suspicions import Suspicions
    from aniworld_dl.media.store.work import WorkFolder
    from aniworld_dl.model import ByteRange, Track
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.net.response import Response

PARTIAL_CONTENT: Final = 206


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What all requests of one download work with."""

    http: HttpClient
    work: WorkFolder
    throttle: Throttle
    progress: DownloadProgress
    stored: Callable[[int, int], None]
    """Is told the track and index of what has come into the ledger."""
    wishes: Wishes


class PieceFetcher:
    """Fetches pieces that become files of their own. One event loop only."""

    def __init__(self, means: Means, tail: Tail, suspicions: Suspicions) -> None:
        self._means = means
        self._tail = tail
        self._suspicions = suspicions
        self._inits = InitFacts(means.work)

    async def fetch(self, flight: Flight, source: Source) -> None:
        """Ask once for a piece; when this returns it is proven, on the disk and in the ledger.

        Raises:
            LostError: another request was faster.
            AniworldDlError: why it is not there.
        """
        with self._means.progress.segments.asking(flight.key):
            await self._ask(flight, source)

    async def _ask(self, flight: Flight, source: Source) -> None:
        track, index = flight.key
        where = source.links.whereabouts(track, index)
        key = await source.keys.get(where, index=index)
        try:
            await self._fetch(flight, where, key)
        except StructureError as error:
            source.keys.doubt(where)
            reason = f"{error}, after decryption with its key" if key else str(error)
            raise SegmentInvalidError(index=index, url=without_query(where.uri), reason=reason) from error
        except DecryptError as error:
            source.keys.doubt(where)
            error.retryable = True  # bytes damaged on their way look the same as a key that does not fit
            raise
        if key:
            source.keys.fits(where)

    async def _fetch(self, flight: Flight, where: Whereabouts, key: bytes | None) -> None:
        means, (number, index) = self._means, flight.key
        track = means.work.media.tracks[number]
        file = await self._file(flight, where, key)
        try:
            async with asked(means, self._tail, flight, where, track=track, wanted=where.byte_range) as response:
                expected = _expected_bytes(track, index, where, response)
                with means.progress.attempt(
                    number, index, expected, spare=flight.spare > 0, host=urlsplit(response.url).hostname
                ) as flight.attempt:
                    intake = Intake(file.write, flight.attempt, throttle=means.throttle, buffers=means.http.buffers)
                    with means.http.buffers.share():
                        await _receive(response, intake, flight)
                    self._tail.claim(flight)
                    await in_thread(self._store, flight, file, intake.held)
                    flight.attempt.keep()
                    self._tail.landed(flight)
        finally:
            flight.sent_at = None
            if file.is_open:
                await in_thread(file.close)

    async def _file(self, flight: Flight, where: Whereabouts, key: bytes | None) -> SegmentFile:
        number, index = flight.key
        work, track = self._means.work, self._means.work.media.tracks[number]
        facts = None
        if index >= 0 and track.segments[index].init is not None:
            facts = await in_thread(self._inits.of_segment, number, index)
        return SegmentFile(
            work.segment_path(number, index),
            check=check_for(track.container, init=index < 0, tracks=facts),
            cipher=Decryptor(key, where.key.iv, index=index) if key and where.key else None,
            attempt=flight.spare,
        )

    def _store(self, flight: Flight, file: SegmentFile, rest: list[bytes]) -> None:
        number, index = flight.key
        work = self._means.work
        file.write(rest)
        entry = file.finish()
        if index >= 0:
            entry = self._suspicions.judge(number, work.media.tracks[number].segments[index], entry)
        with storage_errors(work.path):
            work.ledger.add(number, index, entry)


@asynccontextmanager
async def asked(
    means: Means, tail: Tail, flight: Flight, where: Whereabouts, *, track: Track, wanted: ByteRange | None
) -> AsyncIterator[Response]:
    """Ask for the range `wanted` of a resource, None for all of it, when the limits leave room for a connection."""
    async with means.throttle.connection() as goes_out:

        def sent() -> None:
            tail.sent(flight)
            goes_out()

        headers = _request_headers(track, where)
        async with means.http.stream(where.uri, headers=headers, byte_range=wanted, on_send=sent) as response:
            yield response


def _request_headers(track: Track, where: Whereabouts) -> Mapping[str, str]:
    """Return the header fields to ask for a piece with; of a file only as long as it is the same."""
    if where.byte_range is None or track.validator is None:
        return where.headers
    return {**where.headers, "If-Range": track.validator}


async def _receive(response: Response, intake: Intake, flight: Flight) -> None:
    attempt = flight.attempt
    assert attempt is not None
    async for chunk in response.chunks():
        await intake.take(chunk)
        if attempt.expected_bytes is not None and attempt.bytes_done > attempt.expected_bytes:
            break
    if attempt.expected_bytes not in {None, attempt.bytes_done}:
        raise BodyTruncatedError(
            host=urlsplit(response.url).hostname,
            received_bytes=attempt.bytes_done,
            expected_bytes=attempt.expected_bytes,
        )


def _expected_bytes(track: Track, index: int, where: Whereabouts, response: Response) -> int | None:
    """Return how long the body must be, None when nobody says. A track has a size only when it is one resource.

    Raises:
        SourceChangedError: the resource is not the one any more whose size and validator the track has.
        SegmentInvalidError: the server sends the whole resource where a range was asked for.
    """
    announced = response.total_bytes
    if track.size_bytes is not None and announced not in {None, track.size_bytes}:
        raise SourceChangedError(url=without_query(where.uri))
    if where.byte_range is None:
        return track.size_bytes if announced is None else announced
    whole_is_range = where.byte_range.start == 0 and announced == where.byte_range.length
    if response.status != PARTIAL_CONTENT and not whole_is_range:
        if track.validator is not None:
            raise SourceChangedError(url=without_query(where.uri))
        reason = "the server ignored the byte range"
        raise SegmentInvalidError(index=index, url=without_query(where.uri), reason=reason)
    return where.byte_range.length
