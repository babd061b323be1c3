"""The first look at an address: what it gives, how large it is, and whether it can be read in ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from aniworld_dl.errors import HttpStatusError, SourceChangedError, TooLargeError, UnsupportedMediaError
from aniworld_dl.media.source.disposition import disposition_name
from aniworld_dl.media.source.sniff import HEAD_BYTES, Kind, sniff
from aniworld_dl.model import ByteRange
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.net.response import Response

PROBE_BYTES: Final = 65_536
"""What is asked for at first: enough for most playlists, so that they take one request."""
MANIFEST_LIMIT_BYTES: Final = 16 * 1024 * 1024

_RANGE_REFUSED: Final = 416
_MANIFESTS: Final = frozenset({Kind.HLS, Kind.DASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the first look found. `url` is the final address, `body` its beginning or, with `whole`, all of it."""

    url: str
    kind: Kind
    body: bytes
    whole: bool
    size_bytes: int | None
    has_ranges: bool
    validator: str | None
    file_name: str | None


async def probe(http: HttpClient, url: str, headers: Mapping[str, str]) -> Probe:
    """Look at the beginning of a resource; of a manifest read all that comes.

    Raises:
        NetError: it could not be read, or it is a manifest larger than 16 MiB.
    """

    async def attempt() -> Probe:
        try:
            return await _look(http, url, headers, ByteRange(start=0, stop=PROBE_BYTES))
        except HttpStatusError as error:
            if error.status != _RANGE_REFUSED:
                raise
        except (SourceChangedError, UnsupportedMediaError):
            pass
        return await _look(http, url, headers, None)  # the file is empty, or the server's idea of ranges is not usable

    return await http.retry.run(attempt)


async def _look(http: HttpClient, url: str, headers: Mapping[str, str], byte_range: ByteRange | None) -> Probe:
    async with http.stream(url, headers=headers, byte_range=byte_range) as response:
        body, ended = await _beginning(response)
        is_part, size_bytes = response.content_range is not None, response.total_bytes
        return Probe(
            url=response.url,
            kind=sniff(body[:HEAD_BYTES]),
            body=body,
            whole=ended and (not is_part or size_bytes == len(body)),
            size_bytes=size_bytes,
            has_ranges=is_part and size_bytes is not None,
            validator=_validator(response.headers),
            file_name=disposition_name(response.headers.get("content-disposition")) or _path_name(response.url),
        )


async def _beginning(response: Response) -> tuple[bytes, bool]:
    """Read a partial answer or a manifest to its end, of anything else the head. Tells whether that was the end."""
    body = bytearray()
    async for chunk in response.chunks():
        body += chunk
        if len(body) > MANIFEST_LIMIT_BYTES:
            raise TooLargeError(url=without_query(response.url), limit_bytes=MANIFEST_LIMIT_BYTES)
        is_file = len(body) >= HEAD_BYTES and sniff(bytes(body[:HEAD_BYTES])) not in _MANIFESTS
        if is_file and response.content_range is None:
            return bytes(body), False
    return bytes(body), True


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what If-Range may carry (RFC 9110 13.1.5): a strong entity tag, else the date."""
    tag = headers.get("etag", "").strip()
    return tag if tag.startswith('"') else headers.get("last-modified") or None


def _path_name(url: str) -> str | None:
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2].strip() or None
