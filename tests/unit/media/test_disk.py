from __future__ import annotations

import asyncio
import errno
import threading
from pathlib import Path

import pytest

from aniworld_dl.errors import DiskFullError, FileFailedError, FolderDeniedError, ResourcesShortError, StorageError
from aniworld_dl.media.disk import in_thread, storage_errors


async def test_a_thread_returns_what_the_function_returns() -> None:
    assert await in_thread(divmod, 7, 3) == (2, 1)


async def test_a_thread_raises_what_the_function_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_caller_waits_for_its_function(times: int, fails: bool) -> None:
    """Nothing writes any more when the caller goes on, however often it is cancelled and however the function ends."""
    started, go_on, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(started.set)
        go_on.wait(10)
        ended.set()
        if fails:
            raise OSError

    task = asyncio.create_task(in_thread(work))
    await started.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EACCES, FolderDeniedError),
        (errno.EPERM, FolderDeniedError),
        (errno.EROFS, FolderDeniedError),
        (errno.EIO, FileFailedError),
        (errno.EMFILE, ResourcesShortError),
        (errno.ENOMEM, ResourcesShortError),
    ],
)
def test_system_errors_become_ours(number: int, expected: type[StorageError]) -> None:
    with pytest.raises(expected) as raised, storage_errors(Path("/somewhere")):
        raise OSError(number, "no")
    assert raised.value.params == {"reason": "no"} or raised.value.params["path"] == "/somewhere"
    assert isinstance(raised.value.__cause__, OSError)


def test_an_error_without_words_has_some_in_the_end() -> None:
    with pytest.raises(FileFailedError, match="odd"), storage_errors(Path("/somewhere")):
        raise OSError("odd")
