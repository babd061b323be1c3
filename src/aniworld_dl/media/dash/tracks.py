"""From a chosen DASH candidate to its track: the segments of all its periods, those of an index fetched first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.dash.segments import Form, addressed_segments
from aniworld_dl.media.dash.single_file import SingleFile, read_single_file
from aniworld_dl.media.dash.tail import forgotten_segment
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT, too_many
from aniworld_dl.media.source.headers import headers_for
from aniworld_dl.model import Container, Segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.dash.manifest import Mpd
    from aniworld_dl.media.dash.periods import Period
    from aniworld_dl.media.dash.sets import Representation
    from aniworld_dl.model import Track
    from aniworld_dl.net.client import HttpClient

_TEXTS: Final = frozenset({Container.WEBVTT, Container.TTML})


async def dash_track(http: HttpClient, mpd: Mpd, candidate: Candidate, headers: Mapping[str, str]) -> Track:
    """Return the track of one of the manifest's candidates, with all its segments.

    Templates and lists say what they are, but for one segment more that may be there. Of a single file (SegmentBase)
    the index is fetched, or looked for at its beginning; a file without one is one segment. A period that has nothing
    like the candidate is a segment with `gap`.
    `headers` are those that may be sent to the manifest's final address.

    Raises:
        ManifestError: the manifest or an index is not valid, or has more segments than any episode.
        UnsupportedMediaError: the segments come in a way that is not taken.
        NotMediaError: an address gives no media.
        NetError: an index could not be read.
    """
    track = candidate.track
    assert track is not None
    segments: list[Segment] = []
    for period, representation in mpd.parts(candidate.id):
        part = await _part(http, mpd, period, representation, headers)
        if part.is_file:
            return _file_track(track, part, mpd)
        if len(segments) + len(part.segments) > SEGMENTS_LIMIT:
            raise too_many(1)
        segments += _continued(part.segments, len(segments)) if segments else part.segments
    return replace(track, segments=tuple(segments))


async def _part(
    http: HttpClient, mpd: Mpd, period: Period, representation: Representation | None, headers: Mapping[str, str]
) -> SingleFile:
    if representation is None:
        return SingleFile(segments=(_nothing(mpd, period),))
    addressing, container = representation.addressing, representation.track.container
    if addressing.form is not Form.BASE:
        found = await asyncio.to_thread(
            addressed_segments, addressing, period.window, with_init=container not in _TEXTS
        )
        if container is Container.FMP4:
            more = await forgotten_segment(
                http, addressing, period.window, found, _headers(mpd, found[-1].uri, headers)
            )
            found += [more] if more else []
        return SingleFile(segments=tuple(found))
    if container is not Container.FMP4:
        return SingleFile(segments=(addressing.whole(period.window),))
    return await read_single_file(http, addressing, period.window, _headers(mpd, addressing.base_url, headers))


def _headers(mpd: Mpd, uri: str, headers: Mapping[str, str]) -> dict[str, str]:
    return headers_for(uri, source_url=mpd.url, headers=headers)


def _file_track(track: Track, part: SingleFile, mpd: Mpd) -> Track:
    if len(mpd.periods) > 1:
        raise UnsupportedMediaError(what="a DASH manifest of several periods that are whole files without an index")
    return replace(
        track,
        container=Container.FILE,
        segments=part.segments,
        size_bytes=part.size_bytes,
        validator=part.validator,
    )


def _nothing(mpd: Mpd, period: Period) -> Segment:
    """Return what stands for a period that has nothing like the track."""
    duration_s = period.window.duration_s
    return Segment(
        index=0,
        uri=mpd.url,
        duration_s=None if duration_s is None else float(duration_s),
        shift_s=float(period.window.start_s),
        gap=True,
    )


def _continued(segments: Sequence[Segment], first_index: int) -> list[Segment]:
    """Return the segments of a period as they follow those of the periods before."""
    return [
        replace(segment, index=first_index + order, discontinuity=order == 0) for order, segment in enumerate(segments)
    ]
