"""Structured logs through Python's own logging: one event name a line, then its fields, as `key=value` or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from structlog.stdlib import BoundLogger
    from structlog.typing import EventDict, WrappedLogger

_ROOT: Final = "aniworld_dl"
_ABOUT: Final[ContextVar[Mapping[str, object]]] = ContextVar("ABOUT", default=MappingProxyType({}))


def get_logger(name: str) -> BoundLogger:
    """Return a module's logger. A program that uses this package decides itself where the lines go.

    Values are escaped, so that nothing from outside can begin a line of its own. structlog is imported with the first
    line, or by `prepare_logs`: it takes a seventh of a command's start, and most commands write no line.
    """
    return cast("BoundLogger", _Logger(name))


def prepare_logs() -> None:
    """Import what log lines need, so that the first one does not hold up whoever writes it."""
    _bound(_ROOT)


@contextmanager
def log_about(**fields: object) -> Iterator[None]:
    """Put these fields on every line of the block, and of the tasks it starts, that has none of the same name."""
    token = _ABOUT.set({**_ABOUT.get(), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def set_up_logs(level: int | None = logging.INFO, *, as_json: bool = False) -> None:
    """Send this package's log, from `level` on, to standard error; for the command line. None leaves the level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)-8s %(message)s"))
    logger = logging.getLogger(_ROOT)
    logger.handlers = [handler]
    logger.propagate = False
    if level is not None:
        logger.setLevel(level)


class _JsonLines(logging.Formatter):
    """One object a line: `at` (RFC 3339, UTC), `level`, `logger`, `event`, its fields, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": getattr(record, "event", None) or record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Logger:
    """Makes the real logger when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        level = logging.getLevelName(method.upper())
        if isinstance(level, int) and not logging.getLogger(self._name).isEnabledFor(level):
            return _say_nothing
        return getattr(_bound(self._name), method)


def _say_nothing(event: str, **fields: Any) -> None:
    """Take the place of a method whose level is not wanted."""


@cache
def _bound(name: str) -> BoundLogger:
    import structlog  # noqa: PLC0415 - see get_logger

    render = structlog.processors.LogfmtRenderer(key_order=["event"], sort_keys=False, bool_as_flag=False)

    def to_line(_: WrappedLogger, method: str, event: EventDict) -> tuple[tuple[str], EventDict]:
        exc_info = event.pop("exc_info", method == "exception")
        event.update((field, value) for field, value in _ABOUT.get().items() if field not in event)
        fields = {name: value for name, value in event.items() if name != "event"}
        extra = {"event": event.get("event"), "fields": fields}  # for who keeps the line as data
        return (render(None, method, event),), {"exc_info": exc_info, "extra": extra}

    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, to_line],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger
