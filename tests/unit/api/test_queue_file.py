"""A queue file is read job by job; what is wrong with it is said by key, value and mend."""

from __future__ import annotations

import contextlib
import json
from io import BytesIO
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.api.queue_file import read_jobs
from aniworld_dl.errors import JsonInvalidError
from aniworld_dl.model import HoldReason, Status
from aniworld_dl.model.exchange import AddressState

HEAD = {"format": "aniworld-dl-queue", "version": 1}
TIME = "2026-01-31T18:00:00Z"
EPISODE = {"url": "https://media.example/1.m3u8"}
JOB = {"anime_title": "Nordlicht", "created_at": TIME, "episodes": [EPISODE]}
PLACE = {"position": 1, "address": 0, "ordinal": 0, "rank": 0}


def read(file: Any) -> Any:
    return list(read_jobs(BytesIO(file if isinstance(file, bytes) else json.dumps(file).encode())))


def fault_of(file: Any) -> tuple[str, str]:
    with pytest.raises(RequestValidationError) as raised:
        read(file)
    first = raised.value.errors()[0]
    return ".".join(map(str, first["loc"][1:])), first["msg"]


def with_episode(**fields: Any) -> Any:
    return {**HEAD, "jobs": [JOB, {**JOB, "episodes": [EPISODE, {**EPISODE, **fields}]}]}


def test_little_is_needed() -> None:
    (job,) = read({**HEAD, "jobs": [{**JOB, "episodes": [EPISODE, {**EPISODE, "status": "paused"}]}]})
    assert (job.anime_title, job.priority, job.created_at, job.addresses) == ("Nordlicht", 0, 1769882400.0, ())
    assert [(each.address, each.ordinal, each.episode.position, each.episode.rank) for each in job.episodes] == [
        (0, 0, 1, 0.0),
        (1, 0, 2, 1e6),
    ]
    assert [each.episode.status for each in job.episodes] == [Status.QUEUED, Status.PAUSED]
    assert job.episodes[0].episode.created_at == job.created_at


def test_everything_is_read() -> None:
    error = {"code": "http_status", "params": {"status": 503}, "text": "503"}
    episode = {
        **EPISODE,
        "place": PLACE,
        "hold": {"reason": "host_cooldown", "until": "2026-01-31T20:00:00.500+02:00", "params": {}},
        "error": error,
        "path": "Nordlicht/Season 01/Nordlicht S01E01.mkv",
    }
    address = {**EPISODE, "address": 3, "state": "failed", "error": error, "ended_at": TIME}
    (job,) = read({**HEAD, "exported_at": TIME, "jobs": [{**JOB, "episodes": [episode], "addresses": [address]}]})
    hold = job.episodes[0].episode.hold
    assert (hold.reason, hold.until) == (HoldReason.HOST_COOLDOWN, 1769882400.5)
    assert job.episodes[0].episode.error.params == {"status": 503}
    assert job.episodes[0].episode.path.as_posix() == "Nordlicht/Season 01/Nordlicht S01E01.mkv"
    (found,) = job.addresses
    assert (found.address, found.state, found.error.code) == (3, AddressState.FAILED, "http_status")
    assert (found.created_at, found.ended_at) == (job.created_at, job.created_at)


@pytest.mark.parametrize(
    ("fields", "place", "mend"),
    [
        ({"status": "done"}, "status", "Input should be 'queued'"),
        ({"season": "one"}, "season", "valid integer"),
        ({"nonsense": 1}, "nonsense", "Extra inputs"),
        ({"url": ""}, "url", "at least 1 character"),
        ({"progress_percentage": 101}, "progress_percentage", "less than or equal to 100"),
        ({"created_at": "yesterday"}, "created_at", "give a time such as"),
        ({"created_at": "2026-01-31T18:00:00"}, "created_at", "give a time such as"),
        ({"created_at": 5}, "created_at", "give a time such as"),
        ({"hold": {"reason": "mood"}}, "hold.reason", "retry_backoff"),
        ({"place": {**PLACE, "position": 0}}, "place.position", "greater than or equal to 1"),
        ({"path": "../secret"}, "path", "below the download folder"),
        ({"path": "/etc/passwd"}, "path", "below the download folder"),
        ({"path": "C:/x.mkv"}, "path", "below the download folder"),
        ({"path": "a\\..\\b"}, "path", "below the download folder"),
        ({"path": "."}, "path", "below the download folder"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], place: str, mend: str) -> None:
    field, message = fault_of(with_episode(**fields))
    assert field == f"jobs.1.episodes.1.{place}"
    assert mend in message


@pytest.mark.parametrize(
    ("second", "mend"),
    [
        ({}, "to every episode"),
        ({"place": PLACE}, "the same position"),
        ({"place": {**PLACE, "position": 2}}, "the same address and ordinal"),
    ],
)
def test_no_two_episodes_are_in_one_place(second: dict[str, Any], mend: str) -> None:
    job = {**JOB, "episodes": [{**EPISODE, "place": PLACE}, {**EPISODE, **second}]}
    field, message = fault_of({**HEAD, "jobs": [job]})
    assert field == "jobs.0"
    assert mend in message


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({}, "format"),
        ([], "format"),
        (7, "format"),
        ({"format": "other", "version": 1, "jobs": []}, "format"),
        ({**HEAD, "version": 2, "jobs": []}, "version"),
        ({"jobs": [JOB], **HEAD}, "format"),
        (HEAD, "jobs"),
        ({**HEAD, "jobs": {}}, "jobs"),
        ({**HEAD, "jobs": "many"}, "jobs"),
        ({**HEAD, "nonsense": 1, "jobs": []}, "nonsense"),
        ({**HEAD, "nonsense": {"deep": [1] * 200}, "jobs": []}, "jobs"),
        ({**HEAD, "jobs": [JOB, 5]}, "jobs.1"),
    ],
)
def test_what_is_no_queue_file_is_refused(file: Any, field: str) -> None:
    assert fault_of(file)[0] == field


@pytest.mark.parametrize(
    "text", [b"", b"{", b"no", b'{"format": "aniworld-dl-queue", "version": 1, "jobs": [', b"\xff"]
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(JsonInvalidError):
        read(text)


def test_a_file_that_breaks_off_gives_its_jobs_first() -> None:
    """So nothing may be stored before all has been read."""
    text = json.dumps({**HEAD, "jobs": [JOB, JOB]}).encode()
    jobs = read_jobs(BytesIO(text[:-20]))
    next(jobs)
    with pytest.raises(JsonInvalidError):
        next(jobs)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers() | st.floats(), st.lists).map(repr))
def test_any_bytes_are_read_or_refused(data: bytes | str) -> None:
    text = (
        data if isinstance(data, bytes) else b'{"format": "aniworld-dl-queue", "version": 1, "jobs": ' + data.encode()
    )
    with contextlib.suppress(JsonInvalidError, RequestValidationError):
        read(text)
