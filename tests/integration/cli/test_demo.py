"""`aniworld-dl demo --once`: everything is downloaded and decoded, and what is not whole is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.cli.demo import download_once
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, SERIES, Catalogue
from tests.integration.engine_work import files

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.content import Content

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")


async def test_every_series_once(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue = Catalogue(tmp_path / "made", series=SERIES, episodes=1, duration_s=2)
    assert await download_once(settings, catalogue) == 0
    names = [f"{title}/Season 01/{title} S01E01.mkv" for title in ("Kupferwald", "Nachtzug", "Sternenhafen")]
    assert files(settings.download_dir) == names
    *lines, table, last = capsys.readouterr().out.strip().rpartition("\n")
    told = "".join([*lines, table])
    assert all(f"completed: {name}\n" in told for name in names)
    assert told.count(" whole ") == 3
    assert last.startswith("3 of 3 episodes complete and decoded without an error, ")
    assert last.endswith(f", in {settings.download_dir}")


async def test_a_file_that_does_not_decode_is_told(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was there before, and nobody has proven it."""
    file = settings.download_dir / "Nachtzug/Season 01/Nachtzug S01E01.mkv"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no film")
    catalogue = Catalogue(tmp_path / "made", series=[NACHTZUG], episodes=1, duration_s=2)
    assert await download_once(settings, catalogue) == 1
    output = capsys.readouterr().out
    assert "Invalid data found" in output
    assert "0 of 1 episodes complete" in output


class Incomplete(Catalogue):
    """Has lost the page of one series."""

    async def find(self, path: str) -> Content | None:
        return None if path == KUPFERWALD.page else await super().find(path)


async def test_a_series_that_could_not_be_listed_is_told_and_counted(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = Incomplete(tmp_path / "made", series=[KUPFERWALD, NACHTZUG], episodes=2, duration_s=2)
    assert await download_once(settings, catalogue) == 1
    output = capsys.readouterr().out
    assert "leads to no episode" in output
    assert "2 of 4 episodes complete" in output
