"""Reads the queue from a file: job by job, so that no more than one of them is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ijson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from aniworld_dl.api.schemas.exchange import QueueFile, record_of
from aniworld_dl.errors import JsonInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from aniworld_dl.model.exchange import JobRecord

_LONGEST_HEAD: Final = 100
"""Events of the parser before the jobs begin."""


def read_jobs(file: IO[bytes]) -> Iterator[JobRecord]:
    """Yield the jobs in a file, from its beginning. Each step blocks.

    Raises:
        JsonInvalidError: it is not JSON.
        RequestValidationError: something in it is not what it should be; it says where and what would do.
    """
    file.seek(0)
    try:
        _check_head(file)
        file.seek(0)
        for index, item in enumerate(ijson.items(file, "jobs.item", use_float=True)):
            yield _record(item, index)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise JsonInvalidError(position=file.tell(), reason=reason) from error


def _check_head(file: IO[bytes]) -> None:
    head: dict[str, Any] = {}
    jobs: list[Any] | str = "no list"
    for number, (prefix, event, value) in enumerate(ijson.parse(file, use_float=True)):
        if prefix == "jobs" and event != "map_key":
            jobs = [] if event == "start_array" else "no list"
            head["jobs"] = jobs
        if "jobs" in head or number > _LONGEST_HEAD:
            break
        if prefix and "." not in prefix:
            head[prefix] = value
    try:
        QueueFile.model_validate(head)
    except ValidationError as error:
        raise _invalid(error) from error


def _record(item: Any, index: int) -> JobRecord:
    try:
        return record_of(item)
    except ValidationError as error:
        raise _invalid(error, "jobs", index) from error


def _invalid(error: ValidationError, *place: str | int) -> RequestValidationError:
    found = error.errors(include_url=False, include_context=False)
    return RequestValidationError([{**item, "loc": ("body", *place, *item["loc"])} for item in found])
