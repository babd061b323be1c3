"""Adaptation sets and representations of a DASH manifest (ISO/IEC 23009-1 5.3.3, 5.3.5, 5.3.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.dash.descriptors import channels_of, condition_of, name_of, protection_of, roles_of
from aniworld_dl.media.dash.kinds import container_of, kind_of
from aniworld_dl.media.dash.segments import Addressing, Form
from aniworld_dl.media.dash.values import base_url_in, plain, rate
from aniworld_dl.media.hls.tags import shown
from aniworld_dl.model import Track, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aniworld_dl.media.dash.xml import Node
    from aniworld_dl.model import Container

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


def read_sets(period: Node, sets: Sequence[Node], base_url: str) -> Iterator[Representation | Refusal]:
    """Yield what the adaptation sets of a period hold; nothing for what is neither picture, sound nor text.

    Raises:
        ManifestError: an element is not valid.
        UnsupportedMediaError: segments are listed elsewhere.
    """
    for order, node in enumerate(sets):
        owner = _Set.of(node, period, base_url_in(node, base_url), f"{order}")
        for member in node.all("Representation"):
            found = _representation(member, owner)
            if found is not None:
                yield found


def completed(representations: Sequence[Representation]) -> tuple[Representation, ...]:
    """Return the representations of a period as they are together: with an id each, and muxed where sound is missing.

    Ids should be unique of themselves (ISO/IEC 23009-1 5.3.5.2). A picture that names no codecs, where there is no
    sound beside it, is taken to have sound inside.
    """
    lonely = not any(one.track.kind is TrackKind.AUDIO for one in representations)
    seen: set[str] = set()
    found = []
    for order, one in enumerate(representations):
        name = one.id if one.id and one.id not in seen else f"{one.id}#{order}"
        seen.add(name)
        is_muxed = lonely and one.track.kind is TrackKind.VIDEO and not one.track.codecs
        track = replace(one.track, kind=TrackKind.MUXED) if is_muxed else one.track
        found.append(replace(one, id=name, track=track))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """What an adaptation set says for all its members, read once."""

    node: Node
    period: Node
    base_url: str
    group: str
    protection: str | None
    condition: str | None
    contents: frozenset[str]
    roles: frozenset[str]
    language: str | None
    name: str | None
    channels: int | None

    @classmethod
    def of(cls, node: Node, period: Node, base_url: str, group: str) -> _Set:
        language = node.get("lang")
        return cls(
            node=node,
            period=period,
            base_url=base_url,
            group=group,
            protection=protection_of(node),
            condition=condition_of(node),
            contents=frozenset(one.get("contentType") or "" for one in [*node.all("ContentComponent"), node]),
            roles=roles_of(node),
            language=None if language is None or language.lower() == _UNDETERMINED else language,
            name=name_of(node),
            channels=channels_of(node),
        )


def _representation(node: Node, owner: _Set) -> Representation | Refusal | None:
    mime_type = (_inherited(node, owner, "mimeType") or "").lower()
    codecs = _inherited(node, owner, "codecs")
    kind = kind_of(mime_type, codecs, owner.contents)
    if kind is None or mime_type.startswith("image/"):
        return None
    if reason := _refusal(node, owner):
        return Refusal(kind=kind, reason=reason)
    container = container_of(mime_type)
    if container is None:
        return Refusal(kind=kind, reason=f"of the media type {shown(mime_type)}")
    return Representation(
        id=node.get("id") or "",
        track=_track(node, owner, kind, container, codecs),
        set_id=owner.node.get("id"),
        group=owner.group,
        roles=owner.roles,
        addressing=_addressing(node, owner),
    )


def _refusal(node: Node, owner: _Set) -> str | None:
    if system := protection_of(node) or owner.protection:
        return f"encrypted with {system}"
    return condition_of(node) or owner.condition


def _track(node: Node, owner: _Set, kind: TrackKind, container: Container, codecs: str | None) -> Track:
    return Track(
        kind=kind,
        container=container,
        segments=(),
        language=owner.language,
        name=owner.name,
        default="main" in owner.roles,
        forced="forced-subtitle" in owner.roles,
        codecs=codecs,
        bandwidth_bps=plain(node.get("bandwidth")),
        width=plain(_inherited(node, owner, "width")),
        height=plain(_inherited(node, owner, "height")),
        frame_rate=rate(_inherited(node, owner, "frameRate")),
        channels=channels_of(node) or owner.channels,
    )


def _addressing(node: Node, owner: _Set) -> Addressing:
    levels = (node, owner.node, owner.period)
    base_url = base_url_in(node, owner.base_url)
    known = {"RepresentationID": node.get("id"), "Bandwidth": plain(node.get("bandwidth"))}
    for level in levels:
        for form in Form:
            if level.first(form) is not None:
                chain = tuple(found for each in levels if (found := each.first(form)) is not None)
                if any(found.get("xlink:href") for found in chain):
                    raise UnsupportedMediaError(what="a DASH manifest with parts that are kept elsewhere (xlink)")
                return Addressing(form=form, base_url=base_url, line=chain[0].line, levels=chain, known=known)
    return Addressing(form=Form.BASE, base_url=base_url, line=node.line, known=known)


def _inherited(node: Node, owner: _Set, name: str) -> str | None:
    return node.get(name) or owner.node.get(name)
