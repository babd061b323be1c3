"""One check of a subscription: lists what there is, decides, and queues what is new with what is known, or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import NoEpisodesError, StalledError
from aniworld_dl.media.shelf.present import Look
from aniworld_dl.model import JobRequest
from aniworld_dl.net.address import without_query
from aniworld_dl.queue.additions import Addition, add_jobs
from aniworld_dl.queue.keys import keys_of
from aniworld_dl.queue.results import Changed
from aniworld_dl.queue.shelving import spot_of
from aniworld_dl.queue.versions import wish_of
from aniworld_dl.subscriptions import store as rows
from aniworld_dl.subscriptions.decisions import Handled, Rules, decide, listed_of, tells_languages
from aniworld_dl.subscriptions.filters import parse_filter
from aniworld_dl.subscriptions.subscription import Seen, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import aiosqlite

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.model import EpisodeRef, Wish
    from aniworld_dl.providers.registry import Registry
    from aniworld_dl.queue.transitions import Transitions
    from aniworld_dl.subscriptions.decisions import Decision, Listed
    from aniworld_dl.subscriptions.store import SubscriptionStore
    from aniworld_dl.subscriptions.subscription import Subscription, Wanted

TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A list, and all that decides about it except the queue, which may change meanwhile."""

    wanted: Wanted
    listing: Sequence[Listed]
    seen: Mapping[int, Seen]
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a check needs. `woken` are called when something was queued."""

    store: SubscriptionStore
    transitions: Transitions
    registry: Registry
    clock: Clock
    settings: Callable[[], Settings]
    woken: Sequence[Callable[[], None]] = ()
    timeout_s: float = TIMEOUT_S

    def wish(self, wanted: Wanted) -> Wish:
        """Return the wishes of a subscription, with those of the settings where it has none."""
        return wish_of(self.settings(), wanted.language, wanted.provider)

    async def listed(self, wanted: Wanted) -> Sequence[Listed]:
        """Ask the provider for what there is.

        Raises:
            ProviderError, NetError: the address leads to nothing, or could not be read.
        """
        wish = self.wish(wanted)
        try:
            async with asyncio.timeout(self.timeout_s):
                refs = await self.registry.for_url(wanted.url, wish.provider).episodes(wanted.url, wish)
        except TimeoutError as error:
            raise StalledError(host=without_query(wanted.url), timeout_s=self.timeout_s) from error
        if not refs:
            raise NoEpisodesError(url=without_query(wanted.url))
        return await asyncio.to_thread(listed_of, refs)

    async def prospect(self, wanted: Wanted, listing: Sequence[Listed], of: Subscription | None) -> Prospect:
        """Gather what is known of the entries of a list; `of` is the subscription, None for one that is not made."""
        seen = {} if of is None else await self.store.seen(of.id)
        rules = Rules(
            wanted=parse_filter(wanted.episodes, specials=wanted.specials),
            language=self.wish(wanted).language,
            only_new=wanted.only_new,
            first=of is None or of.succeeded_at is None,
            tells_languages=of is not None and of.tells_languages,
        )
        takes = [each for each in await asyncio.to_thread(decide, listing, seen, rules) if _is_take(each)]
        rules = replace(rules, handled=await asyncio.to_thread(self._in_library, wanted, takes))
        return Prospect(wanted=wanted, listing=listing, seen=seen, rules=rules)

    async def decide(self, of: Prospect) -> list[Decision]:
        """Say what is to be done with each entry, now that the queue is asked which it has, or had."""
        found = await asyncio.to_thread(decide, of.listing, of.seen, of.rules)
        takes = [each for each in found if _is_take(each)]
        if not takes:
            return found
        queued = await self._in_queue(of.wanted, takes)
        rules = replace(of.rules, handled={**of.rules.handled, **queued})
        return await asyncio.to_thread(decide, of.listing, of.seen, rules)

    async def take(self, of: Subscription, listing: Sequence[Listed], *, pause_s: float) -> int | None:
        """Queue what is new and record what was seen, in one transaction; return how many episodes were queued.

        None, and nothing is written, when the user has changed or removed the subscription since it was read.

        Raises:
            StorageError: it could not be written.
        """
        prospect = await self.prospect(of.wanted, listing, of)
        taken: int | None = None

        async def change() -> Changed:
            nonlocal taken
            decisions = await self.decide(prospect)
            job_id = await self.store.database.write(
                lambda connection: self._write(connection, of, decisions, prospect.seen, pause_s=pause_s)
            )
            if job_id is not None:
                taken = sum(map(_is_take, decisions))
            return Changed(jobs=frozenset([job_id] if job_id else []))

        await self.transitions.carry_out(change)
        if taken:
            for wake in self.woken:
                wake()
        return taken

    # ------------------------------------------------------------------------------------------------------ parts

    async def _write(
        self,
        connection: aiosqlite.Connection,
        of: Subscription,
        decisions: Sequence[Decision],
        seen: Mapping[int, Seen],
        *,
        pause_s: float,
    ) -> int | None:
        """Return the id of the job that was made, 0 where there was nothing to queue, None if nothing was written."""
        if not await rows.is_current(connection, of):
            return None
        now, job_id = self.clock.time(), 0
        refs = tuple(each.ref for each in decisions if _is_take(each))
        if refs:
            addition = Addition(request=request_of(of.wanted, refs))
            job_id = (await add_jobs(connection, [addition], now))[0][0].id
        news = [new for each in decisions if _differs(new := _kept(each, job_id), seen.get(new.key))]
        await rows.checked(
            connection,
            of,
            news,
            tells_languages=tells_languages(each.listed for each in decisions),
            now=now,
            next_check_at=now + pause_s,
        )
        return job_id

    async def _in_queue(self, wanted: Wanted, takes: Sequence[Decision]) -> Mapping[int, Handled]:
        """Return where the queue has, or had, episodes that would be queued, by their keys."""
        keys = await asyncio.to_thread(keys_of, [each.ref for each in takes], wanted.language, wanted.title)
        by_address, by_place = await self.store.handled(keys)
        found: dict[int, Handled] = {}
        for each, of in zip(takes, keys, strict=True):
            job_id = by_address.get(of.address) or (of.place and by_place.get(of.place))
            if job_id:
                found[each.listed.key] = Handled(verdict=Verdict.QUEUED, job_id=job_id)
        return found

    def _in_library(self, wanted: Wanted, takes: Sequence[Decision]) -> Mapping[int, Handled]:
        """Return which of the episodes that would be queued the library has, by their keys. Blocks: for threads."""
        settings = self.settings()
        look = Look(settings.download_dir)
        spots = [(each.listed.key, spot_of(settings, each.ref, 1, wanted.title)) for each in takes]
        return {
            key: Handled(verdict=Verdict.EXISTS)
            for key, spot in spots
            if look.find(spot.target, spot.entry) is not None
        }


def request_of(wanted: Wanted, refs: tuple[EpisodeRef, ...]) -> JobRequest:
    """Return the request for new episodes: the one place where a subscription's wishes become those of a job.

    What has to be taken in a lesser language of a chain waits for the better one: who follows a series wants that.
    """
    return JobRequest(
        anime_title=wanted.title, episodes=refs, language=wanted.language, provider=wanted.provider, standing=True
    )


def _is_take(decision: Decision) -> bool:
    return decision.verdict is Verdict.TAKE


def _kept(decision: Decision, job_id: int) -> Seen:
    taken = _is_take(decision)
    ref = decision.ref
    return Seen(
        key=decision.listed.key,
        url=ref.url,
        title=ref.title,
        season=ref.season,
        number=ref.number,
        counted=decision.counted,
        state=Verdict.TAKEN if taken else decision.verdict,
        languages=decision.listed.languages,
        job_id=job_id if taken else decision.job_id,
    )


def _differs(new: Seen, known: Seen | None) -> bool:
    if known is None:
        return True
    return (new.state, new.languages, new.title) != (known.state, known.languages, known.title)
