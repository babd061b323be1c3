"""The one seam between providers and everything else: whatever they do, it ends, and is told by their name."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aniworld_dl.errors import AniworldDlError, ProviderFailedError, ProviderTimeoutError
from aniworld_dl.logs import get_logger
from aniworld_dl.providers.answers import NonsenseError, checked_episodes, checked_sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aniworld_dl.model import EpisodeRef, Source, Wish
    from aniworld_dl.providers.base import Provider

LISTING_S: Final = 110.0
"""How long a provider may take to list the episodes behind an address."""
RESOLVING_S: Final = 90.0
"""How long it may take to find the sources of an episode."""
TELLING_S: Final = 2.0
"""How long it may take to tell whether it knows an address, which it does without I/O."""
GRACE_S: Final = 1.0
"""How long a call that has been cancelled may take to end."""
_LONGEST_REASON: Final = 300

_log = get_logger(__name__)
T = TypeVar("T")


class Guarded:
    """A provider, contained: each call ends in time, with an answer that is one or an error that names the provider.

    One from a package (`foreign`) is asked in a thread of its own whether it knows an address; when it does not say so
    in time it is not asked again. What no seam in this process can bound is a provider that blocks the event loop or
    ends the process: what might, belongs into the provider's child process.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        foreign: bool = False,
        listing_s: float = LISTING_S,
        resolving_s: float = RESOLVING_S,
        telling_s: float = TELLING_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self.name = provider.name
        self.fault: str | None = None
        """Why it is not asked any more, or why it failed last to tell whether it knows an address."""
        self._provider = provider
        self._aside = _Aside(f"provider-{provider.name}", telling_s) if foreign else None
        self._listing_s = listing_s
        self._resolving_s = resolving_s
        self._grace_s = grace_s
        self._is_out = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def aclose(self) -> None:
        """End what is left of calls that were given up."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace_s)

    def matches(self, url: str) -> bool:
        """Tell whether the provider knows the address. One that cannot tell does not."""
        return self._tell(self._provider.matches, url)

    def is_series(self, url: str) -> bool:
        """Tell whether the address stands for several episodes. One that cannot tell has one."""
        return self._tell(self._provider.is_series, url)

    async def episodes(self, url: str, wish: Wish) -> list[EpisodeRef]:
        """List the episodes behind the address.

        Raises:
            ProviderTimeoutError: that took too long.
            ProviderFailedError: the provider raised what it should not, or gave what is no list of episodes.
            AniworldDlError: what the provider says.
        """
        return await self._ask(lambda: self._provider.episodes(url, wish), checked_episodes, timeout_s=self._listing_s)

    async def sources(self, episode: EpisodeRef, wish: Wish) -> list[Source]:
        """Find the sources of an episode.

        Raises:
            ProviderTimeoutError: that took too long.
            ProviderFailedError: the provider raised what it should not, or gave what is no list of sources.
            AniworldDlError: what the provider says.
        """
        return await self._ask(
            lambda: self._provider.sources(episode, wish), checked_sources, timeout_s=self._resolving_s
        )

    # ------------------------------------------------------------------------------------------------------ parts

    def _tell(self, look: Callable[[str], Any], url: str) -> bool:
        if self._is_out:
            return False
        try:
            answer = look(url) if self._aside is None else self._aside.call(look, url)
        except _TooLate:
            self._is_out = True
            return self._cannot_tell("it did not say in time whether it knows an address, and is not asked again")
        except _ANYTHING as exc:
            return self._cannot_tell(_words(exc))
        if not isinstance(answer, bool):
            return self._cannot_tell(f"it gave {type(answer).__name__} instead of yes or no")
        return answer

    def _cannot_tell(self, reason: str) -> bool:
        if reason != self.fault:
            _log.warning("provider_failed", provider=self.name, reason=reason)
        self.fault = reason
        return False

    async def _ask(
        self, work: Callable[[], Awaitable[Any]], check: Callable[[Any], list[T]], *, timeout_s: float
    ) -> list[T]:
        """Let the provider work in a task of its own, which can be given up also when it does not want to end."""
        task = asyncio.create_task(self._outcome(work, check), name=f"provider-{self.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait({task}, timeout=timeout_s)
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=self._grace_s)
                raise ProviderTimeoutError(provider=self.name, timeout_s=timeout_s)
        finally:
            task.cancel()
        answer = task.result()
        if isinstance(answer, AniworldDlError):
            raise answer
        return answer

    async def _outcome(
        self, work: Callable[[], Awaitable[Any]], check: Callable[[Any], list[T]]
    ) -> list[T] | AniworldDlError:
        """Return the answer, or the error it stands for: a task that raises SystemExit would end the event loop."""
        try:
            return check(await work())
        except AniworldDlError as error:
            return error
        except NonsenseError as error:
            return self._failed(str(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return self._failed("it cancelled itself")
        except _ANYTHING as exc:
            _log.exception("provider_failed", provider=self.name)
            return self._failed(_words(exc))

    def _failed(self, reason: str) -> ProviderFailedError:
        return ProviderFailedError(provider=self.name, reason=reason)


_ANYTHING: Final = (Exception, SystemExit, KeyboardInterrupt)
"""What foreign code may raise. A cancellation is none of these."""


class _TooLate(Exception):  # noqa: N818 - never leaves this file
    """A call aside did not return in time."""


class _Aside:
    """Calls functions in a thread that may be left behind: it does not keep the process from ending."""

    def __init__(self, name: str, timeout_s: float) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._calls: queue.SimpleQueue[tuple[Callable[[str], Any], str, queue.SimpleQueue[_Told]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def call(self, function: Callable[[str], Any], argument: str) -> Any:
        """Return what the function does, or raise what it does.

        Raises:
            _TooLate: it does neither in time.
        """
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._calls.put((function, argument, told))
        try:
            answer, error = told.get(timeout=self._timeout_s)
        except queue.Empty:
            raise _TooLate from None
        if error is not None:
            raise error
        return answer

    def _run(self) -> None:
        while True:
            function, argument, told = self._calls.get()
            try:
                told.put((function(argument), None))
            except _ANYTHING as exc:
                told.put((None, exc))


_Told = tuple[Any, BaseException | None]


def _words(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"[:_LONGEST_REASON]
