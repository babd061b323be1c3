"""What a person sees of an episode, in words and as bars."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from aniworld_dl.cli.bars import Bars
from aniworld_dl.cli.displays import JsonLines, label, outcome, size

URL = "https://media.example/a.m3u8"
CURSOR_UP = "\x1b[1A"
"""A frame that follows others begins behind it."""


SUB = {
    "text": "German Sub instead of German Dub",
    "instead_of_language": "German Dub",
    "instead_of_provider": None,
}


def view(**fields: Any) -> dict[str, Any]:
    """An episode as the engine shows it, in mid-download."""
    usual = {
        "id": 1,
        "position": 1,
        "url": URL,
        "season": 1,
        "number": 4,
        "status": "downloading",
        "phase": "downloading",
        "attempt": 1,
        "existing": False,
        "taken": None,
        "standing": None,
        "path": None,
        "progress_percentage": 25.0,
        "speed_bytes_per_s": 3_145_728,
        "eta_seconds": 12.4,
        "error_message": None,
    }
    return {**usual, **fields}


@pytest.mark.parametrize(
    ("season", "number", "expected"),
    [(1, 4, "S01E04"), (12, 1071, "S12E1071"), (0, 1, "S00E01"), (None, 4, "#7"), (1, None, "#7"), (None, None, "#7")],
)
def test_label(season: int | None, number: int | None, expected: str) -> None:
    assert label(view(season=season, number=number, position=7)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "completed", "path": "A/A S01E04.mkv"}, "completed: A/A S01E04.mkv"),
        ({"status": "completed", "path": "A/A S01E04.mkv", "existing": True}, "exists already: A/A S01E04.mkv"),
        ({"status": "completed", "path": "A", "taken": SUB}, "completed: A (German Sub instead of German Dub)"),
        ({"status": "completed", "path": "A", "taken": {**SUB, "instead_of_language": None}}, "completed: A"),
        (
            {"status": "completed", "path": "A", "taken": SUB, "standing": {"text": "waits for German Dub"}},
            "completed: A (German Sub instead of German Dub; waits for German Dub)",
        ),
        ({"status": "failed", "error_message": "it is gone"}, f"failed: S01E04 {URL}: it is gone"),
        ({"status": "cancelled"}, f"cancelled: S01E04 {URL}"),
    ],
)
def test_outcome(fields: dict[str, Any], expected: str) -> None:
    assert outcome(view(**fields)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024**2, "1.0 MiB"),
        (1024**3, "1.00 GiB"),
        (5.5 * 1024**4, "5632.00 GiB"),
    ],
)
def test_size(number: float, expected: str) -> None:
    assert size(number) == expected


def shown(*episodes: dict[str, Any], terminal: bool) -> str:
    """Return what was written while these were shown."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=200, no_color=True, _environ={})
    with Bars(console) as bars:
        for episode in episodes:
            bars.show(episode)
    return output.getvalue()


def test_without_a_terminal_only_ends_are_told_and_once() -> None:
    done = view(status="completed", path="A/[red]A[/red].mkv", phase=None)
    output = shown(view(status="queued"), view(), done, done, terminal=False)
    assert output == "completed: A/[red]A[/red].mkv\n"


def test_a_later_attempt_is_told_again() -> None:
    broken = view(status="failed", phase=None)
    assert shown(broken, {**broken, "attempt": 2}, terminal=False) == f"failed: S01E04 {URL}\n" * 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["S01E04", " 25.0 %", "3.0 MiB/s, 12 s"]),
        ({"eta_seconds": None}, ["3.0 MiB/s"]),
        ({"speed_bytes_per_s": None, "eta_seconds": None}, ["0 B/s"]),
        ({"phase": "muxing"}, ["muxing"]),
        ({"phase": None}, ["S01E04"]),
    ],
)
def test_a_running_episode_has_a_bar(fields: dict[str, Any], words: list[str]) -> None:
    output = shown(view(**fields), terminal=True)
    assert all(word in output for word in words), output


def test_an_episode_that_has_ended_has_no_bar() -> None:
    """Not the first one either: the last frame is empty."""
    first, second = view(), view(id=2, number=5)
    ended = [{**episode, "status": "completed", "phase": None, "path": "x"} for episode in (first, second)]
    _, _, last_frame = shown(first, second, *ended, terminal=True).rpartition(CURSOR_UP)
    assert "S01E" not in last_frame


def test_as_json_every_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    display = JsonLines()
    display.show(view(error_message="Grüße"))
    display.show(view(status="completed"))
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"type": "episode", **view(error_message="Grüße")}
    assert json.loads(second)["status"] == "completed"
    assert "Grüße" in first
