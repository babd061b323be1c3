"""The public JSON shapes of jobs, episodes, settings and figures: what REST, the live messages and Python show.

Times are RFC 3339 in UTC, rates bytes per second, durations seconds, percentages 0-100 with one decimal.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aniworld_dl.config import SECRET_SETTINGS
from aniworld_dl.media.shelf.place import place_in_series
from aniworld_dl.model import ErrorInfo, HoldReason, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, Hold, Job, Standing, Taken
    from aniworld_dl.queue.live import LiveEpisode
    from aniworld_dl.queue.store import Item, Page
    from aniworld_dl.schedule import Spell

View = dict[str, Any]

REASONS: Final = {
    "slot": "waits for a free slot",
    "queue_paused": "the whole queue is paused",
    "data_folder": "the data folder cannot be written, so that nothing can be noted down",
    "download_folder": "the download folder cannot be written",
    "outside_schedule": "the schedule wants nothing to run at this hour",
    "paused_by_user": "was paused",
    "resolving": "its episodes are being listed",
    HoldReason.RETRY_BACKOFF: "its last attempt failed; it is tried again later",
    HoldReason.HOST_COOLDOWN: "its server wants to be left alone for a while",
    HoldReason.DISK_RESERVE: "there is too little space where it goes",
    HoldReason.NEEDS_PERSON: "its page wants to see a person: open it, then retry",
}
"""Why something waits: the code and the sentence for people."""


class Reason(NamedTuple):
    """Why something waits: the code, until when if that is known (seconds since the epoch), and what else is known."""

    code: str | None
    until: float | None = None
    params: Mapping[str, str | int | float | None] = MappingProxyType({})


_COUNTED: Final = tuple((status, status.value) for status in Status)
"""An enum's own attributes are slow, and a page has hundreds of jobs."""
EPISODES_FAILED: Final = "episodes_failed"
"""Code of the error of a job some of whose episodes failed. Params: failed, total."""


def episode_view(
    episode: Episode, live: LiveEpisode | None = None, *, queue_paused: bool = False, closed: Reason | None = None
) -> View:
    """Return an episode; `live` is what is known while it runs and is left aside once the row says otherwise.

    `closed` is why nothing starts, None when something may.
    """
    season, number = place_in_series(episode.ref, episode.position)
    running = _running(live) if live and episode.status is Status.DOWNLOADING else _at_rest(episode)
    return {
        "id": episode.id,
        "job_id": episode.job_id,
        "position": episode.position,
        "priority": episode.priority,
        "rank": episode.rank,
        "bandwidth_limit_bytes_per_s": episode.bandwidth_limit_bytes_per_s,
        "url": episode.ref.url,
        "season": season,
        "number": number,
        "title": episode.ref.title,
        "status": episode.status.value,
        **running,
        "attempt": episode.attempt,
        **_reason(_waiting_reason(episode.status, episode.hold, queue_paused=queue_paused, closed=closed)),
        **error_view(episode.error),
        "path": None if episode.path is None else episode.path.as_posix(),
        "existing": episode.existing,
        "taken": taken_view(episode.taken),
        "standing": standing_view(episode.standing),
        "created_at": time_view(episode.created_at),
        "started_at": time_view(episode.started_at),
        "completed_at": time_view(episode.completed_at),
    }


def job_view(
    job: Job, lives: Sequence[LiveEpisode] = (), *, queue_paused: bool = False, closed: Reason | None = None
) -> View:
    """Return a job; `lives` are its running episodes, which count with what they have reached by now."""
    lives = _in_order(lives)
    total, status = job.total_episodes, job.status
    gained = sum(live.percentage() - live.episode.progress_percentage for live in lives)
    return {
        "id": job.id,
        "anime_title": job.anime_title,
        "language": job.language,
        "provider": job.provider,
        "standing": job.standing,
        "status": status.value,
        "priority": job.priority,
        "position": job.position,
        "bandwidth_limit_bytes_per_s": job.bandwidth_limit_bytes_per_s,
        "total_episodes": total,
        "completed_episodes": job.counts.get(Status.COMPLETED, 0),
        "failed_episodes": job.counts.get(Status.FAILED, 0),
        "episode_counts": {name: job.counts.get(status, 0) for status, name in _COUNTED},
        "duplicate_episodes": job.duplicates,
        "progress_percentage": _percentage((job.progress_sum + gained) / total) if total else 0.0,
        "current_episode_progress": _percentage(lives[0].percentage()) if lives else 0.0,
        "current_episode": _current_episode(job, lives[0]) if lives else None,
        "speed_bytes_per_s": round(sum(live.speed_bytes_per_s() for live in lives)),
        "eta_seconds": _eta_view(_job_eta_s(job, lives)),
        **error_view(_job_error(job, status)),
        **_reason(_job_reason(job, status, queue_paused=queue_paused, closed=closed)),
        "created_at": time_view(job.created_at),
        "completed_at": time_view(job.completed_at),
    }


def queue_status_entry(
    job: Job, lives: Sequence[LiveEpisode] = (), *, queue_paused: bool = False, closed: Reason | None = None
) -> View:
    """Return a job as `GET /api/queue-status` shows it: with the episodes that run now."""
    episodes = [episode_view(live.episode, live) for live in _in_order(lives)]
    return {**job_view(job, lives, queue_paused=queue_paused, closed=closed), "episodes": episodes}


def page_view(page: Page[Item], view: Callable[[Item], View]) -> View:
    """Return a page of a list."""
    return {"items": [view(item) for item in page.items], "next_cursor": page.next_cursor, "total": page.total}


def settings_view(settings: Settings) -> View:
    """Return every setting by its name that is not secret, and whether there is an API key."""
    shown: View = settings.model_dump(mode="json", exclude=set(SECRET_SETTINGS))
    return {**shown, "api_key_set": settings.api_key is not None}


