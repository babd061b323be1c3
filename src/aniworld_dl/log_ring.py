"""The last lines of the log, kept in memory for whoever looks at the running service."""

from __future__ import annotations

import logging
import re
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_LINES: Final = 1000
_LONGEST_VALUE: Final = 500
_MASK: Final = "***"
_LOGGERS: Final = ("aniworld_dl", "uvicorn")
_SECRET_NAME: Final = re.compile(r"key|token|secret|password|passwd|authorization|cookie", re.IGNORECASE)
_QUERY: Final = re.compile(r"(?<=://)(?:[^\s/@\"']+@)?([^\s?\"'<>]*)\?[^\s\"'<>]*|(?<=://)[^\s/@\"']+@")
"""The query and the credentials of an address: both may be secrets."""

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line: its number since the start, its time in seconds since the epoch, what happened and to what."""

    seq: int
    at: float
    level: str
    logger: str
    event: str
    fields: Mapping[str, Value] = field(default_factory=dict)


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """Return a text without these, and without the queries and the credentials of addresses."""
    text = _QUERY.sub(lambda found: found[1] or "", text)
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text


class LogRing(logging.Handler):
    """Keeps the last lines, at most 1000, without secrets: the oldest go first."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._secrets = tuple(secret for secret in secrets if secret)
        self._seq = 0

    @property
    def last(self) -> int:
        """The number of the newest line, 0 while there is none."""
        return self._seq

    def after(self, seq: int, limit: int) -> list[LogLine]:
        """Return the lines behind a number, the oldest first; of more than `limit` the newest."""
        with self._locked():
            newest = islice(reversed(self._lines), limit)
            return [line for line in newest if line.seq > seq][::-1]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        given: Mapping[str, object] = getattr(record, "fields", {})
        fields = {name: self._shown(name, value) for name, value in given.items()}
        if record.exc_info and (error := record.exc_info[1]) is not None:
            fields["exception"] = self._shown("exception", f"{type(error).__name__}: {error}")
        event = getattr(record, "event", None) or self._clean(record.getMessage())
        self._seq += 1
        line = LogLine(
            seq=self._seq,
            at=record.created,
            level=record.levelname.lower(),
            logger=record.name,
            event=str(event),
            fields=fields,
        )
        self._lines.append(line)

    def _shown(self, name: str, value: object) -> Value:
        if value is None or isinstance(value, bool | int | float):
            return value
        return _MASK if _SECRET_NAME.search(name) else self._clean(str(value))

    def _clean(self, text: str) -> str:
        text = without_secrets(text, self._secrets)
        return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


@contextmanager
def kept_log(secrets: Sequence[str] = ()) -> Iterator[LogRing]:
    """Keep the log's last lines for the length of the block; `secrets` never stand in them."""
    ring = LogRing(secrets)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(ring)
    try:
        yield ring
    finally:
        for logger in loggers:
            logger.removeHandler(ring)
