"""`aniworld-dl verify`: whether finished files are still whole."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli.verify import _verify

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from tests.integration.cli.conftest import Command
    from tests.media_samples import Samples

NAME = "Nordlicht S01E01.mkv"


@pytest.fixture
def shelf(tmp_path: Path, samples: Samples) -> Path:
    """A folder as downloads leave it: two finished episodes, and work in progress."""
    shelf = tmp_path / "shelf"
    season = shelf / "Nordlicht" / "Season 01"
    season.mkdir(parents=True)
    shutil.copy(samples.folder / "episode.mkv", season / NAME)
    shutil.copy(samples.folder / "early.mp4", season / "Nordlicht S01E02.MP4")
    (season / "tvshow.nfo").write_text("no film")
    work = shelf / ".aniworld-dl" / "x"
    work.mkdir(parents=True)
    (work / "result.part.mkv").write_bytes(b"half")
    return shelf


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def test_whole_files_below_a_folder(command: Command, shelf: Path) -> None:
    ended = command("verify", str(shelf))
    assert (ended.status, ended.complaints) == (0, "")
    first, second = ended.output.splitlines()
    assert first.split(maxsplit=1) == ["ok", str(shelf / "Nordlicht/Season 01" / NAME)]
    assert second.startswith("ok")


def test_a_damaged_file_is_named_with_its_time(command: Command, shelf: Path) -> None:
    path = shelf / "Nordlicht/Season 01" / NAME
    damage(path)
    ended = command("verify", str(path))
    assert ended.status == 1
    told = rf"damaged    {re.escape(str(path))} 00:00:0\d-00:00:0\d the cluster at byte \d+ does not fit its checksum\n"
    assert re.fullmatch(told, ended.output)


def test_as_json_with_everything_that_is_known(command: Command, shelf: Path) -> None:
    path = shelf / "Nordlicht/Season 01" / NAME
    damage(path)
    (shelf / "broken.mkv").mkdir()
    ended = command("verify", str(shelf), "--json")
    assert ended.status == 1
    damaged, whole = ended.lines()
    [span] = damaged.pop("missing")
    assert 0 <= span["start_s"] < span["end_s"] <= 9
    [reason] = damaged.pop("reasons")
    assert reason.endswith("does not fit its checksum")
    assert damaged == {"path": str(path), "status": "damaged", "checked_by": "checksums"}
    assert (whole["status"], whole["checked_by"], whole["missing"]) == ("ok", "decoding", [])


def test_decoding_can_be_asked_for(command: Command, shelf: Path) -> None:
    [whole] = command("verify", "--decode", "--json", str(shelf / "Nordlicht/Season 01" / NAME)).lines()
    assert (whole["status"], whole["checked_by"]) == ("ok", "decoding")


@pytest.mark.parametrize(("name", "words"), [("none.mkv", "there is no such file"), ("a.txt", "only .mkv and .mp4")])
def test_what_cannot_be_checked_is_a_mistake(command: Command, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "a.txt").write_text("text")
    ended = command("verify", str(tmp_path / name))
    assert ended.status == 2
    assert words in ended.complaints


async def test_a_file_that_cannot_be_read_is_not_whole(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Someone may have taken it away meanwhile."""
    status = await _verify(settings, [tmp_path / "gone.mkv"], decode=False, as_json=True)
    assert status == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "unreadable"
    assert "gone.mkv" in told["reasons"][0]


def test_a_folder_without_films_has_nothing_that_is_damaged(command: Command, tmp_path: Path) -> None:
    ended = command("verify", str(tmp_path))
    assert (ended.status, ended.output) == (0, "")
