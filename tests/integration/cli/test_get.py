"""`aniworld-dl get`: what is downloaded, what is said about it, and the exit status."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from tests.commands import LOOPBACK
from tests.integration.engine_work import files
from tests.media_samples import EARLY, FMP4, SEGMENTS, TS

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

    from aniworld_dl.demo.origin import Origin
    from tests.integration.cli.conftest import Command
    from tests.media_samples import Samples

pytestmark = pytest.mark.timeout(60)


def test_without_any_option_it_takes_names_from_the_address(command: Command, site: Origin, samples: Samples) -> None:
    """And puts the file into the folder where it is called, with nothing beside it."""
    ended = command("get", site.add_file("Nordlicht.S02E03.1080p.mp4", samples.folder / EARLY))
    assert (ended.status, ended.complaints) == (0, "")
    assert ended.output == "completed: Nordlicht/Season 02/Nordlicht S02E03.mkv\n"
    assert files(Path.cwd()) == ["Nordlicht/Season 02/Nordlicht S02E03.mkv"]


def test_of_two_addresses_one_is_gone(command: Command, site: Origin, tmp_path: Path) -> None:
    """The other is downloaded all the same; both ends are told in words, and the status says that one is missing."""
    gone = site.url("/none/S01E02.m3u8")
    ended = command("get", site.url(TS), gone, "--title", "Nordlicht", "-o", str(tmp_path))
    assert ended.status == 1
    assert sorted(ended.output.splitlines()) == [
        "completed: Nordlicht/Season 01/Nordlicht S01E01.mkv",
        f"failed: S01E02 {gone}: 127.0.0.1 answered 404 for {gone}",
    ]
    assert ended.complaints == ""
    assert files(tmp_path) == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]


def test_as_json(command: Command, site: Origin, tmp_path: Path) -> None:
    """Every line is an object: each change of an episode, whole, and at the end the jobs with their episodes."""
    gone = site.url("/none/S01E02.m3u8")
    ended = command("get", site.url(TS), gone, "--title", "Nordlicht", "-o", str(tmp_path), "--json")
    assert (ended.status, ended.complaints) == (1, "")
    *changes, job = ended.lines()
    assert {line["type"] for line in changes} == {"episode"}
    assert {line["url"]: line["status"] for line in changes} == {site.url(TS): "completed", gone: "failed"}
    assert job["type"] == "job"
    assert (job["anime_title"], job["status"], job["total_episodes"]) == ("Nordlicht", "failed", 2)
    first, second = job["episodes"]
    assert (first["status"], first["path"]) == ("completed", "Nordlicht/Season 01/Nordlicht S01E01.mkv")
    assert (second["status"], second["error"]["code"]) == ("failed", "http_status")
    assert first.keys() == second.keys() == changes[0].keys() - {"type"}


def test_addresses_of_several_series_are_several_jobs(command: Command, site: Origin, samples: Samples) -> None:
    urls = [site.add_file(f"{name}/S01E01.mp4", samples.folder / EARLY) for name in ("Nordlicht", "Kielwasser")]
    ended = command("get", *urls, "--json", "--language", "German Sub", "--provider", "VOE")
    jobs = [line for line in ended.lines() if line["type"] == "job"]
    assert [(job["anime_title"], job["language"], job["provider"]) for job in jobs] == [
        ("Nordlicht", "German Sub", "VOE"),
        ("Kielwasser", "German Sub", "VOE"),
    ]
    assert len(files(Path.cwd())) == 2


def test_again_it_fetches_nothing(command: Command, site: Origin) -> None:
    arguments = ("get", site.url(TS), "--title", "Nordlicht")
    command(*arguments)
    asked = len(site.requests)
    ended = command(*arguments)
    assert (ended.status, ended.output) == (0, "exists already: Nordlicht/Season 01/Nordlicht S01E01.mkv\n")
    assert len(site.requests) == asked


def test_interrupted_it_resumes(command: Command, site: Origin, portal: BlockingPortal) -> None:
    """SIGINT ends it with the status that a shell expects; the same command goes on with what is missing."""
    gate = site.faults.add(Fault(kind=FaultKind.GATE, path="/ts/007.ts"))

    def stored() -> int:
        """Return how many lines the ledger has below its first."""
        return sum(path.read_text().count("\n") - 1 for path in Path("out/.aniworld-dl").glob("*/ledger.jsonl"))

    async def interrupt() -> None:
        await gate.reached()
        while stored() < SEGMENTS - 1:  # noqa: ASYNC110 - it waits for a file
            await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = portal.start_task_soon(interrupt)
    ended = command("get", site.url(TS), "--title", "Nordlicht", "-o", "out")
    interrupting.result()
    assert ended.status == 130
    assert [path.name for path in Path("out").iterdir()] == [".aniworld-dl"]

    gate.open()
    assert command("get", site.url(TS), "--title", "Nordlicht", "-o", "out").status == 0
    assert files(Path("out")) == ["Nordlicht/Season 01/Nordlicht S01E01.mkv"]
    assert [site.count(f"/ts/{index:03}.ts") for index in range(SEGMENTS - 1)] == [1] * (SEGMENTS - 1)


@pytest.mark.parametrize("rate", ["2M", "1.5MB/s", "800000"])
def test_a_rate_is_taken_as_people_write_it(command: Command, site: Origin, rate: str) -> None:
    ended = command("get", site.url(FMP4), "--title", "Nordlicht", "--limit-rate", rate)
    assert (ended.status, ended.output) == (0, "completed: Nordlicht/Season 01/Nordlicht S01E01.mkv\n")


def test_a_series_page(command: Command, series: str, tmp_path: Path) -> None:
    """All of its episodes come, named as the page says, whatever the title."""
    ended = command("get", series, "-o", str(tmp_path), "-j", "1")
    assert ended.status == 0
    names = [f"Nachtzug/Season 01/Nachtzug S01E0{number}.mkv" for number in (1, 2)]
    assert ended.output.splitlines() == [f"completed: {name}" for name in names]
    assert files(tmp_path) == names


def test_a_dry_run_shows_what_would_come(command: Command, site: Origin, series: str, tmp_path: Path) -> None:
    """As a table and as lines, without a trace of it on the disk; the status says whether all of it could come."""
    target = tmp_path / "not/there"
    shown = command("get", "--dry-run", series, "-o", str(target))
    assert (shown.status, shown.complaints) == (0, "")
    header, first, second, *words = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert header == "episode title what language picture source size"
    assert first.startswith("S01E01 Nachtzug ")
    assert " new " in first
    assert second.startswith("S01E02 Nachtzug ")
    assert words[0].endswith(": 2 new, 0 existing, 0 queued already")
    assert words[1].endswith("free: it fits")

    same = [site.url(f"{path}/S01E01.m3u8") for path in ("/one", "/two")]
    ended = command("get", "--dry-run", "--json", *same, "nobody:knows", "--title", "Nordlicht", "-o", str(target))
    assert ended.status == 1
    address, *episodes, plan = ended.lines()
    assert [line["type"] for line in (address, *episodes, plan)] == ["address", "episode", "episode", "plan"]
    assert address["error"]["code"] == "url_invalid"
    assert [each["verdict"] for each in episodes] == ["new", "clash"]
    assert (plan["anime_title"], plan["totals"]["clashes"]) == ("Nordlicht", 1)
    said = command("get", "--dry-run", *same, "--title", "Nordlicht", "-o", str(target)).output
    assert "1 new, 0 existing, 0 queued already, 1 of a name that another one has" in said
    assert list(tmp_path.iterdir()) == []


def test_a_series_page_that_is_gone(command: Command, site: Origin, tmp_path: Path) -> None:
    """There is no episode to tell of: what went wrong is an error, on one line however long the address."""
    url = site.url(f"/aniworld-dl-demo/series/{'none-' * 45}x/")
    ended = command("get", url, "-o", str(tmp_path))
    assert (ended.status, ended.output) == (1, "")
    assert ended.complaints == f"failed: {url} leads to no episode\n"


def test_an_address_that_is_not_public_is_refused(
    command: Command, site: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a setting allows it, which all the other tests do."""
    for name in LOOPBACK:
        monkeypatch.delenv(name)
    ended = command("get", site.url(TS), "--title", "Nordlicht")
    assert ended.status == 1
    assert ended.output.startswith(f"failed: S01E01 {site.url(TS)}: ")
    assert "allowed_private_networks" in ended.output
    assert site.requests == []
