"""Sets up the logs: one event a line on standard error, with its fields."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(*, verbose: bool = False) -> None:
    """Send structured events to standard error: coloured on a terminal, `key=value` elsewhere.

    Values are escaped, so that nothing from outside can begin a line of its own.
    """
    level = logging.DEBUG if verbose else logging.INFO
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
