"""What the service says about itself over HTTP."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from aniworld_dl.api.app import create_app
from aniworld_dl.api.schemas.notices import TargetPage
from aniworld_dl.doctor.finding import warn
from aniworld_dl.log_ring import LogRing
from aniworld_dl.logs import get_logger
from tests.unit.api.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from aniworld_dl.config import Settings
    from tests.fakes.engine import FakeEngine


async def test_the_doctor_answers_with_the_worst(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    assert (await client.get("/api/doctor")).json()["outcome"] == "ok"
    engine.overview.found.append(warn("proxy", "proxy_ignored", names="HTTP_PROXY"))
    body = (await client.get("/api/doctor")).json()
    assert body["outcome"] == "warn"
    assert body["items"][1]["params"] == {"names": "HTTP_PROXY"}


async def test_the_log_is_read_bit_by_bit(engine: FakeEngine, settings: Settings, page: Path) -> None:
    ring = LogRing()
    logger = logging.getLogger("aniworld_dl.ring_test")
    logger.setLevel(logging.INFO)
    logger.addHandler(ring)
    try:
        for number in range(3):
            get_logger("aniworld_dl.ring_test").info("counted", number=number)
    finally:
        logger.removeHandler(ring)
    async with client_of(create_app(engine, settings, log=ring, frontend=page)) as client:
        body = (await client.get("/api/log", params={"after": 1, "limit": 1})).json()
    assert body["last"] == 3
    (line,) = body["items"]
    assert (line["seq"], line["event"], line["fields"], line["level"]) == (3, "counted", {"number": 2}, "info")
    assert line["at"].endswith("Z")


async def test_bounds_of_the_log(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/log", params={"limit": 1001})).json()["code"] == "request_invalid"
    assert (await client.get("/api/log")).json() == {"items": [], "last": 0}


async def test_what_the_service_says_needs_the_key(
    with_settings: Callable[..., httpx.AsyncClient], engine: FakeEngine
) -> None:
    async with with_settings(api_key="12345678") as client:
        for route in ("status", "summary", "doctor", "log", "settings/details", "notices"):
            assert (await client.get(f"/api/{route}")).status_code == 401


async def test_who_is_told_is_listed_and_tested_by_name(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/notices")).json()
    TypeAdapter(TargetPage).validate_python(body)
    assert (body["total"], body["items"][0]["name"], body["items"][0]["error"]["code"]) == (1, "tv", "http_status")
    assert (await client.post("/api/notices/tv/test")).json() == {"ok": True, "error": None}
    missing = await client.post("/api/notices/you/test")
    assert (missing.status_code, missing.json()["params"]) == (404, {"what": "target", "id": "you"})
