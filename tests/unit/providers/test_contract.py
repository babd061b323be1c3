"""The contract suite accepts the providers that come along, and one of a package; and it finds what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.contract import Samples, breaches, open_context
from aniworld_dl.providers.demo import DemoProvider
from aniworld_dl.providers.direct import DirectProvider
from tests.example_provider.aniworld_dl_example import ExampleProvider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aniworld_dl.providers.base import Provider, ProviderContext

DEMO = "http://127.0.0.1:8123/aniworld-dl-demo/series/wald/"
ENTRY = {"series": "Wald", "season": 1, "number": 2, "title": "Harz", "url": f"{DEMO}episode-2", "media": ["/e2.mp4"]}
SERIES, EPISODE = "https://media.example/series/wald", "https://media.example/watch/wald-1"
SAMPLES = Samples(episodes=[EPISODE], series=[SERIES], foreign=["https://other.example/series/wald"])


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == "media.example":
        return httpx.Response(200, text="1 Harz\n2 Moos\n")
    return httpx.Response(200, json={**ENTRY, "episodes": [ENTRY, {**ENTRY, "url": f"{DEMO}episode-3"}]})


async def found(make: Callable[[ProviderContext], Provider], samples: Samples, folder: Path) -> list[str]:
    async with open_context(folder, answer, allowed_networks=["127.0.0.0/8"]) as context:
        return await breaches(make, context, samples)


@pytest.mark.parametrize(
    ("make", "samples"),
    [
        (ExampleProvider, SAMPLES),
        (DirectProvider, Samples(episodes=["https://a.example/e1.m3u8"], foreign=["ftp://a.example/e1.m3u8"])),
    ],
)
async def test_a_provider_keeps_the_contract(
    make: Callable[[ProviderContext], Provider], samples: Samples, tmp_path: Path
) -> None:
    assert await found(make, samples, tmp_path) == []


async def test_the_demo_provider_keeps_the_contract(tmp_path: Path) -> None:
    samples = Samples(episodes=[f"{DEMO}episode-2"], series=[DEMO], foreign=["https://a.example/e1.m3u8"])
    assert await found(DemoProvider, samples, tmp_path) == []


class Breaking(ExampleProvider):
    """Breaks the contract in whatever the test replaces."""


async def deaf(self: Any, episode: EpisodeRef, wish: Wish) -> list[Source]:
    """Do not hear that it is cancelled, the first time."""
    try:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        await asyncio.Event().wait()
    return [Source(url=episode.url)]


def giving(answer: Any) -> Any:
    async def method(self: Any, *arguments: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return method


@pytest.mark.parametrize(
    ("name", "replacement", "breach"),
    [
        ("name", "Not A Name", "its name 'Not A Name'"),
        ("matches", lambda self, url: 1, "instead of True or False"),
        ("matches", lambda self, url: True, "matches('https://other.example/series/wald') is True"),
        ("matches", lambda self, url: bool(url[0]), "matches('') raises IndexError"),
        ("is_series", lambda self, url: False, f"is_series('{SERIES}') is False"),
        ("is_series", lambda self, url: True, f"is_series('{EPISODE}') is True"),
        ("episodes", giving([]), "gives no episode"),
        ("episodes", giving(None), "NoneType instead of a list of episodes"),
        ("episodes", giving([EpisodeRef(url=EPISODE)] * 2), "has an address twice"),
        ("episodes", giving([EpisodeRef(url="https://elsewhere.example/1")]), "matches('https://elsewhere.example/1')"),
        ("episodes", giving(NoEpisodesError(url="x")), "raises NoEpisodesError"),
        ("sources", giving([]), "gives no source"),
        ("sources", giving([Source(url=EPISODE)] * 2), "has an address twice"),
        ("sources", giving(SystemExit(1)), "raises SystemExit(1)"),
        ("sources", giving([Source(url="x")]), "an address that is none"),
    ],
)
async def test_a_breach_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, replacement: Any, breach: str
) -> None:
    monkeypatch.setattr(Breaking, name, replacement)
    assert breach in "\n".join(await found(Breaking, SAMPLES, tmp_path))


async def test_one_that_does_not_end_when_it_is_cancelled_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Breaking, "sources", deaf)
    async with open_context(tmp_path, answer) as context:
        told = await breaches(Breaking, context, SAMPLES, grace_s=0.01)
        for task in asyncio.all_tasks():
            if task.get_name() == "left":
                task.cancel()
    assert told == [f"sources('{EPISODE}') goes on when it is cancelled"]


async def test_what_is_no_provider_is_told(tmp_path: Path) -> None:
    assert await found(lambda _: object(), SAMPLES, tmp_path) == [  # type: ignore[arg-type, return-value]
        "it lacks something that every provider has"
    ]
