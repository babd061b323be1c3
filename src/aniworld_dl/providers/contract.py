"""What every provider must do, as a check that any provider's tests can run.

```python
async def test_keeps_the_contract(tmp_path):
    async with open_context(tmp_path, handler) as context:
        assert await breaches(ExampleProvider, context, Samples(episodes=["https://media.example/e1"])) == []
```
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from aniworld_dl.clock import SystemClock
from aniworld_dl.config import Settings
from aniworld_dl.errors import NetError, ProviderError
from aniworld_dl.model import Wish
from aniworld_dl.net.client import HttpClient
from aniworld_dl.providers.answers import NonsenseError, checked_episodes, checked_sources
from aniworld_dl.providers.base import Provider, ProviderContext
from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from aniworld_dl.model import EpisodeRef

HOSTILE: Final = ("", " ", "http://", "http://[::1", "ftp://a.example/x", "\0", "https://a.example/" + "a" * 9000)
"""Addresses that a provider is asked about and must not stumble over."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PUBLIC: Final = "93.184.215.14"
_STRANGE: Final = Wish(language="Old Norse Dub", provider="nobody")
GRACE_S: Final = 5.0
"""How long a call may take to end when it is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Addresses to try a provider with: single episodes, series, and what is not its own."""

    episodes: Sequence[str]
    series: Sequence[str] = ()
    foreign: Sequence[str] = ()


@asynccontextmanager
async def open_context(
    folder: Path, handler: Callable[[httpx.Request], httpx.Response], *, allowed_networks: Sequence[str] = ()
) -> AsyncIterator[ProviderContext]:
    """Give what a provider may use: a client that `handler` answers, and a child process with its home in `folder`.

    Every name has an address there. `allowed_networks` are those besides the public ones that may be asked.
    """
    nursery = Nursery(folder, Rules(allowed_networks=tuple(allowed_networks)))
    settings = Settings(allowed_private_networks=list(allowed_networks))
    transport = httpx.MockTransport(handler)
    async with HttpClient(settings, SystemClock(), transport=transport, resolver=_anywhere) as http:
        try:
            yield ProviderContext(http=http, child=nursery.child("contract"), local_folders=(folder,))
        finally:
            await nursery.aclose()


async def _anywhere(host: str, port: int) -> Sequence[str]:  # noqa: ARG001 - what a resolver is given
    return [_PUBLIC]


async def breaches(
    make: Callable[[ProviderContext], Provider],
    context: ProviderContext,
    samples: Samples,
    *,
    grace_s: float = GRACE_S,
) -> list[str]:
    """Try a provider and return how it breaks the contract, each in a sentence; nothing when it keeps it."""
    provider: Any = make(context)
    if not isinstance(provider, Provider):
        return ["it lacks something that every provider has"]
    trial = _Trial(provider, grace_s)
    trial.try_name()
    await trial.try_matching(samples)
    for url in samples.series:
        await trial.try_series(url)
    for url in samples.episodes:
        await trial.try_episode(url)
    return trial.found


class _Trial:
    """One provider being tried, and what was found so far."""

    def __init__(self, provider: Provider, grace_s: float) -> None:
        self.found: list[str] = []
        self._provider = provider
        self._grace_s = grace_s

    def try_name(self) -> None:
        name: Any = self._provider.name
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.found.append(f"its name {name!r} is not of lower-case letters, digits, '-' and '_'")

    async def try_matching(self, samples: Samples) -> None:
        for url in (*samples.episodes, *samples.series):
            self._tell("matches", url, expected=True)
        for url in samples.foreign:
            self._tell("matches", url, expected=False)
        for url in samples.episodes:
            self._tell("is_series", url, expected=False)
        for url in samples.series:
            self._tell("is_series", url, expected=True)
        for url in HOSTILE:
            self._tell("matches", url)
            self._tell("is_series", url)
        for url in samples.episodes:
            if await asyncio.to_thread(self._provider.matches, url) is not True:
                self.found.append(f"matches({url!r}) says something else in another thread")

    async def try_series(self, url: str) -> None:
        listed = await self._episodes(url)
        if not listed:
            return
        addresses = [ref.url for ref in listed]
        if len(set(addresses)) < len(addresses):
            self.found.append(f"episodes({url!r}) has an address twice")
        if [ref.url for ref in await self._episodes(url)] != addresses:
            self.found.append(f"episodes({url!r}) lists something else when asked again")
        for address in addresses:
            self._tell("matches", address, expected=True)
            self._tell("is_series", address, expected=False)
        await self._sources(listed[0])

    async def try_episode(self, url: str) -> None:
        listed = await self._episodes(url)
        if len(listed) != 1:
            self.found.append(f"episodes({url!r}) gives {len(listed)} episodes for one")
        for ref in listed[:1]:
            await self._sources(ref)
            await self._leave(ref)

    def _tell(self, method: str, url: str, *, expected: bool | None = None) -> None:
        shown = f"{method}({url[:80]!r})"
        try:
            answer = getattr(self._provider, method)(url)
        except Exception as exc:  # noqa: BLE001 - that is what is being tried
            self.found.append(f"{shown} raises {exc!r}")
            return
        if not isinstance(answer, bool):
            self.found.append(f"{shown} gives {answer!r} instead of True or False")
        elif expected is not None and answer is not expected:
            self.found.append(f"{shown} is {answer}")

    async def _episodes(self, url: str) -> list[EpisodeRef]:
        call = f"episodes({url!r})"
        listed = await self._answer(call, lambda: self._provider.episodes(url, Wish()), checked_episodes)
        await self._answer(call, lambda: self._provider.episodes(url, _STRANGE), checked_episodes, may_refuse=True)
        if not listed:
            self.found.append(f"{call} gives no episode")
        return listed

    async def _sources(self, ref: EpisodeRef) -> None:
        call = f"sources({ref.url!r})"
        found = await self._answer(call, lambda: self._provider.sources(ref, Wish()), checked_sources)
        await self._answer(call, lambda: self._provider.sources(ref, _STRANGE), checked_sources, may_refuse=True)
        if not found:
            self.found.append(f"{call} gives no source")
        if len({source.url for source in found}) < len(found):
            self.found.append(f"{call} has an address twice")

    async def _answer(
        self,
        call: str,
        ask: Callable[[], Awaitable[Any]],
        check: Callable[[Any], list[Any]],
        *,
        may_refuse: bool = False,
    ) -> list[Any]:
        try:
            return check(await ask())
        except NonsenseError as error:
            self.found.append(f"{call}: {error}")
        except (ProviderError, NetError) as error:
            if not may_refuse:
                self.found.append(f"{call} raises {error!r}")
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - that is what is being tried
            self.found.append(f"{call} raises {exc!r}")
        return []

    async def _leave(self, ref: EpisodeRef) -> None:
        """Ask for sources and leave in the middle of it, as a user does who pauses."""
        call = f"sources({ref.url!r})"
        again = self._answer(call, lambda: self._provider.sources(ref, Wish()), checked_sources)
        task = asyncio.create_task(again, name="left")
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=self._grace_s)
        if not task.done():
            self.found.append(f"{call} goes on when it is cancelled")
