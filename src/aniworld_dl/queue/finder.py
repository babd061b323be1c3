"""Finds the sources of episodes, in the order in which they are to be tried, and notes what becomes of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.errors import ProviderRefusedError
from aniworld_dl.model import FailedSource
from aniworld_dl.net.address import without_query
from aniworld_dl.providers.preference import host_of, in_order
from aniworld_dl.queue.versions import wish_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.model import Episode, Job, Source, Wish
    from aniworld_dl.providers.base import Provider
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.source_book import SourceBook


class Finder:
    """Asks the providers. `settings` is asked anew each time: some change while the service runs."""

    def __init__(self, *, registry: Registry, book: SourceBook, settings: Callable[[], Settings], clock: Clock) -> None:
        self._registry = registry
        self._book = book
        self._settings = settings
        self._clock = clock

    def provider(self, episode: Episode, job: Job) -> Provider:
        """Return who knows an episode.

        Raises:
            NoProviderError: nobody does.
        """
        return self._registry.for_url(episode.ref.url, self.wish(job).provider)

    def wish(self, job: Job) -> Wish:
        """Return what is wished for of a job's episodes, as the settings are now."""
        return wish_of(self._settings(), job.language, job.provider)

    async def find(self, episode: Episode, job: Job, *, note: bool = False) -> Sequence[Source]:
        """Return the sources of an episode, the one to be tried first at the head. At least one, or an error.

        With `note` those that the provider could not get are noted as failed.

        Raises:
            AniworldDlError: there is none that could be tried.
        """
        provider = self.provider(episode, job)
        wish = replace(self.wish(job), health=self._book.health(provider.name, self._clock.time()))
        found = await provider.sources(episode.ref, wish)
        refused = [(each, _refusal(provider.name, each)) for each in found if each.fault is not None]
        for source, error in refused if note else ():
            await self.failed(episode, provider.name, source, error)
        usable = [source for source in found if source.fault is None]
        if refused and not usable:
            reasons = "; ".join(_named(source) for source, _ in refused)
            raise ProviderRefusedError(
                provider=provider.name, url=without_query(episode.ref.url), reason=reasons[:1000]
            )
        return in_order(usable, wish, not_hosters=self._registry.names())

    async def failed(self, episode: Episode, provider: str, source: Source, error: AniworldDlError) -> None:
        """Note that a source failed, and why."""
        name = source.provider or host_of(source)
        failure = FailedSource(
            attempt=episode.attempt,
            at=self._clock.time(),
            provider=provider,
            source=name,
            language=source.language,
            error=error.info(),
        )
        await self._book.failed(episode, failure, error)

    async def worked(self, provider: str, source: Source) -> None:
        """Note that a source gave an episode."""
        await self._book.worked(provider, host_of(source), self._clock.time())


def _refusal(provider: str, source: Source) -> AniworldDlError:
    return ProviderRefusedError(provider=provider, url=without_query(source.url), reason=source.fault)


def _named(source: Source) -> str:
    return f"{' by '.join(filter(None, (source.language, source.provider)))}: {source.fault}"
