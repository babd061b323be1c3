"""Which representation of another period carries on what one of the main period shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.dash.kinds import family_of
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.dash.sets import Representation


def counterpart(wanted: Representation, offered: Sequence[Representation]) -> Representation | None:
    """Return what goes with a representation best, None when nothing does.

    It must be of its kind and container; text also of its language, and forced or not as it is. Sound in another
    language is better than none. Then count, in this order: language, codec, AdaptationSet@id, roles,
    Representation@id, height, bandwidth.
    """
    fitting = [each for each in offered if _fits(wanted, each)]
    return max(fitting, key=lambda each: _likeness(wanted, each), default=None)


def _fits(wanted: Representation, other: Representation) -> bool:
    one, two = wanted.track, other.track
    if (one.kind, one.container) != (two.kind, two.container):
        return False
    return one.kind is not TrackKind.TEXT or (one.language, one.forced) == (two.language, two.forced)


def _likeness(wanted: Representation, other: Representation) -> tuple[int | bool, ...]:
    one, two = wanted.track, other.track
    return (
        2 if one.language == two.language else int(None in {one.language, two.language}),
        family_of(one.codecs) == family_of(two.codecs),
        wanted.set_id is not None and wanted.set_id == other.set_id,
        wanted.roles == other.roles,
        wanted.id == other.id,
        -abs((one.height or 0) - (two.height or 0)),
        -abs((one.bandwidth_bps or 0) - (two.bandwidth_bps or 0)),
    )
