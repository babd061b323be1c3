"""Logging in and out, API keys, and who changed what."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from aniworld_dl.access import Caller, Scope, Way
from aniworld_dl.access.book import SESSION_S
from aniworld_dl.access.records import StoredKey
from aniworld_dl.api.door import SESSION_COOKIE, Door
from aniworld_dl.api.routers.common import BAD_BODY, Cursor, EngineDep, Limit, answer, documented
from aniworld_dl.api.schemas.access import AuditPage, KeyIn, KeyPage, LoginIn, LogOutOut, NewKeyOut, SessionOut
from aniworld_dl.api.schemas.requests import LARGEST_ID
from aniworld_dl.api.visits import caller_of, note, visit_of
from aniworld_dl.engine import Engine
from aniworld_dl.errors import LoginRefusedError, LoginSlowedError, NotFoundError, RequestInvalidError
from aniworld_dl.queue.views import time_view

router = APIRouter(prefix="/api", tags=["access"])

KeyId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The key's id.")]
_UNKNOWN = "?"


@router.get("/session", response_model=SessionOut)
async def read_session(request: Request, engine: EngineDep) -> JSONResponse:
    """Tell who asks and how one can log in; nobody needs to have done so."""
    return answer(_session_view(request, engine, visit_of(request).caller))


@router.post(
    "/session", response_model=SessionOut, responses=documented(*BAD_BODY, LoginRefusedError, LoginSlowedError)
)
async def log_in(body: LoginIn, request: Request, engine: EngineDep) -> JSONResponse:
    """Log in with a password. The answer sets a cookie that no script can read."""
    visit = visit_of(request)
    try:
        issued = await engine.access.log_in(body.name, body.password, visit.address)
    except LoginRefusedError as error:
        known = any(user.name == body.name for user in engine.access.users)
        name = body.name if known else _UNKNOWN  # who mistypes may have put the password here
        stranger = Caller(name=name, way=Way.PASSWORD, scope=Scope.READ)
        engine.trail.add(stranger, visit.address, "POST /api/session", outcome=error.code)
        raise
    engine.trail.add(issued.caller, visit.address, "POST /api/session")
    response = answer(_session_view(request, engine, issued.caller))
    give_session(response, request, issued.secret)
    return response


_THERE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": LogOutOut, "description": "You are logged out here. Go there to be so at the login provider too."}
}


@router.delete("/session", status_code=204, responses=_THERE)
async def log_out(request: Request, engine: EngineDep) -> Response:
    """Log out: end this session, and close what is open with it."""
    visit = visit_of(request)
    if visit.caller is not None and visit.caller.expires_at is not None:
        engine.trail.add(visit.caller, visit.address, "DELETE /api/session")
        await engine.access.log_out(visit.caller)
    return await _logged_out(request, visit.caller)


@router.delete("/sessions", status_code=204, responses=_THERE)
async def log_out_everywhere(request: Request, engine: EngineDep) -> Response:
    """Log out everywhere: end all sessions of whoever asks."""
    caller = caller_of(request)
    engine.trail.add(caller, visit_of(request).address, "DELETE /api/sessions")
    await engine.access.log_out_everywhere(caller)
    return await _logged_out(request, caller)


@router.get("/keys", response_model=KeyPage)
async def list_keys(engine: EngineDep) -> JSONResponse:
    """List the API keys that the service keeps. What they are is shown nowhere."""
    items = [_key_view(key) for key in engine.access.keys]
    return answer({"items": items, "next_cursor": None, "total": len(items)})


@router.post("/keys", status_code=201, response_model=NewKeyOut, responses=documented(*BAD_BODY))
async def add_key(body: KeyIn, request: Request, engine: EngineDep) -> JSONResponse:
    """Make an API key. The answer is the only place where it is ever shown."""
    scope = Scope(body.scope)
    note(request, name=body.name, scope=scope.value)
    if caller_of(request).way is Way.OPEN and scope is not Scope.ADMIN:
        mend = "the first one must be admin: with it, nobody may do anything any more without saying who they are"
        raise RequestInvalidError(field="scope", value=scope.value, mend=mend)
    key, secret = await engine.access.add_key(body.name, scope)
    return answer({**_key_view(key), "key": secret}, 201)


@router.delete("/keys/{key_id}", status_code=204, responses=documented(NotFoundError, RequestInvalidError))
async def revoke_key(key_id: KeyId, engine: EngineDep) -> Response:
    """Revoke an API key. What is open with it is closed."""
    await engine.access.revoke_key(key_id)
    return Response(status_code=204)


@router.get("/audit", response_model=AuditPage, responses=documented(RequestInvalidError))
async def read_audit(engine: EngineDep, limit: Limit = 100, cursor: Cursor = None) -> JSONResponse:
    """List who changed what, the latest first, a page at a time."""
    return answer(await engine.trail.page(limit=limit, cursor=cursor))


def give_session(response: Response, request: Request, token: str, *, length_s: float = SESSION_S) -> None:
    """Let the browser keep a session."""
    visit = visit_of(request)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(length_s),
        path=home_of(request),
        httponly=True,
        samesite="strict",
        secure=visit.secure,
    )


async def _logged_out(request: Request, caller: Caller | None) -> Response:
    """Let the browser forget the session, and say where to go where a login provider has logged them in."""
    login, address = request.app.state.provider_login, None
    if login is not None and caller is not None and caller.way is Way.OIDC:
        address = await login.leave(caller.digest)
    response = Response(status_code=204) if address is None else answer({"address": address})
    response.delete_cookie(
        SESSION_COOKIE, path=home_of(request), httponly=True, samesite="strict", secure=visit_of(request).secure
    )
    return response


def home_of(request: Request) -> str:
    """Return the path of the page."""
    return f"{request.scope.get('root_path', '')}/"


def _session_view(request: Request, engine: Engine, caller: Caller | None) -> dict[str, Any]:
    door: Door = request.scope["aniworld_dl.door"]
    provider = request.app.state.provider_login
    return {
        "caller": _caller_view(caller) if caller else None,
        "ways": {"password": engine.access.has_passwords, "key": door.takes_keys, "oidc": provider and provider.name},
    }


def _caller_view(caller: Caller) -> dict[str, Any]:
    return {
        "name": caller.name,
        "way": caller.way.value,
        "scope": caller.scope.value,
        "expires_at": time_view(caller.expires_at),
    }


def _key_view(key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope.value,
        "created_at": time_view(key.created_at),
        "last_used_at": time_view(key.last_used_at),
    }
