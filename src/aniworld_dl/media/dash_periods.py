"""Periods, adaptation sets and representations of a DASH manifest (ISO/IEC 23009-1 5.3.2 to 5.3.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash_descriptors import channels_of, condition_of, name_of, protection_of, roles_of
from aniworld_dl.media.dash_kinds import container_of, kind_of
from aniworld_dl.media.dash_segments import Addressing, Form
from aniworld_dl.media.dash_timeline import Window
from aniworld_dl.media.dash_values import address, duration_of, plain, rate
from aniworld_dl.media.hls_tags import shown
from aniworld_dl.model import Track, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aniworld_dl.media.dash_xml import Node
    from aniworld_dl.model import Container

REPRESENTATIONS_LIMIT: Final = 10_000

_NOTHING: Final = "urn:mpeg:dash:resolve-to-zero:2013"
_UNDETERMINED: Final = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One version of a content in one period. `track` describes it and has no segments yet.

    `set_id` is the AdaptationSet@id, `group` something that every set has and no other of its period.
    """

    id: str
    track: Track
    set_id: str | None
    group: str
    roles: frozenset[str]
    addressing: Addressing


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A representation that is not offered, and why, in words."""

    kind: TrackKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of the presentation with representations of its own."""

    window: Window
    representations: tuple[Representation, ...]
    refusals: tuple[Refusal, ...]


def read_periods(root: Node, url: str) -> tuple[Period, ...]:
    """Return the periods that last, at least one.

    Raises:
        ManifestError: an element is not valid, or there are more representations than any episode has.
        UnsupportedMediaError: periods or sets are kept elsewhere, or have a condition that is not understood.
    """
    base_url = _base_url(root, url)
    nodes = [node for node in root.all("Period") if not _is_nothing(node, "period")]
    periods: list[Period] = []
    count = 0
    for node, window in zip(nodes, _windows(root, nodes), strict=True):
        if window.duration_s == 0:
            continue
        period = _period(node, window, _base_url(node, base_url))
        count += len(period.representations) + len(period.refusals)
        if count > REPRESENTATIONS_LIMIT:
            raise ManifestError(line=node.line, reason=f"it has more than {REPRESENTATIONS_LIMIT} representations")
        periods.append(period)
    if not periods:
        raise ManifestError(line=root.line, reason="it has no period that lasts")
    return tuple(periods)


# ---------------------------------------------------------------------------------------------------------- times


def _windows(root: Node, nodes: Sequence[Node]) -> list[Window]:
    """Return when each period plays (ISO/IEC 23009-1 5.3.2.1).

    A start that is missing is the end of the period before; a duration that is missing lasts until the next start, or
    the end of all. A period never reaches into the next one. Times count from the start of the first one, which of what
    was live need not be 0.
    """
    starts = _starts(nodes)
    zero_s = starts[0] if starts else Fraction()
    whole_s = duration_of(root, "mediaPresentationDuration")
    windows = []
    for order, node in enumerate(nodes):
        is_last = order + 1 == len(nodes)
        end_s = whole_s if is_last else starts[order + 1]
        own_s = duration_of(node, "duration")
        until_s = None if end_s is None else end_s - starts[order]
        if not is_last:
            own_s = until_s if own_s is None or until_s is None else min(own_s, until_s)
        duration_s = until_s if own_s is None else own_s
        if duration_s is not None and duration_s < 0:
            raise ManifestError(line=node.line, reason="a period ends before it starts")
        windows.append(Window(start_s=starts[order] - zero_s, duration_s=duration_s, followed=not is_last))
    return windows


def _starts(nodes: Sequence[Node]) -> list[Fraction]:
    starts: list[Fraction] = []
    end_s: Fraction | None = Fraction()
    for node in nodes:
        start_s = duration_of(node, "start")
        if start_s is None:
            start_s = end_s
        if start_s is None:
            raise ManifestError(line=node.line, reason="nothing says when a period starts")
        own_s = duration_of(node, "duration")
        end_s = None if own_s is None else start_s + own_s
        starts.append(start_s)
    return starts


# --------------------------------------------------------------------------------------------- sets and their members


def _period(node: Node, window: Window, base_url: str) -> Period:
    refuse_condition(node)
    representations: list[Representation] = []
    refusals: list[Refusal] = []
    sets = [child for child in node.all("AdaptationSet") if not _is_nothing(child, "set")]
    for order, child in enumerate(sets):
        set_url = _base_url(child, base_url)
        for member in child.all("Representation"):
            found = _representation(member, child, node, set_url, f"{order}")
            if isinstance(found, Representation):
                representations.append(found)
            elif found is not None:
                refusals.append(found)
    return Period(window=window, representations=tuple(_muxed(_unique(representations))), refusals=tuple(refusals))


