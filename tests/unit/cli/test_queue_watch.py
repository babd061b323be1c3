"""What the live messages add up to, for who watches them in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from aniworld_dl.cli.queue_tables import eta, why
from aniworld_dl.cli.queue_watch import Picture, line


def job(**fields: Any) -> dict[str, Any]:
    usual = {
        "id": 1,
        "anime_title": "Nordlicht",
        "status": "downloading",
        "completed_episodes": 3,
        "total_episodes": 12,
        "progress_percentage": 27.5,
        "speed_bytes_per_s": 1_048_576,
        "eta_seconds": 3661,
        "reason": None,
        "error_message": None,
    }
    return {**usual, **fields}


def episode(**fields: Any) -> dict[str, Any]:
    usual = {"job_id": 1, "id": 7, "position": 4, "season": 1, "number": 4, "phase": "muxing", "path": None, "url": "u"}
    return {**job(), **usual, **fields}


SNAPSHOT = {
    "type": "snapshot",
    "jobs": {"1": job()},
    "episodes": {"7": episode()},
    "stats": {"running": 1, "queued": 2, "slots": 3, "speed_bytes_per_s": 2048, "queue_paused": True},
}


def drawn(picture: Picture) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=150).print(picture.table())
    return [" ".join(text.split()) for text in output.getvalue().splitlines() if text.strip()]


def test_a_snapshot_and_its_patches_are_drawn() -> None:
    picture = Picture()
    picture.take(SNAPSHOT)
    assert drawn(picture) == [
        "2.0 KiB/s 1 of 3 run, 2 wait the queue is paused",
        "id episode status progress speed ETA",
        "e7 S01E04 muxing 27.5 % 1.0 MiB/s 1:01:01 u",
        "job title status episodes progress speed ETA",
        "1 Nordlicht downloading 3/12 27.5 % 1.0 MiB/s 1:01:01",
    ]
    patch = {"jobs": {"1": {"progress_percentage": 30.0}}, "stats": {"queue_paused": False}}
    picture.take({"type": "patch", **patch})
    assert picture.changed == []
    assert drawn(picture)[0] == "2.0 KiB/s 1 of 3 run, 2 wait"
    picture.take({"type": "patch", "stats": {"tuning": {"reason_text": "one more is tried"}}})
    assert drawn(picture)[0] == "2.0 KiB/s 1 of 3 run, 2 wait auto: one more is tried"
    assert "30.0 %" in drawn(picture)[-1]


def test_what_has_ended_or_is_removed_is_drawn_no_more() -> None:
    picture = Picture()
    picture.take(SNAPSHOT)
    picture.take({"type": "patch", "jobs": {"1": None}, "episodes": {"7": {"status": "completed"}}})
    assert [(kind, row["status"]) for kind, row in picture.changed] == [("episode", "completed")]
    assert drawn(picture) == ["2.0 KiB/s 1 of 3 run, 2 wait the queue is paused"]


def test_it_is_idle_when_nothing_runs_or_waits() -> None:
    picture = Picture()
    picture.take(SNAPSHOT)
    assert not picture.idle
    picture.take({"type": "patch", "stats": {"running": 0, "queued": 0}})
    assert picture.idle


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        ("job", job(), "job 1 Nordlicht: downloading"),
        ("episode", episode(status="failed", error_message="gone"), "episode 7 S01E04 of job 1: failed (gone)"),
        (
            "job",
            job(status="queued", reason="slot", reason_text="waits for a free slot", reason_until="12:00"),
            "job 1 Nordlicht: queued (waits for a free slot until 12:00)",
        ),
        (
            "episode",
            episode(status="queued", reason="retry_backoff", reason_text="is tried again", error_message="gone"),
            "episode 7 S01E04 of job 1: queued (is tried again (gone))",
        ),
    ],
)
def test_a_change_as_a_line(kind: str, row: dict[str, Any], expected: str) -> None:
    assert line(kind, row) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(None, ""), (59.6, "1:00"), (3600, "1:00:00"), (5, "0:05")])
def test_eta(seconds: float | None, expected: str) -> None:
    assert eta({"eta_seconds": seconds}) == expected


def test_nothing_to_say() -> None:
    assert why(job()) == ""
