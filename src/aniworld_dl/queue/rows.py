"""Rows of the database become the model's objects, and back; also the cursors of pages."""

from __future__ import annotations

import base64
import binascii
import json
import unicodedata
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import (
    ENDED,
    Episode,
    EpisodeRef,
    ErrorInfo,
    Hold,
    HoldReason,
    Job,
    Standing,
    Status,
    Taken,
)
from aniworld_dl.queue.store import Expansion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.queue.queries import Row
    from aniworld_dl.queue.store import Details

_COUNTED: Final = tuple((status, status.value) for status in Status)
"""The columns of `job_rows` that count episodes; an enum's own attributes are slow."""


_AS_IS_SET: Final = -1
"""In place of a number of days: the setting's."""


def job_of(row: Row) -> Job:
    """Return the job of a row of `job_rows`."""
    status = Status(row["status"])
    return Job(
        id=row["id"],
        anime_title=row["anime_title"],
        language=row["language"],
        provider=row["provider"],
        priority=row["priority"],
        position=row["position"],
        bandwidth_limit_bytes_per_s=row["bandwidth_limit_bytes_per_s"],
        created_at=float(row["created_at"]),
        requested_episodes=row["requested_episodes"],
        counts={status: count for status, column in _COUNTED if (count := row[column])},
        progress_sum=row["progress_sum"] / 100,
        standing=_standing_of_job(row["standing"]),
        duplicates=row["duplicates"],
        pending_expansions=row["pending_expansions"],
        paused_expansions=row["paused_expansions"],
        hold=_hold_of_json(row["hold"]),
        expansion_error=_error_of_json(row["expansion_error"]),
        episode_error=_error_of_json(row["episode_error"]),
        completed_at=row["last_ended_at"] if status in ENDED else None,
    )


def episode_of(row: Row) -> Episode:
    """Return the episode of a row of `episodes`."""
    return Episode(
        id=row["id"],
        job_id=row["job_id"],
        position=row["position"],
        ref=ref_of(row, row["poster"]),
        status=Status(row["status"]),
        priority=row["priority"],
        rank=row["rank"],
        bandwidth_limit_bytes_per_s=row["bandwidth_limit_bytes_per_s"],
        attempt=row["attempt"],
        retries=row["retries"],
        hold=_hold_of_columns(row),
        progress_percentage=row["progress"] / 100,
        bytes_downloaded=row["bytes_downloaded"],
        total_bytes=row["total_bytes"],
        error=error_of_columns(row),
        path=PurePosixPath(row["path"]) if row["path"] is not None else None,
        existing=bool(row["existing"]),
        created_at=float(row["created_at"]),
        started_at=_time(row["started_at"]),
        completed_at=_time(row["completed_at"]),
        taken=None if row["taken"] is None else Taken(**json.loads(row["taken"])),
        standing=_standing_of(row["standing"]),
    )


def ref_of(row: Row, poster: str | None = None) -> EpisodeRef:
    """Return the address in a row of `episodes` or `expansions`; only the former have posters."""
    return EpisodeRef(
        url=row["url"],
        series=row["series"],
        season=row["season"],
        number=row["number"],
        title=row["title"],
        poster=poster,
    )


def expansion_of(row: Row) -> Expansion:
    """Return the expansion of a row of `expansions`."""
    return Expansion(id=row["id"], job_id=row["job_id"], request_index=row["request_index"], ref=ref_of(row))


def ref_columns(ref: EpisodeRef) -> dict[str, Any]:
    """Return an address as the columns of `episodes` and `expansions`."""
    return {"url": ref.url, "series": ref.series, "season": ref.season, "number": ref.number, "title": ref.title}


def error_columns(error: ErrorInfo | None) -> dict[str, str | None]:
    """Return an error as its three columns, all null for none."""
    if error is None:
        return {"error_code": None, "error_params": None, "error_text": None}
    return {"error_code": error.code, "error_params": json.dumps(dict(error.params)), "error_text": error.text}


def error_of_columns(row: Row) -> ErrorInfo | None:
    """Return the error in a row that has its three columns, None for none."""
    if row["error_code"] is None:
        return None
    return ErrorInfo(code=row["error_code"], params=json.loads(row["error_params"]), text=row["error_text"])


