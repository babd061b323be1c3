"""The public JSON shapes."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.config import SECRET_SETTINGS, Settings
from aniworld_dl.model import EpisodeRef, Phase, Status
from aniworld_dl.queue import views
from aniworld_dl.queue.live import LiveEpisode
from aniworld_dl.queue.store import Page
from tests.builders import BROKEN, episode, job, media
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from aniworld_dl.model import Episode

JOB_FIELDS = {
    *("id", "anime_title", "language", "provider", "status", "priority", "position", "bandwidth_limit_bytes_per_s"),
    *("total_episodes", "completed_episodes", "failed_episodes", "progress_percentage", "current_episode_progress"),
    *("current_episode", "speed_bytes_per_s", "eta_seconds", "error_message", "error", "reason", "reason_text"),
    *("reason_until", "reason_params", "duplicate_episodes", "episode_counts"),
    *("created_at", "completed_at"),
}
EPISODE_FIELDS = {
    *("id", "job_id", "position", "url", "season", "number", "title", "status", "phase", "progress_percentage"),
    *("bytes_downloaded", "total_bytes", "speed_bytes_per_s", "eta_seconds", "segments_done", "segments_total"),
    *("priority", "rank", "bandwidth_limit_bytes_per_s", "reason_until", "reason_params"),
    *("attempt", "reason", "reason_text", "error", "error_message", "path", "existing"),
    *("created_at", "started_at", "completed_at"),
}


def _running(
    number: int, done: int, *, of: int = 4, percentage: float = 0.0, clock: FakeClock | None = None
) -> LiveEpisode:
    """Episode `number`, with `done` of its segments of 1000 bytes fetched within a second."""
    clock = FakeClock()
    ref = EpisodeRef(url=f"https://example.org/{number}", season=1, number=number)
    row = episode(
        id=number, position=number, ref=ref, status=Status.DOWNLOADING, attempt=1, progress_percentage=percentage
    )
    live = LiveEpisode(row, clock)
    progress = live.start_download(media(segments=of), clock)
    clock.advance(1.0)
    for index in range(done):
        with progress.attempt(0, index, 1000) as attempt:
            attempt.add(1000)
            attempt.keep()
    return live


def test_every_field_is_there_and_is_json() -> None:
    view = views.job_view(job(counts={Status.QUEUED: 1}))
    assert set(view) == JOB_FIELDS
    assert set(views.episode_view(episode())) == EPISODE_FIELDS
    live = _running(1, 1)
    entry = views.queue_status_entry(job(counts={Status.DOWNLOADING: 1}), [live])
    assert set(entry) == {*JOB_FIELDS, "episodes"}
    assert json.loads(json.dumps(entry)) == entry
    assert set(entry["episodes"][0]) == EPISODE_FIELDS


def test_an_episode_at_rest() -> None:
    row = episode(
        status=Status.COMPLETED,
        path=PurePosixPath("A/a.mkv"),
        existing=True,
        progress_percentage=100.0,
        bytes_downloaded=5,
        total_bytes=5,
        created_at=0.0,
        started_at=1.25,
        completed_at=1_800_000_000.0,
    )
    view = views.episode_view(row)
    assert (view["path"], view["existing"], view["progress_percentage"]) == ("A/a.mkv", True, 100.0)
    assert (view["created_at"], view["started_at"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.250Z")
    assert view["completed_at"] == "2027-01-15T08:00:00.000Z"
    assert (view["phase"], view["speed_bytes_per_s"], view["segments_total"], view["reason"]) == (None, 0, None, None)


def test_a_running_episode() -> None:
    live = _running(3, 1)
    view = views.episode_view(live.episode, live)
    assert (view["status"], view["phase"], view["progress_percentage"]) == ("downloading", "downloading", 25.0)
    assert (view["bytes_downloaded"], view["total_bytes"], view["segments_done"], view["segments_total"]) == (
        1000,
        4000,
        1,
        4,
    )
    assert (view["speed_bytes_per_s"], view["eta_seconds"]) == (1000, 3)
    live.phase = Phase.MUXING
    assert views.episode_view(live.episode, live)["phase"] == "muxing"


def test_a_row_that_has_moved_on_is_believed() -> None:
    live = _running(3, 1)
    paused = episode(status=Status.PAUSED, progress_percentage=10.0)
    assert views.episode_view(paused, live)["progress_percentage"] == 10.0


@pytest.mark.parametrize(
    ("ref", "place"),
    [
        (EpisodeRef(url="https://example.org/x"), (1, 7)),
        (EpisodeRef(url="https://example.org/x", season=0, number=0), (0, 0)),
        (EpisodeRef(url="https://example.org/Show.S02E05.m3u8"), (2, 5)),
        (EpisodeRef(url="https://example.org/Show.S02E05.m3u8", number=9), (2, 9)),
    ],
)
def test_season_and_number_are_those_of_the_file(ref: EpisodeRef, place: tuple[int, int]) -> None:
    view = views.episode_view(episode(ref=ref, position=7))
    assert (view["season"], view["number"]) == place


@pytest.mark.parametrize(
    ("status", "queue_paused", "reason"),
    [
        (Status.QUEUED, False, "slot"),
        (Status.QUEUED, True, "queue_paused"),
        (Status.PAUSED, True, "paused_by_user"),
        (Status.PAUSED, False, "paused_by_user"),
        (Status.DOWNLOADING, True, None),
        (Status.FAILED, True, None),
    ],
)
def test_what_waits_says_why(status: Status, reason: str | None, *, queue_paused: bool) -> None:
    rows = episode(status=status), job(counts={status: 1})
    for view in (
        views.episode_view(rows[0], queue_paused=queue_paused),
        views.job_view(rows[1], queue_paused=queue_paused),
    ):
        assert view["reason"] == reason
        assert view["reason_text"] == (views.REASONS[reason] if reason else None)


def test_a_job_whose_episodes_are_being_listed_says_so() -> None:
    assert views.job_view(job(pending_expansions=1))["reason"] == "resolving"
    assert views.job_view(job(pending_expansions=1, counts={Status.QUEUED: 1}))["reason"] == "slot"


def test_a_job_counts_its_running_episodes() -> None:
    """The mean is over all episodes; what the rows of running ones said at their start is not counted twice."""
    running = [_running(5, 2, percentage=10.0), _running(4, 2)]
    counts = {Status.COMPLETED: 3, Status.DOWNLOADING: 2, Status.QUEUED: 6, Status.FAILED: 1}
    view = views.job_view(job(anime_title="Anime A", counts=counts, progress_sum=310.0), running)
    assert (view["status"], view["completed_episodes"], view["failed_episodes"], view["total_episodes"]) == (
        "downloading",
        3,
        1,
        12,
    )
    assert view["progress_percentage"] == 33.3
    assert view["current_episode"] == "Downloading Anime A - Episode 4 (Season 1) - 50.0%"
    assert view["current_episode_progress"] == 50.0
    assert view["speed_bytes_per_s"] == 2000
    assert view["eta_seconds"] == (2000 + 2000 + 6 * 4000) / 2000


def test_the_series_of_the_episode_names_it() -> None:
    live = _running(4, 1)
    row = episode(ref=EpisodeRef(url="u", series="Leuchtturm", season=2, number=1), status=Status.DOWNLOADING)
    live.episode = row
    view = views.job_view(job(counts={Status.DOWNLOADING: 1}), [live])
    assert view["current_episode"] == "Downloading Leuchtturm - Episode 1 (Season 2) - 25.0%"


def test_no_time_is_promised_that_is_not_known() -> None:
    fresh = LiveEpisode(episode(status=Status.DOWNLOADING), FakeClock())
    view = views.job_view(job(counts={Status.DOWNLOADING: 2}), [_running(1, 1), fresh])
    assert view["eta_seconds"] is None
    assert views.job_view(job(counts={Status.QUEUED: 2}))["eta_seconds"] is None


def test_nothing_shows_100_before_it_is_there() -> None:
    view = views.job_view(job(counts={Status.COMPLETED: 1999, Status.QUEUED: 1}, progress_sum=199_999.0))
    assert view["progress_percentage"] == 99.9
    assert views.job_view(job())["progress_percentage"] == 0.0


def test_a_failed_job_counts_its_failures_and_names_the_first() -> None:
    counts = {Status.COMPLETED: 3, Status.FAILED: 2}
    view = views.job_view(job(counts=counts, episode_error=BROKEN))
    assert view["error"] == {
        "code": "episodes_failed",
        "params": {"failed": 2, "total": 5},
        "text": "2 of 5 episodes failed: example.org answered 404",
    }
    assert view["error_message"] == view["error"]["text"]
    assert views.job_view(job(counts={Status.FAILED: 1}))["error_message"] == "1 of 1 episode failed"
    going_on = {Status.QUEUED: 1, Status.FAILED: 2}
    assert views.job_view(job(counts=going_on, episode_error=BROKEN))["error"] is None


def test_an_address_that_cannot_be_expanded_is_the_jobs_error() -> None:
    view = views.job_view(job(counts={Status.QUEUED: 1}, expansion_error=BROKEN))
    assert view["error"]["code"] == "http_status"
    assert view["error_message"] == "example.org answered 404"


def test_pages() -> None:
    def shown(row: Episode) -> views.View:
        return {"id": row.id}

    page = Page(items=(episode(id=4),), next_cursor="x", total=9)
    assert views.page_view(page, shown) == {"items": [{"id": 4}], "next_cursor": "x", "total": 9}


def test_settings_hide_the_key(settings: Settings) -> None:
    view = views.settings_view(settings)
    assert view["api_key_set"] is False
    assert set(view) == set(Settings.model_fields) - SECRET_SETTINGS | {"api_key_set"}
    secret = views.settings_view(settings.model_copy(update={"api_key": "geheimgeheim"}))
    assert secret["api_key_set"] is True
    assert "geheim" not in json.dumps(secret)
    assert view["download_dir"] == str(settings.download_dir)
    assert isinstance(settings.download_dir, Path)
