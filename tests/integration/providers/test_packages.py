"""Providers of installed packages: a good one does its work, bad ones are named, and the queue goes on."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.engine import open_engine
from aniworld_dl.model import Status
from tests.integration.engine_work import add, episodes, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(60)

EXAMPLE = Path(__file__).parents[2] / "example_provider"
BAD = """
import asyncio, sys
from aniworld_dl.model import EpisodeRef, Source

class Bad:
    name = "bad"
    def __init__(self, context): self.context = context
    def matches(self, url): return "bad.example" in url
    def is_series(self, url): return "/series/" in url
    async def episodes(self, url, wish): return await self.act(url.rpartition("/")[2])
    async def sources(self, episode, wish): return await self.act(episode.url.rpartition("/")[2])
    async def act(self, name):
        if name == "raises": raise RuntimeError("boom")
        if name == "exits": sys.exit(3)
        if name == "nonsense": return [42]
        if name == "floods": return [EpisodeRef(url=f"https://bad.example/{n}") for n in range(50_000)]
        if name == "dies": return await self.context.child.call("os:_exit", {"status": 7})
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages that ends with the test."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    known = set(sys.modules)
    yield folder
    for name in set(sys.modules) - known:
        del sys.modules[name]


def install(packages: Path, name: str, target: str) -> None:
    """Write what an installer would write of a package with one provider."""
    facts = packages / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[aniworld_dl.providers]\n{name} = {target}\n")


async def test_the_example_of_the_guide_can_be_installed(packages: Path, settings: Settings) -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    ((name, target),) = project["entry-points"]["aniworld_dl.providers"].items()
    shutil.copytree(EXAMPLE / "aniworld_dl_example", packages / "aniworld_dl_example")
    install(packages, name, target)
    async with open_engine(settings, processing=False) as engine:
        assert engine.provider_names()[0] == "example"
        job_id = await add(engine, "https://media.example/watch/wald-1", "https://media.example/watch/wald-2")
        assert len(await episodes(engine, job_id)) == 2


async def test_whatever_a_package_does_is_told_by_its_name_and_the_queue_goes_on(
    packages: Path, settings: Settings, origin: Origin
) -> None:
    (packages / "bad_package.py").write_text(BAD)
    install(packages, "bad", "bad_package:Bad")
    expected = {
        "raises": "the provider bad failed: RuntimeError: boom",
        "exits": "the provider bad failed: SystemExit: 3",
        "nonsense": "int among its",
        "floods": "more than 20000 episodes",
        "dies": "the process of the provider bad ended: exit code 7",
    }
    async with open_engine(settings) as engine:
        for name, words in expected.items():
            job = await until(engine, await add(engine, f"https://bad.example/series/{name}"), Status.FAILED)
            assert words in job["error_message"], job
        for name in ("raises", "exits", "nonsense", "dies"):
            job = await until(engine, await add(engine, f"https://bad.example/{name}"), Status.FAILED)
            assert "bad" in job["error_message"], job
        good = await until(engine, await add(engine, origin.url("/ts/index.m3u8")), Status.COMPLETED, Status.FAILED)
        assert good["status"] == "completed"
