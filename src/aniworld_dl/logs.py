"""Structured logs through Python's own logging: one event name a line, then its fields as `key=value`."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_ROOT: Final = "aniworld_dl"
_render: Final = structlog.processors.LogfmtRenderer(key_order=["event"], sort_keys=False, bool_as_flag=False)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a module's logger. A program that uses this package decides itself where the lines go.

    Values are escaped, so that nothing from outside can begin a line of its own.
    """
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, _to_line],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger


def set_up_logs(level: int = logging.INFO) -> None:
    """Send this package's log, from `level` on, to standard error; for the command line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(message)s"))
    logger = logging.getLogger(_ROOT)
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False


def _to_line(_: WrappedLogger, method: str, event: EventDict) -> tuple[tuple[str], EventDict]:
    exc_info = event.pop("exc_info", method == "exception")
    return (_render(None, method, event),), {"exc_info": exc_info}
