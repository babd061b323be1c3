"""The demo's own server: its address stays, because the queue remembers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.cli.series import demo_catalogue, queue_series, running_origin
from aniworld_dl.demo.series import NACHTZUG, SERIES
from aniworld_dl.engine import open_engine

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin


@pytest.fixture
def port_file(settings: Settings) -> Path:
    return settings.data_dir / "demo" / "port"


def running(settings: Settings) -> AbstractAsyncContextManager[Origin]:
    return running_origin(settings, demo_catalogue(settings), rate_bytes_per_s=None)


async def test_it_has_the_same_address_the_next_time(settings: Settings) -> None:
    async with running(settings) as origin:
        first = origin.endpoint
    async with running(settings) as origin:
        assert origin.endpoint == first


async def test_while_its_port_is_taken_it_has_another_one(settings: Settings) -> None:
    async with running(settings) as first, running(settings) as second:
        assert first.endpoint != second.endpoint
        async with httpx.AsyncClient(trust_env=False) as client:
            for origin in (first, second):
                assert (await client.get(origin.url(NACHTZUG.page))).status_code == 200


@pytest.mark.parametrize("text", ["", "many", "-1", "99999999"])
async def test_a_damaged_note_of_the_port_is_written_anew(settings: Settings, port_file: Path, text: str) -> None:
    port_file.parent.mkdir(parents=True)
    port_file.write_text(text)
    async with running(settings) as origin:
        assert port_file.read_text() == str(origin.endpoint[1])


async def test_all_of_its_series_are_queued(settings: Settings) -> None:
    catalogue = demo_catalogue(settings)
    async with (
        running_origin(settings, catalogue, rate_bytes_per_s=1000) as origin,
        open_engine(settings, processing=False) as engine,
    ):
        assert origin.rate_bytes_per_s == 1000
        jobs = [await engine.job(job_id) for job_id in await queue_series(engine, origin, catalogue)]
    assert [job["anime_title"] for job in jobs] == [series.title for series in SERIES]
