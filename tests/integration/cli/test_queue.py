"""The commands that see and steer the queue, against a real service in another thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.cli.queue_watch import Picture
from aniworld_dl.demo.faults import Fault, FaultKind
from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from aniworld_dl.demo.origin import Origin
    from tests.commands import Ended
    from tests.integration.cli.conftest import Command

NOWHERE = "https://media.example/nordlicht/S01E0"
KEY = "schlüssel & co"


@pytest.fixture
def queue(start: Callable[..., Any], command: Command) -> Iterator[Callable[..., Ended]]:
    """Run `aniworld-dl queue` with arguments against a service that starts nothing."""
    with start() as url:
        yield lambda *arguments: command("queue", "--server", url, *arguments)


@pytest.fixture
def filled(queue: Callable[..., Ended]) -> Callable[..., Ended]:
    """The same with two jobs of two and one episodes."""
    assert queue("add", f"{NOWHERE}1.m3u8", f"{NOWHERE}2.m3u8", "--title", "Nordlicht").status == 0
    assert queue("add", f"{NOWHERE}3.m3u8", "--title", "Süd [licht]", "--priority", "3", "--paused").status == 0
    return queue


def answer(ended: Ended) -> Any:
    assert ended.status == 0, ended.complaints
    return json.loads(ended.output)


def words(ended: Ended) -> str:
    return " ".join(ended.output.split())


def test_what_is_added_is_listed(filled: Callable[..., Ended]) -> None:
    lines = filled("list").output.splitlines()
    assert lines[0].split() == ["job", "title", "status", "episodes", "progress", "speed", "ETA"]
    assert " ".join(lines[1].split()) == "2 Süd [licht] paused 0/1 0.0 % was paused"
    assert " ".join(lines[2].split()) == "1 Nordlicht queued 0/2 0.0 % waits for a free slot"
    assert "S01E02" in filled("list", "1").output
    assert "Nordlicht" not in filled("list", "--search", "süd").output
    assert words(filled("list", "--status", "failed")) == "nothing"
    assert words(filled("list", "--ended")) == "nothing"


def test_a_dry_run_shows_what_would_be_queued(queue: Callable[..., Ended], site: Origin) -> None:
    """A table of episodes and what there is to say; nothing is queued but what was before."""
    assert queue("add", site.url(TS), "--title", "Nordlicht", "--paused").status == 0
    wanted = (site.url(TS), site.url("/none/S01E07.m3u8"), site.url("/ts/index.m3u8?2"), "nobody:knows")
    shown = queue("add", "--dry-run", "--title", "Nordlicht", *wanted)
    assert shown.status == 0, shown.complaints
    lines = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert lines[0] == "episode title what language picture source size"
    assert any("duplicate" in line and line.endswith("e1 of job 1") for line in lines)
    assert any(line.startswith("S01E07 new direct") and "answered 404" in line for line in lines)
    assert any(line.startswith("nobody:knows: ") for line in lines)
    assert "Nordlicht: 2 new, 0 existing, 1 queued already" in lines
    assert answer(queue("--json", "add", "--dry-run", *wanted[:1]))["totals"]["episodes"] == 1
    assert len(answer(queue("--json", "list"))) == 1


def test_json_is_what_the_service_answers(filled: Callable[..., Ended]) -> None:
    assert [job["anime_title"] for job in answer(filled("--json", "list"))] == ["Süd [licht]", "Nordlicht"]
    assert answer(filled("--json", "pause", "2"))["changed"] == 0
    assert answer(filled("--json", "slots", "0"))["max_concurrent_downloads"] == 0
    assert filled("list", "7").complaints == "aniworld-dl: error: there is no job 7\n"


def test_common_options_may_stand_behind_the_command(filled: Callable[..., Ended]) -> None:
    """As many write them; what stands there holds."""
    assert len(answer(filled("list", "--json"))) == 2
    assert answer(filled("list", "1", "--limit", "1", "--json"))["total"] == 2
    ended = filled("list", "--server", "http://127.0.0.1:1", "--api-key", "key")
    assert (ended.status, ended.output) == (1, "")
    assert "no service answers at http://127.0.0.1:1 " in ended.complaints


def test_actions_reach_what_is_named(filled: Callable[..., Ended]) -> None:
    def after(*arguments: str) -> list[str]:
        assert filled(*arguments).status == 0
        pages = [answer(filled("--json", "list", job)) for job in ("1", "2")]
        return [episode["status"] for page in pages for episode in page["items"]]

    assert after("pause", "e1") == ["paused", "queued", "paused"]
    assert after("resume", "--all") == ["queued", "queued", "queued"]
    assert after("pause", "1") == ["paused", "paused", "queued"]
    assert after("cancel", "e2", "2") == ["paused", "cancelled", "cancelled"]
    assert after("retry", "2") == ["paused", "cancelled", "queued"]
    assert after("pause") == ["paused", "cancelled", "queued"]


def test_the_whole_queue_is_paused_and_resumed(filled: Callable[..., Ended]) -> None:
    assert filled("pause").output == "the queue is paused\n"
    assert "the whole queue is paused" in filled("list").output
    assert filled("resume").output == "the queue goes on\n"


def test_what_is_refused_is_told(filled: Callable[..., Ended]) -> None:
    ended = filled("retry", "1", "e99")
    assert ended.status == 1
    assert "refused: there is no episode 99" in ended.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["cancel"], "name jobs or episodes, or --all, not both"),
        (["cancel", "1", "--all"], "name jobs or episodes, or --all, not both"),
        (["cancel", "x"], "write a job as 7 and an episode as e12"),
        (["slots", "many"], "write a job as 7"),
        (["clear", "--status", "running"], "use some of cancelled, completed, failed"),
        (["limit", "fast"], "500K or 2M"),
    ],
)
def test_mistakes_are_named(command: Command, arguments: list[str], complaint: str) -> None:
    ended = command("queue", *arguments)
    assert (ended.status, ended.output) == (2, "")
    assert complaint in ended.complaints


def test_places_limits_and_slots(filled: Callable[..., Ended]) -> None:
    assert filled("move", "1", "before", "2").output == "job 1 is moved\n"
    assert [line.split()[0] for line in filled("list").output.splitlines()[1:]] == ["1", "2"]
    assert filled("move", "e2", "top").output == "episode 2 is moved\n"
    assert [line.split()[0] for line in filled("list", "1").output.splitlines()[1:]] == ["e2", "e1"]
    assert filled("move", "e2", "after", "e1").status == 0
    assert filled("priority", "9", "2").status == 0
    assert [line.split()[0] for line in filled("list").output.splitlines()[1:]] == ["2", "1"]
    assert filled("limit", "2M", "1").output == "set: 1 changed\n"
    assert filled("limit", "500K").output == "limit: 500K\n"
    assert filled("limit", "none").output == "limit: none\n"
    assert filled("slots", "0").output == "episodes at a time: 0\n"


def test_removing_and_clearing(filled: Callable[..., Ended]) -> None:
    assert filled("remove", "2").status == 0
    assert filled("cancel", "1").status == 0
    assert "Nordlicht" in filled("list", "--ended").output
    assert filled("clear", "--status", "completed").output.startswith("clear: 0 changed")
    assert filled("clear").output.startswith("clear: 1 changed")
    assert words(filled("list", "--ended")) == "nothing"


@pytest.fixture
def runs_when_watched(portal: BlockingPortal, site: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is downloaded wait until the first message has come."""
    gate = portal.call(site.faults.add, Fault(kind=FaultKind.GATE))
    take = Picture.take

    def taken(picture: Picture, message: Any) -> None:
        take(picture, message)
        portal.call(gate.open)

    monkeypatch.setattr(Picture, "take", taken)


