"""What a message says, in the public shape of `docs/after-a-job.md`. Data in, data out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.place import entry_of, place_in_series
from aniworld_dl.model import HoldReason, Status
from aniworld_dl.net.address import without_query
from aniworld_dl.notice_settings import JOB_COMPLETED, JOB_INCOMPLETE, QUEUE_HELD, TEST
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, Job
    from aniworld_dl.queue.queries import Row

SCHEMA: Final = 1
"""The version of the shape. Fields may be added without a new one."""
MOST_LISTED: Final = 200
"""Episodes, addresses and folders of each kind that a message lists; the counts are of all."""
_MOST_IN_TEXT: Final = 10

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job that has ended, with its episodes by status, the first of each, and why addresses of it led nowhere."""

    job: Job
    episodes: dict[Status, Sequence[Episode]]
    addresses: Sequence[Row]
    new_files: Sequence[Episode]
    """One for each folder that has new files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that keeps episodes waiting until people do something. `name` is the same as long as it lasts."""

    name: str
    reason: HoldReason
    params: dict[str, Any]
    episodes: int
    jobs: dict[int, str]
    """The titles of jobs that wait, by their ids."""


def message(uid: str, kind: str, at: float, text: str, data: Message) -> Message:
    """Return a message. `uid` is the same however often it is sent, `at` is in seconds since the epoch."""
    stamp = time_view(at)
    return {"schema": SCHEMA, "id": f"msg_{uid}", "type": kind, "timestamp": stamp, "text": text, "data": data}


def trial_message(uid: str, at: float, settings: Settings) -> Message:
    """Return a message that says that messages arrive."""
    return message(uid, TEST, at, "aniworld-dl: messages arrive here.", {"link": settings.public_url})


# ---------------------------------------------------------------------------------------------------- ends of jobs


def told_of(job: Job) -> str | None:
    """Return the kind of message the end of a job is told by; None where nothing came of it: all was cancelled."""
    if job.status is Status.CANCELLED:
        return None
    return JOB_INCOMPLETE if job.status is Status.FAILED else JOB_COMPLETED


def ended_message(uid: str, kind: str, at: float, ended: Ended, settings: Settings) -> Message:
    """Return what is to be told of a job that has ended."""
    job, link = ended.job, _link(settings, ended.job.id)
    missing = [_missing(episode) for status in (Status.FAILED, Status.CANCELLED) for episode in ended.episodes[status]]
    missing += [_unlisted(row) for row in ended.addresses]
    data: Message = {
        "job": {
            "id": job.id,
            "title": job.anime_title,
            "language": job.language,
            "status": job.status.value,
            "total_episodes": sum(job.counts.values()),
            "completed_episodes": job.counts.get(Status.COMPLETED, 0),
            "failed_episodes": job.counts.get(Status.FAILED, 0),
            "cancelled_episodes": job.counts.get(Status.CANCELLED, 0),
            "created_at": time_view(job.created_at),
            "ended_at": time_view(job.completed_at),
        },
        "link": link,
        "completed": [_completed(episode, settings) for episode in ended.episodes[Status.COMPLETED]],
        "missing": missing[:MOST_LISTED],
        "folders": _folders(job, ended.new_files, settings),
    }
    return message(uid, kind, at, _ended_text(job, missing, link), data)


def _ended_text(job: Job, missing: Sequence[Message], link: str | None) -> str:
    total, completed = sum(job.counts.values()), job.counts.get(Status.COMPLETED, 0)
    failed = job.status is Status.FAILED
    there = f"all {total} episodes are" if completed == total else f"{completed} of {total} episodes are"
    lines = [f"{job.anime_title}: {'1 episode is' if total == completed == 1 else there} there."]
    lines += [f"- {each['name']}: {each['reason_text']}" for each in missing[:_MOST_IN_TEXT]]
    lines += ["- …"] if len(missing) > _MOST_IN_TEXT else []
    lines += [f"{'Repair' if failed else 'Details'}: {link}"] if link else []
    return "\n".join(lines)


def _missing(episode: Episode) -> Message:
    cancelled = episode.status is Status.CANCELLED
    code, text = ("cancelled", "cancelled") if episode.error is None or cancelled else _why(episode)
    return {**_named(episode), "status": episode.status.value, "reason": code, "reason_text": text}


def _why(episode: Episode) -> tuple[str, str]:
    assert episode.error is not None  # it has failed
    return episode.error.code, episode.error.text


def _unlisted(row: Row) -> Message:
    nothing = dict.fromkeys(("episode_id", "season", "number", "title"))
    name = without_query(row["url"])
    reason = {"reason": row["error_code"], "reason_text": row["error_text"]}
    return {**nothing, "name": name, "status": Status.FAILED.value, **reason}


def _completed(episode: Episode, settings: Settings) -> Message:
    path = None if episode.path is None else str(settings.download_dir / episode.path)
    return {**_named(episode), "path": path, "existing": episode.existing}


def _named(episode: Episode) -> Message:
    season, number = place_in_series(episode.ref, episode.position)
    title = episode.ref.title
    name = " ".join(part for part in (f"S{season:02}E{number:02}", title) if part)
    return {"episode_id": episode.id, "name": name, "season": season, "number": number, "title": title}


def _folders(job: Job, new_files: Sequence[Episode], settings: Settings) -> list[str]:
    found = {_folder(job, episode, settings): None for episode in new_files}
    return [str(settings.download_dir / folder) for folder in found][:MOST_LISTED]


def _folder(job: Job, episode: Episode, settings: Settings) -> PurePosixPath:
    """Return the folder of the series, which is what media servers know a series by; else that of the file."""
    assert episode.path is not None  # it is a new file
    layout = layout_of(settings.naming_template, settings.film_template)
    folder = layout.series_folder(entry_of(episode.ref, episode.position, job.anime_title))
    if folder is None or len(folder.parts) >= len(episode.path.parts):
        return episode.path.parent
    return PurePosixPath(*episode.path.parts[: len(folder.parts)])


def _link(settings: Settings, job_id: int) -> str | None:
    return None if settings.public_url is None else f"{settings.public_url}/#/job/{job_id}"


# ------------------------------------------------------------------------------------------------------ conditions


def held_message(uid: str, at: float, condition: Condition, settings: Settings) -> Message:
    """Return what is to be told of something that people must do."""
    first = next(iter(condition.jobs))
    link = _link(settings, first)
    waiting = f"{condition.episodes} {'episode waits' if condition.episodes == 1 else 'episodes wait'}"
    if condition.reason is HoldReason.DISK_RESERVE:
        text = f"{waiting}: the disk with {settings.download_dir} has too little free space. Make room."
    else:
        text = f"{waiting}: {condition.params['url']} wants to see a person. Open it in a browser, then retry."
    jobs = [{"id": job_id, "title": title} for job_id, title in condition.jobs.items()]
    data = {
        "reason": condition.reason.value,
        "params": condition.params,
        "episodes": condition.episodes,
        "jobs": jobs[:MOST_LISTED],
        "link": link,
    }
    return message(uid, QUEUE_HELD, at, f"{text}\n{link}" if link else text, data)
