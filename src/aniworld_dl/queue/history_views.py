"""The public JSON shapes of the history: attempts, and ended episodes with their last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.queue.views import REASONS, episode_view, error_view, time_view

if TYPE_CHECKING:
    from aniworld_dl.model import Attempt, Figures
    from aniworld_dl.queue.history import Ended
    from aniworld_dl.queue.views import View


def attempt_view(attempt: Attempt) -> View:
    """Return an attempt; what nobody has noted is null."""
    ended, reason = attempt.ended_at, attempt.reason
    return {
        "attempt": attempt.number,
        "outcome": attempt.outcome.value,
        "reason": None if reason is None else reason.value,
        "reason_text": None if reason is None else REASONS[reason],
        "started_at": time_view(attempt.started_at),
        "ended_at": time_view(ended),
        "duration_s": None if ended is None else round(max(ended - attempt.started_at, 0), 3),
        **_figures_view(attempt.figures),
        **error_view(attempt.error),
    }


def ended_view(ended: Ended) -> View:
    """Return an ended episode with its job's wishes and its last attempt."""
    return {
        **episode_view(ended.episode),
        "anime_title": ended.anime_title,
        "language": ended.language,
        "provider": ended.provider,
        "last_attempt": None if ended.last_attempt is None else attempt_view(ended.last_attempt),
    }


def _figures_view(figures: Figures | None) -> View:
    if figures is None:
        names = ("provider", "host", "bytes_by_host", "fetched_bytes", "wasted_bytes", "segments_retried")
        return dict.fromkeys((*names, "average_speed_bytes_per_s"))
    return {
        "provider": figures.provider,
        "host": figures.host,
        "bytes_by_host": dict(figures.bytes_by_host),
        "fetched_bytes": figures.fetched_bytes,
        "wasted_bytes": figures.wasted_bytes,
        "segments_retried": figures.segments_retried,
        "average_speed_bytes_per_s": round(figures.fetched_bytes / figures.fetching_s) if figures.fetching_s else None,
    }
