"""Keeps a provider's child process: starts it when it is first needed, and again when it has ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import (
    AniworldDlError,
    ProviderFailedError,
    ProviderStoppedError,
    ProviderTimeoutError,
    all_leaves,
)
from aniworld_dl.logs import get_logger
from aniworld_dl.providers.child.main import FAILED
from aniworld_dl.providers.child.process import ChildDiedError, ChildProcess
from aniworld_dl.providers.child.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CALL_S: Final = 60.0
"""How long one call may take, and once more when the process had to be started anew."""
_AT_A_TIME: Final = 4

_log = get_logger(__name__)


class Child:
    """The child process of the provider `name`. What it leaves behind lies in the folder `home`."""

    def __init__(
        self,
        name: str,
        home: Path,
        rules: Rules | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._home = home
        self._rules = rules or Rules()
        self._environment = dict(environment or {})
        self._process: ChildProcess | None = None
        self._retired: list[ChildProcess] = []
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(_AT_A_TIME)

    @property
    def pid(self) -> int | None:
        """The id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def aclose(self) -> None:
        """End the process."""
        for process in (*self._retired, *([self._process] if self._process else [])):
            await process.aclose()
        self._process, self._retired = None, []

    async def call(self, target: str, arguments: Mapping[str, Any], *, timeout_s: float = CALL_S) -> Any:
        """Call a function in the child process and return its result, which is JSON like the arguments.

        `target` is `module:function`; what it raises of our errors is raised here. A call must be repeatable: it is
        made a second time when the process ends meanwhile.

        Raises:
            ProviderTimeoutError: it takes too long; the process is ended.
            ProviderStoppedError: the process ended both times.
            ProviderFailedError: the function raised something else.
        """
        async with self._slots:
            try:
                async with asyncio.timeout(timeout_s) as limit:
                    answer = await self._answer(target, arguments)
            except TimeoutError as error:
                assert limit.expired()
                if self._process is not None:
                    self._process.kill()
                raise ProviderTimeoutError(provider=self._name, timeout_s=timeout_s) from error
        if "error" in answer:
            raise self._error(answer["error"])
        return answer["result"]

    async def _answer(self, target: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await (await self._running()).call(target, arguments)
        except ChildDiedError as error:
            _log.warning("provider_stopped", provider=self._name, reason=str(error))
        try:
            return await (await self._running()).call(target, arguments)
        except ChildDiedError as error:
            raise ProviderStoppedError(provider=self._name, reason=str(error)) from error

    async def _running(self) -> ChildProcess:
        async with self._starting:
            if self._process is not None and not self._process.takes_calls:
                self._retired.append(self._process)
                self._process = None
            for process in [each for each in self._retired if each.is_idle]:
                self._retired.remove(process)
                await process.aclose()
            if self._process is None:
                try:
                    self._process = await ChildProcess.start(self._home, self._rules, self._environment)
                except OSError as error:
                    raise ProviderStoppedError(provider=self._name, reason=str(error)) from error
                _log.info("provider_started", provider=self._name, pid=self._process.pid)
            return self._process

    def _error(self, error: dict[str, Any]) -> AniworldDlError:
        code, params = error["code"], error["params"]
        known = {leaf.code: leaf for leaf in all_leaves()}
        if code == FAILED or code not in known:
            return ProviderFailedError(provider=self._name, reason=params.get("reason", code))
        return known[code](**params)
