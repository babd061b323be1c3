from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.api.app import create_app
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from fastapi import FastAPI

    from aniworld_dl.config import Settings

Opened = httpx.AsyncClient


@pytest.fixture
def engine(settings: Settings) -> FakeEngine:
    return FakeEngine(settings)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small web page in a folder, with a secret beside the folder."""
    folder = tmp_path / "frontend"
    (folder / "app").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "app" / "main.js").write_text("export {};")
    (folder / "api").mkdir()
    (folder / "api" / "hidden.json").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def app(engine: FakeEngine, settings: Settings, clock: FakeClock, page: Path) -> FastAPI:
    return create_app(engine, settings, clock=clock, frontend=page)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the same machine; what escapes the app is raised here."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
def with_settings(engine: FakeEngine, settings: Settings, page: Path) -> Callable[..., httpx.AsyncClient]:
    """Make a client of an app whose settings differ."""

    def make(**changes: object) -> httpx.AsyncClient:
        return client_of(create_app(engine, settings.model_copy(update=changes), frontend=page))

    return make


@pytest.fixture
def connect(engine: FakeEngine, settings: Settings, page: Path) -> Callable[..., httpx.AsyncClient]:
    """Make a client at an address, of a service with changed settings."""

    def make(peer: str = "127.0.0.1", url: str = "http://127.0.0.1:8080", **changes: object) -> httpx.AsyncClient:
        app = create_app(engine, settings.model_copy(update=changes), frontend=page)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(peer, 1)), base_url=url)

    return make


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080")
