"""A site has an episode in a lesser language first: that is taken, and the better one swapped in when it appears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.clock import SystemClock
from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.engine import Engine, open_engine
from aniworld_dl.model import Status
from aniworld_dl.subscriptions.subscription import Wanted
from tests.integration.engine_work import add, episodes, files, until
from tests.integration.providers.imitation import SERIES, Imitation
from tests.media_samples import FMP4, TS

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(120)

FIRST = "staffel-1/episode-1"
FILE = "Waldgeister/Season 01/Waldgeister S01E01.mkv"
DAY_S = 86_400.0


class LaterClock(SystemClock):
    """The system's, so much later."""

    def __init__(self, later_s: float) -> None:
        self._later_s = later_s

    def time(self) -> float:
        return super().time() + self._later_s


@pytest.fixture
def site(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imitation:
    made = Imitation(origin=origin)
    made.install(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return made


async def only(engine: Engine, job_id: int) -> dict[str, Any]:
    (episode,) = await episodes(engine, job_id)
    return episode


async def until_looked(engine: Engine, job_id: int) -> dict[str, Any]:
    """Wait until a standing wish was looked for, or has ended."""
    before = (await only(engine, job_id))["standing"]
    async for _ in engine.hub.subscribe():
        episode = await only(engine, job_id)
        if episode["standing"] != before:
            return episode
    raise AssertionError("the stream ended")


async def test_a_better_language_takes_the_place_of_a_lesser_one_over_restarts(
    site: Imitation, settings: Settings, origin: Origin
) -> None:
    """The old file stays until the new one is proven; there are never two; a source that failed has its reason."""
    site.series({"staffel-1": 1})
    site.episode(FIRST, {("German Sub", "Vidara"): "nothing here", ("German Sub", "VOE"): site.media(f"/{TS}")})
    wishes: dict[str, Any] = {"language": "German Dub > German Sub > any", "provider": "VOE > any", "standing": 30}
    async with open_engine(settings) as engine:
        job_id = await add(engine, f"{SERIES}/{FIRST}", **wishes, title="Waldgeister")
        await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        episode = await only(engine, job_id)
        assert episode["taken"]["text"] == "German Sub by VOE instead of German Dub"
        assert (episode["standing"]["wanted"], episode["standing"]["looks"]) == ("German Dub", 0)
        (failed,) = (await engine.versions.sources(episode["id"]))["failed"]
        assert (failed["source"], failed["language"], failed["provider"]) == ("Vidara", "German Sub", "aniworld")
        assert failed["error"]["text"]
    shelf = settings.download_dir
    before = (shelf / FILE).read_bytes()
    assert files(shelf) == [FILE]

    # nothing better yet: it is looked for once more, and the next look is later
    async with open_engine(settings, clock=LaterClock(DAY_S)) as engine:
        episode = await until_looked(engine, job_id)
        assert (episode["standing"]["looks"], episode["standing"]["error"]) == (1, None)
        health = {each["source"]: each["score"] for each in engine.versions.providers()[1]["sources"]}
        assert health["vidara"] < 1
    assert (shelf / FILE).read_bytes() == before

    # it is there, and the service ends while it is being fetched: the old file is still there
    site.episode(FIRST, {("German Sub", "VOE"): site.media(f"/{TS}"), ("German Dub", "VOE"): site.media(f"/{FMP4}")})
    gate = origin.faults.add(Fault(kind=FaultKind.GATE, path="/fmp4/*.m4s", skip=3))
    async with open_engine(settings, clock=LaterClock(3 * DAY_S)):
        await gate.reached()
        assert (shelf / FILE).read_bytes() == before
        assert [name for name in files(shelf) if not name.startswith(".aniworld-dl")] == [FILE]
    gate.open()
    asked = origin.count("/fmp4/*")
    assert asked

    async with open_engine(settings, clock=LaterClock(3 * DAY_S)) as engine:
        episode = await until_looked(engine, job_id)
        assert (episode["status"], episode["standing"]) == ("completed", None)
        assert episode["taken"]["text"] == "German Dub by VOE"
        while list((shelf / ".aniworld-dl").glob("Waldgeister*")):
            await SystemClock().sleep(0.01)
    after = (shelf / FILE).read_bytes()
    assert after != before
    kept = [name for name in files(shelf) if name != FILE]
    assert len(kept) == 1
    assert kept[0].startswith(".aniworld-dl/trash/")
    assert (shelf / kept[0]).read_bytes() == before

    # what the trash keeps goes when its time is over
    async with open_engine(settings, clock=LaterClock(4 * DAY_S)):
        while (shelf / ".aniworld-dl").exists():
            await SystemClock().sleep(0.01)
    assert files(shelf) == [FILE]


async def until_taken(engine: Engine, count: int) -> None:
    """Wait until the first subscription has queued so many, in a check that is over."""
    async for _ in engine.hub.subscribe():
        view = await engine.subscriptions.get(1)
        if view["status"] != "checking" and view["counts"]["taken"] == count:
            return
    raise AssertionError("the stream ended")


async def test_of_three_new_episodes_two_come_as_wished_and_the_third_is_swapped_over_restarts(
    site: Imitation, settings: Settings
) -> None:
    """A series that is followed: what was there before stays where it is, and nothing comes twice."""
    dub, sub = ("German Dub", "VOE"), ("German Sub", "VOE")
    site.series({"staffel-1": 1})
    wanted = Wanted(
        title="Waldgeister", url=SERIES, language="German Dub > German Sub", only_new=True, interval_s=int(DAY_S)
    )
    async with open_engine(settings) as engine:
        await engine.subscriptions.add(wanted)
        await until_taken(engine, 0)

    site.series({"staffel-1": 4})
    for number, language in ((2, dub), (3, dub), (4, sub)):
        site.episode(f"staffel-1/episode-{number}", {language: site.media(f"/{TS}")})
    async with open_engine(settings, clock=LaterClock(2 * DAY_S)) as engine:
        await until_taken(engine, 3)
        job_id = (await engine.jobs(statuses=None, q=None, limit=1, cursor=None))["items"][0]["id"]
        await until(engine, job_id, Status.COMPLETED, Status.FAILED)
        found = await episodes(engine, job_id)
        assert [(each["number"], each["taken"]["language"], bool(each["standing"])) for each in found] == [
            (2, "German Dub", False),
            (3, "German Dub", False),
            (4, "German Sub", True),
        ]
    names = [f"Waldgeister/Season 01/Waldgeister S01E{number:02}.mkv" for number in (2, 3, 4)]
    assert files(settings.download_dir) == names
    before = [(settings.download_dir / name).read_bytes() for name in names]

    site.episode("staffel-1/episode-4", {sub: site.media(f"/{TS}"), dub: site.media(f"/{FMP4}")})
    async with open_engine(settings, clock=LaterClock(5 * DAY_S)) as engine:
        async for _ in engine.hub.subscribe():
            found = await episodes(engine, job_id)
            if found[2]["standing"] is None:
                break
        assert [each["taken"]["language"] for each in found] == ["German Dub"] * 3
        assert (await engine.jobs(statuses=None, q=None, limit=9, cursor=None))["total"] == 1
    after = [(settings.download_dir / name).read_bytes() for name in names]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False]
