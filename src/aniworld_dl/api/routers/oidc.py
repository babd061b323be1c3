"""Logging in at a provider of OpenID Connect: there by the page, back by the browser."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from aniworld_dl.access import Caller, Scope, Way
from aniworld_dl.access.oidc.waiting import LOGGED_OUT, WAIT_S
from aniworld_dl.api.routers.access import give_session, home_of
from aniworld_dl.api.routers.common import BAD_BODY, EngineDep, answer, documented
from aniworld_dl.api.schemas.access import ProviderLoginIn, ProviderLoginOut
from aniworld_dl.api.visits import visit_of
from aniworld_dl.errors import (
    AniworldDlError,
    LoginSlowedError,
    NotFoundError,
    OidcForbiddenError,
    OidcUnreachableError,
)
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from aniworld_dl.access.oidc.login import Person
    from aniworld_dl.engine import Engine

router = APIRouter(prefix="/api/session/oidc", tags=["access"])

LOGIN_COOKIE: Final = "aniworld-dl-login"
_CALLBACK: Final = "GET /api/session/oidc/callback"
_UNKNOWN: Final = "?"
_log = get_logger(__name__)


async def _provider(request: Request) -> Any:
    login = request.app.state.provider_login
    if login is None:
        raise NotFoundError(what="page", id=request.url.path)
    return login


ProviderDep = Annotated[Any, Depends(_provider)]
"""A `ProviderLogin`, whose class is there with the extra alone."""


@router.post("", response_model=ProviderLoginOut, responses=documented(*BAD_BODY, NotFoundError, OidcUnreachableError))
async def begin_login(body: ProviderLoginIn, request: Request, login: ProviderDep) -> JSONResponse:
    """Begin a login at the provider: its address. The answer sets a cookie with which the browser must come back."""
    sent = await login.begin(visit_of(request).address, body.page)
    response = answer({"address": sent.address})
    _mark(response, request, sent.browser)
    return response


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    response_description="The page, logged in, or with `?login=` and the error's code.",
    responses=documented(NotFoundError),
)
async def finish_login(request: Request, login: ProviderDep, engine: EngineDep) -> Response:
    """Come back from the provider, with what it has put into the query: `state`, `code`, `iss` or `error`.

    After logging out there it is the page that one comes back to.
    """
    if request.query_params.get("state") == LOGGED_OUT:
        return RedirectResponse(f"{login.home}/", status_code=303)
    address, browser = visit_of(request).address, request.cookies.get(LOGIN_COOKIE, "")
    try:
        person = await login.finish(dict(request.query_params), browser, address)
    except AniworldDlError as error:
        if not isinstance(error, LoginSlowedError):  # or somebody could fill log and trail
            _note_failure(error, address, engine)
        response = RedirectResponse(f"{login.home}/?login={error.code}", status_code=303)
    else:
        response = RedirectResponse(f"{login.home}/{person.page}", status_code=303)
        login.begun(await _let_in(person, request, response, engine), person)
    _mark(response, request, "")
    return response


def _note_failure(error: AniworldDlError, address: str, engine: "Engine") -> None:
    _log.warning("login_failed", code=error.code, reason=str(error), address=address)
    name = str(error.params["name"]) if isinstance(error, OidcForbiddenError) else _UNKNOWN
    engine.trail.add(Caller(name=name, way=Way.OIDC, scope=Scope.READ), address, _CALLBACK, outcome=error.code)


async def _let_in(person: "Person", request: Request, response: Response, engine: "Engine") -> bytes:
    """Begin a session, and return the digest of its secret."""
    issued = await engine.access.open_session(person.name, Way.OIDC, person.scope, length_s=person.session_s)
    engine.trail.add(issued.caller, visit_of(request).address, _CALLBACK)
    give_session(response, request, issued.secret, length_s=person.session_s)
    return issued.caller.digest


def _mark(response: Response, request: Request, browser: str) -> None:
    """Let the browser keep what it must come back with, or forget it.

    `Lax`, since the provider sends it back: a cookie that is `Strict` would stay behind.
    """
    response.set_cookie(
        LOGIN_COOKIE,
        browser,
        max_age=int(WAIT_S) if browser else 0,
        path=f"{home_of(request)}api/session/oidc",
        httponly=True,
        samesite="lax",
        secure=visit_of(request).secure,
    )
