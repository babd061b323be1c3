"""What a subscription does over weeks: what is new is queued once, in the wished language, whatever happens."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import HttpStatusError, NeedsPersonError, NotFoundError, RequestInvalidError, StalledError
from aniworld_dl.model import Action, EpisodeRef, JobRequest, Selection, Status
from aniworld_dl.subscriptions.subscription import Verdict
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider
from tests.unit.subscriptions.following import CHAIN, URL, Following, entry, numbers, open_following, wanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings

DUB, SUB = "German Dub", "German Sub"


@pytest.fixture
async def following(settings: Settings) -> AsyncIterator[Following]:
    provider = FakeProvider()
    provider.listings[URL] = [entry(1, SUB), entry(2, SUB)]
    async with open_following(settings, provider) as opened:
        yield opened


async def test_new_episodes_in_the_wished_language_are_taken_over_a_restart(settings: Settings, tmp_path: Path) -> None:
    """Of three new episodes two are taken, the third waits, and is taken once when it is there; in between a crash.

    What is opened after the crash is a copy of the database while it was in use.
    """
    provider, path, clock = FakeProvider(), tmp_path / "queue.db", FakeClock()
    provider.listings[URL] = [entry(1, DUB)]
    async with open_following(settings, provider, path=path, clock=clock) as following:
        followed = await following.add(language=DUB)
        await following.until_checked(followed, 1)
        assert await following.queued() == numbers([1])
        provider.listings[URL] = [entry(1, DUB), entry(2, DUB, SUB), entry(3, SUB), entry(4, DUB)]
        view = await following.next_check(followed)
        assert await following.queued() == numbers([1, 2, 4])
        assert view["counts"]["waiting"] == 1
        page = await following.subscriptions.episodes(followed, [Verdict.WAITING], limit=10, cursor=None)
        assert [(each["number"], each["languages"]) for each in page["items"]] == [(3, [SUB])]
        crashed = tmp_path / "crashed"
        shutil.copytree(path.parent, crashed, ignore=shutil.ignore_patterns("crashed"))
    provider.listings[URL] = [entry(number, DUB) for number in (1, 2, 3, 4)]
    async with open_following(settings, provider, path=crashed / path.name, clock=clock) as following:
        await following.next_check(followed)
        await following.next_check(followed)
        assert await following.queued() == numbers([1, 2, 4, 3])
        assert set((await following.states(followed)).values()) == {Verdict.TAKEN}


async def test_a_chain_takes_what_is_there(following: Following) -> None:
    """With a chain nothing waits for the best of it; the job gets the whole chain and swaps the best in later."""
    following.provider.listings[URL] = [entry(1, SUB), entry(2, DUB), entry(3, "English Sub")]
    followed = await following.add(language=CHAIN)
    view = await following.until_checked(followed, 1)
    assert await following.queued() == numbers([1, 2])
    assert view["counts"]["waiting"] == 1
    (job,) = (await following.desk.store.jobs()).items
    assert (job.anime_title, job.language, job.standing) == ("Nordlicht", CHAIN, True)


@pytest.mark.parametrize("how", ["cancelled", "removed"])
async def test_what_was_given_up_by_hand_is_not_queued_again(following: Following, how: str) -> None:
    """An episode that the user cancelled or removed stays away, and its subscription goes on."""
    followed = await following.add()
    await following.until_checked(followed, 1)
    (job,) = (await following.desk.store.jobs()).items
    if how == "cancelled":
        await following.desk.control.act(Selection.of(jobs=[job.id]), Action.CANCEL)
    else:
        await following.desk.control.remove(Selection.of(jobs=[job.id]))
        await following.desk.forget()
    following.provider.listings[URL] = [entry(1, SUB), entry(2, SUB), entry(3, SUB)]
    await following.next_check(followed)
    assert (await following.queued())[-1] == (1, 3)
    assert len(await following.queued()) == (3 if how == "cancelled" else 1)
    page = await following.subscriptions.episodes(followed, None, limit=2, cursor=None)
    assert page["items"][0]["job_id"] == (job.id if how == "cancelled" else None)
    rest = await following.subscriptions.episodes(followed, None, limit=2, cursor=page["next_cursor"])
    assert [each["number"] for each in (*page["items"], *rest["items"])] == [1, 2, 3]
    assert (page["total"], rest["next_cursor"]) == (3, None)


async def test_what_the_queue_or_the_library_has_is_not_queued(following: Following, settings: Settings) -> None:
    """Episodes that were queued by hand, whatever became of them, and files that are there, are left alone."""
    refs = tuple(EpisodeRef(url=f"https://mirror.org/{number}", season=1, number=number) for number in (1, 2))
    by_hand, _ = await following.desk.store.add_job(JobRequest(anime_title="NORDLICHT", episodes=refs), now=1.0)
    (first, _) = (await following.desk.store.episodes(by_hand.id)).items
    await following.desk.control.act(Selection.of(episodes=[first.id]), Action.CANCEL)
    _write(settings.download_dir / "Nordlicht" / "Season 01" / "Nordlicht S01E03.mkv")
    following.provider.listings[URL] = [entry(number, SUB) for number in (1, 2, 3, 4)]
    plan = await following.subscriptions.plan_of(await following.add(paused=True))
    assert [each["verdict"] for each in plan["items"]] == ["queued", "queued", "exists", "take"]
    assert plan["items"][0]["job_id"] == by_hand.id
    assert len(await following.queued()) == 2, "looking changes nothing"
    followed = await following.add()
    await following.until_checked(followed, 2)
    assert (await following.queued())[2:] == numbers([4])


async def test_only_what_is_new_is_taken_where_that_is_wished(following: Following) -> None:
    """What was listed at the first check that went well is left out, until the user wants all of it after all."""
    following.provider.listings[URL] = HttpStatusError(host="example.org", status=500, url=URL)
    followed = await following.add(only_new=True)
    await following.until_checked(followed, 1)
    following.provider.listings[URL] = [entry(1, SUB), entry(2, SUB)]
    await following.next_check(followed)
    assert await following.queued() == []
    following.provider.listings[URL] = [entry(number, SUB) for number in (1, 2, 3)]
    await following.next_check(followed)
    assert await following.queued() == numbers([3])
    await following.subscriptions.change(followed, {"only_new": False})
    await following.until_checked(followed, 4)
    assert await following.queued() == numbers([3, 1, 2])


async def test_a_filter_can_be_changed(following: Following) -> None:
    """What a filter held back is taken when another one lets it through."""
    following.provider.listings[URL] = [entry(1, SUB), entry(1, SUB, season=2), entry(1, SUB, season=0)]
    followed = await following.add(episodes="s02")
    await following.until_checked(followed, 1)
    assert await following.queued() == [(2, 1)]
    view = await following.subscriptions.change(followed, {"episodes": "", "specials": True})
    assert view["status"] in {"active", "checking"}
    await following.until_checked(followed, 2)
    assert await following.queued() == [(2, 1), (1, 1), (0, 1)]
    with pytest.raises(RequestInvalidError):
        await following.subscriptions.change(followed, {"episodes": "all"})


async def test_failures_are_shown_and_checks_go_on(following: Following) -> None:
    """A failing subscription says why and since when, is checked ever more rarely, and recovers by itself."""
    following.provider.listings[URL] = NeedsPersonError(url=URL, provider="fake")
    followed = await following.add()
    view = await following.until_checked(followed, 1)
    assert (view["status"], view["failures"], view["error"]["code"]) == ("active", 1, "needs_person")
    assert view["error"]["params"]["url"] == URL
    pauses = []
    for _ in range(3):
        due = (await following.store.get(followed)).next_check_at
        pauses.append(due - following.desk.clock.time())
        view = await following.next_check(followed)
    assert pauses == sorted(pauses)
    assert pauses[-1] > 3 * pauses[0]
    assert (view["status"], view["failures"], view["succeeded_at"]) == ("failing", 4, None)
    following.provider.listings[URL] = [entry(1, SUB)]
    view = await following.next_check(followed)
    assert (view["status"], view["failures"], view["error"]) == ("active", 0, None)
    assert await following.queued() == numbers([1])


async def test_an_empty_list_and_one_that_never_comes_are_failures(following: Following) -> None:
    """Neither takes away what is known."""
    followed = await following.add()
    await following.until_checked(followed, 1)
    following.provider.listings[URL] = []
    view = await following.next_check(followed)
    assert view["error"]["code"] == "no_episodes"
    assert view["counts"]["taken"] == 2


async def test_pause_resume_and_check_now(following: Following) -> None:
    """A paused subscription is checked when it is asked for only; one that was missed is made up for once."""
    followed = await following.add(paused=True)
    following.desk.clock.advance(86_400)
    await following.desk.clock.run(1.0)
    assert following.provider.asked == []
    view = await following.subscriptions.check(followed)
    assert view["status"] == "checking"
    view = await following.until_checked(followed, 1)
    assert (view["status"], view["next_check_at"]) == ("paused", None)
    assert await following.queued() == numbers([1, 2])
    following.desk.clock.advance(86_400)
    await following.subscriptions.change(followed, {"paused": False})
    await following.until_checked(followed, 2)
    following.desk.clock.advance(3600)
    await following.desk.clock.run(1.0)
    assert len(following.provider.asked) == 2


async def test_a_change_during_a_check_counts(following: Following) -> None:
    """What a check finds for wishes that are no longer there is not queued; it begins anew with the present ones."""
    following.provider.listing_allowed.clear()
    followed = await following.add()
    while not following.provider.asked:
        await following.desk.clock.run(1.0)
    await following.subscriptions.change(followed, {"episodes": "2"})
    following.provider.listing_allowed.set()
    await following.until_checked(followed, 2)
    assert await following.queued() == numbers([2])


async def test_a_subscription_removed_during_a_check_leaves_nothing(following: Following) -> None:
    """Nothing is queued for what is followed no more; what was queued stays."""
    following.provider.listing_allowed.clear()
    followed = await following.add()
    while not following.provider.asked:
        await following.desk.clock.run(1.0)
    await following.subscriptions.remove(followed)
    following.provider.listing_allowed.set()
    while following.subscriptions.checker.is_checking(followed):
        await following.desk.clock.run(0.0)
    assert await following.queued() == []
    for call in (following.subscriptions.remove, following.subscriptions.get, following.subscriptions.check):
        with pytest.raises(NotFoundError):
            await call(followed)


async def test_the_address_of_one_episode_cannot_be_followed(following: Following) -> None:
    with pytest.raises(RequestInvalidError) as caught:
        await following.add("https://example.org/e1")
    assert caught.value.params["field"] == "url"


async def test_a_list_that_does_not_come_in_time_is_a_failure(following: Following) -> None:
    following.provider.listing_allowed.clear()
    checks = replace(following.subscriptions._checks, timeout_s=0.0)
    with pytest.raises(StalledError):
        await checks.listed(wanted())


async def test_there_are_not_too_many(following: Following) -> None:
    """Each stands in every snapshot, so that there is an end to them."""
    for _ in range(2):
        await following.store.add(wanted(paused=True), now=1.0, most=2)
    assert await following.store.add(wanted(), now=1.0, most=2) is None
    following.subscriptions.most = 2
    with pytest.raises(RequestInvalidError):
        await following.add()


async def test_a_plan_of_something_new_changes_nothing(following: Following) -> None:
    """It says what the first check would do; a change that changes nothing does nothing either."""
    plan = await following.subscriptions.plan(wanted(episodes="2"))
    assert [each["verdict"] for each in plan["items"]] == ["filtered", "take"]
    followed = await following.add(paused=True)
    before = await following.store.get(followed)
    await following.subscriptions.change(followed, {"interval_s": before.wanted.interval_s})
    assert await following.store.get(followed) == before
    assert await following.queued() == []


async def test_a_plan_says_what_is_wrong(following: Following) -> None:
    """An address that cannot be listed is part of the plan."""
    following.provider.listings[URL] = NeedsPersonError(url=URL, provider="fake")
    plan = await following.subscriptions.plan_of(await following.add(paused=True))
    assert (plan["error"]["code"], plan["items"], plan["totals"]["listed"]) == ("needs_person", [], 0)


async def test_everyone_is_told(following: Following) -> None:
    """A snapshot has every subscription; a change of one is a patch, and so is its end."""
    followed = await following.add()
    await following.until_checked(followed, 1)
    all_of_them = await following.subscriptions.all()
    assert [each["id"] for each in all_of_them["items"]] == [followed]
    _, snapshot = following.desk.hub.snapshot()
    assert f'"subscriptions":{{"{followed}":' in snapshot
    subscription = following.desk.hub.subscribe(following.desk.hub.seq)
    await following.subscriptions.change(followed, {"interval_s": 3600})
    await following.subscriptions.remove(followed)
    following.desk.hub.flush()
    told = "".join(subscription.ready())
    assert '"interval_s":3600' in told
    assert f'"subscriptions":{{"{followed}":null}}' in told


async def test_downloads_of_a_subscription_start_at_once(following: Following) -> None:
    """What a check queues starts without waiting for anything else."""
    await following.add()
    started = await following.desk.runner.until_started(2)
    assert await following.desk.status(started[0]) is Status.DOWNLOADING


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