def _representation(node: Node, owner: Node, period: Node, set_url: str, group: str) -> Representation | Refusal | None:
    levels = (node, owner)
    mime_type = (_inherited(levels, "mimeType") or "").lower()
    codecs = _inherited(levels, "codecs")
    contents = {one.get("contentType") or "" for one in [*owner.all("ContentComponent"), owner]}
    kind = kind_of(mime_type, codecs, contents)
    if kind is None or mime_type.startswith("image/"):
        return None
    if reason := _refusal(levels, mime_type):
        return Refusal(kind=kind, reason=reason)
    container = container_of(mime_type)
    assert container is not None
    return Representation(
        id=node.get("id") or "",
        track=_track(levels, kind, container, codecs),
        set_id=owner.get("id"),
        group=group,
        roles=roles_of(owner),
        addressing=_addressing(node, owner, period, set_url),
    )


def _track(levels: Sequence[Node], kind: TrackKind, container: Container, codecs: str | None) -> Track:
    node, owner = levels
    roles = roles_of(owner)
    language = owner.get("lang")
    return Track(
        kind=kind,
        container=container,
        segments=(),
        language=None if language is None or language.lower() == _UNDETERMINED else language,
        name=name_of(owner),
        default="main" in roles,
        forced="forced-subtitle" in roles,
        codecs=codecs,
        bandwidth_bps=plain(node.get("bandwidth")),
        width=plain(_inherited(levels, "width")),
        height=plain(_inherited(levels, "height")),
        frame_rate=rate(_inherited(levels, "frameRate")),
        channels=channels_of(levels),
    )


def _refusal(levels: Sequence[Node], mime_type: str) -> str | None:
    if system := protection_of(levels):
        return f"encrypted with {system}"
    if condition := next((found for level in levels if (found := condition_of(level))), None):
        return condition
    return None if container_of(mime_type) else f"of the media type {shown(mime_type)}"


def _addressing(node: Node, owner: Node, period: Node, set_url: str) -> Addressing:
    levels = (node, owner, period)
    base_url = _base_url(node, set_url)
    known = {"RepresentationID": node.get("id"), "Bandwidth": plain(node.get("bandwidth"))}
    for level in levels:
        for form in Form:
            if level.first(form) is not None:
                chain = tuple(found for each in levels if (found := each.first(form)) is not None)
                if any(found.get("xlink:href") for found in chain):
                    raise UnsupportedMediaError(what="a DASH manifest with parts that are kept elsewhere (xlink)")
                return Addressing(form=form, base_url=base_url, line=chain[0].line, levels=chain, known=known)
    return Addressing(form=Form.BASE, base_url=base_url, line=node.line, known=known)


def _unique(representations: Sequence[Representation]) -> Iterator[Representation]:
    """Yield them with an id each, which they should have of themselves (ISO/IEC 23009-1 5.3.5.2)."""
    seen: set[str] = set()
    for order, one in enumerate(representations):
        name = one.id if one.id and one.id not in seen else f"{one.id}#{order}"
        seen.add(name)
        yield replace(one, id=name)


def _muxed(representations: Iterator[Representation]) -> Iterator[Representation]:
    """Yield them; a picture that names no codecs, where there is no sound beside it, is taken to have sound inside."""
    found = list(representations)
    lonely = not any(one.track.kind is TrackKind.AUDIO for one in found)
    for one in found:
        is_muxed = lonely and one.track.kind is TrackKind.VIDEO and not one.track.codecs
        yield replace(one, track=replace(one.track, kind=TrackKind.MUXED)) if is_muxed else one


def refuse_condition(node: Node) -> None:
    """Refuse a manifest or a period with a condition that is not understood (ISO/IEC 23009-1 5.8.4.8).

    Raises:
        UnsupportedMediaError: it has one.
    """
    if condition := condition_of(node):
        raise UnsupportedMediaError(what=f"a DASH manifest with {condition}")


def _inherited(levels: Sequence[Node], name: str) -> str | None:
    return next((value for level in levels if (value := level.get(name)) is not None), None)


def _base_url(node: Node, base_url: str) -> str:
    """Return the address that those inside an element are relative to; of several the first (ISO/IEC 23009-1 5.6)."""
    child = node.first("BaseURL")
    return base_url if child is None else address(base_url, child.text, child.line)


def _is_nothing(node: Node, what: str) -> bool:
    """Whether an element says of itself that it is to be left out (ISO/IEC 23009-1 5.5.3)."""
    href = node.get("xlink:href")
    if href is not None and href != _NOTHING:
        raise UnsupportedMediaError(what=f"a DASH manifest with a {what} that is kept elsewhere (xlink)")
    return href is not None
