"""The public shapes of standing wishes and of sources: those that failed, and how they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.queue.views import View, episode_view, error_view, standing_view, taken_view, time_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aniworld_dl.model import Episode, FailedSource, Health


def standing_item(episode: Episode, anime_title: str) -> View:
    """Return an episode that waits for a better version, with the title of its job."""
    return {"anime_title": anime_title, **episode_view(episode)}


def sources_view(episode: Episode, failures: Iterable[FailedSource]) -> View:
    """Return what became of an episode's sources: which was taken, and which failed, the latest first."""
    return {
        "id": episode.id,
        "taken": taken_view(episode.taken),
        "standing": standing_view(episode.standing),
        "failed": [failed_source_view(each) for each in failures],
    }


def failed_source_view(failure: FailedSource) -> View:
    """Return a source that failed, and why."""
    return {
        "attempt": failure.attempt,
        "at": time_view(failure.at),
        "provider": failure.provider,
        "source": failure.source,
        "language": failure.language,
        "error": error_view(failure.error)["error"],
    }


def health_view(healths: Sequence[Health]) -> list[View]:
    """Return how the sources of one provider do."""
    return [
        {
            "source": each.source,
            "score": round(each.score, 2),
            "successes": each.successes,
            "failures": each.failures,
            "worked_at": time_view(each.worked_at),
            "failed_at": time_view(each.failed_at),
            "error": error_view(each.error)["error"],
        }
        for each in healths
    ]
