"""Subscriptions as clients see them (`docs/api.md`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.queue.views import error_view, time_view
from aniworld_dl.subscriptions.subscription import Verdict
from aniworld_dl.subscriptions.timing import FAILING_AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.subscriptions.decisions import Decision
    from aniworld_dl.subscriptions.subscription import Seen, Subscription, Wanted

View = dict[str, Any]

MOST_PLANNED: Final = 2000
"""Episodes that a plan shows; its totals count all."""


def subscription_view(of: Subscription, *, checking: bool) -> View:
    """Return a subscription."""
    return {
        "id": of.id,
        **wanted_view(of.wanted),
        "status": _status(of, checking=checking),
        "counts": {state.value: of.counts.get(state, 0) for state in Verdict if state is not Verdict.TAKE},
        "created_at": time_view(of.created_at),
        "checked_at": time_view(of.checked_at),
        "succeeded_at": time_view(of.succeeded_at),
        "next_check_at": None if of.wanted.paused else time_view(of.next_check_at),
        "failures": of.failures,
        **error_view(of.error),
    }


def wanted_view(wanted: Wanted) -> View:
    """Return what a user has asked for."""
    return {
        "anime_title": wanted.title,
        "url": wanted.url,
        "language": wanted.language,
        "provider": wanted.provider,
        "episodes": wanted.episodes,
        "specials": wanted.specials,
        "only_new": wanted.only_new,
        "interval_s": wanted.interval_s,
        "paused": wanted.paused,
    }


def seen_view(seen: Seen) -> View:
    """Return an episode that was listed; `job_id` only while there is such a job."""
    return {
        "url": seen.url,
        "title": seen.title,
        "season": seen.season,
        "number": seen.number,
        "verdict": seen.state.value,
        "languages": list(seen.languages),
        "job_id": seen.job_id if seen.has_job else None,
        "first_seen_at": time_view(seen.first_seen_at),
        "changed_at": time_view(seen.changed_at),
    }


def plan_view(wanted: Wanted, decisions: Sequence[Decision], error: AniworldDlError | None) -> View:
    """Return what a check would do now, and why not more."""
    verdicts = Counter(each.verdict for each in decisions)
    return {
        **wanted_view(wanted),
        **error_view(None if error is None else error.info()),
        "totals": {"listed": len(decisions), **{verdict.value: verdicts[verdict] for verdict in Verdict}},
        "items": [
            {
                "url": each.ref.url,
                "title": each.ref.title,
                "season": each.ref.season,
                "number": each.ref.number,
                "verdict": each.verdict.value,
                "languages": list(each.listed.languages),
                "job_id": each.job_id,
            }
            for each in decisions[:MOST_PLANNED]
        ],
    }


def _status(of: Subscription, *, checking: bool) -> str:
    if checking:
        return "checking"
    if of.wanted.paused:
        return "paused"
    return "failing" if of.failures >= FAILING_AFTER else "active"
