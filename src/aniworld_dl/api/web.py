"""Serves the web page and the API's documentation, both from files that come with the package."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from fastapi.responses import FileResponse, RedirectResponse
from starlette._utils import get_route_path  # what the router itself compares: a proxy may keep or strip the prefix
from starlette.datastructures import Headers
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.websockets import WebSocketClose

from aniworld_dl.errors import NotFoundError

if TYPE_CHECKING:
    import os

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

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


class Files(StaticFiles):
    """A folder of files with fixed types, asked for anew each time but sent only when changed (ETag)."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 when the client has it."""
        kind = _TYPES.get(PurePath(full_path).suffix.lower(), "application/octet-stream")
        response = FileResponse(full_path, status_code, _REVALIDATE, kind, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


class Page:
    """The web page, asked after all routes: what is no file of it does not exist."""

    def __init__(self, folder: Path) -> None:
        self._files = Files(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file.

        Raises:
            NotFoundError: there is none.
        """
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        path = get_route_path(scope)
        if not path:  # the bare prefix: relative addresses in the page need the slash
            await RedirectResponse(f"{scope['root_path']}/")(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"} or path.startswith("/api/"):
            raise NotFoundError(what="page", id=path)
        await self._files(scope, receive, send)


def frontend_folder(package: Path = _PACKAGE) -> Path:
    """Return where the page's files are: in the installed package, else in the checkout."""
    installed = package / "frontend"
    return installed if installed.is_dir() else package.parents[1] / "frontend"


async def docs_page() -> FileResponse:
    """Return the page that shows `openapi.json`."""
    return FileResponse(DOCS_FOLDER / "index.html", media_type=_TYPES[".html"], headers=_REVALIDATE)
