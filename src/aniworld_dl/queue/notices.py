"""What people must be told about the whole queue until they have dealt with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import DataFolderError, DownloadFolderError
from aniworld_dl.queue.rescue import META_RESCUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.errors import StorageError
    from aniworld_dl.queue.store import Store

_RESCUED: Final = "database_rescued"
NOTICES: Final = {
    _RESCUED: "the database was damaged: {jobs} downloads with {episodes} episodes were rescued, at least "
    "{lost_episodes} episodes are lost. The damaged database is {set_aside}; this notice goes at the next start "
    "without that file.",
    **{error.code: error.text for error in (DataFolderError, DownloadFolderError)},
}
"""The code and the sentence for people."""


async def standing_notices(store: Store) -> Sequence[Mapping[str, Any]]:
    """Return the notices as they are at the start, in their public shape: `code`, `params`, `text`."""
    found = await store.get_meta(META_RESCUE)
    if found is None or not await asyncio.to_thread(Path(found["set_aside"]).exists):
        return ()
    return ({"code": _RESCUED, "params": found, "text": NOTICES[_RESCUED].format_map(found)},)


def refusal_notice(error: StorageError) -> Mapping[str, Any]:
    """Return the notice that nothing starts since a folder cannot be written, in its public shape."""
    return {"code": error.code, "params": dict(error.params), "text": str(error)}
