"""Manifests written by hand, element by element, and what the reader makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from aniworld_dl.media.dash.manifest import Mpd, parse_mpd
from aniworld_dl.media.dash.segments import addressed_segments

if TYPE_CHECKING:
    from aniworld_dl.model import Segment

BASE: Final = "http://127.0.0.1/show/"
URL: Final = BASE + "index.mpd?token=1"
TEMPLATE: Final = {"media": "$RepresentationID$-$Number$.m4s", "initialization": "$RepresentationID$.mp4"}
VIDEO: Final = {"mimeType": "video/mp4", "codecs": "avc1.64001f", "width": "640", "height": "360"}
AUDIO: Final = {"mimeType": "audio/mp4", "codecs": "mp4a.40.2"}
ROLE: Final = "urn:mpeg:dash:role:2011"


def element(name: str, *children: str, **attributes: str | int) -> str:
    """Write an element; an underscore in an attribute's name is a colon."""
    written = "".join(f" {key.replace('_', ':')}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


def base(url: str) -> str:
    return element("BaseURL", escape(url))


def template(*children: str, **attributes: str | int) -> str:
    return element("SegmentTemplate", *children, **{**TEMPLATE, **attributes})


def timeline(*runs: dict[str, str | int]) -> str:
    return element("SegmentTimeline", *(element("S", **run) for run in runs))


def video(*children: str, **attributes: str | int) -> str:
    """Write an adaptation set with one representation of 640x360 in it, which has the children."""
    return element("AdaptationSet", element("Representation", *children, **{"id": "v", **VIDEO, **attributes}))


def audio(*children: str, **attributes: str | int) -> str:
    return element("AdaptationSet", element("Representation", *children, **{"id": "a", **AUDIO, **attributes}))


def period(*children: str, **attributes: str | int) -> str:
    return element("Period", *children, **attributes)


def manifest(*children: str, **attributes: str | int) -> str:
    """Write a manifest that lasts 12 s."""
    spaces = {"xmlns": "urn:mpeg:dash:schema:mpd:2011", "xmlns_xlink": "http://www.w3.org/1999/xlink"}
    return element("MPD", *children, **{**spaces, "mediaPresentationDuration": "PT12S", **attributes})


def read(*children: str, **attributes: str | int) -> Mpd:
    return parse_mpd(manifest(*children, **attributes), URL)


def segments(mpd: Mpd, candidate: str = "v") -> list[Segment]:
    """Return the segments of a candidate of a manifest of one period."""
    ((only, representation),) = mpd.parts(candidate)
    assert representation is not None
    return addressed_segments(representation.addressing, only.window)


def of_video(*children: str, **attributes: str | int) -> list[Segment]:
    """Return the segments of a video that is all there is and has these children."""
    return segments(read(period(video(*children)), **attributes))


def shown(found: list[Segment]) -> list[tuple[str, float | None]]:
    """Return what most tests look at: the addresses below `BASE`, and the durations."""
    return [(segment.uri.removeprefix(BASE), segment.duration_s) for segment in found]
