"""Signs of life, for supervisors and containers. No key needed."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from aniworld_dl.api.routers.common import EngineDep, answer, documented
from aniworld_dl.api.schemas.responses import Health
from aniworld_dl.errors import NotReadyError

router = APIRouter(tags=["service"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model=Health)
async def healthz() -> JSONResponse:
    """Tell that the process answers."""
    return answer({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model=Health, responses=documented(NotReadyError))
async def readyz(engine: EngineDep) -> JSONResponse:
    """Tell whether downloads can run."""
    if (hindrance := engine.hindrance) is not None:
        raise NotReadyError(reason=str(hindrance))
    return answer({"status": "ready"})
