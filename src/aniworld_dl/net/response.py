"""An answer whose body is read piece by piece, and what must be true of its length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from aniworld_dl.errors import BodyTruncatedError, SourceChangedError, UnsupportedMediaError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from aniworld_dl.model import ByteRange
    from aniworld_dl.net.address import Address
    from aniworld_dl.net.faults import Faults

_PARTIAL: Final = 206
_CONTENT_RANGE: Final = re.compile(r"bytes\s+(\d{1,19})-(\d{1,19})/(\d{1,19}|\*)\s*", re.IGNORECASE)
_DECODABLE: Final = frozenset({"gzip", "deflate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRange:
    """Which part of a resource an answer carries (RFC 9110 14.4): bytes `[start, stop)` of `total`."""

    start: int
    stop: int
    total: int | None


class Response:
    """The head of an answer, and its body by `chunks`. Valid inside the `with` block of `HttpClient.stream`.

    `count` is told the size of each chunk.
    """

    def __init__(self, raw: httpx.Response, address: Address, faults: Faults, count: Callable[[int], None]) -> None:
        assert isinstance(raw.stream, httpx.AsyncByteStream)
        self._raw = raw
        self._stream = raw.stream
        self._address = address
        self._faults = faults
        self._count = count
        self.content_range = _content_range(raw) if raw.status_code == _PARTIAL else None
        """Of a 206 answer, None for every other."""

    @property
    def url(self) -> str:
        """The address that answered, after all redirects, with its query."""
        return self._address.url

    @property
    def status(self) -> int:
        """The status code, below 300."""
        return self._raw.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields; names in any case."""
        return self._raw.headers

    @property
    def content_length(self) -> int | None:
        """Bytes of this body on the wire, None when the server does not say."""
        value = self._raw.headers.get("content-length", "")
        chunked = "transfer-encoding" in self._raw.headers  # which overrides it, RFC 9112 6.3
        return int(value) if value.isdecimal() and not chunked else None

    @property
    def content_type(self) -> str | None:
        """The media type in lower case, without parameters."""
        return self._raw.headers.get("content-type", "").partition(";")[0].strip().lower() or None

    @property
    def total_bytes(self) -> int | None:
        """Bytes of the whole resource, None when the server does not say or compresses it."""
        if self.content_range is not None:
            return self.content_range.total
        return None if self._encoding() else self.content_length

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the body in pieces as they come, decompressed if the server compressed it unasked.

        Raises:
            BodyTruncatedError: it was shorter or longer than announced.
            StalledError: nothing came for the read timeout.
            ConnectionLostError: the connection broke, or the body cannot be decompressed.
            UnsupportedMediaError: it is compressed in a way nobody asked for and that is not known.
        """
        expected = self._expected()
        if self._encoding():
            async for chunk in self._decoded(expected):
                self._count(len(chunk))
                yield chunk
            return
        received = 0
        try:
            async for chunk in self._stream:
                received += len(chunk)
                self._count(len(chunk))
                yield chunk
        except httpx.HTTPError as exc:
            raise self._faults.in_body(exc, received=received, expected=expected) from exc
        self._check_length(received, expected)

    def check_range(self, wanted: ByteRange) -> None:
        """Check that a 206 answer carries the bytes that were asked for. The resource may end before they do.

        Raises:
            SourceChangedError: it carries others.
            BodyTruncatedError: it carries fewer although the resource has more.
            UnsupportedMediaError: they are compressed, so that they cannot be told apart.
        """
        if self.status != _PARTIAL:
            return
        if self._encoding():
            raise UnsupportedMediaError(what="a part of a compressed body")
        given = self.content_range
        if given is None or given.start != wanted.start or not given.start < given.stop <= wanted.stop:
            raise SourceChangedError(url=self._address.shown)
        if given.stop < wanted.stop and given.stop != given.total:
            self._check_length(given.stop - given.start, wanted.length)

    async def _decoded(self, expected: int | None) -> AsyncIterator[bytes]:
        if not _DECODABLE.issuperset(self._encoding()):
            raise UnsupportedMediaError(what=f"a body compressed by {', '.join(self._encoding())}")
        try:
            async for chunk in self._raw.aiter_bytes():
                yield chunk
        except httpx.HTTPError as exc:
            received = self._raw.num_bytes_downloaded
            raise self._faults.in_body(exc, received=received, expected=expected) from exc
        self._check_length(self._raw.num_bytes_downloaded, expected)

    def _encoding(self) -> list[str]:
        values = self._raw.headers.get_list("content-encoding", split_commas=True)
        return [value for value in (value.strip().lower() for value in values) if value not in {"", "identity"}]

    def _expected(self) -> int | None:
        given = self.content_range
        return self.content_length if given is None else given.stop - given.start

    def _check_length(self, received: int, expected: int | None) -> None:
        if expected is not None and received != expected:
            raise BodyTruncatedError(host=self._address.host, received_bytes=received, expected_bytes=expected)


def _content_range(raw: httpx.Response) -> ContentRange | None:
    found = _CONTENT_RANGE.fullmatch(raw.headers.get("content-range", "").strip())
    if found is None:
        return None
    total = None if found[3] == "*" else int(found[3])
    return ContentRange(start=int(found[1]), stop=int(found[2]) + 1, total=total)
