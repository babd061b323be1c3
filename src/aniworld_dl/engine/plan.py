"""What a dry run finds out, and the public JSON shape of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.assemble import copies_on_disk
from aniworld_dl.media.download.progress import estimated_bytes
from aniworld_dl.media.shelf.place import place_in_series
from aniworld_dl.model import TrackKind
from aniworld_dl.queue.views import error_view, taken_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.media.load.media import LoadedMedia
    from aniworld_dl.model import EpisodeRef, JobRequest, Taken
    from aniworld_dl.providers.base import Provider
    from aniworld_dl.queue.duplicates import Duplicate

View = dict[str, Any]

MOST_SHOWN: Final = 2_000
"""Addresses and episodes of a plan that are shown one by one; all are counted."""


class Verdict(StrEnum):
    """What would become of an episode. Shown to clients by these names."""

    NEW = "new"
    EXISTING = "existing"
    """Its finished file is there: it would be completed at once."""
    DUPLICATE = "duplicate"
    """It is queued already, so it would be left out."""
    REPEATED = "repeated"
    """The request has it before, so it would be left out."""
    CLASH = "clash"
    """Its file would have the name of another new one's, which would then stand for both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One of a request's addresses: who knows it, and which episodes it stands for, or why that is not known."""

    index: int
    ref: EpisodeRef
    provider: Provider | None = None
    is_series: bool = False
    was_listed: bool = False
    """Of a series: whether its episodes were listed."""
    refs: tuple[EpisodeRef, ...] = ()
    error: AniworldDlError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What would be taken of an episode by its manifest. Without an estimate the manifest does not tell its size."""

    height: int | None
    audio_languages: tuple[str, ...]
    subtitle_languages: tuple[str, ...]
    duration_s: float | None
    estimated_bytes: int | None
    copies: int
    """How many times it is on the disk before it is finished."""
    live: bool
    taken: Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An episode of the plan."""

    address: Address
    ref: EpisodeRef
    verdict: Verdict = Verdict.NEW
    position: int = 1
    duplicate: Duplicate | None = None
    path: PurePosixPath | None = None
    glimpse: Glimpse | None = None
    error: AniworldDlError | None = None
    """Why its manifest could not be read."""


def glimpse_of(loaded: LoadedMedia, taken: Taken, *, container: str, pipes: bool) -> Glimpse:
    """Return what matters of a media, which is of this version, before it is fetched."""
    tracks = loaded.media.tracks
    sounds = (track.language for track in tracks if track.kind in {TrackKind.AUDIO, TrackKind.MUXED})
    texts = (track.language for track in tracks if track.kind is TrackKind.TEXT)
    return Glimpse(
        height=max((track.height for track in tracks if track.height), default=None),
        audio_languages=tuple(dict.fromkeys(filter(None, sounds))),
        subtitle_languages=tuple(dict.fromkeys(filter(None, texts))),
        duration_s=loaded.media.duration_s,
        estimated_bytes=estimated_bytes(loaded.media),
        copies=copies_on_disk(loaded.file_kind, container, pipes=pipes),
        live=bool(loaded.live),
        taken=taken,
    )


def plan_view(
    request: JobRequest,
    addresses: Sequence[Address],
    planned: Sequence[Planned],
    *,
    disk: Mapping[str, Any],
    slots: int,
) -> View:
    """Return a plan; `disk` has the figures of the disk, `slots` says how many episodes run at a time."""
    notable = [address for address in addresses if address.is_series or address.error is not None]
    return {
        "anime_title": request.anime_title,
        "language": request.language,
        "provider": request.provider,
        "addresses": [_address_view(address) for address in notable[:MOST_SHOWN]],
        "episodes": [_planned_view(each) for each in planned[:MOST_SHOWN]],
        "totals": {**_counts(addresses, planned), **_space(planned, disk, slots)},
    }


def _address_view(address: Address) -> View:
    return {
        "address": address.index,
        "url": address.ref.url,
        "provider": address.provider.name if address.provider else None,
        "series": address.is_series,
        "listed": address.was_listed,
        "episodes": len(address.refs),
        **_error(address.error),
    }


def _planned_view(planned: Planned) -> View:
    season, number = place_in_series(planned.ref, planned.position)
    duplicate, look = planned.duplicate, planned.glimpse
    where = duplicate and {
        "job_id": duplicate.job_id,
        "episode_id": duplicate.episode_id,
        "status": duplicate.status.value,
    }
    return {
        "address": planned.address.index,
        "url": planned.ref.url,
        "series": planned.ref.series,
        "season": season,
        "number": number,
        "title": planned.ref.title,
        "provider": planned.address.provider.name if planned.address.provider else None,
        "verdict": planned.verdict.value,
        "duplicate": where,
        "path": None if planned.path is None else planned.path.as_posix(),
        "looked_at": look is not None or planned.error is not None,
        "height": look and look.height,
        "audio_languages": list(look.audio_languages) if look else [],
        "subtitle_languages": list(look.subtitle_languages) if look else [],
        "duration_s": look and look.duration_s,
        "estimated_bytes": look and look.estimated_bytes,
        "live": bool(look and look.live),
        "taken": taken_view(look.taken if look else None),
        **_error(planned.error),
    }


def _counts(addresses: Sequence[Address], planned: Sequence[Planned]) -> View:
    verdicts = Counter(each.verdict for each in planned)
    return {
        "addresses": len(addresses),
        "unusable_addresses": sum(address.error is not None for address in addresses),
        "unlisted_addresses": sum(
            address.is_series and not address.was_listed and address.error is None for address in addresses
        ),
        "episodes": len(planned),
        "new": verdicts[Verdict.NEW],
        "existing": verdicts[Verdict.EXISTING],
        "duplicates": verdicts[Verdict.DUPLICATE] + verdicts[Verdict.REPEATED],
        "clashes": verdicts[Verdict.CLASH],
        "looked_at": sum(each.glimpse is not None or each.error is not None for each in planned),
    }


def _space(planned: Sequence[Planned], disk: Mapping[str, Any], slots: int) -> View:
    """Return how much the new episodes take in the end, at most meanwhile, and whether that fits."""
    looks = [each.glimpse for each in planned if each.glimpse is not None]
    known = [(look.estimated_bytes, look.copies - 1) for look in looks if look.estimated_bytes]
    total, needed = _estimated(known, sum(each.verdict is Verdict.NEW for each in planned) - len(known), slots)
    free = disk["free_bytes"]
    fits = None if needed is None or free is None else needed + disk["reserved_bytes"] <= free - disk["reserve_bytes"]
    return {"sized": len(known), "estimated_bytes": total, "needed_bytes": needed, **disk, "fits": fits}


def _estimated(known: Sequence[tuple[int, int]], unknown: int, slots: int) -> tuple[int | None, int | None]:
    """Return the bytes of all, and the most that is on the disk at a time: those that run are there several times.

    `known` has sizes and how many more times each is there, `unknown` counts those taken to be like the others.
    """
    if not known:
        return (None, None) if unknown else (0, 0)
    usual = sum(size for size, _ in known) / len(known)
    total = round(usual * (len(known) + unknown))
    at_work = [size * times for size, times in known] + [usual] * min(unknown, slots)
    return total, round(total + sum(nlargest(slots, at_work)))


def _error(error: AniworldDlError | None) -> View:
    return error_view(None if error is None else error.info())