def hold_columns(hold: Hold | None) -> dict[str, Any]:
    """Return a hold as its three columns, all null for none."""
    if hold is None:
        return {"hold_reason": None, "hold_until": None, "hold_params": None}
    return {"hold_reason": hold.reason, "hold_until": hold.until, "hold_params": json.dumps(dict(hold.params))}


def details_columns(details: Details) -> dict[str, Any]:
    """Return what a move writes down as parameters of `move_episodes`."""
    return {
        "progress": None if details.percentage is None else hundredths(details.percentage),
        "bytes_downloaded": details.bytes_downloaded,
        "total_bytes": details.total_bytes,
        "path": None if details.path is None else details.path.as_posix(),
        "path_key": None if details.path is None else title_key(details.path.as_posix()),
        "existing": None if details.existing is None else int(details.existing),
        "retries": details.retries,
        "taken": taken_column(details.taken),
        "standing": standing_json(details.standing),
        "season": details.season,
        "number": details.number,
        **hold_columns(details.hold),
        **error_columns(details.error),
    }


def taken_column(taken: Taken | None) -> str | None:
    """Return the version that was taken as it is stored."""
    return None if taken is None else json.dumps(asdict(taken))


def standing_json(standing: Standing | None) -> str | None:
    """Return what an episode waits for as it is stored."""
    return None if standing is None else json.dumps(asdict(standing))


def standing_column(standing: bool | int | None) -> int | None:
    """Return whether, or how many days, the episodes of a job wait for better ones, as it is stored."""
    return _AS_IS_SET if standing is True else None if standing is None else int(standing)


def hundredths(percentage: float) -> int:
    """Return a percentage as it is stored: as an integer, so that sums over it are exact."""
    return min(max(round(percentage * 100), 0), 10_000)


def json_list(values: Iterable[str | int | None]) -> str:
    """Return values as the JSON array that a query takes as a set."""
    return json.dumps(list(values))


def title_key(title: str) -> str:
    """Return a title, or what is looked for in titles, without regard to case and width."""
    return unicodedata.normalize("NFKC", title).casefold()


def _time(value: float | None) -> float | None:
    return None if value is None else float(value)  # `RETURNING` gives a whole number as an int


def _standing_of(text: str | None) -> Standing | None:
    if text is None:
        return None
    found = json.loads(text)
    return Standing(**{**found, "error": ErrorInfo(**found["error"]) if found["error"] else None})


def _standing_of_job(days: int | None) -> bool | int | None:
    return {None: None, 0: False, _AS_IS_SET: True}.get(days, days)


def _error_of_json(text: str | None) -> ErrorInfo | None:
    found = json.loads(text) if text is not None else None
    return ErrorInfo(**found) if found and found["code"] else None


def _hold_of_columns(row: Row) -> Hold | None:
    if row["hold_reason"] is None:
        return None
    return Hold(
        reason=HoldReason(row["hold_reason"]), until=_time(row["hold_until"]), params=json.loads(row["hold_params"])
    )


def _hold_of_json(text: str | None) -> Hold | None:
    if text is None:
        return None
    found = json.loads(text)
    return Hold(reason=HoldReason(found["reason"]), until=_time(found["until"]), params=found["params"])


# ------------------------------------------------------------------------------------------------------------ cursors


def cursor_of(*place: float) -> str:
    """Return the cursor for what follows `place`. Clients take it as it is."""
    return base64.urlsafe_b64encode(",".join(map(str, place)).encode()).decode().rstrip("=")


def place_of_cursor(cursor: str, length: int) -> tuple[float, ...]:
    """Return the place that a cursor of `length` numbers stands for.

    Raises:
        RequestInvalidError: no page has given this cursor.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        place = tuple(float(part) if "." in part else int(part) for part in text.split(","))
    except (UnicodeError, binascii.Error, ValueError) as error:
        raise _bad_cursor(cursor) from error
    if len(place) != length:
        raise _bad_cursor(cursor)
    return place


def _bad_cursor(cursor: str) -> RequestInvalidError:
    return RequestInvalidError(field="cursor", value=cursor[:80], mend="take it from 'next_cursor' of a page")
