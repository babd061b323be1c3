"""Parallel episode downloader whose "completed" can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl._version import __version__

if TYPE_CHECKING:
    from aniworld_dl.manager import BlockingDownloadQueueManager, DownloadQueueManager, get_download_manager

__all__ = ["BlockingDownloadQueueManager", "DownloadQueueManager", "__version__", "get_download_manager"]


def __getattr__(name: str) -> Any:
    """Import the Python API when it is first asked for: the command line starts faster without it."""
    if name in __all__:
        from aniworld_dl import manager  # noqa: PLC0415 - see above

        return getattr(manager, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