def schedule_view(spell: Spell | None, limit_bytes_per_s: int | None) -> View | None:
    """Return which rule of the schedule holds and what follows from it, None where there is no schedule."""
    if spell is None:
        return None
    return {
        "rule": None if spell.rule is None else spell.rule.text,
        "stopped": spell.stopped,
        "limit_bytes_per_s": limit_bytes_per_s,
        "until": time_view(spell.until),
    }


def time_view(seconds: float | None) -> str | None:
    """Return seconds since the epoch as RFC 3339 in UTC, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ------------------------------------------------------------------------------------------------------------ parts


def _running(live: LiveEpisode) -> View:
    return {
        "phase": live.phase.value,
        "progress_percentage": _percentage(live.percentage()),
        "bytes_downloaded": live.bytes_downloaded,
        "total_bytes": live.total_bytes,
        "speed_bytes_per_s": round(live.speed_bytes_per_s()),
        "eta_seconds": _eta_view(live.eta_s()),
        "segments_done": live.segments_done,
        "segments_total": live.segments_total,
    }


def _at_rest(episode: Episode) -> View:
    return {
        "phase": None,
        "progress_percentage": _percentage(episode.progress_percentage),
        "bytes_downloaded": episode.bytes_downloaded,
        "total_bytes": episode.total_bytes,
        "speed_bytes_per_s": 0,
        "eta_seconds": None,
        "segments_done": 0,
        "segments_total": None,
    }


def _in_order(lives: Sequence[LiveEpisode]) -> list[LiveEpisode]:
    return sorted(lives, key=lambda live: live.episode.position) if lives else []


def _current_episode(job: Job, live: LiveEpisode) -> str:
    season, number = place_in_series(live.episode.ref, live.episode.position)
    series = live.episode.ref.series or job.anime_title
    return f"Downloading {series} - Episode {number} (Season {season}) - {_percentage(live.percentage())}%"


def _job_eta_s(job: Job, lives: Sequence[LiveEpisode]) -> float | None:
    """Seconds for what runs and what waits, the waiting episodes taken to be as large as the running ones."""
    if not lives:
        return None
    sizes = [(live.total_bytes, live.bytes_downloaded) for live in lives]
    totals = [total for total, _ in sizes if total is not None]
    speed = sum(live.speed_bytes_per_s() for live in lives)
    if len(totals) < len(sizes) or speed <= 1:
        return None
    remaining = sum(totals) - sum(done for _, done in sizes)
    waiting = job.counts.get(Status.QUEUED, 0) * sum(totals) / len(totals)
    return max(remaining + waiting, 0) / speed


def _job_error(job: Job, status: Status) -> ErrorInfo | None:
    if job.expansion_error is not None:
        return job.expansion_error
    if status is not Status.FAILED:
        return None
    failed, total = job.counts[Status.FAILED], job.total_episodes
    cause = f": {job.episode_error.text}" if job.episode_error else ""
    text = f"{failed} of {total} episode{'s' if total > 1 else ''} failed{cause}"
    return ErrorInfo(code=EPISODES_FAILED, params={"failed": failed, "total": total}, text=text)


def _job_reason(job: Job, status: Status, *, queue_paused: bool, closed: Reason | None) -> Reason:
    if status is Status.QUEUED and not job.counts.get(Status.QUEUED) and job.hold is None:
        return Reason("resolving")
    return _waiting_reason(status, job.hold, queue_paused=queue_paused, closed=closed)


def _waiting_reason(status: Status, hold: Hold | None, *, queue_paused: bool, closed: Reason | None) -> Reason:
    if status is Status.PAUSED:
        return Reason("paused_by_user")
    if status is not Status.QUEUED:
        return Reason(None)
    if queue_paused:
        return Reason("queue_paused")
    if closed is not None:
        return closed
    return Reason("slot") if hold is None else Reason(hold.reason.value, hold.until, hold.params)


def _reason(reason: Reason) -> View:
    return {
        "reason": reason.code,
        "reason_text": None if reason.code is None else REASONS[reason.code],
        "reason_until": time_view(reason.until),
        "reason_params": dict(reason.params),
    }


def error_view(error: ErrorInfo | None) -> View:
    """Return a recorded failure as the two fields that show it."""
    if error is None:
        return {"error": None, "error_message": None}
    shown = {"code": error.code, "params": dict(error.params), "text": error.text}
    return {"error": shown, "error_message": error.text}


def taken_view(taken: Taken | None) -> View | None:
    """Return which version an episode's file is, in fields and in words."""
    if taken is None:
        return None
    is_what = " by ".join(filter(None, (taken.language, taken.provider))) or "of a language that is not known"
    instead = " by ".join(filter(None, (taken.instead_of_language, taken.instead_of_provider)))
    return {
        "language": taken.language,
        "provider": taken.provider,
        "instead_of_language": taken.instead_of_language,
        "instead_of_provider": taken.instead_of_provider,
        "text": f"{is_what} instead of {instead}" if instead else is_what,
    }


def standing_view(standing: Standing | None) -> View | None:
    """Return what an episode still waits for."""
    if standing is None or not standing.wanted:
        return None
    return {
        "wanted": standing.wanted,
        "since": time_view(standing.since),
        "until": time_view(standing.until),
        "next_at": time_view(standing.next_at),
        "looks": standing.looks,
        "error": error_view(standing.error)["error"],
        "text": f"waits for {standing.wanted}",
    }


def _percentage(value: float) -> float:
    """Cut to one decimal, so that nothing shows 100 before it is there."""
    return math.floor(min(max(value, 0.0), 100.0) * 10 + 1e-6) / 10


def _eta_view(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
