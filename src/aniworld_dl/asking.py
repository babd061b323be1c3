"""What a program asks the Python API for, checked as the REST API checks it, without pydantic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import EpisodeRef, JobRequest

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = str | Mapping[str, Any]
"""An address, or a mapping of `url` and, where they are known, `season`, `number`, `title` and `series`."""


class RequestOptions(TypedDict, total=False):
    """What may be said of a download beside its title and addresses."""

    language: str | None
    provider: str | None
    total_episodes: int | None
    priority: int
    """Higher goes first."""
    bandwidth_limit_bytes_per_s: int | None
    """For this download; None: none."""
    paused: bool
    standing: bool | int | None
    """Whether what comes in another language than the best waits for that, or for how many days; None: as is set."""


LEAST_RATE: Final = 1024
LARGEST_RATE: Final = 2**50
MOST_DAYS: Final = 3650
LARGEST_NUMBER: Final = 100_000
LARGEST_PRIORITY: Final = 1_000_000
_EPISODE: Final = "give an http or https address, or a mapping of url, season, number, title, series"


def job_request(*, anime_title: str, episode_urls: Iterable[Asked], **options: Unpack[RequestOptions]) -> JobRequest:
    """Return the request for a job.

    Raises:
        RequestInvalidError: a field is missing, unknown or of the wrong kind. It names the field.
    """
    _check("anime_title", anime_title, _is_text, "give the series a title")
    if isinstance(episode_urls, str) or not isinstance(episode_urls, Iterable):
        raise _invalid("episode_urls", episode_urls, "give a list of addresses")
    episodes = tuple(_episode(f"episode_urls[{index}]", asked) for index, asked in enumerate(episode_urls))
    if not episodes:
        raise _invalid("episode_urls", [], "give at least one address")
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        _check(name, value, *_FIELDS.get(name, _UNKNOWN))
    return JobRequest(anime_title=anime_title.strip(), episodes=episodes, **given)


def _episode(place: str, asked: object) -> EpisodeRef:
    if isinstance(asked, str):
        return EpisodeRef(url=asked)
    if not isinstance(asked, Mapping) or not isinstance(asked.get("url"), str):
        raise _invalid(place, asked, _EPISODE)
    for name, value in asked.items():
        if value is not None or name not in _OF_EPISODE:
            _check(f"{place}.{name}", value, *_OF_EPISODE.get(name, _UNKNOWN))
    return EpisodeRef(**asked)


def _check(field: str, value: object, is_good: Callable[[object], bool], mend: str) -> None:
    if not is_good(value):
        raise _invalid(field, value, mend)


def _invalid(field: str, value: object, mend: str) -> RequestInvalidError:
    return RequestInvalidError(field=field, value=value if isinstance(value, str) else repr(value), mend=mend)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_NUMBER


def _is_priority(value: object) -> bool:
    return type(value) is int and abs(value) <= LARGEST_PRIORITY


def _is_rate(value: object) -> bool:
    return type(value) is int and LEAST_RATE <= value <= LARGEST_RATE


def _is_standing(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, int) and 1 <= value <= MOST_DAYS)


def _is_never(_: object) -> bool:
    return False


_UNKNOWN: Final = (_is_never, "there is no such field")
_NUMBER: Final = (_is_number, f"give a whole number from 0 to {LARGEST_NUMBER}")
_TEXT: Final = (_is_text, "give a text")
_OF_EPISODE: Final = {"url": _TEXT, "season": _NUMBER, "number": _NUMBER, "title": _TEXT, "series": _TEXT}
_FIELDS: Final = {
    "language": _TEXT,
    "provider": _TEXT,
    "total_episodes": _NUMBER,
    "priority": (_is_priority, f"give a whole number from -{LARGEST_PRIORITY} to {LARGEST_PRIORITY}"),
    "bandwidth_limit_bytes_per_s": (_is_rate, f"give {LEAST_RATE} or more"),
    "paused": (lambda value: isinstance(value, bool), "give True or False"),
    "standing": (_is_standing, f"give True, False or days from 1 to {MOST_DAYS}"),
}
