"""Episodes become rows, thousands by one statement."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.keys import key_columns
from aniworld_dl.queue.rows import ref_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiosqlite

    from aniworld_dl.model import EpisodeRef
    from aniworld_dl.queue.keys import Keys

ROWS_A_STATEMENT: Final = 2000
"""A hundred thousand rows are worked through in pieces, beside the event loop."""
_ROWS_AT_ONCE: Final = 200
"""More than so many are put into words in a thread."""


async def add_episodes(
    connection: aiosqlite.Connection, places: Sequence[tuple[int, int, EpisodeRef, Keys]], **columns: Any
) -> None:
    """Store episodes by the index of their address in the request and their ordinal below it."""
    for start in range(0, len(places), ROWS_A_STATEMENT):
        part = places[start : start + ROWS_A_STATEMENT]
        refs = await asyncio.to_thread(_refs_json, part) if len(part) > _ROWS_AT_ONCE else _refs_json(part)
        await fetch(connection, "add_episodes", **columns | {"refs": refs, "position": columns["position"] + start})


def _refs_json(places: Sequence[tuple[int, int, EpisodeRef, Keys]]) -> str:
    rows = [
        (index, ordinal, *ref_columns(ref).values(), *key_columns(key).values()) for index, ordinal, ref, key in places
    ]
    return json.dumps(rows, ensure_ascii=False)  # half a character is refused then, and not stored
