"""Sends one message by Apprise, in a process of its own: the library blocks, and what it connects to is watched.

Reads `{"rules", "url", "title", "body", "kind"}` from its standard input and says by its exit code what came of it. It
prints nothing: what the library says may hold the address, which is a secret.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.providers.child.confine import confine
from aniworld_dl.providers.child.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

SENT: Final = 0
REFUSED: Final = 3
UNKNOWN: Final = 4
MISSING: Final = 5


def push(order: dict[str, Any], under: Callable[[Rules], None] = confine) -> int:
    """Send what was ordered, `under` its rules, and return the exit code."""
    try:
        import apprise  # noqa: PLC0415 - an extra, and this process is there for nothing else
    except ImportError:
        return MISSING
    under(Rules.of_document(order["rules"]))
    sender = apprise.Apprise()
    if not sender.add(order["url"]):
        return UNKNOWN
    sent = sender.notify(title=order["title"], body=order["body"], notify_type=order["kind"], body_format="text")
    return SENT if sent else REFUSED


if __name__ == "__main__":
    logging.disable()
    sys.exit(push(json.load(sys.stdin)))