@pytest.mark.usefixtures("runs_when_watched")
def test_the_queue_is_watched_until_all_is_done(
    start: Callable[..., Any], command: Command, site: Origin, tmp_path: Path
) -> None:
    with start(max_concurrent_downloads=1) as url:
        assert command("queue", "--server", url, "add", site.url(TS), "--title", "Nordlicht").status == 0
        lines = command("queue", "--server", url, "watch", "--until-idle").output.splitlines()
        assert {"job 1 Nordlicht: completed", "episode 1 S01E01 of job 1: completed"} <= set(lines)
        messages = command("queue", "--server", url, "--json", "watch", "--until-idle").lines()
        assert messages[0]["type"] == "snapshot"
        assert "completed" in command("queue", "--server", url, "list", "--ended").output
    assert list((tmp_path / "films").rglob("*.mkv"))


def test_the_key_is_sent_and_asked_for(start: Callable[..., Any], command: Command) -> None:
    with start(api_key=KEY) as url:
        refused = command("queue", "--server", url, "list")
        assert (refused.status, refused.output) == (1, "")
        assert "--api-key" in refused.complaints
        assert command("queue", "--server", url, "--api-key", KEY, "list").status == 0


def test_where_nothing_answers_it_says_so(command: Command, site: Origin) -> None:
    ended = command("queue", "--server", "http://127.0.0.1:9", "list")
    assert (ended.status, ended.output) == (1, "")
    assert "aniworld-dl serve" in ended.complaints
    for url, told in [
        (site.url(""), "404"),
        ("ftp://127.0.0.1", "no service answers"),
        ("http://host:port", "is no address"),
    ]:
        ended = command("queue", "--server", url, "list")
        assert ended.status == 1
        assert told in ended.complaints
