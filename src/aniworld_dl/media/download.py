"""The download loop: a few workers share one list of segments, and a segment counts when it is proven and on disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aniworld_dl.errors import (
    AniworldDlError,
    BodyTruncatedError,
    DecryptError,
    SegmentInvalidError,
    SourceChangedError,
    StorageError,
)
from aniworld_dl.media.decrypt import Decryptor, KeyStore
from aniworld_dl.media.disk import in_thread, storage_errors
from aniworld_dl.media.download_progress import DownloadProgress
from aniworld_dl.media.layout import init_index, init_sections, range_of
from aniworld_dl.media.segment_file import SegmentFile
from aniworld_dl.media.source_headers import headers_for
from aniworld_dl.media.structure import StructureError, check_for
from aniworld_dl.model import Container
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aniworld_dl.limits import Throttle
    from aniworld_dl.media.download_progress import Attempt
    from aniworld_dl.media.work import WorkFolder
    from aniworld_dl.model import ByteRange, Key, Media, Track
    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.net.response import Response

__all__ = ["DownloadProgress", "download"]

_BUFFERS_BYTES: Final = 2 << 20
"""What the workers of one episode may hold together before they write."""
_LARGEST_BUFFER_BYTES: Final = 1 << 20
_PARTIAL_CONTENT: Final = 206


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What one request is for: a segment or, with a negative index, an init section."""

    track: int
    index: int
    uri: str
    byte_range: ByteRange | None
    key: Key | None


async def download(
    http: HttpClient,
    media: Media,
    work: WorkFolder,
    *,
    headers: Mapping[str, str],
    connections: int,
    throttle: Throttle,
    progress: DownloadProgress,
) -> None:
    """Fetch what the ledger does not have, over at most `connections` requests at a time.

    The first failure that retries did not cure ends the others. What is stored stays stored, whatever ends this.

    Raises:
        NetError: a segment could not be fetched.
        MediaError: a segment is not what it should be, its key does not fit, or the source changed meanwhile.
        StorageError: the disk is full or refuses.
    """
    for number in range(len(media.tracks)):
        for index in work.ledger.done(number):
            progress.reuse(number, index, work.ledger.stored_bytes(number, index))
    pieces = list(_missing(media, work))
    loop = _Loop(http, work, headers=headers, throttle=throttle, progress=progress, connections=connections)
    shared = iter(pieces)
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(min(connections, len(pieces))):
                group.create_task(loop.work_through(shared), name=f"segments-{number}")
    except BaseExceptionGroup as failed:
        failure = _first_leaf(failed)
    else:
        return
    raise failure


