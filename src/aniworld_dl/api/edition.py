"""The page as one edition: its files as they were at one time, ready to be sent from memory.

Their addresses have the edition's name in them, which changes when a file does. So browsers keep what they have without
asking again, and a page that is open never gets a module of another edition.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from aniworld_dl.api.packing import Version, compressed, packed, takes_gzip, without_comments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

FOLDER: Final = "v"
"""What the addresses of editions begin with."""
_DOCUMENT: Final = "index.html"
_STYLES: Final = "styles.css"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
"""What modules, styles and scripts load. Everything else has one address for good."""
_PARTS: Final = re.compile(r'(?<=[ "])(href|src)="((?:app|styles|vendor)/[^"]+)"')
_STYLE: Final = re.compile(r'[ \t]*<link rel="stylesheet" href="(styles/[^"]+)">\n?')
_NAME_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An answer that needs nothing but to be sent. `body` is compressed; who does not take that gets it unpacked."""

    body: bytes
    kind: str
    kept: str
    etag: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send it, or 304 to who has it."""
        headers = Headers(scope=scope)
        head = [(b"cache-control", self.kept.encode()), (b"vary", b"accept-encoding")]
        if self.etag:
            head.append((b"etag", self.etag.encode()))
            if self.etag in headers.get("if-none-match", ""):
                await _send(send, 304, head, b"")
                return
        body = self.body
        if takes_gzip(headers.get("accept-encoding", "")):
            head.append((b"content-encoding", b"gzip"))
        else:
            body = await asyncio.to_thread(gzip.decompress, body)
        head += [(b"content-type", self.kind.encode()), (b"content-length", str(len(body)).encode())]
        await _send(send, 200, head, b"" if scope["method"] == "HEAD" else body)


async def _send(send: Send, status: int, head: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The document and what it loads, by its path."""

    name: str
    document: Ready
    parts: Mapping[str, Ready]


class Editions:
    """Makes an edition of a folder, and a new one when a file of it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[Version, ...] = ()
        self._newest: Edition | None = None

    def newest(self) -> Edition | None:
        """Return the edition of the files as they are now, None without a page. Blocks: for threads."""
        seen = tuple(_versions(self._folder))
        if seen != self._seen or self._newest is None:
            self._newest = _edition(self._folder, seen)
            self._seen = seen
        return self._newest

    def part(self, path: str) -> Ready | None:
        """Return what has the address `<name of the edition>/<path>`, None when there is no such thing (any more)."""
        name, _, rest = path.partition("/")
        newest = self._newest
        return newest.parts.get(rest) if newest is not None and newest.name == name else None


def _versions(folder: Path) -> list[Version]:
    files = (path for path in folder.rglob("*") if path.suffix in _TYPES or path.name == _DOCUMENT)
    stats = ((path, path.stat()) for path in sorted(files) if path.is_file())
    return [Version(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]


def _edition(folder: Path, versions: tuple[Version, ...]) -> Edition | None:
    if not (folder / _DOCUMENT).is_file():
        return None
    document = (folder / _DOCUMENT).read_text(encoding="utf-8")
    bodies = {version.path.relative_to(folder).as_posix(): packed(version) for version in versions}
    bodies[_STYLES] = _styles(folder, document)
    name = hashlib.sha256(b"".join(bodies[path] for path in sorted(bodies))).hexdigest()[:_NAME_CHARACTERS]
    del bodies[_DOCUMENT]
    return Edition(
        name=name,
        document=_document(document, name),
        parts={path: _part(path, body) for path, body in bodies.items()},
    )


def _part(path: str, body: bytes) -> Ready:
    return Ready(body=body, kind=_TYPES["." + path.rpartition(".")[2]], kept="public, max-age=31536000, immutable")


def _styles(folder: Path, document: str) -> bytes:
    """Return all stylesheets as one, in their order."""
    files = [folder / address for address in _STYLE.findall(document)]
    return compressed("\n".join(without_comments(file.read_text(encoding="utf-8")) for file in files).encode())


def _document(text: str, name: str) -> Ready:
    """Return the page with the addresses of its edition, and one stylesheet for all."""
    first = _STYLE.search(text)
    if first is not None:
        link = f'    <link rel="stylesheet" href="{FOLDER}/{name}/{_STYLES}">\n'
        text = text[: first.start()] + link + _STYLE.sub("", text[first.start() :])
    text = _PARTS.sub(rf'\1="{FOLDER}/{name}/\2"', text)
    return Ready(body=compressed(text.encode()), kind="text/html; charset=utf-8", kept="no-cache", etag=f'W/"{name}"')
