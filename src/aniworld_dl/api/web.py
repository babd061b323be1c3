"""Serves the web page and the API's documentation, both from files that come with the package."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette._utils import get_route_path  # what the router itself compares: a proxy may keep or strip the prefix
from starlette.datastructures import Headers
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.websockets import WebSocketClose

from aniworld_dl.api.packing import PACKED, Version, packed, takes_gzip
from aniworld_dl.errors import NotFoundError

if TYPE_CHECKING:
    import os

    from starlette.types import Receive, Scope, Send

    from aniworld_dl.api.edition import Editions

_PACKAGE: Final = Path(__file__).parents[1]
DOCS_FOLDER: Final = _PACKAGE / "api" / "docs"

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Fixed, because what the system believes differs from machine to machine."""

_REVALIDATE: Final = {"Cache-Control": "no-cache"}
_READING: Final = frozenset({"GET", "HEAD"})
_DOCUMENT: Final = frozenset({"/", "/index.html"})


_WORTH_BYTES: Final = 512
"""Below this, compression saves no packet."""


class Files(StaticFiles):
    """A folder of files with fixed types, asked for anew each time but sent only when changed (ETag).

    Texts are sent compressed to who takes that. Nothing else of the service is: streams must not be held back.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file as it is, compressed, or 304."""
        response = await super().get_response(path, scope)
        if not isinstance(response, FileResponse) or response.status_code != HTTPStatus.OK:
            return response
        file = Path(response.path)
        if file.suffix.lower() not in PACKED or not takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            return response
        stat = response.stat_result
        if stat is None or stat.st_size < _WORTH_BYTES:
            return response
        body = await asyncio.to_thread(packed, Version(file, stat.st_mtime_ns, stat.st_size))
        kept = {name: response.headers[name] for name in ("cache-control", "last-modified", "vary")}
        kept["etag"] = f"W/{response.headers['etag']}"  # the same content in other bytes
        return Response(
            b"" if scope["method"] == "HEAD" else body,
            headers={**kept, "content-encoding": "gzip", "content-length": str(len(body))},
            media_type=response.media_type,
        )

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 when the client has it."""
        suffix = PurePath(full_path).suffix.lower()
        kind = _TYPES.get(suffix, "application/octet-stream")
        headers = {**_REVALIDATE, "Vary": "Accept-Encoding"} if suffix in PACKED else _REVALIDATE
        response = FileResponse(full_path, status_code, headers, kind, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


class Parts:
    """What the page loads, asked before all routes because there is so much of it."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory.

        Raises:
            NotFoundError: there is no such file, or it belongs to another edition: the page must be loaded anew.
        """
        path = get_route_path(scope).removeprefix("/")
        part = self._editions.part(path) if scope["type"] == "http" and scope["method"] in _READING else None
        if part is None:
            await _refuse(path, scope, receive, send)
        else:
            await part(scope, receive, send)


class Page:
    """The web page, asked after all routes: what is no file of it does not exist."""

    def __init__(self, folder: Path, editions: Editions) -> None:
        self._editions = editions
        self._files = Files(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file.

        Raises:
            NotFoundError: there is none.
        """
        path = get_route_path(scope)
        if not path and scope["type"] == "http":  # the bare prefix: relative addresses in the page need the slash
            await RedirectResponse(f"{scope['root_path']}/")(scope, receive, send)
            return
        if scope["type"] == "websocket" or scope["method"] not in _READING or path.startswith("/api/"):
            await _refuse(path, scope, receive, send)
        elif path in _DOCUMENT and (edition := await asyncio.to_thread(self._editions.newest)) is not None:
            await edition.document(scope, receive, send)
        else:
            await self._files(scope, receive, send)


async def _refuse(path: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        raise NotFoundError(what="page", id=path)
    await WebSocketClose()(scope, receive, send)


def frontend_folder(package: Path = _PACKAGE) -> Path:
    """Return where the page's files are: in the installed package, else in the checkout."""
    installed = package / "frontend"
    return installed if installed.is_dir() else package.parents[1] / "frontend"


async def docs_page() -> FileResponse:
    """Return the page that shows `openapi.json`."""
    return FileResponse(DOCS_FOLDER / "index.html", media_type=_TYPES[".html"], headers=_REVALIDATE)
