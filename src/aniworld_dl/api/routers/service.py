"""What the service says about itself: its state, its faults, its log, its figures."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from starlette.requests import Request

from aniworld_dl.api.routers.common import EngineDep, answer, documented
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.api.schemas.service import FindingsOut, LogOut, SettingPage, StatusOut, SummaryOut
from aniworld_dl.doctor import worst
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.log_ring import MOST_LINES, LogLine, LogRing
from aniworld_dl.queue.views import time_view

router = APIRouter(prefix="/api", tags=["service"])

After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="Only lines behind this one.")]
Lines = Annotated[int, Query(ge=1, le=MOST_LINES, description="At most so many, the newest.")]


@router.get("/status", response_model=StatusOut)
async def read_status(engine: EngineDep) -> JSONResponse:
    """Return versions, uptime, connections by server, disks and what people must be told."""
    return answer(await engine.overview.status())


@router.get("/summary", response_model=SummaryOut)
async def read_summary(engine: EngineDep) -> JSONResponse:
    """Return flat numbers for dashboards."""
    return answer(await engine.overview.summary())


@router.get("/settings/details", response_model=SettingPage, tags=["settings"])
async def read_setting_details(engine: EngineDep) -> JSONResponse:
    """List every setting with its bounds, where its value comes from, and whether it can be changed while running."""
    items = engine.overview.settings()
    return answer({"items": items, "next_cursor": None, "total": len(items)})


@router.get("/doctor", response_model=FindingsOut)
async def run_doctor(engine: EngineDep) -> JSONResponse:
    """Look for what is wrong with the installation, now. Nothing is asked of the network."""
    findings = await engine.overview.findings()
    return answer({"outcome": worst(findings).value, "items": [finding.view() for finding in findings]})


@router.get("/log", response_model=LogOut, responses=documented(RequestInvalidError))
async def read_log(request: Request, after: After = 0, limit: Lines = 200) -> JSONResponse:
    """Return the last lines of the log, the oldest first; the last 1000 are kept in memory."""
    ring: LogRing = request.app.state.log
    return answer({"items": [_line(line) for line in ring.after(after, limit)], "last": ring.last})


def _line(line: LogLine) -> dict[str, object]:
    return {
        "seq": line.seq,
        "at": time_view(line.at),
        "level": line.level,
        "logger": line.logger,
        "event": line.event,
        "fields": line.fields,
    }
