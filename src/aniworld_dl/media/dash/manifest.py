"""DASH manifests (ISO/IEC 23009-1): `parse_mpd` turns a text into dataclasses, without I/O, bounded in time and memory.

What a manifest lists for each candidate is read when it is chosen, not before: a template is short, what it stands for
is not, and of many representations few are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.dash.kinds import AUDIO_VISUAL
from aniworld_dl.media.dash.matching import counterpart
from aniworld_dl.media.dash.mirrors import take_mirror
from aniworld_dl.media.dash.periods import read_periods, refuse_condition
from aniworld_dl.media.dash.values import duration_of
from aniworld_dl.media.dash.xml import read_xml
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from aniworld_dl.media.dash.periods import Period
    from aniworld_dl.media.dash.sets import Representation
    from aniworld_dl.media.dash.xml import Node

_PICTURE: Final = frozenset({TrackKind.VIDEO, TrackKind.MUXED})
_SOUND: Final = frozenset({TrackKind.AUDIO, TrackKind.MUXED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mpd:
    """A manifest whose presentation has a known end. `url` is its final address.

    `main` is the longest period: what is on offer is what it offers; the others, which may be advertisements, have to
    go with it.
    """

    url: str
    periods: tuple[Period, ...]
    main: Period
    mirrors: int = 0
    """How many further servers the manifest names for its segments."""

    @property
    def duration_s(self) -> float | None:
        """How long all periods play, None when one does not say."""
        durations = [period.window.duration_s for period in self.periods]
        known = [duration_s for duration_s in durations if duration_s is not None]
        return float(sum(known)) if len(known) == len(durations) else None

    def candidates(self) -> tuple[Candidate, ...]:
        """Return what can be taken, in the manifest's order, at least one with picture or sound.

        The `track` of each describes it and has no segments: `dash_index.dash_track` gives it those.
        """
        return tuple(_candidate(representation) for representation in self.main.representations)

    def parts(self, candidate_id: str) -> tuple[tuple[Period, Representation | None], ...]:
        """Return each period with what plays in it for a candidate; None where the period has nothing like it.

        Raises:
            KeyError: the manifest has no such candidate.
        """
        wanted = {each.id: each for each in self.main.representations}[candidate_id]
        return tuple(
            (period, wanted if period is self.main else counterpart(wanted, period.representations))
            for period in self.periods
        )


def parse_mpd(text: str | bytes, url: str, mirror: int = 0) -> Mpd:
    """Read a manifest. `url` is its final address: every address in the result is absolute.

    Unknown elements and attributes are ignored, as are other namespaces. Of several BaseURLs that of the number
    `mirror` is used.
    A dynamic manifest is taken when it is final: when it will not be updated (no @minimumUpdatePeriod), the ends of all
    its periods are known, and nothing of it has been dropped (@timeShiftBufferDepth, if any, holds it all). So written,
    it says everything that a static one says (ISO/IEC 23009-1 5.3.1.2), whatever the time is.

    Raises:
        ManifestError: the text is no valid manifest, or not a plausible one (its size and everything in it is bounded).
        UnsupportedMediaError: it is valid and cannot be taken as it is: live, encrypted, in parts kept elsewhere, or
            its picture or sound only in forms that are not opened.
    """
    root = read_xml(text)
    mirrors = take_mirror(root, mirror)
    refuse_condition(root)
    periods = read_periods(root, url)
    _refuse_live(root, periods)
    main = max(periods, key=lambda period: (bool(period.representations), period.window.duration_s or 0))
    for period in periods:
        _refuse_loss(period)
    if not any(each.track.kind in AUDIO_VISUAL for each in main.representations):
        raise UnsupportedMediaError(what="a DASH manifest with neither picture nor sound")
    return Mpd(url=url, periods=periods, main=main, mirrors=mirrors)


def _refuse_live(root: Node, periods: tuple[Period, ...]) -> None:
    kind = root.get("type") or "static"
    if kind == "static":
        return
    if kind != "dynamic":
        raise ManifestError(line=root.line, reason="its type is neither static nor dynamic")
    last = periods[-1].window
    kept_s = duration_of(root, "timeShiftBufferDepth")
    if root.get("minimumUpdatePeriod") is not None or last.duration_s is None:
        raise UnsupportedMediaError(what="a live DASH manifest: it has no end yet (its type is dynamic)")
    if kept_s is not None and kept_s < last.start_s + last.duration_s - periods[0].window.start_s:
        raise UnsupportedMediaError(what="a live DASH manifest whose beginning is gone (timeShiftBufferDepth)")


def _refuse_loss(period: Period) -> None:
    """Refuse to offer sound without its picture, or a picture without its sound, because one cannot be taken."""
    offered = {each.track.kind for each in period.representations}
    for word, kinds in (("picture", _PICTURE), ("sound", _SOUND)):
        refused = [refusal.reason for refusal in period.refusals if refusal.kind in kinds]
        if refused and not offered & kinds:
            raise UnsupportedMediaError(what=f"a DASH manifest whose {word} is {refused[0]}")


def _candidate(representation: Representation) -> Candidate:
    track = representation.track
    return Candidate(
        id=representation.id,
        kind=track.kind,
        track=track,
        language=track.language,
        name=track.name,
        codecs=track.codecs,
        bandwidth_bps=track.bandwidth_bps,
        width=track.width,
        height=track.height,
        frame_rate=track.frame_rate,
        channels=track.channels,
        default=track.default,
        forced=track.forced,
        group=representation.group,
        characteristics=tuple(sorted(representation.roles)),
    )
