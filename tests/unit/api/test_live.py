from __future__ import annotations

import asyncio

import pytest

from aniworld_dl.api.live import first_of, until_gone


async def test_first_of_ends_the_others() -> None:
    ended: list[str] = []

    async def quick() -> None:
        ended.append("quick")

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("slow")

    await first_of(slow=slow(), quick=quick())
    assert ended == ["quick", "slow"]


async def test_first_of_raises_what_one_raises_after_ending_the_others() -> None:
    ended: list[str] = []

    async def broken() -> None:
        raise ZeroDivisionError

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("slow")

    with pytest.raises(ExceptionGroup) as caught:
        await first_of(broken=broken(), slow=slow())
    assert caught.group_contains(ZeroDivisionError)
    assert ended == ["slow"]


async def test_until_gone_reads_over_everything_else() -> None:
    messages = iter(["websocket.receive", "http.request", "websocket.disconnect", "never read"])

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    await until_gone(receive)
    assert next(messages) == "never read"
