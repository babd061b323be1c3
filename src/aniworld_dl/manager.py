"""The Python API: `DownloadQueueManager` for asyncio, and its blocking twin for scripts."""

from __future__ import annotations

import asyncio
import atexit
import json
import threading
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack

from aniworld_dl.asking import job_request
from aniworld_dl.config import load_settings
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import NotFoundError
from aniworld_dl.model import ENDED, Action, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from aniworld_dl.asking import Asked, RequestOptions
    from aniworld_dl.engine import Engine

T = TypeVar("T")
Auto = Literal["auto"]


class DownloadQueueManager:
    """A queue of downloads inside an asyncio program; an async context manager.

    Entering it starts the processing; leaving it stops everything, and the next one on the same `data_dir` goes on.
    Settings come from the same places as the service's; `settings` given here win over all of them.

    Raises:
        ConfigError: on creation, when a setting is unknown or has a bad value.
    """

    def __init__(
        self, max_concurrent_downloads: int | Auto | None = None, *, processing: bool = True, **settings: Any
    ) -> None:
        self._settings = load_settings(max_concurrent_downloads=max_concurrent_downloads, **settings)
        self._processing = processing
        self._stack = AsyncExitStack()
        self._opened: Engine | None = None

    async def __aenter__(self) -> Self:
        self._opened = await self._stack.enter_async_context(open_engine(self._settings, processing=self._processing))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._opened = None
        await self._stack.aclose()

    @property
    def _engine(self) -> Engine:
        if self._opened is None:
            raise RuntimeError("use it as `async with DownloadQueueManager() as manager:`")
        return self._opened

    async def add_download(
        self, *, anime_title: str, episode_urls: Iterable[Asked], **options: Unpack[RequestOptions]
    ) -> int:
        """Queue episodes and return the job's id, the `queue_id`.

        An episode is an address, or a mapping of `url` and what is known of `season`, `number`, `title`, `series`.
        What is queued already is not queued again; if all of it is, the id is that of the job that has the first.

        Raises:
            RequestInvalidError: no address, an empty title, or a value of the wrong kind or size.
            UrlInvalidError: an address is none.
            NoProviderError: no provider knows one of the addresses.
        """
        request = job_request(anime_title=anime_title, episode_urls=episode_urls, **options)
        return (await self._engine.add_job(request)).job.id

    async def start_queue_processor(self) -> None:
        """Start episodes as slots are free."""
        await self._engine.start_processing()

    async def stop_queue_processor(self) -> None:
        """Start no more episodes; those that run go back into the queue with all they have fetched."""
        await self._engine.stop_processing()

    async def get_queue_status(self) -> dict[str, Any]:
        """Return `{"active": [...], "completed": [...]}`, the entries as `GET /api/queue-status` has them."""
        return await self._engine.queue_status()

    async def pause(self, queue_id: int) -> None:
        """Pause a job; nothing already fetched is fetched again."""
        await self._engine.act_on_job(queue_id, Action.PAUSE)

    async def resume(self, queue_id: int) -> None:
        """Resume a paused job."""
        await self._engine.act_on_job(queue_id, Action.RESUME)

    async def cancel(self, queue_id: int) -> None:
        """Cancel a job; what was fetched of its unfinished episodes is deleted ten minutes later."""
        await self._engine.act_on_job(queue_id, Action.CANCEL)

    async def repair(self, queue_id: int) -> None:
        """Fetch what is missing of a job's failed episodes."""
        await self._engine.act_on_job(queue_id, Action.REPAIR)

    async def retry(self, queue_id: int) -> None:
        """Queue a job's failed and cancelled episodes again."""
        await self._engine.act_on_job(queue_id, Action.RETRY)

    async def set_max_concurrent_downloads(self, number: int | Auto) -> None:
        """Change the number of parallel downloads, or let it be found by "auto"; nothing that runs is stopped."""
        await self._engine.change_settings({"max_concurrent_downloads": number})

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield a snapshot and then every patch, as the WebSocket sends them."""
        async for message in self._engine.hub.subscribe():
            yield json.loads(message)

    async def wait(self, queue_id: int) -> dict[str, Any]:
        """Wait until a job has ended and return it.

        Raises:
            NotFoundError: there is no such job, or it was deleted meanwhile.
        """
        async for event in self.events():
            jobs = event["jobs"]
            if event["type"] == "snapshot" or str(queue_id) in jobs:
                job = await self._engine.job(queue_id)
                if Status(job["status"]) in ENDED:
                    return job
        raise NotFoundError(what="job", id=queue_id)


class BlockingDownloadQueueManager:
    """The same for programs without asyncio: every method of `DownloadQueueManager`, blocking.

    The work is done in a thread of its own. It stops at `close`, at the end of a `with` block, or when the program
    ends; what is unfinished goes on when a program opens the same `data_dir` again.
    """

    def __init__(self, max_concurrent_downloads: int | Auto | None = None, **settings: Any) -> None:
        self._manager = DownloadQueueManager(max_concurrent_downloads, processing=False, **settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aniworld-dl", daemon=True)
        self._thread.start()
        self._closed = False
        try:
            self._call(self._manager.__aenter__())
        except BaseException:
            self._end_loop()
            raise
        _before_threads_end(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything cleanly. Calling it again does nothing."""
        if not self._closed:
            try:
                self._call(self._manager.__aexit__(None, None, None))
            finally:
                self._end_loop()

    def add_download(
        self, *, anime_title: str, episode_urls: Iterable[Asked], **options: Unpack[RequestOptions]
    ) -> int:
        """Queue episodes and return the `queue_id`; see `DownloadQueueManager.add_download`."""
        return self._call(self._manager.add_download(anime_title=anime_title, episode_urls=episode_urls, **options))

    def start_queue_processor(self) -> None:
        """Start episodes as slots are free."""
        self._call(self._manager.start_queue_processor())

    def stop_queue_processor(self) -> None:
        """Start no more episodes; those that run go back into the queue."""
        self._call(self._manager.stop_queue_processor())

    def get_queue_status(self) -> dict[str, Any]:
        """Return `{"active": [...], "completed": [...]}`."""
        return self._call(self._manager.get_queue_status())

    def pause(self, queue_id: int) -> None:
        """Pause a job."""
        self._call(self._manager.pause(queue_id))

    def resume(self, queue_id: int) -> None:
        """Resume a paused job."""
        self._call(self._manager.resume(queue_id))

    def cancel(self, queue_id: int) -> None:
        """Cancel a job."""
        self._call(self._manager.cancel(queue_id))

    def repair(self, queue_id: int) -> None:
        """Fetch what is missing of a job's failed episodes."""
        self._call(self._manager.repair(queue_id))

    def retry(self, queue_id: int) -> None:
        """Queue a job's failed and cancelled episodes again."""
        self._call(self._manager.retry(queue_id))

    def set_max_concurrent_downloads(self, number: int | Auto) -> None:
        """Change the number of parallel downloads, or let it be found by "auto"."""
        self._call(self._manager.set_max_concurrent_downloads(number))

    def wait(self, queue_id: int, timeout_s: float | None = None) -> dict[str, Any]:
        """Wait until a job has ended and return it.

        Raises:
            TimeoutError: it has not ended after `timeout_s` seconds.
        """
        return self._call(self._wait(queue_id, timeout_s))

    async def _wait(self, queue_id: int, timeout_s: float | None) -> dict[str, Any]:
        async with asyncio.timeout(timeout_s):
            return await self._manager.wait(queue_id)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            raise RuntimeError("the download manager is closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end_loop(self) -> None:
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _before_threads_end(close: Callable[[], None]) -> None:
    # `atexit` comes too late: by then the standard library's worker threads take no more work, and a clean stop needs
    # them. Its own executors use this hook too; where a Python lacks it, the end of the program is taken as a crash is.
    register = getattr(threading, "_register_atexit", atexit.register)
    register(close)


_shared: BlockingDownloadQueueManager | None = None
_shared_lock = threading.Lock()


def get_download_manager(
    max_concurrent_downloads: int | Auto | None = None, **settings: Any
) -> BlockingDownloadQueueManager:
    """Return the program's download manager, which the first call opens; a number given later changes it at once.

    Raises:
        ConfigError: a setting is unknown or has a bad value.
        FolderInUseError: another program works on the same `data_dir`.
    """
    global _shared  # noqa: PLW0603 - one queue a program, as its callers expect
    with _shared_lock:
        if _shared is None or _shared._closed:  # noqa: SLF001 - the same module
            _shared = BlockingDownloadQueueManager(max_concurrent_downloads, **settings)
        elif max_concurrent_downloads is not None:
            _shared.set_max_concurrent_downloads(max_concurrent_downloads)
        return _shared
