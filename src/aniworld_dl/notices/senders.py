"""How a message reaches a hook, a webhook and what Apprise knows. `servers.py` has the media servers."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl._version import __version__
from aniworld_dl.errors import (
    HookFailedError,
    HookNotStartedError,
    HookTimeoutError,
    NoticeRefusedError,
    NotifierMissingError,
)
from aniworld_dl.logs import get_logger
from aniworld_dl.net.errand import Request
from aniworld_dl.notice_settings import JOB_INCOMPLETE, QUEUE_HELD, signing_key
from aniworld_dl.notices import push
from aniworld_dl.notices.program import Order, plain_environment, run_program
from aniworld_dl.notices.signature import signed_headers
from aniworld_dl.providers.child.process import environment_of

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.net.errand import Errands
    from aniworld_dl.notice_settings import AppriseTarget, HookTarget, WebhookTarget
    from aniworld_dl.notices.message import Message
    from aniworld_dl.providers.child.rules import Rules

AGENT: Final = f"aniworld-dl/{__version__}"
EXTRA: Final = "notify"
TRY_LATER: Final = 75
"""The exit code by which a hook asks to be run again later (EX_TEMPFAIL of sysexits.h)."""
_PUSH_S: Final = 60.0
_LONGEST_LINE: Final = 200

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What senders work with. `folder` is where programs run; `rules` hold for what Apprise connects to."""

    errands: Errands
    clock: Clock
    folder: Path
    rules: Rules


class Sender(Protocol):
    """Brings messages to one target."""

    async def send(self, message: Message) -> None:
        """Bring a message there.

        Raises:
            AniworldDlError: it has not arrived.
        """
        ...


class Hook:
    """Runs the user's program with the message on its standard input."""

    def __init__(self, name: str, target: HookTarget, means: Means) -> None:
        self._name = name
        self._target = target
        self._means = means

    async def send(self, message: Message) -> None:
        """Run it.

        Raises:
            HookNotStartedError: it cannot be started.
            HookTimeoutError: it took too long.
            HookFailedError: it ended with another exit code than 0; with 75 it may be run again.
        """
        target, means = self._target, self._means
        order = Order(
            command=target.command,
            stdin=encoded(message),
            folder=means.folder,
            environment=plain_environment(),
            timeout_s=target.timeout_s,
        )
        try:
            ended = await run_program(order, means.clock)
        except OSError as error:
            raise HookNotStartedError(target=self._name, reason=error.strerror or type(error).__name__) from error
        _log.info("hook_ended", target=self._name, exit_code=ended.exit_code, output=ended.output.strip())
        if ended.exit_code is None:
            raise HookTimeoutError(target=self._name, timeout_s=target.timeout_s)
        if ended.exit_code:
            last = (ended.output.strip().splitlines() or [""])[-1][:_LONGEST_LINE]
            failure = HookFailedError(target=self._name, exit_code=ended.exit_code, output=last)
            failure.retryable = ended.exit_code == TRY_LATER
            raise failure


class Webhook:
    """Posts the message, signed."""

    def __init__(self, target: WebhookTarget, means: Means) -> None:
        self._target = target
        self._means = means

    async def send(self, message: Message) -> None:
        """Post it.

        Raises:
            NetError: it has not arrived, or was refused.
        """
        target, body = self._target, encoded(message)
        signed = signed_headers(signing_key(target.secret), message["id"], self._means.clock.time(), body)
        headers = {"content-type": "application/json", "user-agent": AGENT, **signed}
        await self._means.errands.send(Request(url=target.url.get_secret_value(), headers=headers, body=body))


class Push:
    """Hands the message's text to Apprise, in a process of its own."""

    def __init__(self, name: str, target: AppriseTarget, means: Means) -> None:
        self._name = name
        self._target = target
        self._means = means

    async def send(self, message: Message) -> None:
        """Send it.

        Raises:
            NotifierMissingError: the library is not installed.
            NoticeRefusedError: the address is none that Apprise knows, or the service did not take the message.
        """
        means = self._means
        title, _, rest = message["text"].partition("\n")
        order = {
            "rules": means.rules.document(),
            "url": self._target.url.get_secret_value(),
            "title": title,
            "body": rest or title,
            "kind": "warning" if message["type"] in {JOB_INCOMPLETE, QUEUE_HELD} else "info",
        }
        ended = await run_program(
            Order(
                command=(sys.executable, "-P", "-m", push.__name__),
                stdin=json.dumps(order).encode(),
                folder=means.folder,
                environment=await asyncio.to_thread(environment_of, means.folder),
                timeout_s=_PUSH_S,
            ),
            means.clock,
        )
        if ended.exit_code == push.MISSING:
            command = f'pip install "aniworld-dl[{EXTRA}]"'
            raise NotifierMissingError(target=self._name, library="apprise", command=command)
        if ended.exit_code != push.SENT:
            raise NoticeRefusedError(target=self._name, reason=_refusal(ended.exit_code))


def encoded(document: object) -> bytes:
    """Return a document as JSON in UTF-8, as it is sent and signed."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _refusal(exit_code: int | None) -> str:
    if exit_code is None:
        return f"no answer within {_PUSH_S:.0f} s"
    if exit_code == push.UNKNOWN:
        return "its url is none that Apprise knows"
    return "the service did not take it; if it is in a private network, list that in allowed_private_networks"
