"""One child process, seen from the parent: calls go in, answers come out, in any order."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.providers.child.rules import Rules

MOST_ABANDONED: Final = 4
"""Calls that nobody waits for any more, at which a process is not given new ones."""
_LONGEST_ANSWER_BYTES: Final = 16 * 1024 * 1024
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
"""What of the environment a child gets to see: nothing that could be a secret."""
_LOG: Final = "child.log"
_MAIN: Final = "aniworld_dl.providers.child.main"


class ChildDiedError(Exception):
    """The process has ended, or has sent what is no answer. The message says how."""


class ChildProcess:
    """A running child process. Made by `start`, ended by `aclose`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._abandoned: set[int] = set()
        self._calls = 0
        self._end: str | None = None
        self._reader = asyncio.create_task(self._read(), name=f"child-{process.pid}")

    @classmethod
    async def start(cls, home: Path, rules: Rules, environment: Mapping[str, str]) -> Self:
        """Start a process that has `home` as its home and working folder.

        Raises:
            OSError: it cannot be started.
        """
        await asyncio.to_thread(home.mkdir, mode=0o700, parents=True, exist_ok=True)
        log = os.open(home / _LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # begun anew
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                _MAIN,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=home,
                env={**environment_of(home), **environment},
                limit=_LONGEST_ANSWER_BYTES,
                start_new_session=True,
            )
        finally:
            os.close(log)
        child = cls(process)
        child._send(rules.document())
        return child

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def takes_calls(self) -> bool:
        """Whether it runs and is not full of calls that nobody waits for."""
        return self._end is None and len(self._abandoned) < MOST_ABANDONED

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self._waiting

    async def call(self, target: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Ask and return the answer. Whoever is cancelled leaves the call behind.

        Raises:
            ChildDiedError: the process ends before it has answered.
        """
        if self._end is not None:
            raise ChildDiedError(self._end)
        self._calls += 1
        number = self._calls
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        try:
            self._send({"id": number, "target": target, "arguments": dict(arguments)})
            answer: dict[str, Any] = await future
        except asyncio.CancelledError:
            self._abandoned.add(number)
            raise
        finally:
            del self._waiting[number]
        return answer

    def kill(self) -> None:
        """End it at once; whoever waits learns of it."""
        if self._process.returncode is None:
            self._process.kill()

    async def aclose(self) -> None:
        """End it and wait until it has."""
        self.kill()
        await self._reader

    def _send(self, document: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(document).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        end = None
        try:
            while line := await self._process.stdout.readline():
                self._take(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            end = "it sent what is no answer"
            self.kill()
        finally:
            code = await self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._end = end or (f"signal {-code}" if code < 0 else f"exit code {code}")
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ChildDiedError(self._end))

    def _take(self, answer: dict[str, Any]) -> None:
        number = answer["id"]
        self._abandoned.discard(number)
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(answer)


def environment_of(home: Path) -> dict[str, str]:
    """Return the environment of a child whose home is `home`: without secrets, and with the same modules."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100 - as sys.path has it
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(home), "PYTHONPATH": path}
