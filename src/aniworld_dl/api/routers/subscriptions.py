"""Subscriptions: addresses that are followed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from aniworld_dl import errors
from aniworld_dl.api.routers.common import BAD_BODY, Cursor, EngineDep, Limit, answer, documented
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.api.schemas.subscriptions import (
    SeenEpisodePage,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPage,
    SubscriptionPatch,
    SubscriptionPlan,
)
from aniworld_dl.errors import NotFoundError, RequestInvalidError
from aniworld_dl.subscriptions.subscription import KEPT, Verdict

router = APIRouter(prefix="/api/subscriptions", tags=["subscriptions"])

SubscriptionId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The subscription's id.")]
_GIVEN = (*BAD_BODY, errors.NoProviderError, errors.UrlInvalidError)
_NAMED = (NotFoundError, RequestInvalidError)


@router.get("", response_model=SubscriptionPage)
async def list_subscriptions(engine: EngineDep) -> JSONResponse:
    """List all subscriptions; there are 1000 at most."""
    return answer(await engine.subscriptions.all())


@router.post("", status_code=201, response_model=SubscriptionOut, responses=documented(*_GIVEN))
async def add_subscription(request: Request, body: SubscriptionIn, engine: EngineDep) -> JSONResponse:
    """Follow an address. Answers at once; the first check begins then, and what goes wrong shows in it."""
    added = await engine.subscriptions.add(body.to_wanted())
    location = f"{request.scope.get('root_path', '')}/api/subscriptions/{added['id']}"
    return answer(added, 201, Location=location)


@router.post("/plan", response_model=SubscriptionPlan, responses=documented(*_GIVEN))
async def plan_subscription(body: SubscriptionIn, engine: EngineDep) -> JSONResponse:
    """Say what the first check of such a subscription would queue, and why not more. Nothing is changed."""
    return answer(await engine.subscriptions.plan(body.to_wanted()))


@router.get("/{subscription_id}", response_model=SubscriptionOut, responses=documented(*_NAMED))
async def read_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> JSONResponse:
    """Return one subscription."""
    return answer(await engine.subscriptions.get(subscription_id))


@router.patch("/{subscription_id}", response_model=SubscriptionOut, responses=documented(NotFoundError, *BAD_BODY))
async def change_subscription(
    subscription_id: SubscriptionId, body: SubscriptionPatch, engine: EngineDep
) -> JSONResponse:
    """Change what is wanted; it is checked at once. What was queued stays."""
    return answer(await engine.subscriptions.change(subscription_id, body.to_changes()))


@router.delete("/{subscription_id}", status_code=204, responses=documented(*_NAMED))
async def delete_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> Response:
    """Follow the address no more. What was queued stays, and so do the files."""
    await engine.subscriptions.remove(subscription_id)
    return Response(status_code=204)


@router.get("/{subscription_id}/episodes", response_model=SeenEpisodePage, responses=documented(*_NAMED))
async def list_subscription_episodes(
    subscription_id: SubscriptionId,
    engine: EngineDep,
    verdict: Annotated[
        str | None,
        Query(max_length=200, description="Only these verdicts, comma-separated.", examples=["waiting"]),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JSONResponse:
    """List what the subscription has listed so far, as the last check has left it."""
    chosen = _verdicts(verdict)
    return answer(await engine.subscriptions.episodes(subscription_id, chosen, limit=limit, cursor=cursor))


@router.post("/{subscription_id}/plan", response_model=SubscriptionPlan, responses=documented(*_NAMED))
async def plan_of_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> JSONResponse:
    """Say what a check would queue now, and why not more. Asks the site; nothing is changed."""
    return answer(await engine.subscriptions.plan_of(subscription_id))


@router.post("/{subscription_id}/check", response_model=SubscriptionOut, responses=documented(*_NAMED))
async def check_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> JSONResponse:
    """Check it as soon as its host is free, paused or not. What comes of it is told by the live messages."""
    return answer(await engine.subscriptions.check(subscription_id))


@router.post("/{subscription_id}/pause", response_model=SubscriptionOut, responses=documented(*_NAMED))
async def pause_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> JSONResponse:
    """Check it no more until it is resumed."""
    return answer(await engine.subscriptions.change(subscription_id, {"paused": True}))


@router.post("/{subscription_id}/resume", response_model=SubscriptionOut, responses=documented(*_NAMED))
async def resume_subscription(subscription_id: SubscriptionId, engine: EngineDep) -> JSONResponse:
    """Check it again; at once, where a check was missed."""
    return answer(await engine.subscriptions.change(subscription_id, {"paused": False}))


def _verdicts(text: str | None) -> frozenset[Verdict] | None:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    known = {verdict.value for verdict in KEPT}
    for name in names:
        if name not in known:
            raise RequestInvalidError(field="verdict", value=name, mend=f"use some of {', '.join(sorted(known))}")
    return frozenset(map(Verdict, names)) or None