def _missing(media: Media, work: WorkFolder) -> Iterator[_Piece]:
    for number, track in enumerate(media.tracks):
        for order, init in enumerate(init_sections(track)):
            index = init_index(order)
            if not work.ledger.has(number, index):
                yield _Piece(track=number, index=index, uri=init.uri, byte_range=init.byte_range, key=init.key)
        for segment in track.segments:
            if not work.ledger.has(number, segment.index):
                yield _Piece(
                    track=number,
                    index=segment.index,
                    uri=segment.uri,
                    byte_range=segment.byte_range,
                    key=segment.key,
                )


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended the group: one of ours before any other."""
    errors = group.exceptions
    leaves = [_first_leaf(error) if isinstance(error, BaseExceptionGroup) else error for error in errors]
    return next((leaf for leaf in leaves if isinstance(leaf, AniworldDlError)), leaves[0])


class _Loop:
    """What the workers of one download share."""

    def __init__(
        self,
        http: HttpClient,
        work: WorkFolder,
        *,
        headers: Mapping[str, str],
        throttle: Throttle,
        progress: DownloadProgress,
        connections: int,
    ) -> None:
        self._http = http
        self._work = work
        self._headers = headers
        self._throttle = throttle
        self._progress = progress
        self._keys = KeyStore(http, headers, source_url=work.media.url)
        self._buffer_bytes = min(_LARGEST_BUFFER_BYTES, _BUFFERS_BYTES // connections)

    async def work_through(self, pieces: Iterator[_Piece]) -> None:
        """Fetch pieces until none is left."""
        for piece in pieces:
            # outside the retries: fetching a key has its own
            key = await self._keys.get(piece.key, index=piece.index) if piece.key else None
            final = await self._http.retry.run(partial(self._attempt, piece, key), on_retry=self._note_retry)
            if final is not None:
                raise final

    def _note_retry(self, _error: AniworldDlError, _number: int) -> None:
        self._progress.retries += 1

    async def _attempt(self, piece: _Piece, key: bytes | None) -> AniworldDlError | None:
        """Fetch a piece once. What another attempt cannot cure is returned, so that it is not retried."""
        try:
            await self._fetch(piece, key)
        except (StorageError, SourceChangedError) as error:
            return error
        except StructureError as error:
            reason = f"{error}, after decryption with its key" if key else str(error)
            raise SegmentInvalidError(index=piece.index, url=without_query(piece.uri), reason=reason) from error
        except DecryptError as error:
            error.retryable = True  # bytes damaged on their way look the same as a key that does not fit
            raise
        return None

    async def _fetch(self, piece: _Piece, key: bytes | None) -> None:
        track = self._work.media.tracks[piece.track]
        file = self._file(piece, track, key)
        try:
            async with self._http.stream(
                piece.uri, headers=self._request_headers(track, piece), byte_range=piece.byte_range
            ) as response:
                expected = _expected_bytes(track, piece, response)
                with self._progress.attempt(piece.track, piece.index, expected) as attempt:
                    rest = await self._receive(response, file, attempt)
                    await in_thread(self._store, piece, file, rest)
                    attempt.keep()
        finally:
            if file.is_open:
                await in_thread(file.close)

    def _file(self, piece: _Piece, track: Track, key: bytes | None) -> SegmentFile:
        inside = range_of(track, piece.index) if piece.index >= 0 else None
        return SegmentFile(
            self._work.segment_path(piece.track, piece.index),
            check=check_for(track.container, init=piece.index < 0),
            start=inside.start if inside else None,
            cipher=Decryptor(key, piece.key.iv, index=piece.index) if key and piece.key else None,
        )

    def _request_headers(self, track: Track, piece: _Piece) -> Mapping[str, str]:
        headers = headers_for(piece.uri, source_url=self._work.media.url, headers=self._headers)
        if piece.byte_range is not None and track.validator is not None:
            headers["If-Range"] = track.validator
        return headers

    async def _receive(self, response: Response, file: SegmentFile, attempt: Attempt) -> list[bytes]:
        """Read the body to its end, write all but the rest that still fits into the buffer, and return that."""
        held: list[bytes] = []
        held_bytes = 0
        async for chunk in response.chunks():
            attempt.add(len(chunk))
            if attempt.expected_bytes is not None and attempt.bytes_done > attempt.expected_bytes:
                break
            await self._throttle.take(len(chunk))
            held.append(chunk)
            held_bytes += len(chunk)
            if held_bytes >= self._buffer_bytes:
                await in_thread(file.write, held)
                held, held_bytes = [], 0
        if attempt.expected_bytes not in {None, attempt.bytes_done}:
            raise BodyTruncatedError(
                host=urlsplit(response.url).hostname,
                received_bytes=attempt.bytes_done,
                expected_bytes=attempt.expected_bytes,
            )
        return held

    def _store(self, piece: _Piece, file: SegmentFile, rest: list[bytes]) -> None:
        file.write(rest)
        entry = file.finish()
        with storage_errors(self._work.path):
            self._work.ledger.add(piece.track, piece.index, entry)


def _expected_bytes(track: Track, piece: _Piece, response: Response) -> int | None:
    """Return how long the body must be, None when nobody says. A track has a size only when it is one resource.

    Raises:
        SourceChangedError: a plain file is not the one any more whose size and validator the track has.
        SegmentInvalidError: the server sends the whole resource where a range was asked for.
    """
    announced = response.total_bytes
    if track.size_bytes is not None and announced not in {None, track.size_bytes}:
        raise SourceChangedError(url=without_query(piece.uri))
    if piece.byte_range is None:
        return track.size_bytes if announced is None else announced
    whole_is_range = piece.byte_range.start == 0 and announced == piece.byte_range.length
    if response.status != _PARTIAL_CONTENT and not whole_is_range:
        if track.container is Container.FILE:
            raise SourceChangedError(url=without_query(piece.uri))
        reason = "the server ignored the byte range"
        raise SegmentInvalidError(index=piece.index, url=without_query(piece.uri), reason=reason)
    return piece.byte_range.length
