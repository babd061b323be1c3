"""Figures for Prometheus."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aniworld_dl.api.routers.common import EngineDep

router = APIRouter(tags=["service"])

_TEXT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The text format of Prometheus, or OpenMetrics.", "content": {"text/plain": {}}}
}


@router.get("/metrics", response_class=Response, responses=_TEXT)
async def read_metrics(request: Request, engine: EngineDep) -> Response:
    """Return what can be measured, for Prometheus."""
    measures = await engine.overview.measures(healthy=engine.hindrance is None)
    render = request.app.state.metrics.render  # in a thread: the process's own figures come from files
    content, content_type = await asyncio.to_thread(render, measures, request.headers.get("accept", ""))
    return Response(content, headers={"Content-Type": content_type})
