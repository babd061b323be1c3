"""Log lines: one event, its fields, and structlog only where a line is written."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from aniworld_dl.logs import get_logger

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


def test_a_command_starts_without_structlog() -> None:
    """It takes a seventh of the start, and a download that goes well writes no line."""
    code = "import sys, aniworld_dl.cli.main, aniworld_dl.cli.get; sys.exit('structlog' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
