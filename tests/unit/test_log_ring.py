"""The kept log: bounded, structured, in order, and without secrets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.log_ring import MOST_LINES, LogRing, kept_log
from aniworld_dl.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "correct horse"


@pytest.fixture
def ring() -> Iterator[LogRing]:
    logging.getLogger("aniworld_dl").setLevel(logging.INFO)
    with kept_log([SECRET, ""]) as ring:
        yield ring


def test_a_line_keeps_event_level_and_fields(ring: LogRing) -> None:
    get_logger("aniworld_dl.test").warning("moved", episode_id=4, reason="why", code=None)
    (line,) = ring.after(0, 10)
    assert (line.seq, line.level, line.logger, line.event) == (1, "warning", "aniworld_dl.test", "moved")
    assert line.fields == {"episode_id": 4, "reason": "why", "code": None}


def test_lines_of_others_are_kept_as_they_are(ring: LogRing) -> None:
    logging.getLogger("uvicorn.error").warning("port %d", 8080)
    assert [line.event for line in ring.after(0, 10)] == ["port 8080"]


def test_only_what_came_after_is_given_the_newest_of_more(ring: LogRing) -> None:
    for number in range(5):
        get_logger("aniworld_dl.test").info("counted", number=number)
    assert [line.seq for line in ring.after(2, 10)] == [3, 4, 5]
    assert [line.seq for line in ring.after(0, 2)] == [4, 5]
    assert ring.after(5, 10) == []
    assert ring.last == 5


def test_it_is_bounded(ring: LogRing) -> None:
    for _ in range(MOST_LINES + 7):
        get_logger("aniworld_dl.test").info("again")
    lines = ring.after(0, 10 * MOST_LINES)
    assert len(lines) == MOST_LINES
    assert (lines[0].seq, lines[-1].seq) == (8, MOST_LINES + 7)


def test_secrets_are_not_kept(ring: LogRing) -> None:
    logger = get_logger("aniworld_dl.test")
    logger.info("asked", url="https://media.example/a.m3u8?token=abc#x", api_key="1234", text=f"say {SECRET}")
    logger.info("asked", url="https://user:pass@media.example/b")
    first, second = ring.after(0, 10)
    assert first.fields == {"url": "https://media.example/a.m3u8", "api_key": "***", "text": "say ***"}
    assert second.fields == {"url": "https://media.example/b"}


def test_an_exception_is_told_by_its_last_line(ring: LogRing) -> None:
    try:
        int("no")
    except ValueError:
        get_logger("aniworld_dl.test").exception("failed", long="x" * 2000)
    (line,) = ring.after(0, 10)
    assert str(line.fields["exception"]).startswith("ValueError: invalid literal")
    assert len(str(line.fields["long"])) == 500


def test_nothing_is_kept_after_the_block() -> None:
    with kept_log() as ring:
        pass
    get_logger("aniworld_dl.test").warning("late")
    assert ring.after(0, 10) == []
