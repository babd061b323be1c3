"""Memory that was freed goes back to the system."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import platform
from typing import TYPE_CHECKING

import psutil
import pytest

from aniworld_dl import heap
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS = 2000
BLOCK_BYTES = 64 * 1024
"""Small enough that the C library does not give each its own mapping."""

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed")


@pytest.fixture
def freed_below_something_in_use() -> Iterator[None]:
    """Leave 128 MB free in the heap, below a block that keeps it from becoming shorter."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    blocks = [libc.malloc(BLOCK_BYTES) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK_BYTES)
    for block in blocks[:-1]:
        libc.free(block)
    yield
    libc.free(blocks[-1])


@needs_glibc
def test_what_was_freed_is_given_back(freed_below_something_in_use: None) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    heap.give_back()
    assert before - process.memory_info().rss > BLOCKS * BLOCK_BYTES / 2


@needs_glibc
def test_threads_share_two_arenas() -> None:
    asked: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heap, "_function", {"mallopt": lambda *values: asked.append(values)}.get)
        heap.use_few_arenas()
    assert asked == [(-8, 2)]


async def test_it_is_given_back_every_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, times = FakeClock(), 0
    given = asyncio.Event()

    def count() -> None:
        nonlocal times
        times += 1
        loop.call_soon_threadsafe(given.set)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(heap, "give_back", count)
    task = asyncio.create_task(heap.give_back_regularly(clock))
    for number in (1, 2):
        await clock.wait_for_sleepers()
        clock.advance(59.9)
        assert times == number - 1
        clock.advance(0.1)
        await given.wait()
        given.clear()
        assert times == number
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_a_c_library_without_these_functions_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_function", lambda name: None)
    heap.use_few_arenas()
    heap.give_back()


def test_what_the_c_library_does_not_have_is_not_called() -> None:
    assert heap._function("no_such_function") is None


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert heap._function("malloc_trim") is None
