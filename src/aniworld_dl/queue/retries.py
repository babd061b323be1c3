"""What becomes of an episode whose attempt has failed: given up, or queued again and held until it may work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import DiskReserveError, DownloadFolderError, HostCoolingError, NeedsPersonError
from aniworld_dl.model import Hold, HoldReason, Status

if TYPE_CHECKING:
    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.model import Episode

_FIRST_PAUSE_S: Final = 30.0
_LONGEST_PAUSE_S: Final = 1800.0
_PROGRESS_PERCENT: Final = 1.0
"""An attempt that brought an episode this much further than any before it was not in vain."""
_LONGEST_SCATTER_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt that has failed: the episode as it was when the attempt began, why, and how far it came."""

    episode: Episode
    error: AniworldDlError
    percentage: float
    """The highest that this attempt or one before it has reached, 0-100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where the episode goes: `failed`, or `queued` with a hold. `retries` None leaves the count as it is."""

    status: Status
    hold: Hold | None = None
    retries: int | None = None


def verdict_on(failure: Failure, *, most_retries: int, now: float, chance: float) -> Verdict:
    """Decide what becomes of an episode.

    A server that wants to be left alone, a disk without room, a download folder that cannot be written, and a page
    that wants to see a person are waited for without an end and use up nothing.
    What may pass is tried again `most_retries` times, later each time; who came further than ever before has all of
    them again. Since the percentage never falls, that cannot go on for ever, also when every attempt begins anew.
    `now` is in seconds since the epoch, `chance` a random number of [0, 1).
    """
    error = failure.error
    if isinstance(error, HostCoolingError):
        until = now + error.wait_s + chance * min(error.wait_s, _LONGEST_SCATTER_S)
        return _held(Hold(reason=HoldReason.HOST_COOLDOWN, until=until, params={"host": error.host}))
    if isinstance(error, DiskReserveError):
        return _held(Hold(reason=HoldReason.DISK_RESERVE, params=sizes_of(error)))
    if isinstance(error, DownloadFolderError):
        return Verdict(status=Status.QUEUED)  # the whole queue waits
    if isinstance(error, NeedsPersonError):
        return _held(Hold(reason=HoldReason.NEEDS_PERSON, params=dict(error.params)))
    gained = failure.percentage - failure.episode.progress_percentage
    retries = 1 if gained >= _PROGRESS_PERCENT else failure.episode.retries + 1
    if not error.retryable or retries > most_retries:
        return Verdict(status=Status.FAILED)
    until = now + _pause_s(retries, chance)
    params = {"retry": retries, "most_retries": most_retries}
    return _held(Hold(reason=HoldReason.RETRY_BACKOFF, until=until, params=params), retries)


def sizes_of(error: DiskReserveError) -> dict[str, str | int | float | None]:
    """Return what is kept of a lack of space: how much is needed, and how much of it is missing."""
    return {name: error.params[name] for name in ("needed_bytes", "missing_bytes")}


def _held(hold: Hold, retries: int | None = None) -> Verdict:
    return Verdict(status=Status.QUEUED, hold=hold, retries=retries)


def _pause_s(retries: int, chance: float) -> float:
    """Return how long to wait: 30 s, doubling up to 30 minutes, less a random part of up to a half."""
    whole = min(_FIRST_PAUSE_S * 2.0 ** min(retries - 1, 16), _LONGEST_PAUSE_S)
    return whole * (1 - chance / 2)
