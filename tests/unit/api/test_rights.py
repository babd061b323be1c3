"""Every route needs exactly what the table says, and there is no route that is not in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import iter_route_contexts

from aniworld_dl.access import Scope
from aniworld_dl.api.app import create_app
from aniworld_dl.api.rights import ANYONE, NEEDED, WEBSOCKET, right_of, table
from tests.unit.api.conftest import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from aniworld_dl.config import Settings
    from tests.fakes.engine import FakeEngine

SCOPES = (None, *Scope)


def routes_of(app: FastAPI) -> set[str]:
    """Every route as in the table; the folder below /docs holds the documentation's files."""
    found = set()
    for context in iter_route_contexts(app.routes):
        path = str(context.path)
        methods = getattr(context, "methods", None) or ({WEBSOCKET} if path == "/api/ws" else set())
        found |= {f"{method} {path}" for method in methods if method != "HEAD"}
    return found


def test_the_table_has_each_route_once(app: FastAPI) -> None:
    """A new route belongs into `aniworld_dl.api.rights`."""
    rows = Counter([*ANYONE, *(route for routes in NEEDED.values() for route in routes)])
    assert set(rows) == routes_of(app)
    assert set(rows.values()) == {1}


async def test_each_scope_reaches_what_the_table_says(engine: FakeEngine, settings: Settings, page: Path) -> None:
    """Walks all routes, as nobody and with a key of each scope."""
    keys = {scope: (await engine.access.add_key(scope.value, scope))[1] for scope in Scope}
    app = create_app(engine, settings, frontend=page)
    async with client_of(app) as client:
        for route, needed in table().items():
            method, path = route.split(" ")
            if method == WEBSOCKET or path == "/api/events":  # these do not end by themselves
                continue
            for scope in SCOPES:
                headers = {"X-Api-Key": keys[scope]} if scope else {}
                answer = await client.request(method, _filled(path), headers=headers)
                refused = answer.json()["code"] if answer.status_code in {401, 403} else None
                if needed is None or (scope is not None and scope.covers(needed)):
                    assert refused is None, (route, scope)
                else:
                    assert refused == ("forbidden" if scope else "unauthorized"), (route, scope)
                if route == "DELETE /api/keys/{key_id}" and scope is Scope.ADMIN:
                    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/api/nothing", "/api/jobs/1/nothing", "/metrics/all", "/api"])
def test_what_is_not_in_the_table_needs_everything(path: str) -> None:
    for method in ("GET", "POST", "PUT", WEBSOCKET):
        assert right_of(method, path).scope is Scope.ADMIN
        assert not right_of(method, path).changes  # nor is it audited


def test_what_a_request_is_about_is_read_off_its_path() -> None:
    right = right_of("POST", "/api/jobs/12/pause")
    assert (right.action, dict(right.targets), right.changes) == (
        "POST /api/jobs/{job_id}/pause",
        {"job_id": "12"},
        True,
    )
    assert right_of("HEAD", "/api/jobs/12") == right_of("GET", "/api/jobs/12")
    assert not right_of("GET", "/api/jobs").changes
    assert not right_of("POST", "/api/plan").changes
    assert not right_of("POST", "/api/session").changes


def test_scopes_are_a_ladder() -> None:
    covers = {(wide.value, narrow.value): wide.covers(narrow) for wide in Scope for narrow in Scope}
    order = ["read", "download", "admin"]
    assert covers == {(a, b): order.index(a) >= order.index(b) for a in order for b in order}


def _filled(path: str) -> str:
    for name, value in {"cut": "0" * 64, "name": "x.ts"}.items():
        path = path.replace(f"{{{name}}}", value)
    for name in ("job_id", "episode_id", "undo_id", "number"):
        path = path.replace(f"{{{name}}}", "1")
    return path.replace("{key_id}", "99")
