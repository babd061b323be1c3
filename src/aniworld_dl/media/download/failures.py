"""What could not be had: a hole that the rest need not wait for, or the sign that nothing more is to be had here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import AniworldDlError, IncompleteError
from aniworld_dl.media.timeline import Timeline, clock_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.media.download.plan import PieceKey
    from aniworld_dl.media.formats.packets import Span
    from aniworld_dl.model import Media

_MOST_HOLES: Final = 8
_FEW_HOLES: Final = 2
_MOST_SHARE: Final = 0.1
_FIRST: Final = 3
_GAP_REASON: Final = "the playlist itself says so"


class Failures:
    """The pieces that were given up, of `total`. `has_some` says that others are stored, be it from an earlier run.

    Nobody waits for the rest when more than eight pieces fail, when more than a tenth (and three) do, or when the first
    three do and nothing has come: then it is the host, and not the pieces.
    """

    def __init__(self, total: int, *, has_some: bool) -> None:
        self._total = total
        self._has_some = has_some
        self._errors: dict[PieceKey, AniworldDlError] = {}

    @property
    def any(self) -> bool:
        """Whether a piece was given up."""
        return bool(self._errors)

    def succeeded(self, key: PieceKey) -> None:
        """Count a piece that came, be it after one request for it had been given up."""
        self._has_some = True
        self._errors.pop(key, None)

    def note(self, key: PieceKey, error: AniworldDlError) -> AniworldDlError | None:
        """Count a piece that is given up; return the error that ends everything, None when the others may go on."""
        self._errors[key] = error
        count = len(self._errors)
        hopeless = not self._has_some and count >= min(_FIRST, self._total)
        many = count > _MOST_HOLES or (count > _FEW_HOLES and count > self._total * _MOST_SHARE)
        return self._first() if hopeless or many else None

    def outcome(self, media: Media, gaps: Iterable[PieceKey]) -> IncompleteError | None:
        """Return what is missing as an error, None when nothing is.

        `gaps` are the pieces that the manifest itself says are not there.
        """
        announced = list(gaps)
        if not self._errors and not announced:
            return None
        reason = _GAP_REASON
        if self._errors:
            segments = "1 segment" if len(self._errors) == 1 else f"{len(self._errors)} segments"
            reason = f"{segments} could not be fetched: {self._first()}"
        return IncompleteError(reason=reason, missing=missing_ranges(media, [*self._errors, *announced]))

    def _first(self) -> AniworldDlError:
        return next(iter(self._errors.values()))


def missing_ranges(media: Media, keys: Iterable[PieceKey]) -> str:
    """Return when the given segments would play, as people read it; "" where the manifest does not say."""
    missing: dict[int, set[int]] = {}
    for track, index in keys:
        if index >= 0:
            missing.setdefault(track, set()).add(index)
    spans = [span for track, indexes in missing.items() for span in Timeline(media.tracks[track]).ranges(indexes)]
    return clock_ranges(_joined(spans))


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        elif stop > start:
            joined.append((start, stop))
    return joined
