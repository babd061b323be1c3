"""Parallel episode downloader whose "completed" can be believed."""

from aniworld_dl._version import __version__
from aniworld_dl.manager import BlockingDownloadQueueManager, DownloadQueueManager, get_download_manager

__all__ = ["BlockingDownloadQueueManager", "DownloadQueueManager", "__version__", "get_download_manager"]
