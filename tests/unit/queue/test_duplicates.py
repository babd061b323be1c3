"""What is queued already is recognised and not queued again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.model import EpisodeRef, JobRequest, Selection, Status
from aniworld_dl.net import address
from aniworld_dl.queue.keys import address_key, place_key
from tests.unit.queue.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.queue.duplicates import Added

URL = "https://example.org/s/1.m3u8"


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, slots=0) as opened:
        yield opened


async def ask(
    desk: Desk,
    *refs: str | EpisodeRef,
    title: str = "Series",
    language: str | None = None,
    series: tuple[int, ...] = (),
    key: str | None = None,
) -> Added:
    episodes = tuple(EpisodeRef(url=ref) if isinstance(ref, str) else ref for ref in refs)
    wanted = JobRequest(anime_title=title, episodes=episodes, language=language, idempotency_key=key)
    return await desk.transitions.add_job(wanted, frozenset(series))


def at(url: str, season: int | None = 1, number: int | None = 4, series: str | None = None) -> EpisodeRef:
    return EpisodeRef(url=url, season=season, number=number, series=series)


def found(added: Added) -> list[tuple[str, int, int, Status]]:
    return [(each.url, each.job_id, each.episode_id, each.status) for each in added.duplicates]


async def test_the_same_address_is_not_queued_twice(desk: Desk) -> None:
    """What is new makes a job; what is known is reported with where it is."""
    first = await ask(desk, URL, "https://example.org/s/2.m3u8")
    second = await ask(desk, "https://example.org/s/3.m3u8", "HTTPS://EXAMPLE.ORG:443/s/2.m3u8#t=4", title="Other")
    assert (first.created, first.duplicates, second.created) == (True, (), True)
    assert found(second) == [("HTTPS://EXAMPLE.ORG:443/s/2.m3u8#t=4", first.job.id, 2, Status.QUEUED)]
    job = await desk.control.job(second.job.id)
    assert (job.total_episodes, job.duplicates) == (1, 1)


async def test_nothing_new_gives_the_job_that_has_the_first(desk: Desk) -> None:
    one = await ask(desk, URL)
    other = await ask(desk, "https://example.org/s/2.m3u8")
    again = await ask(desk, "https://example.org/s/2.m3u8", URL)
    assert (again.created, again.job.id) == (False, other.job.id)
    assert [(each.job_id, each.url) for each in again.duplicates] == [
        (other.job.id, "https://example.org/s/2.m3u8"),
        (one.job.id, URL),
    ]
    assert (await desk.store.jobs()).total == 2


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (None, None, True),
        ("German Sub", "GERMAN SUB ", True),
        ("German Sub", "German Dub", False),
        ("German Sub", None, False),
    ],
)
async def test_the_language_counts(desk: Desk, before: str | None, after: str | None, *, same: bool) -> None:
    await ask(desk, URL, language=before)
    assert (await ask(desk, URL, language=after)).created is not same


@pytest.mark.parametrize(
    ("second", "title", "same"),
    [
        (at("https://mirror.example/x", 1, 4), "SERIES", True),
        (at("https://mirror.example/x", 1, 4, "series"), "whatever", True),
        (at("https://mirror.example/x", 1, 5), "Series", False),
        (at("https://mirror.example/x", 2, 4), "Series", False),
        (at("https://mirror.example/x", None, 4), "Series", False),
        (at("https://mirror.example/x", 1, None), "Series", False),
        (at("https://mirror.example/x", 1, 4), "Another", False),
        (at("https://mirror.example/x", 1, 4, "Another"), "Series", False),
    ],
)
async def test_the_same_place_is_not_queued_twice(desk: Desk, second: EpisodeRef, title: str, *, same: bool) -> None:
    """Season and number must both be given; what is only read from an address does not count."""
    await ask(desk, at(URL))
    assert (await ask(desk, second, title=title)).created is not same


async def test_what_has_ended_is_no_duplicate(desk: Desk) -> None:
    """Running and paused ones are; ended ones are not, and count again when they are queued again."""
    await ask(desk, URL)
    for status, is_duplicate in [
        (Status.PAUSED, True),
        (Status.QUEUED, True),
        (Status.DOWNLOADING, True),
        (Status.FAILED, False),
        (Status.QUEUED, True),
        (Status.CANCELLED, False),
    ]:
        assert await desk.transitions.move_episode(1, status)
        added = await ask(desk, URL)
        assert [each.status for each in added.duplicates] == ([status] if is_duplicate else [])
        if added.created:
            await desk.transitions.remove(Selection.of(jobs=[added.job.id]), None)


async def test_an_address_twice_in_one_request_is_queued_once(desk: Desk) -> None:
    added = await ask(
        desk, URL, "https://example.org/s/2.m3u8", f"{URL}#again", at("https://e.org/a"), at("https://e.org/b")
    )
    assert added.created
    assert found(added) == [
        (f"{URL}#again", added.job.id, 1, Status.QUEUED),
        ("https://e.org/b", added.job.id, 3, Status.QUEUED),
    ]
    page = await desk.store.episodes(added.job.id)
    assert [(row.position, row.ref.url) for row in page.items] == [
        (1, URL),
        (2, "https://example.org/s/2.m3u8"),
        (3, "https://e.org/a"),
    ]


async def test_an_idempotency_key_wins(desk: Desk) -> None:
    """The same key gives the same job, and is not told of duplicates of its own."""
    first = await ask(desk, URL, key="k")
    again = await ask(desk, URL, key="k")
    assert (again.created, again.job.id, again.duplicates) == (False, first.job.id, ())
    assert (await ask(desk, URL, key="other")).job.id == first.job.id


async def test_addresses_of_series_stay_and_keep_their_place(desk: Desk) -> None:
    await ask(desk, URL)
    added = await ask(desk, URL, "https://example.org/series", "https://example.org/9", series=(1,))
    assert (added.job.pending_expansions, added.job.total_episodes) == (1, 2)
    (expansion,) = await desk.store.pending_expansions()
    assert (expansion.request_index, expansion.ref.url) == (0, "https://example.org/series")


async def test_a_listing_queues_only_what_is_new(desk: Desk) -> None:
    """What it leaves out is counted; an address that leads to nothing else can be listed again."""
    await ask(desk, URL)
    added = await ask(desk, "https://example.org/series", series=(0,))
    (expansion,) = await desk.store.pending_expansions()
    await desk.transitions.expand(
        expansion, [EpisodeRef(url=URL), EpisodeRef(url=URL + "?2"), EpisodeRef(url=URL + "?2")]
    )
    job = await desk.control.job(added.job.id)
    assert (job.total_episodes, job.duplicates, job.status) == (1, 2, Status.QUEUED)
    added = await ask(desk, "https://example.org/series", series=(0,))
    (expansion,) = await desk.store.pending_expansions()
    await desk.transitions.expand(expansion, [EpisodeRef(url=URL)])
    job = await desk.control.job(added.job.id)
    assert (job.total_episodes, job.duplicates, job.status) == (0, 1, Status.CANCELLED)
    assert job.completed_at == desk.clock.time()
    await desk.transitions.move(
        Selection.of(jobs=[job.id]), Status.QUEUED, before=frozenset({Status.FAILED, Status.CANCELLED})
    )
    job = await desk.control.job(added.job.id)
    assert (job.pending_expansions, job.duplicates) == (1, 0)
    await desk.transitions.remove(Selection.of(jobs=[job.id]), None)
    await desk.transitions.expand(expansion, [EpisodeRef(url=URL)])  # nobody wants it any more
    assert await desk.store.job(job.id) is None


async def test_a_new_title_is_a_new_series(desk: Desk) -> None:
    """Episodes that name no series of their own go by the title of their job."""
    first = await ask(desk, at(URL), at(f"{URL}?5", 1, 5, "Own"), title="Old")
    await desk.transitions.update_job(first.job.id, priority=4)
    await desk.transitions.update_job(first.job.id, anime_title="New")
    assert (await ask(desk, at("https://e.org/a"), title="new")).created is False
    assert (await ask(desk, at("https://e.org/b"), title="Old")).created is True
    assert (await ask(desk, at("https://e.org/c", 1, 5), title="own")).created is False
    await desk.transitions.update_job(77, anime_title="Nobody")


HOSTS = st.from_regex(r"(?:[a-z0-9-]{1,9}\.){0,2}[a-z][a-z0-9-]{0,9}", fullmatch=True)
PATHS = st.from_regex(r"/[A-Za-z0-9_/.-]{0,12}(\?[A-Za-z0-9=&./]{0,8})?", fullmatch=True)


@given(scheme=st.sampled_from(["http", "https"]), host=HOSTS, path=PATHS)
def test_keys_are_those_of_the_parsed_address(scheme: str, host: str, path: str) -> None:
    """The short way for plain addresses gives what taking them apart gives."""
    url = f"{scheme}://{host}{path}"
    assert address_key(None, f"{url}#part") == address_key(None, address.parse(url).url)


def test_keys_of_what_is_no_address() -> None:
    """They need not be usable to be compared."""
    assert address_key("A", "no address#1") == address_key("a", "no address")
    assert address_key("A", "no address") != address_key("A", "another")
    assert address_key(None, "half \ud800") != address_key(None, "half ")
    assert place_key("A", "S", 1, 2) != place_key("A", "S", 12, 0)
    assert place_key(None, "S", None, 2) is None
