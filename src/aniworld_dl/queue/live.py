"""What is known of a running episode while it runs. In memory only; a move writes it down once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.download.progress import DownloadProgress
from aniworld_dl.model import Figures, Phase
from aniworld_dl.net import address
from aniworld_dl.progress import Meter
from aniworld_dl.queue.store import Details
from aniworld_dl.queue.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.clock import Clock
    from aniworld_dl.media.download.segment_states import SegmentStates
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
        self.provider: str | None = None
        """The name of the provider that knows its address."""
        self.enough = asyncio.Event()
        """Set when the user wants no more of what is being recorded."""
        self.on_phase: Callable[[Phase], None] | None = None
        """Called with each phase that begins."""
        self._clock = clock
        self._phase = Phase.RESOLVING
        self._phase_since = clock.monotonic()
        self._fetching_s = 0.0
        self._host: str | None = None
        self._traffic = Traffic()
        """Of the downloads before the present one."""
        self._is_thrown_away = False
        self._meter = Meter(clock)
        self._progress: DownloadProgress | None = None
        self._percentage = min(episode.progress_percentage, HIGHEST_RUNNING)

    @property
    def phase(self) -> Phase:
        """What it does now."""
        return self._phase

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._fetching_s, self._phase_since = self._fetched_for_s(), self._clock.monotonic()
        self._phase = phase
        if self.on_phase is not None:
            self.on_phase(phase)

    @property
    def progress(self) -> DownloadProgress:
        """The download's own counters. `start_download` comes first."""
        assert self._progress is not None
        return self._progress

    def ask(self, url: str) -> None:
        """Note the address of the source that is asked now.

        Raises:
            UrlInvalidError: it is none.
        """
        self._host = address.parse(url).host

    def start_download(self, media: Media, clock: Clock) -> DownloadProgress:
        """Enter the downloading phase with fresh counters, also for a second source, and return them."""
        self.percentage()  # what was reached stays
        self._traffic, self._is_thrown_away = self._traffic_now(), False
        self._meter = Meter(clock)
        self._progress = DownloadProgress(media, self._meter)
        self.phase = Phase.DOWNLOADING
        return self._progress

    def enter(self, phase: Phase) -> None:
        """Note what it does now."""
        self.phase = phase

    def throw_away(self) -> None:
        """Note that nothing is kept of what has been fetched."""
        self._is_thrown_away = True

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

    @property
    def segments(self) -> SegmentStates | None:
        """Where each of them stands, None until the playlist is read."""
        return None if self._progress is None else self._progress.segments

    @property
    def fetched_bytes(self) -> int:
        """Bytes of segments that came over the network in this attempt."""
        return self._traffic.fetched_bytes + self._meter.total_bytes

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
            percentage=self.percentage(),
            bytes_downloaded=self.bytes_downloaded,
            total_bytes=self.total_bytes,
            figures=self.figures(),
        )

    def figures(self) -> Figures:
        """Return what it has done so far. What is under way counts as wasted: it is lost when it is stopped now."""
        traffic = self._traffic_now()
        return Figures(
            provider=self.provider,
            host=traffic.main_host() or self._host,
            bytes_by_host=dict(traffic.bytes_by_host),
            fetched_bytes=traffic.fetched_bytes,
            wasted_bytes=traffic.wasted_bytes,
            segments_retried=traffic.retries,
            fetching_s=self._fetched_for_s(),
        )

    def _traffic_now(self) -> Traffic:
        traffic = self._traffic if self._progress is None else self._traffic.followed_by(self._progress)
        return traffic.thrown_away() if self._is_thrown_away else traffic

    def _fetched_for_s(self) -> float:
        now_s = self._clock.monotonic() - self._phase_since if self._phase in _FETCHING else 0.0
        return self._fetching_s + now_s
