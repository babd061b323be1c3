from __future__ import annotations

import asyncio


async def test_the_loop_of_a_unit_test_is_in_debug_mode() -> None:
    assert asyncio.get_running_loop().get_debug()
