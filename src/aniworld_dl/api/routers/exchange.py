"""The whole queue as a file: given away and taken in."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from typing import IO, Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aniworld_dl import errors
from aniworld_dl.api.queue_file import read_jobs
from aniworld_dl.api.routers.common import EngineDep, answer, documented
from aniworld_dl.api.schemas.exchange import QueueFile
from aniworld_dl.api.schemas.history import ImportReport
from aniworld_dl.api.visits import note
from aniworld_dl.media.disk import in_thread, storage_errors

router = APIRouter(prefix="/api/queue", tags=["queue"])

_HEADERS: Final = {"Content-Disposition": 'attachment; filename="aniworld-dl-queue.json"'}
_CONTENT: Final = {"application/json": {"schema": {"$ref": f"#/components/schemas/{QueueFile.__name__}"}}}
_WRITTEN_BYTES: Final = 1 << 20


class Pieces(Response):
    """Sends what a generator yields and closes it in any case, also when the client has gone."""

    media_type = "application/json"

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        self._pieces = pieces
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send them. The first one comes before the head, so that a database that refuses is an error yet."""
        async with aclosing(self._pieces) as pieces:
            body = await anext(pieces)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": body, "more_body": True})
                body = piece
            await send({"type": "http.response.body", "body": body})


@router.get(
    "/export",
    status_code=200,
    response_class=Pieces,
    response_description="The queue as a file.",
    responses={200: {"content": _CONTENT}, **documented(errors.RequestInvalidError, errors.FileFailedError)},
)
async def export_queue(
    engine: EngineDep, ended: Annotated[bool, Query(description="With the jobs that have ended.")] = False
) -> Response:
    """Return every job with its episodes as one JSON document, for a copy or another installation."""
    return Pieces(engine.exchange.export(ended=ended))


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented(
        errors.JsonInvalidError,
        errors.BodyTooLargeError,
        errors.RequestInvalidError,
        errors.FileFailedError,
        errors.DiskFullError,
    ),
    openapi_extra={"requestBody": {"required": True, "content": _CONTENT}},
)
async def import_queue(request: Request, engine: EngineDep) -> JSONResponse:
    """Add the jobs of an exported queue behind those that there are, all or none. What is queued already is left out.

    What was downloading is queued; what was completed stays completed.
    """
    with await in_thread(_open, engine) as file:
        await _receive(request, file, engine)
        taken = await engine.exchange.take(partial(read_jobs, file))
    note(request, jobs=len(taken.jobs), episodes=taken.count)
    report = {"jobs": len(taken.jobs), "episodes": taken.count, "skipped": taken.skipped}
    return answer({**report, "duplicates": [asdict(each) for each in taken.duplicates]})


def _open(engine: EngineDep) -> IO[bytes]:
    with storage_errors(engine.exchange.folder):
        return tempfile.TemporaryFile(dir=engine.exchange.folder)


async def _receive(request: Request, file: IO[bytes], engine: EngineDep) -> None:
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) >= _WRITTEN_BYTES:
            await in_thread(_write, engine, file, bytes(held))
            held.clear()
    await in_thread(_write, engine, file, bytes(held))


def _write(engine: EngineDep, file: IO[bytes], data: bytes) -> None:
    with storage_errors(engine.exchange.folder):
        file.write(data)
