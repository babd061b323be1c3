"""Traces for OpenTelemetry: an extra. Nothing of its libraries is imported unless the settings name a collector."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.telemetry.traces import Telemetry

EXTRA: Final = "otel"


@asynccontextmanager
async def open_telemetry(settings: Settings) -> AsyncIterator[Telemetry | None]:
    """Give what sends traces for the length of the block, None where the settings name no collector.

    Raises:
        ConfigError: the libraries are not installed.
    """
    if settings.otel_endpoint is None:
        yield None
        return
    telemetry = await asyncio.to_thread(_open, settings.otel_endpoint)
    try:
        yield telemetry
    finally:
        await telemetry.aclose()


def _open(endpoint: str) -> Telemetry:
    try:
        from aniworld_dl.telemetry.traces import Telemetry  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        mend = f'this needs libraries that are not installed: pip install "aniworld-dl[{EXTRA}]"'
        raise ConfigError(key="otel_endpoint", value=endpoint, mend=mend) from error
    return Telemetry(endpoint)
