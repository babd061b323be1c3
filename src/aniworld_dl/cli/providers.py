"""The providers for commands that work without an engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules
from aniworld_dl.providers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.net.client import HttpClient


@asynccontextmanager
async def open_registry(settings: Settings, http: HttpClient) -> AsyncIterator[Registry]:
    """Give the providers; what their child processes write is gone afterwards."""
    with TemporaryDirectory(prefix="aniworld-dl-") as folder:
        rules = Rules(allowed_networks=tuple(settings.allowed_private_networks))
        registry = Registry.load(http, Nursery(Path(folder), rules), local_folders=settings.local_folders)
        try:
            yield registry
        finally:
            await registry.aclose()
