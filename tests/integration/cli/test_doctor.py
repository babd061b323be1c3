"""`aniworld-dl doctor` on this machine."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Command


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders that do not exist yet, and a port that is free."""
    monkeypatch.setenv("ANIWORLD_DL_DOWNLOAD_DIR", str(tmp_path / "downloads"))
    monkeypatch.setenv("ANIWORLD_DL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ANIWORLD_DL_PORT", "0")
    return tmp_path


def test_a_sound_installation(command: Command, folders: Path) -> None:
    ended = command("doctor")
    assert ended.status == 0
    lines = {line.split()[1]: line for line in ended.output.splitlines()}
    assert len(lines) == 15
    assert lines["ffmpeg"].startswith("ok   ffmpeg       ffmpeg ")
    assert lines["data_dir"] == f"ok   data_dir     {folders}/data does not exist yet and will be created"
    assert list(folders.iterdir()) == []


def test_a_fault_is_told_with_its_mend(command: Command, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folders / "data").mkdir()
    (folders / "data" / "queue.sqlite3").write_bytes(b"no database" * 500)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example:3128")
    ended = command("doctor", "--json")
    assert ended.status == 1
    found = {line["name"]: line for line in ended.lines()}
    assert (found["database"]["outcome"], found["database"]["code"]) == ("fail", "database_damaged")
    assert found["database"]["text"].endswith("start the service anew, what can be read is rescued")
    assert found["proxy"]["outcome"] == "warn"
    assert "secret" not in ended.output


def test_a_provider_that_does_not_load_is_no_log_line(
    command: Command, folders: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The findings are what is said; the log is quiet."""
    ended = command("doctor")
    assert ended.complaints == ""
    assert logging.getLogger("aniworld_dl").level == logging.CRITICAL
