"""What the origin serves: contents with a type and validators, found by path, and the part that a request asks for."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.asked_range import asked_range

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PIECE_BYTES: Final = 1024 * 1024

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".key": "application/octet-stream",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes, or a file, and how they are announced."""

    body: bytes | Path
    size_bytes: int
    content_type: str
    etag: str
    last_modified: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ranges: bool = True
    """Whether Range is honoured."""
    chunked: bool = False
    """Whether the length is kept secret (chunked transfer coding)."""


class Shelf(Protocol):
    """Finds contents by path."""

    async def find(self, path: str) -> Content | None:
        """Return what stands at the decoded path, None when nothing does."""
        ...


def content_type_of(path: str) -> str:
    """Return the media type that the path's suffix stands for."""
    return _TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def bytes_content(path: str, body: bytes, *, modified_at: float = 0.0) -> Content:
    """Wrap bytes. The entity tag is their hash: other bytes, another tag."""
    return Content(
        body=body,
        size_bytes=len(body),
        content_type=content_type_of(path),
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        last_modified=formatdate(modified_at, usegmt=True),
    )


def file_content(path: str, file: Path) -> Content | None:
    """Wrap a file, None when there is none. Blocks on the disk: call it in a thread."""
    try:
        facts = file.stat()
    except OSError:
        return None
    if not file.is_file():
        return None
    return Content(
        body=file,
        size_bytes=facts.st_size,
        content_type=content_type_of(path),
        etag=f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"',
        last_modified=formatdate(facts.st_mtime, usegmt=True),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a single file is served, where it is not as usual."""

    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ranges: bool = True
    chunked: bool = False

    def applied_to(self, content: Content) -> Content:
        """Return the content served this way."""
        return replace(
            content,
            content_type=self.content_type or content.content_type,
            headers=self.headers,
            ranges=self.ranges,
            chunked=self.chunked,
        )


class FileShelf:
    """Single files, each put at a path."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[Content | Path, Manner]] = {}

    def put(self, path: str, body: bytes | Path, manner: Manner) -> None:
        """Serve `body` at `path`, in place of what was there."""
        self._files[path] = (bytes_content(path, body) if isinstance(body, bytes) else body, manner)

    async def find(self, path: str) -> Content | None:
        """Return the file at the path."""
        found, manner = self._files.get(path, (None, Manner()))
        content = await asyncio.to_thread(file_content, path, found) if isinstance(found, Path) else found
        return manner.applied_to(content) if content else None


class FolderShelf:
    """Everything below a folder, under a prefix of the path. Never leaves the folder, not by a link either."""

    def __init__(self, prefix: str, folder: Path) -> None:
        self._prefix = prefix.rstrip("/") + "/"
        self._folder = folder

    async def find(self, path: str) -> Content | None:
        """Return the file at the path."""
        if not path.startswith(self._prefix):
            return None
        return await asyncio.to_thread(self._find, path)

    def _find(self, path: str) -> Content | None:
        if "\0" in path:
            return None
        folder = self._folder.resolve()
        file = folder.joinpath(path.removeprefix(self._prefix).lstrip("/")).resolve()
        return file_content(path, file) if file.is_relative_to(folder) else None


def part_of(content: Content, headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the part `[start, stop)` that a request asks for, None for the whole (RFC 9110 14.2, 13.1.5).

    Several ranges at once are answered with the whole, as are ranges of a content that has changed (If-Range).

    Raises:
        ValueError: nothing of the range exists (416).
    """
    if not content.ranges or headers.get("if-range", content.etag) not in {content.etag, content.last_modified}:
        return None
    return asked_range(headers.get("range"), content.size_bytes)


async def read_pieces(body: bytes | Path, start: int, stop: int) -> AsyncIterator[bytes]:
    """Yield `body[start:stop]` in pieces of at most 1 MiB; ends early where a file has become shorter or has gone."""
    if isinstance(body, bytes):
        for position in range(start, stop, PIECE_BYTES):
            yield body[position : min(position + PIECE_BYTES, stop)]
        return
    while start < stop:
        piece = await asyncio.to_thread(_read, body, start, min(PIECE_BYTES, stop - start))
        if not piece:
            return
        yield piece
        start += len(piece)


def _read(file: Path, start: int, size: int) -> bytes:
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            return stream.read(size)
    except OSError:
        return b""
