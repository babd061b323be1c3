"""What is known of a running episode while it runs. In memory only; a move writes it down once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.model import Phase
from aniworld_dl.progress import Meter
from aniworld_dl.queue.store import Details

if TYPE_CHECKING:
    from aniworld_dl.clock import Clock
    from aniworld_dl.model import Episode, Media

_FETCHING: Final = frozenset({Phase.DOWNLOADING, Phase.RECORDING})
HIGHEST_RUNNING: Final = 99.9
"""A running episode shows at most this percentage: 100 is shown by completed ones alone."""


class LiveEpisode:
    """One attempt at an episode: its row at the start, its phase and its download.

    The percentage is that of the download, which is nearly all of the work, up to 99.9; joining and verifying leave it
    where it is. It starts at what the row says, since stored segments are kept, and never goes down within an attempt,
    also when another source begins anew.
    """

    def __init__(self, episode: Episode, clock: Clock) -> None:
        self.episode = episode
        self.phase = Phase.RESOLVING
        self.enough = asyncio.Event()
        """Set when the user wants no more of what is being recorded."""
        self._meter = Meter(clock)
        self._progress: DownloadProgress | None = None
        self._percentage = min(episode.progress_percentage, HIGHEST_RUNNING)

    @property
    def progress(self) -> DownloadProgress:
        """The download's own counters. `start_download` comes first."""
        assert self._progress is not None
        return self._progress

    def start_download(self, media: Media, clock: Clock) -> DownloadProgress:
        """Enter the downloading phase with fresh counters, also for a second source, and return them."""
        self.percentage()  # what was reached stays
        self._meter = Meter(clock)
        self._progress = DownloadProgress(media, self._meter)
        self.phase = Phase.DOWNLOADING
        return self._progress

    def enter(self, phase: Phase) -> None:
        """Note what it does now."""
        self.phase = phase

    def percentage(self) -> float:
        """Return how far it is, from 0 to 99.9."""
        if self._progress is not None and self.phase is not Phase.RECORDING:  # of what has no end there is no share
            reached = min(self._progress.fraction() * 100, HIGHEST_RUNNING)
            self._percentage = max(self._percentage, reached)
        return self._percentage

    def fraction(self) -> float:
        """Return how much of the download is here, from 0 to 1; 0 before it has begun."""
        return 0.0 if self._progress is None else self._progress.fraction()

    @property
    def bytes_downloaded(self) -> int:
        """Bytes that are here, those of earlier attempts included."""
        return self.episode.bytes_downloaded if self._progress is None else self._progress.bytes_done

    @property
    def total_bytes(self) -> int | None:
        """Bytes of the whole episode, None while unknown; an estimate unless the server says."""
        total = None if self._progress is None else self._progress.total_bytes()
        return self.episode.total_bytes if total is None else total

    @property
    def segments_done(self) -> int:
        """Segments that are stored."""
        return 0 if self._progress is None else self._progress.segments_done

    @property
    def segments_total(self) -> int | None:
        """Segments of the episode, None until its playlist is read."""
        return None if self._progress is None else self._progress.segments_total

    def speed_bytes_per_s(self) -> float:
        """Return the smoothed rate of the download; 0 in the other phases."""
        return self._meter.speed_bytes_per_s() if self.phase in _FETCHING else 0.0

    def eta_s(self) -> float | None:
        """Return the seconds until the download is done, None when that cannot be said."""
        total = self.total_bytes
        if self.phase is not Phase.DOWNLOADING or total is None:
            return None
        return self._meter.eta_s(max(total - self.bytes_downloaded, 0))

    def details(self) -> Details:
        """Return what a move should write down of it."""
        return Details(
            percentage=self.percentage(), bytes_downloaded=self.bytes_downloaded, total_bytes=self.total_bytes
        )
