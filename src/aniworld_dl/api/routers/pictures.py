"""What the pictures in the page show: how much came when, and where the segments of an episode stand."""

import json
from hashlib import blake2b
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import EngineDep, EpisodeId, answer, documented
from aniworld_dl.api.schemas.pictures import SegmentsOut, ThroughputOut
from aniworld_dl.errors import NotFoundError, RequestInvalidError

router = APIRouter(prefix="/api", tags=["pictures"])

_UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "It is what `If-None-Match` says."}}


@router.get("/throughput", response_model=ThroughputOut)
async def read_throughput(engine: EngineDep) -> JSONResponse:
    """Return the throughput of all downloads: of the last five minutes by seconds, of the last day by minutes."""
    return answer(engine.throughput.view())


@router.get(
    "/episodes/{episode_id}/segments",
    response_model=SegmentsOut,
    responses={**_UNCHANGED, **documented(NotFoundError, RequestInvalidError)},
)
async def read_segments(
    episode_id: EpisodeId,
    engine: EngineDep,
    if_none_match: Annotated[str | None, Header(max_length=200, description="The `ETag` of an earlier answer.")] = None,
) -> Response:
    """Return where each segment of an episode stands. Cheap enough to be asked every second, with `If-None-Match`."""
    body = json.dumps(await engine.segments.view(episode_id), separators=(",", ":")).encode()
    headers = {"ETag": f'"{blake2b(body, digest_size=12).hexdigest()}"', "Cache-Control": "no-cache"}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
