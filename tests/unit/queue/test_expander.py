"""Series addresses become episodes beside the downloads; what goes wrong is the job's error."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import HttpStatusError, NeedsPersonError
from aniworld_dl.model import Action, EpisodeRef, JobRequest, Selection, Status, Wish
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.expander import Expander
from tests.fakes.provider import FakeProvider
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Job

URL = "https://example.org/series/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A queue with an expander at work."""

    desk: Desk
    provider: FakeProvider
    expander: Expander

    async def add(self, *urls: str, language: str | None = None) -> int:
        """Queue a job of series addresses."""
        request = JobRequest(
            anime_title="Series", episodes=tuple(EpisodeRef(url=url) for url in urls), language=language
        )
        job, _ = await self.desk.store.add_job(request, series_indexes=frozenset(range(len(urls))), now=1.0)
        self.expander.wake()
        return job.id

    async def until_listed(self, job_id: int) -> Job:
        """Wait until no address of the job waits any more."""
        while await self.desk.store.pending_expansions(job_id):
            await self.desk.clock.run(0.05)
        return await self.desk.control.job(job_id)


@asynccontextmanager
async def open_office(settings: Settings, *, timeout_s: float = 60) -> AsyncIterator[Office]:
    async with open_desk(settings) as desk:
        provider = FakeProvider()
        expander = Expander(
            store=desk.store,
            transitions=desk.transitions,
            registry=Registry([provider]),
            supervisor=desk.supervisor,
            clock=desk.clock,
            settings=lambda: settings,
            timeout_s=timeout_s,
        )
        task = asyncio.create_task(expander.run())
        try:
            yield Office(desk=desk, provider=provider, expander=expander)
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_office(settings) as opened:
        yield opened


def refs(*numbers: int) -> list[EpisodeRef]:
    return [EpisodeRef(url=f"https://example.org/e{number}", season=1, number=number) for number in numbers]


async def test_listed_episodes_start(office: Office) -> None:
    """The episodes of a series are queued in order and start; the wish is passed on."""
    office.provider.listings[URL] = refs(1, 2)
    job_id = await office.add(URL, language="German Sub")
    await office.desk.runner.until_started(2)
    page = await office.desk.store.episodes(job_id)
    assert [episode.ref.number for episode in page.items] == [1, 2]
    assert office.provider.wishes == [Wish(language="German Sub")]


async def test_failure_is_the_jobs_error_and_can_be_retried(office: Office) -> None:
    """A site that cannot be read fails the job in words; a retry asks again."""
    office.provider.listings[URL] = HttpStatusError(host="example.org", status=404, url=URL)
    job_id = await office.add(URL)
    job = await office.until_listed(job_id)
    assert job.status is Status.FAILED
    assert job.expansion_error is not None
    assert job.expansion_error.code == "http_status"
    office.provider.listings[URL] = refs(1)
    await office.desk.control.act_on_job(job_id, Action.RETRY)
    office.expander.wake()
    await office.desk.runner.until_started(1)


async def test_a_page_that_wants_to_see_a_person_is_waited_for(office: Office) -> None:
    """The job waits, with the reason and the page, and is not asked for again; a retry lets it go on."""
    office.provider.listings[URL] = NeedsPersonError(url=URL, provider="fake")
    job_id = await office.add(URL)
    await office.until_listed(job_id)
    office.expander.wake()
    await office.desk.clock.run(1)
    view = office.desk.announcer.view_job(await office.desk.control.job(job_id))
    assert (view["status"], view["reason"], view["error"]) == ("queued", "needs_person", None)
    assert URL in str(view["reason_text"]) + str(view.get("reason_params"))
    assert office.provider.asked == [URL]
    office.provider.listings[URL] = refs(1)
    await office.desk.control.act_on_job(job_id, Action.RETRY)
    office.expander.wake()
    await office.desk.runner.until_started(1)


@pytest.mark.parametrize(("listing", "code"), [([], "no_episodes"), (ZeroDivisionError(), "provider_failed")])
async def test_nothing_found_and_defects(office: Office, listing: list[EpisodeRef] | Exception, code: str) -> None:
    """A series without episodes and a provider with a defect are failures of their own job only."""
    office.provider.listings = {URL: listing, f"{URL}0": refs(1)}
    job_id = await office.add(URL)
    await office.add(f"{URL}0")
    job = await office.until_listed(job_id)
    assert job.expansion_error is not None
    assert job.expansion_error.code == code
    await office.desk.runner.until_started(1)


async def test_slow_site_is_given_up(settings: Settings) -> None:
    """A listing that does not end is ended."""
    async with open_office(settings, timeout_s=0) as office:
        office.provider.listing_allowed.clear()
        job = await office.until_listed(await office.add(URL))
    assert job.expansion_error is not None
    assert job.expansion_error.code == "stalled"


async def test_few_sites_at_a_time_and_each_once(office: Office) -> None:
    """However often it is woken, an address is asked for once, and only four at a time."""
    urls = [f"{URL}/{number}" for number in range(6)]
    office.provider.listings = {url: (EpisodeRef(url=f"{url}/1"),) for url in urls}
    office.provider.listing_allowed.clear()
    job_id = await office.add(*urls)
    while len(office.provider.asked) < 4:
        await office.desk.clock.run(0.05)
    for _ in range(5):
        office.expander.wake()
        await office.desk.clock.run(0.05)
    assert len(office.provider.asked) == 4
    office.provider.listing_allowed.set()
    job = await office.until_listed(job_id)
    assert sorted(office.provider.asked) == urls
    assert job.total_episodes == 6


async def test_job_deleted_while_it_is_listed(office: Office) -> None:
    """A listing that comes too late is dropped."""
    office.provider.listings[URL] = refs(1)
    office.provider.listing_allowed.clear()
    job_id = await office.add(URL)
    while not office.provider.asked:
        await office.desk.clock.run(0.05)
    await office.desk.control.remove(Selection.of(jobs=[job_id]))
    office.provider.listing_allowed.set()
    office.provider.listings[f"{URL}0"] = refs(2)
    await office.add(f"{URL}0")
    await office.desk.runner.until_started(1)
    assert (await office.desk.store.counts())[Status.DOWNLOADING] == 1


async def test_job_deleted_while_it_waits_its_turn(office: Office) -> None:
    """A site is not asked for a job that is gone by then."""
    urls = [f"{URL}/{number}" for number in range(4)]
    office.provider.listings = {url: (EpisodeRef(url=f"{url}/1"),) for url in urls}
    office.provider.listing_allowed.clear()
    await office.add(*urls)
    late = await office.add(f"{URL}/late")
    while len(office.provider.asked) < 4:
        await office.desk.clock.run(0.05)
    await office.desk.control.remove(Selection.of(jobs=[late]))
    office.provider.listing_allowed.set()
    await office.until_listed(1)
    await office.desk.clock.run(1)
    assert sorted(office.provider.asked) == urls
