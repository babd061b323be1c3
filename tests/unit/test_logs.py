"""Log lines: one event, its fields, and structlog only where a line is written."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aniworld_dl.logs import get_logger, log_about, set_up_logs

if TYPE_CHECKING:
    import pytest


def test_a_line_has_event_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        get_logger("aniworld_dl.test").info("moved", episode_id=4, reason='a "b"\nc')
    assert caplog.messages == ['event=moved episode_id=4 reason="a \\"b\\"\\nc"']
    assert caplog.records[0].name == "aniworld_dl.test"


def test_a_quiet_level_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        get_logger("aniworld_dl.test").info("moved")
    assert caplog.messages == []


def test_an_exception_brings_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("no")
    except ValueError:
        get_logger("aniworld_dl.test").exception("failed")
    assert "ValueError: invalid literal" in caplog.text


def test_a_line_says_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    """What it says itself wins, and nothing is left behind."""
    log = get_logger("aniworld_dl.test")
    with caplog.at_level(logging.INFO):
        with log_about(job_id=1, episode_id=2), log_about(episode_id=3):
            log.info("moved", job_id=9)
        log.info("moved")
    assert caplog.messages == ["event=moved job_id=9 episode_id=3", "event=moved"]


def test_lines_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger("aniworld_dl")
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "propagate", root.propagate)
    monkeypatch.setattr(root, "level", root.level)
    set_up_logs(as_json=True)
    set_up_logs(None, as_json=True)  # leaves the level
    try:
        int("no")
    except ValueError:
        get_logger("aniworld_dl.test").exception("failed", path=PurePosixPath("/ü"), note="a\n{b}")
    logging.getLogger("aniworld_dl.test").info("plain %s", "words")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("at").endswith("Z")
    assert "ValueError: invalid literal" in first.pop("exception")
    assert first == {
        "level": "error", "logger": "aniworld_dl.test", "event": "failed", "path": "/ü", "note": "a\n{b}"
    }  # fmt: skip
    assert (second["event"], second["level"]) == ("plain words", "info")


def test_a_command_starts_without_structlog() -> None:
    """It takes a seventh of the start, and a download that goes well writes no line."""
    code = "import sys, aniworld_dl.cli.main, aniworld_dl.cli.get; sys.exit('structlog' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
