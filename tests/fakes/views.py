"""The public shapes of a job and an episode of which little is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.model import Status

if TYPE_CHECKING:
    from aniworld_dl.model import Job

CREATED_AT: Final = "2026-01-31T18:00:00Z"


def job_view(job: Job, status: Status) -> dict[str, Any]:
    return {
        "id": job.id,
        "anime_title": job.anime_title,
        "language": job.language,
        "provider": job.provider,
        "standing": job.standing,
        "status": status,
        "priority": job.priority,
        "position": job.position,
        "bandwidth_limit_bytes_per_s": job.bandwidth_limit_bytes_per_s,
        "total_episodes": job.total_episodes,
        "completed_episodes": 0,
        "failed_episodes": 0,
        "episode_counts": {each.value: job.counts.get(each, 0) for each in Status},
        "duplicate_episodes": 0,
        "progress_percentage": 0.0,
        "current_episode_progress": 0.0,
        "current_episode": None,
        "speed_bytes_per_s": 0,
        "eta_seconds": None,
        "error_message": None,
        "error": None,
        "reason": "slot" if status is Status.QUEUED else None,
        "reason_text": "waits for a free slot" if status is Status.QUEUED else None,
        "reason_until": None,
        "reason_params": {},
        "created_at": CREATED_AT,
        "completed_at": None,
    }


def episode_view(episode_id: int, job_id: int, position: int, url: str, status: Status) -> dict[str, Any]:
    return {
        "id": episode_id,
        "job_id": job_id,
        "position": position,
        "priority": 0,
        "rank": float(position),
        "bandwidth_limit_bytes_per_s": None,
        "url": url,
        "season": 1,
        "number": position + 1,
        "title": None,
        "status": status,
        "phase": None,
        "progress_percentage": 0.0,
        "bytes_downloaded": 0,
        "total_bytes": None,
        "speed_bytes_per_s": 0,
        "eta_seconds": None,
        "segments_done": 0,
        "segments_total": None,
        "attempt": 0,
        "reason": None,
        "reason_text": None,
        "error": {"code": "http_status", "params": {"status": 404}, "text": "404"} if status is Status.FAILED else None,
        "error_message": "404" if status is Status.FAILED else None,
        "path": None,
        "existing": False,
        "taken": None,
        "standing": None,
        "reason_until": None,
        "reason_params": {},
        "created_at": CREATED_AT,
        "started_at": None,
        "completed_at": None,
    }
